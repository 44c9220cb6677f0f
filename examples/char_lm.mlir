// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// A character model: embedding, two LSTM layers, projection, cross-entropy.
//
// Truncated back-propagation through time: one step sees a window of the text,
// and the states at its end are the states at the beginning of the next one.

#tbk = affine_map<(t, b, v, k) -> (t, b, k)>
#kv = affine_map<(t, b, v, k) -> (k, v)>
#tbv = affine_map<(t, b, v, k) -> (t, b, v)>

func.func @loss(
    %tokens: tensor<?x?xi32> {gradopt.input = "tokens"},
    %targets: tensor<?x?xi32> {gradopt.input = "targets"},
    %h0: tensor<?x128xf32> {gradopt.state = "h.0"},
    %c0: tensor<?x128xf32> {gradopt.state = "c.0"},
    %h1: tensor<?x128xf32> {gradopt.state = "h.1"},
    %c1: tensor<?x128xf32> {gradopt.state = "c.1"},
    %embed: tensor<128x64xf32> {gradopt.param = #gradopt.param<"embed", init = normal(0.0, 1.0)>},
    %w_ih0: tensor<64x512xf32> {gradopt.param = #gradopt.param<"lstm0.weight_ih", init = xavier>},
    %w_hh0: tensor<128x512xf32> {gradopt.param = #gradopt.param<"lstm0.weight_hh", init = xavier>},
    %b0: tensor<512xf32> {gradopt.param = #gradopt.param<"lstm0.bias">},
    %w_ih1: tensor<128x512xf32> {gradopt.param = #gradopt.param<"lstm1.weight_ih", init = xavier>},
    %w_hh1: tensor<128x512xf32> {gradopt.param = #gradopt.param<"lstm1.weight_hh", init = xavier>},
    %b1: tensor<512xf32> {gradopt.param = #gradopt.param<"lstm1.bias">},
    %w_out: tensor<128x128xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>},
    %b_out: tensor<128xf32> {gradopt.param = #gradopt.param<"out.bias">})
    -> (tensor<f32> {gradopt.loss},
        tensor<?x128xf32> {gradopt.state = "h.0"}, tensor<?x128xf32> {gradopt.state = "c.0"},
        tensor<?x128xf32> {gradopt.state = "h.1"}, tensor<?x128xf32> {gradopt.state = "c.1"},
        tensor<?x?x128xf32> {gradopt.output = "logits"}) {
  %x = gradopt.embedding %embed, %tokens : tensor<128x64xf32>, tensor<?x?xi32> -> tensor<?x?x64xf32>
  %y0, %h0n, %c0n = gradopt.lstm "lstm0" %x : tensor<?x?x64xf32>
      init(%h0, %c0 : tensor<?x128xf32>, tensor<?x128xf32>)
      weights(%w_ih0, %w_hh0 : tensor<64x512xf32>, tensor<128x512xf32>)
      bias_ih(%b0 : tensor<512xf32>)
      -> tensor<?x?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>
  %y1, %h1n, %c1n = gradopt.lstm "lstm1" %y0 : tensor<?x?x128xf32>
      init(%h1, %c1 : tensor<?x128xf32>, tensor<?x128xf32>)
      weights(%w_ih1, %w_hh1 : tensor<128x512xf32>, tensor<128x512xf32>)
      bias_ih(%b1 : tensor<512xf32>)
      -> tensor<?x?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>

  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %T = tensor.dim %tokens, %zero : tensor<?x?xi32>
  %B = tensor.dim %tokens, %one : tensor<?x?xi32>
  %empty = tensor.empty(%T, %B) : tensor<?x?x128xf32>
  %bias = linalg.broadcast ins(%b_out : tensor<128xf32>) outs(%empty : tensor<?x?x128xf32>) dimensions = [0, 1]
  %logits = linalg.contract indexing_maps = [#tbk, #kv, #tbv]
      ins(%y1, %w_out : tensor<?x?x128xf32>, tensor<128x128xf32>) outs(%bias : tensor<?x?x128xf32>) -> tensor<?x?x128xf32>
  %loss = gradopt.cross_entropy %logits, %targets : tensor<?x?x128xf32>, tensor<?x?xi32> -> tensor<f32>
  return %loss, %h0n, %c0n, %h1n, %c1n, %logits
      : tensor<f32>, tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x?x128xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  monitor = #gradopt.monitor<norms, through_time>,
  on_nonfinite = skip
}
