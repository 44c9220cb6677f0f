// RUN: gradopt-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{a recipe needs model = @…, the symbol of the loss function}}
gradopt.recipe @train { on_nonfinite = skip }

// -----

// expected-error @below {{unknown part 'rate' of a recipe: write model, result, optimizer, schedule, accumulate, clip, regularize, groups, monitor, on_nonfinite, on_overflow, on_divergence or policy_options}}
gradopt.recipe @train { model = @loss, rate = 1 }

// -----

// expected-error @below {{schedule must be #gradopt.schedule<…>, got 1 : i64}}
gradopt.recipe @train { model = @loss, schedule = 1 }

// -----

// expected-error @below {{unknown part 'sym_name' of a recipe}}
gradopt.recipe @train { model = @loss, sym_name = "other" }

// -----

// expected-error @below {{part 'model' is given twice}}
gradopt.recipe @train { model = @loss, model = @loss }

// -----

// expected-error @below {{unknown policy 'ignore': write report, skip, back_off, roll_back or stop}}
gradopt.recipe @train { model = @loss, on_nonfinite = ignore }

// -----

// expected-error @below {{monitor must be #gradopt.monitor<…>, got true}}
gradopt.recipe @train { model = @loss, monitor = true }

// -----

// expected-error @below {{invalid kind of attribute specified}}
gradopt.recipe @train { model = "loss" }

// -----

