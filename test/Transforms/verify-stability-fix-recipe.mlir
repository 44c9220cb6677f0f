// RUN: gradopt-opt %s --gradopt-verify-stability="fix" --gradopt-verify-recipe | FileCheck %s
// RUN: not gradopt-opt %s --gradopt-verify-stability 2>&1 | FileCheck %s --check-prefix=MISSING

// The recipe says which clip is missing, by its own threshold.

// MISSING: error: the update of 'w' goes by a gradient that does not pass a clip on every path
// MISSING: error: the next value of gradopt.param 'w' is returned without a guard

// CHECK-LABEL: func @step
// CHECK: %[[T:.*]] = arith.constant dense<5.000000e-01> : tensor<f32>
// CHECK: %[[C:.*]] = gradopt.clip_by_value %{{.*}} to %[[T]]
// CHECK: gradopt.sgd %{{.*}}, %[[C]]
// CHECK: gradopt.guard
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %zero = arith.constant dense<0.0> : tensor<f32>
  return %zero : tensor<f32>
}
func.func @step(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}, %dw: tensor<4xf32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  %g = gradopt.gradient %dw of "w" : tensor<4xf32>
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<4xf32>, tensor<f32>
  return %w1 : tensor<4xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  clip = [#gradopt.clip<value, threshold = 0.5>]
}
