// RUN: gradopt-opt %s --gradopt-simplify-slices | FileCheck %s
// What is simplified stays as it is.
// RUN: gradopt-opt %s --gradopt-simplify-slices > %t
// RUN: gradopt-opt %t --gradopt-simplify-slices --canonicalize --cse --gradopt-simplify-slices --canonicalize --cse > %t2
// RUN: gradopt-opt %t --canonicalize --cse | diff - %t2

// A sum of zeros with pieces.

// CHECK-LABEL: func @gates
// CHECK-SAME:    (%[[A:.*]]: tensor<?x4xf32>, %[[B:.*]]: tensor<?x4xf32>, %[[C:.*]]: tensor<?x4xf32>)
// CHECK:         %[[D:.*]] = tensor.dim %[[A]], %
// CHECK-NOT:     linalg.fill
// CHECK:         %[[E:.*]] = tensor.empty(%[[D]]) : tensor<?x12xf32>
// CHECK-NEXT:    %[[I0:.*]] = tensor.insert_slice %[[A]] into %[[E]][0, 0] [%[[D]], 4]
// CHECK-NEXT:    %[[I1:.*]] = tensor.insert_slice %[[B]] into %[[I0]][0, 8] [%[[D]], 4]
// CHECK-NEXT:    %[[I2:.*]] = tensor.insert_slice %[[C]] into %[[I1]][0, 4] [%[[D]], 4]
// CHECK-NEXT:    return %[[I2]]
func.func @gates(%a: tensor<?x4xf32>, %b: tensor<?x4xf32>, %c: tensor<?x4xf32>) -> tensor<?x12xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %d = tensor.dim %a, %c0 : tensor<?x4xf32>
  %e = tensor.empty(%d) : tensor<?x12xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x12xf32>) -> tensor<?x12xf32>
  %pa = tensor.insert_slice %a into %z[0, 0] [%d, 4] [1, 1] : tensor<?x4xf32> into tensor<?x12xf32>
  %pb = tensor.insert_slice %b into %z[0, 8] [%d, 4] [1, 1] : tensor<?x4xf32> into tensor<?x12xf32>
  %pc = tensor.insert_slice %c into %z[0, 4] [%d, 4] [1, 1] : tensor<?x4xf32> into tensor<?x12xf32>
  %s = arith.addf %pa, %pb : tensor<?x12xf32>
  %t = linalg.add ins(%s, %pc : tensor<?x12xf32>, tensor<?x12xf32>) outs(%e : tensor<?x12xf32>) -> tensor<?x12xf32>
  return %t : tensor<?x12xf32>
}

// What no piece covers stays zero.
// CHECK-LABEL: func @partly_covered
// CHECK:         %[[Z:.*]] = arith.constant dense<0.0
// CHECK:         %[[I0:.*]] = tensor.insert_slice %{{.*}} into %[[Z]][0, 0] [2, 3]
// CHECK-NEXT:    %[[I1:.*]] = tensor.insert_slice %{{.*}} into %[[I0]][0, 4] [2, 3]
// CHECK-NEXT:    return %[[I1]]
func.func @partly_covered(%a: tensor<2x3xf64>, %b: tensor<2x3xf64>) -> tensor<2x7xf64> {
  %z = arith.constant dense<0.0> : tensor<2x7xf64>
  %pa = tensor.insert_slice %a into %z[0, 0] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x7xf64>
  %pb = tensor.insert_slice %b into %z[0, 4] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x7xf64>
  %s = arith.addf %pa, %pb : tensor<2x7xf64>
  return %s : tensor<2x7xf64>
}

// Pieces of the same elements are added themselves.
// CHECK-LABEL: func @same_slice
// CHECK-SAME:    (%[[A:.*]]: tensor<2x3xf64>, %[[B:.*]]: tensor<2x3xf64>)
// CHECK:         %[[S:.*]] = arith.addf %[[A]], %[[B]] : tensor<2x3xf64>
// CHECK:         tensor.insert_slice %[[S]] into %{{.*}}[0, 4] [2, 3]
// CHECK-NOT:     arith.addf
func.func @same_slice(%a: tensor<2x3xf64>, %b: tensor<2x3xf64>) -> tensor<2x7xf64> {
  %z = arith.constant dense<0.0> : tensor<2x7xf64>
  %pa = tensor.insert_slice %a into %z[0, 4] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x7xf64>
  %pb = tensor.insert_slice %b into %z[0, 4] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x7xf64>
  %s = arith.addf %pa, %pb : tensor<2x7xf64>
  return %s : tensor<2x7xf64>
}

// CHECK-LABEL: func @overlap
// CHECK:         arith.addf %{{.*}} : tensor<2x7xf64>
func.func @overlap(%a: tensor<2x3xf64>, %b: tensor<2x3xf64>) -> tensor<2x7xf64> {
  %z = arith.constant dense<0.0> : tensor<2x7xf64>
  %pa = tensor.insert_slice %a into %z[0, 1] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x7xf64>
  %pb = tensor.insert_slice %b into %z[0, 3] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x7xf64>
  %s = arith.addf %pa, %pb : tensor<2x7xf64>
  return %s : tensor<2x7xf64>
}

