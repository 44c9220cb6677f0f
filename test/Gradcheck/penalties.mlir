// RUN: gradopt-opt %s --gradopt-insert-regularization -o %t.mlir
// RUN: gradopt-gradcheck %t.mlir --batch=1,3

// The penalties of a recipe, as gradopt-insert-regularization adds them.

func.func @loss(
    %x: tensor<?x2xf32> {gradopt.input = "x", gradopt.dims = "B"},
    %target: tensor<?x3xf32> {gradopt.input = "target", gradopt.dims = "B"},
    %w: tensor<2x3xf32> {gradopt.param = #gradopt.param<"w", init = normal(0.0, 1.0)>},
    %v: tensor<3x2x2xf32> {gradopt.param = #gradopt.param<"v", init = normal(0.0, 1.0)>},
    %b: tensor<3xf32> {gradopt.param = #gradopt.param<"b", init = normal(0.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %B = tensor.dim %x, %c0 : tensor<?x2xf32>
  %empty = tensor.empty(%B) : tensor<?x3xf32>
  %init = linalg.broadcast ins(%b : tensor<3xf32>) outs(%empty : tensor<?x3xf32>) dimensions = [0]
  %p = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x3xf32>)
      outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32>
  %loss = gradopt.mean_squared_error %p, %target : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train {
  model = @loss,
  regularize = [#gradopt.l1<0.5, match = "v">, #gradopt.l2<0.25>, #gradopt.l1<0.125, match = "b">]
}
