// RUN: gradopt-opt %s --gradopt-expand-cells --gradopt-verify-origins | FileCheck %s
// RUN: gradopt-opt %s --gradopt-expand-cells --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=ORIGIN

// One direction alone keeps the layer's name.
// CHECK-LABEL: func @reverse
// CHECK:       gradopt.scan "r" (%{{.*}}) to %{{.*}} carries(%{{.*}} = %{{.*}} : tensor<2x5xf32>)
// CHECK-SAME:    inputs(%{{.*}} = reverse %{{.*}} : tensor<4x2x3xf32>) outputs(reverse tensor<4x2x5xf32>)
func.func @reverse(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) -> tensor<4x2x5xf32> {
  %0:2 = gradopt.rnn relu reverse "r" %x : tensor<4x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<4x2x5xf32>, tensor<2x5xf32>
  return %0#0 : tensor<4x2x5xf32>
}

// Each direction has its own weights; states that are not given are zero.
// CHECK-LABEL: func @bidirectional
// CHECK-SAME:  (%[[X:.*]]: tensor<?x?x3xf64>, %[[H0:.*]]: tensor<?x5xf64>, %[[WI:.*]]: tensor<3x5xf64>, %[[WH:.*]]: tensor<5x5xf64>, %[[B:.*]]: tensor<5xf64>, %[[RI:.*]]: tensor<3x5xf64>, %[[RH:.*]]: tensor<5x5xf64>, %[[RB:.*]]: tensor<5xf64>)
// CHECK:       %[[T:.*]] = tensor.dim %[[X]], %{{c0.*}} :
// CHECK:       %[[F:.*]]:2 = gradopt.scan "b" (%{{.*}}) to %[[T]] carries(%[[H:.*]] = %[[H0]] :
// CHECK:         linalg.broadcast ins(%[[B]] :
// CHECK:         linalg.matmul ins(%{{.*}}, %[[WI]] :
// CHECK:         linalg.matmul ins(%[[H]], %[[WH]] :
// CHECK:       %[[ROWS:.*]] = tensor.dim %[[X]], %{{c1.*}} :
// CHECK:       %[[E:.*]] = tensor.empty(%[[ROWS]]) : tensor<?x5xf64>
// CHECK:       %[[ZERO:.*]] = linalg.fill ins(%{{.*}} : f64) outs(%[[E]] : tensor<?x5xf64>)
// CHECK:       %[[R:.*]]:2 = gradopt.scan "b_reverse" (%{{.*}}) to %[[T]] carries(%[[H:.*]] = %[[ZERO]] :
// CHECK:         linalg.broadcast ins(%[[RB]] :
// CHECK:         linalg.matmul ins(%{{.*}}, %[[RI]] :
// CHECK:         linalg.matmul ins(%[[H]], %[[RH]] :
// CHECK:       %[[E:.*]] = tensor.empty(%[[D0:.*]], %[[D1:.*]]) : tensor<?x?x10xf64>
// CHECK:       %[[Y0:.*]] = tensor.insert_slice %[[F]]#1 into %[[E]][0, 0, 0] [%[[D0]], %[[D1]], 5] [1, 1, 1] : tensor<?x?x5xf64> into tensor<?x?x10xf64>
// CHECK:       %[[Y:.*]] = tensor.insert_slice %[[R]]#1 into %[[Y0]][0, 0, 5] [%[[D0]], %[[D1]], 5] [1, 1, 1] : tensor<?x?x5xf64> into tensor<?x?x10xf64>
// CHECK:       return %[[Y]], %[[F]]#0, %[[R]]#0
// ORIGIN-LABEL: func @bidirectional
// ORIGIN:       linalg.broadcast {{.*}} loc(fused<#gradopt.origin<layer = "b", direction = "forward", source = "gradopt.rnn">>
// ORIGIN:       linalg.fill {{.*}} loc(fused<#gradopt.origin<layer = "b_reverse", direction = "forward", source = "gradopt.rnn">>
// ORIGIN:       linalg.broadcast {{.*}} loc(fused<#gradopt.origin<layer = "b_reverse", direction = "forward", source = "gradopt.rnn">>
// ORIGIN:       tensor.insert_slice {{.*}} loc(fused<#gradopt.origin<layer = "b", direction = "forward", source = "gradopt.rnn">>
func.func @bidirectional(%x: tensor<?x?x3xf64>, %h0: tensor<?x5xf64>, %w_ih: tensor<3x5xf64>, %w_hh: tensor<5x5xf64>, %b: tensor<5xf64>,
                         %r_ih: tensor<3x5xf64>, %r_hh: tensor<5x5xf64>, %r_b: tensor<5xf64>)
    -> (tensor<?x?x10xf64>, tensor<?x5xf64>, tensor<?x5xf64>) {
  %0:3 = gradopt.rnn identity "b" %x : tensor<?x?x3xf64> init(%h0 : tensor<?x5xf64>)
      weights(%w_ih, %w_hh : tensor<3x5xf64>, tensor<5x5xf64>) bias_ih(%b : tensor<5xf64>)
      reverse_weights(%r_ih, %r_hh : tensor<3x5xf64>, tensor<5x5xf64>) reverse_bias_ih(%r_b : tensor<5xf64>)
      -> tensor<?x?x10xf64>, tensor<?x5xf64>, tensor<?x5xf64>
  return %0#0, %0#1, %0#2 : tensor<?x?x10xf64>, tensor<?x5xf64>, tensor<?x5xf64>
}

