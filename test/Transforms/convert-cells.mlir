// RUN: gradopt-opt %s --split-input-file --gradopt-convert-cells="to=lstm" | FileCheck %s --check-prefix=LSTM
// RUN: gradopt-opt %s --split-input-file --gradopt-convert-cells="from=rnn to=gru" | FileCheck %s --check-prefix=GRU

// LSTM-LABEL: func @loss
// LSTM-SAME:  %[[X:[a-z0-9]+]]: tensor<?x?x3xf32>
// LSTM-SAME:  %[[WI:[a-z0-9]+]]: tensor<3x8xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>}
// LSTM-SAME:  %[[WH:[a-z0-9]+]]: tensor<2x8xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = orthogonal(1.100000e+00)>}
// LSTM-SAME:  %[[BI:[a-z0-9]+]]: tensor<8xf32> {gradopt.param = #gradopt.param<"rnn.bias_ih">}
// LSTM-SAME:  %[[BH:[a-z0-9]+]]: tensor<8xf32> {gradopt.param = #gradopt.param<"rnn.bias_hh", init = forget_bias>}
// LSTM-SAME:  %[[H:[a-z0-9]+]]: tensor<?x2xf32> {gradopt.state = "rnn/h"}
// LSTM-SAME:  %[[C:[a-z0-9]+]]: tensor<?x2xf32> {gradopt.state = "rnn/c"}
// LSTM-SAME:  -> (tensor<f32> {gradopt.loss}, tensor<?x2xf32> {gradopt.state = "rnn/h"}, tensor<?x2xf32> {gradopt.state = "rnn/c"}, tensor<?x?x2xf32> {gradopt.output = "y"})
// LSTM:         %[[Y:.*]], %[[HN:.*]], %[[CN:.*]] = gradopt.lstm "rnn" %[[X]] : tensor<?x?x3xf32> lengths(%{{.*}} : tensor<?xi32>)
// LSTM-SAME:      init(%[[H]], %[[C]] : tensor<?x2xf32>, tensor<?x2xf32>)
// LSTM-SAME:      weights(%[[WI]], %[[WH]] : tensor<3x8xf32>, tensor<2x8xf32>) bias_ih(%[[BI]] : tensor<8xf32>) bias_hh(%[[BH]] : tensor<8xf32>)
// LSTM-SAME:      zoneout [1.000000e-01, 1.000000e-01] key(
// LSTM:         return %{{.*}}, %[[HN]], %[[CN]], %[[Y]]

