// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What is the last column some hours from now? An LSTM over windows of all columns,
// and a linear layer at every step. Data: make_forecast.py.

#tbk = affine_map<(t, b, o, k) -> (t, b, k)>
#ko = affine_map<(t, b, o, k) -> (k, o)>
#tbo = affine_map<(t, b, o, k) -> (t, b, o)>

func.func @loss(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %y: tensor<?x?x1xf32> {gradopt.input = "y"},
    %w_ih: tensor<3x96xf32> {gradopt.param = #gradopt.param<"lstm.weight_ih", init = xavier>},
    %w_hh: tensor<24x96xf32> {gradopt.param = #gradopt.param<"lstm.weight_hh", init = orthogonal>},
    %b: tensor<96xf32> {gradopt.param = #gradopt.param<"lstm.bias", init = forget_bias>},
    %w_out: tensor<24x1xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>},
    %b_out: tensor<1xf32> {gradopt.param = #gradopt.param<"out.bias">})
    -> (tensor<f32> {gradopt.loss}, tensor<?x?x1xf32> {gradopt.output = "prediction"}) {
  %hs, %h, %c = gradopt.lstm "lstm" %x : tensor<?x?x3xf32>
      weights(%w_ih, %w_hh : tensor<3x96xf32>, tensor<24x96xf32>)
      bias_ih(%b : tensor<96xf32>)
      -> tensor<?x?x24xf32>, tensor<?x24xf32>, tensor<?x24xf32>

  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x3xf32>
  %empty = tensor.empty(%T, %B) : tensor<?x?x1xf32>
  %bias = linalg.broadcast ins(%b_out : tensor<1xf32>) outs(%empty : tensor<?x?x1xf32>) dimensions = [0, 1]
  %prediction = linalg.contract indexing_maps = [#tbk, #ko, #tbo]
      ins(%hs, %w_out : tensor<?x?x24xf32>, tensor<24x1xf32>) outs(%bias : tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  %loss = gradopt.mean_squared_error %prediction, %y : tensor<?x?x1xf32>, tensor<?x?x1xf32> -> tensor<f32>
  return %loss, %prediction : tensor<f32>, tensor<?x?x1xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adamw<learning_rate = 1.0e-2>,
  schedule = #gradopt.schedule<kind = cosine, warmup = 10, steps = 250, floor = 0.05>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  monitor = #gradopt.monitor<norms, through_time>,
  on_nonfinite = skip
}
