// RUN: gradopt-opt %s --gradopt-sink-weight-gradients --split-input-file | FileCheck %s
// RUN: gradopt-opt %s --gradopt-sink-weight-gradients --canonicalize --cse --gradopt-sink-weight-gradients --split-input-file | FileCheck %s --check-prefix=TWICE
// TWICE-COUNT-11: gradopt.scan
// TWICE-NOT: gradopt.scan

// A weight's rank-B updates, a bias and a weight for each element: the carries
// leave the scan. The product reads an input and the history of the state as
// they are, and time is one more loop that is summed over.

#id = affine_map<(d0, d1) -> (d0, d1)>
#col = affine_map<(d0, d1) -> (d1)>
#lhs = affine_map<(d0, d1, d2) -> (d0, d1)>
#rhs = affine_map<(d0, d1, d2) -> (d0, d2)>
#res = affine_map<(d0, d1, d2) -> (d1, d2)>

// CHECK-DAG: #[[$LHS:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-DAG: #[[$RHS:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[$RES:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
// CHECK-DAG: #[[$ALL:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[$COL:.*]] = affine_map<(d0, d1, d2) -> (d2)>

// CHECK-LABEL: func.func @kinds
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x2xf32>, %[[H0:[^:]*]]: tensor<?x3xf32>, %[[W:[^:]*]]: tensor<3x3xf32>, %[[DW:[^:]*]]: tensor<2x3xf32>
// CHECK:         %[[R:.*]]:2 = gradopt.scan "s" (%{{.*}}) to %[[T:[^ ]*]] carries(%[[H:.*]] = %[[H0]] : tensor<?x3xf32>) histories(0 : tensor<?x?x3xf32>)
// CHECK-NEXT:      linalg.matmul
// CHECK-NEXT:      math.tanh
// CHECK-NEXT:      gradopt.yield
// CHECK:         %[[AFTER:.*]] = tensor.extract_slice %[[R]]#1[1, 0, 0] [%[[T]],
// CHECK:         linalg.contract indexing_maps = [#[[$LHS]], #[[$RHS]], #[[$RES]]] ins(%[[X]], %[[AFTER]] : {{.*}}) outs(%[[DW]] : tensor<2x3xf32>)
// CHECK:         linalg.generic {indexing_maps = [#[[$ALL]], #[[$COL]]], iterator_types = ["reduction", "reduction", "parallel"]} ins(%[[AFTER]] :
// CHECK:         %[[BEFORE:.*]] = tensor.extract_slice %[[R]]#1[0, 0, 0] [%[[T]],
// CHECK:         linalg.generic {indexing_maps = [#[[$ALL]], #[[$ALL]], #[[$COL]]], iterator_types = ["reduction", "reduction", "parallel"]} ins(%[[BEFORE]], %[[AFTER]] :
func.func @kinds(%x: tensor<?x?x2xf32>, %h0: tensor<?x3xf32>, %w: tensor<3x3xf32>, %dw0: tensor<2x3xf32>)
    -> (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x2xf32>
  %zero3 = arith.constant dense<0.0> : tensor<3xf32>
  %zero23 = arith.constant dense<0.0> : tensor<2x3xf32>
  %h, %dw, %db, %dp = gradopt.scan "s" (%s) to %T
      carries(%h = %h0 : tensor<?x3xf32>, %dw = %dw0 : tensor<2x3xf32>, %db = %zero3 : tensor<3xf32>, %dp = %zero3 : tensor<3xf32>)
      inputs(%x_t = %x : tensor<?x?x2xf32>) {
    %m = linalg.matmul ins(%h, %w : tensor<?x3xf32>, tensor<3x3xf32>) outs(%h : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = math.tanh %m : tensor<?x3xf32>
    %u = linalg.contract indexing_maps = [#lhs, #rhs, #res] ins(%x_t, %h1 : tensor<?x2xf32>, tensor<?x3xf32>)
        outs(%zero23 : tensor<2x3xf32>) -> tensor<2x3xf32>
    %dw1 = arith.addf %dw, %u : tensor<2x3xf32>
    %db1 = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]}
        ins(%h1 : tensor<?x3xf32>) outs(%db : tensor<3xf32>) {
    ^bb0(%a: f32, %o: f32):
      %1 = arith.addf %o, %a : f32
      linalg.yield %1 : f32
    } -> tensor<3xf32>
    %p = linalg.generic {indexing_maps = [#id, #id, #col], iterator_types = ["reduction", "parallel"]}
        ins(%h, %h1 : tensor<?x3xf32>, tensor<?x3xf32>) outs(%zero3 : tensor<3xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %1 = arith.mulf %a, %b : f32
      %2 = arith.addf %o, %1 : f32
      linalg.yield %2 : f32
    } -> tensor<3xf32>
    %dp1 = arith.addf %p, %dp : tensor<3xf32>
    gradopt.yield %h1, %dw1, %db1, %dp1 : tensor<?x3xf32>, tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>
  }
  return %dw, %db, %dp : tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>
}

// -----

// One summand of two carries is summed once, and a slice of it is one of the
// sum.

// CHECK-LABEL: func.func @shared
// CHECK:         %[[R:.*]]:2 = gradopt.scan {{.*}} outputs(reverse tensor<5x4xf32>)
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[R]]#1 :
// CHECK-NOT:     linalg.generic
// CHECK:         %[[PART:.*]] = tensor.extract_slice %[[SUM]][1] [2] [1]
// CHECK:         return %[[R]]#0, %[[SUM]], %[[SUM]], %[[PART]]
func.func @shared(%x: tensor<5x4xf32>, %h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2xf32>) {
  %c5 = arith.constant 5 : index
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %zero2 = arith.constant dense<0.0> : tensor<2xf32>
  %r:4 = gradopt.scan (%s) to %c5
      carries(%h = %h0 : tensor<4xf32>, %a = %zero : tensor<4xf32>, %b = %zero : tensor<4xf32>, %c = %zero2 : tensor<2xf32>)
      inputs(%x_t = reverse %x : tensor<5x4xf32>) {
    %h1 = arith.mulf %h, %x_t : tensor<4xf32>
    %e = math.exp %h1 : tensor<4xf32>
    %a1 = arith.addf %a, %e : tensor<4xf32>
    %b1 = arith.addf %e, %b : tensor<4xf32>
    %part = tensor.extract_slice %e[1] [2] [1] : tensor<4xf32> to tensor<2xf32>
    %c1 = arith.addf %c, %part : tensor<2xf32>
    gradopt.yield %h1, %a1, %b1, %c1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2xf32>
  }
  return %r#0, %r#1, %r#2, %r#3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2xf32>
}

// -----

// Rows of all steps go into one table. Indices that are the same at every step
// are no rows of their own.

// CHECK-LABEL: func.func @embedding
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x3x2xf32>, %[[I:[^:]*]]: tensor<?x3xi32>, %{{[^:]*}}: tensor<3xi32>, %[[T0:[^:]*]]: tensor<7x2xf32>
// CHECK:         gradopt.scan {{.*}} carries(%{{[^,]*}} = %[[T0]] : tensor<7x2xf32>)
// CHECK:           gradopt.scatter_add %{{[^ ]*}}, %{{[^ ]*}} : tensor<3x2xf32>, tensor<3xi32> -> tensor<7x2xf32>
// CHECK:         %[[ROWS:.*]] = gradopt.scatter_add %[[X]], %[[I]] : tensor<?x3x2xf32>, tensor<?x3xi32> -> tensor<7x2xf32>
// CHECK:         arith.addf %[[T0]], %[[ROWS]]
func.func @embedding(%x: tensor<?x3x2xf32>, %i: tensor<?x3xi32>, %j: tensor<3xi32>, %t0: tensor<7x2xf32>)
    -> (tensor<7x2xf32>, tensor<7x2xf32>) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x3x2xf32>
  %r:2 = gradopt.scan (%s) to %T carries(%a = %t0 : tensor<7x2xf32>, %b = %t0 : tensor<7x2xf32>)
      inputs(%x_t = %x : tensor<?x3x2xf32>, %i_t = %i : tensor<?x3xi32>) {
    %1 = gradopt.scatter_add %x_t, %i_t : tensor<3x2xf32>, tensor<3xi32> -> tensor<7x2xf32>
    %a1 = arith.addf %a, %1 : tensor<7x2xf32>
    %2 = gradopt.scatter_add %x_t, %j : tensor<3x2xf32>, tensor<3xi32> -> tensor<7x2xf32>
    %b1 = arith.addf %b, %2 : tensor<7x2xf32>
    gradopt.yield %a1, %b1 : tensor<7x2xf32>, tensor<7x2xf32>
  }
  return %r#0, %r#1 : tensor<7x2xf32>, tensor<7x2xf32>
}

