// RUN: gradopt-opt %s --gradopt-verify-recipe -split-input-file -verify-diagnostics

// A module without a recipe, and one whose recipe is used up.
func.func @loss() { return }

// -----

func.func @loss() { return }
gradopt.recipe @train { model = @loss, result = @step }

// -----

func.func @loss() { return }
// expected-error @below {{part 'optimizer' was not acted upon: gradopt-insert-updates takes it; run that pass or leave the part out}}
gradopt.recipe @train { model = @loss, optimizer = #gradopt.sgd<learning_rate = 0.1> }

// -----

func.func @loss() { return }
// expected-error @below {{part 'clip' was not acted upon: gradopt-insert-gradient-clipping takes it; run that pass or leave the part out}}
gradopt.recipe @train { model = @loss, clip = [#gradopt.clip<norm, threshold = 1.0>] }

// -----

// Each part is reported.
func.func @loss() { return }
// expected-error @below {{part 'monitor' was not acted upon: gradopt-insert-norm-monitors takes it; run that pass or leave the part out}}
// expected-error @below {{part 'on_nonfinite' was not acted upon: gradopt-insert-finite-checks takes it; run that pass or leave the part out}}
gradopt.recipe @train { model = @loss, monitor = #gradopt.monitor<norms>, on_nonfinite = stop }

// -----

func.func @loss() { return }
// expected-error @below {{part 'on_overflow' was not acted upon: gradopt-insert-finite-checks takes it; run that pass or leave the part out}}
// expected-error @below {{part 'on_divergence' was not acted upon: gradopt-insert-finite-checks takes it; run that pass or leave the part out}}
// expected-error @below {{part 'policy_options' was not acted upon: gradopt-insert-finite-checks takes it; run that pass or leave the part out}}
gradopt.recipe @train { model = @loss, on_overflow = skip, on_divergence = stop, policy_options = #gradopt.policy_options<skips = 1> }

// -----

func.func @loss() { return }
// expected-note @below {{the first is here}}
gradopt.recipe @train { model = @loss }
// expected-error @below {{a module may have one gradopt.recipe: it would not be clear which one the passes should follow}}
gradopt.recipe @other { model = @loss }

// -----

func.func @loss(%w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">},
                %b: tensor<2xf32> {gradopt.param = #gradopt.param<"b">}) { return }
// expected-error @below {{part 'schedule' was not acted upon: gradopt-insert-updates takes it}}
// expected-error @below {{part 'accumulate' was not acted upon: gradopt-insert-accumulation takes it}}
// expected-error @below {{part 'regularize' was not acted upon: gradopt-insert-regularization takes it}}
// expected-error @below {{'frozen' of group "still" was not acted upon: gradopt-differentiate takes it; run that pass or leave the part out}}
// expected-error @below {{'clip' of group "g" was not acted upon: gradopt-insert-gradient-clipping takes it}}
// expected-error @below {{'learning_rate' of group "g" was not acted upon: gradopt-insert-updates takes it}}
// expected-error @below {{'weight_decay' of group "g" was not acted upon: gradopt-insert-regularization takes it}}
gradopt.recipe @train {
  model = @loss, accumulate = 2, schedule = #gradopt.schedule<kind = constant, warmup = 2>,
  regularize = [#gradopt.l2<0.1>],
  groups = [#gradopt.group<name = "still", match = "w", frozen = true>,
            #gradopt.group<name = "g", match = "b", learning_rate = 0.1, weight_decay = 0.1, clip = <norm, threshold = 1.0>>]
}
