// A frame-wise model whose loss is a mean over the frames that are there.

func.func @loss(
    %x: tensor<?x?x1xf32> {gradopt.input = "x"},
    %y: tensor<?x?x1xf32> {gradopt.input = "y"},
    %lengths: tensor<?xi32> {gradopt.input = "lengths", gradopt.dims = "B"},
    %w: tensor<1xf32> {gradopt.param = #gradopt.param<"w", init = constant(1.0)>})
    -> (tensor<f32> {gradopt.loss}, tensor<f32> {gradopt.metric = "twice"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x1xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x1xf32>
  %empty = tensor.empty(%T, %B) : tensor<?x?x1xf32>
  %scale = linalg.broadcast ins(%w : tensor<1xf32>) outs(%empty : tensor<?x?x1xf32>) dimensions = [0, 1]
  %prediction = arith.mulf %x, %scale : tensor<?x?x1xf32>
  %loss = gradopt.mean_squared_error %prediction, %y lengths(%lengths : tensor<?xi32>)
      : tensor<?x?x1xf32>, tensor<?x?x1xf32> -> tensor<f32>
  %twice = arith.addf %loss, %loss : tensor<f32>
  return %loss, %twice : tensor<f32>, tensor<f32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.sgd<learning_rate = 0.05>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  on_nonfinite = stop
}
