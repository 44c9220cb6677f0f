// RUN: gradopt-opt %s --gradopt-bind-step-to-arena=function=tanh --verify-diagnostics

// expected-error @+1 {{step @tanh: this is the name of a function of the C library, which compiled code may call; give the step another one}}
func.func @tanh(%x: tensor<f32> {gradopt.input = "x"}) -> (tensor<f32> {gradopt.output = "y"}) {
  %y = math.tanh %x : tensor<f32>
  return %y : tensor<f32>
}
