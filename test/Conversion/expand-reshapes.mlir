// RUN: gradopt-opt %s --gradopt-expand-reshapes | FileCheck %s

// CHECK-LABEL: func.func @two
// CHECK-SAME: %[[X:.+]]: memref<?x2xf32>, %[[T:.+]]: index, %[[B:.+]]: index
// CHECK: %[[BASE:.+]], %{{.+}}, %{{.+}}:2, %[[STRIDES:.+]]:2 = memref.extract_strided_metadata %[[X]]
// CHECK: %[[STRIDE:.+]] = arith.muli %[[STRIDES]]#0, %[[B]]
// CHECK: %[[VIEW:.+]] = memref.reinterpret_cast %[[BASE]] to offset: [0],
// CHECK-SAME: sizes: [%[[T]], %[[B]], 2], strides: [%[[STRIDE]], 2, 1]
// CHECK-SAME: to memref<?x?x2xf32>
// CHECK: return %[[VIEW]]
func.func @two(%x: memref<?x2xf32>, %T: index, %B: index) -> memref<?x?x2xf32> {
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%T, %B, 2]
      : memref<?x2xf32> into memref<?x?x2xf32>
  return %y : memref<?x?x2xf32>
}

// What is not contiguous keeps its offset and strides.
// CHECK-LABEL: func.func @strided
// CHECK-SAME: %[[X:.+]]: memref<{{.+}}>, %[[T:.+]]: index, %[[B:.+]]: index
// CHECK: %[[BASE:.+]], %[[OFFSET:.+]], %{{.+}}:2, %[[STRIDES:.+]]:2 = memref.extract_strided_metadata %[[X]]
// CHECK: %[[STRIDE:.+]] = arith.muli %[[STRIDES]]#1, %[[B]]
// CHECK: memref.reinterpret_cast %[[BASE]] to offset: [%[[OFFSET]]],
// CHECK-SAME: sizes: [2, %[[T]], %[[B]]], strides: [%[[STRIDES]]#0, %[[STRIDE]], %[[STRIDES]]#1]
func.func @strided(%x: memref<2x?xf32, strided<[?, ?], offset: ?>>, %T: index, %B: index)
    -> memref<2x?x?xf32, strided<[?, ?, ?], offset: ?>> {
  %y = memref.expand_shape %x [[0], [1, 2]] output_shape [2, %T, %B]
      : memref<2x?xf32, strided<[?, ?], offset: ?>> into memref<2x?x?xf32, strided<[?, ?, ?], offset: ?>>
  return %y : memref<2x?x?xf32, strided<[?, ?, ?], offset: ?>>
}

// CHECK-LABEL: func.func @one
// CHECK: memref.expand_shape
func.func @one(%x: memref<?x6xf32>, %T: index) -> memref<?x4x2x3xf32> {
  %y = memref.expand_shape %x [[0, 1], [2, 3]] output_shape [%T, 4, 2, 3]
      : memref<?x6xf32> into memref<?x4x2x3xf32>
  return %y : memref<?x4x2x3xf32>
}
