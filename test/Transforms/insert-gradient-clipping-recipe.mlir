// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping | FileCheck %s
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping="kind=none" | FileCheck %s --check-prefix=NONE
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping="kind=norm threshold=3.0" | FileCheck %s --check-prefix=OVERRIDE

// The clips of a recipe act in their order, and each threshold is an argument.
// The norm that is recorded is that of the gradients before all of them.

// CHECK-LABEL: func @step
// CHECK-SAME: %[[T0:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.value.threshold", gradopt.init = 5.000000e-01 : f64}
// CHECK-SAME: %[[T1:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.norm.threshold", gradopt.init = 1.000000e+00 : f64}
// CHECK-SAME: %[[T2:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.norm_2.threshold", gradopt.init = 2.000000e+00 : f64}
// CHECK: %[[M:.*]] = gradopt.gradient
// CHECK-NEXT: %[[C0:.*]] = gradopt.clip_by_value %[[M]] to %[[T0]]
// CHECK-NEXT: %[[C1:.*]], %{{.*}} = gradopt.clip_by_norm linf %[[C0]] to %[[T1]]
// CHECK-NEXT: %[[C2:.*]], %{{.*}} = gradopt.clip_by_norm l2 %[[C1]] to %[[T2]]
// CHECK-NOT: gradopt.record
// CHECK: return %[[C2]]
// CHECK: gradopt.recipe @train
// CHECK-NOT: clip

// The clips that are not inserted are taken out of the recipe all the same.
// NONE-LABEL: func @step
// NONE-NOT: clip

// OVERRIDE-LABEL: func @step
// OVERRIDE-NOT: gradopt.clip_by_value
// OVERRIDE: gradopt.clip_by_norm l2
// OVERRIDE-NOT: gradopt.clip
func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) {
  return
}
func.func @step(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}) attributes {gradopt.differentiated} {
  %g = gradopt.gradient %w of "w" : tensor<2xf32>
  return %g : tensor<2xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  clip = [#gradopt.clip<value, threshold = 0.5>,
          #gradopt.clip<norm, threshold = 1.0, p = linf>,
          #gradopt.clip<norm, threshold = 2.0>]
}

// -----

// Without a recipe and options nothing is asked for.

// CHECK-LABEL: func @nothing
// CHECK-NOT: gradopt.clip
// NONE-LABEL: func @nothing
// NONE-NOT: gradopt.clip

// Elements of several types: clips of their own take an f64 threshold.
// OVERRIDE-LABEL: func @nothing
// OVERRIDE: %[[T:.*]] = arith.constant dense<3.000000e+00> : tensor<f64>
// OVERRIDE: gradopt.clip_by_norm l2 %{{.*}} to %[[T]] : tensor<2xf32>, tensor<f64>
// OVERRIDE: gradopt.clip_by_norm l2 %{{.*}} to %[[T]] : tensor<0xf64>, tensor<f64>
func.func @nothing(%d: tensor<2xf32>, %e: tensor<0xf64>)
    -> (tensor<2xf32>, tensor<0xf64>) {
  %f = gradopt.gradient %d of "f" : tensor<2xf32>
  %g = gradopt.gradient %e of "g" : tensor<0xf64>
  return %f, %g : tensor<2xf32>, tensor<0xf64>
}

// -----

// A clip that is there already stays the first one. A gradient that has another
// use too is clipped before both.

// CHECK-LABEL: func @clipped
// NONE-LABEL: func @clipped
// OVERRIDE-LABEL: func @clipped
// OVERRIDE-SAME: %{{.*}}: tensor<2xf32>, %{{.*}}: tensor<2xf32>, %[[T:[a-z0-9]+]]: tensor<f32>
// OVERRIDE: %[[M0:.*]] = gradopt.gradient %{{.*}} of "a"
// OVERRIDE: %[[C0:.*]] = gradopt.clip_by_value %[[M0]] to %[[T]]
// OVERRIDE: %[[D0:.*]], %{{.*}} = gradopt.clip_by_norm l2 %[[C0]]
// OVERRIDE: %[[M1:.*]] = gradopt.gradient %{{.*}} of "b"
// OVERRIDE: %[[D1:.*]], %{{.*}} = gradopt.clip_by_norm l2 %[[M1]]
// OVERRIDE: %[[C1:.*]] = gradopt.clip_by_value %[[D1]] to %[[T]]
// OVERRIDE: return %[[D0]], %[[C1]], %[[D1]]
func.func @clipped(%d: tensor<2xf32>, %e: tensor<2xf32>, %t: tensor<f32>)
    -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %m0 = gradopt.gradient %d of "a" : tensor<2xf32>
  %c0 = gradopt.clip_by_value %m0 to %t : tensor<2xf32>, tensor<f32>
  %m1 = gradopt.gradient %e of "b" : tensor<2xf32>
  %c1 = gradopt.clip_by_value %m1 to %t : tensor<2xf32>, tensor<f32>
  return %c0, %c1, %m1 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}
