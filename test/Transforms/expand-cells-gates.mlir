// RUN: gradopt-opt %s --gradopt-expand-cells --gradopt-verify-origins --mlir-print-local-scope | FileCheck %s
// RUN: gradopt-opt %s --gradopt-expand-cells --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=ORIGIN

// CHECK-LABEL: func @gru
// CHECK-SAME:  (%[[X:.*]]: tensor<4x2x3xf32>, %[[WI:.*]]: tensor<3x6xf32>, %[[WH:.*]]: tensor<2x6xf32>, %[[BI:.*]]: tensor<6xf32>, %[[BH:.*]]: tensor<6xf32>) ->
// CHECK:       gradopt.scan "g" {{.*}} carries(%[[H:[^ ]*]] = %{{.*}} inputs(%[[XT:[^ ]*]] =
// CHECK:         %[[A0:.*]] = linalg.broadcast ins(%[[BI]] :
// CHECK:         %[[A:.*]] = linalg.matmul ins(%[[XT]], %[[WI]] : {{.*}}) outs(%[[A0]] :
// CHECK:         %[[B0:.*]] = linalg.broadcast ins(%[[BH]] :
// CHECK:         %[[B:.*]] = linalg.matmul ins(%[[H]], %[[WH]] : {{.*}}) outs(%[[B0]] :
// CHECK:         %[[AR:.*]] = tensor.extract_slice %[[A]][0, 0] [2, 2] [1, 1]
// CHECK:         %[[BR:.*]] = tensor.extract_slice %[[B]][0, 0] [2, 2] [1, 1]
// CHECK:         %[[R:.*]] = linalg.generic {{.*}} ins(%[[AR]], %[[BR]] :
// CHECK:           arith.addf
// CHECK:           math.tanh
// CHECK:         tensor.extract_slice %[[A]][0, 2] [2, 2] [1, 1]
// CHECK:         tensor.extract_slice %[[B]][0, 2] [2, 2] [1, 1]
// CHECK:         %[[Z:.*]] = linalg.generic
// CHECK:         %[[AN:.*]] = tensor.extract_slice %[[A]][0, 4] [2, 2] [1, 1]
// CHECK:         %[[BN:.*]] = tensor.extract_slice %[[B]][0, 4] [2, 2] [1, 1]
// CHECK:         %[[N:.*]] = linalg.generic {{.*}} ins(%[[AN]], %[[BN]], %[[R]] :
// CHECK-NEXT:    ^bb0(%[[VA:[^:]*]]: f32, %[[VB:[^:]*]]: f32, %[[VR:[^:]*]]: f32
// CHECK-NEXT:      %[[P:.*]] = arith.mulf %[[VR]], %[[VB]] : f32
// CHECK-NEXT:      %[[Q:.*]] = arith.addf %[[VA]], %[[P]] : f32
// CHECK-NEXT:      math.tanh %[[Q]] : f32
// CHECK:         %[[H1:.*]] = linalg.generic {{.*}} ins(%[[Z]], %[[N]], %[[H]] :
// CHECK-NEXT:    ^bb0(%[[VZ:[^:]*]]: f32, %[[VN:[^:]*]]: f32, %[[VH:[^:]*]]: f32
// CHECK-NEXT:      %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT:      %[[P:.*]] = arith.subf %[[ONE]], %[[VZ]] : f32
// CHECK-NEXT:      %[[Q:.*]] = arith.mulf %[[P]], %[[VN]] : f32
// CHECK-NEXT:      %[[K:.*]] = arith.mulf %[[VZ]], %[[VH]] : f32
// CHECK-NEXT:      arith.addf %[[Q]], %[[K]] : f32
// CHECK:         gradopt.yield %[[H1]], %[[H1]]
// ORIGIN-LABEL: func @gru(
// ORIGIN:       linalg.broadcast {{.*}} loc(fused<#gradopt.origin<layer = "g", direction = "forward", source = "gradopt.gru">>
// ORIGIN:       tensor.extract_slice {{.*}} loc(fused<#gradopt.origin<layer = "g", gate = "r", direction = "forward", source = "gradopt.gru">>
// ORIGIN:       math.tanh {{.*}} loc(fused<#gradopt.origin<layer = "g", gate = "r",
// ORIGIN:       tensor.extract_slice {{.*}} gate = "z"
// ORIGIN:       math.tanh {{.*}} gate = "z"
// ORIGIN:       tensor.extract_slice {{.*}} gate = "n"
// ORIGIN:       math.tanh {{.*}} gate = "n"
// ORIGIN:       arith.subf {{.*}} loc(fused<#gradopt.origin<layer = "g", direction = "forward", source = "gradopt.gru">>
func.func @gru(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x6xf32>, %w_hh: tensor<2x6xf32>, %b_ih: tensor<6xf32>, %b_hh: tensor<6xf32>) -> tensor<4x2x2xf32> {
  %0:2 = gradopt.gru linear_before_reset "g" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x6xf32>, tensor<2x6xf32>) bias_ih(%b_ih : tensor<6xf32>) bias_hh(%b_hh : tensor<6xf32>) -> tensor<4x2x2xf32>, tensor<2x2xf32>
  return %0#0 : tensor<4x2x2xf32>
}

