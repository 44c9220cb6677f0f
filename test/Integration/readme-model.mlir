// The model of README.md, and what becomes of it.
//
// RUN: gradopt-opt %s --gradopt-training-step | FileCheck %s
// RUN: gradopt-opt %s --gradopt-training-step | FileCheck %s --check-prefix=RECIPE
// RUN: gradopt-opt %s --gradopt-training-step --gradopt-verify-origins -o /dev/null
// RUN: gradopt-opt %s --gradopt-training-step="clip=none" | FileCheck %s --check-prefix=NONE

// A simple recurrent network that adds the two marked values of a sequence.
// Time and batch are dynamic: one compiled step serves all sizes.
func.func @loss(
    // The data of one step. Time is the first dimension, the batch the second.
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    // Without gradopt.dims the first dynamic dimension of an input is time.
    %target: tensor<?x1xf32> {gradopt.input = "target", gradopt.dims = "B"},
    // Parameters: a name for checkpoints and reports, and how they start.
    %w_ih: tensor<2x64xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<64x64xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = identity>},
    %bias: tensor<64xf32> {gradopt.param = #gradopt.param<"rnn.bias">},
    %w_out: tensor<64x1xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>},
    %b_out: tensor<1xf32> {gradopt.param = #gradopt.param<"out.bias">})
    -> (tensor<f32> {gradopt.loss}) {
  // The state before the first step: zeros, one row for each sequence.
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %batch = tensor.dim %x, %c1 : tensor<?x?x2xf32>
  %h_empty = tensor.empty(%batch) : tensor<?x64xf32>
  %h0 = linalg.fill ins(%zero : f32) outs(%h_empty : tensor<?x64xf32>) -> tensor<?x64xf32>

  // The recurrence: all outputs, and the last state.
  %y, %h_n = gradopt.rnn relu "rnn" %x : tensor<?x?x2xf32>
      init(%h0 : tensor<?x64xf32>)
      weights(%w_ih, %w_hh : tensor<2x64xf32>, tensor<64x64xf32>)
      bias_ih(%bias : tensor<64xf32>)
      -> tensor<?x?x64xf32>, tensor<?x64xf32>

  // The rest of a model is linalg, arith, math and tensor.
  %p_empty = tensor.empty(%batch) : tensor<?x1xf32>
  %p_init = linalg.broadcast ins(%b_out : tensor<1xf32>)
      outs(%p_empty : tensor<?x1xf32>) dimensions = [0]
  %prediction = linalg.matmul ins(%h_n, %w_out : tensor<?x64xf32>, tensor<64x1xf32>)
      outs(%p_init : tensor<?x1xf32>) -> tensor<?x1xf32>
  %loss = gradopt.mean_squared_error %prediction, %target
      : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// How it is trained.
gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-3>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  monitor = #gradopt.monitor<norms, through_time>,
  on_nonfinite = skip
}

// The loss function stays as it is.
// CHECK-LABEL: func.func @loss(
// CHECK: gradopt.rnn relu "rnn"

// The step takes what the model takes, then what can change at run time, then
// what the optimizer keeps.
// CHECK-LABEL: func.func @step(
// CHECK-SAME: tensor<?x?x2xf32> {gradopt.input = "x"}
// CHECK-SAME: tensor<?x1xf32> {gradopt.dims = "B", gradopt.input = "target"}
// CHECK-SAME: tensor<2x64xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>}
// CHECK-SAME: tensor<64x64xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = identity>}
// CHECK-SAME: tensor<64xf32> {gradopt.param = #gradopt.param<"rnn.bias">}
// CHECK-SAME: tensor<64x1xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>}
// CHECK-SAME: tensor<1xf32> {gradopt.param = #gradopt.param<"out.bias">}
// CHECK-SAME: tensor<f32> {gradopt.hyper = "clip.global_norm.threshold", gradopt.init = 1.000000e+00 : f64}
// CHECK-SAME: tensor<f32> {gradopt.hyper = "learning_rate", gradopt.init = 1.000000e-03 : f64}
// CHECK-SAME: tensor<i64> {gradopt.step_count}
// CHECK-SAME: tensor<2x64xf32> {gradopt.optimizer_state = "rnn.weight_ih/m"}
// CHECK-SAME: tensor<2x64xf32> {gradopt.optimizer_state = "rnn.weight_ih/v"}
// CHECK-SAME: tensor<1xf32> {gradopt.optimizer_state = "out.bias/v"}

// It returns the loss, the clipped gradients, and the next value of all that is
// updated.
// CHECK-SAME: -> (tensor<f32> {gradopt.loss}
// CHECK-SAME: tensor<2x64xf32> {gradopt.grad = "rnn.weight_ih"}
// CHECK-SAME: tensor<64x64xf32> {gradopt.grad = "rnn.weight_hh"}
// CHECK-SAME: tensor<64xf32> {gradopt.grad = "rnn.bias"}
// CHECK-SAME: tensor<64x1xf32> {gradopt.grad = "out.weight"}
// CHECK-SAME: tensor<1xf32> {gradopt.grad = "out.bias"}
// CHECK-SAME: tensor<2x64xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>}
// CHECK-SAME: tensor<1xf32> {gradopt.param = #gradopt.param<"out.bias">}
// CHECK-SAME: tensor<2x64xf32> {gradopt.optimizer_state = "rnn.weight_ih/m"}
// CHECK-SAME: tensor<1xf32> {gradopt.optimizer_state = "out.bias/v"}
// CHECK-SAME: tensor<i64> {gradopt.step_count})
// CHECK-SAME: attributes {gradopt.differentiated, gradopt.on_nonfinite = #gradopt.policy<skip>}

// CHECK: gradopt.clip_by_global_norm l2
// CHECK: gradopt.record "gradient/global/norm"
// CHECK: gradopt.guard

// Every part of the recipe was acted upon.
// RECIPE: gradopt.recipe @train {
// RECIPE-NEXT: model = @loss,
// RECIPE-NEXT: result = @step
// RECIPE-NEXT: }

// NONE-NOT: gradopt.clip
// NONE: func.func @step(
// NONE-NOT: clip.global_norm
// NONE-NOT: gradopt.clip
