// Merged contractions compute what they did: without a step, with one and with
// five, one row and three.
//
// RUN: gradopt-gradcheck %s --compare=gradopt-merge-contractions --compare='canonicalize,cse,gradopt-sink-weight-gradients,gradopt-merge-contractions' --compare='gradopt-sink-weight-gradients{chunk=2},gradopt-merge-contractions' --time=0,1,5 --batch=3,1 | FileCheck %s
// RUN: gradopt-opt %s --gradopt-differentiate=model=gates --gradopt-merge-contractions --gradopt-verify-origins -o %t
// RUN: gradopt-opt %s --gradopt-differentiate=model=sums --gradopt-merge-contractions --gradopt-verify-origins -o %t
// CHECK-NOT: FAILED
// CHECK: 3 functions, 54 comparisons, {{.*}} 0 failed

// A product for each gate, of the input and of the state; the state is used
// twice, and one gate is of another size.
func.func @gates(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %w0: tensor<2x3xf32> {gradopt.param = #gradopt.param<"w0", init = uniform(-0.5, 0.5)>},
    %w1: tensor<2x3xf32> {gradopt.param = #gradopt.param<"w1", init = uniform(-0.5, 0.5)>},
    %u0: tensor<3x3xf32> {gradopt.param = #gradopt.param<"u0", init = uniform(-0.5, 0.5)>},
    %u1: tensor<3x3xf32> {gradopt.param = #gradopt.param<"u1", init = uniform(-0.5, 0.5)>},
    %u2: tensor<3x1xf32> {gradopt.param = #gradopt.param<"u2", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x?x3xf32> {gradopt.output = "y"}) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x2xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x2xf32>
  %e = tensor.empty(%B) : tensor<?x3xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %e1 = tensor.empty(%B) : tensor<?x1xf32>
  %z1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x1xf32>) -> tensor<?x1xf32>
  %h_n, %y = gradopt.scan "gates" (%s) to %T carries(%h = %z : tensor<?x3xf32>)
      inputs(%x_t = %x : tensor<?x?x2xf32>) outputs(tensor<?x?x3xf32>) {
    %a0 = linalg.matmul ins(%x_t, %w0 : tensor<?x2xf32>, tensor<2x3xf32>) outs(%z : tensor<?x3xf32>) -> tensor<?x3xf32>
    %b0 = linalg.matmul ins(%h, %u0 : tensor<?x3xf32>, tensor<3x3xf32>) outs(%z : tensor<?x3xf32>) -> tensor<?x3xf32>
    %s0 = arith.addf %a0, %b0 : tensor<?x3xf32>
    %g0 = math.tanh %s0 : tensor<?x3xf32>
    %a1 = linalg.matmul ins(%x_t, %w1 : tensor<?x2xf32>, tensor<2x3xf32>) outs(%h : tensor<?x3xf32>) -> tensor<?x3xf32>
    %b1 = linalg.matmul ins(%h, %u1 : tensor<?x3xf32>, tensor<3x3xf32>) outs(%a1 : tensor<?x3xf32>) -> tensor<?x3xf32>
    %g1 = math.sin %b1 : tensor<?x3xf32>
    %b2 = linalg.matmul ins(%h, %u2 : tensor<?x3xf32>, tensor<3x1xf32>) outs(%z1 : tensor<?x1xf32>) -> tensor<?x1xf32>
    %f2 = tensor.collapse_shape %b2 [[0, 1]] : tensor<?x1xf32> into tensor<?xf32>
    %g2 = linalg.generic {indexing_maps = [affine_map<(b, j) -> (b)>, affine_map<(b, j) -> (b, j)>], iterator_types = ["parallel", "parallel"]}
        ins(%f2 : tensor<?xf32>) outs(%e : tensor<?x3xf32>) {
    ^bb0(%p: f32, %o: f32):
      %t = math.tanh %p : f32
      linalg.yield %t : f32
    } -> tensor<?x3xf32>
    %m = arith.mulf %g0, %g1 : tensor<?x3xf32>
    %n = arith.addf %m, %g2 : tensor<?x3xf32>
    gradopt.yield %n, %n : tensor<?x3xf32>, tensor<?x3xf32>
  }
  %y2 = arith.mulf %y, %y : tensor<?x?x3xf32>
  %l = gradopt.mean_squared_error %y2, %y : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %l, %y : tensor<f32>, tensor<?x?x3xf32>
}

// Sums of products whose factors are computed, a weight that is used twice, and
// transposed weights.
func.func @sums(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %u: tensor<3x2xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-0.5, 0.5)>},
    %v: tensor<3x2xf32> {gradopt.param = #gradopt.param<"v", init = uniform(-0.5, 0.5)>},
    %h0: tensor<3xf32> {gradopt.param = #gradopt.param<"h0", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x?x3xf32> {gradopt.output = "y"}) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x2xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x2xf32>
  %e = tensor.empty(%B) : tensor<?x3xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %k = linalg.broadcast ins(%h0 : tensor<3xf32>) outs(%e : tensor<?x3xf32>) dimensions = [0]
  %h_n, %y = gradopt.scan "sums" (%s) to %T carries(%h = %k : tensor<?x3xf32>)
      inputs(%x_t = reverse %x : tensor<?x?x2xf32>) outputs(reverse tensor<?x?x3xf32>) {
    %p = math.tanh %x_t : tensor<?x2xf32>
    %q = math.sin %x_t : tensor<?x2xf32>
    %0 = linalg.contract indexing_maps = [affine_map<(b, k, j) -> (b, k)>, affine_map<(b, k, j) -> (j, k)>, affine_map<(b, k, j) -> (b, j)>]
        ins(%p, %u : tensor<?x2xf32>, tensor<3x2xf32>) outs(%z : tensor<?x3xf32>) -> tensor<?x3xf32>
    %1 = linalg.contract indexing_maps = [affine_map<(b, k, j) -> (j, k)>, affine_map<(b, k, j) -> (b, k)>, affine_map<(b, k, j) -> (b, j)>]
        ins(%v, %q : tensor<3x2xf32>, tensor<?x2xf32>) outs(%h : tensor<?x3xf32>) -> tensor<?x3xf32>
    %2 = linalg.contract indexing_maps = [affine_map<(b, k, j) -> (b, k)>, affine_map<(b, k, j) -> (j, k)>, affine_map<(b, k, j) -> (b, j)>]
        ins(%x_t, %u : tensor<?x2xf32>, tensor<3x2xf32>) outs(%z : tensor<?x3xf32>) -> tensor<?x3xf32>
    %s0 = arith.addf %0, %1 : tensor<?x3xf32>
    %s1 = arith.addf %2, %s0 : tensor<?x3xf32>
    %n = math.tanh %s1 : tensor<?x3xf32>
    gradopt.yield %n, %n : tensor<?x3xf32>, tensor<?x3xf32>
  }
  %y2 = arith.mulf %y, %y : tensor<?x?x3xf32>
  %l = gradopt.mean_squared_error %y2, %y : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %l, %y : tensor<f32>, tensor<?x?x3xf32>
}

// Weights of several heads, and a scan in a scan.
func.func @heads(
    %x: tensor<?x?x4xf32> {gradopt.input = "x"},
    %u: tensor<2x2x2xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-0.5, 0.5)>},
    %v: tensor<2x2x1xf32> {gradopt.param = #gradopt.param<"v", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x?x2x2xf32> {gradopt.output = "y"}) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x4xf32>
  %e = tensor.empty(%B) : tensor<?x2x2xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2x2xf32>) -> tensor<?x2x2xf32>
  %e1 = tensor.empty(%B) : tensor<?x2x1xf32>
  %z1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x2x1xf32>) -> tensor<?x2x1xf32>
  %h_n, %y = gradopt.scan "outer" (%s) to %T carries(%h = %z : tensor<?x2x2xf32>)
      inputs(%x_t = %x : tensor<?x?x4xf32>) outputs(tensor<?x?x2x2xf32>) {
    %xs = tensor.expand_shape %x_t [[0], [1, 2]] output_shape [%B, 2, 2] : tensor<?x4xf32> into tensor<?x2x2xf32>
    %k_n = gradopt.scan "inner" (%r) to %c2 carries(%k = %h : tensor<?x2x2xf32>) {
      %0 = linalg.contract indexing_maps = [affine_map<(b, n, k, j) -> (b, n, k)>, affine_map<(b, n, k, j) -> (n, k, j)>, affine_map<(b, n, k, j) -> (b, n, j)>]
          ins(%k, %u : tensor<?x2x2xf32>, tensor<2x2x2xf32>) outs(%xs : tensor<?x2x2xf32>) -> tensor<?x2x2xf32>
      %1 = linalg.contract indexing_maps = [affine_map<(b, n, k, j) -> (b, n, k)>, affine_map<(b, n, k, j) -> (n, k, j)>, affine_map<(b, n, k, j) -> (b, n, j)>]
          ins(%k, %v : tensor<?x2x2xf32>, tensor<2x2x1xf32>) outs(%z1 : tensor<?x2x1xf32>) -> tensor<?x2x1xf32>
      %t = math.tanh %0 : tensor<?x2x2xf32>
      %f = tensor.collapse_shape %1 [[0], [1, 2]] : tensor<?x2x1xf32> into tensor<?x2xf32>
      %g = linalg.generic {indexing_maps = [affine_map<(b, n, j) -> (b, n, j)>, affine_map<(b, n, j) -> (b, n)>, affine_map<(b, n, j) -> (b, n, j)>],
                           iterator_types = ["parallel", "parallel", "parallel"]}
          ins(%t, %f : tensor<?x2x2xf32>, tensor<?x2xf32>) outs(%e : tensor<?x2x2xf32>) {
      ^bb0(%p: f32, %q: f32, %o: f32):
        %m = math.sin %q : f32
        %n = arith.addf %p, %m : f32
        linalg.yield %n : f32
      } -> tensor<?x2x2xf32>
      gradopt.yield %g : tensor<?x2x2xf32>
    }
    gradopt.yield %k_n, %k_n : tensor<?x2x2xf32>, tensor<?x2x2xf32>
  }
  %y2 = arith.mulf %y, %y : tensor<?x?x2x2xf32>
  %l = gradopt.mean_squared_error %y2, %y : tensor<?x?x2x2xf32>, tensor<?x?x2x2xf32> -> tensor<f32>
  return %l, %y : tensor<f32>, tensor<?x?x2x2xf32>
}
