// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// Random choices: the backward pass makes those that the forward pass made.


func.func @dropout(
    %x: tensor<?x?x4xf32> {gradopt.input = "x"},
    %key: tensor<2xi64> {gradopt.random}, %n: tensor<i64> {gradopt.step_count},
    %w: tensor<4xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>},
    %v: tensor<3x5xf32> {gradopt.param = #gradopt.param<"v", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %T = tensor.dim %x, %0 : tensor<?x?x4xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x4xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x4xf32>
  %wide = linalg.broadcast ins(%w : tensor<4xf32>) outs(%e : tensor<?x?x4xf32>) dimensions = [0, 1]
  %z = arith.mulf %wide, %x : tensor<?x?x4xf32>
  %d = gradopt.dropout %z rate 0.4 id 3 key(%key, %n) : tensor<?x?x4xf32>
  %t = math.tanh %d : tensor<?x?x4xf32>
  %l0 = gradopt.mean_squared_error %t, %x : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  // Static, and all but surely gone.
  %dv = gradopt.dropout %v rate 0.5 id 4 key(%key, %n) : tensor<3x5xf32>
  %gone = gradopt.dropout %v rate 0.999999999 id 5 key(%key, %n) : tensor<3x5xf32>
  %l1 = gradopt.mean_squared_error %dv, %v : tensor<3x5xf32>, tensor<3x5xf32> -> tensor<f32>
  %l2 = gradopt.mean_squared_error %gone, %dv : tensor<3x5xf32>, tensor<3x5xf32> -> tensor<f32>
  %l = arith.addf %l0, %l1 : tensor<f32>
  %loss = arith.addf %l, %l2 : tensor<f32>
  return %loss : tensor<f32>
}

func.func @zoneout(
    %new: tensor<3x5xf64> {gradopt.param = #gradopt.param<"new", init = uniform(-1.0, 1.0)>},
    %old: tensor<3x5xf64> {gradopt.param = #gradopt.param<"old", init = uniform(-1.0, 1.0)>},
    %t: tensor<3x5xf64> {gradopt.input = "t"},
    %key: tensor<2xi64> {gradopt.random}, %n: tensor<i64> {gradopt.step_count})
    -> (tensor<f64> {gradopt.loss}) {
  %z = gradopt.zoneout %new, %old rate 0.3 id 0 key(%key, %n) : tensor<3x5xf64>
  %constant = gradopt.zoneout %z, %t rate 0.3 id 1 key(%key, %n) : tensor<3x5xf64>
  %same = gradopt.zoneout %constant, %constant rate 0.3 id 2 key(%key, %n) : tensor<3x5xf64>
  %u = math.sin %same : tensor<3x5xf64>
  %loss = gradopt.mean_squared_error %u, %t : tensor<3x5xf64>, tensor<3x5xf64> -> tensor<f64>
  return %loss : tensor<f64>
}

// Within the steps of a scan, chosen anew by the step index.
func.func @recurrent(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x3xf32> {gradopt.state = "h"},
    %key: tensor<2xi64> {gradopt.random}, %n: tensor<i64> {gradopt.step_count},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %h_n, %y = gradopt.scan "rnn" (%s) to %T
      carries(%h = %h0 : tensor<?x3xf32>)
      inputs(%x_t = reverse %x : tensor<?x?x3xf32>) outputs(tensor<?x?x3xf32>) {
    %d = gradopt.dropout %h rate 0.25 id 1 key(%key, %n) index(%s) : tensor<?x3xf32>
    %a = linalg.matmul ins(%d, %w : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = math.tanh %a : tensor<?x3xf32>
    %h2 = gradopt.zoneout %h1, %h rate 0.5 id 2 key(%key, %n) index(%s) : tensor<?x3xf32>
    gradopt.yield %h2, %h2 : tensor<?x3xf32>, tensor<?x3xf32>
  }
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %h_n : tensor<f32>, tensor<?x3xf32>
}
