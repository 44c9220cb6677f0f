// RUN: gradopt-gradcheck %s --values %{inputs}/pytorch/rnn_relu_f64.safetensors
// RUN: gradopt-gradcheck %s --values %{inputs}/pytorch/rnn_relu_f64.safetensors \
// RUN:   --float=as-is --float32-values %{inputs}/pytorch/rnn_relu_f32.safetensors \
// RUN:   | FileCheck %s

// Two layers of a relu RNN: loss, outputs, final states and all gradients as in
// PyTorch. pytorch_reference.py made the files and says what they hold.

// CHECK-COUNT-15: {{ok$}}
// CHECK-NOT: {{.}}

func.func @loss(
    %x: tensor<5x3x4xf32> {gradopt.param = #gradopt.param<"x">},
    %h0_0: tensor<3x6xf32> {gradopt.param = #gradopt.param<"h0.0">},
    %weight_ih_0: tensor<4x6xf32> {gradopt.param = #gradopt.param<"weight_ih.0">},
    %weight_hh_0: tensor<6x6xf32> {gradopt.param = #gradopt.param<"weight_hh.0">},
    %bias_ih_0: tensor<6xf32> {gradopt.param = #gradopt.param<"bias_ih.0">},
    %bias_hh_0: tensor<6xf32> {gradopt.param = #gradopt.param<"bias_hh.0">},
    %h0_1: tensor<3x6xf32> {gradopt.param = #gradopt.param<"h0.1">},
    %weight_ih_1: tensor<6x6xf32> {gradopt.param = #gradopt.param<"weight_ih.1">},
    %weight_hh_1: tensor<6x6xf32> {gradopt.param = #gradopt.param<"weight_hh.1">},
    %bias_ih_1: tensor<6xf32> {gradopt.param = #gradopt.param<"bias_ih.1">},
    %bias_hh_1: tensor<6xf32> {gradopt.param = #gradopt.param<"bias_hh.1">})
    -> (tensor<f32> {gradopt.loss},
        tensor<5x3x6xf32> {gradopt.output = "y"},
        tensor<3x6xf32> {gradopt.output = "hn.0"},
        tensor<3x6xf32> {gradopt.output = "hn.1"}) {
  %y_0, %hn_0 = gradopt.rnn relu "layer0" %x : tensor<5x3x4xf32>
      init(%h0_0 : tensor<3x6xf32>)
      weights(%weight_ih_0, %weight_hh_0 : tensor<4x6xf32>, tensor<6x6xf32>)
      bias_ih(%bias_ih_0 : tensor<6xf32>) bias_hh(%bias_hh_0 : tensor<6xf32>)
      -> tensor<5x3x6xf32>, tensor<3x6xf32>
  %y_1, %hn_1 = gradopt.rnn relu "layer1" %y_0 : tensor<5x3x6xf32>
      init(%h0_1 : tensor<3x6xf32>)
      weights(%weight_ih_1, %weight_hh_1 : tensor<6x6xf32>, tensor<6x6xf32>)
      bias_ih(%bias_ih_1 : tensor<6xf32>) bias_hh(%bias_hh_1 : tensor<6xf32>)
      -> tensor<5x3x6xf32>, tensor<3x6xf32>
  %no_y = arith.constant dense<0.0> : tensor<5x3x6xf32>
  %no_state = arith.constant dense<0.0> : tensor<3x6xf32>
  // A tenth of it: an f32 constant would be rounded before it is widened.
  %ten = arith.constant dense<10.0> : tensor<f32>
  %l_y = gradopt.mean_squared_error %y_1, %no_y : tensor<5x3x6xf32>, tensor<5x3x6xf32> -> tensor<f32>
  %l_hn_0 = gradopt.mean_squared_error %hn_0, %no_state : tensor<3x6xf32>, tensor<3x6xf32> -> tensor<f32>
  %l_hn_1 = gradopt.mean_squared_error %hn_1, %no_state : tensor<3x6xf32>, tensor<3x6xf32> -> tensor<f32>
  %s_hn_1 = arith.addf %l_hn_0, %l_hn_1 : tensor<f32>
  %scaled = arith.divf %s_hn_1, %ten : tensor<f32>
  %loss = arith.addf %l_y, %scaled : tensor<f32>
  return %loss, %y_1, %hn_0, %hn_1 : tensor<f32>, tensor<5x3x6xf32>, tensor<3x6xf32>, tensor<3x6xf32>
}
