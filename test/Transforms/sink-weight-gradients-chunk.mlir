// The sum over time is added to after each chunk of it.

// RUN: gradopt-opt %s --gradopt-sink-weight-gradients="chunk=3" --split-input-file | FileCheck %s
// RUN: gradopt-opt %s --gradopt-sink-weight-gradients="chunk=7" --split-input-file | FileCheck %s --check-prefix=ALL
// RUN: gradopt-opt %s --gradopt-sink-weight-gradients="chunk=3" --split-input-file --remark-format=emitRemark --remarks-filter="gradopt-sink-weight-gradients" -o %t 2>&1 | FileCheck %s --check-prefix=REMARK --implicit-check-not=remark:

// Said once, whatever the number of scans that come of it.
// REMARK: remark: [Passed] sunk-sum | {{.*}} | Function=tail |
// REMARK: remark: [Passed] sunk-sum | {{.*}} | Function=no_tail |
// REMARK: remark: [Passed] sunk-sum | {{.*}} | Function=dynamic |

#lhs = affine_map<(d0, d1, d2) -> (d0, d1)>
#rhs = affine_map<(d0, d1, d2) -> (d0, d2)>
#res = affine_map<(d0, d1, d2) -> (d1, d2)>

// Two chunks of three steps and one step.
// CHECK-LABEL: func.func @tail
// CHECK-SAME:    %{{.*}}: tensor<4x2xf32>, %[[DW0:.*]]: tensor<2x2xf32>)
// CHECK:         %[[OUTER:.*]]:2 = gradopt.scan {{.*}} carries(%{{[^,]*}} = %{{[^,]*}} : tensor<4x2xf32>, %[[DW:.*]] = %[[DW0]] : tensor<2x2xf32>) inputs({{.*}} : tensor<2x3x4x2xf32>)
// CHECK:           %[[SEGMENT:.*]]:2 = gradopt.scan {{.*}} carries(%{{[^,]*}} = %{{[^,]*}} : tensor<4x2xf32>) inputs({{.*}} : tensor<3x4x2xf32>)
// CHECK:           %[[DW1:.*]] = linalg.contract {{.*}} : tensor<3x4x2xf32>, tensor<3x4x2xf32>) outs(%[[DW]] : tensor<2x2xf32>)
// CHECK:           gradopt.yield %[[SEGMENT]]#0, %[[DW1]] : tensor<4x2xf32>, tensor<2x2xf32>
// CHECK:         gradopt.scan {{.*}} carries(%{{[^,]*}} = %[[OUTER]]#0 : tensor<4x2xf32>) inputs({{.*}} : tensor<1x4x2xf32>)
// CHECK:         linalg.contract {{.*}} : tensor<1x4x2xf32>, tensor<1x4x2xf32>) outs(%[[OUTER]]#1 : tensor<2x2xf32>)
// ALL-LABEL: func.func @tail
// ALL:         gradopt.scan
// ALL-NOT:     gradopt.scan
// ALL:         linalg.contract {{.*}} : tensor<7x4x2xf32>, tensor<7x4x2xf32>)
func.func @tail(%x: tensor<7x4x2xf32>, %h0: tensor<4x2xf32>, %dw0: tensor<2x2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>) {
  %c7 = arith.constant 7 : index
  %r:2 = gradopt.scan (%s) to %c7 carries(%h = %h0 : tensor<4x2xf32>, %dw = %dw0 : tensor<2x2xf32>)
      inputs(%x_t = reverse %x : tensor<7x4x2xf32>) {
    %h1 = arith.mulf %h, %x_t : tensor<4x2xf32>
    %dw1 = linalg.contract indexing_maps = [#lhs, #rhs, #res] ins(%x_t, %h1 : tensor<4x2xf32>, tensor<4x2xf32>)
        outs(%dw : tensor<2x2xf32>) -> tensor<2x2xf32>
    gradopt.yield %h1, %dw1 : tensor<4x2xf32>, tensor<2x2xf32>
  }
  return %r#0, %r#1 : tensor<4x2xf32>, tensor<2x2xf32>
}

// -----

// CHECK-LABEL: func.func @no_tail
// CHECK:         gradopt.scan {{.*}} inputs({{.*}} : tensor<2x3x2xf32>)
// CHECK:           linalg.generic {{.*}} ins({{.*}} : tensor<3x2xf32>)
// CHECK-NOT:     gradopt.scan
// CHECK:         return
// ALL-LABEL: func.func @no_tail
// ALL-NOT:     gradopt.scan
func.func @no_tail(%x: tensor<6x2xf32>, %s0: tensor<2xf32>) -> tensor<2xf32> {
  %c6 = arith.constant 6 : index
  %r = gradopt.scan (%s) to %c6 carries(%a = %s0 : tensor<2xf32>) inputs(%x_t = %x : tensor<6x2xf32>) {
    %1 = arith.addf %x_t, %a : tensor<2xf32>
    gradopt.yield %1 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @dynamic
// CHECK:         gradopt.scan {{.*}} inputs({{.*}} : tensor<?x3x2xf32>)
// CHECK:           linalg.generic {{.*}} ins({{.*}} : tensor<3x2xf32>)
// CHECK:         linalg.generic {{.*}} ins({{.*}} : tensor<?x2xf32>)
// ALL-LABEL: func.func @dynamic
// ALL:         gradopt.scan {{.*}} inputs({{.*}} : tensor<?x7x2xf32>)
func.func @dynamic(%x: tensor<?x2xf32>, %s0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x2xf32>
  %r = gradopt.scan (%s) to %T carries(%a = %s0 : tensor<2xf32>) inputs(%x_t = %x : tensor<?x2xf32>) {
    %1 = arith.addf %x_t, %a : tensor<2xf32>
    gradopt.yield %1 : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}