// Without time steps there is nothing to join.
// CHECK-LABEL: func @no_steps
// CHECK:       gradopt.scan (
// CHECK:       gradopt.scan (
// CHECK:       %[[Y:.*]] = tensor.empty() : tensor<0x2x10xf32>
// CHECK-NEXT:  return %[[Y]]
func.func @no_steps(%x: tensor<0x2x3xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>) -> tensor<0x2x10xf32> {
  %0:3 = gradopt.rnn tanh %x : tensor<0x2x3xf32> weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>)
      reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<0x2x10xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return %0#0 : tensor<0x2x10xf32>
}

// Zoneout stands behind the step and in front of the lengths, for the states
// that have a rate; what it chooses depends on layer, direction and state.
// CHECK-LABEL: func @zoneout
// CHECK-SAME:  %[[KEY:[a-z0-9]*]]: tensor<2xi64>, %[[N:[a-z0-9]*]]: tensor<i64>)
// CHECK:       gradopt.scan "z" (%[[S:.*]]) to %{{.*}} carries(%[[H:.*]] = %{{.*}}, %[[C:.*]] = %{{.*}} : tensor<2x2xf32>)
// CHECK:         %[[C1:.*]] = linalg.generic {{.*}} ins(%{{[^ ]*}}, %[[C]],
// CHECK:         %[[H1:.*]] = linalg.generic {{.*}} ins(%{{[^ ]*}}, %[[C1]] :
// CHECK-NOT:     linalg.generic
// CHECK:         %[[H2:.*]] = gradopt.zoneout %[[H1]], %[[H]] rate 1.000000e-01 id [[H_ID:[0-9]+]] key(%[[KEY]], %[[N]]) index(%[[S]]) : tensor<2x2xf32>
// CHECK-NEXT:    %[[C2:.*]] = gradopt.zoneout %[[C1]], %[[C]] rate 5.000000e-01 id [[C_ID:[0-9]+]] key(%[[KEY]], %[[N]]) index(%[[S]]) : tensor<2x2xf32>
// CHECK:         %[[H3:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[H2]], %[[H]] :
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %[[C2]], %[[C]] :
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %[[H3]] :
// CHECK:       gradopt.scan "z_reverse"
// CHECK-NOT:     id [[H_ID]]
// CHECK-NOT:     id [[C_ID]]
// CHECK:         gradopt.zoneout
func.func @zoneout(%x: tensor<4x2x3xf32>, %n: tensor<2xi32>, %w_ih: tensor<3x8xf32>, %w_hh: tensor<2x8xf32>, %key: tensor<2xi64>, %step: tensor<i64>) -> tensor<4x2x4xf32> {
  %0:5 = gradopt.lstm "z" %x : tensor<4x2x3xf32> lengths(%n : tensor<2xi32>)
      weights(%w_ih, %w_hh : tensor<3x8xf32>, tensor<2x8xf32>)
      reverse_weights(%w_ih, %w_hh : tensor<3x8xf32>, tensor<2x8xf32>)
      zoneout [0.1, 0.5] key(%key, %step)
      -> tensor<4x2x4xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
  return %0#0 : tensor<4x2x4xf32>
}

// The numbers are those of every program that has this layer. A rate of zero
// is no zoneout.
// CHECK-LABEL: func @zoneout_of_one
// CHECK:       gradopt.zoneout {{.*}} rate 2.500000e-01 id 8509976718117325695 key
// CHECK-NOT:   gradopt.zoneout
// CHECK:       return
func.func @zoneout_of_one(%x: tensor<4x2x3xf32>, %w_ih: tensor<3x8xf32>, %w_hh: tensor<2x8xf32>, %key: tensor<2xi64>, %step: tensor<i64>) -> tensor<4x2x2xf32> {
  %0:3 = gradopt.lstm "z" %x : tensor<4x2x3xf32>
      weights(%w_ih, %w_hh : tensor<3x8xf32>, tensor<2x8xf32>)
      zoneout [0.0, 0.25] key(%key, %step)
      -> tensor<4x2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
  return %0#0 : tensor<4x2x2xf32>
}
