// RUN: not gradopt-opt %s --gradopt-insert-finite-checks="on-nonfinite=ignore" 2>&1 | FileCheck %s

// CHECK: error: unknown policy 'ignore'; 'on-nonfinite' is report, skip or stop
func.func @step() {
  return
}
