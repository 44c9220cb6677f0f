// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

func.func @loss(%x: tensor<16x32x64xf32> {gradopt.input = "x"},
    %w_ih0: tensor<64x144xf32> {gradopt.param = #gradopt.param<"l0.w_ih", init = uniform(-0.06, 0.06)>},
    %w_hh0: tensor<48x144xf32> {gradopt.param = #gradopt.param<"l0.w_hh", init = uniform(-0.06, 0.06)>},
    %b_ih0: tensor<144xf32> {gradopt.param = #gradopt.param<"l0.b_ih", init = uniform(-0.06, 0.06)>},
    %b_hh0: tensor<144xf32> {gradopt.param = #gradopt.param<"l0.b_hh", init = uniform(-0.06, 0.06)>}) -> (tensor<f32> {gradopt.loss}) {
  %y0, %h0 = gradopt.gru "l0" %x : tensor<16x32x64xf32> weights(%w_ih0, %w_hh0 : tensor<64x144xf32>, tensor<48x144xf32>) bias_ih(%b_ih0 : tensor<144xf32>) bias_hh(%b_hh0 : tensor<144xf32>) -> tensor<16x32x48xf32>, tensor<32x48xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x32x48xf32>
  %tg = linalg.fill ins(%zero : f32) outs(%e : tensor<16x32x48xf32>) -> tensor<16x32x48xf32>
  %loss = gradopt.mean_squared_error %y0, %tg : tensor<16x32x48xf32>, tensor<16x32x48xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train { model = @loss, result = @step, optimizer = #gradopt.sgd<learning_rate = 1.0e-2>, clip = [#gradopt.clip<global_norm, threshold = 1.0>], on_nonfinite = skip }
