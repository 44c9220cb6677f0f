// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// One LSTM layer of 256 units on 256 features; the loss is the mean of y².

func.func @lstm(
    %x: tensor<?x?x256xf32> {gradopt.input = "x"},
    %w_ih: tensor<256x1024xf32> {gradopt.param = #gradopt.param<"lstm.weight_ih", init = uniform(-0.06, 0.06)>},
    %w_hh: tensor<256x1024xf32> {gradopt.param = #gradopt.param<"lstm.weight_hh", init = uniform(-0.06, 0.06)>},
    %b_ih: tensor<1024xf32> {gradopt.param = #gradopt.param<"lstm.bias_ih", init = uniform(-0.06, 0.06)>},
    %b_hh: tensor<1024xf32> {gradopt.param = #gradopt.param<"lstm.bias_hh", init = uniform(-0.06, 0.06)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y, %h, %c = gradopt.lstm "lstm" %x : tensor<?x?x256xf32>
      weights(%w_ih, %w_hh : tensor<256x1024xf32>, tensor<256x1024xf32>)
      bias_ih(%b_ih : tensor<1024xf32>) bias_hh(%b_hh : tensor<1024xf32>)
      -> tensor<?x?x256xf32>, tensor<?x256xf32>, tensor<?x256xf32>
  %zero = arith.constant 0.0 : f32
  %t0 = arith.constant 0 : index
  %t1 = arith.constant 1 : index
  %T = tensor.dim %x, %t0 : tensor<?x?x256xf32>
  %B = tensor.dim %x, %t1 : tensor<?x?x256xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x256xf32>
  %target = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?x256xf32>) -> tensor<?x?x256xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<?x?x256xf32>, tensor<?x?x256xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
