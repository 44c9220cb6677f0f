// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --canonicalize --cse | FileCheck %s

// Each branch computes again what its derivative needs. What neither branch needs
// a derivative for, and what no result with a cotangent depends on, is left out.

// CHECK-LABEL: func.func @loss_step
// CHECK-SAME: %[[C:[^:]+]]: tensor<i32>
// CHECK-SAME: %[[W:[^:]+]]: tensor<3xf32> {gradopt.param = #gradopt.param<"w">}
// CHECK-SAME: %[[V:[^:]+]]: tensor<3xf32> {gradopt.param = #gradopt.param<"v">}
// CHECK-SAME: %[[U:[^:]+]]: tensor<3xf32> {gradopt.param = #gradopt.param<"u">}
// CHECK: %[[COND:.*]] = arith.cmpi
// CHECK: scf.if %[[COND]] -> (tensor<3xf32>, tensor<3xf32>)
// CHECK: %[[DY:.*]] = linalg.generic
// CHECK: %[[D:.*]]:2 = scf.if %[[COND]] -> (tensor<3xf32>, tensor<3xf32>) {
// CHECK:   %[[T:.*]] = math.tanh %[[W]]
// CHECK:   %[[DT:.*]] = arith.mulf %[[DY]], %[[V]]
// CHECK:   %[[DV:.*]] = arith.mulf %[[DY]], %[[T]]
// CHECK:   %[[DW:.*]] = arith.mulf %[[DT]],
// CHECK:   scf.yield %[[DW]], %[[DV]]
// CHECK: } else {
// CHECK:   scf.yield %[[DY]], %[[ZERO:.*]] : tensor<3xf32>, tensor<3xf32>
// CHECK: }
// CHECK: gradopt.gradient %[[D]]#0 of "w"
// CHECK: gradopt.gradient %[[D]]#1 of "v"
// CHECK: gradopt.gradient %{{.*}} of "u"
func.func @loss(%c: tensor<i32> {gradopt.input = "c"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w">},
    %v: tensor<3xf32> {gradopt.param = #gradopt.param<"v">},
    %u: tensor<3xf32> {gradopt.param = #gradopt.param<"u">})
    -> (tensor<f32> {gradopt.loss}, tensor<3xf32> {gradopt.output = "o"}) {
  %0 = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : tensor<3xf32>
  %i = tensor.extract %c[] : tensor<i32>
  %positive = arith.cmpi sgt, %i, %0 : i32
  %r:2 = scf.if %positive -> (tensor<3xf32>, tensor<3xf32>) {
    %t = math.tanh %w : tensor<3xf32>
    %p = arith.mulf %t, %v : tensor<3xf32>
    %q = arith.mulf %u, %v : tensor<3xf32>
    scf.yield %p, %q : tensor<3xf32>, tensor<3xf32>
  } else {
    scf.yield %w, %u : tensor<3xf32>, tensor<3xf32>
  }
  %loss = gradopt.mean_squared_error %r#0, %zero : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
  return %loss, %r#1 : tensor<f32>, tensor<3xf32>
}
