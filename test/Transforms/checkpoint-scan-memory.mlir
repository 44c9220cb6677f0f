// The arena of an LSTM's step with 256 steps. Of its 110 KiB, 42 are the
// arguments, the output and its gradient; the rest is the tape. In segments of 16,
// which the square root gives too, 59 KiB are left.

// DEFINE: %{step} = gradopt-opt %s --gradopt-differentiate=model=loss --canonicalize --cse
// DEFINE: %{lower} = --gradopt-lower-reference=function=loss_step
// RUN: %{step} %{lower} | FileCheck %s
// RUN: %{step} --gradopt-checkpoint-scan=every=16 %{lower} | FileCheck %s --check-prefix=EVERY
// RUN: %{step} --gradopt-checkpoint-scan %{lower} | FileCheck %s --check-prefix=EVERY

// CHECK-LABEL: llvm.func @loss_step_layout
// CHECK: %[[BYTES:.*]] = llvm.mlir.constant(11{{[0-9][0-9][0-9][0-9]}} : i64) : i64
// CHECK: llvm.return %[[BYTES]]
// EVERY-LABEL: llvm.func @loss_step_layout
// EVERY: %[[BYTES:.*]] = llvm.mlir.constant(5{{[0-9][0-9][0-9][0-9]}} : i64) : i64
// EVERY: llvm.return %[[BYTES]]
func.func @loss(%x: tensor<256x3x3xf32> {gradopt.input = "x"}, %t: tensor<256x3x4xf32> {gradopt.input = "t"},
    %h0: tensor<3x4xf32> {gradopt.state = "h"}, %c0: tensor<3x4xf32> {gradopt.state = "c"},
    %w_ih: tensor<3x16xf32> {gradopt.param = #gradopt.param<"w_ih", init = normal(0.0, 0.3)>},
    %w_hh: tensor<4x16xf32> {gradopt.param = #gradopt.param<"w_hh", init = normal(0.0, 0.3)>})
    -> (tensor<f32> {gradopt.loss}, tensor<3x4xf32> {gradopt.state = "h"}, tensor<3x4xf32> {gradopt.state = "c"}) {
  %y, %h, %c = gradopt.lstm "l" %x : tensor<256x3x3xf32> init(%h0, %c0 : tensor<3x4xf32>, tensor<3x4xf32>)
      weights(%w_ih, %w_hh : tensor<3x16xf32>, tensor<4x16xf32>)
      -> tensor<256x3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>
  %l = gradopt.mean_squared_error %y, %t : tensor<256x3x4xf32>, tensor<256x3x4xf32> -> tensor<f32>
  return %l, %h, %c : tensor<f32>, tensor<3x4xf32>, tensor<3x4xf32>
}
