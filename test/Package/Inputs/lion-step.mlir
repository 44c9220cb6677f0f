// Somebody else's step with an optimizer op of its own: its gradients are clipped,
// its update and its state are checked and guarded like gradopt's.

// CHECK-LABEL: func.func @step
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<8x4xf32> {gradopt.param
// CHECK-SAME: %[[B:[a-z0-9]+]]: tensor<4xf32> {gradopt.param
// CHECK-SAME: %[[MW:[a-z0-9]+]]: tensor<8x4xf32> {gradopt.optimizer_state = "w/momentum"}
// CHECK-SAME: %[[MB:[a-z0-9]+]]: tensor<4xf32> {gradopt.optimizer_state = "b/momentum"}
// CHECK-SAME: %[[DW:[a-z0-9]+]]: tensor<8x4xf32>, %[[DB:[a-z0-9]+]]: tensor<4xf32>
// CHECK-SAME: gradopt.on_nonfinite = #gradopt.policy<skip>
func.func @step(
    %w: tensor<8x4xf32> {gradopt.param = #gradopt.param<"w">},
    %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
    %mw: tensor<8x4xf32> {gradopt.optimizer_state = "w/momentum"},
    %mb: tensor<4xf32> {gradopt.optimizer_state = "b/momentum"},
    %dw: tensor<8x4xf32>, %db: tensor<4xf32>)
    -> (tensor<8x4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
        tensor<8x4xf32> {gradopt.optimizer_state = "w/momentum"},
        tensor<4xf32> {gradopt.optimizer_state = "b/momentum"}) {
  // CHECK: %[[C:.*]]:2, %{{.*}} = gradopt.clip_by_global_norm l2 %[[DW]], %[[DB]]
  // CHECK: %[[W1:.*]], %[[MW1:.*]] = toy.lion %[[W]], %[[C]]#0, %[[MW]] rate
  // CHECK: %[[B1:.*]], %[[MB1:.*]] = toy.lion %[[B]], %[[C]]#1, %[[MB]] rate
  %rate = arith.constant dense<1.0e-3> : tensor<f32>
  %w1, %mw1 = toy.lion %w, %dw, %mw rate %rate
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, weight_decay = 0.0 : f64} : tensor<8x4xf32>, tensor<f32>
  %b1, %mb1 = toy.lion %b, %db, %mb rate %rate
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, weight_decay = 0.0 : f64} : tensor<4xf32>, tensor<f32>

  // The checks look at the gradients as they were before the clip.
  // CHECK-DAG: %[[N0:.*]] = gradopt.count_nonfinite %[[DW]]
  // CHECK-DAG: gradopt.record "gradient/w/nonfinite", %[[N0]]
  // CHECK-DAG: %[[N1:.*]] = gradopt.count_nonfinite %[[DB]]
  // CHECK-DAG: gradopt.record "gradient/b/nonfinite", %[[N1]]
  // CHECK-DAG: %[[N2:.*]] = gradopt.count_nonfinite %[[W1]]
  // CHECK-DAG: gradopt.record "update/w/nonfinite", %[[N2]]
  // CHECK-DAG: %[[N3:.*]] = gradopt.count_nonfinite %[[B1]]
  // CHECK-DAG: gradopt.record "update/b/nonfinite", %[[N3]]
  // CHECK-DAG: %[[N4:.*]] = gradopt.count_nonfinite %[[MW1]]
  // CHECK-DAG: gradopt.record "update/w/momentum/nonfinite", %[[N4]]
  // CHECK-DAG: %[[N5:.*]] = gradopt.count_nonfinite %[[MB1]]
  // CHECK-DAG: gradopt.record "update/b/momentum/nonfinite", %[[N5]]
  // CHECK: %[[OK:.*]] = arith.cmpi eq
  // CHECK: %[[R:.*]]:4 = gradopt.guard(%[[W]], %[[B]], %[[MW]], %[[MB]] :
  // CHECK-NEXT: gradopt.yield %[[OK]], %[[W1]], %[[B1]], %[[MW1]], %[[MB1]]
  // CHECK: return %[[R]]#0, %[[R]]#1, %[[R]]#2, %[[R]]#3
  return %w1, %b1, %mw1, %mb1 : tensor<8x4xf32>, tensor<4xf32>, tensor<8x4xf32>, tensor<4xf32>
}
