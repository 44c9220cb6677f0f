// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-differentiate | FileCheck %s

// A frozen parameter has no gradient and stays an argument. Its group goes, and
// what other groups say stays.

// CHECK-LABEL: func @step
// CHECK-SAME: tensor<2x3xf32> {gradopt.param = #gradopt.param<"w">}, %{{[a-z0-9]+}}: tensor<3xf32> {gradopt.param = #gradopt.param<"b">})
// CHECK-SAME: -> (tensor<f32> {gradopt.loss}, tensor<2x3xf32> {gradopt.grad = "w"}) attributes
// CHECK: gradopt.gradient %{{.*}} of "w"
// CHECK-NOT: gradopt.gradient
// CHECK: groups = [#gradopt.group<name = "rest", match = "w", learning_rate = 1.000000e-01>]
func.func @loss(%x: tensor<?x2xf32> {gradopt.input = "x", gradopt.dims = "B"},
                %t: tensor<?x3xf32> {gradopt.input = "t", gradopt.dims = "B"},
                %w: tensor<2x3xf32> {gradopt.param = #gradopt.param<"w">},
                %b: tensor<3xf32> {gradopt.param = #gradopt.param<"b">})
    -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %B = tensor.dim %x, %c0 : tensor<?x2xf32>
  %empty = tensor.empty(%B) : tensor<?x3xf32>
  %init = linalg.broadcast ins(%b : tensor<3xf32>) outs(%empty : tensor<?x3xf32>) dimensions = [0]
  %p = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x3xf32>)
      outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32>
  %loss = gradopt.mean_squared_error %p, %t : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  groups = [#gradopt.group<name = "still", match = "b", frozen = true>,
            #gradopt.group<name = "rest", match = "w", learning_rate = 0.1>]
}

// -----

// What has no derivative may stand before a frozen parameter alone.
// CHECK-LABEL: func @frozen_path
// CHECK: math.erfc
// CHECK: gradopt.recipe
// CHECK-NOT: groups
func.func @loss(%w: tensor<3xf32> {gradopt.param = #gradopt.param<"w">},
                %b: tensor<3xf32> {gradopt.param = #gradopt.param<"b">},
                %t: tensor<3xf32> {gradopt.input = "t"})
    -> (tensor<f32> {gradopt.loss}) {
  %e = math.erfc %b : tensor<3xf32>
  %p = arith.mulf %w, %e : tensor<3xf32>
  %loss = gradopt.mean_squared_error %p, %t : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train {
  model = @loss, result = @frozen_path,
  groups = [#gradopt.group<name = "still", match = "b", frozen = true>]
}

// -----

func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  return %w : tensor<f32>
}
// expected-error@+1 {{freezes every parameter of the model; there is nothing to differentiate with respect to}}
gradopt.recipe @train {
  model = @loss, groups = [#gradopt.group<name = "all", match = "*", frozen = true>]
}
