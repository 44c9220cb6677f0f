// RUN: gradopt-opt %s --gradopt-fuse-pointwise --remark-format=emitRemark --remarks-filter="gradopt-fuse-pointwise" 2>&1 | FileCheck %s

// CHECK-DAG: remark: [Passed] fused | Category:gradopt-fuse-pointwise | Function=fused | Reason="3 elementwise ops became one with 1 result"
func.func @fused(%x: tensor<2xf32>) -> tensor<2xf32> {
  %a = math.tanh %x : tensor<2xf32>
  %b = math.exp %a : tensor<2xf32>
  %c = arith.addf %b, %x : tensor<2xf32>
  return %c : tensor<2xf32>
}

// CHECK-DAG: remark: [Missed] kept-apart | Category:gradopt-fuse-pointwise | Function=between | Reason="'linalg.matmul' needs one of two elementwise ops, and the other one needs it"
func.func @between(%x: tensor<3x3xf32>, %w: tensor<3x3xf32>, %init: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %a = math.tanh %x : tensor<3x3xf32>
  %m = linalg.matmul ins(%a, %w : tensor<3x3xf32>, tensor<3x3xf32>) outs(%init : tensor<3x3xf32>) -> tensor<3x3xf32>
  %s = tensor.extract_slice %m[0, 0] [3, 3] [1, 1] : tensor<3x3xf32> to tensor<3x3xf32>
  %b = arith.addf %a, %s : tensor<3x3xf32>
  return %b : tensor<3x3xf32>
}

// CHECK-DAG: remark: [Missed] kept-apart | Category:gradopt-fuse-pointwise | Function=spaces | Reason="two elementwise ops that belong together are not known to have the same iteration space"
func.func @spaces(%x: tensor<?xf32>, %n: index) -> (tensor<?xf32>, tensor<?xf32>) {
  %a = math.tanh %x : tensor<?xf32>
  %b = tensor.extract_slice %x[0] [%n] [1] : tensor<?xf32> to tensor<?xf32>
  %c = math.exp %b : tensor<?xf32>
  return %a, %c : tensor<?xf32>, tensor<?xf32>
}