// The reset before the product with the last block of the weights.
// CHECK-LABEL: func @gru_reset_first
// CHECK-SAME:  %[[WH:[a-z0-9]*]]: tensor<2x6xf32>, %[[BH:.*]]: tensor<6xf32>) ->
// CHECK:       gradopt.scan "g" {{.*}} carries(%[[H:[^ ]*]] =
// CHECK:         %[[A0:.*]] = linalg.fill
// CHECK:         %[[A:.*]] = linalg.matmul {{.*}} outs(%[[A0]] :
// CHECK:         %[[W2:.*]] = tensor.extract_slice %[[WH]][0, 0] [2, 4] [1, 1]
// CHECK:         %[[B2:.*]] = tensor.extract_slice %[[BH]][0] [4] [1]
// CHECK:         %[[B0:.*]] = linalg.broadcast ins(%[[B2]] :
// CHECK:         linalg.matmul ins(%[[H]], %[[W2]] : {{.*}}) outs(%[[B0]] :
// CHECK:         %[[R:.*]] = linalg.generic
// CHECK:           math.tanh
// CHECK:         linalg.generic
// CHECK:           math.tanh
// CHECK:         %[[AN:.*]] = tensor.extract_slice %[[A]][0, 4] [2, 2] [1, 1]
// CHECK:         %[[RH:.*]] = linalg.generic {{.*}} ins(%[[R]], %[[H]] :
// CHECK:           arith.mulf
// CHECK:         %[[WN:.*]] = tensor.extract_slice %[[WH]][0, 4] [2, 2] [1, 1]
// CHECK:         %[[BN:.*]] = tensor.extract_slice %[[BH]][4] [2] [1]
// CHECK:         %[[S0:.*]] = linalg.broadcast ins(%[[BN]] :
// CHECK:         %[[S:.*]] = linalg.matmul ins(%[[RH]], %[[WN]] : {{.*}}) outs(%[[S0]] :
// CHECK:         linalg.generic {{.*}} ins(%[[AN]], %[[S]] :
// CHECK-NEXT:    ^bb0
// CHECK-NEXT:      arith.addf
// CHECK-NEXT:      math.tanh
// ORIGIN-LABEL: func @gru_reset_first(
// ORIGIN:       gate = "z"
// ORIGIN:       arith.mulf {{.*}} gate = "n"
// ORIGIN:       tensor.extract_slice {{.*}} gate = "n"
// ORIGIN:       linalg.matmul {{.*}} gate = "n"
func.func @gru_reset_first(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x6xf32>, %w_hh: tensor<2x6xf32>, %b_hh: tensor<6xf32>) -> tensor<4x2x2xf32> {
  %0:2 = gradopt.gru "g" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x6xf32>, tensor<2x6xf32>) bias_hh(%b_hh : tensor<6xf32>) -> tensor<4x2x2xf32>, tensor<2x2xf32>
  return %0#0 : tensor<4x2x2xf32>
}

// i and f look at the old cell, o at the new one; the state is projected.
// CHECK-LABEL: func @lstm
// CHECK-SAME:  %[[PI:[a-z0-9]*]]: tensor<3xf32>, %[[PF:[a-z0-9]*]]: tensor<3xf32>, %[[PO:[a-z0-9]*]]: tensor<3xf32>, %[[WP:[a-z0-9]*]]: tensor<3x2xf32>
// CHECK:       gradopt.scan "l" {{.*}} carries(%[[H:[^ ]*]] = %{{[^ ]*}} : tensor<2x2xf32>, %[[C:[^ ]*]] = %{{[^ ]*}} : tensor<2x3xf32>)
// CHECK:         %[[ZI:.*]] = tensor.extract_slice %{{.*}}[0, 0] [2, 3] [1, 1]
// CHECK:         %[[I:.*]] = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], {{.*}} ins(%[[ZI]], %[[PI]], %[[C]] :
// CHECK-NEXT:    ^bb0(%[[VZ:[^:]*]]: f32, %[[VP:[^:]*]]: f32, %[[VC:[^:]*]]: f32
// CHECK-NEXT:      %[[SEEN:.*]] = arith.mulf %[[VP]], %[[VC]] : f32
// CHECK-NEXT:      arith.addf %[[VZ]], %[[SEEN]] : f32
// CHECK:           math.tanh
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %[[PF]], %[[C]] :
// CHECK:           math.tanh
// CHECK:           math.tanh
// CHECK:         %[[C1:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[C]], %[[I]],
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %[[PO]], %[[C1]] :
// CHECK:           math.tanh
// CHECK:         %[[FULL:.*]] = linalg.generic
// CHECK:         %[[H0:.*]] = linalg.fill
// CHECK:         %[[H1:.*]] = linalg.matmul ins(%[[FULL]], %[[WP]] : tensor<2x3xf32>, tensor<3x2xf32>) outs(%[[H0]] : tensor<2x2xf32>)
// CHECK:         gradopt.yield %[[H1]], %[[C1]], %[[H1]]
// ORIGIN-LABEL: func @lstm(
// ORIGIN:       math.tanh {{.*}} gate = "i"
// ORIGIN:       math.tanh {{.*}} gate = "f"
// ORIGIN:       math.tanh {{.*}} gate = "g"
// ORIGIN:       math.tanh {{.*}} gate = "o"
func.func @lstm(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x12xf32>, %w_hh: tensor<2x12xf32>, %p_i: tensor<3xf32>, %p_f: tensor<3xf32>, %p_o: tensor<3xf32>, %w_hr: tensor<3x2xf32>) -> tensor<4x2x2xf32> {
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x12xf32>, tensor<2x12xf32>)
      peepholes(%p_i, %p_f, %p_o : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) projection(%w_hr : tensor<3x2xf32>)
      -> tensor<4x2x2xf32>, tensor<2x2xf32>, tensor<2x3xf32>
  return %0#0 : tensor<4x2x2xf32>
}
