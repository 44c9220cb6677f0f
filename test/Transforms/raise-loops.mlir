// RUN: gradopt-opt %s --gradopt-raise-loops --canonicalize --cse --split-input-file | FileCheck %s --implicit-check-not="scf.{{for|while}}"

// Time first, forward, a carry and an output, dynamic time and batch.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x?x3xf32>, %[[H0:[a-z0-9]+]]: tensor<?x3xf32>
// CHECK: %[[T:.*]] = tensor.dim %[[X]], %c0
// CHECK: %[[R:.*]]:2 = gradopt.scan (%{{.*}}) to %[[T]]
// CHECK-SAME: carries(%[[H:[a-z0-9]+]] = %[[H0]] : tensor<?x3xf32>)
// CHECK-SAME: inputs(%[[X_T:[a-z0-9]+]] = %[[X]] : tensor<?x?x3xf32>)
// CHECK-SAME: outputs(tensor<?x?x3xf32>) {
// CHECK-NEXT: %[[A:.*]] = arith.addf %[[X_T]], %[[H]]
// CHECK-NEXT: %[[N:.*]] = math.tanh %[[A]]
// CHECK-NEXT: gradopt.yield %[[N]], %[[N]]
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @forward(%x: tensor<?x?x3xf32>, %h0: tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<?x?x3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x3xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %r:2 = scf.for %t = %c0 to %T step %c1 iter_args(%h = %h0, %y = %e) -> (tensor<?x3xf32>, tensor<?x?x3xf32>) {
    %x_t = tensor.extract_slice %x[%t, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<?x3xf32>
    %a = arith.addf %x_t, %h : tensor<?x3xf32>
    %h1 = math.tanh %a : tensor<?x3xf32>
    %y1 = tensor.insert_slice %h1 into %y[%t, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x3xf32> into tensor<?x?x3xf32>
    scf.yield %h1, %y1 : tensor<?x3xf32>, tensor<?x?x3xf32>
  }
  return %r#0, %r#1 : tensor<?x3xf32>, tensor<?x?x3xf32>
}

// -----

// A history that is carried beside: row 0 is the initial carry, row t + 1 what
// step t makes.
// CHECK-LABEL: func.func @history_beside
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x2xf32>, %[[H0:[a-z0-9]+]]: tensor<2xf32>
// CHECK: %[[R:.*]]:2 = gradopt.scan
// CHECK-SAME: carries(%[[H:[a-z0-9]+]] = %[[H0]] : tensor<2xf32>)
// CHECK-SAME: inputs(%[[X_T:[a-z0-9]+]] = %[[X]] : tensor<4x2xf32>)
// CHECK-SAME: histories(0 : tensor<5x2xf32>)
// CHECK: return %[[R]]#1
func.func @history_beside(%x: tensor<4x2xf32>, %h0: tensor<2xf32>) -> tensor<5x2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %e = tensor.empty() : tensor<5x2xf32>
  %h_1 = tensor.expand_shape %h0 [[0, 1]] output_shape [1, 2] : tensor<2xf32> into tensor<1x2xf32>
  %i = tensor.insert_slice %h_1 into %e[0, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<5x2xf32>
  %r:2 = scf.for %t = %c0 to %c4 step %c1 iter_args(%h = %h0, %hs = %i) -> (tensor<2xf32>, tensor<5x2xf32>) {
    %x_t = tensor.extract_slice %x[%t, 0] [1, 2] [1, 1] : tensor<4x2xf32> to tensor<2xf32>
    %h1 = arith.addf %x_t, %h : tensor<2xf32>
    %t1 = arith.addi %t, %c1 : index
    %hs1 = tensor.insert_slice %h1 into %hs[%t1, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<5x2xf32>
    scf.yield %h1, %hs1 : tensor<2xf32>, tensor<5x2xf32>
  }
  return %r#1 : tensor<5x2xf32>
}

// -----

// A backward loop over a history: both the row before the step and the one after
// it are read, in the order of the steps.
// CHECK-LABEL: func.func @reads_history
// CHECK-SAME: %[[HS:[a-z0-9]+]]: tensor<5x2xf32>
// CHECK-DAG: %[[AFTER:.*]] = tensor.extract_slice %[[HS]][1, 0] [4, 2] [1, 1]
// CHECK-DAG: %[[BEFORE:.*]] = tensor.extract_slice %[[HS]][0, 0] [4, 2] [1, 1]
// CHECK: gradopt.scan
// CHECK-SAME: inputs(%{{[a-z0-9]+}} = reverse %[[AFTER]] : tensor<4x2xf32>, %{{[a-z0-9]+}} = reverse %[[BEFORE]] : tensor<4x2xf32>)
func.func @reads_history(%hs: tensor<5x2xf32>, %d: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %r = scf.for %s = %c0 to %c4 step %c1 iter_args(%g = %d) -> tensor<2xf32> {
    // After canonicalization t + 1 of t = 3 - s is 4 - s.
    %after = arith.subi %c4, %s : index
    %before = affine.apply affine_map<(s) -> (3 - s)>(%s)
    %h1 = tensor.extract_slice %hs[%after, 0] [1, 2] [1, 1] : tensor<5x2xf32> to tensor<2xf32>
    %h = tensor.extract_slice %hs[%before, 0] [1, 2] [1, 1] : tensor<5x2xf32> to tensor<2xf32>
    %a = arith.mulf %h1, %h : tensor<2xf32>
    %g1 = arith.addf %g, %a : tensor<2xf32>
    scf.yield %g1 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

// Time is the second dimension of the input and of the output.
// CHECK-LABEL: func.func @batch_first
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x?x3xf32>
// CHECK: %[[XT:.*]] = linalg.transpose ins(%[[X]] : tensor<2x?x3xf32>) outs(%{{.*}} : tensor<?x2x3xf32>) permutation = [1, 0, 2]
// CHECK: %[[Y:.*]] = gradopt.scan
// CHECK-SAME: inputs(%{{[a-z0-9]+}} = %[[XT]] : tensor<?x2x3xf32>) outputs(tensor<?x2x3xf32>)
// CHECK: %[[YT:.*]] = linalg.transpose ins(%[[Y]] : tensor<?x2x3xf32>) outs(%{{.*}} : tensor<2x?x3xf32>) permutation = [1, 0, 2]
// CHECK: return %[[YT]]
func.func @batch_first(%x: tensor<2x?x3xf32>) -> tensor<2x?x3xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c1 : tensor<2x?x3xf32>
  %e = tensor.empty(%T) : tensor<2x?x3xf32>
  %r = scf.for %t = %c0 to %T step %c1 iter_args(%y = %e) -> tensor<2x?x3xf32> {
    %x_t = tensor.extract_slice %x[0, %t, 0] [2, 1, 3] [1, 1, 1] : tensor<2x?x3xf32> to tensor<2x1x3xf32>
    %a = math.tanh %x_t : tensor<2x1x3xf32>
    %y1 = tensor.insert_slice %a into %y[0, %t, 0] [2, 1, 3] [1, 1, 1] : tensor<2x1x3xf32> into tensor<2x?x3xf32>
    scf.yield %y1 : tensor<2x?x3xf32>
  }
  return %r : tensor<2x?x3xf32>
}

// -----

// A row that is put together from parts, and rows that are only partly written.
// CHECK-LABEL: func.func @parts
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x2xf32>, %[[Y0:[a-z0-9]+]]: tensor<4x4xf32>
// CHECK: gradopt.scan
// CHECK-SAME: inputs(%[[Y_T:[a-z0-9]+]] = %[[Y0]] : tensor<4x4xf32>, %[[X_T:[a-z0-9]+]] = %[[X]] : tensor<4x2xf32>)
// CHECK: %[[A:.*]] = tensor.insert_slice %[[X_T]] into %[[Y_T]][0] [2] [1] : tensor<2xf32> into tensor<4xf32>
// CHECK: %[[P:.*]] = tensor.extract_slice %[[A]][1] [2] [1] : tensor<4xf32> to tensor<2xf32>
// CHECK: %[[N:.*]] = math.tanh %[[P]]
// CHECK: %[[B:.*]] = tensor.insert_slice %[[N]] into %[[A]][1] [2] [1]
// CHECK: gradopt.yield %[[B]] : tensor<4xf32>
func.func @parts(%x: tensor<4x2xf32>, %y0: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %r = scf.for %t = %c0 to %c4 step %c1 iter_args(%y = %y0) -> tensor<4x4xf32> {
    %x_t = tensor.extract_slice %x[%t, 0] [1, 2] [1, 1] : tensor<4x2xf32> to tensor<2xf32>
    %y1 = tensor.insert_slice %x_t into %y[%t, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<4x4xf32>
    %p = tensor.extract_slice %y1[%t, 1] [1, 2] [1, 1] : tensor<4x4xf32> to tensor<2xf32>
    %n = math.tanh %p : tensor<2xf32>
    %y2 = tensor.insert_slice %n into %y1[%t, 1] [1, 2] [1, 1] : tensor<2xf32> into tensor<4x4xf32>
    scf.yield %y2 : tensor<4x4xf32>
  }
  return %r : tensor<4x4xf32>
}

// -----

// Effects stay where they are, the counter becomes the step, and its last value
// is known. Of a loop that may not run, rows are taken that are there.
// CHECK-LABEL: func.func @effects
// CHECK-SAME: %[[N:[a-z0-9]+]]: i32, %[[X:[a-z0-9]+]]: tensor<?xf32>
// CHECK-DAG: %[[I:.*]] = arith.index_cast %[[N]] : i32 to index
// CHECK: %[[T:.*]] = arith.maxsi %[[I]], %c0
// CHECK: gradopt.scan (%[[S:.*]]) to %[[T]]
// CHECK-SAME: inputs(%[[X_T:[a-z0-9]+]] = %{{[a-z0-9_]+}} : tensor<?xf32>)
// CHECK: %[[C:.*]] = arith.index_cast %[[S]] : index to i32
// CHECK: call @begin(%[[C]])
// CHECK: %[[V:.*]] = tensor.extract %[[X_T]][] : tensor<f32>
// CHECK-NEXT: call @end(%[[V]])
// CHECK: gradopt.yield
func.func private @begin(i32)
func.func private @end(f32)
func.func @effects(%n: i32, %x: tensor<?xf32>) -> (i32, f32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %f0 = arith.constant 0.0 : f32
  %r:2 = scf.while (%i = %c0, %sum = %f0) : (i32, f32) -> (i32, f32) {
    %more = arith.cmpi slt, %i, %n : i32
    scf.condition(%more) %i, %sum : i32, f32
  } do {
  ^bb0(%i: i32, %sum: f32):
    %t = arith.index_cast %i : i32 to index
    func.call @begin(%i) : (i32) -> ()
    %v = tensor.extract %x[%t] : tensor<?xf32>
    func.call @end(%v) : (f32) -> ()
    %next = arith.addf %sum, %v : f32
    %i1 = arith.addi %i, %c1 : i32
    scf.yield %i1, %next : i32, f32
  }
  return %r#0, %r#1 : i32, f32
}

// -----

// A loop in a loop, and one in a branch. Names stay.
// CHECK-LABEL: func.func @nested
// CHECK: scf.if
// CHECK: gradopt.scan "outer"
// CHECK: gradopt.scan "inner"
// CHECK: gradopt.yield
// CHECK: gradopt.yield
// CHECK: scf.yield
func.func @nested(%c: i1, %x: tensor<4x3x2xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %r = scf.if %c -> tensor<2xf32> {
    %o = scf.for %t = %c0 to %c4 step %c1 iter_args(%h = %h0) -> tensor<2xf32> {
      %x_t = tensor.extract_slice %x[%t, 0, 0] [1, 3, 2] [1, 1, 1] : tensor<4x3x2xf32> to tensor<3x2xf32>
      %i = scf.for %s = %c0 to %c3 step %c1 iter_args(%k = %h) -> tensor<2xf32> {
        %x_s = tensor.extract_slice %x_t[%s, 0] [1, 2] [1, 1] : tensor<3x2xf32> to tensor<2xf32>
        %k1 = arith.addf %k, %x_s : tensor<2xf32>
        scf.yield %k1 : tensor<2xf32>
      } loc("inner")
      scf.yield %i : tensor<2xf32>
    } loc("outer")
    scf.yield %o : tensor<2xf32>
  } else {
    scf.yield %h0 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

// What stands in an op of the body stays there, and so does a slice of it.
// CHECK-LABEL: func.func @constant_in_branch
// CHECK: gradopt.scan (%[[S:.*]]) to
// CHECK: scf.if
// CHECK: linalg.transpose
// CHECK: tensor.extract_slice %{{.*}}[%[[S]], 0]
func.func @constant_in_branch(%c: i1, %x: tensor<2x8xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %t = %c0 to %c8 step %c1 iter_args(%h = %h0) -> tensor<2xf32> {
    %h1 = scf.if %c -> tensor<2xf32> {
      %e = tensor.empty() : tensor<8x2xf32>
      %xt = linalg.transpose ins(%x : tensor<2x8xf32>) outs(%e : tensor<8x2xf32>) permutation = [1, 0]
      %x_t = tensor.extract_slice %xt[%t, 0] [1, 2] [1, 1] : tensor<8x2xf32> to tensor<2xf32>
      scf.yield %x_t : tensor<2xf32>
    } else {
      scf.yield %h : tensor<2xf32>
    }
    scf.yield %h1 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}
