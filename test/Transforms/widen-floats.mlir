// RUN: gradopt-opt %s --gradopt-widen-floats | FileCheck %s --implicit-check-not=f32
// RUN: gradopt-opt %s --gradopt-widen-floats --mlir-print-local-scope --mlir-print-debuginfo | FileCheck %s --check-prefix=LOC

// The types of a model and of its loops; constants keep their values.
//
// CHECK-LABEL: func @model(
// CHECK-SAME: %{{.*}}: tensor<?x4xf64>, %{{.*}}: tensor<f64> {gradopt.hyper = "learning_rate", gradopt.init = 1.250000e-01 : f64}
// CHECK-SAME: -> tensor<?x4xf64>
// CHECK-DAG: arith.constant 1.250000e-01 : f64
// CHECK-DAG: arith.constant dense<{{\[}}1.000000e+00, -2.500000e-01, 3.000000e+00, 1.250000e-01]> : tensor<4xf64>
// CHECK-DAG: arith.constant dense<5.000000e-01> : tensor<4xf64>
// CHECK-DAG: arith.constant dense<0x7FF0000000000000> : tensor<f64>
// CHECK-DAG: arith.constant dense<{{\[}}1.000000e+00, 2.000000e+00]> : tensor<2xf64>
// CHECK: gradopt.scan
// CHECK-SAME: tensor<?x4xf64>
// CHECK: linalg.generic
// CHECK: ^bb0(%{{.*}}: f64, %{{.*}}: f64, %{{.*}}: f64)
func.func @model(%h0: tensor<?x4xf32>, %lr: tensor<f32> {gradopt.hyper = "learning_rate", gradopt.init = 0.125 : f32}, %T: index) -> tensor<?x4xf32> {
  %scalar = arith.constant 0.125 : f32
  %dense = arith.constant dense<[1.0, -0.25, 3.0, 0.125]> : tensor<4xf32>
  %splat = arith.constant dense<0.5> : tensor<4xf32>
  %infinity = arith.constant dense<0x7F800000> : tensor<f32>
  %resource = arith.constant dense_resource<weights> : tensor<2xf32>
  %h = gradopt.scan "rnn" (%s) to %T carries(%c = %h0 : tensor<?x4xf32>) {
    %n = linalg.generic {indexing_maps = [affine_map<(b, k) -> (b, k)>, affine_map<(b, k) -> (k)>, affine_map<(b, k) -> (b, k)>],
                         iterator_types = ["parallel", "parallel"]}
        ins(%c, %dense : tensor<?x4xf32>, tensor<4xf32>) outs(%c : tensor<?x4xf32>) {
    ^bb0(%x: f32, %y: f32, %o: f32):
      %z = arith.mulf %x, %y : f32
      linalg.yield %z : f32
    } -> tensor<?x4xf32>
    gradopt.yield %n : tensor<?x4xf32>
  }
  return %h : tensor<?x4xf32>
}

// Conversions between the two types disappear; others change their types.
//
// CHECK-LABEL: func @conversions(
// CHECK-SAME: %[[X:.*]]: f64, %[[H:.*]]: f16)
// CHECK-NEXT: %[[W:.*]] = arith.extf %[[H]] : f16 to f64
// CHECK-NEXT: %[[N:.*]] = arith.truncf %[[X]] : f64 to f16
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[X]], %[[W]] : f64
// CHECK-NEXT: return %[[S]], %[[N]], %[[X]] : f64, f16, f64
func.func @conversions(%x: f32, %h: f16) -> (f64, f16, f32) {
  %0 = arith.extf %x : f32 to f64
  %1 = arith.extf %h : f16 to f32
  %2 = arith.extf %1 : f32 to f64
  %3 = arith.truncf %x : f32 to f16
  %4 = arith.addf %0, %2 : f64
  %5 = arith.truncf %0 : f64 to f32
  return %4, %3, %5 : f64, f16, f32
}

// CHECK-LABEL: func @gradients(
// CHECK: gradopt.clip_by_norm l2 %{{.*}} to %{{.*}} : tensor<4xf64>, tensor<f64>
// CHECK: gradopt.record "n", %{{.*}} : tensor<f64>
// LOC-LABEL: func @gradients(
// LOC: gradopt.clip_by_norm {{.*}} loc(fused<#gradopt.origin<layer = "rnn">>["step.mlir":3:1])
func.func @gradients(%g: tensor<4xf32>, %t: tensor<f32>) -> tensor<4xf32> {
  %c, %n = gradopt.clip_by_norm l2 %g to %t : tensor<4xf32>, tensor<f32> -> tensor<f32> loc(fused<#gradopt.origin<layer = "rnn">>["step.mlir":3:1])
  gradopt.record "n", %n : tensor<f32>
  return %c : tensor<4xf32>
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000000803F00000040"
    }
  }
#-}
