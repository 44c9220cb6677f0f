// RUN: gradopt-opt %s --gradopt-batch-time-parallel --cse --canonicalize -split-input-file | FileCheck %s

#id = affine_map<(b, h) -> (b, h)>
#rows = affine_map<(b, h) -> (b)>
#none = affine_map<(b, h) -> ()>

// The contraction of the input goes in front of the scan, from an init for all
// steps; the projection and what follows from it behind, where the value of the
// carry after each step is a row of its history.

// CHECK-DAG: #[[TBK:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[KJ:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
// CHECK-DAG: #[[TBJ:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-LABEL: func @layer
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x3xf32>, %{{[^:]*}}: tensor<?x4xf32>, %[[W:[^:]*]]: tensor<3x4xf32>, %[[U:[^:]*]]: tensor<4x4xf32>, %[[V:[^:]*]]: tensor<4x2xf32>, %[[BIAS:[^:]*]]: tensor<2xf32>
// CHECK:         %[[Z:.*]] = linalg.fill {{.*}} -> tensor<?x?x4xf32>
// CHECK:         %[[A:.*]] = linalg.contract indexing_maps = [#[[TBK]], #[[KJ]], #[[TBJ]]] ins(%[[X]], %[[W]] : {{.*}}) outs(%[[Z]] : {{.*}}) -> tensor<?x?x4xf32>
// CHECK:         %[[S:.*]]:2 = gradopt.scan "rnn" {{.*}} inputs(%[[A_T:.*]] = %[[A]] : {{.*}}) histories(0 : tensor<?x?x4xf32>) {
// CHECK-NEXT:      linalg.matmul {{.*}} outs(%[[A_T]] : tensor<?x4xf32>)
// CHECK-NEXT:      math.tanh
// CHECK-NEXT:      gradopt.yield
// CHECK:         %[[H:.*]] = tensor.extract_slice %[[S]]#1[1, 0, 0]
// CHECK:         %[[B:.*]] = linalg.broadcast ins(%[[BIAS]] : {{.*}}) outs(%{{.*}} : tensor<?x?x2xf32>) dimensions = [0, 1]
// CHECK:         %[[P:.*]] = linalg.contract indexing_maps = [#[[TBK]], #[[KJ]], #[[TBJ]]] ins(%[[H]], %[[V]] : {{.*}}) outs(%[[B]] : {{.*}})
// CHECK:         %[[Q:.*]] = math.exp %[[P]] : tensor<?x?x2xf32>
// CHECK:         return %[[Q]], %[[S]]#0
func.func @layer(%x: tensor<?x?x3xf32>, %h0: tensor<?x4xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>, %v: tensor<4x2xf32>, %b: tensor<2xf32>)
    -> (tensor<?x?x2xf32>, tensor<?x4xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %h_n, %y = gradopt.scan "rnn" (%s) to %T carries(%h = %h0 : tensor<?x4xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>) outputs(tensor<?x?x2xf32>) {
    %B = tensor.dim %x_t, %c0 : tensor<?x3xf32>
    %e = tensor.empty(%B) : tensor<?x4xf32>
    %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
    %a = linalg.matmul ins(%x_t, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%z : tensor<?x4xf32>) -> tensor<?x4xf32>
    %r = linalg.matmul ins(%h, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%a : tensor<?x4xf32>) -> tensor<?x4xf32>
    %h1 = math.tanh %r : tensor<?x4xf32>
    %e2 = tensor.empty(%B) : tensor<?x2xf32>
    %b2 = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e2 : tensor<?x2xf32>) dimensions = [0]
    %p = linalg.matmul ins(%h1, %v : tensor<?x4xf32>, tensor<4x2xf32>) outs(%b2 : tensor<?x2xf32>) -> tensor<?x2xf32>
    %q = math.exp %p : tensor<?x2xf32>
    gradopt.yield %h1, %q : tensor<?x4xf32>, tensor<?x2xf32>
  }
  return %y, %h_n : tensor<?x?x2xf32>, tensor<?x4xf32>
}

// -----

#id = affine_map<(b, h) -> (b, h)>
#rows = affine_map<(b, h) -> (b)>

// A mask by the step index, in reverse: the index is computed again for each
// time, and nothing of the mask is a sequence. The mask leaves the scan because
// a contraction needs it, the select because it takes the contraction's result.

