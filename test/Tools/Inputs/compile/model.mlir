func.func @loss(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %target: tensor<?x?x7xf32> {gradopt.input = "target"},
    %h: tensor<?x7xf32> {gradopt.state = "h"},
    %w_ih: tensor<3x7xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<7x7xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x7xf32> {gradopt.state = "h"}) {
  %y, %h_n = gradopt.rnn tanh "rnn" %x : tensor<?x?x3xf32>
      init(%h : tensor<?x7xf32>)
      weights(%w_ih, %w_hh : tensor<3x7xf32>, tensor<7x7xf32>)
      -> tensor<?x?x7xf32>, tensor<?x7xf32>
  %loss = gradopt.mean_squared_error %y, %target
      : tensor<?x?x7xf32>, tensor<?x?x7xf32> -> tensor<f32>
  return %loss, %h_n : tensor<f32>, tensor<?x7xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 0.5>]
}
