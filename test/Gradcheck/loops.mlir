// RUN: gradopt-gradcheck %s --time=0,1,2,5 --batch=1,3

// Loops over time that a user wrote as scf.for or scf.while are trained like
// scans.

// Forward, with an output.
func.func @forward(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x3xf32> {gradopt.state = "h"},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>},
    %u: tensor<3x3xf32> {gradopt.param = #gradopt.param<"u", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x3xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %r:2 = scf.for %t = %c0 to %T step %c1 iter_args(%h = %h0, %y = %e) -> (tensor<?x3xf32>, tensor<?x?x3xf32>) {
    %x_t = tensor.extract_slice %x[%t, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<?x3xf32>
    %f = tensor.empty(%B) : tensor<?x3xf32>
    %z = linalg.fill ins(%zero : f32) outs(%f : tensor<?x3xf32>) -> tensor<?x3xf32>
    %a = linalg.matmul ins(%x_t, %w : tensor<?x3xf32>, tensor<3x3xf32>) outs(%z : tensor<?x3xf32>) -> tensor<?x3xf32>
    %b = linalg.matmul ins(%h, %u : tensor<?x3xf32>, tensor<3x3xf32>) outs(%a : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = math.tanh %b : tensor<?x3xf32>
    %y1 = tensor.insert_slice %h1 into %y[%t, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x3xf32> into tensor<?x?x3xf32>
    scf.yield %h1, %y1 : tensor<?x3xf32>, tensor<?x?x3xf32>
  }
  %loss = gradopt.mean_squared_error %r#1, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %r#0 : tensor<f32>, tensor<?x3xf32>
}

// From the end, with a counter in a tensor and a history.
func.func @reverse(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x3xf32> {gradopt.state = "h"},
    %u: tensor<3x3xf32> {gradopt.param = #gradopt.param<"u", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %i0 = arith.constant dense<0> : tensor<i32>
  %i1 = arith.constant dense<1> : tensor<i32>
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x3xf32>
  %rows = arith.addi %T, %c1 : index
  %e = tensor.empty(%rows, %B) : tensor<?x?x3xf32>
  %hs0 = tensor.insert_slice %h0 into %e[%T, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x3xf32> into tensor<?x?x3xf32>
  %end = arith.index_cast %T : index to i32
  %r:2 = scf.while (%i = %i0, %hs = %hs0) : (tensor<i32>, tensor<?x?x3xf32>) -> (tensor<i32>, tensor<?x?x3xf32>) {
    %s = tensor.extract %i[] : tensor<i32>
    %more = arith.cmpi slt, %s, %end : i32
    scf.condition(%more) %i, %hs : tensor<i32>, tensor<?x?x3xf32>
  } do {
  ^bb0(%i: tensor<i32>, %hs: tensor<?x?x3xf32>):
    %s32 = tensor.extract %i[] : tensor<i32>
    %s = arith.index_cast %s32 : i32 to index
    %after = arith.subi %T, %s : index
    %t = arith.subi %after, %c1 : index
    %h = tensor.extract_slice %hs[%after, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<?x3xf32>
    %x_t = tensor.extract_slice %x[%t, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<?x3xf32>
    %b = linalg.matmul ins(%h, %u : tensor<?x3xf32>, tensor<3x3xf32>) outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = math.tanh %b : tensor<?x3xf32>
    %hs1 = tensor.insert_slice %h1 into %hs[%t, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x3xf32> into tensor<?x?x3xf32>
    %i2 = arith.addi %i, %i1 : tensor<i32>
    scf.yield %i2, %hs1 : tensor<i32>, tensor<?x?x3xf32>
  }
  %y = tensor.extract_slice %r#1[0, 0, 0] [%T, %B, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<?x?x3xf32>
  %h_n = tensor.extract_slice %r#1[0, 0, 0] [1, %B, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<?x3xf32>
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %h_n : tensor<f32>, tensor<?x3xf32>
}
