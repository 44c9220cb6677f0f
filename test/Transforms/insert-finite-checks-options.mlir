// RUN: not gradopt-opt %s --gradopt-insert-finite-checks="on-nonfinite=ignore" 2>&1 | FileCheck %s
// RUN: not gradopt-opt %s --gradopt-insert-finite-checks="on-nonfinite=none" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not gradopt-opt %s --gradopt-insert-finite-checks="on-overflow=all" 2>&1 | FileCheck %s --check-prefix=OVERFLOW
// RUN: not gradopt-opt %s --gradopt-insert-finite-checks="on-divergence=all" 2>&1 | FileCheck %s --check-prefix=DIVERGENCE

// CHECK: error: unknown policy 'ignore'; 'on-nonfinite' is report, skip, back_off, roll_back or stop{{$}}
// NONE: error: unknown policy 'none'; 'on-nonfinite' is report, skip, back_off, roll_back or stop{{$}}
// OVERFLOW: error: unknown policy 'all'; 'on-overflow' is report, skip, back_off, roll_back or stop, or none
// DIVERGENCE: error: unknown policy 'all'; 'on-divergence' is report, skip, back_off, roll_back or stop, or none
func.func @step() {
  return
}
