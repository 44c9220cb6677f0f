// RUN: gradopt-opt %s --gradopt-differentiate --gradopt-verify-origins --split-input-file | FileCheck %s

// The loss function stays; the results of the new one are its results, then a
// gradient for each parameter in the order of the arguments. A parameter that
// does not reach the loss has gradient zero, and what does not reach it may be
// anything.

gradopt.recipe @train {model = @loss, result = @step}

// CHECK-LABEL: func.func @loss(
// CHECK-SAME: -> (tensor<f32> {gradopt.metric = "m"}, tensor<f32> {gradopt.loss}) {

// CHECK: func.func @step(%[[X:.+]]: tensor<3xf32> {gradopt.input = "x", gradopt.dims = ""},
// CHECK-SAME: %[[U:.+]]: tensor<2x2xf32> {gradopt.param = #gradopt.param<"unused">},
// CHECK-SAME: %[[W:.+]]: tensor<3xf32> {gradopt.param = #gradopt.param<"net.cell.w">},
// CHECK-SAME: -> (tensor<f32> {gradopt.metric = "m"}, tensor<f32> {gradopt.loss},
// CHECK-SAME: tensor<2x2xf32> {gradopt.grad = "unused"}, tensor<3xf32> {gradopt.grad = "net.cell.w"})
// CHECK-SAME: attributes {gradopt.differentiated}
func.func private @loss(
    %x: tensor<3xf32> {gradopt.input = "x", gradopt.dims = ""},
    %u: tensor<2x2xf32> {gradopt.param = #gradopt.param<"unused">},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"net.cell.w">})
    -> (tensor<f32> {gradopt.metric = "m"}, tensor<f32> {gradopt.loss}) {
  %zero = arith.constant dense<0.0> : tensor<f32>
  %0 = linalg.dot ins(%x, %w : tensor<3xf32>, tensor<3xf32>) outs(%zero : tensor<f32>) -> tensor<f32>
  %1 = arith.remf %0, %0 : tensor<f32>
  return %1, %0 : tensor<f32>, tensor<f32>
}
