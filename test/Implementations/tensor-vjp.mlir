// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --split-input-file | FileCheck %s

// The derivatives of tensor ops. The values are checked in test/Gradcheck.

// The slice of a slice, rank-reduced.
// CHECK: #[[$MAP:.+]] = affine_map<(d0) -> ()>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0) -> (d0)>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-SAME: %[[W:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = tensor.insert_slice %[[W]] into %[[X]][1, 0, 0] [2, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> into tensor<?x4x3xf32>
// CHECK-NEXT: %[[V2:[^ :]+]] = tensor.extract_slice %[[V1]][2, 1, 0] [1, 2, 3] [1, 1, 1] : tensor<?x4x3xf32> to tensor<2x3xf32>
// CHECK-NEXT: %[[V3:[^ :]+]] = tensor.collapse_shape %[[V2]] {{\[\[}}0, 1]] : tensor<2x3xf32> into tensor<6xf32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = linalg.reduce { arith.addf } ins(%[[V3]] : tensor<6xf32>) outs(%[[V4]] : tensor<f32>) dimensions = [0]
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = tensor.empty() : tensor<6xf32>
// CHECK-NEXT: %[[V7:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]]], iterator_types = ["parallel"]} ins(%[[DY]] : tensor<f32>) outs(%[[V6]] : tensor<6xf32>) {
// CHECK-NEXT: ^bb0(%[[V8:[^:]+]]: f32, %[[V9:[^:]+]]: f32):
// CHECK-NEXT: linalg.yield %[[V8]] : f32
// CHECK-NEXT: } -> tensor<6xf32>
// CHECK-NEXT: %[[V10:[^ :]+]] = tensor.expand_shape %[[V7]] {{\[\[}}0, 1]] output_shape [2, 3] : tensor<6xf32> into tensor<2x3xf32>
// CHECK-NEXT: %[[V11:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.constant 0 : index
// CHECK-NEXT: %[[V13:[^ :]+]] = tensor.dim %[[X]], %[[V12]] : tensor<?x4x3xf32>
// CHECK-NEXT: %[[V14:[^ :]+]] = tensor.empty(%[[V13]]) : tensor<?x4x3xf32>
// CHECK-NEXT: %[[V15:[^ :]+]] = linalg.fill ins(%[[V11]] : f32) outs(%[[V14]] : tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
// CHECK-NEXT: %[[V16:[^ :]+]] = tensor.insert_slice %[[V10]] into %[[V15]][2, 1, 0] [1, 2, 3] [1, 1, 1] : tensor<2x3xf32> into tensor<?x4x3xf32>
// CHECK-NEXT: %[[V17:[^ :]+]] = tensor.extract_slice %[[V16]][1, 0, 0] [2, 4, 3] [1, 1, 1] : tensor<?x4x3xf32> to tensor<2x4x3xf32>
// CHECK-NEXT: %[[V18:[^ :]+]] = gradopt.gradient %[[V17]] of "w" : tensor<2x4x3xf32>
// CHECK-NEXT: return %[[V5]], %[[V18]]
func.func @loss(%x: tensor<?x4x3xf32> {gradopt.input = "x"}, %w: tensor<2x4x3xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = tensor.insert_slice %w into %x[1, 0, 0] [2, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> into tensor<?x4x3xf32>
  %1 = tensor.extract_slice %0[2, 1, 0] [1, 2, 3] [1, 1, 1] : tensor<?x4x3xf32> to tensor<2x3xf32>
  %2 = tensor.collapse_shape %1 [[0, 1]] : tensor<2x3xf32> into tensor<6xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %3 = linalg.reduce { arith.addf } ins(%2 : tensor<6xf32>) outs(%z : tensor<f32>) dimensions = [0]
  return %3 : tensor<f32>
}

// -----

// What is inserted into gets zero where it was overwritten.
// CHECK: #[[$MAP:.+]] = affine_map<(d0) -> ()>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0) -> (d0)>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-SAME: %[[W:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = tensor.insert_slice %[[X]] into %[[W]][1] [2] [1] : tensor<2xf32> into tensor<4xf32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = linalg.reduce { arith.addf } ins(%[[V1]] : tensor<4xf32>) outs(%[[V2]] : tensor<f32>) dimensions = [0]
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = tensor.empty() : tensor<4xf32>
// CHECK-NEXT: %[[V5:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]]], iterator_types = ["parallel"]} ins(%[[DY]] : tensor<f32>) outs(%[[V4]] : tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[V6:[^:]+]]: f32, %[[V7:[^:]+]]: f32):
// CHECK-NEXT: linalg.yield %[[V6]] : f32
// CHECK-NEXT: } -> tensor<4xf32>
// CHECK-NEXT: %[[V8:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V9:[^ :]+]] = tensor.empty() : tensor<2xf32>
// CHECK-NEXT: %[[V10:[^ :]+]] = linalg.fill ins(%[[V8]] : f32) outs(%[[V9]] : tensor<2xf32>) -> tensor<2xf32>
// CHECK-NEXT: %[[V11:[^ :]+]] = tensor.insert_slice %[[V10]] into %[[V5]][1] [2] [1] : tensor<2xf32> into tensor<4xf32>
// CHECK-NEXT: %[[V12:[^ :]+]] = gradopt.gradient %[[V11]] of "w" : tensor<4xf32>
// CHECK-NEXT: return %[[V3]], %[[V12]]
func.func @loss(%x: tensor<2xf32> {gradopt.input = "x"}, %w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = tensor.insert_slice %x into %w[1] [2] [1] : tensor<2xf32> into tensor<4xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %1 = linalg.reduce { arith.addf } ins(%0 : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0]
  return %1 : tensor<f32>
}

// -----

// Sizes are constants, but dynamic where the type says so.
// CHECK: #[[$MAP:.+]] = affine_map<(d0) -> ()>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0) -> (d0)>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[W:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = tensor.expand_shape %[[W]] {{\[\[}}0, 1]] output_shape [2, 3] : tensor<6xf32> into tensor<2x3xf32>
// CHECK-NEXT: %[[V2:[^ :]+]] = tensor.cast %[[V1]] : tensor<2x3xf32> to tensor<?x?xf32>
// CHECK-NEXT: %[[V3:[^ :]+]] = tensor.collapse_shape %[[V2]] {{\[\[}}0, 1]] : tensor<?x?xf32> into tensor<?xf32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = linalg.reduce { arith.addf } ins(%[[V3]] : tensor<?xf32>) outs(%[[V4]] : tensor<f32>) dimensions = [0]
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.constant 0 : index
// CHECK-NEXT: %[[V7:[^ :]+]] = tensor.dim %[[V3]], %[[V6]] : tensor<?xf32>
// CHECK-NEXT: %[[V8:[^ :]+]] = tensor.empty(%[[V7]]) : tensor<?xf32>
// CHECK-NEXT: %[[V9:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]]], iterator_types = ["parallel"]} ins(%[[DY]] : tensor<f32>) outs(%[[V8]] : tensor<?xf32>) {
// CHECK-NEXT: ^bb0(%[[V10:[^:]+]]: f32, %[[V11:[^:]+]]: f32):
// CHECK-NEXT: linalg.yield %[[V10]] : f32
// CHECK-NEXT: } -> tensor<?xf32>
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.constant 2 : index
// CHECK-NEXT: %[[V13:[^ :]+]] = arith.constant 3 : index
// CHECK-NEXT: %[[V14:[^ :]+]] = tensor.expand_shape %[[V9]] {{\[\[}}0, 1]] output_shape [%[[V12]], %[[V13]]] : tensor<?xf32> into tensor<?x?xf32>
// CHECK-NEXT: %[[V15:[^ :]+]] = tensor.cast %[[V14]] : tensor<?x?xf32> to tensor<2x3xf32>
// CHECK-NEXT: %[[V16:[^ :]+]] = tensor.collapse_shape %[[V15]] {{\[\[}}0, 1]] : tensor<2x3xf32> into tensor<6xf32>
// CHECK-NEXT: %[[V17:[^ :]+]] = gradopt.gradient %[[V16]] of "w" : tensor<6xf32>
// CHECK-NEXT: return %[[V5]], %[[V17]]
func.func @loss(%w: tensor<6xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = tensor.expand_shape %w [[0, 1]] output_shape [2, 3] : tensor<6xf32> into tensor<2x3xf32>
  %1 = tensor.cast %0 : tensor<2x3xf32> to tensor<?x?xf32>
  %2 = tensor.collapse_shape %1 [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %3 = linalg.reduce { arith.addf } ins(%2 : tensor<?xf32>) outs(%z : tensor<f32>) dimensions = [0]
  return %3 : tensor<f32>
}

// -----

// Scalars: `from_elements` and `splat`, `extract` of rank 0.
// CHECK: #[[$MAP:.+]] = affine_map<(d0, d1) -> ()>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[W:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = tensor.extract %[[W]][] : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant 2.000000e+00 : f32
// CHECK-NEXT: %[[V3:[^ :]+]] = tensor.from_elements %[[V2]], %[[V2]], %[[V2]], %[[V1]], %[[V2]], %[[V2]] : tensor<2x3xf32>
// CHECK-NEXT: %[[V4:[^ :]+]] = tensor.splat %[[V1]] : tensor<2x3xf32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.mulf %[[V3]], %[[V4]] : tensor<2x3xf32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = linalg.reduce { arith.addf } ins(%[[V5]] : tensor<2x3xf32>) outs(%[[V6]] : tensor<f32>) dimensions = [0, 1]
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = tensor.empty() : tensor<2x3xf32>
// CHECK-NEXT: %[[V9:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]]], iterator_types = ["parallel", "parallel"]} ins(%[[DY]] : tensor<f32>) outs(%[[V8]] : tensor<2x3xf32>) {
// CHECK-NEXT: ^bb0(%[[V10:[^:]+]]: f32, %[[V11:[^:]+]]: f32):
// CHECK-NEXT: linalg.yield %[[V10]] : f32
// CHECK-NEXT: } -> tensor<2x3xf32>
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.mulf %[[V9]], %[[V4]] : tensor<2x3xf32>
// CHECK-NEXT: %[[V13:[^ :]+]] = arith.mulf %[[V9]], %[[V3]] : tensor<2x3xf32>
// CHECK-NEXT: %[[V14:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V15:[^ :]+]] = tensor.empty() : tensor<f32>
// CHECK-NEXT: %[[V16:[^ :]+]] = linalg.fill ins(%[[V14]] : f32) outs(%[[V15]] : tensor<f32>) -> tensor<f32>
// CHECK-NEXT: %[[V17:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP1]], #[[$MAP]]], iterator_types = ["reduction", "reduction"]} ins(%[[V13]] : tensor<2x3xf32>) outs(%[[V16]] : tensor<f32>) {
// CHECK-NEXT: ^bb0(%[[V18:[^:]+]]: f32, %[[V19:[^:]+]]: f32):
// CHECK-NEXT: %[[V20:[^ :]+]] = arith.addf %[[V19]], %[[V18]] : f32
// CHECK-NEXT: linalg.yield %[[V20]] : f32
// CHECK-NEXT: } -> tensor<f32>
// CHECK-NEXT: %[[V21:[^ :]+]] = tensor.extract %[[V17]][] : tensor<f32>
// CHECK-NEXT: %[[V22:[^ :]+]] = arith.constant 0 : index
// CHECK-NEXT: %[[V23:[^ :]+]] = arith.constant 1 : index
// CHECK-NEXT: %[[V24:[^ :]+]] = tensor.extract %[[V12]][%[[V23]], %[[V22]]] : tensor<2x3xf32>
// CHECK-NEXT: %[[V25:[^ :]+]] = arith.addf %[[V21]], %[[V24]] : f32
// CHECK-NEXT: %[[V26:[^ :]+]] = tensor.from_elements %[[V25]] : tensor<f32>
// CHECK-NEXT: %[[V27:[^ :]+]] = gradopt.gradient %[[V26]] of "w" : tensor<f32>
// CHECK-NEXT: return %[[V7]], %[[V27]]
func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = tensor.extract %w[] : tensor<f32>
  %1 = arith.constant 2.0 : f32
  %2 = tensor.from_elements %1, %1, %1, %0, %1, %1 : tensor<2x3xf32>
  %3 = tensor.splat %0 : tensor<2x3xf32>
  %4 = arith.mulf %2, %3 : tensor<2x3xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %5 = linalg.reduce { arith.addf } ins(%4 : tensor<2x3xf32>) outs(%z : tensor<f32>) dimensions = [0, 1]
  return %5 : tensor<f32>
}
