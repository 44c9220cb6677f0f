// Embedding, its gradient and the losses, with indices outside, huge logits and
// no positions, for both element types.
//
// RUN: cat %S/Inputs/expect.mlir %s | sed -e 's/FLOAT/f32/g; s/EPSILON/2.4e-7/g; s/NAN/0x7FC00000/g; s/-INF/0xFF800000/g; s/INF/0x7F800000/g' > %t.f32.mlir
// RUN: gradopt-opt %t.f32.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: cat %S/Inputs/expect.mlir %s | sed -e 's/FLOAT/f64/g; s/EPSILON/4.4e-16/g; s/NAN/0x7FF8000000000000/g; s/-INF/0xFFF0000000000000/g; s/INF/0x7FF0000000000000/g' > %t.f64.mlir
// RUN: gradopt-opt %t.f64.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s

func.func private @expect_rows(%got: tensor<?x2xFLOAT>, %want: tensor<?x2xFLOAT>, %f0: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = tensor.dim %want, %c0 : tensor<?x2xFLOAT>
  %r = scf.for %i = %c0 to %rows step %c1 iter_args(%f = %f0) -> (index) {
    %g0 = tensor.extract %got[%i, %c0] : tensor<?x2xFLOAT>
    %w0 = tensor.extract %want[%i, %c0] : tensor<?x2xFLOAT>
    %g1 = tensor.extract %got[%i, %c1] : tensor<?x2xFLOAT>
    %w1 = tensor.extract %want[%i, %c1] : tensor<?x2xFLOAT>
    %f1 = func.call @expect(%g0, %w0, %i, %f) : (FLOAT, FLOAT, index, index) -> index
    %f2 = func.call @expect(%g1, %w1, %i, %f1) : (FLOAT, FLOAT, index, index) -> index
    scf.yield %f2 : index
  }
  return %r : index
}

func.func private @embedding(%table: tensor<3x2xFLOAT>, %indices: tensor<?x?xi32>) -> tensor<?x?x2xFLOAT> {
  %x = gradopt.embedding %table, %indices : tensor<3x2xFLOAT>, tensor<?x?xi32> -> tensor<?x?x2xFLOAT>
  return %x : tensor<?x?x2xFLOAT>
}

func.func private @scatter_add(%updates: tensor<?x?x2xFLOAT>, %indices: tensor<?x?xi32>) -> tensor<3x2xFLOAT> {
  %g = gradopt.scatter_add %updates, %indices : tensor<?x?x2xFLOAT>, tensor<?x?xi32> -> tensor<3x2xFLOAT>
  return %g : tensor<3x2xFLOAT>
}

func.func private @cross_entropy(%logits: tensor<?x?x3xFLOAT>, %targets: tensor<?x?xi64>) -> FLOAT {
  %l = gradopt.cross_entropy %logits, %targets : tensor<?x?x3xFLOAT>, tensor<?x?xi64> -> tensor<FLOAT>
  %e = tensor.extract %l[] : tensor<FLOAT>
  return %e : FLOAT
}

func.func private @cross_entropy_row(%logits: tensor<3xFLOAT>, %target: tensor<i64>) -> FLOAT {
  %l = gradopt.cross_entropy %logits, %target : tensor<3xFLOAT>, tensor<i64> -> tensor<FLOAT>
  %e = tensor.extract %l[] : tensor<FLOAT>
  return %e : FLOAT
}

