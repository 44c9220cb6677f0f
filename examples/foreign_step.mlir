// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// A training step that another compiler, or a person, wrote: a recurrent network of
// ReLU units over eight time steps in plain linalg and scf, its gradients by hand, SGD.
// It only wants clips and guards. For these it says which values are gradients
// (gradopt.gradient), which arguments and results are parameters (gradopt.param)
// and which result is the loss; nothing else in it is gradopt's.

#identity = affine_map<(b, j) -> (b, j)>
#scalar = affine_map<(b, j) -> ()>
#ki = affine_map<(i, j, k) -> (k, i)>
#ik = affine_map<(i, j, k) -> (i, k)>
#kj = affine_map<(i, j, k) -> (k, j)>
#jk = affine_map<(i, j, k) -> (j, k)>
#ij = affine_map<(i, j, k) -> (i, j)>

func.func @step(
    %x: tensor<8x4x3xf32> {gradopt.input = "x"},
    %target: tensor<4x5xf32> {gradopt.input = "target"},
    %w_ih: tensor<3x5xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<5x5xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = identity>})
    -> (tensor<f32> {gradopt.loss},
        tensor<3x5xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
        tensor<5x5xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = identity>}) {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %rate = arith.constant 0.05 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c8 = arith.constant 8 : index
  %no_h = arith.constant dense<0.0> : tensor<4x5xf32>
  %no_ih = arith.constant dense<0.0> : tensor<3x5xf32>
  %no_hh = arith.constant dense<0.0> : tensor<5x5xf32>

  // h(t + 1) = relu(x(t) w_ih + h(t) w_hh); all of them are kept.
  %no_hs = arith.constant dense<0.0> : tensor<9x4x5xf32>
  %hs = scf.for %t = %c0 to %c8 step %c1 iter_args(%hs = %no_hs) -> (tensor<9x4x5xf32>) {
    %x_t = tensor.extract_slice %x[%t, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<8x4x3xf32> to tensor<4x3xf32>
    %h = tensor.extract_slice %hs[%t, 0, 0] [1, 4, 5] [1, 1, 1] : tensor<9x4x5xf32> to tensor<4x5xf32>
    %a = linalg.matmul ins(%x_t, %w_ih : tensor<4x3xf32>, tensor<3x5xf32>) outs(%no_h : tensor<4x5xf32>) -> tensor<4x5xf32>
    %z = linalg.matmul ins(%h, %w_hh : tensor<4x5xf32>, tensor<5x5xf32>) outs(%a : tensor<4x5xf32>) -> tensor<4x5xf32>
    %h1 = arith.maximumf %z, %no_h : tensor<4x5xf32>
    %t1 = arith.addi %t, %c1 : index
    %more = tensor.insert_slice %h1 into %hs[%t1, 0, 0] [1, 4, 5] [1, 1, 1] : tensor<4x5xf32> into tensor<9x4x5xf32>
    scf.yield %more : tensor<9x4x5xf32>
  }

  // loss = sum((h(8) - target)^2) / 2
  %last = tensor.extract_slice %hs[8, 0, 0] [1, 4, 5] [1, 1, 1] : tensor<9x4x5xf32> to tensor<4x5xf32>
  %e = arith.subf %last, %target : tensor<4x5xf32>
  %loss_empty = tensor.empty() : tensor<f32>
  %loss_zero = linalg.fill ins(%zero : f32) outs(%loss_empty : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#identity, #scalar], iterator_types = ["reduction", "reduction"]}
      ins(%e : tensor<4x5xf32>) outs(%loss_zero : tensor<f32>) {
  ^bb0(%e_bj: f32, %sum: f32):
    %0 = arith.mulf %e_bj, %e_bj : f32
    %1 = arith.mulf %0, %half : f32
    %2 = arith.addf %sum, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<f32>

  // Backwards through time.
  %back:3 = scf.for %s = %c0 to %c8 step %c1 iter_args(%dh1 = %e, %dih = %no_ih, %dhh = %no_hh)
      -> (tensor<4x5xf32>, tensor<3x5xf32>, tensor<5x5xf32>) {
    %t = arith.subi %c7, %s : index
    %t1 = arith.addi %t, %c1 : index
    %x_t = tensor.extract_slice %x[%t, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<8x4x3xf32> to tensor<4x3xf32>
    %h = tensor.extract_slice %hs[%t, 0, 0] [1, 4, 5] [1, 1, 1] : tensor<9x4x5xf32> to tensor<4x5xf32>
    %h1 = tensor.extract_slice %hs[%t1, 0, 0] [1, 4, 5] [1, 1, 1] : tensor<9x4x5xf32> to tensor<4x5xf32>
    %on = arith.cmpf ogt, %h1, %no_h : tensor<4x5xf32>
    %dz = arith.select %on, %dh1, %no_h : tensor<4x5xi1>, tensor<4x5xf32>
    %dih1 = linalg.contract indexing_maps = [#ki, #kj, #ij]
        ins(%x_t, %dz : tensor<4x3xf32>, tensor<4x5xf32>) outs(%dih : tensor<3x5xf32>) -> tensor<3x5xf32>
    %dhh1 = linalg.contract indexing_maps = [#ki, #kj, #ij]
        ins(%h, %dz : tensor<4x5xf32>, tensor<4x5xf32>) outs(%dhh : tensor<5x5xf32>) -> tensor<5x5xf32>
    %cleared = linalg.fill ins(%zero : f32) outs(%dh1 : tensor<4x5xf32>) -> tensor<4x5xf32>
    %dh = linalg.contract indexing_maps = [#ik, #jk, #ij]
        ins(%dz, %w_hh : tensor<4x5xf32>, tensor<5x5xf32>) outs(%cleared : tensor<4x5xf32>) -> tensor<4x5xf32>
    scf.yield %dh, %dih1, %dhh1 : tensor<4x5xf32>, tensor<3x5xf32>, tensor<5x5xf32>
  }

  // The two marks, and SGD.
  %g_ih = gradopt.gradient %back#1 of "rnn.weight_ih" group "rnn" : tensor<3x5xf32>
  %g_hh = gradopt.gradient %back#2 of "rnn.weight_hh" group "rnn" : tensor<5x5xf32>
  %w_ih1 = linalg.generic {indexing_maps = [#identity, #identity], iterator_types = ["parallel", "parallel"]}
      ins(%g_ih : tensor<3x5xf32>) outs(%w_ih : tensor<3x5xf32>) {
  ^bb0(%g: f32, %old: f32):
    %0 = arith.mulf %rate, %g : f32
    %1 = arith.subf %old, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<3x5xf32>
  %w_hh1 = linalg.generic {indexing_maps = [#identity, #identity], iterator_types = ["parallel", "parallel"]}
      ins(%g_hh : tensor<5x5xf32>) outs(%w_hh : tensor<5x5xf32>) {
  ^bb0(%g: f32, %old: f32):
    %0 = arith.mulf %rate, %g : f32
    %1 = arith.subf %old, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<5x5xf32>
  return %loss, %w_ih1, %w_hh1 : tensor<f32>, tensor<3x5xf32>, tensor<5x5xf32>
}
