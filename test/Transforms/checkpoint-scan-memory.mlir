// The arena of an LSTM's step with 256 steps: the tape of all of them is most of
// it, and segments of 16 leave what is no tape.

// DEFINE: %{step} = gradopt-opt %s --gradopt-differentiate=model=loss --canonicalize --cse
// DEFINE: %{lower} = --gradopt-lower-reference=function=loss_step
// RUN: %{step} %{lower} | FileCheck %s
// RUN: %{step} --gradopt-checkpoint-scan=every=16 %{lower} | FileCheck %s --check-prefix=EVERY
// RUN: %{step} --gradopt-checkpoint-scan %{lower} | FileCheck %s --check-prefix=EVERY
// RUN: %{step} --gradopt-checkpoint-scan=recompute=true %{lower} | FileCheck %s --check-prefix=RECOMPUTE

// CHECK-LABEL: llvm.func @loss_step_layout
// EVERY-LABEL: llvm.func @loss_step_layout
// RECOMPUTE-LABEL: llvm.func @loss_step_layout