func.func private @mean_squared_error(%y: tensor<?x1xFLOAT>, %t: tensor<?x1xFLOAT>) -> FLOAT {
  %l = gradopt.mean_squared_error %y, %t : tensor<?x1xFLOAT>, tensor<?x1xFLOAT> -> tensor<FLOAT>
  %e = tensor.extract %l[] : tensor<FLOAT>
  return %e : FLOAT
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index

  // Rows for indices outside are NaN, and left out of the gradient.
  %table = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xFLOAT>
  %indices = arith.constant dense<[[2, 0, 3], [-1, 2, -2147483648]]> : tensor<2x3xi32>
  %i = tensor.cast %indices : tensor<2x3xi32> to tensor<?x?xi32>
  %rows = call @embedding(%table, %i) : (tensor<3x2xFLOAT>, tensor<?x?xi32>) -> tensor<?x?x2xFLOAT>
  %rows_got = tensor.collapse_shape %rows [[0, 1], [2]] : tensor<?x?x2xFLOAT> into tensor<?x2xFLOAT>
  %rows_want = arith.constant dense<[[5.0, 6.0], [1.0, 2.0], [NAN, NAN], [NAN, NAN], [5.0, 6.0], [NAN, NAN]]> : tensor<6x2xFLOAT>
  %rows_all = tensor.cast %rows_want : tensor<6x2xFLOAT> to tensor<?x2xFLOAT>
  %f0 = call @expect_rows(%rows_got, %rows_all, %c0) : (tensor<?x2xFLOAT>, tensor<?x2xFLOAT>, index) -> index

  %updates = arith.constant dense<[[[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]], [[8.0, 80.0], [16.0, 160.0], [NAN, NAN]]]> : tensor<2x3x2xFLOAT>
  %u = tensor.cast %updates : tensor<2x3x2xFLOAT> to tensor<?x?x2xFLOAT>
  %sums = call @scatter_add(%u, %i) : (tensor<?x?x2xFLOAT>, tensor<?x?xi32>) -> tensor<3x2xFLOAT>
  %sums_got = tensor.cast %sums : tensor<3x2xFLOAT> to tensor<?x2xFLOAT>
  %sums_want = arith.constant dense<[[2.0, 20.0], [0.0, 0.0], [17.0, 170.0]]> : tensor<3x2xFLOAT>
  %sums_all = tensor.cast %sums_want : tensor<3x2xFLOAT> to tensor<?x2xFLOAT>
  %f1 = call @expect_rows(%sums_got, %sums_all, %f0) : (tensor<?x2xFLOAT>, tensor<?x2xFLOAT>, index) -> index

  %no_indices = tensor.empty(%c0, %c3) : tensor<?x?xi32>
  %no_updates = tensor.empty(%c0, %c3) : tensor<?x?x2xFLOAT>
  %no_sums = call @scatter_add(%no_updates, %no_indices) : (tensor<?x?x2xFLOAT>, tensor<?x?xi32>) -> tensor<3x2xFLOAT>
  %no_sums_got = tensor.cast %no_sums : tensor<3x2xFLOAT> to tensor<?x2xFLOAT>
  %no_sums_want = arith.constant dense<0.0> : tensor<3x2xFLOAT>
  %no_sums_all = tensor.cast %no_sums_want : tensor<3x2xFLOAT> to tensor<?x2xFLOAT>
  %f2 = call @expect_rows(%no_sums_got, %no_sums_all, %f1) : (tensor<?x2xFLOAT>, tensor<?x2xFLOAT>, index) -> index

  // The sum of duplicates goes row by row: (1 + 2^-60) − 1, not 1 − 1 + 2^-60.
  %ordered = arith.constant dense<[[[1.0, 1.0], [8.6736173798840355e-19, -1.0], [-1.0, 8.6736173798840355e-19]]]> : tensor<1x3x2xFLOAT>
  %o = tensor.cast %ordered : tensor<1x3x2xFLOAT> to tensor<?x?x2xFLOAT>
  %same = arith.constant dense<[[1, 1, 1]]> : tensor<1x3xi32>
  %s = tensor.cast %same : tensor<1x3xi32> to tensor<?x?xi32>
  %in_order = call @scatter_add(%o, %s) : (tensor<?x?x2xFLOAT>, tensor<?x?xi32>) -> tensor<3x2xFLOAT>
  %in_order_got = tensor.cast %in_order : tensor<3x2xFLOAT> to tensor<?x2xFLOAT>
  %in_order_want = arith.constant dense<[[0.0, 0.0], [0.0, 8.6736173798840355e-19], [0.0, 0.0]]> : tensor<3x2xFLOAT>
  %in_order_all = tensor.cast %in_order_want : tensor<3x2xFLOAT> to tensor<?x2xFLOAT>
  %f3 = call @expect_rows(%in_order_got, %in_order_all, %f2) : (tensor<?x2xFLOAT>, tensor<?x2xFLOAT>, index) -> index

  // The last two rows would overflow without the largest logit taken off.
  %logits = arith.constant dense<[[[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], [[1.0e4, -1.0e4, 0.0], [-1.0e30, 0.0, 1.0]]]> : tensor<2x2x3xFLOAT>
  %targets = arith.constant dense<[[0, 2], [0, 2]]> : tensor<2x2xi64>
  %l = tensor.cast %logits : tensor<2x2x3xFLOAT> to tensor<?x?x3xFLOAT>
  %t = tensor.cast %targets : tensor<2x2xi64> to tensor<?x?xi64>
  %ce = call @cross_entropy(%l, %t) : (tensor<?x?x3xFLOAT>, tensor<?x?xi64>) -> FLOAT
  %ce_want = arith.constant 0.9548699851576783 : FLOAT
  %f4 = call @expect(%ce, %ce_want, %c0, %f3) : (FLOAT, FLOAT, index, index) -> index

  // A target outside the classes, and one without positions.
  %nan = arith.constant NAN : FLOAT
  %zero = arith.constant 0.0 : FLOAT
  %outside = arith.constant dense<[[0, 2], [3, 2]]> : tensor<2x2xi64>
  %negative = arith.constant dense<[[0, 2], [-1, 2]]> : tensor<2x2xi64>
  %t1 = tensor.cast %outside : tensor<2x2xi64> to tensor<?x?xi64>
  %t2 = tensor.cast %negative : tensor<2x2xi64> to tensor<?x?xi64>
  %ce1 = call @cross_entropy(%l, %t1) : (tensor<?x?x3xFLOAT>, tensor<?x?xi64>) -> FLOAT
  %ce2 = call @cross_entropy(%l, %t2) : (tensor<?x?x3xFLOAT>, tensor<?x?xi64>) -> FLOAT
  %f5 = call @expect(%ce1, %nan, %c1, %f4) : (FLOAT, FLOAT, index, index) -> index
  %f6 = call @expect(%ce2, %nan, %c1, %f5) : (FLOAT, FLOAT, index, index) -> index
  %no_logits = tensor.empty(%c0, %c2) : tensor<?x?x3xFLOAT>
  %no_targets = tensor.empty(%c0, %c2) : tensor<?x?xi64>
  %ce3 = call @cross_entropy(%no_logits, %no_targets) : (tensor<?x?x3xFLOAT>, tensor<?x?xi64>) -> FLOAT
  %f7 = call @expect(%ce3, %zero, %c2, %f6) : (FLOAT, FLOAT, index, index) -> index

  // One position; one whose logit is −Inf.
  %infinite = arith.constant dense<[0.0, -INF, 0.0]> : tensor<3xFLOAT>
  %target = arith.constant dense<1> : tensor<i64>
  %ce4 = call @cross_entropy_row(%infinite, %target) : (tensor<3xFLOAT>, tensor<i64>) -> FLOAT
  %inf = arith.constant INF : FLOAT
  %f8 = call @expect(%ce4, %inf, %c3, %f7) : (FLOAT, FLOAT, index, index) -> index

  %y = arith.constant dense<[[1.0], [0.5], [-2.0]]> : tensor<3x1xFLOAT>
  %y_target = arith.constant dense<[[3.0], [0.0], [1.0]]> : tensor<3x1xFLOAT>
  %y1 = tensor.cast %y : tensor<3x1xFLOAT> to tensor<?x1xFLOAT>
  %y2 = tensor.cast %y_target : tensor<3x1xFLOAT> to tensor<?x1xFLOAT>
  %mse = call @mean_squared_error(%y1, %y2) : (tensor<?x1xFLOAT>, tensor<?x1xFLOAT>) -> FLOAT
  %mse_want = arith.constant 4.416666666666667 : FLOAT
  %f9 = call @expect(%mse, %mse_want, %c0, %f8) : (FLOAT, FLOAT, index, index) -> index
  %no_y = tensor.empty(%c0) : tensor<?x1xFLOAT>
  %mse0 = call @mean_squared_error(%no_y, %no_y) : (tensor<?x1xFLOAT>, tensor<?x1xFLOAT>) -> FLOAT
  %f10 = call @expect(%mse0, %zero, %c1, %f9) : (FLOAT, FLOAT, index, index) -> index

  // CHECK: {{^}}0{{$}}
  vector.print %f10 : index
  return
}
