// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// Losses over the positions that count. Lengths are drawn from 0 … 3, so that
// some rows have none and some more than there are steps.

func.func @cross_entropy(
    %tokens: tensor<?x?xi32> {gradopt.input = "tokens"},
    %targets: tensor<?x?xi32> {gradopt.input = "targets"},
    %lengths: tensor<?xi32> {gradopt.input = "lengths", gradopt.dims = "B"},
    %table: tensor<4x5xf32> {gradopt.param = #gradopt.param<"table", init = normal(0.0, 2.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %logits = gradopt.embedding %table, %tokens : tensor<4x5xf32>, tensor<?x?xi32> -> tensor<?x?x5xf32>
  %loss = gradopt.cross_entropy %logits, %targets lengths(%lengths : tensor<?xi32>)
      : tensor<?x?x5xf32>, tensor<?x?xi32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @mean_squared_error(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"}, %t: tensor<?x?x3xf32> {gradopt.input = "t"},
    %lengths: tensor<?xi64> {gradopt.input = "lengths", gradopt.dims = "B"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %wide = linalg.broadcast ins(%w : tensor<3xf32>) outs(%e : tensor<?x?x3xf32>) dimensions = [0, 1]
  %z = arith.mulf %wide, %x : tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %z, %t lengths(%lengths : tensor<?xi64>)
      : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// Static sizes, time and batch alone, both sides active.
func.func @static(
    %lengths: tensor<3xi32> {gradopt.input = "lengths"},
    %a: tensor<4x3xf32> {gradopt.param = #gradopt.param<"a", init = uniform(-1.0, 1.0)>},
    %b: tensor<4x3xf32> {gradopt.param = #gradopt.param<"b", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %loss = gradopt.mean_squared_error %a, %b lengths(%lengths : tensor<3xi32>)
      : tensor<4x3xf32>, tensor<4x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
