// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-insert-gradient-clipping="kind=value threshold=1.0 at=time_step"

// Without a recipe it must be clear which function is the model.

// expected-error@below {{a clip at time_step acts on a model, but there are several functions with a result gradopt.loss and a body; name one by 'model = @…' of a gradopt.recipe}}
module {
  func.func @a(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
    return %w : tensor<f32>
  }
  func.func @b(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
    return %w : tensor<f32>
  }
}

// -----

// expected-error@below {{a clip at time_step acts on a model before it is differentiated, but there is a step already}}
module {
  // expected-note@below {{the step is here}}
  func.func @a(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) attributes {gradopt.differentiated} {
    return %w : tensor<f32>
  }
}