// expected-error @below {{invalid kind of attribute specified}}
gradopt.recipe @train { model = @loss, clip = #gradopt.clip<norm, threshold = 1.0> }

// -----

func.func @loss() { return }
// expected-error @below {{optimizer must be #gradopt.sgd<…>, momentum, adam, adamw or rmsprop, or another dialect's attribute that implements OptimizerAttrInterface, got "adam"}}
gradopt.recipe @train { model = @loss, optimizer = "adam" }

// -----

func.func @loss() { return }
// expected-error @below {{clip lists no clip: leave it out}}
gradopt.recipe @train { model = @loss, clip = [] }

// -----

func.func @loss() { return }
// expected-error @below {{clip must be a list of #gradopt.clip<…>, got 1.000000e+00 : f64}}
gradopt.recipe @train { model = @loss, clip = [#gradopt.clip<norm, threshold = 1.0>, 1.0] }

// -----

// expected-error @below {{names a missing function: there is no func.func @loss}}
gradopt.recipe @train { model = @loss }

// -----

module @loss {}
// expected-error @below {{names a missing function: there is no func.func @loss}}
gradopt.recipe @train { model = @loss }

// -----

func.func @loss() { return }
// expected-error @below {{result must be another symbol than the model @loss}}
gradopt.recipe @train { model = @loss, result = @loss }

// -----

func.func @loss() { return }
// expected-error @below {{would make the step @train, but that symbol is not a function: give another result = @…}}
// expected-note @below {{it is defined here}}
gradopt.recipe @train { model = @loss, result = @train }

// -----

func.func @loss() { return }
// expected-note @below {{it is defined here}}
module @loss_step {}
// expected-error @below {{would make the step @loss_step, but that symbol is not a function: give another result = @…}}
gradopt.recipe @train { model = @loss }

// -----

func.func @loss() {
  // expected-error @below {{expects parent op 'builtin.module'}}
  gradopt.recipe @train { model = @loss }
  return
}

// -----

func.func @loss() { return }
// expected-error @below {{accumulate is a number of batches of at least 1, got 0}}
gradopt.recipe @train { model = @loss, accumulate = 0 }

// -----

func.func @loss() { return }
// expected-error @below {{accumulate is a number of batches of at least 1, got -2}}
gradopt.recipe @train { model = @loss, accumulate = -2 }

// -----

func.func @loss() { return }
// expected-error @below {{regularize lists no regularizer: leave it out}}
gradopt.recipe @train { model = @loss, regularize = [] }

// -----

func.func @loss() { return }
// expected-error @below {{regularize must be a list of #gradopt.l1<…>, l2, decoupled_decay and max_norm, got #gradopt.clip<norm, threshold = 1.000000e+00>}}
gradopt.recipe @train { model = @loss, regularize = [#gradopt.clip<norm, threshold = 1.0>] }

// -----

func.func @loss() { return }
// expected-error @below {{groups lists no group: leave it out}}
gradopt.recipe @train { model = @loss, groups = [] }

// -----

func.func @loss() { return }
// expected-error @below {{groups must be a list of #gradopt.group<…>, got "*"}}
gradopt.recipe @train { model = @loss, groups = ["*"] }

// -----

func.func @loss(%a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"l.weight">},
                %b: tensor<3xf32> {gradopt.param = #gradopt.param<"l.bias">}) { return }
// expected-error @below {{would decay weights twice: by #gradopt.decoupled_decay<1.000000e-01> and by the weight_decay of the optimizer #gradopt.adamw<learning_rate = 1.000000e-01>; leave out decoupled_decay, or choose an optimizer without a weight decay}}
gradopt.recipe @train { model = @loss, optimizer = #gradopt.adamw<learning_rate = 0.1>, regularize = [#gradopt.l1<0.1>, #gradopt.decoupled_decay<0.1>] }

// -----

func.func @loss(%a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"l.weight">},
                %b: tensor<3xf32> {gradopt.param = #gradopt.param<"l.bias">}) { return }
// expected-error @below {{has two groups of the name "g"}}
gradopt.recipe @train { model = @loss, groups = [#gradopt.group<name = "g", match = "*.bias", frozen = true>,
                                                #gradopt.group<name = "g", match = "*.weight", learning_rate = 0.1>] }

// -----

func.func @loss(%a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"l.weight">},
                %b: tensor<3xf32> {gradopt.param = #gradopt.param<"l.bias">}) { return }
// expected-error @below {{group "g" matches no parameter by its pattern "weight*"; the parameters of @loss are "l.weight", "l.bias"}}
gradopt.recipe @train { model = @loss, groups = [#gradopt.group<name = "g", match = "weight*", frozen = true>] }

// -----

func.func @loss() { return }
// expected-error @below {{group "g" matches no parameter by its pattern "*"; the parameters of @loss are none}}
gradopt.recipe @train { model = @loss, groups = [#gradopt.group<name = "g", match = "*", frozen = true>] }

// -----

func.func @loss(%a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"l.weight">},
                %b: tensor<3xf32> {gradopt.param = #gradopt.param<"l.bias">}) { return }
// expected-error @below {{parameter "l.bias" is matched by two groups, "g" ("*bias") and "h" ("l.*"); a parameter belongs to one group at most}}
gradopt.recipe @train { model = @loss, groups = [#gradopt.group<name = "g", match = "*bias", frozen = true>,
                                                #gradopt.group<name = "h", match = "l.*", learning_rate = 0.1>] }

// -----

func.func @loss(%a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"l.weight">},
                %b: tensor<3xf32> {gradopt.param = #gradopt.param<"l.bias">}) { return }
// expected-error @below {{#gradopt.l2<1.000000e-01, match = "L.*"> matches no parameter; the parameters of @loss are "l.weight", "l.bias"}}
gradopt.recipe @train { model = @loss, regularize = [#gradopt.l2<0.1, match = "L.*">] }

// -----

func.func @loss(%a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"l.weight">},
                %b: tensor<3xf32> {gradopt.param = #gradopt.param<"l.bias">}) { return }
// expected-error @below {{#gradopt.max_norm<1.000000e+00, match = "*bias"> matches no parameter of two dimensions, whose columns it would bound; the parameters of @loss are "l.weight", "l.bias"}}
gradopt.recipe @train { model = @loss, regularize = [#gradopt.max_norm<1.0>, #gradopt.max_norm<1.0, match = "*bias">] }

// -----

// Only `*` is special in a pattern.
func.func @loss(%a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"w[0]">},
                %b: tensor<3xf32> {gradopt.param = #gradopt.param<"w0">}) { return }
gradopt.recipe @train { model = @loss, groups = [#gradopt.group<name = "g", match = "w[*]", frozen = true>,
                                                 #gradopt.group<name = "h", match = "w0*", learning_rate = 0.1>] }

// -----

func.func @loss(%a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"w">}) { return }
// expected-error @below {{group "g" matches no parameter by its pattern "?"}}
gradopt.recipe @train { model = @loss, groups = [#gradopt.group<name = "g", match = "?", frozen = true>] }
