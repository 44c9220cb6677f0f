// A model with a layer and an activation of the toy dialect: the layer becomes a
// scan, the activation is differentiated inside it, the gradients are clipped, the
// recipe's optimizer updates by them, and what it updates is guarded.

func.func @loss(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %target: tensor<?x?x4xf32> {gradopt.input = "target"},
    %h0: tensor<?x4xf32> {gradopt.state = "h"},
    %w_ih: tensor<3x4xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<4x4xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x4xf32> {gradopt.state = "h"}) {
  %y, %h_n = toy.gelu_rnn "rnn" %x, %h0, %w_ih, %w_hh
      : (tensor<?x?x3xf32>, tensor<?x4xf32>, tensor<3x4xf32>, tensor<4x4xf32>)
      -> (tensor<?x?x4xf32>, tensor<?x4xf32>)
  %loss = gradopt.mean_squared_error %y, %target : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  return %loss, %h_n : tensor<f32>, tensor<?x4xf32>
}

// CHECK-LABEL: func.func @step
// CHECK-SAME: %[[W_IH:[a-z0-9]+]]: tensor<3x4xf32> {gradopt.param
// CHECK-SAME: %[[W_HH:[a-z0-9]+]]: tensor<4x4xf32> {gradopt.param
// CHECK-SAME: %[[RATE:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "learning_rate", gradopt.init = 1.000000e-02
// CHECK-SAME: %[[M_IH:[a-z0-9]+]]: tensor<3x4xf32> {gradopt.optimizer_state = "rnn.weight_ih/momentum"}
// CHECK-SAME: %[[M_HH:[a-z0-9]+]]: tensor<4x4xf32> {gradopt.optimizer_state = "rnn.weight_hh/momentum"}
// CHECK-SAME: gradopt.differentiated

// CHECK: gradopt.scan "rnn"
// CHECK: linalg.matmul
// CHECK: toy.gelu %
// CHECK: gradopt.record "through_time/rnn/h/norm"
// CHECK: gradopt.scan "rnn
// CHECK: %[[DH:.*]] = gradopt.gradient %{{.*}} of "h" group "rnn"
// CHECK: toy.gelu_grad %{{.*}}, %[[DH]]
// CHECK: gradopt.record "through_time/rnn/h/gradient_norm"
// CHECK: %[[G0:.*]] = gradopt.gradient %{{.*}} of "rnn.weight_ih" group "rnn"
// CHECK: %[[G1:.*]] = gradopt.gradient %{{.*}} of "rnn.weight_hh" group "rnn"
// CHECK: %[[C:.*]]:2, %{{.*}} = gradopt.clip_by_global_norm l2 %[[G0]], %[[G1]]
// CHECK: %[[W0:.*]], %[[M0:.*]] = toy.lion %[[W_IH]], %[[C]]#0, %[[M_IH]] rate %[[RATE]] {beta1 = {{.*}}, beta2 = 0.9{{[0-9]+}}
// CHECK: %[[W1:.*]], %[[M1:.*]] = toy.lion %[[W_HH]], %[[C]]#1, %[[M_HH]] rate %[[RATE]]
// CHECK: gradopt.count_nonfinite %[[M1]]
// CHECK: gradopt.record "update/rnn.weight_hh/momentum/nonfinite"
// CHECK: gradopt.guard(
// CHECK-NEXT: gradopt.yield %{{.*}}, %[[W0]], %[[W1]], %[[M0]], %[[M1]]


gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #toy.lion<learning_rate = 1.0e-2, beta2 = 0.95>,
  clip = [#gradopt.clip<global_norm, threshold = 1.0>],
  monitor = #gradopt.monitor<norms, through_time>,
  on_nonfinite = skip
}
