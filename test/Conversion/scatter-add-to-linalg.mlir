// RUN: gradopt-opt %s --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries --cse --canonicalize | FileCheck %s

// One allocation for the table; rows are added in place. (Bufferization leaves a
// copy of each row to itself, which cse and canonicalize remove.)
//
// CHECK-LABEL: func @scatter_add
// CHECK: memref.alloc() {{.*}} : memref<16x4xf32>
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: scf.for
// CHECK: scf.for
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: return
func.func @scatter_add(%dx: tensor<?x?x4xf32>, %i: tensor<?x?xi32>) -> tensor<16x4xf32> {
  %g = gradopt.scatter_add %dx, %i : tensor<?x?x4xf32>, tensor<?x?xi32> -> tensor<16x4xf32>
  return %g : tensor<16x4xf32>
}