// -----

// What leaves the inner scan leaves the outer one, over both times.

#lhs = affine_map<(d0, d1, d2) -> (d0, d1)>
#rhs = affine_map<(d0, d1, d2) -> (d0, d2)>
#res = affine_map<(d0, d1, d2) -> (d1, d2)>

// CHECK-DAG:   #[[$LHS:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>
// CHECK-DAG:   #[[$RES:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d3, d4)>
// CHECK-LABEL: func.func @nested
// CHECK:         %[[R:.*]] = gradopt.scan "outer" (%{{.*}}) to %{{[^ ]*}} inputs({{.*}}) outputs(tensor<?x?x5x2xf32>)
// CHECK:           %[[Q:.*]] = gradopt.scan "inner" (%{{.*}}) to %{{[^ ]*}} inputs({{.*}}) outputs(tensor<?x5x2xf32>)
// CHECK:           gradopt.yield %[[Q]]
// CHECK:         linalg.contract indexing_maps = [#[[$LHS]], #{{.*}}, #[[$RES]]] ins({{.*}} : tensor<?x?x5x3xf32>, tensor<?x?x5x2xf32>) outs({{.*}} : tensor<3x2xf32>)
func.func @nested(%x: tensor<?x?x5x3xf32>, %y: tensor<?x?x5x2xf32>) -> tensor<3x2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x5x3xf32>
  %K = tensor.dim %x, %c1 : tensor<?x?x5x3xf32>
  %zero = arith.constant dense<0.0> : tensor<3x2xf32>
  %w = gradopt.scan "outer" (%s) to %T carries(%w = %zero : tensor<3x2xf32>)
      inputs(%x_t = %x : tensor<?x?x5x3xf32>, %y_t = %y : tensor<?x?x5x2xf32>) {
    %v = gradopt.scan "inner" (%k) to %K carries(%v = %w : tensor<3x2xf32>)
        inputs(%x_k = %x_t : tensor<?x5x3xf32>, %y_k = %y_t : tensor<?x5x2xf32>) {
      %e = math.exp %y_k : tensor<5x2xf32>
      %v1 = linalg.contract indexing_maps = [#lhs, #rhs, #res] ins(%x_k, %e : tensor<5x3xf32>, tensor<5x2xf32>)
          outs(%v : tensor<3x2xf32>) -> tensor<3x2xf32>
      gradopt.yield %v1 : tensor<3x2xf32>
    }
    gradopt.yield %v : tensor<3x2xf32>
  }
  return %w : tensor<3x2xf32>
}

