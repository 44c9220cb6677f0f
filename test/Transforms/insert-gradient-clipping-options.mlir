// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="kind=l2 threshold=1.0" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="kind=norm" 2>&1 | FileCheck %s --check-prefix=THRESHOLD
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="kind=norm threshold=nan" 2>&1 | FileCheck %s --check-prefix=THRESHOLD
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="kind=norm threshold=-1.0" 2>&1 | FileCheck %s --check-prefix=THRESHOLD
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="kind=norm threshold=1.0 p=3" 2>&1 | FileCheck %s --check-prefix=P
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="kind=value threshold=1.0 p=l2" 2>&1 | FileCheck %s --check-prefix=VALUE
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="threshold=1.0" 2>&1 | FileCheck %s --check-prefix=ALONE
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="p=l1" 2>&1 | FileCheck %s --check-prefix=ALONE
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="at=gate" 2>&1 | FileCheck %s --check-prefix=ALONE
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="every=2" 2>&1 | FileCheck %s --check-prefix=ALONE
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="kind=norm threshold=1.0 at=state" 2>&1 | FileCheck %s --check-prefix=AT
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="kind=group_norm threshold=1.0 at=gate" 2>&1 | FileCheck %s --check-prefix=TOGETHER
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="kind=norm threshold=1.0 at=chunk" 2>&1 | FileCheck %s --check-prefix=EVERY
// RUN: not gradopt-opt %s --gradopt-insert-gradient-clipping="kind=norm threshold=1.0 at=chunk every=2" 2>&1 | FileCheck %s --check-prefix=MODEL
// RUN: gradopt-opt %s --gradopt-insert-gradient-clipping="kind=norm threshold=1.0 at=gradient" | FileCheck %s --check-prefix=GRADIENT
// RUN: gradopt-opt %s --gradopt-insert-gradient-clipping="kind=norm threshold=0" | FileCheck %s --check-prefix=ZERO
// RUN: gradopt-opt %s --gradopt-insert-gradient-clipping="kind=norm threshold=inf" | FileCheck %s --check-prefix=INFINITE

// KIND: error: unknown kind of clip 'l2'; there are value, norm, group_norm, global_norm and none
// THRESHOLD: error: a clip needs a threshold: a number that is not negative, as in 'kind=global_norm threshold=1.0'
// P: error: unknown norm '3'; 'p' is l1, l2 or linf
// VALUE: error: 'p' chooses a norm and does not go with 'kind=value', which bounds every element
// ALONE: error: options 'threshold', 'p', 'at' and 'every' of 'gradopt-insert-gradient-clipping' belong to a clip: give its 'kind' too
// AT: error: unknown placement 'state'; 'at' is gradient, time_step, chunk or gate
// TOGETHER: error: a clip at gate is by value or by norm, got group_norm
// EVERY: error: every = N, the time steps of a chunk, goes with at = chunk and is at least 1, got every = 0 at chunk
// MODEL: error: a clip at chunk acts on a model, but there is no function with a result gradopt.loss and a body; name one by 'model = @…' of a gradopt.recipe
// GRADIENT: gradopt.clip_by_norm
// ZERO: arith.constant dense<0.000000e+00> : tensor<f32>
// INFINITE: arith.constant dense<0x7F800000> : tensor<f32>
func.func @step(%d: tensor<2xf32>) -> tensor<2xf32> {
  %a = gradopt.gradient %d of "a" : tensor<2xf32>
  return %a : tensor<2xf32>
}
