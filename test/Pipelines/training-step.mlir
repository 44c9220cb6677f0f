// RUN: gradopt-opt %s --gradopt-training-step --gradopt-verify-origins | FileCheck %s
// RUN: gradopt-opt %s --gradopt-training-step="clip=none" | FileCheck %s --check-prefix=NONE
// RUN: gradopt-opt %s --gradopt-training-step="clip=value=0.25" | FileCheck %s --check-prefix=VALUE
// RUN: not gradopt-opt %s --gradopt-training-step="clip=value" 2>&1 | FileCheck %s --check-prefix=THRESHOLD
// RUN: not gradopt-opt %s --gradopt-training-step="clip=value=" 2>&1 | FileCheck %s --check-prefix=THRESHOLD
// RUN: not gradopt-opt %s --gradopt-training-step="clip=norm=1.0x" 2>&1 | FileCheck %s --check-prefix=THRESHOLD
// RUN: not gradopt-opt %s --gradopt-training-step="clip=norm=-1" 2>&1 | FileCheck %s --check-prefix=THRESHOLD
// RUN: not gradopt-opt %s --gradopt-training-step="clip=adaptive=1.0" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not gradopt-opt %s --gradopt-training-step="clip=none=1.0" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: gradopt-opt %s --gradopt-differentiate --gradopt-verify-origins \
// RUN:   --gradopt-insert-gradient-clipping --gradopt-verify-origins \
// RUN:   --gradopt-insert-norm-monitors --gradopt-verify-origins \
// RUN:   --gradopt-insert-updates --gradopt-verify-origins \
// RUN:   --gradopt-insert-finite-checks --gradopt-verify-origins \
// RUN:   --gradopt-verify-recipe | FileCheck %s --check-prefix=PASSES

// From a loss and a recipe to a step: the arguments and results of the loss with
// their names, then what the passes add, in their order.

// CHECK-LABEL: func.func @loss(
// CHECK: gradopt.rnn tanh "rnn"

// CHECK-LABEL: func.func @step(
// CHECK-SAME: %{{[a-z0-9]+}}: tensor<?x?x2xf32> {gradopt.input = "x"}
// CHECK-SAME: %[[H:[a-z0-9]+]]: tensor<?x3xf32> {gradopt.state = "h"}
// CHECK-SAME: %[[W_IH:[a-z0-9]+]]: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>}
// CHECK-SAME: %[[W_HH:[a-z0-9]+]]: tensor<3x3xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = orthogonal>}
// CHECK-SAME: %[[T:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.global_norm.threshold", gradopt.init = 5.000000e-01 : f64}
// CHECK-SAME: %[[LR:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "learning_rate", gradopt.init = 1.000000e-02 : f64}
// CHECK-SAME: gradopt.step_count
// CHECK-SAME: gradopt.optimizer_state = "rnn.weight_ih/m"
// CHECK-SAME: gradopt.optimizer_state = "rnn.weight_hh/v"
// CHECK-SAME: -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}, tensor<2x3xf32> {gradopt.grad = "rnn.weight_ih"}, tensor<3x3xf32> {gradopt.grad = "rnn.weight_hh"}
// CHECK-SAME: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>}
// CHECK-SAME: tensor<i64> {gradopt.step_count})
// CHECK-SAME: gradopt.differentiated, gradopt.on_nonfinite = #gradopt.policy<stop>

// The forward pass, with the norm of each state.
// CHECK: gradopt.scan "rnn"
// CHECK: gradopt.norm l2
// CHECK: gradopt.record "through_time/rnn/h/norm", %{{.*}} : tensor<?xf32>

// The backward pass, with the norm of the derivative for each state.
// CHECK: gradopt.scan
// CHECK: gradopt.gradient %{{.*}} of "h" group "rnn"
// CHECK: gradopt.norm l2
// CHECK: gradopt.record "through_time/rnn/h/gradient_norm", %{{.*}} : tensor<?xf32>

// The clip of the gradients, whose norm the monitors do not compute again.
// CHECK: %[[G0:.*]] = gradopt.gradient %{{.*}} of "rnn.weight_ih" group "rnn"
// CHECK: %[[G1:.*]] = gradopt.gradient %{{.*}} of "rnn.weight_hh" group "rnn"
// CHECK: %[[C:.*]]:2, %[[NORM:.*]] = gradopt.clip_by_global_norm l2 %[[G0]], %[[G1]] to %[[T]]
// CHECK: gradopt.record "gradient/global/norm", %[[NORM]]
// CHECK-NOT: gradopt.record "gradient/global/norm"

// Updates by the clipped gradients, checks of the unclipped ones, the guard.
// CHECK: gradopt.adam %[[W_IH]], %[[C]]#0
// CHECK: gradopt.adam %[[W_HH]], %[[C]]#1
// CHECK: gradopt.record "loss/nonfinite"
// CHECK: gradopt.count_nonfinite %[[G0]]
// CHECK: gradopt.record "gradient/rnn.weight_ih/nonfinite"
// CHECK: gradopt.count_nonfinite %[[G1]]
// CHECK: gradopt.record "gradient/rnn.weight_hh/nonfinite"
// CHECK: gradopt.record "state/h/nonfinite"
// CHECK: gradopt.record "update/rnn.weight_ih/nonfinite"
// CHECK: gradopt.record "update/rnn.weight_hh/v/nonfinite"
// CHECK: gradopt.guard(%[[H]], %[[W_IH]], %[[W_HH]],
// CHECK: return

// Nothing of the recipe is left but what names the functions.
// CHECK: gradopt.recipe @train {
// CHECK-NEXT: model = @loss,
// CHECK-NEXT: result = @step
// CHECK-NEXT: }

// NONE-LABEL: func.func @step(
// NONE-NOT: gradopt.clip
// NONE: gradopt.record "gradient/global/norm"
// NONE: gradopt.guard

// VALUE-LABEL: func.func @step(
// VALUE-SAME: gradopt.hyper = "clip.value.threshold", gradopt.init = 2.500000e-01 : f64
// VALUE-COUNT-2: gradopt.clip_by_value
// VALUE-NOT: gradopt.clip_by_global_norm
// VALUE: gradopt.guard

// THRESHOLD: error: a clip needs a threshold: a number that is not negative, as in 'kind=global_norm threshold=1.0'
// KIND: error: unknown kind of clip '{{adaptive|none=1.0}}'; there are value, norm, group_norm, global_norm and none

// PASSES: func.func @step(
// PASSES: gradopt.guard
func.func @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %target: tensor<?x?x3xf32> {gradopt.input = "target"},
    %h: tensor<?x3xf32> {gradopt.state = "h"},
    %w_ih: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<3x3xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}) {
  %y, %h_n = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32>
      init(%h : tensor<?x3xf32>)
      weights(%w_ih, %w_hh : tensor<2x3xf32>, tensor<3x3xf32>)
      -> tensor<?x?x3xf32>, tensor<?x3xf32>
  %loss = gradopt.mean_squared_error %y, %target
      : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %h_n : tensor<f32>, tensor<?x3xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 0.5>],
  monitor = #gradopt.monitor<norms, through_time>,
  on_nonfinite = stop
}