// -----

// What an inner scan makes over a number of steps that changes cannot be kept
// for all steps of the outer one.

// CHECK-LABEL: func.func @ragged
// CHECK:         gradopt.scan "outer" {{.*}} carries(%[[W:.*]] = %{{.*}} : tensor<2x2xf32>)
// CHECK:           gradopt.scan "inner" {{.*}} outputs(tensor<?x2xf32>)
// CHECK:           linalg.generic {{.*}} outs(%[[W]] : tensor<2x2xf32>)
func.func @ragged(%n: tensor<?xindex>, %w0: tensor<2x2xf32>, %y: tensor<2xf32>) -> tensor<2x2xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %n, %c0 : tensor<?xindex>
  %w = gradopt.scan "outer" (%s) to %T carries(%w = %w0 : tensor<2x2xf32>) inputs(%n_t = %n : tensor<?xindex>) {
    %K = tensor.extract %n_t[] : tensor<index>
    %v:2 = gradopt.scan "inner" (%k) to %K carries(%h = %y : tensor<2xf32>, %v = %w : tensor<2x2xf32>) {
      %e = math.exp %h : tensor<2xf32>
      %v1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
          ins(%e : tensor<2xf32>) outs(%v : tensor<2x2xf32>) {
      ^bb0(%a: f32, %o: f32):
        %1 = arith.addf %o, %a : f32
        linalg.yield %1 : f32
      } -> tensor<2x2xf32>
      gradopt.yield %e, %v1 : tensor<2xf32>, tensor<2x2xf32>
    }
    gradopt.yield %v#1 : tensor<2x2xf32>
  }
  return %w : tensor<2x2xf32>
}

