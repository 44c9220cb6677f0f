// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-insert-regularization

func.func @loss(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">}) { return }
// expected-note@+1 {{the step is here}}
func.func @loss_step() { return }
// expected-error@+1 {{the penalty #gradopt.l2<1.000000e-01> belongs to the loss, of which the step @loss_step is made already: run gradopt-insert-regularization before gradopt-differentiate}}
gradopt.recipe @train { model = @loss, regularize = [#gradopt.l2<0.1>] }

// -----

// expected-error@+1 {{'loss' marks no result with gradopt.loss, to which a penalty could be added}}
func.func @loss(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">}) { return }
gradopt.recipe @train { model = @loss, regularize = [#gradopt.l2<0.1>] }

// -----

// expected-error@+1 {{'gradopt-insert-regularization' needs a function of one block that ends in a return of its results}}
func.func private @loss(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">})
gradopt.recipe @train { model = @loss, regularize = [#gradopt.l1<0.1>] }

// -----

func.func @loss(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">},
                %x: tensor<f32> {gradopt.input = "x"}) -> (tensor<f32> {gradopt.loss}) {
  return %x : tensor<f32>
}
// expected-error@+1 {{#gradopt.l1<1.000000e-01> matches only parameters that are frozen; leave it out}}
gradopt.recipe @train {
  model = @loss, regularize = [#gradopt.l1<0.1>],
  groups = [#gradopt.group<name = "all", match = "*", frozen = true>]
}

// -----

func.func @loss(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">},
                %b: tensor<5xf32> {gradopt.param = #gradopt.param<"b">}) { return }
func.func @step(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">},
                %r: tensor<f32> {gradopt.hyper = "learning_rate"})
    -> (tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">}) {
  %w1 = gradopt.sgd %w, %w rate %r : tensor<3x5xf32>, tensor<f32>
  return %w1 : tensor<3x5xf32>
}
// expected-error@+1 {{#gradopt.decoupled_decay<1.000000e-01, match = "b"> matches no parameter that is updated; leave it out}}
gradopt.recipe @train {
  model = @loss, result = @step,
  regularize = [#gradopt.decoupled_decay<0.1, match = "w">, #gradopt.decoupled_decay<0.1, match = "b">]
}

// -----

func.func @loss(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">}) { return }
func.func @step(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">}) {
  %r = arith.constant dense<0.1> : tensor<f32>
  // expected-error@+1 {{the decoupled decay of 'w' needs the learning rate of its update as an argument gradopt.hyper = "learning_rate"}}
  %w1 = gradopt.sgd %w, %w rate %r : tensor<3x5xf32>, tensor<f32>
  return %w1 : tensor<3x5xf32>
}
gradopt.recipe @train { model = @loss, result = @step, regularize = [#gradopt.decoupled_decay<0.1>] }
