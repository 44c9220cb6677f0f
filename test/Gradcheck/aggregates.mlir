// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// Softmax, concatenation and padding.

func.func @softmax(
    %x: tensor<?x?x4xf32> {gradopt.input = "x"},
    %w: tensor<4xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-2.0, 2.0)>},
    %v: tensor<3x4xf64> {gradopt.param = #gradopt.param<"v", init = uniform(-2.0, 2.0)>},
    %c: tensor<3x4xf64> {gradopt.input = "c"})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %T = tensor.dim %x, %0 : tensor<?x?x4xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x4xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x4xf32>
  %wide = linalg.broadcast ins(%w : tensor<4xf32>) outs(%e : tensor<?x?x4xf32>) dimensions = [0, 1]
  %z = arith.mulf %wide, %x : tensor<?x?x4xf32>
  // Along the features, then along the batch.
  %s = linalg.softmax dimension(2) ins(%z : tensor<?x?x4xf32>) outs(%e : tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %r = linalg.softmax dimension(1) ins(%s : tensor<?x?x4xf32>) outs(%e : tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %l0 = gradopt.mean_squared_error %r, %x : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  %ev = tensor.empty() : tensor<3x4xf64>
  %sv = linalg.softmax dimension(0) ins(%v : tensor<3x4xf64>) outs(%ev : tensor<3x4xf64>) -> tensor<3x4xf64>
  %l1 = gradopt.mean_squared_error %sv, %c : tensor<3x4xf64>, tensor<3x4xf64> -> tensor<f64>
  %l2 = arith.truncf %l1 : tensor<f64> to tensor<f32>
  %loss = arith.addf %l0, %l2 : tensor<f32>
  return %loss : tensor<f32>
}

// In a scan, over one step's scores.
func.func @softmax_in_scan(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x3xf32> {gradopt.state = "h"},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %h_n, %y = gradopt.scan "rnn" (%s) to %T
      carries(%h = %h0 : tensor<?x3xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>) outputs(tensor<?x?x3xf32>) {
    %a = linalg.matmul ins(%h, %w : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = linalg.softmax dimension(1) ins(%a : tensor<?x3xf32>) outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
    gradopt.yield %h1, %h1 : tensor<?x3xf32>, tensor<?x3xf32>
  }
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %h_n : tensor<f32>, tensor<?x3xf32>
}

// Of tensors without rows.
func.func @concat_empty(
    %x: tensor<0x2x3xf32> {gradopt.input = "x"},
    %w: tensor<0x2x3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>},
    %u: tensor<2xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %c = tensor.concat dim(2) %w, %x : (tensor<0x2x3xf32>, tensor<0x2x3xf32>) -> tensor<0x2x6xf32>
  %d = arith.mulf %c, %c : tensor<0x2x6xf32>
  %l0 = gradopt.mean_squared_error %d, %c : tensor<0x2x6xf32>, tensor<0x2x6xf32> -> tensor<f32>
  %v = arith.mulf %u, %u : tensor<2xf32>
  %l1 = gradopt.mean_squared_error %v, %u : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

// Along a static and along a dynamic dimension; one operand twice.
func.func @concat(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>},
    %u: tensor<2x3xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-1.0, 1.0)>},
    %v: tensor<2x1xf32> {gradopt.param = #gradopt.param<"v", init = uniform(-1.0, 1.0)>},
    %c: tensor<2x7xf32> {gradopt.input = "c"})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %wide = linalg.broadcast ins(%w : tensor<3xf32>) outs(%e : tensor<?x?x3xf32>) dimensions = [0, 1]
  %z = arith.mulf %wide, %x : tensor<?x?x3xf32>
  %z2 = math.sin %z : tensor<?x?x3xf32>
  %features = tensor.concat dim(2) %z, %x, %z2 : (tensor<?x?x3xf32>, tensor<?x?x3xf32>, tensor<?x?x3xf32>) -> tensor<?x?x9xf32>
  %rows = tensor.concat dim(1) %x, %z, %z : (tensor<?x?x3xf32>, tensor<?x?x3xf32>, tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  %f2 = math.tanh %features : tensor<?x?x9xf32>
  %r2 = arith.mulf %rows, %rows : tensor<?x?x3xf32>
  %l0 = gradopt.mean_squared_error %f2, %features : tensor<?x?x9xf32>, tensor<?x?x9xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %r2, %rows : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  %uv = tensor.concat dim(1) %u, %v, %u : (tensor<2x3xf32>, tensor<2x1xf32>, tensor<2x3xf32>) -> tensor<2x7xf32>
  %l2 = gradopt.mean_squared_error %uv, %c : tensor<2x7xf32>, tensor<2x7xf32> -> tensor<f32>
  %l3 = arith.addf %l0, %l1 : tensor<f32>
  %loss = arith.addf %l2, %l3 : tensor<f32>
  return %loss : tensor<f32>
}

// A constant around a tensor, static and dynamic amounts, and one of zero.
func.func @pad(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>},
    %u: tensor<2x3xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-1.0, 1.0)>},
    %c: tensor<5x3xf32> {gradopt.input = "c"})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %half = arith.constant 0.5 : f32
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %wide = linalg.broadcast ins(%w : tensor<3xf32>) outs(%e : tensor<?x?x3xf32>) dimensions = [0, 1]
  %z = arith.mulf %wide, %x : tensor<?x?x3xf32>
  %p = tensor.pad %z low[1, %B, 0] high[0, 2, 1] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %half : f32
  } : tensor<?x?x3xf32> to tensor<?x?x4xf32>
  %q = math.tanh %p : tensor<?x?x4xf32>
  %l0 = gradopt.mean_squared_error %q, %p : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  %pu = tensor.pad %u low[2, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %half : f32
  } : tensor<2x3xf32> to tensor<5x3xf32>
  %l1 = gradopt.mean_squared_error %pu, %c : tensor<5x3xf32>, tensor<5x3xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}
