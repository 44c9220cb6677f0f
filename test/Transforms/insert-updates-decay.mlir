// RUN: gradopt-opt %s --verify-diagnostics --gradopt-insert-updates="optimizer=adamw learning-rate=0.1"

// The optimizer of an option decays, and so does the recipe.
func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) { return }
func.func @step(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  return %w : tensor<2xf32>
}
// expected-error@+1 {{would decay weights twice: by #gradopt.decoupled_decay<1.000000e-01> and by the weight_decay of the optimizer #gradopt.adamw<learning_rate = 1.000000e-01>; leave out one of them}}
gradopt.recipe @train {
  model = @loss, result = @step, optimizer = #gradopt.sgd<learning_rate = 0.1>,
  regularize = [#gradopt.l1<0.1>, #gradopt.decoupled_decay<0.1>]
}
