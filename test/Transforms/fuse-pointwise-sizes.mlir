// RUN: gradopt-opt %s --gradopt-fuse-pointwise --canonicalize --cse | FileCheck %s

// The sizes of a and b are the same, since they are added elsewhere.
// CHECK-LABEL: func @same_by_use
// CHECK:         linalg.generic
// CHECK:           math.tanh
// CHECK:           math.exp
// CHECK-NOT:     linalg.generic
func.func @same_by_use(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>, %w: tensor<?x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = math.tanh %x : tensor<?x?xf32>
  %b = math.exp %y : tensor<?x?xf32>
  %m = linalg.matmul ins(%a, %w : tensor<?x?xf32>, tensor<?x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32>
  %n = linalg.matmul ins(%b, %w : tensor<?x?xf32>, tensor<?x4xf32>) outs(%m : tensor<?x4xf32>) -> tensor<?x4xf32>
  %s = arith.addf %x, %y : tensor<?x?xf32>
  %o = linalg.matmul ins(%s, %w : tensor<?x?xf32>, tensor<?x4xf32>) outs(%n : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %o : tensor<?x4xf32>
}

// Nothing says that the sizes are the same.
// CHECK-LABEL: func @not_known
// CHECK:         linalg.generic
// CHECK:         linalg.generic
func.func @not_known(%x: tensor<?xf32>, %n: index, %k: index) -> (tensor<?xf32>, tensor<?xf32>) {
  %a = tensor.extract_slice %x[0] [%n] [1] : tensor<?xf32> to tensor<?xf32>
  %b = tensor.extract_slice %x[0] [%k] [1] : tensor<?xf32> to tensor<?xf32>
  %ta = math.tanh %a : tensor<?xf32>
  %tb = math.exp %b : tensor<?xf32>
  return %ta, %tb : tensor<?xf32>, tensor<?xf32>
}

// CHECK-LABEL: func @one_size
// CHECK:         linalg.generic
// CHECK-NOT:     linalg.generic
func.func @one_size(%x: tensor<?xf32>, %n: index, %k: index) -> (tensor<?xf32>, tensor<?xf32>) {
  %a = tensor.extract_slice %x[0] [%n] [1] : tensor<?xf32> to tensor<?xf32>
  %b = tensor.extract_slice %x[%k] [%n] [1] : tensor<?xf32> to tensor<?xf32>
  %ta = math.tanh %a : tensor<?xf32>
  %tb = math.exp %b : tensor<?xf32>
  return %ta, %tb : tensor<?xf32>, tensor<?xf32>
}

// An op that may not run says nothing: x and y have different sizes if %p is
// false.
// CHECK-LABEL: func @not_run
// CHECK:         scf.if
// CHECK:         linalg.generic
// CHECK:         linalg.generic
func.func @not_run(%p: i1, %x: tensor<?xf32>, %z: tensor<?xf32>, %n: index, %k: index) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %a = tensor.extract_slice %x[0] [%n] [1] : tensor<?xf32> to tensor<?xf32>
  %b = tensor.extract_slice %x[0] [%k] [1] : tensor<?xf32> to tensor<?xf32>
  %i = scf.if %p -> tensor<?xf32> {
    %s = arith.addf %a, %b : tensor<?xf32>
    scf.yield %s : tensor<?xf32>
  } else {
    scf.yield %z : tensor<?xf32>
  }
  %ta = math.tanh %a : tensor<?xf32>
  %tb = math.exp %b : tensor<?xf32>
  return %ta, %tb, %i : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// Static sizes, other and same; one result of each is a part of the other.
// CHECK-LABEL: func @static
// CHECK:         linalg.generic {{.*}} outs(%{{.*}} : tensor<4xf32>)
// CHECK:         linalg.generic {{.*}} outs(%{{.*}}, %{{.*}} : tensor<3xf32>, tensor<3xf32>)
// CHECK-NOT:     linalg.generic
func.func @static(%x: tensor<10xf32>) -> (tensor<4xf32>, tensor<3xf32>, tensor<3xf32>) {
  %a = tensor.extract_slice %x[0] [4] [1] : tensor<10xf32> to tensor<4xf32>
  %b = tensor.extract_slice %x[4] [3] [1] : tensor<10xf32> to tensor<3xf32>
  %c = tensor.extract_slice %x[7] [3] [1] : tensor<10xf32> to tensor<3xf32>
  %ta = math.tanh %a : tensor<4xf32>
  %tb = math.tanh %b : tensor<3xf32>
  %tc = math.tanh %c : tensor<3xf32>
  return %ta, %tb, %tc : tensor<4xf32>, tensor<3xf32>, tensor<3xf32>
}

// A static and a dynamic type of one size.
// CHECK-LABEL: func @cast
// CHECK:         linalg.generic
// CHECK-NOT:     linalg.generic
func.func @cast(%x: tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<2x3xf32>) {
  %a = math.tanh %x : tensor<?x3xf32>
  %y = tensor.cast %x : tensor<?x3xf32> to tensor<2x3xf32>
  %b = math.exp %y : tensor<2x3xf32>
  return %a, %b : tensor<?x3xf32>, tensor<2x3xf32>
}

// The size of the second result is asked of the contraction of the first: it is
// taken where it comes from, and keeps nothing apart.
// CHECK-LABEL: func @size_behind_contraction
// CHECK:         %[[R:.*]]:2 = linalg.generic
// CHECK:         linalg.matmul ins(%[[R]]#0
// CHECK-NOT:     linalg.generic
func.func @size_behind_contraction(%x: tensor<?x3xf32>, %w: tensor<3x3xf32>, %init: tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
  %c0 = arith.constant 0 : index
  %a = math.tanh %x : tensor<?x3xf32>
  %m = linalg.matmul ins(%a, %w : tensor<?x3xf32>, tensor<3x3xf32>) outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32>
  %d = tensor.dim %m, %c0 : tensor<?x3xf32>
  %e = tensor.empty(%d) : tensor<?x3xf32>
  %b = linalg.exp ins(%x : tensor<?x3xf32>) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %m, %b : tensor<?x3xf32>, tensor<?x3xf32>
}
