// The gradients of whole layers: only the gradients of their states are carried
// through time.

// RUN: gradopt-opt %s --gradopt-expand-cells --gradopt-differentiate=model=lstm --gradopt-sink-weight-gradients --gradopt-verify-origins | FileCheck %s --check-prefix=LSTM
// RUN: gradopt-opt %s --gradopt-expand-cells --gradopt-differentiate=model=lstm --convert-elementwise-to-linalg --canonicalize --cse --loop-invariant-code-motion --gradopt-sink-weight-gradients --gradopt-verify-origins | FileCheck %s --check-prefix=LSTM
// RUN: gradopt-opt %s --gradopt-expand-cells --gradopt-differentiate=model=gru --gradopt-sink-weight-gradients --gradopt-verify-origins | FileCheck %s --check-prefix=GRU
// RUN: gradopt-opt %s --gradopt-expand-cells --gradopt-differentiate=model=gru --convert-elementwise-to-linalg --canonicalize --cse --loop-invariant-code-motion --gradopt-sink-weight-gradients --gradopt-verify-origins | FileCheck %s --check-prefix=GRU

// A peephole is used by three gates here: its gradient is the sum of three.

// LSTM-LABEL: func.func @lstm_step
// LSTM:         gradopt.scan "layer" {{.*}} carries(%{{[^,]*}}, %{{[^,]*}}) inputs(%{{[^ ]*}} = reverse
// LSTM-NOT:       gradopt.yield {{.*}}tensor<5x20xf32>
// LSTM:           gradopt.yield
// LSTM:         linalg.generic {{.*}} iterator_types = ["reduction", "reduction", "parallel"]} ins(%{{[^ :]*}} : tensor<?x?x20xf32>)
// LSTM:         linalg.contract {{.*}} ins({{.*}} : tensor<?x?x3xf32>, tensor<?x?x20xf32>) outs({{.*}} : tensor<3x20xf32>)
// LSTM:         linalg.contract {{.*}} ins({{.*}} : tensor<?x?x5xf32>, tensor<?x?x20xf32>) outs({{.*}} : tensor<5x20xf32>)
// LSTM-COUNT-3: iterator_types = ["reduction", "reduction", "parallel"]
// LSTM-NOT:     iterator_types = ["reduction", "reduction", "parallel"]
func.func @lstm(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x5xf32> {gradopt.state = "h"}, %c0: tensor<?x5xf32> {gradopt.state="c"},
  %w_ih: tensor<3x20xf32> {gradopt.param = #gradopt.param<"w_ih">}, %w_hh: tensor<5x20xf32> {gradopt.param = #gradopt.param<"w_hh">}, %b: tensor<20xf32> {gradopt.param = #gradopt.param<"b">}, %p: tensor<5xf32> {gradopt.param = #gradopt.param<"p">}, %n: tensor<?xi32> {gradopt.input="n"})
  -> (tensor<f32> {gradopt.loss}, tensor<?x5xf32> {gradopt.state = "h"}, tensor<?x5xf32> {gradopt.state = "c"}) {
  %r:3 = gradopt.lstm "layer" %x : tensor<?x?x3xf32> lengths(%n : tensor<?xi32>) init(%h0, %c0 : tensor<?x5xf32>, tensor<?x5xf32>) weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) bias_ih(%b : tensor<20xf32>) peepholes(%p, %p, %p : tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>, tensor<?x5xf32>
  %sq = arith.mulf %r#0, %r#0 : tensor<?x?x5xf32>
  %l = gradopt.mean_squared_error %sq, %r#0 : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return %l, %r#1, %r#2 : tensor<f32>, tensor<?x5xf32>, tensor<?x5xf32>
}

// The recurrent weight of the new gate multiplies another value than those of
// the others.

// GRU-LABEL: func.func @gru_step
// GRU:         gradopt.scan "layer" {{.*}} carries(%{{[^,]*}}) inputs(%{{[^ ]*}} = reverse
// GRU:         linalg.contract {{.*}} ins({{.*}} : tensor<?x?x3xf32>, tensor<?x?x15xf32>) outs({{.*}} : tensor<3x15xf32>)
// GRU:         %[[NEW:.*]] = linalg.contract {{.*}} ins({{.*}} : tensor<?x?x5xf32>, tensor<?x?x5xf32>) outs({{.*}} : tensor<5x5xf32>)
// GRU:         %[[INTO:.*]] = tensor.insert_slice %[[NEW]] into %{{.*}}[0, 10] [5, 5] [1, 1]
// GRU:         %[[OTHERS:.*]] = linalg.contract {{.*}} ins({{.*}} : tensor<?x?x5xf32>, tensor<?x?x10xf32>) outs({{.*}} : tensor<5x10xf32>)
// GRU:         %[[DW:.*]] = tensor.insert_slice %[[OTHERS]] into %[[INTO]][0, 0] [5, 10] [1, 1]
// GRU:         gradopt.gradient %[[DW]] of "w_hh"
func.func @gru(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x5xf32> {gradopt.state = "h"},
  %w_ih: tensor<3x15xf32> {gradopt.param = #gradopt.param<"w_ih">}, %w_hh: tensor<5x15xf32> {gradopt.param = #gradopt.param<"w_hh">}, %b: tensor<15xf32> {gradopt.param = #gradopt.param<"b">})
  -> (tensor<f32> {gradopt.loss}, tensor<?x5xf32> {gradopt.state = "h"}) {
  %r:2 = gradopt.gru "layer" %x : tensor<?x?x3xf32> init(%h0 : tensor<?x5xf32>) weights(%w_ih, %w_hh : tensor<3x15xf32>, tensor<5x15xf32>) bias_ih(%b : tensor<15xf32>) bias_hh(%b : tensor<15xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  %sq = arith.mulf %r#0, %r#0 : tensor<?x?x5xf32>
  %l = gradopt.mean_squared_error %sq, %r#0 : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return %l, %r#1 : tensor<f32>, tensor<?x5xf32>
}
