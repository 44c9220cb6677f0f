// RUN: gradopt-opt %s --gradopt-disable-dropout | FileCheck %s
// RUN: gradopt-opt %s --gradopt-prepare-model=evaluation | FileCheck %s
// RUN: gradopt-opt %s --gradopt-prepare-model | FileCheck %s --check-prefix=TRAINING

// CHECK-LABEL: func.func @model
// CHECK-NOT: gradopt.dropout
// CHECK-NOT: gradopt.zoneout
// CHECK-DAG: %[[OLD:.*]] = arith.constant 1.000000e-01 : f32
// CHECK-DAG: %[[NEW:.*]] = arith.constant 0.899999976 : f32
// CHECK: linalg.generic {{.*}} ins(%[[H:.*]], %[[X:.*]] : tensor<?x4xf32>, tensor<?x4xf32>)
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[OLD]], %[[A]] : f32
// CHECK-NEXT: %[[Q:.*]] = arith.mulf %[[NEW]], %[[B]] : f32
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[P]], %[[Q]] : f32
// CHECK-NEXT: linalg.yield %[[S]] : f32
// CHECK-NOT: gradopt.dropout
// CHECK: gradopt.yield
// TRAINING: gradopt.zoneout
// TRAINING: gradopt.dropout
func.func @model(%x: tensor<?x?x4xf32>, %h0: tensor<?x4xf32>, %key: tensor<2xi64>, %n: tensor<i64>) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %h_n = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x4xf32>) inputs(%x_t = %x : tensor<?x?x4xf32>) {
    %h1 = gradopt.zoneout %x_t, %h rate 0.1 id 1 key(%key, %n) index(%s) : tensor<?x4xf32>
    %h2 = gradopt.dropout %h1 rate 0.5 id 2 key(%key, %n) index(%s) : tensor<?x4xf32>
    gradopt.yield %h2 : tensor<?x4xf32>
  }
  return %h_n : tensor<?x4xf32>
}
