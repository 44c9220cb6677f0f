// RUN: gradopt-opt %s --gradopt-verify-sizes | FileCheck %s

// Sizes that agree however they are written, and those that do not follow from
// time and batch.

// CHECK-LABEL: func @agrees
// The pass leaves nothing behind of what it asked.
// CHECK-COUNT-2: tensor.dim
// CHECK-NOT: tensor.dim
// CHECK: tensor.dim {{.*}} : tensor<?x3xf32>
func.func @agrees(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x3xf32> {gradopt.state = "h"},
    %n: tensor<?xi32> {gradopt.input = "n", gradopt.dims = "B"},
    %w: tensor<3x3xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<?x3xf32> {gradopt.state = "h"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x3xf32>
  %y, %h1 = gradopt.rnn tanh "a" %x : tensor<?x?x3xf32> lengths(%n : tensor<?xi32>) init(%h0 : tensor<?x3xf32>)
      weights(%w, %w : tensor<3x3xf32>, tensor<3x3xf32>)
      -> tensor<?x?x3xf32>, tensor<?x3xf32>
  %z = arith.addf %y, %x : tensor<?x?x3xf32>
  // T − 1 and 1 more are T.
  %less = arith.subi %T, %c1 : index
  %steps = arith.addi %c1, %less : index
  %h_n = gradopt.scan "cell" (%s) to %steps carries(%hc = %h1 : tensor<?x3xf32>)
      inputs(%x_t = %z : tensor<?x?x3xf32>) {
    %b = tensor.dim %x_t, %c0 : tensor<?x3xf32>
    %e = tensor.empty(%b) : tensor<?x3xf32>
    %zero = linalg.fill ins(%f : f32) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
    %a = linalg.matmul ins(%hc, %w : tensor<?x3xf32>, tensor<3x3xf32>) outs(%zero : tensor<?x3xf32>) -> tensor<?x3xf32>
    gradopt.yield %a : tensor<?x3xf32>
  }
  // A size from the data is not known.
  %v = tensor.extract %n[%c0] : tensor<?xi32>
  %k = arith.index_cast %v : i32 to index
  %e = tensor.empty(%k) : tensor<?x3xf32>
  %other = linalg.add ins(%h_n, %h_n : tensor<?x3xf32>, tensor<?x3xf32>) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  // A constant window, and a table for so many steps, may be too great.
  %window = tensor.extract_slice %x[0, 0, 0] [20, %B, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<20x?x3xf32>
  %table = tensor.empty() : tensor<100x3xf32>
  %positions = tensor.extract_slice %table[0, 0] [%T, 3] [1, 1] : tensor<100x3xf32> to tensor<?x3xf32>
  return %h_n : tensor<?x3xf32>
}

// Without roles nothing is known.
// CHECK-LABEL: func @no_roles
func.func @no_roles(%a: tensor<?xf32>, %b: tensor<4xf32>, %e: tensor<?xf32>) -> tensor<?xf32> {
  %c = tensor.cast %b : tensor<4xf32> to tensor<?xf32>
  %s = arith.addf %a, %c : tensor<?xf32>
  return %s : tensor<?xf32>
}
