// A size that is wrong is an error at the user's op, before differentiation and
// when a step of another origin is lowered.
// RUN: not gradopt-opt %s --gradopt-training-step 2>&1 | FileCheck %s
// RUN: not gradopt-opt %s --gradopt-lower-reference=function=loss 2>&1 | FileCheck %s

// CHECK: verify-sizes.mlir:[[#@LINE+9]]:{{[0-9]+}}: error: 'gradopt.rnn' op sizes must agree: dimension #0 of the initial state h is T, but dimension #1 of the sequence is B
func.func @loss(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %t: tensor<?x3xf32> {gradopt.input = "t", gradopt.dims = "B"},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>}) -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %f = arith.constant 0.0 : f32
  %e = tensor.empty(%T) : tensor<?x3xf32>
  %z = linalg.fill ins(%f : f32) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  // The batch was meant.
  %y, %h = gradopt.rnn tanh "a" %x : tensor<?x?x3xf32> init(%z : tensor<?x3xf32>)
      weights(%w, %w : tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<?x?x3xf32>, tensor<?x3xf32>
  %l = gradopt.mean_squared_error %h, %t : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<f32>
  return %l : tensor<f32>
}
gradopt.recipe @train {model = @loss, result = @step, optimizer = #gradopt.sgd<learning_rate = 0.1>}
