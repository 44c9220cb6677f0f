// RUN: gradopt-opt %s --gradopt-differentiate --verify-diagnostics

// expected-error @below {{no model to differentiate: give the symbol of a loss function as the option model, or add a gradopt.recipe}}
module {
  func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
    return %w : tensor<f32>
  }
}
