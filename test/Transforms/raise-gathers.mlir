// RUN: gradopt-opt %s --gradopt-raise-gathers --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @rows
// CHECK: %[[I:.*]] = tensor.collapse_shape %arg1 {{\[}}[0], [1, 2]] : tensor<?x?x1xi32> into tensor<?x?xi32>
// CHECK: %[[E:.*]] = gradopt.embedding %arg0, %[[I]] : tensor<7x4xf32>, tensor<?x?xi32> -> tensor<?x?x4xf32>
// CHECK: return %[[E]]
func.func @rows(%table: tensor<7x4xf32>, %i: tensor<?x?x1xi32>) -> tensor<?x?x4xf32> {
  %0 = tensor.gather %table[%i] gather_dims([0]) : (tensor<7x4xf32>, tensor<?x?x1xi32>) -> tensor<?x?x4xf32>
  return %0 : tensor<?x?x4xf32>
}

// The gathered dimension stays as 1; indices of type index.
// CHECK-LABEL: func.func @kept
// CHECK: %[[I:.*]] = tensor.collapse_shape %arg1 {{\[}}[0, 1]] : tensor<?x1xindex> into tensor<?xindex>
// CHECK: %[[J:.*]] = arith.index_cast %[[I]] : tensor<?xindex> to tensor<?xi64>
// CHECK: %[[E:.*]] = gradopt.embedding %arg0, %[[J]] : tensor<7x4xf64>, tensor<?xi64> -> tensor<?x4xf64>
// CHECK: tensor.expand_shape %[[E]] {{\[}}[0], [1, 2]] output_shape [%{{.*}}, 1, 4] : tensor<?x4xf64> into tensor<?x1x4xf64>
func.func @kept(%table: tensor<7x4xf64>, %i: tensor<?x1xindex>) -> tensor<?x1x4xf64> {
  %0 = tensor.gather %table[%i] gather_dims([0]) : (tensor<7x4xf64>, tensor<?x1xindex>) -> tensor<?x1x4xf64>
  return %0 : tensor<?x1x4xf64>
}

// One row, by a small integer.
// CHECK-LABEL: func.func @one
// CHECK: %[[I:.*]] = tensor.collapse_shape %arg1 [] : tensor<1xi8> into tensor<i8>
// CHECK: %[[J:.*]] = arith.extsi %[[I]] : tensor<i8> to tensor<i64>
// CHECK: gradopt.embedding %arg0, %[[J]] : tensor<7x4xf32>, tensor<i64> -> tensor<4xf32>
func.func @one(%table: tensor<7x4xf32>, %i: tensor<1xi8>) -> tensor<4xf32> {
  %0 = tensor.gather %table[%i] gather_dims([0]) : (tensor<7x4xf32>, tensor<1xi8>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Integers have no derivative.
// CHECK-LABEL: func.func @integers
// CHECK: tensor.gather
func.func @integers(%table: tensor<7x4xi32>, %i: tensor<5x1xi32>) -> tensor<5x7xi32> {
  %0 = tensor.gather %table[%i] gather_dims([1]) : (tensor<7x4xi32>, tensor<5x1xi32>) -> tensor<5x7xi32>
  return %0 : tensor<5x7xi32>
}

// -----

func.func @columns(%table: tensor<7x4xf32>, %i: tensor<5x1xi32>) -> tensor<5x7xf32> {
  // expected-error @+1 {{'tensor.gather' op does not take whole rows of a table of f32 or f64 with two static dimensions, one row for each index; only that has a lowering, as gradopt.embedding}}
  %0 = tensor.gather %table[%i] gather_dims([1]) : (tensor<7x4xf32>, tensor<5x1xi32>) -> tensor<5x7xf32>
  return %0 : tensor<5x7xf32>
}

// -----

func.func @elements(%table: tensor<7x4xf32>, %i: tensor<5x2xi32>) -> tensor<5xf32> {
  // expected-error @+1 {{does not take whole rows}}
  %0 = tensor.gather %table[%i] gather_dims([0, 1]) : (tensor<7x4xf32>, tensor<5x2xi32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

func.func @dynamic(%table: tensor<?x4xf32>, %i: tensor<5x1xi32>) -> tensor<5x4xf32> {
  // expected-error @+1 {{does not take whole rows}}
  %0 = tensor.gather %table[%i] gather_dims([0]) : (tensor<?x4xf32>, tensor<5x1xi32>) -> tensor<5x4xf32>
  return %0 : tensor<5x4xf32>
}

// -----

func.func @half(%table: tensor<7x4xf16>, %i: tensor<5x1xi32>) -> tensor<5x4xf16> {
  // expected-error @+1 {{does not take whole rows}}
  %0 = tensor.gather %table[%i] gather_dims([0]) : (tensor<7x4xf16>, tensor<5x1xi32>) -> tensor<5x4xf16>
  return %0 : tensor<5x4xf16>
}
