// A small GRU on the copying memory problem, with rows of different lengths.

#tbk = affine_map<(t, b, v, k) -> (t, b, k)>
#kv = affine_map<(t, b, v, k) -> (k, v)>
#tbv = affine_map<(t, b, v, k) -> (t, b, v)>

func.func @loss(
    %x: tensor<?x?x10xf32> {gradopt.input = "x"},
    %targets: tensor<?x?xi32> {gradopt.input = "targets"},
    %lengths: tensor<?xi32> {gradopt.input = "lengths", gradopt.dims = "B"},
    %w_ih: tensor<10x96xf32> {gradopt.param = #gradopt.param<"gru.weight_ih", init = xavier>},
    %w_hh: tensor<32x96xf32> {gradopt.param = #gradopt.param<"gru.weight_hh", init = orthogonal>},
    %b_ih: tensor<96xf32> {gradopt.param = #gradopt.param<"gru.bias_ih">},
    %b_hh: tensor<96xf32> {gradopt.param = #gradopt.param<"gru.bias_hh">},
    %w_out: tensor<32x9xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>},
    %b_out: tensor<9xf32> {gradopt.param = #gradopt.param<"out.bias">})
    -> (tensor<f32> {gradopt.loss}) {
  %y, %h = gradopt.gru "gru" %x : tensor<?x?x10xf32>
      lengths(%lengths : tensor<?xi32>)
      weights(%w_ih, %w_hh : tensor<10x96xf32>, tensor<32x96xf32>)
      bias_ih(%b_ih : tensor<96xf32>) bias_hh(%b_hh : tensor<96xf32>)
      -> tensor<?x?x32xf32>, tensor<?x32xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x10xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x10xf32>
  %empty = tensor.empty(%T, %B) : tensor<?x?x9xf32>
  %bias = linalg.broadcast ins(%b_out : tensor<9xf32>) outs(%empty : tensor<?x?x9xf32>) dimensions = [0, 1]
  %logits = linalg.contract indexing_maps = [#tbk, #kv, #tbv]
      ins(%y, %w_out : tensor<?x?x32xf32>, tensor<32x9xf32>) outs(%bias : tensor<?x?x9xf32>) -> tensor<?x?x9xf32>
  %loss = gradopt.cross_entropy %logits, %targets lengths(%lengths : tensor<?xi32>)
      : tensor<?x?x9xf32>, tensor<?x?xi32> -> tensor<f32>
  return %loss : tensor<f32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  on_nonfinite = stop
}
