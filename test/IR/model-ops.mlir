// RUN: gradopt-opt %s | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --mlir-print-op-generic | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --emit-bytecode | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: func.func @random
// CHECK: gradopt.dropout %{{.*}} rate 5.000000e-01 id 1 key(%{{.*}}, %{{.*}}) : tensor<?x?x4xf32>
// CHECK: gradopt.dropout %{{.*}} rate 0.000000e+00 id 2 key(%{{.*}}, %{{.*}}) index(%{{.*}}) : tensor<?x?x4xf32>
// CHECK: gradopt.zoneout %{{.*}}, %{{.*}} rate 1.000000e-01 id 3 key(%{{.*}}, %{{.*}}) index(%{{.*}}) : tensor<?x?x4xf32>
// CHECK: gradopt.zoneout %{{.*}}, %{{.*}} rate 0.000000e+00 id 4 key(%{{.*}}, %{{.*}}) : tensor<?x?x4xf32>

// A rate of 0 chooses nothing.
// FOLD-LABEL: func.func @random
// FOLD-NEXT: %[[D:.*]] = gradopt.dropout %arg0 rate 5.000000e-01
// FOLD-NEXT: %[[Z:.*]] = gradopt.zoneout %[[D]], %arg0 rate 1.000000e-01
// FOLD-NEXT: return %[[Z]]
func.func @random(%x: tensor<?x?x4xf32>, %key: tensor<2xi64>, %n: tensor<i64>, %s: index) -> tensor<?x?x4xf32> {
  %0 = gradopt.dropout %x rate 0.5 id 1 key(%key, %n) : tensor<?x?x4xf32>
  %1 = gradopt.dropout %0 rate 0.0 id 2 key(%key, %n) index(%s) : tensor<?x?x4xf32>
  %2 = gradopt.zoneout %1, %x rate 0.1 id 3 key(%key, %n) index(%s) : tensor<?x?x4xf32>
  %3 = gradopt.zoneout %2, %x rate 0.0 id 4 key(%key, %n) : tensor<?x?x4xf32>
  return %3 : tensor<?x?x4xf32>
}

// CHECK-LABEL: func.func @lengths
// CHECK: gradopt.cross_entropy %{{.*}}, %{{.*}} lengths(%{{.*}} : tensor<?xi32>) : tensor<?x?x5xf32>, tensor<?x?xi64> -> tensor<f32>
// CHECK: gradopt.mean_squared_error %{{.*}}, %{{.*}} lengths(%{{.*}} : tensor<?xi32>) : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
func.func @lengths(%x: tensor<?x?x5xf32>, %t: tensor<?x?xi64>, %l: tensor<?xi32>) -> (tensor<f32>, tensor<f32>) {
  %0 = gradopt.cross_entropy %x, %t lengths(%l : tensor<?xi32>) : tensor<?x?x5xf32>, tensor<?x?xi64> -> tensor<f32>
  %1 = gradopt.mean_squared_error %x, %x lengths(%l : tensor<?xi32>) : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return %0, %1 : tensor<f32>, tensor<f32>
}
