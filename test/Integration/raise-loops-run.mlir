// Loops do the same before and after they are raised.
//
// RUN: gradopt-opt %s --one-shot-bufferize="bufferize-function-boundaries" \
// RUN:     --canonicalize %{lower-to-llvm} \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN: | FileCheck %s
// RUN: gradopt-opt %s --gradopt-raise-loops --canonicalize --cse \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries" \
// RUN:     --canonicalize %{lower-to-llvm} \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN: | FileCheck %s

// That there is no loop left in the second program.
// RUN: gradopt-opt %s --gradopt-raise-loops \
// RUN: | FileCheck %s --check-prefix=RAISED --implicit-check-not=scf.for --implicit-check-not=scf.while
// RAISED-COUNT-7: gradopt.scan

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @print0(%n: i64) {
  %f = arith.sitofp %n : i64 to f32
  %v = tensor.from_elements %f : tensor<1xf32>
  %u = tensor.cast %v : tensor<1xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}

func.func private @print1(%v: tensor<?xf32>) {
  %u = tensor.cast %v : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}

func.func private @print2(%v: tensor<?x?xf32>) {
  %u = tensor.cast %v : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}

/// h' = 2 h + x, and all h': from the first row to the last one.
func.func private @forward(%x: tensor<?x2xf32>, %h0: tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x2xf32>
  %e = tensor.empty(%T) : tensor<?x2xf32>
  %r:2 = scf.for %t = %c0 to %T step %c1 iter_args(%h = %h0, %y = %e) -> (tensor<2xf32>, tensor<?x2xf32>) {
    %x_t = tensor.extract_slice %x[%t, 0] [1, 2] [1, 1] : tensor<?x2xf32> to tensor<2xf32>
    %d = linalg.add ins(%h, %h : tensor<2xf32>, tensor<2xf32>) outs(%h : tensor<2xf32>) -> tensor<2xf32>
    %h1 = linalg.add ins(%d, %x_t : tensor<2xf32>, tensor<2xf32>) outs(%h : tensor<2xf32>) -> tensor<2xf32>
    %y1 = tensor.insert_slice %h1 into %y[%t, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<?x2xf32>
    scf.yield %h1, %y1 : tensor<2xf32>, tensor<?x2xf32>
  }
  return %r#0, %r#1 : tensor<2xf32>, tensor<?x2xf32>
}

/// The same from the last row to the first one, with a counter that goes down,
/// and where that ends.
func.func private @down(%x: tensor<?x2xf32>, %h0: tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32>, i64) {
  %c0 = arith.constant 0 : index
  %n0 = arith.constant 0 : i64
  %n1 = arith.constant 1 : i64
  %T = tensor.dim %x, %c0 : tensor<?x2xf32>
  %e = tensor.empty(%T) : tensor<?x2xf32>
  %n = arith.index_cast %T : index to i64
  %last = arith.subi %n, %n1 : i64
  %r:3 = scf.while (%i = %last, %h = %h0, %y = %e) : (i64, tensor<2xf32>, tensor<?x2xf32>) -> (i64, tensor<2xf32>, tensor<?x2xf32>) {
    %more = arith.cmpi sge, %i, %n0 : i64
    scf.condition(%more) %i, %h, %y : i64, tensor<2xf32>, tensor<?x2xf32>
  } do {
  ^bb0(%i: i64, %h: tensor<2xf32>, %y: tensor<?x2xf32>):
    %t = arith.index_cast %i : i64 to index
    %x_1 = tensor.extract_slice %x[%t, 0] [1, 2] [1, 1] : tensor<?x2xf32> to tensor<1x2xf32>
    %x_t = tensor.collapse_shape %x_1 [[0, 1]] : tensor<1x2xf32> into tensor<2xf32>
    %d = linalg.add ins(%h, %h : tensor<2xf32>, tensor<2xf32>) outs(%h : tensor<2xf32>) -> tensor<2xf32>
    %h1 = linalg.add ins(%d, %x_t : tensor<2xf32>, tensor<2xf32>) outs(%h : tensor<2xf32>) -> tensor<2xf32>
    %h_1 = tensor.expand_shape %h1 [[0, 1]] output_shape [1, 2] : tensor<2xf32> into tensor<1x2xf32>
    %y1 = tensor.insert_slice %h_1 into %y[%t, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<?x2xf32>
    %next = arith.subi %i, %n1 : i64
    scf.yield %next, %h1, %y1 : i64, tensor<2xf32>, tensor<?x2xf32>
  }
  return %r#1, %r#2, %r#0 : tensor<2xf32>, tensor<?x2xf32>, i64
}

/// A buffer of T + 1 rows: row t is read, row t + 1 written.
func.func private @history(%x: tensor<?x2xf32>, %h0: tensor<2xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x2xf32>
  %rows = arith.addi %T, %c1 : index
  %e = tensor.empty(%rows) : tensor<?x2xf32>
  %i = tensor.insert_slice %h0 into %e[0, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<?x2xf32>
  %r = scf.for %t = %c0 to %T step %c1 iter_args(%y = %i) -> tensor<?x2xf32> {
    %h = tensor.extract_slice %y[%t, 0] [1, 2] [1, 1] : tensor<?x2xf32> to tensor<2xf32>
    %x_t = tensor.extract_slice %x[%t, 0] [1, 2] [1, 1] : tensor<?x2xf32> to tensor<2xf32>
    %h1 = linalg.add ins(%h, %x_t : tensor<2xf32>, tensor<2xf32>) outs(%x_t : tensor<2xf32>) -> tensor<2xf32>
    %t1 = arith.addi %t, %c1 : index
    %y1 = tensor.insert_slice %h1 into %y[%t1, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<?x2xf32>
    scf.yield %y1 : tensor<?x2xf32>
  }
  return %r : tensor<?x2xf32>
}

/// The same in place: each row but the first gets the one before added. There is
/// no such row in a tensor that has none.
func.func private @in_place(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x2xf32>
  %r = scf.for %t = %c1 to %T step %c1 iter_args(%y = %x) -> tensor<?x2xf32> {
    %before = arith.subi %t, %c1 : index
    %h = tensor.extract_slice %y[%before, 0] [1, 2] [1, 1] : tensor<?x2xf32> to tensor<2xf32>
    %x_t = tensor.extract_slice %y[%t, 0] [1, 2] [1, 1] : tensor<?x2xf32> to tensor<2xf32>
    %h1 = linalg.add ins(%h, %x_t : tensor<2xf32>, tensor<2xf32>) outs(%x_t : tensor<2xf32>) -> tensor<2xf32>
    %y1 = tensor.insert_slice %h1 into %y[%t, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<?x2xf32>
    scf.yield %y1 : tensor<?x2xf32>
  }
  return %r : tensor<?x2xf32>
}

/// In columns, half of which are written, from the last to the first.
func.func private @columns(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c1 : tensor<2x?xf32>
  %zero = arith.constant dense<0.0> : tensor<1xf32>
  %r:2 = scf.for %s = %c0 to %T step %c1 iter_args(%h = %zero, %y = %x) -> (tensor<1xf32>, tensor<2x?xf32>) {
    %last = arith.subi %T, %c1 : index
    %t = arith.subi %last, %s : index
    %x_t = tensor.extract_slice %x[1, %t] [1, 1] [1, 1] : tensor<2x?xf32> to tensor<1xf32>
    %h1 = linalg.add ins(%h, %x_t : tensor<1xf32>, tensor<1xf32>) outs(%h : tensor<1xf32>) -> tensor<1xf32>
    %y1 = tensor.insert_slice %h1 into %y[0, %t] [1, 1] [1, 1] : tensor<1xf32> into tensor<2x?xf32>
    scf.yield %h1, %y1 : tensor<1xf32>, tensor<2x?xf32>
  }
  return %r#1 : tensor<2x?xf32>
}

/// Elements, a counter that goes by twos, and a carry of integers that
/// does not only count.
func.func private @elements(%x: tensor<?xf32>) -> (tensor<?xf32>, i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %end = arith.muli %T, %c2 : index
  %e = tensor.empty(%T) : tensor<?xf32>
  %one = arith.constant 1 : i32
  %r:3 = scf.for %i = %c0 to %end step %c2 iter_args(%t = %c0, %y = %e, %n = %one) -> (index, tensor<?xf32>, i32) {
    %v = tensor.extract %x[%t] : tensor<?xf32>
    %i32 = arith.index_cast %i : index to i32
    %f = arith.sitofp %i32 : i32 to f32
    %sum = arith.addf %v, %f : f32
    %y1 = tensor.insert %sum into %y[%t] : tensor<?xf32>
    %t1 = arith.addi %t, %c1 : index
    %n1 = arith.addi %n, %n : i32
    scf.yield %t1, %y1, %n1 : index, tensor<?xf32>, i32
  }
  return %r#1, %r#2 : tensor<?xf32>, i32
}

func.func private @all(%T: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = tensor.generate %T {
  ^bb0(%t: index, %i: index):
    %t1 = arith.addi %t, %c1 : index
    %p = arith.muli %t1, %t1 : index
    %v = arith.addi %p, %i : index
    %n = arith.index_cast %v : index to i32
    %f = arith.sitofp %n : i32 to f32
    tensor.yield %f : f32
  } : tensor<?x2xf32>
  %h = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %f:2 = call @forward(%x, %h) : (tensor<?x2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32>)
  %f0 = tensor.cast %f#0 : tensor<2xf32> to tensor<?xf32>
  %f1 = tensor.cast %f#1 : tensor<?x2xf32> to tensor<?x?xf32>
  call @print1(%f0) : (tensor<?xf32>) -> ()
  call @print2(%f1) : (tensor<?x?xf32>) -> ()
  %d:3 = call @down(%x, %h) : (tensor<?x2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32>, i64)
  %d0 = tensor.cast %d#0 : tensor<2xf32> to tensor<?xf32>
  %d1 = tensor.cast %d#1 : tensor<?x2xf32> to tensor<?x?xf32>
  call @print1(%d0) : (tensor<?xf32>) -> ()
  call @print2(%d1) : (tensor<?x?xf32>) -> ()
  call @print0(%d#2) : (i64) -> ()
  %s = call @history(%x, %h) : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %s1 = tensor.cast %s : tensor<?x2xf32> to tensor<?x?xf32>
  call @print2(%s1) : (tensor<?x?xf32>) -> ()
  %p = call @in_place(%x) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %p1 = tensor.cast %p : tensor<?x2xf32> to tensor<?x?xf32>
  call @print2(%p1) : (tensor<?x?xf32>) -> ()
  %e = tensor.empty(%T) : tensor<2x?xf32>
  %xt = linalg.transpose ins(%x : tensor<?x2xf32>) outs(%e : tensor<2x?xf32>) permutation = [1, 0]
  %c = call @columns(%xt) : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %cd = tensor.cast %c : tensor<2x?xf32> to tensor<?x?xf32>
  call @print2(%cd) : (tensor<?x?xf32>) -> ()
  %x1 = tensor.extract_slice %x[0, 0] [%T, 1] [1, 1] : tensor<?x2xf32> to tensor<?xf32>
  %m:2 = call @elements(%x1) : (tensor<?xf32>) -> (tensor<?xf32>, i32)
  call @print1(%m#0) : (tensor<?xf32>) -> ()
  %m1 = arith.extsi %m#1 : i32 to i64
  call @print0(%m1) : (i64) -> ()
  return
}

/// A loop that no size tells the number of iterations of, which may be negative.
func.func private @given(%n: index, %x: tensor<4x2xf32>) -> (tensor<4x2xf32>, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r:2 = scf.for %t = %c3 to %n step %c1 iter_args(%y = %x, %k = %n) -> (tensor<4x2xf32>, index) {
    %x_t = tensor.extract_slice %x[%t, 0] [1, 2] [1, 1] : tensor<4x2xf32> to tensor<1x2xf32>
    %d = linalg.add ins(%x_t, %x_t : tensor<1x2xf32>, tensor<1x2xf32>) outs(%x_t : tensor<1x2xf32>) -> tensor<1x2xf32>
    %y1 = tensor.insert_slice %d into %y[%t, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<4x2xf32>
    %k1 = arith.addi %k, %c3 : index
    scf.yield %y1, %k1 : tensor<4x2xf32>, index
  }
  return %r#0, %r#1 : tensor<4x2xf32>, index
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  call @all(%c0) : (index) -> ()
  call @all(%c1) : (index) -> ()
  call @all(%c2) : (index) -> ()
  call @all(%c3) : (index) -> ()
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]> : tensor<4x2xf32>
  %m = arith.constant -1 : index
  %g:2 = call @given(%m, %x) : (index, tensor<4x2xf32>) -> (tensor<4x2xf32>, index)
  %g0 = tensor.cast %g#0 : tensor<4x2xf32> to tensor<?x?xf32>
  call @print2(%g0) : (tensor<?x?xf32>) -> ()
  %g1 = arith.index_cast %g#1 : index to i64
  call @print0(%g1) : (i64) -> ()
  %k:2 = call @given(%c4, %x) : (index, tensor<4x2xf32>) -> (tensor<4x2xf32>, index)
  %k0 = tensor.cast %k#0 : tensor<4x2xf32> to tensor<?x?xf32>
  call @print2(%k0) : (tensor<?x?xf32>) -> ()
  %k1 = arith.index_cast %k#1 : index to i64
  call @print0(%k1) : (i64) -> ()
  return
}

// CHECK: sizes = [2]{{.*}}
// CHECK-NEXT: [1, 2]
// CHECK: sizes = [0, 2]{{.*}}
// CHECK: sizes = [2]{{.*}}
// CHECK-NEXT: [1, 2]
// CHECK: sizes = [0, 2]{{.*}}
// CHECK: sizes = [1]{{.*}}
// CHECK-NEXT: [-1]
// CHECK: sizes = [1, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}1, 2]]
// CHECK: sizes = [0, 2]{{.*}}
// CHECK: sizes = [2, 0]{{.*}}
// CHECK: sizes = [0]{{.*}}
// CHECK: sizes = [1]{{.*}}
// CHECK-NEXT: [1]
// CHECK: sizes = [2]{{.*}}
// CHECK-NEXT: [3, 6]
// CHECK: sizes = [1, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}3, 6]]
// CHECK: sizes = [2]{{.*}}
// CHECK-NEXT: [3, 6]
// CHECK: sizes = [1, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}3, 6]]
// CHECK: sizes = [1]{{.*}}
// CHECK-NEXT: [-1]
// CHECK: sizes = [2, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}1, 2],
// CHECK-NEXT: [2, 4]]
// CHECK: sizes = [1, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}1, 2]]
// CHECK: sizes = [2, 1]{{.*}}
// CHECK-NEXT: {{\[\[}}2],
// CHECK-NEXT: [2]]
// CHECK: sizes = [1]{{.*}}
// CHECK-NEXT: [1]
// CHECK: sizes = [1]{{.*}}
// CHECK-NEXT: [2]
// CHECK: sizes = [2]{{.*}}
// CHECK-NEXT: [10, 17]
// CHECK: sizes = [2, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}3, 6],
// CHECK-NEXT: [10, 17]]
// CHECK: sizes = [2]{{.*}}
// CHECK-NEXT: [13, 20]
// CHECK: sizes = [2, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}13, 20],
// CHECK-NEXT: [6, 9]]
// CHECK: sizes = [1]{{.*}}
// CHECK-NEXT: [-1]
// CHECK: sizes = [3, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}1, 2],
// CHECK-NEXT: [2, 4],
// CHECK-NEXT: [6, 9]]
// CHECK: sizes = [2, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}1, 2],
// CHECK-NEXT: [5, 7]]
// CHECK: sizes = [2, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}7, 5],
// CHECK-NEXT: [2, 5]]
// CHECK: sizes = [2]{{.*}}
// CHECK-NEXT: [1, 6]
// CHECK: sizes = [1]{{.*}}
// CHECK-NEXT: [4]
// CHECK: sizes = [2]{{.*}}
// CHECK-NEXT: [29, 44]
// CHECK: sizes = [3, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}3, 6],
// CHECK-NEXT: [10, 17],
// CHECK-NEXT: [29, 44]]
// CHECK: sizes = [2]{{.*}}
// CHECK-NEXT: [53, 68]
// CHECK: sizes = [3, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}53, 68],
// CHECK-NEXT: [26, 33],
// CHECK-NEXT: [11, 14]]
// CHECK: sizes = [1]{{.*}}
// CHECK-NEXT: [-1]
// CHECK: sizes = [4, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}1, 2],
// CHECK-NEXT: [2, 4],
// CHECK-NEXT: [6, 9],
// CHECK-NEXT: [15, 19]]
// CHECK: sizes = [3, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}1, 2],
// CHECK-NEXT: [5, 7],
// CHECK-NEXT: [14, 17]]
// CHECK: sizes = [2, 3]{{.*}}
// CHECK-NEXT: {{\[\[}}17, 15, 10],
// CHECK-NEXT: [2, 5, 10]]
// CHECK: sizes = [3]{{.*}}
// CHECK-NEXT: [1, 6, 13]
// CHECK: sizes = [1]{{.*}}
// CHECK-NEXT: [8]
// CHECK: sizes = [4, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}1, 2],
// CHECK-NEXT: [3, 4],
// CHECK-NEXT: [5, 6],
// CHECK-NEXT: [7, 8]]
// CHECK: sizes = [1]{{.*}}
// CHECK-NEXT: [-1]
// CHECK: sizes = [4, 2]{{.*}}
// CHECK-NEXT: {{\[\[}}1, 2],
// CHECK-NEXT: [3, 4],
// CHECK-NEXT: [5, 6],
// CHECK-NEXT: [14, 16]]
// CHECK: sizes = [1]{{.*}}
// CHECK-NEXT: [7]
