// RUN: gradopt-opt %s --gradopt-decompose-aggregates | FileCheck %s

// CHECK-LABEL: func.func @softmax
// CHECK-NOT: linalg.softmax
// CHECK: arith.maxnumf
// CHECK: math.exp
// CHECK: arith.divf
func.func @softmax(%x: tensor<?x4xf32>, %o: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = linalg.softmax dimension(1) ins(%x : tensor<?x4xf32>) outs(%o : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @concat
// CHECK: %[[E:.*]] = tensor.empty
// CHECK: %[[A:.*]] = tensor.insert_slice %arg0 into %[[E]][0, 0] [%{{.*}}, 4] [1, 1]
// CHECK: %[[B:.*]] = tensor.insert_slice %arg1 into %[[A]][%{{.*}}, 0] [3, 4] [1, 1]
// CHECK: return
func.func @concat(%a: tensor<?x4xf32>, %b: tensor<3x4xf32>) -> tensor<?x4xf32> {
  %c = tensor.concat dim(0) %a, %b : (tensor<?x4xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
  return %c : tensor<?x4xf32>
}

// A slice of a tensor without elements does not verify.
// CHECK-LABEL: func.func @concat_without_rows
// CHECK-NOT: tensor.concat
// CHECK: %[[E:.*]] = tensor.empty(%{{.*}}) : tensor<0x?x8xf32>
// CHECK-NOT: tensor.insert_slice
// CHECK: return %[[E]]
func.func @concat_without_rows(%a: tensor<0x?x4xf32>) -> tensor<0x?x8xf32> {
  %c = tensor.concat dim(2) %a, %a : (tensor<0x?x4xf32>, tensor<0x?x4xf32>) -> tensor<0x?x8xf32>
  return %c : tensor<0x?x8xf32>
}

// CHECK-LABEL: func.func @pad
// CHECK: linalg.fill
// CHECK: tensor.insert_slice %arg0 into %{{.*}}[1, 0] [2, 4] [1, 1]
func.func @pad(%a: tensor<2x4xf32>) -> tensor<4x4xf32> {
  %f = arith.constant 0.5 : f32
  %p = tensor.pad %a low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %f : f32
  } : tensor<2x4xf32> to tensor<4x4xf32>
  return %p : tensor<4x4xf32>
}
