// RUN: gradopt-opt %s --gradopt-prepare-model --split-input-file | FileCheck %s

// Private functions go, into the body of a scan as well; a public one stays, and is
// inlined all the same.
// CHECK-NOT: func.func private
// CHECK-LABEL: func.func @scale
// CHECK-LABEL: func.func @loss
// CHECK: %[[E:.*]] = gradopt.embedding
// CHECK: gradopt.scan
// CHECK-NOT: call
// CHECK: arith.mulf
// CHECK: math.tanh
// CHECK: gradopt.yield
func.func private @cell(%x: tensor<3xf32>, %h: tensor<3xf32>) -> tensor<3xf32> {
  %g = gradopt.gradient %h of "inner" : tensor<3xf32>
  %s = call @scale(%g) : (tensor<3xf32>) -> tensor<3xf32>
  %a = arith.addf %x, %s : tensor<3xf32>
  %b = math.tanh %a : tensor<3xf32>
  return %b : tensor<3xf32>
}
func.func @scale(%h: tensor<3xf32>) -> tensor<3xf32> {
  %a = arith.mulf %h, %h : tensor<3xf32>
  return %a : tensor<3xf32>
}
func.func @loss(%table: tensor<7x3xf32>, %i: tensor<5x1xi32>, %h0: tensor<3xf32>) -> tensor<3xf32> {
  %c5 = arith.constant 5 : index
  %x = tensor.gather %table[%i] gather_dims([0]) : (tensor<7x3xf32>, tensor<5x1xi32>) -> tensor<5x3xf32>
  %h_n = gradopt.scan (%s) to %c5 carries(%h = %h0 : tensor<3xf32>) inputs(%x_t = %x : tensor<5x3xf32>) {
    %h1 = func.call @cell(%x_t, %h) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    gradopt.yield %h1 : tensor<3xf32>
  }
  return %h_n : tensor<3xf32>
}

// -----

// A body has one block, and a record stands in a function.
// CHECK-LABEL: func.func @stays
// CHECK: gradopt.scan
// CHECK: call @blocks
// CHECK: call @records
func.func private @blocks(%c: i1, %x: tensor<3xf32>) -> tensor<3xf32> {
  cf.cond_br %c, ^a, ^b
^a:
  return %x : tensor<3xf32>
^b:
  %y = math.tanh %x : tensor<3xf32>
  return %y : tensor<3xf32>
}
func.func private @records(%x: tensor<3xf32>) -> tensor<3xf32> {
  gradopt.record "watched/x/values", %x : tensor<3xf32>
  return %x : tensor<3xf32>
}
func.func @stays(%c: i1, %h0: tensor<3xf32>) -> tensor<3xf32> {
  %c5 = arith.constant 5 : index
  %h_n = gradopt.scan (%s) to %c5 carries(%h = %h0 : tensor<3xf32>) {
    %h1 = func.call @blocks(%c, %h) : (i1, tensor<3xf32>) -> tensor<3xf32>
    %h2 = func.call @records(%h1) : (tensor<3xf32>) -> tensor<3xf32>
    gradopt.yield %h2 : tensor<3xf32>
  }
  return %h_n : tensor<3xf32>
}
