// RUN: gradopt-opt %s --gradopt-training-step --gradopt-lower-reference | FileCheck %s
// RUN: gradopt-opt %s --gradopt-training-step --gradopt-lower-reference=float=f64 | FileCheck %s --check-prefix=F64
// RUN: gradopt-opt %s --gradopt-training-step --gradopt-lower-reference=function=step | FileCheck %s
// RUN: gradopt-opt %s --gradopt-lower-reference=function=loss | FileCheck %s --check-prefix=LOSS
// RUN: not gradopt-opt %s --gradopt-lower-reference 2>&1 | FileCheck %s --check-prefix=NO-STEP
// RUN: gradopt-opt %s --gradopt-training-step --gradopt-lower-reference | mlir-translate --mlir-to-llvmir -o /dev/null

// From a step to the LLVM dialect: what the runtime calls, and nothing that
// allocates, copies by a library or is left of another dialect.

// CHECK-NOT: @malloc
// CHECK-NOT: @free
// CHECK-NOT: @memrefCopy
// CHECK-NOT: unrealized_conversion_cast
// CHECK-NOT: func.func
// CHECK-DAG: llvm.func @step_layout(%{{.*}}: i64, %{{.*}}: i64, %{{.*}}: !llvm.ptr) -> i64
// CHECK-DAG: llvm.func @step.body({{.*}}) attributes {sym_visibility = "private"}
// CHECK-DAG: llvm.mlir.global external constant @step_manifest("GRADOPT\00
// CHECK-DAG: llvm.func @step(%{{.*}}: !llvm.ptr, %{{.*}}: i32, %{{.*}}: i32)
// CHECK-DAG: llvm.func @step_commit(%{{.*}}: !llvm.ptr)
// CHECK-NOT: @malloc
// CHECK-NOT: @memrefCopy
// CHECK-NOT: @loss
// CHECK-NOT: @helper

// The oracle has no f32 value.
// F64: llvm.func @step.body(
// F64-NOT: f32
// F64: llvm.func @step(

// LOSS-DAG: llvm.func @loss(%{{.*}}: !llvm.ptr, %{{.*}}: i32, %{{.*}}: i32)
// LOSS-DAG: llvm.func @loss_layout(
// LOSS-DAG: llvm.func @loss_commit(
// LOSS-DAG: @loss_manifest(

// NO-STEP: error: no step to lower: there is no function @step; gradopt-differentiate makes it of a loss function
// NO-STEP-NOT: see current operation
func.func @loss(
    %x: tensor<?x?x2xf32> {gradopt.input = "x"},
    %target: tensor<?x?x3xf32> {gradopt.input = "target"},
    %h: tensor<?x3xf32> {gradopt.state = "h"},
    %w_ih: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rnn.weight_ih", init = xavier>},
    %w_hh: tensor<3x3xf32> {gradopt.param = #gradopt.param<"rnn.weight_hh", init = orthogonal>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x3xf32> {gradopt.state = "h"}) {
  %y, %h_n = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32>
      init(%h : tensor<?x3xf32>)
      weights(%w_ih, %w_hh : tensor<2x3xf32>, tensor<3x3xf32>)
      -> tensor<?x?x3xf32>, tensor<?x3xf32>
  %loss = gradopt.mean_squared_error %y, %target
      : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %h_n : tensor<f32>, tensor<?x3xf32>
}

gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 1.0e-2>,
  clip = [#gradopt.clip<global_norm, threshold = 0.5>],
  monitor = #gradopt.monitor<norms, through_time>,
  on_nonfinite = stop
}
