func.func @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %target: tensor<?x1xf32> {gradopt.input = "target", gradopt.dims = "B"},
    %key: tensor<2xi64> {gradopt.random}, %n: tensor<i64> {gradopt.step_count},
    %b: tensor<1xf32> {gradopt.param = #gradopt.param<"b", init = constant(1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %c1 = arith.constant 1 : index
  %B = tensor.dim %x, %c1 : tensor<?x?x2xf32>
  %empty = tensor.empty(%B) : tensor<?x1xf32>
  %one = linalg.broadcast ins(%b : tensor<1xf32>) outs(%empty : tensor<?x1xf32>) dimensions = [0]
  %prediction = gradopt.dropout %one rate 0.9 id 0 key(%key, %n) : tensor<?x1xf32>
  %loss = gradopt.mean_squared_error %prediction, %target : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.sgd<learning_rate = 1.0e-6>,
  on_nonfinite = skip
}
