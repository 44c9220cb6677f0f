// RUN: gradopt-opt %s --split-input-file --gradopt-verify-stability="fix kind=global_norm threshold=1.0" \
// RUN:   | gradopt-opt --split-input-file --gradopt-verify-stability="kind=global_norm" \
// RUN:   | FileCheck %s

// What is missing is inserted, and holds afterwards.

// A step of another compiler without anything.

// CHECK-LABEL: func @nothing
// CHECK: %[[GW:.*]] = gradopt.gradient %{{.*}} of "w"
// CHECK: %[[GB:.*]] = gradopt.gradient %{{.*}} of "b"
// CHECK: %[[C:.*]]:2, %{{.*}} = gradopt.clip_by_global_norm l2 %[[GW]], %[[GB]]
// CHECK: arith.subf %{{.*}}, %[[C]]#0
// CHECK: gradopt.sgd %{{.*}}, %[[C]]#1
// CHECK: gradopt.count_nonfinite %[[GW]]
// CHECK: gradopt.count_nonfinite %[[GB]]
// CHECK: %[[R:.*]]:2 = gradopt.guard
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @nothing(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                   %b: tensor<?xf32>, %dw: tensor<4xf32>, %db: tensor<?xf32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}, tensor<?xf32>) {
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  %gb = gradopt.gradient %db of "b" : tensor<?xf32>
  %w1 = arith.subf %w, %gw : tensor<4xf32>
  %b1 = gradopt.sgd %b, %gb rate %rate : tensor<?xf32>, tensor<f32>
  return %w1, %b1 : tensor<4xf32>, tensor<?xf32>
}

// -----

// The clip is there, one update goes past it; the guard is there, its condition
// leaves out a gradient and a new value, which is computed inside.

// CHECK-LABEL: func @some
// CHECK: %[[GW:.*]] = gradopt.gradient %{{.*}} of "w"
// CHECK: %[[GB:.*]] = gradopt.gradient %{{.*}} of "b"
// CHECK: %[[C:.*]]:2, %{{.*}} = gradopt.clip_by_global_norm
// CHECK-NOT: gradopt.clip
// CHECK: gradopt.sgd %{{.*}}, %[[C]]#0
// CHECK: %[[OK:.*]] = gradopt.check_finite
// CHECK: gradopt.guard
// CHECK-NEXT: %[[B1:.*]] = gradopt.sgd %{{.*}}, %[[C]]#1
// CHECK-NEXT: %[[OK_G:.*]] = gradopt.check_finite %[[GB]]
// CHECK-NEXT: %[[AND:.*]] = arith.andi %[[OK]], %[[OK_G]]
// CHECK-NEXT: %[[OK_B:.*]] = gradopt.check_finite %[[B1]]
// CHECK-NEXT: %[[ALL:.*]] = arith.andi %[[AND]], %[[OK_B]]
// CHECK-NEXT: gradopt.yield %[[ALL]]
func.func @some(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                %dw: tensor<4xf32>, %db: tensor<4xf32>, %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  %gb = gradopt.gradient %db of "b" : tensor<4xf32>
  %c:2, %n = gradopt.clip_by_global_norm l2 %gw, %gb to %t : tensor<4xf32>, tensor<4xf32> to tensor<f32>
  %w1 = gradopt.sgd %w, %c#0 rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %gw, %w1 : tensor<4xf32>, tensor<4xf32>
  %r:2 = gradopt.guard(%w, %b : tensor<4xf32>, tensor<4xf32>) {
    %b1 = gradopt.sgd %b, %gb rate %rate : tensor<4xf32>, tensor<f32>
    gradopt.yield %ok, %w1, %b1 : i1, tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// The clip of the recipe has not been inserted yet; an option would replace it.

// CHECK-LABEL: func @step
// CHECK: gradopt.clip_by_global_norm
// CHECK: gradopt.guard
// CHECK-NOT: clip =
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %zero = arith.constant dense<0.0> : tensor<f32>
  return %zero : tensor<f32>
}
func.func @step(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}, %dw: tensor<4xf32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  %g = gradopt.gradient %dw of "w" : tensor<4xf32>
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<4xf32>, tensor<f32>
  return %w1 : tensor<4xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  clip = [#gradopt.clip<global_norm, threshold = 0.5>]
}