// -----

// Without steps the sum is the init, and effects stay what they are.

func.func private @effect(index)

// CHECK-LABEL: func.func @no_steps
// CHECK-SAME:    %{{[^:]*}}: tensor<0x4x2xf32>, %[[W0:[^:]*]]: tensor<2xf32>
// CHECK-NEXT:    return %[[W0]]
func.func @no_steps(%x: tensor<0x4x2xf32>, %w0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %w = gradopt.scan (%s) to %c0 carries(%w = %w0 : tensor<2xf32>) inputs(%x_t = %x : tensor<0x4x2xf32>) {
    %1 = linalg.reduce ins(%x_t : tensor<4x2xf32>) outs(%w : tensor<2xf32>) dimensions = [0]
      (%a: f32, %o: f32) {
        %2 = arith.addf %a, %o : f32
        linalg.yield %2 : f32
      }
    gradopt.yield %1 : tensor<2xf32>
  }
  return %w : tensor<2xf32>
}

// CHECK-LABEL: func.func @effects
// CHECK:         gradopt.scan {{.*}} to %{{.*}} {
// CHECK-NEXT:      call @effect
// CHECK-NEXT:      call @effect
// CHECK-NEXT:      gradopt.yield
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<4xf32>)
func.func @effects(%x: tensor<4xf32>, %c: i1) -> f32 {
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %r = scf.if %c -> f32 {
    %l = gradopt.scan (%s) to %c4 carries(%l = %zero : f32) inputs(%x_t = %x : tensor<4xf32>) {
      func.call @effect(%s) : (index) -> ()
      %v = tensor.extract %x_t[] : tensor<f32>
      %l1 = arith.addf %l, %v : f32
      func.call @effect(%c4) : (index) -> ()
      gradopt.yield %l1 : f32
    }
    scf.yield %l : f32
  } else {
    scf.yield %zero : f32
  }
  return %r : f32
}

// -----

// The gradient of a peephole weight multiplies a gate's gradient, which the
// derivative states again. It is read where it is kept anyway, as a slice of
// the gradients of all gates.

#id = affine_map<(d0, d1) -> (d0, d1)>
#col = affine_map<(d0, d1) -> (d1)>
#lhs = affine_map<(d0, d1, d2) -> (d0, d1)>
#rhs = affine_map<(d0, d1, d2) -> (d0, d2)>
#res = affine_map<(d0, d1, d2) -> (d1, d2)>

