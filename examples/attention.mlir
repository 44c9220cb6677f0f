// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Softmax attention over time (Bahdanau, Cho and Bengio 2015; the dot product of
// Luong, Pham and Manning 2015) on top of a GRU, for the adding problem. All but
// the layer and the loss are upstream ops: the state after the last step asks,
// every step answers, and what comes back does not have to be carried through the
// recurrence. Time and batch are dynamic.

// y · w + b for a batch of rows.
func.func private @linear(%x: tensor<?x48xf32>, %w: tensor<48x1xf32>, %b: tensor<1xf32>) -> tensor<?x1xf32> {
  %c0 = arith.constant 0 : index
  %B = tensor.dim %x, %c0 : tensor<?x48xf32>
  %empty = tensor.empty(%B) : tensor<?x1xf32>
  %bias = linalg.broadcast ins(%b : tensor<1xf32>) outs(%empty : tensor<?x1xf32>) dimensions = [0]
  %y = linalg.matmul ins(%x, %w : tensor<?x48xf32>, tensor<48x1xf32>) outs(%bias : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// What `query` (one row for each of the batch) finds in `memory` (one for each time
// step): the sum over time of softmax(memory · query / √24) · memory.
func.func private @attend(%memory: tensor<?x?x24xf32>, %query: tensor<?x24xf32>) -> tensor<?x24xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %memory, %c0 : tensor<?x?x24xf32>
  %B = tensor.dim %memory, %c1 : tensor<?x?x24xf32>
  %empty_scores = tensor.empty(%T, %B) : tensor<?x?xf32>
  %no_scores = linalg.fill ins(%zero : f32) outs(%empty_scores : tensor<?x?xf32>) -> tensor<?x?xf32>
  %products = linalg.contract indexing_maps = [affine_map<(t, b, h) -> (t, b, h)>,
                                               affine_map<(t, b, h) -> (b, h)>,
                                               affine_map<(t, b, h) -> (t, b)>]
      ins(%memory, %query : tensor<?x?x24xf32>, tensor<?x24xf32>)
      outs(%no_scores : tensor<?x?xf32>) -> tensor<?x?xf32>
  %scale = arith.constant 0.2041241 : f32
  %scores = linalg.map ins(%products : tensor<?x?xf32>) outs(%empty_scores : tensor<?x?xf32>)
    (%product: f32, %out: f32) {
      %score = arith.mulf %product, %scale : f32
      linalg.yield %score : f32
    }
  %weights = linalg.softmax dimension(0) ins(%scores : tensor<?x?xf32>) outs(%empty_scores : tensor<?x?xf32>) -> tensor<?x?xf32>
  %empty = tensor.empty(%B) : tensor<?x24xf32>
  %nothing = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x24xf32>) -> tensor<?x24xf32>
  %found = linalg.contract indexing_maps = [affine_map<(b, h, t) -> (t, b)>,
                                            affine_map<(b, h, t) -> (t, b, h)>,
                                            affine_map<(b, h, t) -> (b, h)>]
      ins(%weights, %memory : tensor<?x?xf32>, tensor<?x?x24xf32>)
      outs(%nothing : tensor<?x24xf32>) -> tensor<?x24xf32>
  return %found : tensor<?x24xf32>
}

func.func @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %target: tensor<?x1xf32> {gradopt.input = "target", gradopt.dims = "B"},
    %w_ih: tensor<2x72xf32> {gradopt.param = #gradopt.param<"gru.weight_ih", init = xavier>},
    %w_hh: tensor<24x72xf32> {gradopt.param = #gradopt.param<"gru.weight_hh", init = orthogonal>},
    %b_ih: tensor<72xf32> {gradopt.param = #gradopt.param<"gru.bias_ih">},
    %b_hh: tensor<72xf32> {gradopt.param = #gradopt.param<"gru.bias_hh">},
    %w_query: tensor<24x24xf32> {gradopt.param = #gradopt.param<"query.weight", init = xavier>},
    %w_out: tensor<48x1xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>},
    %b_out: tensor<1xf32> {gradopt.param = #gradopt.param<"out.bias">})
    -> (tensor<f32> {gradopt.loss}) {
  %y, %h_n = gradopt.gru "gru" %x : tensor<?x?x2xf32>
      weights(%w_ih, %w_hh : tensor<2x72xf32>, tensor<24x72xf32>)
      bias_ih(%b_ih : tensor<72xf32>) bias_hh(%b_hh : tensor<72xf32>)
      -> tensor<?x?x24xf32>, tensor<?x24xf32>

  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %B = tensor.dim %x, %c1 : tensor<?x?x2xf32>
  %empty = tensor.empty(%B) : tensor<?x24xf32>
  %nothing = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x24xf32>) -> tensor<?x24xf32>
  %query = linalg.matmul ins(%h_n, %w_query : tensor<?x24xf32>, tensor<24x24xf32>)
                         outs(%nothing : tensor<?x24xf32>) -> tensor<?x24xf32>
  %found = call @attend(%y, %query) : (tensor<?x?x24xf32>, tensor<?x24xf32>) -> tensor<?x24xf32>
  %both = tensor.concat dim(1) %found, %h_n : (tensor<?x24xf32>, tensor<?x24xf32>) -> tensor<?x48xf32>
  %prediction = call @linear(%both, %w_out, %b_out) : (tensor<?x48xf32>, tensor<48x1xf32>, tensor<1xf32>) -> tensor<?x1xf32>
  %loss = gradopt.mean_squared_error %prediction, %target : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  on_nonfinite = stop
}
