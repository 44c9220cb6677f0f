// RUN: gradopt-opt %s --gradopt-differentiate --gradopt-verify-origins | FileCheck %s
// RUN: gradopt-opt %s --gradopt-differentiate="model=other result=other_gradients" | FileCheck %s --check-prefix=OPTIONS
// RUN: gradopt-opt %s --gradopt-differentiate --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=ORIGIN

// The loss function stays; the results of the new one are its results, then a
// gradient for each parameter in the order of the arguments. A parameter that
// does not reach the loss has gradient zero, and what does not reach the loss
// may be anything. A layer is expanded in the new function only.

gradopt.recipe @train {model = @loss, result = @step}

// CHECK-LABEL: func.func private @loss(
// CHECK-SAME: -> (tensor<f32> {gradopt.metric = "m"}, tensor<f32> {gradopt.loss}) {
// CHECK: gradopt.rnn
// CHECK-NOT: gradopt.gradient

// CHECK: func.func @step(
// CHECK-SAME: %[[UNUSED:[^:]+]]: tensor<2x2xf32> {gradopt.param = #gradopt.param<"unused">}
// CHECK-SAME: -> (tensor<f32> {gradopt.metric = "m"}, tensor<f32> {gradopt.loss}, tensor<2x2xf32> {gradopt.grad = "unused"}, tensor<2x3xf32> {gradopt.grad = "net.cell.w_ih"}, tensor<3x3xf32> {gradopt.grad = "w_hh"})
// CHECK-SAME: attributes {gradopt.differentiated}
// CHECK: gradopt.scan "cell"
// CHECK: %[[METRIC:.+]] = arith.remf
// CHECK: gradopt.scan "cell"
// CHECK: %[[FILL:.+]] = linalg.fill {{.+}} -> tensor<2x2xf32>
// CHECK: %[[D0:.+]] = gradopt.gradient %[[FILL]] of "unused" : tensor<2x2xf32>
// CHECK: %[[D1:.+]] = gradopt.gradient %{{.+}} of "net.cell.w_ih" group "net.cell" : tensor<2x3xf32>
// CHECK: %[[D2:.+]] = gradopt.gradient %{{.+}} of "w_hh" : tensor<3x3xf32>
// CHECK: return %[[METRIC]], %{{.+}}, %[[D0]], %[[D1]], %[[D2]] :

// What is built says what it is the derivative of, and in which layer.
// ORIGIN: func.func @step(
// ORIGIN: linalg.matmul {{.+}} loc(fused<#gradopt.origin<layer = "cell", direction = "forward", source = "gradopt.rnn">>
// ORIGIN: arith.subf {{.+}} loc(fused<#gradopt.origin<direction = "backward", source = "gradopt.mean_squared_error">>
// ORIGIN: gradopt.scan "cell"
// ORIGIN: gradopt.gradient {{.+}} loc(fused<#gradopt.origin<layer = "cell", direction = "backward", source = "gradopt.scan">>
// ORIGIN: arith.mulf {{.+}} loc(fused<#gradopt.origin<layer = "cell", direction = "backward", source = "linalg.matmul">>
// ORIGIN: gradopt.gradient {{.+}} of "w_hh" {{.+}} loc(fused<#gradopt.origin<layer = "w_hh", direction = "backward", source = "gradopt-differentiate">>
func.func private @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %h0: tensor<?x3xf32> {gradopt.state = "h"},
    %unused: tensor<2x2xf32> {gradopt.param = #gradopt.param<"unused">},
    %w_ih: tensor<2x3xf32> {gradopt.param = #gradopt.param<"net.cell.w_ih">},
    %w_hh: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w_hh">})
    -> (tensor<f32> {gradopt.metric = "m"}, tensor<f32> {gradopt.loss}) {
  %y, %h = gradopt.rnn tanh "cell" %x : tensor<?x?x2xf32> init(%h0 : tensor<?x3xf32>) weights(%w_ih, %w_hh : tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<?x?x3xf32>, tensor<?x3xf32>
  %0 = gradopt.mean_squared_error %h, %h0 : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<f32>
  %1 = arith.remf %0, %0 : tensor<f32>
  return %1, %0 : tensor<f32>, tensor<f32>
}

// OPTIONS: func.func @other(
// OPTIONS: func.func @other_gradients(
// OPTIONS-SAME: tensor<f32> {gradopt.grad = "w"})
// OPTIONS: %[[SUM:.+]] = arith.addf %{{.+}}, %{{.+}} : tensor<f32>
// OPTIONS: gradopt.gradient %[[SUM]] of "w"

func.func @other(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.mulf %w, %w : tensor<f32>
  return %0 : tensor<f32>
}