// CHECK-LABEL: func.func @gates
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x4x3xf32>, %[[C:[^:]*]]: tensor<?x4x2xf32>
// CHECK:         %[[R:.*]]:2 = gradopt.scan {{.*}} outputs(reverse tensor<?x4x4xf32>)
// CHECK:         linalg.contract {{.*}} ins(%[[X]], %[[R]]#1 :
// CHECK:         %[[GATE:.*]] = tensor.extract_slice %[[R]]#1[0, 0, 2] [%{{.*}}, 4, 2] [1, 1, 1]
// CHECK:         linalg.generic {{.*}} iterator_types = ["reduction", "reduction", "parallel"]} ins(%[[C]], %[[GATE]] : {{.*}}) outs(%{{.*}} : tensor<2xf32>)
// CHECK-NEXT:    ^bb0
// CHECK-NEXT:      arith.mulf
// CHECK-NEXT:      arith.addf
// CHECK-NEXT:      linalg.yield
func.func @gates(%x: tensor<?x4x3xf32>, %c: tensor<?x4x2xf32>, %dh0: tensor<4x2xf32>)
    -> (tensor<4x2xf32>, tensor<3x4xf32>, tensor<2xf32>) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x4x3xf32>
  %zero34 = arith.constant dense<0.0> : tensor<3x4xf32>
  %zero2 = arith.constant dense<0.0> : tensor<2xf32>
  %e2 = tensor.empty() : tensor<4x2xf32>
  %e4 = tensor.empty() : tensor<4x4xf32>
  %r:3 = gradopt.scan (%s) to %T
      carries(%dh = %dh0 : tensor<4x2xf32>, %dw = %zero34 : tensor<3x4xf32>, %dp = %zero2 : tensor<2xf32>)
      inputs(%x_t = reverse %x : tensor<?x4x3xf32>, %c_t = reverse %c : tensor<?x4x2xf32>) {
    %g = math.exp %dh : tensor<4x2xf32>
    %di = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%g : tensor<4x2xf32>) outs(%e2 : tensor<4x2xf32>) {
    ^bb0(%a: f32, %o: f32):
      %1 = math.tanh %a : f32
      %2 = arith.mulf %1, %1 : f32
      linalg.yield %2 : f32
    } -> tensor<4x2xf32>
    %p = linalg.generic {indexing_maps = [#id, #id, #col], iterator_types = ["reduction", "parallel"]}
        ins(%g, %c_t : tensor<4x2xf32>, tensor<4x2xf32>) outs(%zero2 : tensor<2xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %1 = math.tanh %a : f32
      %2 = arith.mulf %1, %1 : f32
      %3 = arith.mulf %2, %b : f32
      %4 = arith.addf %o, %3 : f32
      linalg.yield %4 : f32
    } -> tensor<2xf32>
    %dp1 = arith.addf %dp, %p : tensor<2xf32>
    %i1 = tensor.insert_slice %di into %e4[0, 2] [4, 2] [1, 1] : tensor<4x2xf32> into tensor<4x4xf32>
    %i2 = tensor.insert_slice %dh into %i1[0, 0] [4, 2] [1, 1] : tensor<4x2xf32> into tensor<4x4xf32>
    %u = linalg.contract indexing_maps = [#lhs, #rhs, #res] ins(%x_t, %i2 : tensor<4x3xf32>, tensor<4x4xf32>)
        outs(%zero34 : tensor<3x4xf32>) -> tensor<3x4xf32>
    %dw1 = arith.addf %dw, %u : tensor<3x4xf32>
    gradopt.yield %di, %dw1, %dp1 : tensor<4x2xf32>, tensor<3x4xf32>, tensor<2xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<4x2xf32>, tensor<3x4xf32>, tensor<2xf32>
}

// -----

// A carry of which each slice is added to, as other passes leave it.

// CHECK-LABEL: func.func @slices
// CHECK-SAME:    %[[X:[^:]*]]: tensor<5x3x2xf32>, %[[W0:[^:]*]]: tensor<5xf32>
// CHECK:         gradopt.scan {{.*}} carries(%{{[^,]*}} = %{{[^,]*}} : tensor<3x2xf32>)
// CHECK:         %[[INIT:.*]] = tensor.extract_slice %[[W0]][0] [2] [1]
// CHECK:         %[[FIRST:.*]] = linalg.generic {{.*}} outs(%[[INIT]] : tensor<2xf32>)
// CHECK:         %[[INTO:.*]] = tensor.insert_slice %[[FIRST]] into %[[W0]][0] [2] [1]
// CHECK:         %[[INIT2:.*]] = tensor.extract_slice %[[W0]][2] [3] [1]
// CHECK:         %[[SECOND:.*]] = linalg.generic {{.*}} outs(%[[INIT2]] : tensor<3xf32>)
// CHECK:         tensor.insert_slice %[[SECOND]] into %[[INTO]][2] [3] [1]
func.func @slices(%x: tensor<5x3x2xf32>, %w0: tensor<5xf32>, %h0: tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<5xf32>) {
  %c5 = arith.constant 5 : index
  %empty = tensor.empty() : tensor<5xf32>
  %r:2 = gradopt.scan (%s) to %c5 carries(%h = %h0 : tensor<3x2xf32>, %w = %w0 : tensor<5xf32>)
      inputs(%x_t = %x : tensor<5x3x2xf32>) {
    %h1 = arith.mulf %h, %x_t : tensor<3x2xf32>
    %a = tensor.extract_slice %w[0] [2] [1] : tensor<5xf32> to tensor<2xf32>
    %a1 = linalg.reduce ins(%h1 : tensor<3x2xf32>) outs(%a : tensor<2xf32>) dimensions = [0]
      (%v: f32, %o: f32) {
        %1 = arith.addf %v, %o : f32
        linalg.yield %1 : f32
      }
    %b = tensor.extract_slice %w[2] [3] [1] : tensor<5xf32> to tensor<3xf32>
    %b1 = linalg.reduce ins(%h1 : tensor<3x2xf32>) outs(%b : tensor<3xf32>) dimensions = [1]
      (%v: f32, %o: f32) {
        %1 = arith.addf %v, %o : f32
        linalg.yield %1 : f32
      }
    %i1 = tensor.insert_slice %a1 into %empty[0] [2] [1] : tensor<2xf32> into tensor<5xf32>
    %i2 = tensor.insert_slice %b1 into %i1[2] [3] [1] : tensor<3xf32> into tensor<5xf32>
    gradopt.yield %h1, %i2 : tensor<3x2xf32>, tensor<5xf32>
  }
  return %r#0, %r#1 : tensor<3x2xf32>, tensor<5xf32>
}

// -----

// A slice that goes elsewhere is no sum.

// CHECK-LABEL: func.func @moved
// CHECK:         gradopt.scan {{.*}} carries(%{{[^,]*}} = %{{[^,]*}} : tensor<4xf32>)
// CHECK-NOT:     linalg.generic
// CHECK:         return
func.func @moved(%x: tensor<5x2xf32>, %w0: tensor<4xf32>) -> tensor<4xf32> {
  %c5 = arith.constant 5 : index
  %empty = tensor.empty() : tensor<4xf32>
  %r = gradopt.scan (%s) to %c5 carries(%w = %w0 : tensor<4xf32>) inputs(%x_t = %x : tensor<5x2xf32>) {
    %a = tensor.extract_slice %w[0] [2] [1] : tensor<4xf32> to tensor<2xf32>
    %a1 = arith.addf %a, %x_t : tensor<2xf32>
    %b = tensor.extract_slice %w[2] [2] [1] : tensor<4xf32> to tensor<2xf32>
    %b1 = arith.addf %b, %x_t : tensor<2xf32>
    %i1 = tensor.insert_slice %a1 into %empty[2] [2] [1] : tensor<2xf32> into tensor<4xf32>
    %i2 = tensor.insert_slice %b1 into %i1[0] [2] [1] : tensor<2xf32> into tensor<4xf32>
    gradopt.yield %i2 : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}
