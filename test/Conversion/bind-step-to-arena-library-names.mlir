// RUN: gradopt-opt %s --gradopt-bind-step-to-arena=function=tanh --verify-diagnostics

// expected-error @+1 {{'func.func' op has the name of a function of the C library, which compiled code may call; give it another one}}
func.func @tanh(%x: tensor<f32> {gradopt.input = "x"}) -> (tensor<f32> {gradopt.output = "y"}) {
  %y = math.tanh %x : tensor<f32>
  return %y : tensor<f32>
}
