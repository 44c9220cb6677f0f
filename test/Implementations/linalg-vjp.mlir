// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --split-input-file | FileCheck %s

// The derivatives of linalg ops: what they read and over which loops they run.
// The values are checked in test/Gradcheck.

// Contractions again, without the operand that they do not read.
// CHECK: #[[$MAP:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0, d1) -> ()>
// CHECK: #[[$MAP2:.+]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK: #[[$MAP3:.+]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK: #[[$MAP4:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-SAME: %[[W:[^:]+]]: tensor
// CHECK-SAME: %[[V:[^:]+]]: tensor
// CHECK-SAME: %[[T:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = linalg.matmul ins(%[[X]], %[[W]] : tensor<?x3xf32>, tensor<3x4xf32>) outs(%[[T]] : tensor<?x4xf32>) -> tensor<?x4xf32>
// CHECK-NEXT: %[[V2:[^ :]+]] = linalg.matmul ins(%[[V1]], %[[V]] : tensor<?x4xf32>, tensor<4x4xf32>) outs(%[[V1]] : tensor<?x4xf32>) -> tensor<?x4xf32>
// CHECK-NEXT: %[[V3:[^ :]+]] = gradopt.mean_squared_error %[[V2]], %[[T]] : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.constant 0 : index
// CHECK-NEXT: %[[V6:[^ :]+]] = tensor.dim %[[T]], %[[V5]] : tensor<?x4xf32>
// CHECK-NEXT: %[[V8:[^ :]+]] = arith.constant 4 : index
// CHECK-NEXT: %[[V9:[^ :]+]] = arith.muli %[[V6]], %[[V8]] : index
// CHECK-NEXT: %[[V11:[^ :]+]] = arith.index_cast %[[V9]] : index to i64
// CHECK-NEXT: %[[V10:[^ :]+]] = tensor.extract %[[DY]][] : tensor<f32>
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.sitofp %[[V11]] : i64 to f32
// CHECK-NEXT: %[[V13:[^ :]+]] = arith.divf %[[V10]], %[[V12]] : f32
// CHECK-NEXT: %[[V14:[^ :]+]] = arith.constant 0 : index
// CHECK-NEXT: %[[V15:[^ :]+]] = tensor.dim %[[T]], %[[V14]] : tensor<?x4xf32>
// CHECK-NEXT: %[[V16:[^ :]+]] = tensor.empty(%[[V15]]) : tensor<?x4xf32>
// CHECK-NEXT: %[[V17:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP]], #[[$MAP1]], #[[$MAP]]], iterator_types = ["parallel", "parallel"]} ins(%[[V2]], %[[T]], %[[V13]] : tensor<?x4xf32>, tensor<?x4xf32>, f32) outs(%[[V16]] : tensor<?x4xf32>) {
// CHECK-NEXT: ^bb0(%[[V18:[^:]+]]: f32, %[[V19:[^:]+]]: f32, %[[V20:[^:]+]]: f32, %[[V21:[^:]+]]: f32):
// CHECK-NEXT: %[[V22:[^ :]+]] = arith.subf %[[V18]], %[[V19]] : f32
// CHECK-NEXT: %[[V23:[^ :]+]] = arith.addf %[[V22]], %[[V22]] : f32
// CHECK-NEXT: %[[V24:[^ :]+]] = arith.mulf %[[V20]], %[[V23]] : f32
// CHECK-NEXT: linalg.yield %[[V24]] : f32
// CHECK-NEXT: } -> tensor<?x4xf32>
// CHECK-NEXT: %[[V25:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V26:[^ :]+]] = arith.constant 0 : index
// CHECK-NEXT: %[[V27:[^ :]+]] = tensor.dim %[[T]], %[[V26]] : tensor<?x4xf32>
// CHECK-NEXT: %[[V28:[^ :]+]] = tensor.empty(%[[V27]]) : tensor<?x4xf32>
// CHECK-NEXT: %[[V29:[^ :]+]] = linalg.fill ins(%[[V25]] : f32) outs(%[[V28]] : tensor<?x4xf32>) -> tensor<?x4xf32>
// CHECK-NEXT: %[[V30:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP2]], #[[$MAP3]], #[[$MAP4]]], iterator_types = ["parallel", "reduction", "parallel"]} ins(%[[V]], %[[V17]] : tensor<4x4xf32>, tensor<?x4xf32>) outs(%[[V29]] : tensor<?x4xf32>) {
// CHECK-NEXT: ^bb0(%[[V31:[^:]+]]: f32, %[[V32:[^:]+]]: f32, %[[V33:[^:]+]]: f32):
// CHECK-NEXT: %[[V34:[^ :]+]] = arith.mulf %[[V32]], %[[V31]] : f32
// CHECK-NEXT: %[[V35:[^ :]+]] = arith.addf %[[V33]], %[[V34]] : f32
// CHECK-NEXT: linalg.yield %[[V35]] : f32
// CHECK-NEXT: } -> tensor<?x4xf32>
// CHECK-NEXT: %[[V36:[^ :]+]] = arith.addf %[[V30]], %[[V17]] : tensor<?x4xf32>
// CHECK-NEXT: %[[V37:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V38:[^ :]+]] = tensor.empty() : tensor<4x4xf32>
// CHECK-NEXT: %[[V39:[^ :]+]] = linalg.fill ins(%[[V37]] : f32) outs(%[[V38]] : tensor<4x4xf32>) -> tensor<4x4xf32>
// CHECK-NEXT: %[[V40:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP4]], #[[$MAP3]], #[[$MAP2]]], iterator_types = ["reduction", "parallel", "parallel"]} ins(%[[V1]], %[[V17]] : tensor<?x4xf32>, tensor<?x4xf32>) outs(%[[V39]] : tensor<4x4xf32>) {
// CHECK-NEXT: ^bb0(%[[V41:[^:]+]]: f32, %[[V42:[^:]+]]: f32, %[[V43:[^:]+]]: f32):
// CHECK-NEXT: %[[V44:[^ :]+]] = arith.mulf %[[V42]], %[[V41]] : f32
// CHECK-NEXT: %[[V45:[^ :]+]] = arith.addf %[[V43]], %[[V44]] : f32
// CHECK-NEXT: linalg.yield %[[V45]] : f32
// CHECK-NEXT: } -> tensor<4x4xf32>
// CHECK-NEXT: %[[V46:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V47:[^ :]+]] = tensor.empty() : tensor<3x4xf32>
// CHECK-NEXT: %[[V48:[^ :]+]] = linalg.fill ins(%[[V46]] : f32) outs(%[[V47]] : tensor<3x4xf32>) -> tensor<3x4xf32>
// CHECK-NEXT: %[[V49:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP4]], #[[$MAP3]], #[[$MAP2]]], iterator_types = ["reduction", "parallel", "parallel"]} ins(%[[X]], %[[V36]] : tensor<?x3xf32>, tensor<?x4xf32>) outs(%[[V48]] : tensor<3x4xf32>) {
// CHECK-NEXT: ^bb0(%[[V50:[^:]+]]: f32, %[[V51:[^:]+]]: f32, %[[V52:[^:]+]]: f32):
// CHECK-NEXT: %[[V53:[^ :]+]] = arith.mulf %[[V51]], %[[V50]] : f32
// CHECK-NEXT: %[[V54:[^ :]+]] = arith.addf %[[V52]], %[[V53]] : f32
// CHECK-NEXT: linalg.yield %[[V54]] : f32
// CHECK-NEXT: } -> tensor<3x4xf32>
// CHECK-NEXT: %[[V55:[^ :]+]] = gradopt.gradient %[[V49]] of "w" : tensor<3x4xf32>
// CHECK-NEXT: %[[V56:[^ :]+]] = gradopt.gradient %[[V40]] of "v" : tensor<4x4xf32>
// CHECK-NEXT: return %[[V3]], %[[V55]], %[[V56]]
func.func @loss(%x: tensor<?x3xf32> {gradopt.input = "x"}, %w: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w">}, %v: tensor<4x4xf32> {gradopt.param = #gradopt.param<"v">}, %t: tensor<?x4xf32> {gradopt.input = "t"}) -> (tensor<f32> {gradopt.loss}) {
  %0 = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%t : tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = linalg.matmul ins(%0, %v : tensor<?x4xf32>, tensor<4x4xf32>) outs(%0 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %2 = gradopt.mean_squared_error %1, %t : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<f32>
  return %2 : tensor<f32>
}

// -----

// An input that nothing reads stays where a loop has its bound from it alone.
// CHECK: #[[$MAP:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0, d1) -> (d0)>
// CHECK: #[[$MAP2:.+]] = affine_map<(d0) -> ()>
// CHECK: #[[$MAP3:.+]] = affine_map<(d0) -> (d0)>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-SAME: %[[W:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]], #[[$MAP1]]], iterator_types = ["parallel", "reduction"]} ins(%[[X]], %[[W]] : tensor<4x3xf32>, tensor<4xf32>) outs(%[[W]] : tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[V2:[^:]+]]: f32, %[[V3:[^:]+]]: f32, %[[V4:[^:]+]]: f32):
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.addf %[[V3]], %[[V4]] : f32
// CHECK-NEXT: linalg.yield %[[V5]] : f32
// CHECK-NEXT: } -> tensor<4xf32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = linalg.reduce { arith.addf } ins(%[[V1]] : tensor<4xf32>) outs(%[[V6]] : tensor<f32>) dimensions = [0]
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = tensor.empty() : tensor<4xf32>
// CHECK-NEXT: %[[V9:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP2]], #[[$MAP3]]], iterator_types = ["parallel"]} ins(%[[DY]] : tensor<f32>) outs(%[[V8]] : tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[V10:[^:]+]]: f32, %[[V11:[^:]+]]: f32):
// CHECK-NEXT: linalg.yield %[[V10]] : f32
// CHECK-NEXT: } -> tensor<4xf32>
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V13:[^ :]+]] = tensor.empty() : tensor<4xf32>
// CHECK-NEXT: %[[V14:[^ :]+]] = linalg.fill ins(%[[V12]] : f32) outs(%[[V13]] : tensor<4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[V15:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]], #[[$MAP1]]], iterator_types = ["parallel", "reduction"]} ins(%[[X]], %[[V9]] : tensor<4x3xf32>, tensor<4xf32>) outs(%[[V14]] : tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[V16:[^:]+]]: f32, %[[V17:[^:]+]]: f32, %[[V18:[^:]+]]: f32):
// CHECK-NEXT: %[[V19:[^ :]+]] = arith.addf %[[V18]], %[[V17]] : f32
// CHECK-NEXT: linalg.yield %[[V19]] : f32
// CHECK-NEXT: } -> tensor<4xf32>
// CHECK-NEXT: %[[V20:[^ :]+]] = arith.addf %[[V15]], %[[V9]] : tensor<4xf32>
// CHECK-NEXT: %[[V21:[^ :]+]] = gradopt.gradient %[[V20]] of "w" : tensor<4xf32>
// CHECK-NEXT: return %[[V7]], %[[V21]]
#a = affine_map<(i, j) -> (i, j)>
#b = affine_map<(i, j) -> (i)>
func.func @loss(%x: tensor<4x3xf32> {gradopt.input = "x"}, %w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = linalg.generic {indexing_maps = [#a, #b, #b], iterator_types = ["parallel", "reduction"]} ins(%x, %w : tensor<4x3xf32>, tensor<4xf32>) outs(%w : tensor<4xf32>) {
  ^bb0(%xe: f32, %we: f32, %out: f32):
    %s = arith.addf %we, %out : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %1 = linalg.reduce { arith.addf } ins(%0 : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0]
  return %1 : tensor<f32>
}

// -----

// All that tie for a maximum share its cotangent, the initial value among them.
// CHECK: #[[$MAP:.+]] = affine_map<(d0) -> (d0)>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0) -> ()>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[W:[^:]+]]: tensor
// CHECK-SAME: %[[I:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = linalg.reduce { arith.maximumf } ins(%[[W]] : tensor<4xf32>) outs(%[[I]] : tensor<f32>) dimensions = [0]
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.cmpf ueq, %[[I]], %[[V1]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.select %[[V2]], %[[V3]], %[[V4]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]], #[[$MAP1]]], iterator_types = ["reduction"]} ins(%[[W]], %[[V1]] : tensor<4xf32>, tensor<f32>) outs(%[[V5]] : tensor<f32>) {
// CHECK-NEXT: ^bb0(%[[V7:[^:]+]]: f32, %[[V8:[^:]+]]: f32, %[[V9:[^:]+]]: f32):
// CHECK-NEXT: %[[V10:[^ :]+]] = arith.cmpf ueq, %[[V7]], %[[V8]] : f32
// CHECK-NEXT: %[[V11:[^ :]+]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V13:[^ :]+]] = arith.select %[[V10]], %[[V11]], %[[V12]] : f32
// CHECK-NEXT: %[[V14:[^ :]+]] = arith.addf %[[V9]], %[[V13]] : f32
// CHECK-NEXT: linalg.yield %[[V14]] : f32
// CHECK-NEXT: } -> tensor<f32>
// CHECK-NEXT: %[[V15:[^ :]+]] = arith.divf %[[DY]], %[[V6]] : tensor<f32>
// CHECK-NEXT: %[[V16:[^ :]+]] = tensor.empty() : tensor<4xf32>
// CHECK-NEXT: %[[V17:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]], #[[$MAP1]], #[[$MAP]]], iterator_types = ["parallel"]} ins(%[[W]], %[[V1]], %[[V15]] : tensor<4xf32>, tensor<f32>, tensor<f32>) outs(%[[V16]] : tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[V18:[^:]+]]: f32, %[[V19:[^:]+]]: f32, %[[V20:[^:]+]]: f32, %[[V21:[^:]+]]: f32):
// CHECK-NEXT: %[[V22:[^ :]+]] = arith.cmpf ueq, %[[V18]], %[[V19]] : f32
// CHECK-NEXT: %[[V23:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V24:[^ :]+]] = arith.select %[[V22]], %[[V20]], %[[V23]] : f32
// CHECK-NEXT: linalg.yield %[[V24]] : f32
// CHECK-NEXT: } -> tensor<4xf32>
// CHECK-NEXT: %[[V25:[^ :]+]] = arith.cmpf ueq, %[[I]], %[[V1]] : tensor<f32>
// CHECK-NEXT: %[[V26:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V27:[^ :]+]] = arith.select %[[V25]], %[[V15]], %[[V26]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V28:[^ :]+]] = gradopt.gradient %[[V17]] of "w" : tensor<4xf32>
// CHECK-NEXT: %[[V29:[^ :]+]] = gradopt.gradient %[[V27]] of "i" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V28]], %[[V29]]
func.func @loss(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">}, %i: tensor<f32> {gradopt.param = #gradopt.param<"i">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = linalg.reduce { arith.maximumf } ins(%w : tensor<4xf32>) outs(%i : tensor<f32>) dimensions = [0]
  return %0 : tensor<f32>
}

// -----

// The derivative of tanh reads the result; an active scalar is a sum over all
// iterations.
// CHECK: #[[$MAP:.+]] = affine_map<(d0) -> (d0)>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0) -> ()>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-SAME: %[[W:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = tensor.extract %[[W]][] : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP]]], iterator_types = ["parallel"]} ins(%[[X]] : tensor<4xf32>) outs(%[[X]] : tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[V3:[^:]+]]: f32, %[[V4:[^:]+]]: f32):
// CHECK-NEXT: %[[V5:[^ :]+]] = linalg.index 0 : index
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.index_cast %[[V5]] : index to i32
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.sitofp %[[V6]] : i32 to f32
// CHECK-NEXT: %[[V8:[^ :]+]] = arith.mulf %[[V7]], %[[V1]] : f32
// CHECK-NEXT: %[[V9:[^ :]+]] = math.tanh %[[V8]] : f32
// CHECK-NEXT: linalg.yield %[[V9]] : f32
// CHECK-NEXT: } -> tensor<4xf32>
// CHECK-NEXT: %[[V10:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V11:[^ :]+]] = linalg.reduce { arith.addf } ins(%[[V2]] : tensor<4xf32>) outs(%[[V10]] : tensor<f32>) dimensions = [0]
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V12:[^ :]+]] = tensor.empty() : tensor<4xf32>
// CHECK-NEXT: %[[V13:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP1]], #[[$MAP]]], iterator_types = ["parallel"]} ins(%[[DY]] : tensor<f32>) outs(%[[V12]] : tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[V14:[^:]+]]: f32, %[[V15:[^:]+]]: f32):
// CHECK-NEXT: linalg.yield %[[V14]] : f32
// CHECK-NEXT: } -> tensor<4xf32>
// CHECK-NEXT: %[[V16:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V17:[^ :]+]] = tensor.empty() : tensor<f32>
// CHECK-NEXT: %[[V18:[^ :]+]] = linalg.fill ins(%[[V16]] : f32) outs(%[[V17]] : tensor<f32>) -> tensor<f32>
// CHECK-NEXT: %[[V19:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP]], #[[$MAP1]]], iterator_types = ["reduction"]} ins(%[[V13]], %[[V2]] : tensor<4xf32>, tensor<4xf32>) outs(%[[V18]] : tensor<f32>) {
// CHECK-NEXT: ^bb0(%[[V20:[^:]+]]: f32, %[[V21:[^:]+]]: f32, %[[V22:[^:]+]]: f32):
// CHECK-NEXT: %[[V23:[^ :]+]] = linalg.index 0 : index
// CHECK-NEXT: %[[V24:[^ :]+]] = arith.index_cast %[[V23]] : index to i32
// CHECK-NEXT: %[[V25:[^ :]+]] = arith.sitofp %[[V24]] : i32 to f32
// CHECK-NEXT: %[[V26:[^ :]+]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT: %[[V27:[^ :]+]] = arith.mulf %[[V21]], %[[V21]] : f32
// CHECK-NEXT: %[[V28:[^ :]+]] = arith.subf %[[V26]], %[[V27]] : f32
// CHECK-NEXT: %[[V29:[^ :]+]] = arith.mulf %[[V20]], %[[V28]] : f32
// CHECK-NEXT: %[[V30:[^ :]+]] = arith.mulf %[[V29]], %[[V25]] : f32
// CHECK-NEXT: %[[V31:[^ :]+]] = arith.addf %[[V22]], %[[V30]] : f32
// CHECK-NEXT: linalg.yield %[[V31]] : f32
// CHECK-NEXT: } -> tensor<f32>
// CHECK-NEXT: %[[V32:[^ :]+]] = tensor.extract %[[V19]][] : tensor<f32>
// CHECK-NEXT: %[[V33:[^ :]+]] = tensor.from_elements %[[V32]] : tensor<f32>
// CHECK-NEXT: %[[V34:[^ :]+]] = gradopt.gradient %[[V33]] of "w" : tensor<f32>
// CHECK-NEXT: return %[[V11]], %[[V34]]
#a = affine_map<(i) -> (i)>
func.func @loss(%x: tensor<4xf32> {gradopt.input = "x"}, %w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %ws = tensor.extract %w[] : tensor<f32>
  %0 = linalg.generic {indexing_maps = [#a, #a], iterator_types = ["parallel"]} ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) {
  ^bb0(%xe: f32, %out: f32):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i32
    %f = arith.sitofp %n : i32 to f32
    %s = arith.mulf %f, %ws : f32
    %t = math.tanh %s : f32
    linalg.yield %t : f32
  } -> tensor<4xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %1 = linalg.reduce { arith.addf } ins(%0 : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0]
  return %1 : tensor<f32>
}

// -----

// A scalar operand.
// CHECK: #[[$MAP:.+]] = affine_map<(d0) -> ()>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0) -> (d0)>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[W:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = tensor.extract %[[W]][] : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = tensor.empty() : tensor<4xf32>
// CHECK-NEXT: %[[V3:[^ :]+]] = linalg.fill ins(%[[V1]] : f32) outs(%[[V2]] : tensor<4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = linalg.reduce { arith.addf } ins(%[[V3]] : tensor<4xf32>) outs(%[[V4]] : tensor<f32>) dimensions = [0]
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = tensor.empty() : tensor<4xf32>
// CHECK-NEXT: %[[V7:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]]], iterator_types = ["parallel"]} ins(%[[DY]] : tensor<f32>) outs(%[[V6]] : tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[V8:[^:]+]]: f32, %[[V9:[^:]+]]: f32):
// CHECK-NEXT: linalg.yield %[[V8]] : f32
// CHECK-NEXT: } -> tensor<4xf32>
// CHECK-NEXT: %[[V10:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V11:[^ :]+]] = tensor.empty() : tensor<f32>
// CHECK-NEXT: %[[V12:[^ :]+]] = linalg.fill ins(%[[V10]] : f32) outs(%[[V11]] : tensor<f32>) -> tensor<f32>
// CHECK-NEXT: %[[V13:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP1]], #[[$MAP]]], iterator_types = ["reduction"]} ins(%[[V7]] : tensor<4xf32>) outs(%[[V12]] : tensor<f32>) {
// CHECK-NEXT: ^bb0(%[[V14:[^:]+]]: f32, %[[V15:[^:]+]]: f32):
// CHECK-NEXT: %[[V16:[^ :]+]] = arith.addf %[[V15]], %[[V14]] : f32
// CHECK-NEXT: linalg.yield %[[V16]] : f32
// CHECK-NEXT: } -> tensor<f32>
// CHECK-NEXT: %[[V17:[^ :]+]] = tensor.extract %[[V13]][] : tensor<f32>
// CHECK-NEXT: %[[V18:[^ :]+]] = tensor.from_elements %[[V17]] : tensor<f32>
// CHECK-NEXT: %[[V19:[^ :]+]] = gradopt.gradient %[[V18]] of "w" : tensor<f32>
// CHECK-NEXT: return %[[V5]], %[[V19]]
func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %ws = tensor.extract %w[] : tensor<f32>
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.fill ins(%ws : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %1 = linalg.reduce { arith.addf } ins(%0 : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0]
  return %1 : tensor<f32>
}
