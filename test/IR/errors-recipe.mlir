// RUN: gradopt-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{a recipe needs model = @…, the symbol of the loss function}}
gradopt.recipe @train { on_nonfinite = skip }

// -----

// expected-error @below {{unknown part 'schedule' of a recipe: write model, result, optimizer, clip, monitor or on_nonfinite}}
gradopt.recipe @train { model = @loss, schedule = 1 }

// -----

// expected-error @below {{unknown part 'sym_name' of a recipe}}
gradopt.recipe @train { model = @loss, sym_name = "other" }

// -----

// expected-error @below {{part 'model' is given twice}}
gradopt.recipe @train { model = @loss, model = @loss }

// -----

// expected-error @below {{unknown policy 'ignore': write report, skip or stop}}
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
// expected-error @below {{optimizer must be #gradopt.sgd<…> or #gradopt.adam<…>, got "adam"}}
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