// Where a slice is is not known.
// CHECK-LABEL: func @unknown_place
// CHECK:         arith.addf %{{.*}} : tensor<2x7xf64>
func.func @unknown_place(%a: tensor<2x3xf64>, %b: tensor<2x3xf64>, %i: index) -> tensor<2x7xf64> {
  %z = arith.constant dense<0.0> : tensor<2x7xf64>
  %pa = tensor.insert_slice %a into %z[0, 0] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x7xf64>
  %pb = tensor.insert_slice %b into %z[0, %i] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x7xf64>
  %s = arith.addf %pa, %pb : tensor<2x7xf64>
  return %s : tensor<2x7xf64>
}

// Ones are no zeros.
// CHECK-LABEL: func @ones
// CHECK:         arith.addf %{{.*}} : tensor<2x6xf64>
func.func @ones(%a: tensor<2x3xf64>, %b: tensor<2x3xf64>) -> tensor<2x6xf64> {
  %z = arith.constant dense<1.0> : tensor<2x6xf64>
  %pa = tensor.insert_slice %a into %z[0, 0] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x6xf64>
  %pb = tensor.insert_slice %b into %z[0, 3] [2, 3] [1, 1] : tensor<2x3xf64> into tensor<2x6xf64>
  %s = arith.addf %pa, %pb : tensor<2x6xf64>
  return %s : tensor<2x6xf64>
}

// Slices of what was put together.

// CHECK-LABEL: func @pieces
// CHECK-SAME:    (%[[X:.*]]: tensor<2x9xf32>, %[[A:.*]]: tensor<2x3xf32>, %[[B:.*]]: tensor<2x4xf32>)
// CHECK-DAG:     %[[IN:.*]] = tensor.extract_slice %[[B]][0, 1] [2, 2]
// CHECK-DAG:     %[[BASE:.*]] = tensor.extract_slice %[[X]][0, 7] [2, 2]
// CHECK-DAG:     %[[ACROSS:.*]] = tensor.extract_slice %{{.*}}[0, 2] [2, 2]
// CHECK:         return %[[A]], %[[IN]], %[[BASE]], %[[ACROSS]]
func.func @pieces(%x: tensor<2x9xf32>, %a: tensor<2x3xf32>, %b: tensor<2x4xf32>) -> (tensor<2x3xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
  %0 = tensor.insert_slice %a into %x[0, 0] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x9xf32>
  %1 = tensor.insert_slice %b into %0[0, 3] [2, 4] [1, 1] : tensor<2x4xf32> into tensor<2x9xf32>
  %piece = tensor.extract_slice %1[0, 0] [2, 3] [1, 1] : tensor<2x9xf32> to tensor<2x3xf32>
  %inside = tensor.extract_slice %1[0, 4] [2, 2] [1, 1] : tensor<2x9xf32> to tensor<2x2xf32>
  %base = tensor.extract_slice %1[0, 7] [2, 2] [1, 1] : tensor<2x9xf32> to tensor<2x2xf32>
  %across = tensor.extract_slice %1[0, 2] [2, 2] [1, 1] : tensor<2x9xf32> to tensor<2x2xf32>
  return %piece, %inside, %base, %across : tensor<2x3xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
}

// The later piece is the one that is there.
// CHECK-LABEL: func @later
// CHECK-SAME:    %[[B:[a-z0-9]*]]: tensor<3xi32>)
// CHECK:         return %[[B]]
func.func @later(%x: tensor<9xi32>, %a: tensor<3xi32>, %b: tensor<3xi32>) -> tensor<3xi32> {
  %0 = tensor.insert_slice %a into %x[1] [3] [1] : tensor<3xi32> into tensor<9xi32>
  %1 = tensor.insert_slice %b into %0[1] [3] [1] : tensor<3xi32> into tensor<9xi32>
  %r = tensor.extract_slice %1[1] [3] [1] : tensor<9xi32> to tensor<3xi32>
  return %r : tensor<3xi32>
}

// A row without its dimension of size 1.
// CHECK-LABEL: func @row
// CHECK-SAME:    %[[A:[a-z0-9]*]]: tensor<5xf32>)
// CHECK:         %[[S:.*]] = tensor.extract_slice %{{.*}}[2, 1] [1, 2] [1, 1] : tensor<4x5xf32> to tensor<2xf32>
// CHECK:         return %[[A]], %[[S]]
func.func @row(%x: tensor<4x5xf32>, %a: tensor<5xf32>) -> (tensor<5xf32>, tensor<2xf32>) {
  %0 = tensor.insert_slice %a into %x[2, 0] [1, 5] [1, 1] : tensor<5xf32> into tensor<4x5xf32>
  %r = tensor.extract_slice %0[2, 0] [1, 5] [1, 1] : tensor<4x5xf32> to tensor<5xf32>
  %s = tensor.extract_slice %0[2, 1] [1, 2] [1, 1] : tensor<4x5xf32> to tensor<2xf32>
  return %r, %s : tensor<5xf32>, tensor<2xf32>
}

// CHECK-LABEL: func @strides
// CHECK:         tensor.insert_slice
// CHECK:         tensor.extract_slice
func.func @strides(%x: tensor<8xf32>, %a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tensor.insert_slice %a into %x[0] [4] [2] : tensor<4xf32> into tensor<8xf32>
  %r = tensor.extract_slice %0[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
  return %r : tensor<4xf32>
}
