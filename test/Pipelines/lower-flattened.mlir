// A model that takes time and batch as one dimension: the size of a product of two
// sizes is bounded by the product of their capacities.
//
// RUN: gradopt-opt %s --gradopt-training-step --gradopt-lower-reference | FileCheck %s
// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// CHECK-DAG: llvm.func @step(
// CHECK-DAG: llvm.func @step_layout(

func.func @loss(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3x2xf32> {gradopt.param = #gradopt.param<"w", init = xavier>})
    -> (tensor<f32> {gradopt.loss}) {
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x?x3xf32> into tensor<?x3xf32>
  %squares = arith.mulf %flat, %flat : tensor<?x3xf32>
  %0 = arith.constant 0 : index
  %rows = tensor.dim %flat, %0 : tensor<?x3xf32>
  %f0 = arith.constant 0.0 : f32
  %empty = tensor.empty(%rows) : tensor<?x2xf32>
  %zero = linalg.fill ins(%f0 : f32) outs(%empty : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%squares, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%zero : tensor<?x2xf32>) -> tensor<?x2xf32>
  %loss = gradopt.mean_squared_error %y, %zero : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

gradopt.recipe @train {model = @loss, result = @step, optimizer = #gradopt.sgd<learning_rate = 0.1>}
