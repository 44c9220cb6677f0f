// RUN: gradopt-opt %s | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --mlir-print-op-generic | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --emit-bytecode | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --convert-gradopt-to-linalg | FileCheck %s --check-prefix=LINALG

// The optimizers, and that each becomes one pass over memory.

// CHECK-LABEL: func @momentum
// CHECK: gradopt.momentum %{{.*}}, %{{.*}}, %{{.*}} rate %{{.*}} {momentum = 9.000000e-01 : f64} : tensor<3x4xf32>, tensor<f64>
// CHECK: gradopt.momentum {{.*}} {momentum = 0.000000e+00 : f64, nesterov} : tensor<3x4xf32>, tensor<f64>
// LINALG-LABEL: func @momentum
// LINALG: %[[R1:.*]]:2 = linalg.generic
// LINALG: %[[R2:.*]]:2 = linalg.generic
// LINALG-NOT: linalg.generic
// LINALG: return %[[R2]]#0, %[[R2]]#1
func.func @momentum(%p: tensor<3x4xf32>, %g: tensor<3x4xf32>, %u: tensor<3x4xf32>, %r: tensor<f64>)
    -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  %p1, %u1 = gradopt.momentum %p, %g, %u rate %r {momentum = 0.9 : f64} : tensor<3x4xf32>, tensor<f64>
  %p2, %u2 = gradopt.momentum %p1, %g, %u1 rate %r {momentum = 0.0 : f64, nesterov} : tensor<3x4xf32>, tensor<f64>
  return %p2, %u2 : tensor<3x4xf32>, tensor<3x4xf32>
}

// A scalar, and one of a dynamic size.
// CHECK-LABEL: func @adamw
// CHECK: gradopt.adamw %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} step %{{.*}} rate %{{.*}} {beta1 = 5.000000e-01 : f64, beta2 = 2.500000e-01 : f64, epsilon = 1.000000e+00 : f64, weight_decay = 0.000000e+00 : f64} : tensor<f64>, tensor<f64>
// LINALG-LABEL: func @adamw
// LINALG: %[[R:.*]]:3 = linalg.generic
// LINALG-NOT: linalg.generic
// LINALG: return %[[R]]#0
func.func @adamw(%p: tensor<f64>, %n: tensor<i64>, %r: tensor<f64>) -> tensor<f64> {
  %p1, %m1, %v1 = gradopt.adamw %p, %p, %p, %p step %n rate %r
      {beta1 = 0.5 : f64, beta2 = 0.25 : f64, epsilon = 1.0 : f64, weight_decay = 0.0 : f64} : tensor<f64>, tensor<f64>
  return %p1 : tensor<f64>
}

// CHECK-LABEL: func @rmsprop
// CHECK: gradopt.rmsprop %{{.*}}, %{{.*}}, %{{.*}} rate %{{.*}} {alpha = 5.000000e-01 : f64, epsilon = 1.000000e+00 : f64} : tensor<?xf32>, tensor<f32>
// LINALG-LABEL: func @rmsprop
// LINALG: %[[R:.*]]:2 = linalg.generic
// LINALG-NOT: linalg.generic
// LINALG: return %[[R]]#0, %[[R]]#1
func.func @rmsprop(%p: tensor<?xf32>, %g: tensor<?xf32>, %v: tensor<?xf32>, %r: tensor<f32>)
    -> (tensor<?xf32>, tensor<?xf32>) {
  %p1, %v1 = gradopt.rmsprop %p, %g, %v rate %r {alpha = 0.5 : f64, epsilon = 1.0 : f64} : tensor<?xf32>, tensor<f32>
  return %p1, %v1 : tensor<?xf32>, tensor<?xf32>
}
