// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping | FileCheck %s
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping="kind=none" | FileCheck %s --check-prefix=NONE

// The clip of a group is for the parameters that it matches, behind the recipe's
// clips. What else the group says stays in the recipe.

// CHECK-LABEL: func @step
// CHECK-SAME:  %[[ALL:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.value.threshold"
// CHECK-SAME:  %[[B:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.group.biases.threshold", gradopt.init = 2.500000e-01 : f64}
// CHECK-SAME:  %[[W:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.group.weights.threshold", gradopt.init = 5.000000e-01 : f64}
// CHECK-SAME:  %[[E:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.group.embedding.threshold"
// CHECK-DAG:   %[[W1:.*]] = gradopt.clip_by_value %{{.*}} to %[[ALL]] : tensor<2xf32>
// CHECK-DAG:   %[[W2:.*]] = gradopt.clip_by_value %{{.*}} to %[[ALL]] : tensor<3xf32>
// CHECK-DAG:   %[[B1:.*]] = gradopt.clip_by_value %{{.*}} to %[[ALL]] : tensor<4xf32>
// CHECK-DAG:   %[[B2:.*]] = gradopt.clip_by_value %{{.*}} to %[[ALL]] : tensor<5xf32>
// CHECK-DAG:   %[[E1:.*]] = gradopt.clip_by_value %{{.*}} to %[[ALL]] : tensor<6xf32>
// CHECK-DAG:   %[[CB:.*]]:2, %{{.*}} = gradopt.clip_by_global_norm l1 %[[B1]], %[[B2]] to %[[B]]
// CHECK-DAG:   %[[CW1:.*]], %{{.*}} = gradopt.clip_by_norm l2 %[[W1]] to %[[W]]
// CHECK-DAG:   %[[CW2:.*]], %{{.*}} = gradopt.clip_by_norm l2 %[[W2]] to %[[W]]
// CHECK-DAG:   %[[CE:.*]] = gradopt.clip_by_value %[[E1]] to %[[E]]
// CHECK:       return %[[CW1]], %[[CB]]#0, %[[CW2]], %[[CB]]#1, %[[CE]]
// CHECK:       gradopt.recipe
// CHECK-NOT:     clip
// CHECK:         groups = [#gradopt.group<name = "weights", match = "*.weight", learning_rate = 1.000000e-01>]
// CHECK-NOT:     clip

// NONE-LABEL: func @step
// NONE-NOT:     clip
// NONE:         groups = [#gradopt.group<name = "weights", match = "*.weight", learning_rate = 1.000000e-01>]
func.func @loss(
    %w1: tensor<2xf32> {gradopt.param = #gradopt.param<"a.weight">}, %b1: tensor<4xf32> {gradopt.param = #gradopt.param<"a.bias">},
    %w2: tensor<3xf32> {gradopt.param = #gradopt.param<"b.weight">}, %b2: tensor<5xf32> {gradopt.param = #gradopt.param<"b.bias">},
    %e: tensor<6xf32> {gradopt.param = #gradopt.param<"embed">}) {
  return
}
func.func @step(%d1: tensor<2xf32>, %d2: tensor<4xf32>, %d3: tensor<3xf32>, %d4: tensor<5xf32>, %d5: tensor<6xf32>)
    -> (tensor<2xf32>, tensor<4xf32>, tensor<3xf32>, tensor<5xf32>, tensor<6xf32>) attributes {gradopt.differentiated} {
  %w1 = gradopt.gradient %d1 of "a.weight" : tensor<2xf32>
  %b1 = gradopt.gradient %d2 of "a.bias" : tensor<4xf32>
  %w2 = gradopt.gradient %d3 of "b.weight" : tensor<3xf32>
  %b2 = gradopt.gradient %d4 of "b.bias" : tensor<5xf32>
  %e = gradopt.gradient %d5 of "embed" : tensor<6xf32>
  return %w1, %b1, %w2, %b2, %e : tensor<2xf32>, tensor<4xf32>, tensor<3xf32>, tensor<5xf32>, tensor<6xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  clip = [#gradopt.clip<value, threshold = 1.0>],
  groups = [#gradopt.group<name = "biases", match = "*.bias", clip = <group_norm, threshold = 0.25, p = l1>>,
            #gradopt.group<name = "weights", match = "*.weight", learning_rate = 0.1, clip = <norm, threshold = 0.5>>,
            #gradopt.group<name = "embedding", match = "embed", clip = <value, threshold = 0.5>>]
}

// -----

// The norm of a group that no other clip came before is recorded.

// CHECK-LABEL: func @step
// CHECK:       %{{.*}}, %[[N:.*]] = gradopt.clip_by_global_norm l2 %{{.*}} to %{{.*}}
// CHECK-NEXT:  gradopt.record "gradient/all/norm", %[[N]]
// CHECK-NOT:   groups
// NONE-LABEL: func @step
// NONE-NOT:   clip
func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) {
  return
}
func.func @step(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<2xf32> {gradopt.grad = "w"})
    attributes {gradopt.differentiated} {
  %d = arith.negf %w : tensor<2xf32>
  return %d : tensor<2xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  groups = [#gradopt.group<name = "all", match = "*", clip = <group_norm, threshold = 0.25>>]
}
