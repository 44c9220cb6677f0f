// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Which sound is each frame of an utterance? An LSTM in both directions over rows of
// different lengths, a linear layer for each frame, and the cross entropy of the
// frames that are there. Data: make_speech_frames.py.

#tbk = affine_map<(t, b, c, k) -> (t, b, k)>
#kc = affine_map<(t, b, c, k) -> (k, c)>
#tbc = affine_map<(t, b, c, k) -> (t, b, c)>
#element = affine_map<(t, b, c) -> (t, b, c)>
#frame = affine_map<(t, b, c) -> (t, b)>
#row = affine_map<(t, b, c) -> (b)>
#sum = affine_map<(t, b, c) -> ()>

func.func @loss(
    %frames: tensor<?x?x8xf32> {gradopt.input = "frames"},
    %labels: tensor<?x?xi32> {gradopt.input = "labels"},
    %lengths: tensor<?xi32> {gradopt.input = "lengths", gradopt.dims = "B"},
    %w_ih: tensor<8x64xf32> {gradopt.param = #gradopt.param<"lstm.weight_ih", init = xavier>},
    %w_hh: tensor<16x64xf32> {gradopt.param = #gradopt.param<"lstm.weight_hh", init = orthogonal>},
    %b: tensor<64xf32> {gradopt.param = #gradopt.param<"lstm.bias", init = forget_bias>},
    %rw_ih: tensor<8x64xf32> {gradopt.param = #gradopt.param<"lstm.weight_ih_reverse", init = xavier>},
    %rw_hh: tensor<16x64xf32> {gradopt.param = #gradopt.param<"lstm.weight_hh_reverse", init = orthogonal>},
    %rb: tensor<64xf32> {gradopt.param = #gradopt.param<"lstm.bias_reverse", init = forget_bias>},
    %w_out: tensor<32x6xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>},
    %b_out: tensor<6xf32> {gradopt.param = #gradopt.param<"out.bias">})
    -> (tensor<f32> {gradopt.loss}, tensor<f32> {gradopt.metric = "accuracy"},
        tensor<?x?x6xf32> {gradopt.output = "logits"}) {
  %y, %h, %c, %rh, %rc = gradopt.lstm "lstm" %frames : tensor<?x?x8xf32>
      lengths(%lengths : tensor<?xi32>)
      weights(%w_ih, %w_hh : tensor<8x64xf32>, tensor<16x64xf32>)
      bias_ih(%b : tensor<64xf32>)
      reverse_weights(%rw_ih, %rw_hh : tensor<8x64xf32>, tensor<16x64xf32>)
      reverse_bias_ih(%rb : tensor<64xf32>)
      -> tensor<?x?x32xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>

  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %labels, %c0 : tensor<?x?xi32>
  %B = tensor.dim %labels, %c1 : tensor<?x?xi32>
  %empty = tensor.empty(%T, %B) : tensor<?x?x6xf32>
  %bias = linalg.broadcast ins(%b_out : tensor<6xf32>) outs(%empty : tensor<?x?x6xf32>) dimensions = [0, 1]
  %logits = linalg.contract indexing_maps = [#tbk, #kc, #tbc]
      ins(%y, %w_out : tensor<?x?x32xf32>, tensor<32x6xf32>) outs(%bias : tensor<?x?x6xf32>) -> tensor<?x?x6xf32>
  %loss = gradopt.cross_entropy %logits, %labels lengths(%lengths : tensor<?xi32>)
      : tensor<?x?x6xf32>, tensor<?x?xi32> -> tensor<f32>

  // The share of the frames whose label has the largest logit.
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %max_empty = tensor.empty(%T, %B) : tensor<?x?xf32>
  %lowest = linalg.fill ins(%low : f32) outs(%max_empty : tensor<?x?xf32>) -> tensor<?x?xf32>
  %largest = linalg.reduce { arith.maximumf } ins(%logits : tensor<?x?x6xf32>) outs(%lowest : tensor<?x?xf32>) dimensions = [2]
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %counts:2 = linalg.generic {indexing_maps = [#element, #frame, #frame, #row, #sum, #sum],
                              iterator_types = ["reduction", "reduction", "reduction"]}
      ins(%logits, %largest, %labels, %lengths : tensor<?x?x6xf32>, tensor<?x?xf32>, tensor<?x?xi32>, tensor<?xi32>)
      outs(%none, %none : tensor<f32>, tensor<f32>) {
  ^bb0(%logit: f32, %max: f32, %label: i32, %length: i32, %right: f32, %all: f32):
    %t = linalg.index 0 : index
    %class = linalg.index 2 : index
    %t_i32 = arith.index_cast %t : index to i32
    %class_i32 = arith.index_cast %class : index to i32
    %is_there = arith.cmpi slt, %t_i32, %length : i32
    %is_label = arith.cmpi eq, %class_i32, %label : i32
    %is_counted = arith.andi %is_there, %is_label : i1
    %is_max = arith.cmpf oeq, %logit, %max : f32
    %is_right = arith.andi %is_counted, %is_max : i1
    %more_right = arith.select %is_right, %one, %zero : f32
    %more = arith.select %is_counted, %one, %zero : f32
    %right_sum = arith.addf %right, %more_right : f32
    %all_sum = arith.addf %all, %more : f32
    linalg.yield %right_sum, %all_sum : f32, f32
  } -> (tensor<f32>, tensor<f32>)
  %accuracy = arith.divf %counts#0, %counts#1 : tensor<f32>
  return %loss, %accuracy, %logits : tensor<f32>, tensor<f32>, tensor<?x?x6xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  monitor = #gradopt.monitor<norms, through_time>,
  on_nonfinite = skip
}
