// RUN: gradopt-opt %s | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --mlir-print-op-generic | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --emit-bytecode | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --cse --canonicalize | FileCheck %s --check-prefix=PURE

// CHECK-LABEL: func @rows
func.func @rows(%a: tensor<5xf64>, %b: tensor<?x4xf32>, %c: tensor<?x3x0xf32>, %t: tensor<f32>, %u: tensor<f64>) {
  // CHECK: gradopt.clip_by_norm l1 rows %{{.*}} to %{{.*}} : tensor<5xf64>, tensor<f64> -> tensor<f64>
  %0, %n0 = gradopt.clip_by_norm l1 rows %a to %u : tensor<5xf64>, tensor<f64> -> tensor<f64>
  // CHECK: gradopt.clip_by_norm l2 rows %{{.*}} to %{{.*}} : tensor<?x4xf32>, tensor<f64> -> tensor<?xf64>
  %1, %n1 = gradopt.clip_by_norm l2 rows %b to %u : tensor<?x4xf32>, tensor<f64> -> tensor<?xf64>
  // CHECK: gradopt.clip_by_norm linf rows %{{.*}} to %{{.*}} : tensor<?x3x0xf32>, tensor<f32> -> tensor<?x3xf32>
  %2, %n2 = gradopt.clip_by_norm linf rows %c to %t : tensor<?x3x0xf32>, tensor<f32> -> tensor<?x3xf32>
  return
}

// CHECK-LABEL: func @cotangents
// PURE-LABEL: func @cotangents
// PURE-NEXT: return
func.func @cotangents(%a: tensor<f32>, %b: tensor<?x4xf32>, %t: tensor<f32>, %u: tensor<f64>) {
  // CHECK: gradopt.clip_cotangent value %{{.*}} to %{{.*}} : tensor<f32>, tensor<f32>
  %0 = gradopt.clip_cotangent value %a to %t : tensor<f32>, tensor<f32>
  // CHECK: gradopt.clip_cotangent l2 %{{.*}} to %{{.*}} : tensor<?x4xf32>, tensor<f64>
  %1 = gradopt.clip_cotangent l2 %b to %u : tensor<?x4xf32>, tensor<f64>
  // CHECK: gradopt.clip_cotangent linf whole %{{.*}} to %{{.*}} : tensor<?x4xf32>, tensor<f32>
  %2 = gradopt.clip_cotangent linf whole %b to %t : tensor<?x4xf32>, tensor<f32>
  // CHECK: gradopt.clip_cotangent l1 whole %{{.*}} to %{{.*}} : tensor<f32>, tensor<f32>
  %3 = gradopt.clip_cotangent l1 whole %a to %t : tensor<f32>, tensor<f32>
  return
}

// CHECK-LABEL: func @placements
// CHECK-SAME: r0 = #gradopt.clip<norm, threshold = 5.000000e+00, at = time_step>
// CHECK-SAME: r1 = #gradopt.clip<norm, threshold = 5.000000e+00, p = l1, at = chunk, every = 16>
// CHECK-SAME: r2 = #gradopt.clip<value, threshold = 1.000000e+00, at = gate>
// CHECK-SAME: r3 = #gradopt.clip<norm, threshold = 1.000000e+00>
func.func @placements() attributes {
  test.r0 = #gradopt.clip<norm, threshold = 5.0, at = time_step>,
  test.r1 = #gradopt.clip<norm, every = 16, at = chunk, threshold = 5.0, p = l1>,
  test.r2 = #gradopt.clip<value, threshold = 1.0, at = gate>,
  test.r3 = #gradopt.clip<norm, threshold = 1.0, at = gradient>
} {
  return
}
