// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-training-step

// A step that updates nothing has nothing to guard.
// expected-error@+1 {{'loss_step' has gradients but no updated value to guard: mark the arguments that hold parameters and the results that return their next values by 'gradopt.param', or give the recipe an optimizer}}
func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = gradopt.mean_squared_error %w, %w : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %0 : tensor<f32>
}
gradopt.recipe @train { model = @loss }