// GRU-LABEL: func @loss
// GRU-SAME:  tensor<3x6xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>}
// GRU-SAME:  tensor<2x6xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = orthogonal(1.100000e+00)>}
// GRU-SAME:  tensor<6xf32> {gradopt.param = #gradopt.param<"rnn.bias_ih">}
// GRU-SAME:  tensor<6xf32> {gradopt.param = #gradopt.param<"rnn.bias_hh">}
// GRU-SAME:  -> (tensor<f32> {gradopt.loss}, tensor<?x2xf32> {gradopt.state = "rnn/h"}, tensor<?x?x2xf32> {gradopt.output = "y"})
// GRU:         gradopt.gru linear_before_reset "rnn" %{{.*}} lengths(
// GRU-SAME:      init(%{{.*}} : tensor<?x2xf32>)
// GRU-SAME:      zoneout [1.000000e-01] key(
func.func @loss(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"}, %lengths: tensor<?xi32> {gradopt.input = "lengths", gradopt.dims = "B"},
    %w_ih: tensor<3x2xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<2x2xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = identity(1.1)>},
    %b_ih: tensor<2xf32> {gradopt.param = #gradopt.param<"rnn.bias_ih">},
    %b_hh: tensor<2xf32> {gradopt.param = #gradopt.param<"rnn.bias_hh">},
    %h0: tensor<?x2xf32> {gradopt.state = "rnn/h"},
    %key: tensor<2xi64> {gradopt.random}, %n: tensor<i64> {gradopt.step_count})
    -> (tensor<f32> {gradopt.loss}, tensor<?x2xf32> {gradopt.state = "rnn/h"}, tensor<?x?x2xf32> {gradopt.output = "y"}) {
  %y, %h_n = gradopt.rnn tanh "rnn" %x : tensor<?x?x3xf32> lengths(%lengths : tensor<?xi32>)
      init(%h0 : tensor<?x2xf32>) weights(%w_ih, %w_hh : tensor<3x2xf32>, tensor<2x2xf32>)
      bias_ih(%b_ih : tensor<2xf32>) bias_hh(%b_hh : tensor<2xf32>)
      zoneout [0.1] key(%key, %n) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  %loss = gradopt.mean_squared_error %y, %y : tensor<?x?x2xf32>, tensor<?x?x2xf32> -> tensor<f32>
  return %loss, %h_n, %y : tensor<f32>, tensor<?x2xf32>, tensor<?x?x2xf32>
}

// -----

// Two layers in a row, the second one bidirectional. Its forward state is one of
// the model's, and its reverse state starts from a parameter: there the cell
// starts from zero. Names of cell states that are taken get a number.

// LSTM-LABEL: func @deep
// LSTM-SAME:  {gradopt.state = "h.0"}
// LSTM-SAME:  %[[C0:[a-z0-9]+]]: tensor<?x2xf32> {gradopt.state = "c.0_2"}
// LSTM-SAME:  {gradopt.state = "c.0"}
// LSTM-SAME:  {gradopt.state = "hidden"}
// LSTM-SAME:  {gradopt.state = "hidden_c"}
// LSTM-SAME:  tensor<2x8xf32> {gradopt.param = #gradopt.param<"w">}
// LSTM-SAME:  tensor<8xf32> {gradopt.param = #gradopt.param<"b", init = constant(5.000000e-01)>}
// LSTM:         gradopt.lstm reverse "one"
// LSTM-SAME:      init(%{{.*}}, %[[C0]] : tensor<?x2xf32>, tensor<?x2xf32>)
// LSTM:         %[[ZERO:.*]] = linalg.fill
// LSTM:         %{{.*}}, %[[H:.*]], %[[C:.*]], %{{.*}}, %{{.*}} = gradopt.lstm "two"
// LSTM-SAME:      reverse_init(%{{.*}}, %[[ZERO]] : tensor<?x2xf32>, tensor<?x2xf32>) reverse_weights(
// LSTM:         return %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[H]], %[[C]] :

// GRU-LABEL: func @deep
// GRU:         gradopt.gru linear_before_reset reverse "one"
// GRU:         gradopt.gru linear_before_reset "two"
// GRU-SAME:      reverse_init(%{{.*}} : tensor<?x2xf32>) reverse_weights(
func.func @deep(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %h0: tensor<?x2xf32> {gradopt.state = "h.0"}, %taken: tensor<2xf32> {gradopt.state = "c.0"},
    %h1: tensor<?x2xf32> {gradopt.state = "hidden"}, %start: tensor<?x2xf32> {gradopt.input = "start", gradopt.dims = "B"},
    %w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">}, %b: tensor<2xf32> {gradopt.param = #gradopt.param<"b", init = constant(0.5)>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x2xf32> {gradopt.state = "h.0"}, tensor<2xf32> {gradopt.state = "c.0"},
        tensor<?x2xf32> {gradopt.state = "hidden"}) {
  %y, %h_n = gradopt.rnn relu reverse "one" %x : tensor<?x?x2xf32> init(%h0 : tensor<?x2xf32>)
      weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) bias_ih(%b : tensor<2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  %z, %h, %r = gradopt.rnn identity "two" %y : tensor<?x?x2xf32> init(%h1 : tensor<?x2xf32>)
      weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) reverse_init(%start : tensor<?x2xf32>)
      reverse_weights(%w, %w : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x4xf32>, tensor<?x2xf32>, tensor<?x2xf32>
  %loss = gradopt.mean_squared_error %z, %z : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  return %loss, %h_n, %taken, %h : tensor<f32>, tensor<?x2xf32>, tensor<2xf32>, tensor<?x2xf32>
}
