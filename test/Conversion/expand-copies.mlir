// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-expand-copies | FileCheck %s

// A copy is a loop over its elements, whatever the strides.

// CHECK: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @strided
// CHECK-SAME: %[[FROM:[a-z0-9]+]]: memref<?x3xf32, strided<[?, 2], offset: ?>>, %[[TO:[a-z0-9]+]]: memref<?x3xf32>
// CHECK-NEXT: linalg.generic {indexing_maps = [#[[ID]], #[[ID]]], iterator_types = ["parallel", "parallel"]}
// CHECK-SAME: ins(%[[FROM]] : memref<?x3xf32, strided<[?, 2], offset: ?>>) outs(%[[TO]] : memref<?x3xf32>)
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: linalg.yield %[[X]] : f32
// CHECK-NOT: memref.copy
// CHECK: return
func.func @strided(%from: memref<?x3xf32, strided<[?, 2], offset: ?>>, %to: memref<?x3xf32>) {
  memref.copy %from, %to : memref<?x3xf32, strided<[?, 2], offset: ?>> to memref<?x3xf32>
  return
}

// CHECK-LABEL: func.func @scalar_and_nested
// CHECK: scf.for
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #{{.*}}], iterator_types = []}
// CHECK-SAME: ins(%{{.*}} : memref<f64>) outs(%{{.*}} : memref<f64>)
// CHECK-NOT: memref.copy
// CHECK: return
func.func @scalar_and_nested(%from: memref<f64>, %to: memref<f64>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    memref.copy %from, %to : memref<f64> to memref<f64>
  }
  return
}

// -----

func.func @unranked(%from: memref<*xf32>, %to: memref<2xf32>) {
  // expected-error@+1 {{a copy of a buffer whose rank is not known has no loops; cast both to a type with a rank}}
  memref.copy %from, %to : memref<*xf32> to memref<2xf32>
  return
}

// -----

func.func @unranked(%from: memref<2xf32>, %to: memref<*xf32>) {
  // expected-error@+1 {{a copy of a buffer whose rank is not known}}
  memref.copy %from, %to : memref<2xf32> to memref<*xf32>
  return
}