// CHECK-LABEL: func @masks
// CHECK-SAME:    %[[X:[^:]*]]: tensor<5x2x3xf32>
// CHECK-DAG:     %[[FOUR:.*]] = arith.constant 4 : index
// CHECK:         %[[M:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[X]], %{{.*}} : tensor<5x2x3xf32>, tensor<2xi32>)
// CHECK:           %[[T:.*]] = linalg.index 0 : index
// CHECK:           arith.index_cast %[[T]] : index to i32
// CHECK:         %[[A:.*]] = linalg.contract {{.*}} ins(%[[M]],
// CHECK:         %[[SELECT:.*]] = linalg.generic {{.*}} ins(%[[A]], %{{.*}} : tensor<5x2x4xf32>, tensor<2x4xf32>)
// CHECK:           %[[T1:.*]] = linalg.index 0 : index
// CHECK:           %[[S1:.*]] = arith.subi %[[FOUR]], %[[T1]]
// CHECK:           arith.cmpi eq, %[[S1]]
// CHECK:         gradopt.scan {{.*}} inputs(%[[IN:.*]] = reverse %[[SELECT]] : tensor<5x2x4xf32>) outputs(reverse tensor<5x2x4xf32>)
// CHECK-NEXT:      arith.addf %{{.*}}, %[[IN]]
// CHECK-NEXT:      math.tanh
// CHECK-NEXT:      gradopt.yield
func.func @masks(%x: tensor<5x2x3xf32>, %n: tensor<2xi32>, %h0: tensor<2x4xf32>, %w: tensor<3x4xf32>)
    -> (tensor<2x4xf32>, tensor<5x2x4xf32>) {
  %c5 = arith.constant 5 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %cst = arith.constant dense<0.0> : tensor<2x4xf32>
  %h_n, %y = gradopt.scan (%s) to %c5 carries(%h = %h0 : tensor<2x4xf32>) inputs(%x_t = reverse %x : tensor<5x2x3xf32>)
      outputs(reverse tensor<5x2x4xf32>) {
    %s1 = arith.addi %s, %c1 : index
    %t = arith.subi %c5, %s1 : index
    %t32 = arith.index_cast %t : index to i32
    %e = tensor.empty() : tensor<2x3xf32>
    %m = linalg.generic {indexing_maps = [#id, #rows, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x_t, %n : tensor<2x3xf32>, tensor<2xi32>) outs(%e : tensor<2x3xf32>) {
    ^bb0(%a: f32, %l: i32, %o: f32):
      %on = arith.cmpi slt, %t32, %l : i32
      %v = arith.select %on, %a, %zero : f32
      linalg.yield %v : f32
    } -> tensor<2x3xf32>
    %p = linalg.matmul ins(%m, %w : tensor<2x3xf32>, tensor<3x4xf32>) outs(%cst : tensor<2x4xf32>) -> tensor<2x4xf32>
    %odd = arith.cmpi eq, %s, %c1 : index
    %sel = arith.select %odd, %p, %cst : tensor<2x4xf32>
    %h1 = arith.addf %h, %sel : tensor<2x4xf32>
    %h2 = math.tanh %h1 : tensor<2x4xf32>
    gradopt.yield %h2, %h1 : tensor<2x4xf32>, tensor<2x4xf32>
  }
  return %h_n, %y : tensor<2x4xf32>, tensor<5x2x4xf32>
}

// -----

// Two slices of one value are one tape. The carry before the step is in its
// history. What is an output twice is computed once.

// CHECK-LABEL: func @tapes
// CHECK:         %[[S:.*]]:3 = gradopt.scan {{.*}} outputs(tensor<?x2x8xf32>) histories(0 : tensor<?x2x4xf32>) {
// CHECK-NOT:       linalg
// CHECK:           gradopt.yield
// CHECK:         %[[G0:.*]] = tensor.extract_slice %[[S]]#1[0, 0, 0] [%{{.*}}, 2, 4]
// CHECK:         %[[P0:.*]] = linalg.contract {{.*}} ins(%[[G0]],
// CHECK:         %[[G1:.*]] = tensor.extract_slice %[[S]]#1[0, 0, 4] [%{{.*}}, 2, 4]
// CHECK:         %[[P1:.*]] = linalg.contract {{.*}} ins(%[[G1]],
// CHECK:         %[[H:.*]] = tensor.extract_slice %[[S]]#2[0, 0, 0] [%{{.*}}, 2, 4]
// CHECK:         %[[P2:.*]] = linalg.contract {{.*}} ins(%[[H]],
// CHECK:         return %[[S]]#0, %[[P0]], %[[P1]], %[[P2]], %[[P2]]
func.func @tapes(%x: tensor<?x2x8xf32>, %T: index, %c: tensor<2x4xf32>, %v: tensor<4x3xf32>)
    -> (tensor<2x4xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>) {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %r:5 = gradopt.scan (%s) to %T carries(%h = %c : tensor<2x4xf32>) inputs(%x_t = %x : tensor<?x2x8xf32>)
      outputs(tensor<?x2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>) {
    %g = math.tanh %x_t : tensor<2x8xf32>
    %hh = tensor.insert_slice %h into %g[0, 2] [2, 4] [1, 1] : tensor<2x4xf32> into tensor<2x8xf32>
    %g0 = tensor.extract_slice %hh[0, 0] [2, 4] [1, 1] : tensor<2x8xf32> to tensor<2x4xf32>
    %g1 = tensor.extract_slice %hh[0, 4] [2, 4] [1, 1] : tensor<2x8xf32> to tensor<2x4xf32>
    %p0 = linalg.matmul ins(%g0, %v : tensor<2x4xf32>, tensor<4x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %p1 = linalg.matmul ins(%g1, %v : tensor<2x4xf32>, tensor<4x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %p2 = linalg.matmul ins(%h, %v : tensor<2x4xf32>, tensor<4x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %h1 = arith.addf %g0, %g1 : tensor<2x4xf32>
    gradopt.yield %h1, %p0, %p1, %p2, %p2 : tensor<2x4xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
  }
  return %r#0, %r#1, %r#2, %r#3, %r#4 : tensor<2x4xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>
}

// -----

// Scalar carries, one of them integer. A scalar that an op behind needs is kept
// as a tensor of rank 0 for each step.

// CHECK-LABEL: func @scalars
// CHECK:         %[[S:.*]]:3 = gradopt.scan (%{{.*}}) to %{{.*}} carries(%[[F:.*]] = %{{.*}} : f32, %[[N:.*]] = %{{.*}} : i64) outputs(tensor<?xi64>) {
// CHECK:           %[[KEPT:.*]] = tensor.from_elements %[[N]] : tensor<i64>
// CHECK:           gradopt.yield %{{.*}}, %{{.*}}, %[[KEPT]]
// CHECK:         linalg.generic
// CHECK:           %[[T:.*]] = linalg.index 0
// CHECK:           %[[N_T:.*]] = tensor.extract %[[S]]#2[%[[T]]] : tensor<?xi64>
// CHECK:           arith.cmpi slt, %[[N_T]]
func.func @scalars(%T: index, %x: tensor<?x4xf32>, %v: tensor<4xf32>) -> (f32, i64, tensor<?xf32>) {
  %one = arith.constant 1.0 : f32
  %i0 = arith.constant 0 : i64
  %i1 = arith.constant 1 : i64
  %z = arith.constant dense<0.0> : tensor<f32>
  %r:3 = gradopt.scan (%s) to %T carries(%f = %one : f32, %n = %i0 : i64) inputs(%x_t = %x : tensor<?x4xf32>)
      outputs(tensor<?xf32>) {
    %d = linalg.dot ins(%x_t, %v : tensor<4xf32>, tensor<4xf32>) outs(%z : tensor<f32>) -> tensor<f32>
    %on = arith.cmpi slt, %n, %i1 : i64
    %dn = arith.select %on, %d, %z : tensor<f32>
    %f1 = arith.addf %f, %f : f32
    %n1 = arith.addi %n, %i1 : i64
    gradopt.yield %f1, %n1, %dn : f32, i64, tensor<f32>
  }
  return %r#0, %r#1, %r#2 : f32, i64, tensor<?xf32>
}

// -----

// A gather of the input tokens, and what is made of it.

// CHECK-LABEL: func @embedding
// CHECK:         %[[X:.*]] = gradopt.embedding %{{.*}}, %{{.*}} : tensor<7x4xf32>, tensor<?x?xi32> -> tensor<?x?x4xf32>
// CHECK:         %[[Y:.*]] = arith.mulf %[[X]], %[[X]] : tensor<?x?x4xf32>
// CHECK:         gradopt.scan {{.*}} inputs(%{{.*}} = %[[Y]] : tensor<?x?x4xf32>)
func.func @embedding(%T: index, %tokens: tensor<?x?xi32>, %table: tensor<7x4xf32>, %h0: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %h_n = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x4xf32>) inputs(%t = %tokens : tensor<?x?xi32>) {
    %x = gradopt.embedding %table, %t : tensor<7x4xf32>, tensor<?xi32> -> tensor<?x4xf32>
    %y = arith.mulf %x, %x : tensor<?x4xf32>
    %h1 = arith.mulf %h, %y : tensor<?x4xf32>
    gradopt.yield %h1 : tensor<?x4xf32>
  }
  return %h_n : tensor<?x4xf32>
}

// -----

// What depends on inputs and gives outputs is not in the scan at all. An output
// that hands on what was moved is that.

// CHECK-LABEL: func @independent
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x2x3xf32>
// CHECK:         %[[A:.*]] = linalg.contract {{.*}} ins(%[[X]],
// CHECK:         %[[S:.*]] = gradopt.scan {{.*}} inputs(%{{.*}} = %[[A]] : {{.*}}) {
// CHECK-NOT:       linalg
// CHECK:         }
// CHECK:         %[[B:.*]] = linalg.contract {{.*}} ins(%[[A]],
// CHECK:         return %[[S]], %[[A]], %[[B]]
func.func @independent(%T: index, %x: tensor<?x2x3xf32>, %w: tensor<3x3xf32>, %h0: tensor<2x3xf32>)
    -> (tensor<2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>) {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %r:3 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) inputs(%x_t = %x : tensor<?x2x3xf32>)
      outputs(tensor<?x2x3xf32>, tensor<?x2x3xf32>) {
    %a = linalg.matmul ins(%x_t, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %b = linalg.matmul ins(%a, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %s1 = arith.addf %h, %a : tensor<2x3xf32>
    %h1 = math.tanh %s1 : tensor<2x3xf32>
    gradopt.yield %h1, %a, %b : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>
}

// -----

#id = affine_map<(b, h) -> (b, h)>

// What is made of inputs and only needed behind the scan is made behind it. The
// place that it writes to is a value of the step; only its sizes are needed.

// CHECK-LABEL: func @written
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x3xf32>
// CHECK:         %[[S:.*]]:2 = gradopt.scan {{.*}} histories(0 : tensor<?x?x3xf32>) {
// CHECK-NEXT:      math.tanh
// CHECK-NEXT:      gradopt.yield
// CHECK:         %[[E:.*]] = tensor.empty(%{{.*}}, %{{.*}}) : tensor<?x?x3xf32>
// CHECK:         %[[M:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<?x?x3xf32>) outs(%[[E]] : tensor<?x?x3xf32>)
// CHECK:         linalg.contract {{.*}} outs(%[[M]] : tensor<?x?x3xf32>)
func.func @written(%x: tensor<?x?x3xf32>, %T: index, %w: tensor<3x3xf32>, %h0: tensor<?x3xf32>) -> tensor<?x?x3xf32> {
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x3xf32>) inputs(%x_t = %x : tensor<?x?x3xf32>)
      outputs(tensor<?x?x3xf32>) {
    %m = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x_t : tensor<?x3xf32>) outs(%x_t : tensor<?x3xf32>) {
    ^bb0(%v: f32, %o: f32):
      %v1 = math.exp %v : f32
      linalg.yield %v1 : f32
    } -> tensor<?x3xf32>
    %h1 = math.tanh %h : tensor<?x3xf32>
    %y = linalg.matmul ins(%h1, %w : tensor<?x3xf32>, tensor<3x3xf32>) outs(%m : tensor<?x3xf32>) -> tensor<?x3xf32>
    gradopt.yield %h1, %y : tensor<?x3xf32>, tensor<?x3xf32>
  }
  return %r#1 : tensor<?x?x3xf32>
}
