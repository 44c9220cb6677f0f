// RUN: not gradopt-opt %s --gradopt-sink-weight-gradients="chunk=-3" 2>&1 | FileCheck %s

// CHECK: sink-weight-gradients-errors.mlir:{{.*}}: error: chunk is -3; it is a number of time steps: give a positive one, or 0 for one sum over all steps
module {}
