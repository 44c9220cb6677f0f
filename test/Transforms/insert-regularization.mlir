// RUN: gradopt-opt %s --split-input-file --gradopt-insert-regularization | FileCheck %s
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-regularization --mlir-print-debuginfo | FileCheck %s --check-prefix=ORIGIN

// ORIGIN-DAG: loc(fused<#gradopt.origin<layer = "l.b", direction = "forward", source = "gradopt-insert-regularization">>
// ORIGIN-DAG: loc(fused<#gradopt.origin<layer = "w", source = "gradopt-insert-regularization">>

// Before differentiation: penalties of what matches and is trained, in f64. The
// model keeps its other results.

// CHECK-DAG: #[[$ROWS:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$COLUMN:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[$LINE:.*]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[$SCALAR:.*]] = affine_map<(d0) -> ()>
// CHECK-DAG: #[[$POINT:.*]] = affine_map<() -> ()>
// CHECK-LABEL: func @loss
// CHECK-SAME: (%[[W:[a-z0-9]+]]: tensor<3x5xf32> {{.*}}"l.w"{{.*}}, %[[B:[a-z0-9]+]]: tensor<5xf32> {{.*}}"l.b"{{.*}}, %{{[a-z0-9]+}}: tensor<5xf32> {{.*}}"l.frozen"{{.*}}, %[[S:[a-z0-9]+]]: tensor<f64> {{.*}}"s"
// CHECK: %[[LOSS:.*]] = math.exp
// CHECK: %[[WIDE:.*]] = arith.extf %[[LOSS]] : tensor<f32> to tensor<f64>
// CHECK: %[[P:.*]] = linalg.generic {indexing_maps = [#[[$ROWS]], #[[$COLUMN]]], iterator_types = ["reduction", "parallel"]} ins(%[[W]] : tensor<3x5xf32>) outs(%{{.*}} : tensor<5xf64>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %[[OUT:.*]]: f64)
// CHECK-NEXT: %[[X:.*]] = arith.extf %[[IN]] : f32 to f64
// CHECK-NEXT: %[[A:.*]] = math.absf %[[X]] : f64
// CHECK-NEXT: arith.addf %[[OUT]], %[[A]] : f64
// CHECK: %[[S1:.*]] = linalg.generic {indexing_maps = [#[[$LINE]], #[[$SCALAR]]], iterator_types = ["reduction"]} ins(%[[P]] : tensor<5xf64>)
// CHECK: %[[S2:.*]] = linalg.generic {{.*}} ins(%[[B]] : tensor<5xf32>) outs(%[[S1]] : tensor<f64>)
// CHECK: %[[TENTH:.*]] = arith.constant dense<1.000000e-01> : tensor<f64>
// CHECK: %[[L1:.*]] = arith.mulf %[[S2]], %[[TENTH]]
// CHECK: %[[T1:.*]] = arith.addf %[[WIDE]], %[[L1]]
// Half of the weight.
// CHECK: %[[S3:.*]] = linalg.generic {indexing_maps = [#[[$POINT]], #[[$POINT]]], iterator_types = []} ins(%[[S]] : tensor<f64>)
// CHECK: arith.mulf %[[Y:.*]], %[[Y]] : f64
// CHECK: %[[QUARTER:.*]] = arith.constant dense<2.500000e-01> : tensor<f64>
// CHECK: %[[L2:.*]] = arith.mulf %[[S3]], %[[QUARTER]]
// CHECK: %[[T2:.*]] = arith.addf %[[T1]], %[[L2]]
// CHECK: %[[TOTAL:.*]] = arith.truncf %[[T2]] : tensor<f64> to tensor<f32>
// CHECK: return %[[LOSS]], %[[TOTAL]]
// What belongs to the updates stays in the recipe.
// CHECK: gradopt.recipe
// CHECK: regularize = [#gradopt.decoupled_decay<1.000000e-02>],
// CHECK: groups =
func.func @loss(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"l.w">},
                %b: tensor<5xf32> {gradopt.param = #gradopt.param<"l.b">},
                %f: tensor<5xf32> {gradopt.param = #gradopt.param<"l.frozen">},
                %s: tensor<f64> {gradopt.param = #gradopt.param<"s">},
                %x: tensor<f32> {gradopt.input = "x"})
    -> (tensor<f32> {gradopt.metric = "alone"}, tensor<f32> {gradopt.loss}) {
  %loss = math.exp %x : tensor<f32>
  return %loss, %loss : tensor<f32>, tensor<f32>
}
gradopt.recipe @train {
  model = @loss,
  regularize = [#gradopt.l1<0.1, match = "l.*">, #gradopt.decoupled_decay<0.01>, #gradopt.l2<0.5, match = "s">],
  groups = [#gradopt.group<name = "still", match = "*.frozen", frozen = true>]
}

// -----

// Behind updates: decay by the rate of each, then bounds; a group's decay in the
// place of the recipe's. The old value is decayed, the new one bounded.

// CHECK-LABEL: func @step
// CHECK-SAME: (%[[W:[a-z0-9]+]]: tensor<3x5xf32> {{.*}}"w"{{.*}}, %[[B:[a-z0-9]+]]: tensor<5xf32> {{.*}}"b"{{.*}}, %{{[a-z0-9]+}}: tensor<0xf32> {{.*}}"none"{{.*}}, %[[R:[a-z0-9]+]]: tensor<f32> {{.*}}"learning_rate"{{.*}}, %[[RB:[a-z0-9]+]]: tensor<f32> {{.*}}"learning_rate.biases"
// CHECK: %[[W1:.*]] = gradopt.sgd %[[W]]
// CHECK: %[[RATE:.*]] = tensor.extract %[[R]][]
// CHECK: %[[RATE64:.*]] = arith.extf %[[RATE]] : f32 to f64
// CHECK: %[[WEIGHT:.*]] = arith.constant 1.000000e-02 : f64
// CHECK: %[[PRODUCT:.*]] = arith.mulf %[[RATE64]], %[[WEIGHT]] : f64
// CHECK: %[[FACTOR:.*]] = arith.truncf %[[PRODUCT]] : f64 to f32
// CHECK: %[[DECAYED:.*]] = linalg.generic {{.*}} ins(%[[W1]], %[[W]], %[[FACTOR]] : tensor<3x5xf32>, tensor<3x5xf32>, f32)
// CHECK: %[[SQUARES:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[DECAYED]] : tensor<3x5xf32>) outs(%{{.*}} : tensor<5xf64>)
// CHECK: %[[FACTORS:.*]] = linalg.generic {{.*}} ins(%[[SQUARES]] : tensor<5xf64>)
// CHECK: math.sqrt
// CHECK: %[[W2:.*]] = linalg.generic {{.*}} ins(%[[DECAYED]], %[[FACTORS]] : tensor<3x5xf32>, tensor<5xf64>)
// CHECK: %[[B1:.*]] = gradopt.sgd %[[B]]
// CHECK: tensor.extract %[[RB]][]
// CHECK: arith.constant 5.000000e-01 : f64
// CHECK: %[[B2:.*]] = linalg.generic {{.*}} ins(%[[B1]], %[[B]], %{{.*}} : tensor<5xf32>, tensor<5xf32>, f32)
// CHECK: gradopt.sgd {{.*}} : tensor<0xf32>
// CHECK: linalg.generic {{.*}} : tensor<0xf32>, tensor<0xf32>, f32)
// CHECK: return %[[W2]], %[[B2]], %{{.*}}
// CHECK: gradopt.recipe
// CHECK-NOT: regularize
// CHECK-NOT: groups
func.func @loss(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">},
                %b: tensor<5xf32> {gradopt.param = #gradopt.param<"b">}) { return }
func.func @step(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">},
                %b: tensor<5xf32> {gradopt.param = #gradopt.param<"b">},
                %none: tensor<0xf32> {gradopt.param = #gradopt.param<"none">},
                %r: tensor<f32> {gradopt.hyper = "learning_rate"},
                %rb: tensor<f32> {gradopt.hyper = "learning_rate.biases"})
    -> (tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<5xf32> {gradopt.param = #gradopt.param<"b">},
        tensor<0xf32> {gradopt.param = #gradopt.param<"none">}) {
  %w1 = gradopt.sgd %w, %w rate %r : tensor<3x5xf32>, tensor<f32>
  %b1 = gradopt.sgd %b, %b rate %rb : tensor<5xf32>, tensor<f32>
  %n1 = gradopt.sgd %none, %none rate %r : tensor<0xf32>, tensor<f32>
  return %w1, %b1, %n1 : tensor<3x5xf32>, tensor<5xf32>, tensor<0xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  regularize = [#gradopt.max_norm<2.0>, #gradopt.decoupled_decay<0.01>],
  groups = [#gradopt.group<name = "biases", match = "b", weight_decay = 0.5>]
}

// -----

// Without updates everything waits.
// CHECK-LABEL: func @early
// CHECK-NEXT: return
// CHECK: regularize = [#gradopt.max_norm<2.000000e+00>]
func.func @loss(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">}) { return }
func.func @early(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<3x5xf32> {gradopt.grad = "w"}) {
  return %w : tensor<3x5xf32>
}
gradopt.recipe @train { model = @loss, result = @early, regularize = [#gradopt.max_norm<2.0>] }

// -----

// No recipe, nothing to do.
// CHECK-LABEL: func @alone
// CHECK-NEXT: return
func.func @alone() { return }
