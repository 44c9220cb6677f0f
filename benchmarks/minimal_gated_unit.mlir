// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// A minimal gated unit (Zhou et al. 2016) as a user writes it, 256 units on 256
// features; the loss is the mean of y².
//   f = σ(x W_f + h U_f + b_f),  n = tanh(x W_n + (f∘h) U_n + b_n),
//   h' = (1 − f)∘h + f∘n

#bj = affine_map<(b, j) -> (b, j)>
#j = affine_map<(b, j) -> (j)>
func.func @minimal_gated_unit(
    %x: tensor<?x?x256xf32> {gradopt.input = "x"},
    %w_f: tensor<256x256xf32> {gradopt.param = #gradopt.param<"mgu.w_f", init = uniform(-0.06, 0.06)>},
    %u_f: tensor<256x256xf32> {gradopt.param = #gradopt.param<"mgu.u_f", init = uniform(-0.06, 0.06)>},
    %b_f: tensor<256xf32> {gradopt.param = #gradopt.param<"mgu.b_f", init = uniform(-0.06, 0.06)>},
    %w_n: tensor<256x256xf32> {gradopt.param = #gradopt.param<"mgu.w_n", init = uniform(-0.06, 0.06)>},
    %u_n: tensor<256x256xf32> {gradopt.param = #gradopt.param<"mgu.u_n", init = uniform(-0.06, 0.06)>},
    %b_n: tensor<256xf32> {gradopt.param = #gradopt.param<"mgu.b_n", init = uniform(-0.06, 0.06)>})
    -> (tensor<f32> {gradopt.loss}) {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %t0 = arith.constant 0 : index
  %t1 = arith.constant 1 : index
  %T = tensor.dim %x, %t0 : tensor<?x?x256xf32>
  %B = tensor.dim %x, %t1 : tensor<?x?x256xf32>
  %eh = tensor.empty(%B) : tensor<?x256xf32>
  %h0 = linalg.fill ins(%zero : f32) outs(%eh : tensor<?x256xf32>) -> tensor<?x256xf32>
  %h_n, %y = gradopt.scan "mgu" (%s) to %T
      carries(%h = %h0 : tensor<?x256xf32>)
      inputs(%x_t = %x : tensor<?x?x256xf32>)
      outputs(tensor<?x?x256xf32>) {
    %xf = linalg.matmul ins(%x_t, %w_f : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %hf = linalg.matmul ins(%h, %u_f : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %f = linalg.generic {indexing_maps = [#bj, #bj, #j, #bj], iterator_types = ["parallel", "parallel"]}
        ins(%xf, %hf, %b_f : tensor<?x256xf32>, tensor<?x256xf32>, tensor<256xf32>) outs(%eh : tensor<?x256xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
      %ab = arith.addf %a, %b : f32
      %z = arith.addf %ab, %c : f32
      %zh = arith.mulf %z, %half : f32
      %th = math.tanh %zh : f32
      %p = arith.mulf %th, %half : f32
      %r = arith.addf %p, %half : f32
      linalg.yield %r : f32
    } -> tensor<?x256xf32>
    %fh = arith.mulf %f, %h : tensor<?x256xf32>
    %xn = linalg.matmul ins(%x_t, %w_n : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %hn = linalg.matmul ins(%fh, %u_n : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %n = linalg.generic {indexing_maps = [#bj, #bj, #j, #bj], iterator_types = ["parallel", "parallel"]}
        ins(%xn, %hn, %b_n : tensor<?x256xf32>, tensor<?x256xf32>, tensor<256xf32>) outs(%eh : tensor<?x256xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
      %ab = arith.addf %a, %b : f32
      %z = arith.addf %ab, %c : f32
      %r = math.tanh %z : f32
      linalg.yield %r : f32
    } -> tensor<?x256xf32>
    %h1 = linalg.generic {indexing_maps = [#bj, #bj, #bj, #bj], iterator_types = ["parallel", "parallel"]}
        ins(%f, %h, %n : tensor<?x256xf32>, tensor<?x256xf32>, tensor<?x256xf32>) outs(%eh : tensor<?x256xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
      %rest = arith.subf %one, %a : f32
      %kept = arith.mulf %rest, %b : f32
      %new = arith.mulf %a, %c : f32
      %r = arith.addf %kept, %new : f32
      linalg.yield %r : f32
    } -> tensor<?x256xf32>
    gradopt.yield %h1, %h1 : tensor<?x256xf32>, tensor<?x256xf32>
  }
  %e = tensor.empty(%T, %B) : tensor<?x?x256xf32>
  %target = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?x256xf32>) -> tensor<?x?x256xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<?x?x256xf32>, tensor<?x?x256xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
