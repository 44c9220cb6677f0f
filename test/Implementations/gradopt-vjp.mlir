// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --split-input-file | FileCheck %s

// The derivatives of model ops. The values are checked in test/Gradcheck.

// CHECK: #[[$MAP:.+]] = affine_map<(d0, d1, d2) -> ()>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[I:[^:]+]]: tensor
// CHECK-SAME: %[[T:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = gradopt.embedding %[[T]], %[[I]] : tensor<5x4xf32>, tensor<?x3xi32> -> tensor<?x3x4xf32>
// CHECK-NEXT: %[[V2:[^ :]+]] = gradopt.gradient %[[V1]] of "x" : tensor<?x3x4xf32>
// CHECK-NEXT: %[[V3:[^ :]+]] = gradopt.mean_squared_error %[[V2]], %[[V2]] : tensor<?x3x4xf32>, tensor<?x3x4xf32> -> tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = linalg.reduce { arith.addf } ins(%[[V2]] : tensor<?x3x4xf32>) outs(%[[V4]] : tensor<f32>) dimensions = [0, 1, 2]
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.addf %[[V3]], %[[V5]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.constant 0 : index
// CHECK-NEXT: %[[V8:[^ :]+]] = tensor.dim %[[V2]], %[[V7]] : tensor<?x3x4xf32>
// CHECK-NEXT: %[[V9:[^ :]+]] = tensor.empty(%[[V8]]) : tensor<?x3x4xf32>
// CHECK-NEXT: %[[V10:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]]], iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[DY]] : tensor<f32>) outs(%[[V9]] : tensor<?x3x4xf32>) {
// CHECK-NEXT: ^bb0(%[[V11:[^:]+]]: f32, %[[V12:[^:]+]]: f32):
// CHECK-NEXT: linalg.yield %[[V11]] : f32
// CHECK-NEXT: } -> tensor<?x3x4xf32>
// CHECK-NEXT: %[[V13:[^ :]+]] = gradopt.scatter_add %[[V10]], %[[I]] : tensor<?x3x4xf32>, tensor<?x3xi32> -> tensor<5x4xf32>
// CHECK-NEXT: %[[V14:[^ :]+]] = gradopt.gradient %[[V13]] of "t" : tensor<5x4xf32>
// CHECK-NEXT: return %[[V6]], %[[V14]]
func.func @loss(%i: tensor<?x3xi32> {gradopt.input = "i"}, %t: tensor<5x4xf32> {gradopt.param = #gradopt.param<"t">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = gradopt.embedding %t, %i : tensor<5x4xf32>, tensor<?x3xi32> -> tensor<?x3x4xf32>
  %1 = gradopt.gradient %0 of "x" : tensor<?x3x4xf32>
  %2 = gradopt.mean_squared_error %1, %1 : tensor<?x3x4xf32>, tensor<?x3x4xf32> -> tensor<f32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %3 = linalg.reduce { arith.addf } ins(%1 : tensor<?x3x4xf32>) outs(%z : tensor<f32>) dimensions = [0, 1, 2]
  %4 = arith.addf %2, %3 : tensor<f32>
  return %4 : tensor<f32>
}

// -----

// Both operands; the mean is over as many elements as there are at run time.
// CHECK: #[[$MAP:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0, d1) -> ()>
// CHECK: #[[$MAP2:.+]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-SAME: %[[W:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.constant 0 : index
// CHECK-NEXT: %[[V2:[^ :]+]] = tensor.dim %[[X]], %[[V1]] : tensor<?x2xf32>
// CHECK-NEXT: %[[V3:[^ :]+]] = tensor.empty(%[[V2]]) : tensor<?x2xf32>
// CHECK-NEXT: %[[V4:[^ :]+]] = linalg.broadcast ins(%[[W]] : tensor<2xf32>) outs(%[[V3]] : tensor<?x2xf32>) dimensions = [0]
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.mulf %[[V4]], %[[X]] : tensor<?x2xf32>
// CHECK-NEXT: %[[V6:[^ :]+]] = gradopt.mean_squared_error %[[V4]], %[[V5]] : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V9:[^ :]+]] = arith.constant 2 : index
// CHECK-NEXT: %[[V10:[^ :]+]] = arith.muli %[[V2]], %[[V9]] : index
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.index_cast %[[V10]] : index to i64
// CHECK-NEXT: %[[V11:[^ :]+]] = tensor.extract %[[DY]][] : tensor<f32>
// CHECK-NEXT: %[[V13:[^ :]+]] = arith.sitofp %[[V12]] : i64 to f32
// CHECK-NEXT: %[[V14:[^ :]+]] = arith.divf %[[V11]], %[[V13]] : f32
// CHECK-NEXT: %[[V15:[^ :]+]] = tensor.empty(%[[V2]]) : tensor<?x2xf32>
// CHECK-NEXT: %[[V16:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP]], #[[$MAP1]], #[[$MAP]]], iterator_types = ["parallel", "parallel"]} ins(%[[V4]], %[[V5]], %[[V14]] : tensor<?x2xf32>, tensor<?x2xf32>, f32) outs(%[[V15]] : tensor<?x2xf32>) {
// CHECK-NEXT: ^bb0(%[[V17:[^:]+]]: f32, %[[V18:[^:]+]]: f32, %[[V19:[^:]+]]: f32, %[[V20:[^:]+]]: f32):
// CHECK-NEXT: %[[V21:[^ :]+]] = arith.subf %[[V17]], %[[V18]] : f32
// CHECK-NEXT: %[[V22:[^ :]+]] = arith.addf %[[V21]], %[[V21]] : f32
// CHECK-NEXT: %[[V23:[^ :]+]] = arith.mulf %[[V19]], %[[V22]] : f32
// CHECK-NEXT: linalg.yield %[[V23]] : f32
// CHECK-NEXT: } -> tensor<?x2xf32>
// CHECK-NEXT: %[[V24:[^ :]+]] = tensor.empty(%[[V2]]) : tensor<?x2xf32>
// CHECK-NEXT: %[[V25:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP]], #[[$MAP1]], #[[$MAP]]], iterator_types = ["parallel", "parallel"]} ins(%[[V5]], %[[V4]], %[[V14]] : tensor<?x2xf32>, tensor<?x2xf32>, f32) outs(%[[V24]] : tensor<?x2xf32>) {
// CHECK-NEXT: ^bb0(%[[V26:[^:]+]]: f32, %[[V27:[^:]+]]: f32, %[[V28:[^:]+]]: f32, %[[V29:[^:]+]]: f32):
// CHECK-NEXT: %[[V30:[^ :]+]] = arith.subf %[[V26]], %[[V27]] : f32
// CHECK-NEXT: %[[V31:[^ :]+]] = arith.addf %[[V30]], %[[V30]] : f32
// CHECK-NEXT: %[[V32:[^ :]+]] = arith.mulf %[[V28]], %[[V31]] : f32
// CHECK-NEXT: linalg.yield %[[V32]] : f32
// CHECK-NEXT: } -> tensor<?x2xf32>
// CHECK-NEXT: %[[V33:[^ :]+]] = arith.mulf %[[V25]], %[[X]] : tensor<?x2xf32>
// CHECK-NEXT: %[[V34:[^ :]+]] = arith.addf %[[V16]], %[[V33]] : tensor<?x2xf32>
// CHECK-NEXT: %[[V35:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V36:[^ :]+]] = tensor.empty() : tensor<2xf32>
// CHECK-NEXT: %[[V37:[^ :]+]] = linalg.fill ins(%[[V35]] : f32) outs(%[[V36]] : tensor<2xf32>) -> tensor<2xf32>
// CHECK-NEXT: %[[V38:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP2]]], iterator_types = ["reduction", "parallel"]} ins(%[[V34]] : tensor<?x2xf32>) outs(%[[V37]] : tensor<2xf32>) {
// CHECK-NEXT: ^bb0(%[[V39:[^:]+]]: f32, %[[V40:[^:]+]]: f32):
// CHECK-NEXT: %[[V41:[^ :]+]] = arith.addf %[[V40]], %[[V39]] : f32
// CHECK-NEXT: linalg.yield %[[V41]] : f32
// CHECK-NEXT: } -> tensor<2xf32>
// CHECK-NEXT: %[[V42:[^ :]+]] = gradopt.gradient %[[V38]] of "w" : tensor<2xf32>
// CHECK-NEXT: return %[[V6]], %[[V42]]
func.func @loss(%x: tensor<?x2xf32> {gradopt.input = "x"}, %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x2xf32>
  %e = tensor.empty(%n) : tensor<?x2xf32>
  %p = linalg.broadcast ins(%w : tensor<2xf32>) outs(%e : tensor<?x2xf32>) dimensions = [0]
  %t = arith.mulf %p, %x : tensor<?x2xf32>
  %0 = gradopt.mean_squared_error %p, %t : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// The largest logit of each row goes first; the sum of exponentials is in f64;
// a target that is no class makes its row NaN.
// CHECK: #[[$MAP:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0, d1) -> (d0)>
// CHECK: #[[$MAP2:.+]] = affine_map<(d0, d1) -> ()>
// CHECK: #[[$MAP3:.+]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[T:[^:]+]]: tensor
// CHECK-SAME: %[[B:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.constant 0 : index
// CHECK-NEXT: %[[V2:[^ :]+]] = tensor.dim %[[T]], %[[V1]] : tensor<?xi32>
// CHECK-NEXT: %[[V3:[^ :]+]] = tensor.empty(%[[V2]]) : tensor<?x7xf32>
// CHECK-NEXT: %[[V4:[^ :]+]] = linalg.broadcast ins(%[[B]] : tensor<7xf32>) outs(%[[V3]] : tensor<?x7xf32>) dimensions = [0]
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.cross_entropy %[[V4]], %[[T]] : tensor<?x7xf32>, tensor<?xi32> -> tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = tensor.empty(%[[V2]]) : tensor<?xf32>
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.constant 0xFF800000 : f32
// CHECK-NEXT: %[[V8:[^ :]+]] = linalg.fill ins(%[[V7]] : f32) outs(%[[V6]] : tensor<?xf32>) -> tensor<?xf32>
// CHECK-NEXT: %[[V9:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]]], iterator_types = ["parallel", "reduction"]} ins(%[[V4]] : tensor<?x7xf32>) outs(%[[V8]] : tensor<?xf32>) {
// CHECK-NEXT: ^bb0(%[[V10:[^:]+]]: f32, %[[V11:[^:]+]]: f32):
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.maximumf %[[V11]], %[[V10]] : f32
// CHECK-NEXT: linalg.yield %[[V12]] : f32
// CHECK-NEXT: } -> tensor<?xf32>
// CHECK-NEXT: %[[V13:[^ :]+]] = tensor.empty(%[[V2]]) : tensor<?xf64>
// CHECK-NEXT: %[[V14:[^ :]+]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[V15:[^ :]+]] = linalg.fill ins(%[[V14]] : f64) outs(%[[V13]] : tensor<?xf64>) -> tensor<?xf64>
// CHECK-NEXT: %[[V16:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]], #[[$MAP1]]], iterator_types = ["parallel", "reduction"]} ins(%[[V4]], %[[V9]] : tensor<?x7xf32>, tensor<?xf32>) outs(%[[V15]] : tensor<?xf64>) {
// CHECK-NEXT: ^bb0(%[[V17:[^:]+]]: f32, %[[V18:[^:]+]]: f32, %[[V19:[^:]+]]: f64):
// CHECK-NEXT: %[[V20:[^ :]+]] = arith.subf %[[V17]], %[[V18]] : f32
// CHECK-NEXT: %[[V21:[^ :]+]] = math.exp %[[V20]] : f32
// CHECK-NEXT: %[[V22:[^ :]+]] = arith.extf %[[V21]] : f32 to f64
// CHECK-NEXT: %[[V23:[^ :]+]] = arith.addf %[[V19]], %[[V22]] : f64
// CHECK-NEXT: linalg.yield %[[V23]] : f64
// CHECK-NEXT: } -> tensor<?xf64>
// CHECK-NEXT: %[[V25:[^ :]+]] = arith.constant 0 : index
// CHECK-NEXT: %[[V26:[^ :]+]] = tensor.dim %[[T]], %[[V25]] : tensor<?xi32>
// CHECK-NEXT: %[[V29:[^ :]+]] = arith.index_cast %[[V26]] : index to i64
// CHECK-NEXT: %[[V28:[^ :]+]] = tensor.extract %[[DY]][] : tensor<f32>
// CHECK-NEXT: %[[V30:[^ :]+]] = arith.sitofp %[[V29]] : i64 to f32
// CHECK-NEXT: %[[V31:[^ :]+]] = arith.divf %[[V28]], %[[V30]] : f32
// CHECK-NEXT: %[[V32:[^ :]+]] = tensor.empty(%[[V2]]) : tensor<?x7xf32>
// CHECK-NEXT: %[[V33:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]], #[[$MAP1]], #[[$MAP1]], #[[$MAP2]], #[[$MAP]]], iterator_types = ["parallel", "parallel"]} ins(%[[V4]], %[[V9]], %[[V16]], %[[T]], %[[V31]] : tensor<?x7xf32>, tensor<?xf32>, tensor<?xf64>, tensor<?xi32>, f32) outs(%[[V32]] : tensor<?x7xf32>) {
// CHECK-NEXT: ^bb0(%[[V34:[^:]+]]: f32, %[[V35:[^:]+]]: f32, %[[V36:[^:]+]]: f64, %[[V37:[^:]+]]: i32, %[[V38:[^:]+]]: f32, %[[V39:[^:]+]]: f32):
// CHECK-NEXT: %[[V40:[^ :]+]] = arith.truncf %[[V36]] : f64 to f32
// CHECK-NEXT: %[[V41:[^ :]+]] = arith.subf %[[V34]], %[[V35]] : f32
// CHECK-NEXT: %[[V42:[^ :]+]] = math.exp %[[V41]] : f32
// CHECK-NEXT: %[[V43:[^ :]+]] = arith.divf %[[V42]], %[[V40]] : f32
// CHECK-NEXT: %[[V44:[^ :]+]] = linalg.index 1 : index
// CHECK-NEXT: %[[V45:[^ :]+]] = arith.index_cast %[[V44]] : index to i32
// CHECK-NEXT: %[[V46:[^ :]+]] = arith.cmpi eq, %[[V45]], %[[V37]] : i32
// CHECK-NEXT: %[[V47:[^ :]+]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT: %[[V48:[^ :]+]] = arith.subf %[[V43]], %[[V47]] : f32
// CHECK-NEXT: %[[V49:[^ :]+]] = arith.select %[[V46]], %[[V48]], %[[V43]] : f32
// CHECK-NEXT: %[[V50:[^ :]+]] = arith.constant 7 : i32
// CHECK-NEXT: %[[V51:[^ :]+]] = arith.cmpi ult, %[[V37]], %[[V50]] : i32
// CHECK-NEXT: %[[V52:[^ :]+]] = arith.constant 0x7FC00000 : f32
// CHECK-NEXT: %[[V53:[^ :]+]] = arith.mulf %[[V38]], %[[V49]] : f32
// CHECK-NEXT: %[[V54:[^ :]+]] = arith.select %[[V51]], %[[V53]], %[[V52]] : f32
// CHECK-NEXT: linalg.yield %[[V54]] : f32
// CHECK-NEXT: } -> tensor<?x7xf32>
// CHECK-NEXT: %[[V55:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V56:[^ :]+]] = tensor.empty() : tensor<7xf32>
// CHECK-NEXT: %[[V57:[^ :]+]] = linalg.fill ins(%[[V55]] : f32) outs(%[[V56]] : tensor<7xf32>) -> tensor<7xf32>
// CHECK-NEXT: %[[V58:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP3]]], iterator_types = ["reduction", "parallel"]} ins(%[[V33]] : tensor<?x7xf32>) outs(%[[V57]] : tensor<7xf32>) {
// CHECK-NEXT: ^bb0(%[[V59:[^:]+]]: f32, %[[V60:[^:]+]]: f32):
// CHECK-NEXT: %[[V61:[^ :]+]] = arith.addf %[[V60]], %[[V59]] : f32
// CHECK-NEXT: linalg.yield %[[V61]] : f32
// CHECK-NEXT: } -> tensor<7xf32>
// CHECK-NEXT: %[[V62:[^ :]+]] = gradopt.gradient %[[V58]] of "b" : tensor<7xf32>
// CHECK-NEXT: return %[[V5]], %[[V62]]
func.func @loss(%t: tensor<?xi32> {gradopt.input = "t"}, %b: tensor<7xf32> {gradopt.param = #gradopt.param<"b">}) -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %t, %c0 : tensor<?xi32>
  %e = tensor.empty(%n) : tensor<?x7xf32>
  %x = linalg.broadcast ins(%b : tensor<7xf32>) outs(%e : tensor<?x7xf32>) dimensions = [0]
  %0 = gradopt.cross_entropy %x, %t : tensor<?x7xf32>, tensor<?xi32> -> tensor<f32>
  return %0 : tensor<f32>
}
