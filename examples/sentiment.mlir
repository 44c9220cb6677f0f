// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Does a review praise or blame? Embedding, a GRU in both directions over rows of
// different lengths, and a linear layer on its two final states. Data:
// make_sentiment.py.

#one = affine_map<(b, c) -> (b)>
#all = affine_map<(b, c) -> (b, c)>
#sum = affine_map<(b, c) -> ()>

func.func @loss(
    %tokens: tensor<?x?xi32> {gradopt.input = "tokens"},
    %lengths: tensor<?xi32> {gradopt.input = "lengths", gradopt.dims = "B"},
    %labels: tensor<?xi32> {gradopt.input = "labels", gradopt.dims = "B"},
    %embed: tensor<32x16xf32> {gradopt.param = #gradopt.param<"embed", init = normal(0.0, 1.0)>},
    %w_ih: tensor<16x48xf32> {gradopt.param = #gradopt.param<"gru.weight_ih", init = xavier>},
    %w_hh: tensor<16x48xf32> {gradopt.param = #gradopt.param<"gru.weight_hh", init = orthogonal>},
    %b_ih: tensor<48xf32> {gradopt.param = #gradopt.param<"gru.bias_ih">},
    %b_hh: tensor<48xf32> {gradopt.param = #gradopt.param<"gru.bias_hh">},
    %rw_ih: tensor<16x48xf32> {gradopt.param = #gradopt.param<"gru.weight_ih_reverse", init = xavier>},
    %rw_hh: tensor<16x48xf32> {gradopt.param = #gradopt.param<"gru.weight_hh_reverse", init = orthogonal>},
    %rb_ih: tensor<48xf32> {gradopt.param = #gradopt.param<"gru.bias_ih_reverse">},
    %rb_hh: tensor<48xf32> {gradopt.param = #gradopt.param<"gru.bias_hh_reverse">},
    %w_out: tensor<32x2xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>},
    %b_out: tensor<2xf32> {gradopt.param = #gradopt.param<"out.bias">})
    -> (tensor<f32> {gradopt.loss}, tensor<f32> {gradopt.metric = "accuracy"},
        tensor<?x2xf32> {gradopt.output = "logits", gradopt.dims = "B"}) {
  %x = gradopt.embedding %embed, %tokens : tensor<32x16xf32>, tensor<?x?xi32> -> tensor<?x?x16xf32>
  // The final states are those after the last word of each row and, in reverse,
  // after its first; what fills up a row is never seen.
  %y, %h, %rh = gradopt.gru linear_before_reset "gru" %x : tensor<?x?x16xf32>
      lengths(%lengths : tensor<?xi32>)
      weights(%w_ih, %w_hh : tensor<16x48xf32>, tensor<16x48xf32>)
      bias_ih(%b_ih : tensor<48xf32>) bias_hh(%b_hh : tensor<48xf32>)
      reverse_weights(%rw_ih, %rw_hh : tensor<16x48xf32>, tensor<16x48xf32>)
      reverse_bias_ih(%rb_ih : tensor<48xf32>) reverse_bias_hh(%rb_hh : tensor<48xf32>)
      -> tensor<?x?x32xf32>, tensor<?x16xf32>, tensor<?x16xf32>

  %c0 = arith.constant 0 : index
  %B = tensor.dim %labels, %c0 : tensor<?xi32>
  %both_empty = tensor.empty(%B) : tensor<?x32xf32>
  %both_half = tensor.insert_slice %h into %both_empty[0, 0] [%B, 16] [1, 1] : tensor<?x16xf32> into tensor<?x32xf32>
  %both = tensor.insert_slice %rh into %both_half[0, 16] [%B, 16] [1, 1] : tensor<?x16xf32> into tensor<?x32xf32>
  %logits_empty = tensor.empty(%B) : tensor<?x2xf32>
  %bias = linalg.broadcast ins(%b_out : tensor<2xf32>) outs(%logits_empty : tensor<?x2xf32>) dimensions = [0]
  %logits = linalg.matmul ins(%both, %w_out : tensor<?x32xf32>, tensor<32x2xf32>)
      outs(%bias : tensor<?x2xf32>) -> tensor<?x2xf32>
  %loss = gradopt.cross_entropy %logits, %labels : tensor<?x2xf32>, tensor<?xi32> -> tensor<f32>

  // The share of rows whose label has the largest logit.
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %rows = tensor.empty(%B) : tensor<?xf32>
  %lowest = linalg.fill ins(%low : f32) outs(%rows : tensor<?xf32>) -> tensor<?xf32>
  %largest = linalg.reduce { arith.maximumf } ins(%logits : tensor<?x2xf32>) outs(%lowest : tensor<?xf32>) dimensions = [1]
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %right = linalg.generic {indexing_maps = [#all, #one, #one, #sum], iterator_types = ["reduction", "reduction"]}
      ins(%logits, %largest, %labels : tensor<?x2xf32>, tensor<?xf32>, tensor<?xi32>) outs(%none : tensor<f32>) {
  ^bb0(%logit: f32, %max: f32, %label: i32, %count: f32):
    %class = linalg.index 1 : index
    %class_i32 = arith.index_cast %class : index to i32
    %is_label = arith.cmpi eq, %class_i32, %label : i32
    %is_max = arith.cmpf oeq, %logit, %max : f32
    %is_right = arith.andi %is_label, %is_max : i1
    %more = arith.select %is_right, %one, %zero : f32
    %sum = arith.addf %count, %more : f32
    linalg.yield %sum : f32
  } -> tensor<f32>
  %B_i32 = arith.index_cast %B : index to i32
  %B_f32 = arith.sitofp %B_i32 : i32 to f32
  %all = tensor.from_elements %B_f32 : tensor<f32>
  %accuracy = arith.divf %right, %all : tensor<f32>
  return %loss, %accuracy, %logits : tensor<f32>, tensor<f32>, tensor<?x2xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  monitor = #gradopt.monitor<norms, through_time>,
  on_nonfinite = skip
}
