// RUN: gradopt-opt %s -split-input-file -verify-diagnostics \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries"

func.func @size_of_step(%T: index) -> tensor<?x?xf32> {
  %one = arith.constant 1.0 : f32
  // expected-error @below {{failed to bufferize op}}
  // expected-error @below {{output #0 cannot be allocated: the size of its dimension 1 is not known before the loop; give it a static size or one that comes from outside of the body}}
  %r = gradopt.scan (%s) to %T outputs(tensor<?x?xf32>) {
    // expected-note @below {{its slices are made here}}
    %e = tensor.empty(%s) : tensor<?xf32>
    %f = linalg.fill ins(%one : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    gradopt.yield %f : tensor<?xf32>
  }
  return %r : tensor<?x?xf32>
}

// -----

func.func @size_of_carry(%T: index, %n0: index) -> tensor<?x?xf32> {
  %one = arith.constant 1.0 : f32
  // expected-error @below {{failed to bufferize op}}
  // expected-error @below {{output #0 cannot be allocated: the size of its dimension 1 is not known before the loop}}
  %r:2 = gradopt.scan (%s) to %T carries(%n = %n0 : index) outputs(tensor<?x?xf32>) {
    // expected-note @below {{its slices are made here}}
    %e = tensor.empty(%n) : tensor<?xf32>
    %f = linalg.fill ins(%one : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    %n1 = arith.addi %n, %n : index
    gradopt.yield %n1, %f : index, tensor<?xf32>
  }
  return %r#1 : tensor<?x?xf32>
}
