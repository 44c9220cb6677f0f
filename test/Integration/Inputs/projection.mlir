// The model of test/Integration/pytorch_projection.py; its rnn has one bias.

func.func @loss(
    %x: tensor<?x?x4xf32> {gradopt.input = "x"},
    %target: tensor<?x?x5xf32> {gradopt.input = "target"},
    %ih: tensor<4x24xf32> {gradopt.param = #gradopt.param<"ih", init = xavier>},
    %hh: tensor<3x24xf32> {gradopt.param = #gradopt.param<"hh", init = xavier>},
    %hr: tensor<6x3xf32> {gradopt.param = #gradopt.param<"hr", init = xavier>},
    %bih: tensor<24xf32> {gradopt.param = #gradopt.param<"bih">},
    %bhh: tensor<24xf32> {gradopt.param = #gradopt.param<"bhh">},
    %rih: tensor<4x24xf32> {gradopt.param = #gradopt.param<"rih", init = xavier>},
    %rhh: tensor<3x24xf32> {gradopt.param = #gradopt.param<"rhh", init = xavier>},
    %rhr: tensor<6x3xf32> {gradopt.param = #gradopt.param<"rhr", init = xavier>},
    %rbih: tensor<24xf32> {gradopt.param = #gradopt.param<"rbih">},
    %rbhh: tensor<24xf32> {gradopt.param = #gradopt.param<"rbhh">},
    %w: tensor<6x5xf32> {gradopt.param = #gradopt.param<"w", init = xavier>},
    %u: tensor<5x5xf32> {gradopt.param = #gradopt.param<"u", init = xavier>},
    %b: tensor<5xf32> {gradopt.param = #gradopt.param<"b">})
    -> (tensor<f32> {gradopt.loss}, tensor<?x?x5xf32> {gradopt.output = "y"}) {
  %p, %h, %c, %rh, %rc = gradopt.lstm "lstm" %x : tensor<?x?x4xf32>
      weights(%ih, %hh : tensor<4x24xf32>, tensor<3x24xf32>)
      bias_ih(%bih : tensor<24xf32>) bias_hh(%bhh : tensor<24xf32>)
      projection(%hr : tensor<6x3xf32>)
      reverse_weights(%rih, %rhh : tensor<4x24xf32>, tensor<3x24xf32>)
      reverse_bias_ih(%rbih : tensor<24xf32>) reverse_bias_hh(%rbhh : tensor<24xf32>)
      reverse_projection(%rhr : tensor<6x3xf32>)
      -> tensor<?x?x6xf32>, tensor<?x3xf32>, tensor<?x6xf32>, tensor<?x3xf32>, tensor<?x6xf32>
  %y, %hn = gradopt.rnn tanh "rnn" %p : tensor<?x?x6xf32>
      weights(%w, %u : tensor<6x5xf32>, tensor<5x5xf32>)
      bias_ih(%b : tensor<5xf32>)
      -> tensor<?x?x5xf32>, tensor<?x5xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return %loss, %y : tensor<f32>, tensor<?x?x5xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.sgd<learning_rate = 1.0e-2>
}
