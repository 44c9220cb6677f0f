// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --gradopt-expand-cells --convert-elementwise-to-linalg --canonicalize --cse --loop-invariant-code-motion --gradopt-batch-time-parallel --gradopt-verify-origins --cse --canonicalize --mlir-print-local-scope | FileCheck %s

// A training step of two layers. The weights of the input meet it once for all
// steps; the second layer's gradient of its input is one contraction behind its
// reverse scan, which gives what it is made of.

// CHECK-LABEL: func @loss_step
// CHECK:         %[[A0:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x?x3xf32>, tensor<3x20xf32>)
// CHECK:         gradopt.scan "first" {{.*}} inputs(%{{.*}} = %[[A0]] :
// CHECK-COUNT-1:   linalg.matmul
// CHECK-NOT:       {{linalg.matmul|linalg.contract|"reduction"}}
// CHECK:           gradopt.yield
// CHECK:         %[[A1:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x?x5xf32>, tensor<5x12xf32>)
// CHECK:         gradopt.scan "second" {{.*}} inputs(%{{.*}} = %[[A1]] :
// CHECK:           gradopt.yield
// CHECK:         %[[BACK:.*]]:{{[0-9]+}} = gradopt.scan "second"
// CHECK:           gradopt.yield
// CHECK:         %[[DX:.*]] = linalg.contract {{.*}} ins({{.*}}tensor<5x12xf32>{{.*}}) outs(%{{.*}} : tensor<?x?x5xf32>)
// CHECK:         gradopt.scan "first" {{.*}} inputs({{.*}} = reverse %[[DX]] :
func.func @loss(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %y: tensor<?x?x4xf32> {gradopt.input = "y"},
    %w_ih: tensor<3x20xf32> {gradopt.param = #gradopt.param<"first.weight_ih", init = uniform(-1.0, 1.0)>},
    %w_hh: tensor<5x20xf32> {gradopt.param = #gradopt.param<"first.weight_hh", init = uniform(-1.0, 1.0)>},
    %b: tensor<20xf32> {gradopt.param = #gradopt.param<"first.bias_ih", init = uniform(-1.0, 1.0)>},
    %v_ih: tensor<5x12xf32> {gradopt.param = #gradopt.param<"second.weight_ih", init = uniform(-1.0, 1.0)>},
    %v_hh: tensor<4x12xf32> {gradopt.param = #gradopt.param<"second.weight_hh", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %h:3 = gradopt.lstm "first" %x : tensor<?x?x3xf32> weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>)
      bias_ih(%b : tensor<20xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>, tensor<?x5xf32>
  %g:2 = gradopt.gru "second" %h#0 : tensor<?x?x5xf32> weights(%v_ih, %v_hh : tensor<5x12xf32>, tensor<4x12xf32>)
      -> tensor<?x?x4xf32>, tensor<?x4xf32>
  %l = gradopt.mean_squared_error %g#0, %y : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  return %l : tensor<f32>
}
