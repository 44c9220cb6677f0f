// What the recipe says beats what the function says, and an option beats both.
// Values near overflow are counted, beside NaN and Inf, only if somebody asks.

// RUN: gradopt-opt %s --gradopt-insert-finite-checks | FileCheck %s
// RUN: gradopt-opt %s --gradopt-insert-finite-checks="on-nonfinite=stop on-overflow=none on-divergence=none" | FileCheck %s --check-prefix=NONE --implicit-check-not=count_overflow
// RUN: gradopt-opt %s --gradopt-insert-finite-checks="on-overflow=back_off on-divergence=skip" | FileCheck %s --check-prefix=OPTIONS
// RUN: not gradopt-opt %s --gradopt-insert-finite-checks="on-nonfinite=report" 2>&1 | FileCheck %s --check-prefix=CONTRADICTION

// CHECK-LABEL: func @step
// CHECK-SAME: gradopt.on_divergence = #gradopt.policy<stop>, gradopt.on_nonfinite = #gradopt.policy<roll_back>, gradopt.on_overflow = #gradopt.policy<skip>, gradopt.policy_options = #gradopt.policy_options<roll_back_after = 5, overflow_fraction = 2.500000e-01>
// CHECK: %[[W1:.*]] = gradopt.sgd
// CHECK: %[[NL:.*]] = gradopt.count_nonfinite
// CHECK: %[[OL:.*]] = gradopt.count_overflow %{{.*}} beyond 2.500000e-01 : tensor<f32>
// CHECK: gradopt.record "loss/overflow", %[[OL]]
// CHECK: %[[OG:.*]] = gradopt.count_overflow %{{.*}} beyond 2.500000e-01 : tensor<3x5xf32>
// CHECK: gradopt.record "gradient/w/overflow", %[[OG]]
// CHECK: %[[OH:.*]] = gradopt.count_overflow %{{.*}} beyond 2.500000e-01 : tensor<?x5xf32>
// CHECK: gradopt.record "state/h/overflow", %[[OH]]
// CHECK: %[[OW:.*]] = gradopt.count_overflow %[[W1]] beyond 2.500000e-01 : tensor<3x5xf32>
// CHECK: gradopt.record "update/w/overflow", %[[OW]]
// The guard goes by what is not finite alone: four counts.
// CHECK: tensor.extract %[[NL]]
// CHECK-COUNT-3: tensor.extract
// CHECK-NOT: tensor.extract
// CHECK: gradopt.guard
// CHECK: gradopt.recipe @train {
// CHECK-NEXT: model = @loss,
// CHECK-NEXT: result = @step
// CHECK-NEXT: }

// NONE-LABEL: func @step
// NONE-NOT: gradopt.on_divergence
// NONE-SAME: attributes {gradopt.on_nonfinite = #gradopt.policy<stop>, gradopt.policy_options

// OPTIONS-LABEL: func @step
// OPTIONS-SAME: gradopt.on_divergence = #gradopt.policy<skip>, gradopt.on_nonfinite = #gradopt.policy<roll_back>, gradopt.on_overflow = #gradopt.policy<back_off>

// CONTRADICTION: insert-finite-checks-policies.mlir:[[#@LINE+12]]:1: error: policies contradict each other: on_nonfinite = report applies an update with NaN or Inf, and on_overflow = skip would hold back a lesser harm
func.func @loss() { return }
func.func @step(%loss: tensor<f32> {gradopt.input = "loss"}, %rate: tensor<f32> {gradopt.hyper = "learning_rate", gradopt.init = 0.1 : f32},
    %g: tensor<3x5xf32> {gradopt.input = "g"},
    %w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">}, %h: tensor<?x5xf32> {gradopt.state = "h"})
    -> (tensor<f32> {gradopt.loss}, tensor<3x5xf32> {gradopt.grad = "w"}, tensor<?x5xf32> {gradopt.state = "h"},
        tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">})
    attributes {gradopt.on_nonfinite = #gradopt.policy<skip>, gradopt.on_divergence = #gradopt.policy<stop>} {
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<3x5xf32>, tensor<f32>
  %h1 = math.tanh %h : tensor<?x5xf32>
  return %loss, %g, %h1, %w1 : tensor<f32>, tensor<3x5xf32>, tensor<?x5xf32>, tensor<3x5xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step, on_nonfinite = roll_back, on_overflow = skip,
  policy_options = #gradopt.policy_options<overflow_fraction = 0.25, roll_back_after = 5>
}
