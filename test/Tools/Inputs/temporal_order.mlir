// A small GRU on the temporal order problem, with rows of different lengths.

func.func @loss(
    %x: tensor<?x?x8xf32> {gradopt.input = "x"},
    %target: tensor<?xi32> {gradopt.input = "target", gradopt.dims = "B"},
    %lengths: tensor<?xi32> {gradopt.input = "lengths", gradopt.dims = "B"},
    %w_ih: tensor<8x72xf32> {gradopt.param = #gradopt.param<"gru.weight_ih", init = xavier>},
    %w_hh: tensor<24x72xf32> {gradopt.param = #gradopt.param<"gru.weight_hh", init = orthogonal>},
    %b_ih: tensor<72xf32> {gradopt.param = #gradopt.param<"gru.bias_ih">},
    %b_hh: tensor<72xf32> {gradopt.param = #gradopt.param<"gru.bias_hh">},
    %w_out: tensor<24x4xf32> {gradopt.param = #gradopt.param<"out.weight", init = xavier>})
    -> (tensor<f32> {gradopt.loss}) {
  %y, %h = gradopt.gru "gru" %x : tensor<?x?x8xf32>
      lengths(%lengths : tensor<?xi32>)
      weights(%w_ih, %w_hh : tensor<8x72xf32>, tensor<24x72xf32>)
      bias_ih(%b_ih : tensor<72xf32>) bias_hh(%b_hh : tensor<72xf32>)
      -> tensor<?x?x24xf32>, tensor<?x24xf32>
  %c1 = arith.constant 1 : index
  %B = tensor.dim %x, %c1 : tensor<?x?x8xf32>
  %f0 = arith.constant 0.0 : f32
  %empty = tensor.empty(%B) : tensor<?x4xf32>
  %zeros = linalg.fill ins(%f0 : f32) outs(%empty : tensor<?x4xf32>) -> tensor<?x4xf32>
  %logits = linalg.matmul ins(%h, %w_out : tensor<?x24xf32>, tensor<24x4xf32>)
      outs(%zeros : tensor<?x4xf32>) -> tensor<?x4xf32>
  %loss = gradopt.cross_entropy %logits, %target : tensor<?x4xf32>, tensor<?xi32> -> tensor<f32>
  return %loss : tensor<f32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  on_nonfinite = stop
}
