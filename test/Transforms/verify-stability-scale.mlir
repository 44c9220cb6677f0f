// RUN: gradopt-opt %s --split-input-file --gradopt-verify-stability --verify-diagnostics

// With a factor of the loss, gradients are divided by it before they are
// clipped and used.

// As it should be: the seed of the backward pass is scaled, and what comes out
// of a loop over time and a contraction is unscaled by a product with the
// reciprocal, or by a quotient. The derivatives in the loop are clipped at a
// threshold that is scaled, too.

#i = affine_map<(i) -> (i)>
#none = affine_map<(i) -> ()>
func.func @unscaled(%x: tensor<?x4xf32> {gradopt.input = "x"},
                    %w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                    %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                    %scale: tensor<f32> {gradopt.hyper = "loss_scale", gradopt.init = 1024.0 : f64},
                    %t: tensor<f32>, %steps: index, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %one = arith.constant 1.0 : f32
  %empty = tensor.empty() : tensor<4xf32>
  %s = tensor.extract %scale[] : tensor<f32>
  %seed = linalg.fill ins(%s : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %ts = arith.mulf %t, %scale : tensor<f32>
  %dh0, %sum = gradopt.scan (%step) to %steps
      carries(%dh = %seed : tensor<4xf32>, %a = %zero : tensor<4xf32>)
      inputs(%x_t = reverse %x : tensor<?x4xf32>) {
    %g = gradopt.gradient %dh of "h" group "rnn" : tensor<4xf32>
    %c = gradopt.clip_by_value %g to %ts : tensor<4xf32>, tensor<f32>
    %p = arith.mulf %c, %x_t : tensor<4xf32>
    %a1 = arith.addf %a, %p : tensor<4xf32>
    %dh1 = arith.mulf %c, %w : tensor<4xf32>
    gradopt.yield %dh1, %a1 : tensor<4xf32>, tensor<4xf32>
  }
  %r = arith.divf %one, %s : f32
  %dw = linalg.generic {indexing_maps = [#i, #none, #i], iterator_types = ["parallel"]}
      ins(%sum, %r : tensor<4xf32>, f32) outs(%empty : tensor<4xf32>) {
  ^bb0(%in: f32, %factor: f32, %out: f32):
    %0 = arith.mulf %in, %factor : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  %db = arith.divf %dh0, %seed : tensor<4xf32>
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  %gb = gradopt.gradient %db of "b" : tensor<4xf32>
  %c:2, %n = gradopt.clip_by_global_norm l2 %gw, %gb to %t : tensor<4xf32>, tensor<4xf32> to tensor<f32>
  %w1 = gradopt.sgd %w, %c#0 rate %rate : tensor<4xf32>, tensor<f32>
  %b1 = arith.subf %b, %c#1 : tensor<4xf32>
  %ok = gradopt.check_finite %gw, %gb, %w1, %b1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %k:2 = gradopt.guard(%w, %b : tensor<4xf32>, tensor<4xf32>) {
    gradopt.yield %ok, %w1, %b1 : i1, tensor<4xf32>, tensor<4xf32>
  }
  return %k#0, %k#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// The clip stands in front of the division.

func.func @clipped_first(%x: tensor<4xf32> {gradopt.input = "x", gradopt.dims = ""},
                         %w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                         %scale: tensor<f32> {gradopt.hyper = "loss_scale", gradopt.init = 1024.0 : f64},
                         %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  %empty = tensor.empty() : tensor<4xf32>
  %s = tensor.extract %scale[] : tensor<f32>
  %seed = linalg.fill ins(%s : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %dw = arith.mulf %seed, %x : tensor<4xf32>
  // expected-note@+1 {{the scaled gradient}}
  %g = gradopt.gradient %dw of "w" : tensor<4xf32>
  // expected-note@+1 {{its clip}}
  %c, %n = gradopt.clip_by_norm l2 %g to %t : tensor<4xf32>, tensor<f32> -> tensor<f32>
  %u = arith.divf %c, %seed : tensor<4xf32>
  // expected-error@+1 {{the update of 'w' goes by a gradient that is clipped before it is unscaled: the threshold would be compared with a norm that depends on loss_scale; divide the gradient by loss_scale in front of its clip}}
  %w1 = gradopt.sgd %w, %u rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %g, %u, %w1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %k = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %k : tensor<4xf32>
}

// -----

// Never divided, without a clip; divided twice; and of a sum of which only a
// part is scaled nothing can be shown.

func.func @still_scaled(%x: tensor<4xf32> {gradopt.input = "x", gradopt.dims = ""},
                        %w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                        %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                        %v: tensor<4xf32> {gradopt.param = #gradopt.param<"v">},
                        %scale: tensor<f32> {gradopt.hyper = "loss_scale", gradopt.init = 1024.0 : f64},
                        %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"v">}) {
  %empty = tensor.empty() : tensor<4xf32>
  %s = tensor.extract %scale[] : tensor<f32>
  %seed = linalg.fill ins(%s : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %dw = arith.mulf %seed, %x : tensor<4xf32>
  // expected-note@+1 {{the value}}
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  %once = arith.divf %dw, %seed : tensor<4xf32>
  %twice = arith.divf %once, %seed : tensor<4xf32>
  // expected-note@+1 {{the value}}
  %gb = gradopt.gradient %twice of "b" : tensor<4xf32>
  %mixed = arith.addf %dw, %x : tensor<4xf32>
  %divided = arith.divf %mixed, %seed : tensor<4xf32>
  // expected-note@+1 {{the value}}
  %gv = gradopt.gradient %divided of "v" : tensor<4xf32>
  // expected-error@+1 {{the update of 'w' depends on loss_scale, the factor of the loss: divide the gradient by it, before it is clipped and used}}
  %w1 = gradopt.sgd %w, %gw rate %rate : tensor<4xf32>, tensor<f32>
  // expected-error@+1 {{the update of 'b' depends on loss_scale}}
  %b1 = gradopt.sgd %b, %gb rate %rate : tensor<4xf32>, tensor<f32>
  // expected-error@+1 {{the update of 'v' depends on loss_scale}}
  %v1 = gradopt.sgd %v, %gv rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %gw, %gb, %gv, %w1, %b1, %v1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %k:3 = gradopt.guard(%w, %b, %v : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
    gradopt.yield %ok, %w1, %b1, %v1 : i1, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }
  return %k#0, %k#1, %k#2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// In a loop over time a threshold that is not scaled clips scaled derivatives.

func.func @in_time(%x: tensor<?x4xf32> {gradopt.input = "x"},
                   %w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                   %scale: tensor<f32> {gradopt.hyper = "loss_scale", gradopt.init = 1024.0 : f64},
                   %t: tensor<f32>, %steps: index, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  %empty = tensor.empty() : tensor<4xf32>
  %s = tensor.extract %scale[] : tensor<f32>
  %seed = linalg.fill ins(%s : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %dh0 = gradopt.scan (%step) to %steps carries(%dh = %seed : tensor<4xf32>)
      inputs(%x_t = reverse %x : tensor<?x4xf32>) {
    // expected-note@+1 {{the scaled gradient}}
    %p = arith.mulf %dh, %x_t : tensor<4xf32>
    // expected-note@+1 {{its clip}}
    %c = gradopt.clip_by_value %p to %t : tensor<4xf32>, tensor<f32>
    gradopt.yield %c : tensor<4xf32>
  }
  %dw = arith.divf %dh0, %seed : tensor<4xf32>
  %g = gradopt.gradient %dw of "w" : tensor<4xf32>
  // expected-error@+1 {{the update of 'w' goes by a gradient that is clipped before it is unscaled}}
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %g, %w1 : tensor<4xf32>, tensor<4xf32>
  %k = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %k : tensor<4xf32>
}

// -----

// A function of the scaled gradient that is no multiple of it.

func.func @not_a_power(%x: tensor<4xf32> {gradopt.input = "x", gradopt.dims = ""},
                       %w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                       %scale: tensor<f32> {gradopt.hyper = "loss_scale", gradopt.init = 1024.0 : f64},
                       %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  %empty = tensor.empty() : tensor<4xf32>
  %s = tensor.extract %scale[] : tensor<f32>
  %seed = linalg.fill ins(%s : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %dw = arith.mulf %seed, %x : tensor<4xf32>
  %bent = math.tanh %dw : tensor<4xf32>
  // expected-note@+1 {{the scaled gradient}}
  %g = gradopt.gradient %bent of "w" : tensor<4xf32>
  // expected-note@+1 {{its clip}}
  %c = gradopt.clip_by_value %g to %t : tensor<4xf32>, tensor<f32>
  // expected-error@+1 {{the update of 'w' goes by a clip of which it cannot be shown that it acts on unscaled gradients}}
  %w1 = gradopt.sgd %w, %c rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %g, %w1 : tensor<4xf32>, tensor<4xf32>
  %k = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %k : tensor<4xf32>
}
