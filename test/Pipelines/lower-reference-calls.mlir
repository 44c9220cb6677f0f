// RUN: gradopt-opt %s --gradopt-lower-reference=function=step | FileCheck %s
// RUN: not gradopt-opt %s --gradopt-lower-reference=function=recursive 2>&1 | FileCheck %s --check-prefix=ERROR

// The functions that a step calls become part of it.

// CHECK-NOT: @malloc
// CHECK-NOT: @helper
// CHECK-NOT: func.func
// CHECK: llvm.func @step.body(
// CHECK: llvm.fadd
// CHECK: llvm.func @step(
// CHECK-NOT: @helper
func.func private @helper(%w: tensor<?xf32>) -> tensor<?xf32> {
  %0 = arith.addf %w, %w : tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func @step(%x: tensor<?xf32> {gradopt.input = "x"}) -> (tensor<?xf32> {gradopt.output = "y"}) {
  %0 = call @helper(%x) : (tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// ERROR: [[#@LINE+2]]:8: error: a step cannot pass tensors to a function that is not inlined: give the function a body in this module that does not call itself
func.func @recursive(%x: tensor<2xf32> {gradopt.input = "x"}) {
  %0 = call @itself(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return
}
func.func private @itself(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = call @itself(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
