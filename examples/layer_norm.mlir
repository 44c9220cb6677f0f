// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// An LSTM whose last output is layer-normalized (Ba, Kiros and Hinton 2016), for the
// adding problem. The normalization is a private function of upstream ops; it is
// inlined and differentiated like all else. Dropout stands between it and the
// output layer while the model is trained, and is left out of the evaluation.

// (x − mean) / √(variance + 1e-5) · gain + bias over the last dimension.
func.func private @layer_norm(%x: tensor<?x24xf32>, %gain: tensor<24xf32>, %bias: tensor<24xf32>) -> tensor<?x24xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %width = arith.constant 24.0 : f32
  %epsilon = arith.constant 1.0e-5 : f32
  %B = tensor.dim %x, %c0 : tensor<?x24xf32>
  %rows = tensor.empty(%B) : tensor<?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%rows : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.reduce { arith.addf } ins(%x : tensor<?x24xf32>) outs(%zeros : tensor<?xf32>) dimensions = [1]
  %empty = tensor.empty(%B) : tensor<?x24xf32>
  %centered = linalg.generic {indexing_maps = [affine_map<(b, h) -> (b, h)>,
                                               affine_map<(b, h) -> (b)>,
                                               affine_map<(b, h) -> (b, h)>],
                              iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum : tensor<?x24xf32>, tensor<?xf32>) outs(%empty : tensor<?x24xf32>) {
  ^bb0(%element: f32, %total: f32, %out: f32):
    %mean = arith.divf %total, %width : f32
    %difference = arith.subf %element, %mean : f32
    linalg.yield %difference : f32
  } -> tensor<?x24xf32>
  %squares = linalg.square ins(%centered : tensor<?x24xf32>) outs(%empty : tensor<?x24xf32>) -> tensor<?x24xf32>
  %spread = linalg.reduce { arith.addf } ins(%squares : tensor<?x24xf32>) outs(%zeros : tensor<?xf32>) dimensions = [1]
  %y = linalg.generic {indexing_maps = [affine_map<(b, h) -> (b, h)>,
                                        affine_map<(b, h) -> (b)>,
                                        affine_map<(b, h) -> (h)>,
                                        affine_map<(b, h) -> (h)>,
                                        affine_map<(b, h) -> (b, h)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%centered, %spread, %gain, %bias : tensor<?x24xf32>, tensor<?xf32>, tensor<24xf32>, tensor<24xf32>)
      outs(%empty : tensor<?x24xf32>) {
  ^bb0(%element: f32, %total: f32, %g: f32, %b: f32, %out: f32):
    %variance = arith.divf %total, %width : f32
    %positive = arith.addf %variance, %epsilon : f32
    %factor = math.rsqrt %positive : f32
    %normal = arith.mulf %element, %factor : f32
    %scaled = arith.mulf %normal, %g : f32
    %shifted = arith.addf %scaled, %b : f32
    linalg.yield %shifted : f32
  } -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}

func.func @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %target: tensor<?x1xf32> {gradopt.input = "target", gradopt.dims = "B"},
    %key: tensor<2xi64> {gradopt.random},
    %n: tensor<i64> {gradopt.step_count},
    %w_ih: tensor<2x96xf32> {gradopt.param = #gradopt.param<"lstm.weight_ih", init = xavier>},
    %w_hh: tensor<24x96xf32> {gradopt.param = #gradopt.param<"lstm.weight_hh", init = orthogonal>},
    %b_ih: tensor<96xf32> {gradopt.param = #gradopt.param<"lstm.bias">},
    %gain: tensor<24xf32> {gradopt.param = #gradopt.param<"norm.weight", init = constant(1.0)>},
    %shift: tensor<24xf32> {gradopt.param = #gradopt.param<"norm.bias">},
    %w_out: tensor<24x1xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>},
    %b_out: tensor<1xf32> {gradopt.param = #gradopt.param<"out.bias">})
    -> (tensor<f32> {gradopt.loss}, tensor<?x1xf32> {gradopt.output = "prediction", gradopt.dims = "B"}) {
  %y, %h_n, %c_n = gradopt.lstm "lstm" %x : tensor<?x?x2xf32>
      weights(%w_ih, %w_hh : tensor<2x96xf32>, tensor<24x96xf32>)
      bias_ih(%b_ih : tensor<96xf32>)
      -> tensor<?x?x24xf32>, tensor<?x24xf32>, tensor<?x24xf32>
  // The final state is the output of the last step, and without steps zero.
  %last = call @layer_norm(%h_n, %gain, %shift) : (tensor<?x24xf32>, tensor<24xf32>, tensor<24xf32>) -> tensor<?x24xf32>
  %kept = gradopt.dropout %last rate 0.1 id 1 key(%key, %n) : tensor<?x24xf32>
  %c1 = arith.constant 1 : index
  %B = tensor.dim %x, %c1 : tensor<?x?x2xf32>
  %empty = tensor.empty(%B) : tensor<?x1xf32>
  %bias = linalg.broadcast ins(%b_out : tensor<1xf32>) outs(%empty : tensor<?x1xf32>) dimensions = [0]
  %prediction = linalg.matmul ins(%kept, %w_out : tensor<?x24xf32>, tensor<24x1xf32>)
      outs(%bias : tensor<?x1xf32>) -> tensor<?x1xf32>
  %loss = gradopt.mean_squared_error %prediction, %target : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
  return %loss, %prediction : tensor<f32>, tensor<?x1xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  on_nonfinite = stop
}
