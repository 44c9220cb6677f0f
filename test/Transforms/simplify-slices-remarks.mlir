// RUN: gradopt-opt %s --gradopt-simplify-slices --remark-format=emitRemark --remarks-filter="gradopt-simplify-slices" 2>&1 | FileCheck %s

// CHECK: remark: [Missed] overlap | Category:gradopt-simplify-slices | Function=overlap | Reason="the summands of 'arith.addf' are zero outside of slices that are neither equal nor known to be disjoint"
// CHECK-NOT: remark
// CHECK-LABEL: func @overlap
func.func @overlap(%a: tensor<2x3xf64>, %b: tensor<2x3xf64>) -> tensor<2x7xf64> {
  %z = arith.constant dense<0.0> : tensor<2x7xf64>
  %pa = tensor.insert_slice %a into %z[0, 1] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x7xf64>
  %pb = tensor.insert_slice %b into %z[0, 3] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x7xf64>
  %s = arith.addf %pa, %pb : tensor<2x7xf64>
  return %s : tensor<2x7xf64>
}

func.func @other(%a: tensor<2x3xf64>, %b: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %s = arith.addf %a, %b : tensor<2x3xf64>
  return %s : tensor<2x3xf64>
}
