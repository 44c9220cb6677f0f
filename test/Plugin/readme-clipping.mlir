// The clipping example of README.md: a step that another compiler made, in a
// stock mlir-opt with the plugin, and in gradopt-opt.
//
// RUN: mlir-opt %s --load-dialect-plugin=%{plugin} --load-pass-plugin=%{plugin} \
// RUN:   --pass-pipeline='builtin.module(gradopt-insert-gradient-clipping{kind=global_norm threshold=1.0})' \
// RUN:   | FileCheck %s
// RUN: gradopt-opt %s --gradopt-insert-gradient-clipping="kind=global_norm threshold=1.0" \
// RUN:   | FileCheck %s

func.func @step(%w: tensor<64x16xf32>, %b: tensor<16xf32>,
                %x: tensor<64x32xf32>, %dy: tensor<32x16xf32>)
    -> (tensor<64x16xf32>, tensor<16xf32>) {
  %zw = arith.constant dense<0.0> : tensor<64x16xf32>
  %zb = arith.constant dense<0.0> : tensor<16xf32>
  %rw = arith.constant dense<0.01> : tensor<64x16xf32>
  %rb = arith.constant dense<0.01> : tensor<16xf32>
  %dw = linalg.matmul ins(%x, %dy : tensor<64x32xf32>, tensor<32x16xf32>)
      outs(%zw : tensor<64x16xf32>) -> tensor<64x16xf32>
  %db = linalg.reduce { arith.addf } ins(%dy : tensor<32x16xf32>)
      outs(%zb : tensor<16xf32>) dimensions = [0]
  %gw = gradopt.gradient %dw of "w" : tensor<64x16xf32>
  %gb = gradopt.gradient %db of "b" : tensor<16xf32>
  %sw = arith.mulf %gw, %rw : tensor<64x16xf32>
  %sb = arith.mulf %gb, %rb : tensor<16xf32>
  %w1 = arith.subf %w, %sw : tensor<64x16xf32>
  %b1 = arith.subf %b, %sb : tensor<16xf32>
  return %w1, %b1 : tensor<64x16xf32>, tensor<16xf32>
}

// The clip stands behind the last gradient, and both updates use its results.
// CHECK-LABEL: func.func @step(
// CHECK: %[[THRESHOLD:.+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK: %[[GW:.+]] = gradopt.gradient %{{.+}} of "w" : tensor<64x16xf32>
// CHECK-NEXT: %[[GB:.+]] = gradopt.gradient %{{.+}} of "b" : tensor<16xf32>
// CHECK-NEXT: %[[CLIP:.+]]:2, %{{.+}} = gradopt.clip_by_global_norm l2 %[[GW]], %[[GB]] to %[[THRESHOLD]] : tensor<64x16xf32>, tensor<16xf32> to tensor<f32>
// CHECK-NEXT: arith.mulf %[[CLIP]]#0, %{{.+}} : tensor<64x16xf32>
// CHECK-NEXT: arith.mulf %[[CLIP]]#1, %{{.+}} : tensor<16xf32>
// CHECK-NOT: %[[GW]]
// CHECK-NOT: %[[GB]]
