// The model of test/Integration/pytorch_module.py.

#tbk = affine_map<(t, b, v, k) -> (t, b, k)>
#kv = affine_map<(t, b, v, k) -> (k, v)>
#tbv = affine_map<(t, b, v, k) -> (t, b, v)>

func.func @loss(
    %tokens: tensor<?x?xi32> {gradopt.input = "tokens"},
    %targets: tensor<?x?xi32> {gradopt.input = "targets"},
    %embed: tensor<11x5xf32> {gradopt.param = #gradopt.param<"embed.weight", init = normal(0.0, 1.0)>},
    %ih0: tensor<5x24xf32> {gradopt.param = #gradopt.param<"first.weight_ih", init = xavier>},
    %hh0: tensor<6x24xf32> {gradopt.param = #gradopt.param<"first.weight_hh", init = xavier>},
    %bih0: tensor<24xf32> {gradopt.param = #gradopt.param<"first.bias_ih">},
    %bhh0: tensor<24xf32> {gradopt.param = #gradopt.param<"first.bias_hh">},
    %rih0: tensor<5x24xf32> {gradopt.param = #gradopt.param<"first.back.weight_ih", init = xavier>},
    %rhh0: tensor<6x24xf32> {gradopt.param = #gradopt.param<"first.back.weight_hh", init = xavier>},
    %rbih0: tensor<24xf32> {gradopt.param = #gradopt.param<"first.back.bias_ih">},
    %rbhh0: tensor<24xf32> {gradopt.param = #gradopt.param<"first.back.bias_hh">},
    %ih1: tensor<12x24xf32> {gradopt.param = #gradopt.param<"second.weight_ih", init = xavier>},
    %hh1: tensor<6x24xf32> {gradopt.param = #gradopt.param<"second.weight_hh", init = xavier>},
    %bih1: tensor<24xf32> {gradopt.param = #gradopt.param<"second.bias_ih">},
    %bhh1: tensor<24xf32> {gradopt.param = #gradopt.param<"second.bias_hh">},
    %rih1: tensor<12x24xf32> {gradopt.param = #gradopt.param<"second.back.weight_ih", init = xavier>},
    %rhh1: tensor<6x24xf32> {gradopt.param = #gradopt.param<"second.back.weight_hh", init = xavier>},
    %rbih1: tensor<24xf32> {gradopt.param = #gradopt.param<"second.back.bias_ih">},
    %rbhh1: tensor<24xf32> {gradopt.param = #gradopt.param<"second.back.bias_hh">},
    %gih: tensor<12x12xf32> {gradopt.param = #gradopt.param<"gru.weight_ih", init = xavier>},
    %ghh: tensor<4x12xf32> {gradopt.param = #gradopt.param<"gru.weight_hh", init = xavier>},
    %gbih: tensor<12xf32> {gradopt.param = #gradopt.param<"gru.bias_ih">},
    %gbhh: tensor<12xf32> {gradopt.param = #gradopt.param<"gru.bias_hh">},
    %out: tensor<4x8xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>},
    %outb: tensor<8xf32> {gradopt.param = #gradopt.param<"out.bias">})
    -> (tensor<f32> {gradopt.loss}, tensor<?x?x8xf32> {gradopt.output = "logits"}) {
  %x = gradopt.embedding %embed, %tokens : tensor<11x5xf32>, tensor<?x?xi32> -> tensor<?x?x5xf32>
  %y0, %h0, %c0, %rh0, %rc0 = gradopt.lstm "lstm0" %x : tensor<?x?x5xf32>
      weights(%ih0, %hh0 : tensor<5x24xf32>, tensor<6x24xf32>)
      bias_ih(%bih0 : tensor<24xf32>) bias_hh(%bhh0 : tensor<24xf32>)
      reverse_weights(%rih0, %rhh0 : tensor<5x24xf32>, tensor<6x24xf32>)
      reverse_bias_ih(%rbih0 : tensor<24xf32>) reverse_bias_hh(%rbhh0 : tensor<24xf32>)
      -> tensor<?x?x12xf32>, tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>
  %y1, %h1, %c1, %rh1, %rc1 = gradopt.lstm "lstm1" %y0 : tensor<?x?x12xf32>
      weights(%ih1, %hh1 : tensor<12x24xf32>, tensor<6x24xf32>)
      bias_ih(%bih1 : tensor<24xf32>) bias_hh(%bhh1 : tensor<24xf32>)
      reverse_weights(%rih1, %rhh1 : tensor<12x24xf32>, tensor<6x24xf32>)
      reverse_bias_ih(%rbih1 : tensor<24xf32>) reverse_bias_hh(%rbhh1 : tensor<24xf32>)
      -> tensor<?x?x12xf32>, tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>
  %y2, %h2 = gradopt.gru linear_before_reset "gru" %y1 : tensor<?x?x12xf32>
      weights(%gih, %ghh : tensor<12x12xf32>, tensor<4x12xf32>)
      bias_ih(%gbih : tensor<12xf32>) bias_hh(%gbhh : tensor<12xf32>)
      -> tensor<?x?x4xf32>, tensor<?x4xf32>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %T = tensor.dim %tokens, %zero : tensor<?x?xi32>
  %B = tensor.dim %tokens, %one : tensor<?x?xi32>
  %empty = tensor.empty(%T, %B) : tensor<?x?x8xf32>
  %bias = linalg.broadcast ins(%outb : tensor<8xf32>) outs(%empty : tensor<?x?x8xf32>) dimensions = [0, 1]
  %logits = linalg.contract indexing_maps = [#tbk, #kv, #tbv]
      ins(%y2, %out : tensor<?x?x4xf32>, tensor<4x8xf32>) outs(%bias : tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %loss = gradopt.cross_entropy %logits, %targets : tensor<?x?x8xf32>, tensor<?x?xi32> -> tensor<f32>
  return %loss, %logits : tensor<f32>, tensor<?x?x8xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  on_nonfinite = skip
}
