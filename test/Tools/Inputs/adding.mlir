func.func @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %target: tensor<?x1xf32> {gradopt.input = "target", gradopt.dims = "B"},
    %w_ih: tensor<2x8xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<8x8xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = identity(0.9)>},
    %w_out: tensor<8x1xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>})
    -> (tensor<f32> {gradopt.loss}) {
  %one = arith.constant 1 : index
  %B = tensor.dim %x, %one : tensor<?x?x2xf32>
  %f0 = arith.constant 0.0 : f32
  %h_empty = tensor.empty(%B) : tensor<?x8xf32>
  %h0 = linalg.fill ins(%f0 : f32) outs(%h_empty : tensor<?x8xf32>) -> tensor<?x8xf32>
  %y, %h_n = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32>
      init(%h0 : tensor<?x8xf32>)
      weights(%w_ih, %w_hh : tensor<2x8xf32>, tensor<8x8xf32>)
      -> tensor<?x?x8xf32>, tensor<?x8xf32>
  %p_empty = tensor.empty(%B) : tensor<?x1xf32>
  %zero = linalg.fill ins(%f0 : f32) outs(%p_empty : tensor<?x1xf32>) -> tensor<?x1xf32>
  %prediction = linalg.matmul ins(%h_n, %w_out : tensor<?x8xf32>, tensor<8x1xf32>)
      outs(%zero : tensor<?x1xf32>) -> tensor<?x1xf32>
  %loss = gradopt.mean_squared_error %prediction, %target : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.sgd<learning_rate = 0.05>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  on_nonfinite = skip
}
