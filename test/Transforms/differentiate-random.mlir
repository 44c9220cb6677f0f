// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @loss_step
// CHECK: gradopt.dropout %{{.*}} rate 5.000000e-01 id 1 key(%[[K:.*]], %[[N:.*]]) : tensor<3xf32>
// CHECK: gradopt.zoneout %{{.*}}, %{{.*}} rate 2.500000e-01 id 2 key(%[[K]], %[[N]]) : tensor<3xf32>
// CHECK: %[[DY:.*]] = linalg.generic
// CHECK: %[[ZERO:.*]] = linalg.fill
// CHECK: %[[DNEW:.*]] = gradopt.zoneout %[[DY]], %[[ZERO]] rate 2.500000e-01 id 2 key(%[[K]], %[[N]]) : tensor<3xf32>
// CHECK: %[[DOLD:.*]] = gradopt.zoneout %[[ZERO]], %[[DY]] rate 2.500000e-01 id 2 key(%[[K]], %[[N]]) : tensor<3xf32>
// CHECK: %[[DX:.*]] = gradopt.dropout %[[DNEW]] rate 5.000000e-01 id 1 key(%[[K]], %[[N]]) : tensor<3xf32>
// CHECK: %[[SUM:.*]] = arith.addf %[[DOLD]], %[[DX]]
// CHECK: gradopt.gradient %[[SUM]] of "w"
func.func @loss(%t: tensor<3xf32> {gradopt.input = "t"}, %key: tensor<2xi64> {gradopt.random}, %n: tensor<i64> {gradopt.step_count},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %d = gradopt.dropout %w rate 0.5 id 1 key(%key, %n) : tensor<3xf32>
  %z = gradopt.zoneout %d, %w rate 0.25 id 2 key(%key, %n) : tensor<3xf32>
  %loss = gradopt.mean_squared_error %z, %t : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// -----

func.func @loss(%t: tensor<3xf32> {gradopt.input = "t"}, %key: tensor<2xi64> {gradopt.random}, %n: tensor<i64> {gradopt.step_count},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  // expected-note @+1 {{the other one is here}}
  %d = gradopt.dropout %w rate 0.5 id 1 key(%key, %n) : tensor<3xf32>
  // expected-error @+1 {{'gradopt.zoneout' op has id 1, like another random choice of this function, so that both would choose the same elements; give each its own id and each layer its own name, and call a function that makes one once only}}
  %z = gradopt.zoneout %d, %w rate 0.25 id 1 key(%key, %n) : tensor<3xf32>
  %loss = gradopt.mean_squared_error %z, %t : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
