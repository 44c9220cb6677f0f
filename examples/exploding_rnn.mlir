// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// A network made to explode: a ReLU RNN whose recurrent weights begin above one
// (1.1 on the diagonal), on the adding problem (Hochreiter and Schmidhuber 1997):
// the sum of two marked numbers of a sequence. The gradient grows with every
// time step. With `--clip none` the first updates ruin the weights; with the
// clip of the recipe and the same seed it learns.

func.func @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %target: tensor<?x1xf32> {gradopt.input = "target", gradopt.dims = "B"},
    %w_ih: tensor<2x32xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<32x32xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = identity(1.1)>},
    %b: tensor<32xf32> {gradopt.param = #gradopt.param<"rnn.bias">},
    %w_out: tensor<32x1xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>},
    %b_out: tensor<1xf32> {gradopt.param = #gradopt.param<"out.bias">})
    -> (tensor<f32> {gradopt.loss}) {
  %one = arith.constant 1 : index
  %B = tensor.dim %x, %one : tensor<?x?x2xf32>
  %f0 = arith.constant 0.0 : f32
  %h_empty = tensor.empty(%B) : tensor<?x32xf32>
  %h0 = linalg.fill ins(%f0 : f32) outs(%h_empty : tensor<?x32xf32>) -> tensor<?x32xf32>
  %y, %h_n = gradopt.rnn relu "rnn" %x : tensor<?x?x2xf32>
      init(%h0 : tensor<?x32xf32>)
      weights(%w_ih, %w_hh : tensor<2x32xf32>, tensor<32x32xf32>)
      bias_ih(%b : tensor<32xf32>)
      -> tensor<?x?x32xf32>, tensor<?x32xf32>

  %p_empty = tensor.empty(%B) : tensor<?x1xf32>
  %bias = linalg.broadcast ins(%b_out : tensor<1xf32>) outs(%p_empty : tensor<?x1xf32>) dimensions = [0]
  %prediction = linalg.matmul ins(%h_n, %w_out : tensor<?x32xf32>, tensor<32x1xf32>)
      outs(%bias : tensor<?x1xf32>) -> tensor<?x1xf32>
  %loss = gradopt.mean_squared_error %prediction, %target : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.sgd<learning_rate = 0.1>,
  schedule = #gradopt.schedule<kind = cosine, steps = 4000, floor = 0.01>,
  clip = [#gradopt.clip<global_norm, threshold = 0.5>],
  monitor = #gradopt.monitor<norms, through_time>,
  on_nonfinite = stop
}
