// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// gradopt.rnn with every activation, each set of biases, dynamic and static sizes.
// Its input and initial state depend on parameters.

func.func @tanh_both(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %scale: tensor<3xf32> {gradopt.param = #gradopt.param<"scale", init = uniform(-1.0, 1.0)>},
    %h0: tensor<4xf32> {gradopt.param = #gradopt.param<"h0", init = uniform(-1.0, 1.0)>},
    %w_ih: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.8, 0.8)>},
    %w_hh: tensor<4x4xf32> {gradopt.param = #gradopt.param<"w_hh", init = orthogonal(0.9)>},
    %bias_ih: tensor<4xf32> {gradopt.param = #gradopt.param<"bias_ih", init = uniform(-0.5, 0.5)>},
    %bias_hh: tensor<4xf32> {gradopt.param = #gradopt.param<"bias_hh", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %1 = arith.constant 1 : index
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %ex = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %scales = linalg.broadcast ins(%scale : tensor<3xf32>) outs(%ex : tensor<?x?x3xf32>) dimensions = [0, 1]
  %xs = arith.mulf %x, %scales : tensor<?x?x3xf32>
  %eh = tensor.empty(%B) : tensor<?x4xf32>
  %h0s = linalg.broadcast ins(%h0 : tensor<4xf32>) outs(%eh : tensor<?x4xf32>) dimensions = [0]
  %y, %h_n = gradopt.rnn tanh "rnn" %xs : tensor<?x?x3xf32>
      init(%h0s : tensor<?x4xf32>)
      weights(%w_ih, %w_hh : tensor<3x4xf32>, tensor<4x4xf32>)
      bias_ih(%bias_ih : tensor<4xf32>)
      bias_hh(%bias_hh : tensor<4xf32>)
      -> tensor<?x?x4xf32>, tensor<?x4xf32>
  %y2 = arith.mulf %y, %y : tensor<?x?x4xf32>
  %l0 = gradopt.mean_squared_error %y2, %y : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %h_n, %h0s : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

func.func @relu_bias_ih(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %scale: tensor<3xf32> {gradopt.param = #gradopt.param<"scale", init = uniform(-1.0, 1.0)>},
    %h0: tensor<4xf32> {gradopt.param = #gradopt.param<"h0", init = uniform(-1.0, 1.0)>},
    %w_ih: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.8, 0.8)>},
    %w_hh: tensor<4x4xf32> {gradopt.param = #gradopt.param<"w_hh", init = orthogonal(0.9)>},
    %bias_ih: tensor<4xf32> {gradopt.param = #gradopt.param<"bias_ih", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %1 = arith.constant 1 : index
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %ex = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %scales = linalg.broadcast ins(%scale : tensor<3xf32>) outs(%ex : tensor<?x?x3xf32>) dimensions = [0, 1]
  %xs = arith.mulf %x, %scales : tensor<?x?x3xf32>
  %eh = tensor.empty(%B) : tensor<?x4xf32>
  %h0s = linalg.broadcast ins(%h0 : tensor<4xf32>) outs(%eh : tensor<?x4xf32>) dimensions = [0]
  %y, %h_n = gradopt.rnn relu "rnn" %xs : tensor<?x?x3xf32>
      init(%h0s : tensor<?x4xf32>)
      weights(%w_ih, %w_hh : tensor<3x4xf32>, tensor<4x4xf32>)
      bias_ih(%bias_ih : tensor<4xf32>)
      -> tensor<?x?x4xf32>, tensor<?x4xf32>
  %y2 = arith.mulf %y, %y : tensor<?x?x4xf32>
  %l0 = gradopt.mean_squared_error %y2, %y : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %h_n, %h0s : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

func.func @identity_bias_hh(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %scale: tensor<3xf32> {gradopt.param = #gradopt.param<"scale", init = uniform(-1.0, 1.0)>},
    %h0: tensor<4xf32> {gradopt.param = #gradopt.param<"h0", init = uniform(-1.0, 1.0)>},
    %w_ih: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.8, 0.8)>},
    %w_hh: tensor<4x4xf32> {gradopt.param = #gradopt.param<"w_hh", init = orthogonal(0.9)>},
    %bias_hh: tensor<4xf32> {gradopt.param = #gradopt.param<"bias_hh", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %1 = arith.constant 1 : index
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %ex = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %scales = linalg.broadcast ins(%scale : tensor<3xf32>) outs(%ex : tensor<?x?x3xf32>) dimensions = [0, 1]
  %xs = arith.mulf %x, %scales : tensor<?x?x3xf32>
  %eh = tensor.empty(%B) : tensor<?x4xf32>
  %h0s = linalg.broadcast ins(%h0 : tensor<4xf32>) outs(%eh : tensor<?x4xf32>) dimensions = [0]
  %y, %h_n = gradopt.rnn identity "rnn" %xs : tensor<?x?x3xf32>
      init(%h0s : tensor<?x4xf32>)
      weights(%w_ih, %w_hh : tensor<3x4xf32>, tensor<4x4xf32>)
      bias_hh(%bias_hh : tensor<4xf32>)
      -> tensor<?x?x4xf32>, tensor<?x4xf32>
  %y2 = arith.mulf %y, %y : tensor<?x?x4xf32>
  %l0 = gradopt.mean_squared_error %y2, %y : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %h_n, %h0s : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

func.func @tanh_no_bias(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %scale: tensor<3xf32> {gradopt.param = #gradopt.param<"scale", init = uniform(-1.0, 1.0)>},
    %h0: tensor<4xf32> {gradopt.param = #gradopt.param<"h0", init = uniform(-1.0, 1.0)>},
    %w_ih: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.8, 0.8)>},
    %w_hh: tensor<4x4xf32> {gradopt.param = #gradopt.param<"w_hh", init = orthogonal(0.9)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %1 = arith.constant 1 : index
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %ex = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %scales = linalg.broadcast ins(%scale : tensor<3xf32>) outs(%ex : tensor<?x?x3xf32>) dimensions = [0, 1]
  %xs = arith.mulf %x, %scales : tensor<?x?x3xf32>
  %eh = tensor.empty(%B) : tensor<?x4xf32>
  %h0s = linalg.broadcast ins(%h0 : tensor<4xf32>) outs(%eh : tensor<?x4xf32>) dimensions = [0]
  %y, %h_n = gradopt.rnn tanh "rnn" %xs : tensor<?x?x3xf32>
      init(%h0s : tensor<?x4xf32>)
      weights(%w_ih, %w_hh : tensor<3x4xf32>, tensor<4x4xf32>)
      -> tensor<?x?x4xf32>, tensor<?x4xf32>
  %y2 = arith.mulf %y, %y : tensor<?x?x4xf32>
  %l0 = gradopt.mean_squared_error %y2, %y : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %h_n, %h0s : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

// Static sizes, and one size of everything.
func.func @static_5_3(
    %x: tensor<5x3x3xf32> {gradopt.input = "x"},
    %scale: tensor<3xf32> {gradopt.param = #gradopt.param<"scale", init = uniform(-1.0, 1.0)>},
    %h0: tensor<4xf32> {gradopt.param = #gradopt.param<"h0", init = uniform(-1.0, 1.0)>},
    %w_ih: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.8, 0.8)>},
    %w_hh: tensor<4x4xf32> {gradopt.param = #gradopt.param<"w_hh", init = orthogonal(0.9)>},
    %bias_ih: tensor<4xf32> {gradopt.param = #gradopt.param<"bias_ih", init = uniform(-0.5, 0.5)>},
    %bias_hh: tensor<4xf32> {gradopt.param = #gradopt.param<"bias_hh", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %ex = tensor.empty() : tensor<5x3x3xf32>
  %scales = linalg.broadcast ins(%scale : tensor<3xf32>) outs(%ex : tensor<5x3x3xf32>) dimensions = [0, 1]
  %xs = arith.mulf %x, %scales : tensor<5x3x3xf32>
  %eh = tensor.empty() : tensor<3x4xf32>
  %h0s = linalg.broadcast ins(%h0 : tensor<4xf32>) outs(%eh : tensor<3x4xf32>) dimensions = [0]
  %y, %h_n = gradopt.rnn relu "rnn" %xs : tensor<5x3x3xf32>
      init(%h0s : tensor<3x4xf32>)
      weights(%w_ih, %w_hh : tensor<3x4xf32>, tensor<4x4xf32>)
      bias_ih(%bias_ih : tensor<4xf32>)
      bias_hh(%bias_hh : tensor<4xf32>)
      -> tensor<5x3x4xf32>, tensor<3x4xf32>
  %y2 = arith.mulf %y, %y : tensor<5x3x4xf32>
  %l0 = gradopt.mean_squared_error %y2, %y : tensor<5x3x4xf32>, tensor<5x3x4xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %h_n, %h0s : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

func.func @static_1_1(
    %x: tensor<1x1x1xf32> {gradopt.input = "x"},
    %scale: tensor<1xf32> {gradopt.param = #gradopt.param<"scale", init = uniform(-1.0, 1.0)>},
    %h0: tensor<1xf32> {gradopt.param = #gradopt.param<"h0", init = uniform(-1.0, 1.0)>},
    %w_ih: tensor<1x1xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.8, 0.8)>},
    %w_hh: tensor<1x1xf32> {gradopt.param = #gradopt.param<"w_hh", init = orthogonal(0.9)>},
    %bias_ih: tensor<1xf32> {gradopt.param = #gradopt.param<"bias_ih", init = uniform(-0.5, 0.5)>},
    %bias_hh: tensor<1xf32> {gradopt.param = #gradopt.param<"bias_hh", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %ex = tensor.empty() : tensor<1x1x1xf32>
  %scales = linalg.broadcast ins(%scale : tensor<1xf32>) outs(%ex : tensor<1x1x1xf32>) dimensions = [0, 1]
  %xs = arith.mulf %x, %scales : tensor<1x1x1xf32>
  %eh = tensor.empty() : tensor<1x1xf32>
  %h0s = linalg.broadcast ins(%h0 : tensor<1xf32>) outs(%eh : tensor<1x1xf32>) dimensions = [0]
  %y, %h_n = gradopt.rnn identity "rnn" %xs : tensor<1x1x1xf32>
      init(%h0s : tensor<1x1xf32>)
      weights(%w_ih, %w_hh : tensor<1x1xf32>, tensor<1x1xf32>)
      bias_ih(%bias_ih : tensor<1xf32>)
      bias_hh(%bias_hh : tensor<1xf32>)
      -> tensor<1x1x1xf32>, tensor<1x1xf32>
  %y2 = arith.mulf %y, %y : tensor<1x1x1xf32>
  %l0 = gradopt.mean_squared_error %y2, %y : tensor<1x1x1xf32>, tensor<1x1x1xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %h_n, %h0s : tensor<1x1xf32>, tensor<1x1xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

func.func @static_0_3(
    %x: tensor<0x3x3xf32> {gradopt.input = "x"},
    %scale: tensor<3xf32> {gradopt.param = #gradopt.param<"scale", init = uniform(-1.0, 1.0)>},
    %h0: tensor<4xf32> {gradopt.param = #gradopt.param<"h0", init = uniform(-1.0, 1.0)>},
    %w_ih: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.8, 0.8)>},
    %w_hh: tensor<4x4xf32> {gradopt.param = #gradopt.param<"w_hh", init = orthogonal(0.9)>},
    %bias_ih: tensor<4xf32> {gradopt.param = #gradopt.param<"bias_ih", init = uniform(-0.5, 0.5)>},
    %bias_hh: tensor<4xf32> {gradopt.param = #gradopt.param<"bias_hh", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %ex = tensor.empty() : tensor<0x3x3xf32>
  %scales = linalg.broadcast ins(%scale : tensor<3xf32>) outs(%ex : tensor<0x3x3xf32>) dimensions = [0, 1]
  %xs = arith.mulf %x, %scales : tensor<0x3x3xf32>
  %eh = tensor.empty() : tensor<3x4xf32>
  %h0s = linalg.broadcast ins(%h0 : tensor<4xf32>) outs(%eh : tensor<3x4xf32>) dimensions = [0]
  %y, %h_n = gradopt.rnn tanh "rnn" %xs : tensor<0x3x3xf32>
      init(%h0s : tensor<3x4xf32>)
      weights(%w_ih, %w_hh : tensor<3x4xf32>, tensor<4x4xf32>)
      bias_ih(%bias_ih : tensor<4xf32>)
      bias_hh(%bias_hh : tensor<4xf32>)
      -> tensor<0x3x4xf32>, tensor<3x4xf32>
  %y2 = arith.mulf %y, %y : tensor<0x3x4xf32>
  %l0 = gradopt.mean_squared_error %y2, %y : tensor<0x3x4xf32>, tensor<0x3x4xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %h_n, %h0s : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

// Only one of the two is known.
func.func @static_time(
    %x: tensor<4x?x3xf32> {gradopt.input = "x"},
    %scale: tensor<3xf32> {gradopt.param = #gradopt.param<"scale", init = uniform(-1.0, 1.0)>},
    %h0: tensor<4xf32> {gradopt.param = #gradopt.param<"h0", init = uniform(-1.0, 1.0)>},
    %w_ih: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.8, 0.8)>},
    %w_hh: tensor<4x4xf32> {gradopt.param = #gradopt.param<"w_hh", init = orthogonal(0.9)>},
    %bias_hh: tensor<4xf32> {gradopt.param = #gradopt.param<"bias_hh", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %1 = arith.constant 1 : index
  %B = tensor.dim %x, %1 : tensor<4x?x3xf32>
  %ex = tensor.empty(%B) : tensor<4x?x3xf32>
  %scales = linalg.broadcast ins(%scale : tensor<3xf32>) outs(%ex : tensor<4x?x3xf32>) dimensions = [0, 1]
  %xs = arith.mulf %x, %scales : tensor<4x?x3xf32>
  %eh = tensor.empty(%B) : tensor<?x4xf32>
  %h0s = linalg.broadcast ins(%h0 : tensor<4xf32>) outs(%eh : tensor<?x4xf32>) dimensions = [0]
  %y, %h_n = gradopt.rnn tanh "rnn" %xs : tensor<4x?x3xf32>
      init(%h0s : tensor<?x4xf32>)
      weights(%w_ih, %w_hh : tensor<3x4xf32>, tensor<4x4xf32>)
      bias_hh(%bias_hh : tensor<4xf32>)
      -> tensor<4x?x4xf32>, tensor<?x4xf32>
  %y2 = arith.mulf %y, %y : tensor<4x?x4xf32>
  %l0 = gradopt.mean_squared_error %y2, %y : tensor<4x?x4xf32>, tensor<4x?x4xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %h_n, %h0s : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

func.func @static_batch(
    %x: tensor<?x2x3xf32> {gradopt.input = "x"},
    %scale: tensor<3xf32> {gradopt.param = #gradopt.param<"scale", init = uniform(-1.0, 1.0)>},
    %h0: tensor<4xf32> {gradopt.param = #gradopt.param<"h0", init = uniform(-1.0, 1.0)>},
    %w_ih: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.8, 0.8)>},
    %w_hh: tensor<4x4xf32> {gradopt.param = #gradopt.param<"w_hh", init = orthogonal(0.9)>},
    %bias_ih: tensor<4xf32> {gradopt.param = #gradopt.param<"bias_ih", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x2x3xf32>
  %ex = tensor.empty(%T) : tensor<?x2x3xf32>
  %scales = linalg.broadcast ins(%scale : tensor<3xf32>) outs(%ex : tensor<?x2x3xf32>) dimensions = [0, 1]
  %xs = arith.mulf %x, %scales : tensor<?x2x3xf32>
  %eh = tensor.empty() : tensor<2x4xf32>
  %h0s = linalg.broadcast ins(%h0 : tensor<4xf32>) outs(%eh : tensor<2x4xf32>) dimensions = [0]
  %y, %h_n = gradopt.rnn tanh "rnn" %xs : tensor<?x2x3xf32>
      init(%h0s : tensor<2x4xf32>)
      weights(%w_ih, %w_hh : tensor<3x4xf32>, tensor<4x4xf32>)
      bias_ih(%bias_ih : tensor<4xf32>)
      -> tensor<?x2x4xf32>, tensor<2x4xf32>
  %y2 = arith.mulf %y, %y : tensor<?x2x4xf32>
  %l0 = gradopt.mean_squared_error %y2, %y : tensor<?x2x4xf32>, tensor<?x2x4xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %h_n, %h0s : tensor<2x4xf32>, tensor<2x4xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}
