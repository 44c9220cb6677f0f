// The next value of a column from two columns.

#tbk = affine_map<(t, b, v, k) -> (t, b, k)>
#kv = affine_map<(t, b, v, k) -> (k, v)>
#tbv = affine_map<(t, b, v, k) -> (t, b, v)>

func.func @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %y: tensor<?x?x1xf32> {gradopt.input = "y"},
    %w_ih: tensor<2x8xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<8x8xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = orthogonal>},
    %w_out: tensor<8x1xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x?x1xf32> {gradopt.output = "forecast"}) {
  %h, %h_n = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32>
      weights(%w_ih, %w_hh : tensor<2x8xf32>, tensor<8x8xf32>)
      -> tensor<?x?x8xf32>, tensor<?x8xf32>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %T = tensor.dim %x, %zero : tensor<?x?x2xf32>
  %B = tensor.dim %x, %one : tensor<?x?x2xf32>
  %f0 = arith.constant 0.0 : f32
  %empty = tensor.empty(%T, %B) : tensor<?x?x1xf32>
  %zeros = linalg.fill ins(%f0 : f32) outs(%empty : tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  %forecast = linalg.contract indexing_maps = [#tbk, #kv, #tbv]
      ins(%h, %w_out : tensor<?x?x8xf32>, tensor<8x1xf32>) outs(%zeros : tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  %loss = gradopt.mean_squared_error %forecast, %y : tensor<?x?x1xf32>, tensor<?x?x1xf32> -> tensor<f32>
  return %loss, %forecast : tensor<f32>, tensor<?x?x1xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>]
}
