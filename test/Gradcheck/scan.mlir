// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// Scans that a user may write: histories, both directions, several results, some
// of them unused, captured values, carries of other kinds. The initial carries
// depend on parameters, as do inputs.

#id = affine_map<(b, h) -> (b, h)>
#last = affine_map<(b, h) -> (h)>

// h' = tanh(h · w + x): every step's output, the final carry, and a history.
func.func @history(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %b0: tensor<?x3xf32> {gradopt.state = "b0"},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal(0.9)>},
    %h: tensor<3xf32> {gradopt.param = #gradopt.param<"h", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %b0, %0 : tensor<?x3xf32>
  %e = tensor.empty(%B) : tensor<?x3xf32>
  %h0 = linalg.broadcast ins(%h : tensor<3xf32>) outs(%e : tensor<?x3xf32>) dimensions = [0]
  %h_n, %y, %hs = gradopt.scan "rnn" (%s) to %T
      carries(%hc = %h0 : tensor<?x3xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>)
      outputs(tensor<?x?x3xf32>)
      histories(0 : tensor<?x?x3xf32>) {
    %a = linalg.matmul ins(%hc, %w : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = math.tanh %a : tensor<?x3xf32>
    %y_t = arith.mulf %h1, %hc : tensor<?x3xf32>
    gradopt.yield %h1, %y_t : tensor<?x3xf32>, tensor<?x3xf32>
  }
  %l0 = gradopt.mean_squared_error %h_n, %b0 : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  %squares = arith.mulf %hs, %hs : tensor<?x?x3xf32>
  %cubes = arith.mulf %squares, %hs : tensor<?x?x3xf32>
  %l2 = gradopt.mean_squared_error %cubes, %hs : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  %s0 = arith.addf %l0, %l1 : tensor<f32>
  %loss = arith.addf %s0, %l2 : tensor<f32>
  return %loss : tensor<f32>
}

// Inputs, outputs and histories in both directions at once.
func.func @directions(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %b0: tensor<?x3xf32> {gradopt.state = "b0"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>},
    %v: tensor<3xf32> {gradopt.param = #gradopt.param<"v", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %b0, %0 : tensor<?x3xf32>
  %e3 = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %vs = linalg.broadcast ins(%v : tensor<3xf32>) outs(%e3 : tensor<?x?x3xf32>) dimensions = [0, 1]
  %z = arith.mulf %x, %vs : tensor<?x?x3xf32>
  %h_n, %y0, %y1, %f, %r = gradopt.scan "both" (%s) to %T
      carries(%h = %b0 : tensor<?x3xf32>)
      inputs(%x_t = %z : tensor<?x?x3xf32>, %x_r = reverse %z : tensor<?x?x3xf32>)
      outputs(tensor<?x?x3xf32>, reverse tensor<?x?x3xf32>)
      histories(0 : tensor<?x?x3xf32>, reverse 0 : tensor<?x?x3xf32>) {
    %h1 = linalg.generic {indexing_maps = [#id, #id, #last, #id],
                          iterator_types = ["parallel", "parallel"]}
        ins(%h, %x_t, %w : tensor<?x3xf32>, tensor<?x3xf32>, tensor<3xf32>)
        outs(%x_r : tensor<?x3xf32>) {
    ^bb0(%he: f32, %xe: f32, %we: f32, %re: f32):
      %p = arith.mulf %he, %we : f32
      %q = arith.mulf %xe, %re : f32
      %a = arith.addf %p, %q : f32
      %t = math.tanh %a : f32
      linalg.yield %t : f32
    } -> tensor<?x3xf32>
    %y_t = arith.mulf %h1, %x_r : tensor<?x3xf32>
    gradopt.yield %h1, %h1, %y_t : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>
  }
  %l0 = gradopt.mean_squared_error %y0, %y1 : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %f, %r : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

// All in reverse, as the second half of a bidirectional layer.
func.func @backward_layer(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %b0: tensor<?x3xf32> {gradopt.state = "b0"},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal(0.9)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %h_n, %y, %hs = gradopt.scan (%s) to %T
      carries(%h = %b0 : tensor<?x3xf32>)
      inputs(%x_t = reverse %x : tensor<?x?x3xf32>)
      outputs(reverse tensor<?x?x3xf32>)
      histories(reverse 0 : tensor<?x?x3xf32>) {
    %a = linalg.matmul ins(%h, %w : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = math.tanh %a : tensor<?x3xf32>
    gradopt.yield %h1, %h1 : tensor<?x3xf32>, tensor<?x3xf32>
  }
  %p = arith.mulf %y, %x : tensor<?x?x3xf32>
  %l0 = gradopt.mean_squared_error %p, %y : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  %square = arith.mulf %hs, %hs : tensor<?x?x3xf32>
  %l1 = gradopt.mean_squared_error %square, %hs : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

// A captured value that is used twice in the body and once outside, one that is
// computed before the scan, and one that no parameter reaches.
func.func @captures(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %b0: tensor<?x3xf32> {gradopt.state = "b0"},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal(0.8)>},
    %v: tensor<3x3xf32> {gradopt.param = #gradopt.param<"v", init = orthogonal(0.8)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %u = arith.mulf %w, %v : tensor<3x3xf32>
  %h_n = gradopt.scan (%s) to %T
      carries(%h = %b0 : tensor<?x3xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>) {
    %a = linalg.matmul ins(%h, %w : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
    %b = math.tanh %a : tensor<?x3xf32>
    %c = linalg.matmul ins(%b, %w : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%b0 : tensor<?x3xf32>) -> tensor<?x3xf32>
    %d = linalg.matmul ins(%c, %u : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%b : tensor<?x3xf32>) -> tensor<?x3xf32>
    gradopt.yield %d : tensor<?x3xf32>
  }
  %z = linalg.matmul ins(%h_n, %w : tensor<?x3xf32>, tensor<3x3xf32>)
                     outs(%b0 : tensor<?x3xf32>) -> tensor<?x3xf32>
  %loss = gradopt.mean_squared_error %z, %b0 : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// Two carries that change places, one of them a scalar tensor beside them, a
// carry that is only passed on, results that nothing uses.
func.func @carries(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %b0: tensor<?x3xf32> {gradopt.state = "b0"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>},
    %g: tensor<f32> {gradopt.param = #gradopt.param<"g", init = constant(0.9)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %b0, %0 : tensor<?x3xf32>
  %e = tensor.empty(%B) : tensor<?x3xf32>
  %w0 = linalg.broadcast ins(%w : tensor<3xf32>) outs(%e : tensor<?x3xf32>) dimensions = [0]
  %p_n, %q_n, %g_n, %k_n, %i_n, %unused, %y = gradopt.scan (%s) to %T
      carries(%p = %w0 : tensor<?x3xf32>, %q = %b0 : tensor<?x3xf32>, %gc = %g : tensor<f32>,
              %k = %w : tensor<3xf32>, %i = %0 : index)
      inputs(%x_t = %x : tensor<?x?x3xf32>)
      outputs(tensor<?x?x3xf32>, tensor<?x?x3xf32>) {
    %sum = arith.addf %p, %x_t : tensor<?x3xf32>
    %p1 = linalg.generic {indexing_maps = [#id, affine_map<(b, h) -> ()>, #last, #id],
                          iterator_types = ["parallel", "parallel"]}
        ins(%sum, %gc, %k : tensor<?x3xf32>, tensor<f32>, tensor<3xf32>)
        outs(%q : tensor<?x3xf32>) {
    ^bb0(%se: f32, %ge: f32, %ke: f32, %qe: f32):
      %a = arith.mulf %se, %ge : f32
      %b = arith.addf %a, %qe : f32
      %c = arith.mulf %b, %ke : f32
      %t = math.tanh %c : f32
      linalg.yield %t : f32
    } -> tensor<?x3xf32>
    %g1 = math.sin %gc : tensor<f32>
    %one = arith.constant 1 : index
    %i1 = arith.addi %i, %one : index
    gradopt.yield %q, %p1, %g1, %k, %i1, %sum, %p1
        : tensor<?x3xf32>, tensor<?x3xf32>, tensor<f32>, tensor<3xf32>, index, tensor<?x3xf32>, tensor<?x3xf32>
  }
  %l0 = gradopt.mean_squared_error %q_n, %b0 : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  %s0 = arith.addf %l0, %l1 : tensor<f32>
  %loss = arith.addf %s0, %g_n : tensor<f32>
  return %loss : tensor<f32>
}

// A scan over the features of each time step, inside one over time.
func.func @nested(
    %x: tensor<?x4x?xf32> {gradopt.input = "x", gradopt.dims = "TB"},
    %b0: tensor<?xf32> {gradopt.state = "b0"},
    %w: tensor<f32> {gradopt.param = #gradopt.param<"w", init = constant(0.7)>},
    %v: tensor<f32> {gradopt.param = #gradopt.param<"v", init = constant(-0.8)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %4 = arith.constant 4 : index
  %T = tensor.dim %x, %0 : tensor<?x4x?xf32>
  %h_n, %y = gradopt.scan "outer" (%s) to %T
      carries(%h = %b0 : tensor<?xf32>)
      inputs(%x_t = %x : tensor<?x4x?xf32>)
      outputs(tensor<?x4x?xf32>) {
    %we = tensor.extract %w[] : tensor<f32>
    %i_n, %z = gradopt.scan "inner" (%r) to %4
        carries(%i = %h : tensor<?xf32>)
        inputs(%x_i = reverse %x_t : tensor<4x?xf32>)
        outputs(tensor<4x?xf32>) {
      %i1 = linalg.generic {indexing_maps = [affine_map<(b) -> (b)>, affine_map<(b) -> ()>, affine_map<(b) -> (b)>],
                            iterator_types = ["parallel"]}
          ins(%i, %v : tensor<?xf32>, tensor<f32>) outs(%x_i : tensor<?xf32>) {
      ^bb0(%ie: f32, %ve: f32, %xe: f32):
        %a = arith.mulf %ie, %ve : f32
        %b = arith.addf %a, %xe : f32
        %c = arith.mulf %b, %we : f32
        linalg.yield %c : f32
      } -> tensor<?xf32>
      %i2 = math.tanh %i1 : tensor<?xf32>
      gradopt.yield %i2, %i1 : tensor<?xf32>, tensor<?xf32>
    }
    gradopt.yield %i_n, %z : tensor<?xf32>, tensor<4x?xf32>
  }
  %l0 = gradopt.mean_squared_error %h_n, %b0 : tensor<?xf32>, tensor<?xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %y, %x : tensor<?x4x?xf32>, tensor<?x4x?xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

// One scan's outputs are the next one's inputs, and its final carry the initial.
func.func @stacked(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %b0: tensor<?x3xf32> {gradopt.state = "b0"},
    %w0: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w0", init = orthogonal(0.9)>},
    %w1: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w1", init = orthogonal(0.9)>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "b0"}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %h_n, %y = gradopt.scan "first" (%s) to %T
      carries(%h = %b0 : tensor<?x3xf32>)
      inputs(%x_t = %x : tensor<?x?x3xf32>) outputs(tensor<?x?x3xf32>) {
    %a = linalg.matmul ins(%h, %w0 : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%x_t : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = math.tanh %a : tensor<?x3xf32>
    gradopt.yield %h1, %h1 : tensor<?x3xf32>, tensor<?x3xf32>
  }
  %k_n, %z = gradopt.scan "second" (%s) to %T
      carries(%h = %h_n : tensor<?x3xf32>)
      inputs(%y_t = %y : tensor<?x?x3xf32>) outputs(tensor<?x?x3xf32>) {
    %a = linalg.matmul ins(%h, %w1 : tensor<?x3xf32>, tensor<3x3xf32>)
                       outs(%y_t : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = math.tanh %a : tensor<?x3xf32>
    gradopt.yield %h1, %h1 : tensor<?x3xf32>, tensor<?x3xf32>
  }
  %loss = gradopt.mean_squared_error %z, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %k_n : tensor<f32>, tensor<?x3xf32>
}

// The step index decides, and an output does not depend on any carry.
func.func @step_index(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %2 = arith.constant 2 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %y = gradopt.scan (%s) to %T
      inputs(%x_t = %x : tensor<?x?x3xf32>) outputs(reverse tensor<?x?x3xf32>) {
    %odd = arith.remui %s, %2 : index
    %isOdd = arith.cmpi ne, %odd, %0 : index
    %i = arith.index_cast %s : index to i32
    %f = arith.sitofp %i : i32 to f32
    %a = linalg.generic {indexing_maps = [#last, #id], iterator_types = ["parallel", "parallel"]}
        ins(%w : tensor<3xf32>) outs(%x_t : tensor<?x3xf32>) {
    ^bb0(%we: f32, %xe: f32):
      %p = arith.mulf %we, %xe : f32
      %q = arith.mulf %p, %f : f32
      linalg.yield %q : f32
    } -> tensor<?x3xf32>
    %b = arith.select %isOdd, %a, %x_t : tensor<?x3xf32>
    gradopt.yield %b : tensor<?x3xf32>
  }
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// Tokens are looked up within the loop: a table's gradient is summed over time.
func.func @tokens(
    %tokens: tensor<?x?xi32> {gradopt.input = "tokens"},
    %b0: tensor<?x2xf32> {gradopt.state = "b0"},
    %table: tensor<3x2xf32> {gradopt.param = #gradopt.param<"table", init = normal(0.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %tokens, %0 : tensor<?x?xi32>
  %h_n = gradopt.scan (%s) to %T
      carries(%h = %b0 : tensor<?x2xf32>) inputs(%i_t = %tokens : tensor<?x?xi32>) {
    %e = gradopt.embedding %table, %i_t : tensor<3x2xf32>, tensor<?xi32> -> tensor<?x2xf32>
    %a = arith.addf %h, %e : tensor<?x2xf32>
    %h1 = math.tanh %a : tensor<?x2xf32>
    gradopt.yield %h1 : tensor<?x2xf32>
  }
  %loss = gradopt.mean_squared_error %h_n, %b0 : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// Static sizes: no step, one step, three.
func.func @static_0(
    %x: tensor<0x2xf32> {gradopt.input = "x"},
    %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %T = arith.constant 0 : index
  %h_n, %hs = gradopt.scan (%s) to %T
      carries(%h = %w : tensor<2xf32>) inputs(%x_t = %x : tensor<0x2xf32>) histories(0 : tensor<1x2xf32>) {
    %a = arith.mulf %h, %w : tensor<2xf32>
    %h1 = arith.addf %a, %x_t : tensor<2xf32>
    gradopt.yield %h1 : tensor<2xf32>
  }
  %row = tensor.collapse_shape %hs [[0, 1]] : tensor<1x2xf32> into tensor<2xf32>
  %p = arith.mulf %row, %w : tensor<2xf32>
  %loss = gradopt.mean_squared_error %h_n, %p : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @static_1(
    %x: tensor<1x2xf32> {gradopt.input = "x"},
    %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %T = arith.constant 1 : index
  %h_n, %y = gradopt.scan (%s) to %T
      carries(%h = %w : tensor<2xf32>) inputs(%x_t = %x : tensor<1x2xf32>) outputs(tensor<1x2xf32>) {
    %a = arith.mulf %h, %w : tensor<2xf32>
    %h1 = arith.addf %a, %x_t : tensor<2xf32>
    gradopt.yield %h1, %a : tensor<2xf32>, tensor<2xf32>
  }
  %row = tensor.collapse_shape %y [[0, 1]] : tensor<1x2xf32> into tensor<2xf32>
  %loss = gradopt.mean_squared_error %h_n, %row : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @static_3(
    %x: tensor<3x2xf32> {gradopt.input = "x"},
    %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %T = arith.constant 3 : index
  %h_n, %y, %hs = gradopt.scan (%s) to %T
      carries(%h = %w : tensor<2xf32>) inputs(%x_t = reverse %x : tensor<3x2xf32>)
      outputs(tensor<3x2xf32>) histories(0 : tensor<4x2xf32>) {
    %a = arith.mulf %h, %w : tensor<2xf32>
    %h1 = arith.addf %a, %x_t : tensor<2xf32>
    gradopt.yield %h1, %a : tensor<2xf32>, tensor<2xf32>
  }
  %before = tensor.extract_slice %hs[0, 0] [3, 2] [1, 1] : tensor<4x2xf32> to tensor<3x2xf32>
  %l0 = gradopt.mean_squared_error %y, %before : tensor<3x2xf32>, tensor<3x2xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %h_n, %w : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}
