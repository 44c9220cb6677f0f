// RUN: gradopt-opt %s --split-input-file --gradopt-training-step --gradopt-verify-stability -o %t.mlir
// RUN: gradopt-opt %t.mlir --split-input-file --gradopt-verify-stability --canonicalize --cse --gradopt-verify-stability -o %t.cse.mlir
// RUN: gradopt-opt %t.mlir --split-input-file --gradopt-fuse-recurrent-backward --gradopt-verify-stability -o %t.fused.mlir
// RUN: gradopt-opt %t.mlir --split-input-file --gradopt-fuse-recurrent-backward="chunk=2 checkpoint=2" --gradopt-verify-stability -o %t.chunks.mlir

// What each part of a recipe makes of a step is stable, fused or not.

// Clips in the recurrence and behind it, accumulation, decay and bounds of the
// updated values, a carried state, norms through time.
func.func @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"}, %target: tensor<?x?x3xf32> {gradopt.input = "target"},
    %h: tensor<?x3xf32> {gradopt.state = "h"}, %c: tensor<?x3xf32> {gradopt.state = "c"},
    %w_ih: tensor<2x12xf32> {gradopt.param = #gradopt.param<"lstm.weight_ih", init = xavier>},
    %w_hh: tensor<3x12xf32> {gradopt.param = #gradopt.param<"lstm.weight_hh", init = orthogonal>},
    %b_ih: tensor<12xf32> {gradopt.param = #gradopt.param<"lstm.bias_ih", init = zeros>},
    %b_hh: tensor<12xf32> {gradopt.param = #gradopt.param<"lstm.bias_hh", init = zeros>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}, tensor<?x3xf32> {gradopt.state = "c"}) {
  %y, %h_n, %c_n = gradopt.lstm "lstm" %x : tensor<?x?x2xf32>
      init(%h, %c : tensor<?x3xf32>, tensor<?x3xf32>)
      weights(%w_ih, %w_hh : tensor<2x12xf32>, tensor<3x12xf32>)
      bias_ih(%b_ih : tensor<12xf32>) bias_hh(%b_hh : tensor<12xf32>)
      -> tensor<?x?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %h_n, %c_n : tensor<f32>, tensor<?x3xf32>, tensor<?x3xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  accumulate = 3,
  clip = [#gradopt.clip<norm, threshold = 5.0, at = time_step>,
          #gradopt.clip<norm, threshold = 1.0, at = chunk, every = 4>,
          #gradopt.clip<value, threshold = 0.5, at = gate>,
          #gradopt.clip<value, threshold = 2.0>,
          #gradopt.clip<global_norm, threshold = 0.5>],
  regularize = [#gradopt.l2<1.0e-4>, #gradopt.decoupled_decay<0.01>, #gradopt.max_norm<2.0>],
  monitor = #gradopt.monitor<norms, through_time>,
  on_nonfinite = stop
}

// -----

// Only a group is clipped, another one is frozen. One time step, one row, f64.
func.func @loss(
    %x: tensor<1x1x2xf64> {gradopt.input = "x"}, %target: tensor<1x1x3xf64> {gradopt.input = "target"},
    %w_ih: tensor<2x3xf64> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<3x3xf64> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = orthogonal>},
    %b: tensor<3xf64> {gradopt.param = #gradopt.param<"out.bias", init = zeros>})
    -> (tensor<f64> {gradopt.loss}) {
  %h = arith.constant dense<0.0> : tensor<1x3xf64>
  %y, %h_n = gradopt.rnn tanh "rnn" %x : tensor<1x1x2xf64> init(%h : tensor<1x3xf64>)
      weights(%w_ih, %w_hh : tensor<2x3xf64>, tensor<3x3xf64>) -> tensor<1x1x3xf64>, tensor<1x3xf64>
  %e = tensor.empty() : tensor<1x1x3xf64>
  %bs = linalg.broadcast ins(%b : tensor<3xf64>) outs(%e : tensor<1x1x3xf64>) dimensions = [0, 1]
  %z = arith.addf %y, %bs : tensor<1x1x3xf64>
  %loss = gradopt.mean_squared_error %z, %target : tensor<1x1x3xf64>, tensor<1x1x3xf64> -> tensor<f64>
  return %loss : tensor<f64>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.momentum<learning_rate = 1.0e-2, momentum = 0.9, nesterov = true>,
  groups = [#gradopt.group<name = "recurrent", match = "rnn.weight_hh", clip = #gradopt.clip<group_norm, threshold = 1.0>>,
            #gradopt.group<name = "input", match = "rnn.weight_ih", frozen = true>]
}

// -----

// No clip at all, and no time step.
func.func @loss(
    %x: tensor<0x2x2xf32> {gradopt.input = "x"}, %target: tensor<0x2x3xf32> {gradopt.input = "target"},
    %h: tensor<2x3xf32> {gradopt.state = "h"},
    %w_ih: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<3x3xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<2x3xf32> {gradopt.state = "h"}) {
  %y, %h_n = gradopt.rnn relu "rnn" %x : tensor<0x2x2xf32> init(%h : tensor<2x3xf32>)
      weights(%w_ih, %w_hh : tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<0x2x3xf32>, tensor<2x3xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<0x2x3xf32>, tensor<0x2x3xf32> -> tensor<f32>
  return %loss, %h_n : tensor<f32>, tensor<2x3xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.sgd<learning_rate = 1.0e-2>
}

// -----

// The norms of groups; both directions and lengths.
func.func @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"}, %target: tensor<?x?x6xf32> {gradopt.input = "target"},
    %lengths: tensor<?xi32> {gradopt.input = "lengths", gradopt.dims = "B"},
    %h: tensor<?x3xf32> {gradopt.state = "h"}, %k: tensor<?x3xf32> {gradopt.state = "k"},
    %w_ih: tensor<2x9xf32> {gradopt.param = #gradopt.param<"gru.weight_ih", init = xavier>},
    %w_hh: tensor<3x9xf32> {gradopt.param = #gradopt.param<"gru.weight_hh", init = orthogonal>},
    %r_ih: tensor<2x9xf32> {gradopt.param = #gradopt.param<"gru_reverse.weight_ih", init = xavier>},
    %r_hh: tensor<3x9xf32> {gradopt.param = #gradopt.param<"gru_reverse.weight_hh", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}, tensor<?x3xf32> {gradopt.state = "k"}) {
  %y, %h_n, %k_n = gradopt.gru "gru" %x : tensor<?x?x2xf32> lengths(%lengths : tensor<?xi32>)
      init(%h : tensor<?x3xf32>) weights(%w_ih, %w_hh : tensor<2x9xf32>, tensor<3x9xf32>)
      reverse_init(%k : tensor<?x3xf32>) reverse_weights(%r_ih, %r_hh : tensor<2x9xf32>, tensor<3x9xf32>)
      -> tensor<?x?x6xf32>, tensor<?x3xf32>, tensor<?x3xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<?x?x6xf32>, tensor<?x?x6xf32> -> tensor<f32>
  return %loss, %h_n, %k_n : tensor<f32>, tensor<?x3xf32>, tensor<?x3xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adamw<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<norm, threshold = 1.0, p = linf>, #gradopt.clip<group_norm, threshold = 1.0>]
}
