// RUN: gradopt-opt %s | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --mlir-print-op-generic | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --emit-bytecode | gradopt-opt | FileCheck %s

// CHECK-LABEL: func @rnn
func.func @rnn(%x: tensor<?x?x3xf32>, %h0: tensor<?x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %b: tensor<5xf32>,
               %n: tensor<?xi32>, %key: tensor<2xi64>, %step: tensor<i64>) {
  // CHECK: %{{.*}}, %{{.*}} = gradopt.rnn tanh "a" %[[X:[^ ,]*]] : tensor<?x?x3xf32> init(%[[H:[^ ,]*]] : tensor<?x5xf32>) weights(%[[WI:[^ ,]*]], %[[WH:[^ ,]*]] : tensor<3x5xf32>, tensor<5x5xf32>) bias_ih(%[[B:[^ ,]*]] : tensor<5xf32>) bias_hh(%[[B]] : tensor<5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  %0:2 = gradopt.rnn tanh "a" %x : tensor<?x?x3xf32> init(%h0 : tensor<?x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) bias_ih(%b : tensor<5xf32>) bias_hh(%b : tensor<5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  // CHECK: gradopt.rnn relu %[[X]] : tensor<?x?x3xf32> init(%[[H]] : tensor<?x5xf32>) weights(%[[WI]], %[[WH]] : tensor<3x5xf32>, tensor<5x5xf32>) bias_hh(%[[B]] : tensor<5xf32>) ->
  %1:2 = gradopt.rnn relu %x : tensor<?x?x3xf32> init(%h0 : tensor<?x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) bias_hh(%b : tensor<5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  // CHECK: gradopt.rnn identity %[[X]] : tensor<?x?x3xf32> weights(%[[WI]], %[[WH]] : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  %2:2 = gradopt.rnn identity %x : tensor<?x?x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  // CHECK: gradopt.rnn tanh reverse "r" %[[X]] : tensor<?x?x3xf32> lengths(%[[N:[^ ,]*]] : tensor<?xi32>) weights(%[[WI]], %[[WH]] : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  %3:2 = gradopt.rnn tanh reverse "r" %x : tensor<?x?x3xf32> lengths(%n : tensor<?xi32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}} = gradopt.rnn tanh "b" %[[X]] : tensor<?x?x3xf32> lengths(%[[N]] : tensor<?xi32>) init(%[[H]] : tensor<?x5xf32>) weights(%[[WI]], %[[WH]] : tensor<3x5xf32>, tensor<5x5xf32>) bias_ih(%[[B]] : tensor<5xf32>) bias_hh(%[[B]] : tensor<5xf32>) reverse_init(%[[H]] : tensor<?x5xf32>) reverse_weights(%[[WI]], %[[WH]] : tensor<3x5xf32>, tensor<5x5xf32>) reverse_bias_ih(%[[B]] : tensor<5xf32>) reverse_bias_hh(%[[B]] : tensor<5xf32>) zoneout [1.000000e-01] key(%{{.*}}, %{{.*}}) -> tensor<?x?x10xf32>, tensor<?x5xf32>, tensor<?x5xf32>
  %4:3 = gradopt.rnn tanh "b" %x : tensor<?x?x3xf32> lengths(%n : tensor<?xi32>) init(%h0 : tensor<?x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) bias_ih(%b : tensor<5xf32>) bias_hh(%b : tensor<5xf32>) reverse_init(%h0 : tensor<?x5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_bias_ih(%b : tensor<5xf32>) reverse_bias_hh(%b : tensor<5xf32>) zoneout [0.1] key(%key, %step) -> tensor<?x?x10xf32>, tensor<?x5xf32>, tensor<?x5xf32>
  // Only one direction has an initial state.
  // CHECK: gradopt.rnn tanh %[[X]] : tensor<?x?x3xf32> init(%[[H]] : tensor<?x5xf32>) weights({{.*}}) reverse_weights({{.*}}) ->
  %5:3 = gradopt.rnn tanh %x : tensor<?x?x3xf32> init(%h0 : tensor<?x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<?x?x10xf32>, tensor<?x5xf32>, tensor<?x5xf32>
  return
}

// CHECK-LABEL: func @lstm
func.func @lstm(%x: tensor<7x2x3xf64>, %h0: tensor<2x5xf64>, %c0: tensor<2x5xf64>, %w_ih: tensor<3x20xf64>,
                %w_hh: tensor<5x20xf64>, %b: tensor<20xf64>, %p: tensor<5xf64>, %n: tensor<2xi64>,
                %key: tensor<2xi64>, %step: tensor<i64>) {
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}} = gradopt.lstm "l.0" %[[X:[^ ,]*]] : tensor<7x2x3xf64> init(%[[H:[^ ,]*]], %[[C:[^ ,]*]] : tensor<2x5xf64>, tensor<2x5xf64>) weights(%[[WI:[^ ,]*]], %[[WH:[^ ,]*]] : tensor<3x20xf64>, tensor<5x20xf64>) bias_ih(%[[B:[^ ,]*]] : tensor<20xf64>) -> tensor<7x2x5xf64>, tensor<2x5xf64>, tensor<2x5xf64>
  %0:3 = gradopt.lstm "l.0" %x : tensor<7x2x3xf64>
      init(%h0, %c0 : tensor<2x5xf64>, tensor<2x5xf64>)
      weights(%w_ih, %w_hh : tensor<3x20xf64>, tensor<5x20xf64>) bias_ih(%b : tensor<20xf64>)
      -> tensor<7x2x5xf64>, tensor<2x5xf64>, tensor<2x5xf64>
  // CHECK: gradopt.lstm reverse "z" %[[X]] : tensor<7x2x3xf64> weights({{.*}}) bias_hh(%[[B]] : tensor<20xf64>) peepholes(%[[P:[^ ,]*]], %[[P]], %[[P]] : tensor<5xf64>, tensor<5xf64>, tensor<5xf64>) zoneout [5.000000e-02, 5.000000e-01] key(%{{.*}}, %{{.*}}) ->
  %1:3 = gradopt.lstm reverse "z" %x : tensor<7x2x3xf64>
      weights(%w_ih, %w_hh : tensor<3x20xf64>, tensor<5x20xf64>) bias_hh(%b : tensor<20xf64>)
      peepholes(%p, %p, %p : tensor<5xf64>, tensor<5xf64>, tensor<5xf64>)
      zoneout [0.05, 0.5] key(%key, %step)
      -> tensor<7x2x5xf64>, tensor<2x5xf64>, tensor<2x5xf64>
  return
}

// Everything at once, with P = 2 and H = 5.
// CHECK-LABEL: func @lstm_projection
func.func @lstm_projection(%x: tensor<?x?x3xf64>, %h0: tensor<?x2xf64>, %c0: tensor<?x5xf64>, %w_ih: tensor<3x20xf64>,
                           %w_hh: tensor<2x20xf64>, %w_proj: tensor<5x2xf64>, %b: tensor<20xf64>, %p: tensor<5xf64>,
                           %n: tensor<?xi64>) {
  // CHECK:      %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} = gradopt.lstm "p" %[[X:[^ ,]*]] : tensor<?x?x3xf64> lengths(%{{.*}} : tensor<?xi64>)
  // CHECK-SAME:   init(%[[H:[^ ,]*]], %[[C:[^ ,]*]] : tensor<?x2xf64>, tensor<?x5xf64>) weights(%[[WI:[^ ,]*]], %[[WH:[^ ,]*]] : tensor<3x20xf64>, tensor<2x20xf64>)
  // CHECK-SAME:   bias_ih(%[[B:[^ ,]*]] : tensor<20xf64>) bias_hh(%[[B]] : tensor<20xf64>) peepholes(%[[P:[^ ,]*]], %[[P]], %[[P]] : tensor<5xf64>, tensor<5xf64>, tensor<5xf64>) projection(%[[WP:[^ ,]*]] : tensor<5x2xf64>)
  // CHECK-SAME:   reverse_init(%[[H]], %[[C]] : tensor<?x2xf64>, tensor<?x5xf64>) reverse_weights(%[[WI]], %[[WH]] : tensor<3x20xf64>, tensor<2x20xf64>)
  // CHECK-SAME:   reverse_bias_ih(%[[B]] : tensor<20xf64>) reverse_bias_hh(%[[B]] : tensor<20xf64>) reverse_peepholes(%[[P]], %[[P]], %[[P]] : tensor<5xf64>, tensor<5xf64>, tensor<5xf64>) reverse_projection(%[[WP]] : tensor<5x2xf64>)
  // CHECK-SAME:   -> tensor<?x?x4xf64>, tensor<?x2xf64>, tensor<?x5xf64>, tensor<?x2xf64>, tensor<?x5xf64>
  %0:5 = gradopt.lstm "p" %x : tensor<?x?x3xf64> lengths(%n : tensor<?xi64>)
      init(%h0, %c0 : tensor<?x2xf64>, tensor<?x5xf64>)
      weights(%w_ih, %w_hh : tensor<3x20xf64>, tensor<2x20xf64>)
      bias_ih(%b : tensor<20xf64>) bias_hh(%b : tensor<20xf64>)
      peepholes(%p, %p, %p : tensor<5xf64>, tensor<5xf64>, tensor<5xf64>)
      projection(%w_proj : tensor<5x2xf64>)
      reverse_init(%h0, %c0 : tensor<?x2xf64>, tensor<?x5xf64>)
      reverse_weights(%w_ih, %w_hh : tensor<3x20xf64>, tensor<2x20xf64>)
      reverse_bias_ih(%b : tensor<20xf64>) reverse_bias_hh(%b : tensor<20xf64>)
      reverse_peepholes(%p, %p, %p : tensor<5xf64>, tensor<5xf64>, tensor<5xf64>)
      reverse_projection(%w_proj : tensor<5x2xf64>)
      -> tensor<?x?x4xf64>, tensor<?x2xf64>, tensor<?x5xf64>, tensor<?x2xf64>, tensor<?x5xf64>
  return
}

// CHECK-LABEL: func @gru
func.func @gru(%x: tensor<0x1x1xf32>, %h0: tensor<1x1xf32>, %w: tensor<1x3xf32>, %b: tensor<3xf32>, %n: tensor<1xi32>,
               %key: tensor<2xi64>, %step: tensor<i64>) {
  // CHECK: %{{.*}}, %{{.*}} = gradopt.gru linear_before_reset "a" %[[X:[^ ,]*]] : tensor<0x1x1xf32> init(%[[H:[^ ,]*]] : tensor<1x1xf32>) weights(%[[W:[^ ,]*]], %[[W]] : tensor<1x3xf32>, tensor<1x3xf32>) bias_ih(%[[B:[^ ,]*]] : tensor<3xf32>) bias_hh(%[[B]] : tensor<3xf32>) -> tensor<0x1x1xf32>, tensor<1x1xf32>
  %0:2 = gradopt.gru linear_before_reset "a" %x : tensor<0x1x1xf32> init(%h0 : tensor<1x1xf32>) weights(%w, %w : tensor<1x3xf32>, tensor<1x3xf32>) bias_ih(%b : tensor<3xf32>) bias_hh(%b : tensor<3xf32>) -> tensor<0x1x1xf32>, tensor<1x1xf32>
  // CHECK: gradopt.gru %[[X]] : tensor<0x1x1xf32> weights(%[[W]], %[[W]] : tensor<1x3xf32>, tensor<1x3xf32>) ->
  %1:2 = gradopt.gru %x : tensor<0x1x1xf32> weights(%w, %w : tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<0x1x1xf32>, tensor<1x1xf32>
  // CHECK: gradopt.gru reverse %[[X]] : tensor<0x1x1xf32> lengths(%[[N:[^ ,]*]] : tensor<1xi32>) weights(%[[W]], %[[W]] : tensor<1x3xf32>, tensor<1x3xf32>) ->
  %2:2 = gradopt.gru reverse %x : tensor<0x1x1xf32> lengths(%n : tensor<1xi32>) weights(%w, %w : tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<0x1x1xf32>, tensor<1x1xf32>
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}} = gradopt.gru linear_before_reset "b" %[[X]] : tensor<0x1x1xf32> lengths(%[[N]] : tensor<1xi32>) init(%[[H]] : tensor<1x1xf32>) weights({{.*}}) bias_ih(%[[B]] : tensor<3xf32>) reverse_init(%[[H]] : tensor<1x1xf32>) reverse_weights(%[[W]], %[[W]] : tensor<1x3xf32>, tensor<1x3xf32>) reverse_bias_ih(%[[B]] : tensor<3xf32>) zoneout [0.000000e+00] key(%{{.*}}, %{{.*}}) -> tensor<0x1x2xf32>, tensor<1x1xf32>, tensor<1x1xf32>
  %3:3 = gradopt.gru linear_before_reset "b" %x : tensor<0x1x1xf32> lengths(%n : tensor<1xi32>) init(%h0 : tensor<1x1xf32>) weights(%w, %w : tensor<1x3xf32>, tensor<1x3xf32>) bias_ih(%b : tensor<3xf32>) reverse_init(%h0 : tensor<1x1xf32>) reverse_weights(%w, %w : tensor<1x3xf32>, tensor<1x3xf32>) reverse_bias_ih(%b : tensor<3xf32>) zoneout [0.0] key(%key, %step) -> tensor<0x1x2xf32>, tensor<1x1xf32>, tensor<1x1xf32>
  return
}
