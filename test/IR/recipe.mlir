// RUN: gradopt-opt %s | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --mlir-print-op-generic | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --emit-bytecode | gradopt-opt | FileCheck %s

func.func @loss() { return }
func.func @made() { return }

// CHECK:      gradopt.recipe @train {
// CHECK-NEXT:   model = @loss,
// CHECK-NEXT:   result = @step,
// CHECK-NEXT:   optimizer = #gradopt.adam<learning_rate = 2.000000e-03>,
// CHECK-NEXT:   clip = [#gradopt.clip<value, threshold = 5.000000e+00>, #gradopt.clip<global_norm, threshold = 1.000000e+00>],
// CHECK-NEXT:   monitor = #gradopt.monitor<norms, through_time>,
// CHECK-NEXT:   on_nonfinite = skip
// CHECK-NEXT: }
gradopt.recipe @train {
  on_nonfinite = skip,
  clip = [#gradopt.clip<value, threshold = 5.0>, #gradopt.clip<global_norm, threshold = 1.0>],
  optimizer = #gradopt.adam<learning_rate = 2.0e-3>,
  monitor = #gradopt.monitor<norms, through_time>,
  result = @step, model = @loss
}

// CHECK:      gradopt.recipe @least {
// CHECK-NEXT:   model = @loss
// CHECK-NEXT: }
gradopt.recipe @least { model = @loss }

// The step may exist already.
// CHECK:      gradopt.recipe @noted attributes {test.note = 1 : i64} {
// CHECK-NEXT:   model = @loss,
// CHECK-NEXT:   result = @made,
// CHECK-NEXT:   optimizer = #gradopt.sgd<learning_rate = 1.000000e-01>,
// CHECK-NEXT:   on_nonfinite = report
// CHECK-NEXT: }
gradopt.recipe @noted attributes {test.note = 1} {
  model = @loss, result = @made, optimizer = #gradopt.sgd<learning_rate = 0.1>, on_nonfinite = report
}

// Parts at their defaults are not printed, and nothing need go by them.
// CHECK-LABEL: gradopt.recipe @policies
// CHECK-NEXT:   model = @loss,
// CHECK-NEXT:   on_nonfinite = roll_back,
// CHECK-NEXT:   on_overflow = back_off,
// CHECK-NEXT:   on_divergence = stop,
// CHECK-NEXT:   policy_options = #gradopt.policy_options<roll_back_after = 2, median_window = 51>
// CHECK-NEXT: }
gradopt.recipe @policies {
  model = @loss, on_divergence = stop, on_overflow = back_off, on_nonfinite = roll_back,
  policy_options = #gradopt.policy_options<median_window = 51, snapshot_every = 100, roll_back_after = 2>
}

// CHECK-LABEL: gradopt.recipe @defaults
// CHECK:        policy_options = #gradopt.policy_options<>
gradopt.recipe @defaults {
  model = @loss, on_nonfinite = stop,
  policy_options = #gradopt.policy_options<skips = 10, recover_after = 100, roll_back_after = 3, snapshot_every = 100,
    roll_backs = 3, overflow_fraction = 0.001, divergence_factor = 10.0, median_window = 101, median_warmup = 20,
    carried_state = keep>
}

func.func @model(%w: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w">},
                 %b: tensor<2xf32> {gradopt.param = #gradopt.param<"b">}) { return }

// CHECK:      gradopt.recipe @whole {
// CHECK-NEXT:   model = @model,
// CHECK-NEXT:   optimizer = #gradopt.rmsprop<learning_rate = 1.000000e-01>,
// CHECK-NEXT:   schedule = #gradopt.schedule<kind = step, every = 3>,
// CHECK-NEXT:   accumulate = 4,
// CHECK-NEXT:   regularize = [#gradopt.l1<1.000000e-01>, #gradopt.l2<1.000000e-01>, #gradopt.decoupled_decay<1.000000e-01>, #gradopt.max_norm<1.000000e+00>],
// CHECK-NEXT:   groups = [#gradopt.group<name = "biases", match = "b*", learning_rate = 1.000000e-02>]
// CHECK-NEXT: }
gradopt.recipe @whole {
  model = @model, optimizer = #gradopt.rmsprop<learning_rate = 0.1>, accumulate = 4,
  groups = [#gradopt.group<name = "biases", match = "b*", learning_rate = 0.01>],
  schedule = #gradopt.schedule<kind = step, every = 3>,
  regularize = [#gradopt.l1<0.1>, #gradopt.l2<0.1>, #gradopt.decoupled_decay<0.1>, #gradopt.max_norm<1.0>]
}
