// RUN: not gradopt-opt %s \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries must-infer-memory-space" 2>&1 \
// RUN: | FileCheck %s

// CHECK: [[@LINE+2]]:{{[0-9]+}}: error: no memory space is known for 'tensor<?x2xf32>'
func.func @space(%T: index, %x: tensor<2xf32>) -> tensor<?x2xf32> {
  %r = gradopt.scan (%s) to %T outputs(tensor<?x2xf32>) {
    gradopt.yield %x : tensor<2xf32>
  }
  return %r : tensor<?x2xf32>
}
