// A small character model with a carried state.

#tbk = affine_map<(t, b, v, k) -> (t, b, k)>
#kv = affine_map<(t, b, v, k) -> (k, v)>
#tbv = affine_map<(t, b, v, k) -> (t, b, v)>

func.func @loss(
    %tokens: tensor<?x?xi32> {gradopt.input = "tokens"},
    %targets: tensor<?x?xi32> {gradopt.input = "targets"},
    %h: tensor<?x16xf32> {gradopt.state = "h"},
    %embed: tensor<128x8xf32> {gradopt.param = #gradopt.param<"embed", init = normal(0.0, 1.0)>},
    %w_ih: tensor<8x16xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<16x16xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = xavier>},
    %w_out: tensor<16x128xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x16xf32> {gradopt.state = "h"},
        tensor<?x?x128xf32> {gradopt.output = "logits"}) {
  %x = gradopt.embedding %embed, %tokens : tensor<128x8xf32>, tensor<?x?xi32> -> tensor<?x?x8xf32>
  %y, %h_n = gradopt.rnn tanh "rnn" %x : tensor<?x?x8xf32>
      init(%h : tensor<?x16xf32>)
      weights(%w_ih, %w_hh : tensor<8x16xf32>, tensor<16x16xf32>)
      -> tensor<?x?x16xf32>, tensor<?x16xf32>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %T = tensor.dim %tokens, %zero : tensor<?x?xi32>
  %B = tensor.dim %tokens, %one : tensor<?x?xi32>
  %f0 = arith.constant 0.0 : f32
  %empty = tensor.empty(%T, %B) : tensor<?x?x128xf32>
  %zeros = linalg.fill ins(%f0 : f32) outs(%empty : tensor<?x?x128xf32>) -> tensor<?x?x128xf32>
  %logits = linalg.contract indexing_maps = [#tbk, #kv, #tbv]
      ins(%y, %w_out : tensor<?x?x16xf32>, tensor<16x128xf32>) outs(%zeros : tensor<?x?x128xf32>) -> tensor<?x?x128xf32>
  %loss = gradopt.cross_entropy %logits, %targets : tensor<?x?x128xf32>, tensor<?x?xi32> -> tensor<f32>
  return %loss, %h_n, %logits : tensor<f32>, tensor<?x16xf32>, tensor<?x?x128xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  on_nonfinite = skip
}
