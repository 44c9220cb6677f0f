// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// Contractions by name, transposed by their indexing maps, and elementwise ops with
// maps of their own.

func.func @matmul_transposed(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<4x3xf32> {gradopt.param = #gradopt.param<"w", init = xavier>},
    %v: tensor<4x4xf32> {gradopt.param = #gradopt.param<"v", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %f0 = arith.constant 0.0 : f32
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x?x3xf32> into tensor<?x3xf32>
  %n = arith.muli %T, %B : index
  %e = tensor.empty(%n) : tensor<?x4xf32>
  %z = linalg.fill ins(%f0 : f32) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
  // x · wᵀ, as PyTorch keeps a linear layer's weight.
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                                      affine_map<(m, n, k) -> (n, k)>,
                                      affine_map<(m, n, k) -> (m, n)>]
      ins(%flat, %w : tensor<?x3xf32>, tensor<4x3xf32>) outs(%z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %t = math.tanh %y : tensor<?x4xf32>
  // (tᵀ)ᵀ · v with t as the transposed operand.
  %e4 = tensor.empty(%n) : tensor<4x?xf32>
  %z4 = linalg.fill ins(%f0 : f32) outs(%e4 : tensor<4x?xf32>) -> tensor<4x?xf32>
  %tt = linalg.transpose ins(%t : tensor<?x4xf32>) outs(%e4 : tensor<4x?xf32>) permutation = [1, 0]
  %u = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
                                      affine_map<(m, n, k) -> (k, n)>,
                                      affine_map<(m, n, k) -> (m, n)>]
      ins(%tt, %v : tensor<4x?xf32>, tensor<4x4xf32>) outs(%z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %loss = gradopt.mean_squared_error %u, %z : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// Attention's products: over the batch, transposed, with time on both sides.
func.func @batch_matmul(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %f0 = arith.constant 0.0 : f32
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %wide = linalg.broadcast ins(%w : tensor<3xf32>) outs(%e : tensor<?x?x3xf32>) dimensions = [0, 1]
  %z = arith.mulf %wide, %x : tensor<?x?x3xf32>
  %ez = tensor.empty(%T, %B, %B) : tensor<?x?x?xf32>
  %zz = linalg.fill ins(%f0 : f32) outs(%ez : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %scores = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>,
                                                 affine_map<(b, m, n, k) -> (b, n, k)>,
                                                 affine_map<(b, m, n, k) -> (b, m, n)>]
      ins(%z, %z : tensor<?x?x3xf32>, tensor<?x?x3xf32>) outs(%zz : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %zero = linalg.fill ins(%f0 : f32) outs(%e : tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  %y = linalg.batch_matmul ins(%scores, %x : tensor<?x?x?xf32>, tensor<?x?x3xf32>)
                           outs(%zero : tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// Over time and features at once, and with more than two dimensions on one side.
func.func @contract(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-1.0, 1.0)>},
    %v: tensor<3x4x2xf32> {gradopt.param = #gradopt.param<"v", init = normal(0.0, 0.5)>},
    %u: tensor<2x3xf32> {gradopt.param = #gradopt.param<"u", init = normal(0.0, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %f0 = arith.constant 0.0 : f32
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %ex = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %wide = linalg.broadcast ins(%w : tensor<3xf32>) outs(%ex : tensor<?x?x3xf32>) dimensions = [0, 1]
  %xw = arith.mulf %wide, %x : tensor<?x?x3xf32>
  %e = tensor.empty(%B, %B) : tensor<?x?xf32>
  %z = linalg.fill ins(%f0 : f32) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %y = linalg.contract indexing_maps = [affine_map<(b, o, t, i) -> (t, b, i)>,
                                        affine_map<(b, o, t, i) -> (t, o, i)>,
                                        affine_map<(b, o, t, i) -> (b, o)>]
      ins(%x, %xw : tensor<?x?x3xf32>, tensor<?x?x3xf32>) outs(%z : tensor<?x?xf32>) -> tensor<?x?xf32>
  %e4 = tensor.empty() : tensor<4xf32>
  %z4 = linalg.fill ins(%f0 : f32) outs(%e4 : tensor<4xf32>) -> tensor<4xf32>
  %vu = linalg.contract indexing_maps = [affine_map<(o, i, j) -> (i, o, j)>,
                                         affine_map<(o, i, j) -> (j, i)>,
                                         affine_map<(o, i, j) -> (o)>]
      ins(%v, %u : tensor<3x4x2xf32>, tensor<2x3xf32>) outs(%z4 : tensor<4xf32>) -> tensor<4xf32>
  %l0 = gradopt.mean_squared_error %y, %z : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %vu, %z4 : tensor<4xf32>, tensor<4xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

// linalg.elementwise broadcasts and transposes by its maps; the rest of the named
// elementwise ops.
func.func @elementwise(
    %t: tensor<2x3xf32> {gradopt.input = "t"},
    %a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"a", init = uniform(0.5, 1.5)>},
    %b: tensor<3x2xf32> {gradopt.param = #gradopt.param<"b", init = uniform(0.5, 1.5)>},
    %c: tensor<3xf32> {gradopt.param = #gradopt.param<"c", init = uniform(2.0, 3.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %e = tensor.empty() : tensor<2x3xf32>
  %p = linalg.elementwise kind=#linalg.elementwise_kind<mul>
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>]
      ins(%a, %b : tensor<2x3xf32>, tensor<3x2xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %q = linalg.elementwise kind=#linalg.elementwise_kind<div>
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>]
      ins(%p, %c : tensor<2x3xf32>, tensor<3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %n = linalg.negf ins(%q : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %m = linalg.abs ins(%n : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %s = linalg.sqrt ins(%m : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %r = linalg.rsqrt ins(%a : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %w = linalg.square ins(%r : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %k = linalg.reciprocal ins(%w : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %o = linalg.powf ins(%k, %s : tensor<2x3xf32>, tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %f = linalg.erf ins(%o : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %g = linalg.min ins(%f, %s : tensor<2x3xf32>, tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %h = linalg.floor ins(%o : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %i = linalg.add ins(%g, %h : tensor<2x3xf32>, tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %j = linalg.copy ins(%i : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %loss = gradopt.mean_squared_error %j, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
