// RUN: gradopt-opt %s --gradopt-bound-slices --split-input-file --verify-diagnostics | FileCheck %s

// What is provably inside stays as it is: all of a dimension, in a body as
// well, and an offset that is computed from sizes.
// CHECK-LABEL: func @inside
// CHECK-NOT: arith.m
// CHECK: return
func.func @inside(%x: tensor<?x?x8xf32> {gradopt.input = "x"}, %h0: tensor<?x4xf32> {gradopt.state = "h"}) -> (tensor<?x4xf32> {gradopt.state = "h"}, tensor<?x?x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x8xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x8xf32>
  %h = gradopt.scan (%s) to %T carries(%hc = %h0 : tensor<?x4xf32>) inputs(%x_t = %x : tensor<?x?x8xf32>) {
    %gate = tensor.extract_slice %x_t[0, 4] [%B, 4] [1, 1] : tensor<?x8xf32> to tensor<?x4xf32>
    gradopt.yield %gate : tensor<?x4xf32>
  }
  %more = arith.addi %T, %T : index
  %both = tensor.empty(%more, %B) : tensor<?x?x8xf32>
  %second = tensor.insert_slice %x into %both[%T, 0, 0] [%T, %B, 8] [1, 1, 1] : tensor<?x?x8xf32> into tensor<?x?x8xf32>
  return %h, %second : tensor<?x4xf32>, tensor<?x?x8xf32>
}

// The offset is moved; a length that fits stays.
// CHECK-LABEL: func @offset
// CHECK-SAME: %[[X:.*]]: tensor<5x8xf32>, %[[I:.*]]: index
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[LAST:.*]] = arith.subi
// CHECK: %[[MIN:.*]] = arith.minsi %[[I]], %[[LAST]]
// CHECK: %[[AT:.*]] = arith.maxsi %[[MIN]], %[[ZERO]]
// CHECK: tensor.extract_slice %[[X]][%[[AT]], 0] [2, 8] [1, 1] : tensor<5x8xf32> to tensor<2x8xf32>
func.func @offset(%x: tensor<5x8xf32>, %i: index) -> tensor<2x8xf32> {
  %s = tensor.extract_slice %x[%i, 0] [2, 8] [1, 1] : tensor<5x8xf32> to tensor<2x8xf32>
  return %s : tensor<2x8xf32>
}

// -----

func.func @stride(%x: tensor<?xf32>, %i: index) -> tensor<2xf32> {
  // expected-error @below {{has a stride that is not a positive constant in dimension #0: it cannot be kept inside of the tensor}}
  %s = tensor.extract_slice %x[0] [2] [%i] : tensor<?xf32> to tensor<2xf32>
  return %s : tensor<2xf32>
}
