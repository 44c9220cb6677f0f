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
// expected-note @below {{the first is here}}
gradopt.recipe @train { model = @loss }
// expected-error @below {{a module may have one gradopt.recipe: it would not be clear which one the passes should follow}}
gradopt.recipe @other { model = @loss }
