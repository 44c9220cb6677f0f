// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// An LSTM as a user writes it, with parameters and two matmuls of its own for
// each gate, 256 units on 256 features; the loss is the mean of y².

#bj = affine_map<(b, j) -> (b, j)>
#j = affine_map<(b, j) -> (j)>
func.func @lstm_per_gate(
    %x: tensor<?x?x256xf32> {gradopt.input = "x"},
    %w_i: tensor<256x256xf32> {gradopt.param = #gradopt.param<"lstm.w_i", init = uniform(-0.0625, 0.0625)>},
    %u_i: tensor<256x256xf32> {gradopt.param = #gradopt.param<"lstm.u_i", init = uniform(-0.0625, 0.0625)>},
    %b_i: tensor<256xf32> {gradopt.param = #gradopt.param<"lstm.b_i", init = uniform(-0.0625, 0.0625)>},
    %w_f: tensor<256x256xf32> {gradopt.param = #gradopt.param<"lstm.w_f", init = uniform(-0.0625, 0.0625)>},
    %u_f: tensor<256x256xf32> {gradopt.param = #gradopt.param<"lstm.u_f", init = uniform(-0.0625, 0.0625)>},
    %b_f: tensor<256xf32> {gradopt.param = #gradopt.param<"lstm.b_f", init = uniform(-0.0625, 0.0625)>},
    %w_g: tensor<256x256xf32> {gradopt.param = #gradopt.param<"lstm.w_g", init = uniform(-0.0625, 0.0625)>},
    %u_g: tensor<256x256xf32> {gradopt.param = #gradopt.param<"lstm.u_g", init = uniform(-0.0625, 0.0625)>},
    %b_g: tensor<256xf32> {gradopt.param = #gradopt.param<"lstm.b_g", init = uniform(-0.0625, 0.0625)>},
    %w_o: tensor<256x256xf32> {gradopt.param = #gradopt.param<"lstm.w_o", init = uniform(-0.0625, 0.0625)>},
    %u_o: tensor<256x256xf32> {gradopt.param = #gradopt.param<"lstm.u_o", init = uniform(-0.0625, 0.0625)>},
    %b_o: tensor<256xf32> {gradopt.param = #gradopt.param<"lstm.b_o", init = uniform(-0.0625, 0.0625)>})
    -> (tensor<f32> {gradopt.loss}) {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %t0 = arith.constant 0 : index
  %t1 = arith.constant 1 : index
  %T = tensor.dim %x, %t0 : tensor<?x?x256xf32>
  %B = tensor.dim %x, %t1 : tensor<?x?x256xf32>
  %eh = tensor.empty(%B) : tensor<?x256xf32>
  %h0 = linalg.fill ins(%zero : f32) outs(%eh : tensor<?x256xf32>) -> tensor<?x256xf32>
  %h_n, %c_n, %y = gradopt.scan "lstm" (%s) to %T
      carries(%h = %h0 : tensor<?x256xf32>, %c = %h0 : tensor<?x256xf32>)
      inputs(%x_t = %x : tensor<?x?x256xf32>)
      outputs(tensor<?x?x256xf32>) {
    %xi = linalg.matmul ins(%x_t, %w_i : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %hi = linalg.matmul ins(%h, %u_i : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %i = linalg.generic {indexing_maps = [#bj, #bj, #j, #bj], iterator_types = ["parallel", "parallel"]}
        ins(%xi, %hi, %b_i : tensor<?x256xf32>, tensor<?x256xf32>, tensor<256xf32>) outs(%eh : tensor<?x256xf32>) {
    ^bb0(%p: f32, %q: f32, %r: f32, %out: f32):
      %pq = arith.addf %p, %q : f32
      %z = arith.addf %pq, %r : f32
      %zh = arith.mulf %z, %half : f32
      %th = math.tanh %zh : f32
      %ah = arith.mulf %th, %half : f32
      %a = arith.addf %ah, %half : f32
      linalg.yield %a : f32
    } -> tensor<?x256xf32>
    %xf = linalg.matmul ins(%x_t, %w_f : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %hf = linalg.matmul ins(%h, %u_f : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %f = linalg.generic {indexing_maps = [#bj, #bj, #j, #bj], iterator_types = ["parallel", "parallel"]}
        ins(%xf, %hf, %b_f : tensor<?x256xf32>, tensor<?x256xf32>, tensor<256xf32>) outs(%eh : tensor<?x256xf32>) {
    ^bb0(%p: f32, %q: f32, %r: f32, %out: f32):
      %pq = arith.addf %p, %q : f32
      %z = arith.addf %pq, %r : f32
      %zh = arith.mulf %z, %half : f32
      %th = math.tanh %zh : f32
      %ah = arith.mulf %th, %half : f32
      %a = arith.addf %ah, %half : f32
      linalg.yield %a : f32
    } -> tensor<?x256xf32>
    %xg = linalg.matmul ins(%x_t, %w_g : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %hg = linalg.matmul ins(%h, %u_g : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %g = linalg.generic {indexing_maps = [#bj, #bj, #j, #bj], iterator_types = ["parallel", "parallel"]}
        ins(%xg, %hg, %b_g : tensor<?x256xf32>, tensor<?x256xf32>, tensor<256xf32>) outs(%eh : tensor<?x256xf32>) {
    ^bb0(%p: f32, %q: f32, %r: f32, %out: f32):
      %pq = arith.addf %p, %q : f32
      %z = arith.addf %pq, %r : f32
      %a = math.tanh %z : f32
      linalg.yield %a : f32
    } -> tensor<?x256xf32>
    %xo = linalg.matmul ins(%x_t, %w_o : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %ho = linalg.matmul ins(%h, %u_o : tensor<?x256xf32>, tensor<256x256xf32>) outs(%h0 : tensor<?x256xf32>) -> tensor<?x256xf32>
    %o = linalg.generic {indexing_maps = [#bj, #bj, #j, #bj], iterator_types = ["parallel", "parallel"]}
        ins(%xo, %ho, %b_o : tensor<?x256xf32>, tensor<?x256xf32>, tensor<256xf32>) outs(%eh : tensor<?x256xf32>) {
    ^bb0(%p: f32, %q: f32, %r: f32, %out: f32):
      %pq = arith.addf %p, %q : f32
      %z = arith.addf %pq, %r : f32
      %zh = arith.mulf %z, %half : f32
      %th = math.tanh %zh : f32
      %ah = arith.mulf %th, %half : f32
      %a = arith.addf %ah, %half : f32
      linalg.yield %a : f32
    } -> tensor<?x256xf32>
    %fc = arith.mulf %f, %c : tensor<?x256xf32>
    %ig = arith.mulf %i, %g : tensor<?x256xf32>
    %c1 = arith.addf %fc, %ig : tensor<?x256xf32>
    %tc = math.tanh %c1 : tensor<?x256xf32>
    %h1 = arith.mulf %o, %tc : tensor<?x256xf32>
    gradopt.yield %h1, %c1, %h1 : tensor<?x256xf32>, tensor<?x256xf32>, tensor<?x256xf32>
  }
  %e = tensor.empty(%T, %B) : tensor<?x?x256xf32>
  %target = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?x256xf32>) -> tensor<?x?x256xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<?x?x256xf32>, tensor<?x?x256xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
