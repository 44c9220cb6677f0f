// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// Named ops that the other files do not use; all go by one rule for structured ops.

func.func @elementwise(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %a: tensor<3xf32> {gradopt.param = #gradopt.param<"a", init = uniform(0.5, 1.5)>},
    %b: tensor<3xf32> {gradopt.param = #gradopt.param<"b", init = uniform(2.0, 3.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %e = tensor.empty() : tensor<3xf32>
  %sum = linalg.add ins(%a, %b : tensor<3xf32>, tensor<3xf32>) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %difference = linalg.sub ins(%a, %b : tensor<3xf32>, tensor<3xf32>) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %product = linalg.mul ins(%sum, %difference : tensor<3xf32>, tensor<3xf32>) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %quotient = linalg.div ins(%product, %b : tensor<3xf32>, tensor<3xf32>) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %exp = linalg.exp ins(%quotient : tensor<3xf32>) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %log = linalg.log ins(%b : tensor<3xf32>) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %tanh = linalg.tanh ins(%log : tensor<3xf32>) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %max = linalg.max ins(%exp, %tanh : tensor<3xf32>, tensor<3xf32>) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %both = linalg.add ins(%max, %exp : tensor<3xf32>, tensor<3xf32>) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %ex = tensor.empty(%T, %B) : tensor<?x?x3xf32>
  %wide = linalg.broadcast ins(%both : tensor<3xf32>) outs(%ex : tensor<?x?x3xf32>) dimensions = [0, 1]
  %y = linalg.mul ins(%x, %wide : tensor<?x?x3xf32>, tensor<?x?x3xf32>) outs(%ex : tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  %z = linalg.add ins(%y, %wide : tensor<?x?x3xf32>, tensor<?x?x3xf32>) outs(%ex : tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %z, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @contractions(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w", init = xavier>},
    %v: tensor<4xf32> {gradopt.param = #gradopt.param<"v", init = uniform(-1.0, 1.0)>},
    %u: tensor<3xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %f0 = arith.constant 0.0 : f32
  %e3 = tensor.empty() : tensor<3xf32>
  %z3 = linalg.fill ins(%f0 : f32) outs(%e3 : tensor<3xf32>) -> tensor<3xf32>
  %wv = linalg.matvec ins(%w, %v : tensor<3x4xf32>, tensor<4xf32>) outs(%z3 : tensor<3xf32>) -> tensor<3xf32>
  %e4 = tensor.empty() : tensor<4xf32>
  %z4 = linalg.fill ins(%f0 : f32) outs(%e4 : tensor<4xf32>) -> tensor<4xf32>
  %uw = linalg.vecmat ins(%u, %w : tensor<3xf32>, tensor<3x4xf32>) outs(%z4 : tensor<4xf32>) -> tensor<4xf32>
  %es = tensor.empty() : tensor<f32>
  %zs = linalg.fill ins(%f0 : f32) outs(%es : tensor<f32>) -> tensor<f32>
  %d = linalg.dot ins(%uw, %v : tensor<4xf32>, tensor<4xf32>) outs(%zs : tensor<f32>) -> tensor<f32>

  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %1 : tensor<?x?x3xf32>
  %ew = tensor.empty(%T) : tensor<?x3x4xf32>
  %ws = linalg.broadcast ins(%w : tensor<3x4xf32>) outs(%ew : tensor<?x3x4xf32>) dimensions = [0]
  %ey = tensor.empty(%T, %B) : tensor<?x?x4xf32>
  %zy = linalg.fill ins(%f0 : f32) outs(%ey : tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %y = linalg.batch_matmul ins(%x, %ws : tensor<?x?x3xf32>, tensor<?x3x4xf32>) outs(%zy : tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %er = tensor.empty(%T, %B) : tensor<?x?xf32>
  %zr = linalg.fill ins(%f0 : f32) outs(%er : tensor<?x?xf32>) -> tensor<?x?xf32>
  %r = linalg.reduce ins(%y : tensor<?x?x4xf32>) outs(%zr : tensor<?x?xf32>) dimensions = [2]
    (%in: f32, %acc: f32) {
      %s = arith.addf %acc, %in : f32
      linalg.yield %s : f32
    }
  %m = linalg.map { math.sin } ins(%r : tensor<?x?xf32>) outs(%er : tensor<?x?xf32>)
  %l0 = gradopt.mean_squared_error %m, %zr : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %wv, %u : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
  %l2 = arith.addf %l0, %l1 : tensor<f32>
  %dd = arith.mulf %d, %d : tensor<f32>
  %loss = arith.addf %l2, %dd : tensor<f32>
  return %loss : tensor<f32>
}
