// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// Named linalg ops, static and dynamic. Time is also a batch of contractions.

func.func @matmul_static(
    %t: tensor<2x4xf32> {gradopt.input = "t"},
    %a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"a", init = uniform(-1.0, 1.0)>},
    %b: tensor<3x4xf32> {gradopt.param = #gradopt.param<"b", init = uniform(-1.0, 1.0)>},
    %c: tensor<2x4xf32> {gradopt.param = #gradopt.param<"c", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  // The initial value takes part in the sum.
  %y = linalg.matmul ins(%a, %b : tensor<2x3xf32>, tensor<3x4xf32>)
                     outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>
  %loss = gradopt.mean_squared_error %y, %t : tensor<2x4xf32>, tensor<2x4xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// One value as both operands.
func.func @matmul_same(
    %t: tensor<3x3xf32> {gradopt.input = "t"},
    %a: tensor<3x3xf32> {gradopt.param = #gradopt.param<"a", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}) {
  %y = linalg.matmul ins(%a, %a : tensor<3x3xf32>, tensor<3x3xf32>)
                     outs(%a : tensor<3x3xf32>) -> tensor<3x3xf32>
  %loss = gradopt.mean_squared_error %y, %t : tensor<3x3xf32>, tensor<3x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// x (T·B x 3) through two layers: the cotangent of a dynamic value.
func.func @matmul_dynamic(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %t: tensor<?x?x2xf32> {gradopt.input = "t"},
    %w0: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w0", init = xavier>},
    %w1: tensor<4x2xf32> {gradopt.param = #gradopt.param<"w1", init = xavier>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %rows = arith.muli %T, %B : index
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x?x3xf32> into tensor<?x3xf32>
  %e0 = tensor.empty(%rows) : tensor<?x4xf32>
  %z0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %h = linalg.matmul ins(%flat, %w0 : tensor<?x3xf32>, tensor<3x4xf32>)
                     outs(%z0 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %a = math.tanh %h : tensor<?x4xf32>
  %e1 = tensor.empty(%rows) : tensor<?x2xf32>
  %z1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%a, %w1 : tensor<?x4xf32>, tensor<4x2xf32>)
                     outs(%z1 : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y3 = tensor.expand_shape %y [[0, 1], [2]] output_shape [%T, %B, 2]
      : tensor<?x2xf32> into tensor<?x?x2xf32>
  %loss = gradopt.mean_squared_error %y3, %t : tensor<?x?x2xf32>, tensor<?x?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

#x = affine_map<(t, b, n, k) -> (t, b, k)>
#w = affine_map<(t, b, n, k) -> (n, k)>
#y = affine_map<(t, b, n, k) -> (t, b, n)>

// A contraction with a transposed weight.
func.func @contract(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %y0: tensor<?x?x2xf32> {gradopt.input = "y0"},
    %w: tensor<2x3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>},
    %v: tensor<2x3xf32> {gradopt.param = #gradopt.param<"v", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %h = linalg.contract indexing_maps = [#x, #w, #y]
      ins(%x, %w : tensor<?x?x3xf32>, tensor<2x3xf32>)
      outs(%y0 : tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  // The first one's result is the second one's initial value.
  %y = linalg.contract indexing_maps = [#x, #w, #y]
      ins(%x, %v : tensor<?x?x3xf32>, tensor<2x3xf32>)
      outs(%h : tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %a = math.tanh %y : tensor<?x?x2xf32>
  %loss = gradopt.mean_squared_error %a, %y0 : tensor<?x?x2xf32>, tensor<?x?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @vectors(
    %t: tensor<f32> {gradopt.input = "t"},
    %m: tensor<3x4xf32> {gradopt.param = #gradopt.param<"m", init = uniform(-1.0, 1.0)>},
    %v: tensor<4xf32> {gradopt.param = #gradopt.param<"v", init = uniform(-1.0, 1.0)>},
    %u: tensor<3xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-1.0, 1.0)>},
    %s: tensor<f32> {gradopt.param = #gradopt.param<"s", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %mv = linalg.matvec ins(%m, %v : tensor<3x4xf32>, tensor<4xf32>)
                      outs(%u : tensor<3xf32>) -> tensor<3xf32>
  %um = linalg.vecmat ins(%mv, %m : tensor<3xf32>, tensor<3x4xf32>)
                      outs(%v : tensor<4xf32>) -> tensor<4xf32>
  %d = linalg.dot ins(%um, %v : tensor<4xf32>, tensor<4xf32>)
                  outs(%s : tensor<f32>) -> tensor<f32>
  %loss = gradopt.mean_squared_error %d, %t : tensor<f32>, tensor<f32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @batch_matmul(
    %t: tensor<?x3x2xf32> {gradopt.input = "t"},
    %x: tensor<?x3x4xf32> {gradopt.input = "x"},
    %w: tensor<4x2xf32> {gradopt.param = #gradopt.param<"w", init = xavier>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %T = tensor.dim %x, %0 : tensor<?x3x4xf32>
  %empty = tensor.empty(%T) : tensor<?x4x2xf32>
  %ws = linalg.broadcast ins(%w : tensor<4x2xf32>) outs(%empty : tensor<?x4x2xf32>) dimensions = [0]
  %y = linalg.batch_matmul ins(%x, %ws : tensor<?x3x4xf32>, tensor<?x4x2xf32>)
                           outs(%t : tensor<?x3x2xf32>) -> tensor<?x3x2xf32>
  %a = math.tanh %y : tensor<?x3x2xf32>
  %loss = gradopt.mean_squared_error %a, %t : tensor<?x3x2xf32>, tensor<?x3x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @broadcast_transpose(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %e0 = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %wide = linalg.broadcast ins(%w : tensor<3xf32>) outs(%e0 : tensor<?x?x3xf32>) dimensions = [0, 1]
  %z = arith.mulf %wide, %x : tensor<?x?x3xf32>
  %e1 = tensor.empty(%B, %T) : tensor<3x?x?xf32>
  %turned = linalg.transpose ins(%z : tensor<?x?x3xf32>) outs(%e1 : tensor<3x?x?xf32>) permutation = [2, 1, 0]
  %a = math.tanh %turned : tensor<3x?x?xf32>
  %e2 = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %back = linalg.transpose ins(%a : tensor<3x?x?xf32>) outs(%e2 : tensor<?x?x3xf32>) permutation = [2, 1, 0]
  %loss = gradopt.mean_squared_error %back, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// The filled value is a parameter.
func.func @fill(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<f32> {gradopt.param = #gradopt.param<"w", init = constant(0.7)>})
    -> (tensor<f32> {gradopt.loss}) {
  %e = tensor.extract %w[] : tensor<f32>
  %y = linalg.fill ins(%e : f32) outs(%x : tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  %z = arith.mulf %y, %y : tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %z, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// Sums, maxima and minima: over rows of a parameter and over what time makes.
func.func @reduce(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %t: tensor<?xf32> {gradopt.input = "t"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>},
    %m: tensor<3x4xf32> {gradopt.param = #gradopt.param<"m", init = uniform(-1.0, 1.0)>},
    %i: tensor<3xf32> {gradopt.param = #gradopt.param<"i", init = uniform(-0.3, 0.3)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  // The initial value of a maximum or minimum can win.
  %max = linalg.reduce ins(%m : tensor<3x4xf32>) outs(%i : tensor<3xf32>) dimensions = [1]
    (%in: f32, %out: f32) {
      %r = arith.maximumf %out, %in : f32
      linalg.yield %r : f32
    }
  %min = linalg.reduce ins(%m : tensor<3x4xf32>) outs(%i : tensor<3xf32>) dimensions = [1]
    (%in: f32, %out: f32) {
      %r = arith.minimumf %in, %out : f32
      linalg.yield %r : f32
    }
  %sum = linalg.reduce { arith.addf } ins(%m : tensor<3x4xf32>) outs(%i : tensor<3xf32>) dimensions = [1]
  %s0 = arith.mulf %max, %min : tensor<3xf32>
  %s1 = arith.mulf %s0, %sum : tensor<3xf32>
  %s2 = arith.addf %s1, %w : tensor<3xf32>
  %e0 = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %wide = linalg.broadcast ins(%s2 : tensor<3xf32>) outs(%e0 : tensor<?x?x3xf32>) dimensions = [0, 1]
  %z = arith.mulf %wide, %x : tensor<?x?x3xf32>
  %e1 = tensor.empty(%T) : tensor<?xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %y = linalg.reduce { arith.addf } ins(%z : tensor<?x?x3xf32>) outs(%f1 : tensor<?xf32>) dimensions = [1, 2]
  %loss = gradopt.mean_squared_error %y, %t : tensor<?xf32>, tensor<?xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// Elementwise named ops and map.
func.func @elementwise(
    %t: tensor<2x3xf32> {gradopt.input = "t"},
    %a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"a", init = uniform(-1.0, 1.0)>},
    %b: tensor<2x3xf32> {gradopt.param = #gradopt.param<"b", init = uniform(0.5, 1.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %e = tensor.empty() : tensor<2x3xf32>
  %0 = linalg.exp ins(%a : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = linalg.div ins(%0, %b : tensor<2x3xf32>, tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = linalg.elementwise kind=#linalg.elementwise_kind<tanh> ins(%1 : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = linalg.map ins(%2, %a : tensor<2x3xf32>, tensor<2x3xf32>) outs(%e : tensor<2x3xf32>)
    (%x: f32, %y: f32, %out: f32) {
      %p = arith.mulf %x, %y : f32
      linalg.yield %p : f32
    }
  %loss = gradopt.mean_squared_error %3, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
