// RUN: gradopt-opt %s --gradopt-expand-cells | FileCheck %s
// RUN: gradopt-opt %s --gradopt-expand-cells | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --gradopt-expand-cells --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=ORIGIN


// CHECK-LABEL: func @rnn_dynamic
// CHECK-SAME:  (%[[X:.*]]: tensor<?x?x3xf32>, %[[H0:.*]]: tensor<?x5xf32>, %[[WI:.*]]: tensor<3x5xf32>, %[[WH:.*]]: tensor<5x5xf32>)
func.func @rnn_dynamic(%x: tensor<?x?x3xf32>, %h0: tensor<?x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>)
    -> (tensor<?x?x5xf32>, tensor<?x5xf32>) {
  // CHECK:      %[[T:.*]] = tensor.dim %[[X]], %{{c0.*}} : tensor<?x?x3xf32>
  // CHECK:      %[[S:.*]]:2 = gradopt.scan "layer" (%{{.*}}) to %[[T]] carries(%[[H:.*]] = %[[H0]] : tensor<?x5xf32>)
  // CHECK-SAME:   inputs(%[[XT:.*]] = %[[X]] : tensor<?x?x3xf32>) outputs(tensor<?x?x5xf32>) attributes {carry_names = ["h"]} {
  // CHECK:        %[[B:.*]] = tensor.dim %[[XT]], %{{c0.*}} : tensor<?x3xf32>
  // CHECK:        %[[E:.*]] = tensor.empty(%[[B]]) : tensor<?x5xf32>
  // CHECK:        %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
  // CHECK:        %[[Z0:.*]] = linalg.fill ins(%[[ZERO]] : f32) outs(%[[E]] : tensor<?x5xf32>)
  // CHECK:        %[[Z1:.*]] = linalg.matmul ins(%[[XT]], %[[WI]] : {{.*}}) outs(%[[Z0]] : tensor<?x5xf32>)
  // CHECK:        %[[Z2:.*]] = linalg.matmul ins(%[[H]], %[[WH]] : {{.*}}) outs(%[[Z1]] : tensor<?x5xf32>)
  // CHECK:        %[[H1:.*]] = linalg.generic {{.*}} ins(%[[Z2]] : tensor<?x5xf32>)
  // CHECK:          %[[V:.*]] = math.tanh %{{.*}} : f32
  // CHECK:          linalg.yield %[[V]]
  // CHECK:        gradopt.yield %[[H1]], %[[H1]]
  // CHECK:      return %[[S]]#1, %[[S]]#0
  // ORIGIN-LABEL: func @rnn_dynamic
  // ORIGIN:       linalg.matmul {{.*}} loc(fused<#gradopt.origin<layer = "layer", direction = "forward", source = "gradopt.rnn">>["{{.*}}expand-cells.mlir":
  %0:2 = gradopt.rnn tanh "layer" %x : tensor<?x?x3xf32> init(%h0 : tensor<?x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  return %0#0, %0#1 : tensor<?x?x5xf32>, tensor<?x5xf32>
}

// CHECK-LABEL: func @rnn_relu
// CHECK-SAME:  %[[B1:[a-z0-9]*]]: tensor<5xf64>, %[[B2:[a-z0-9]*]]: tensor<5xf64>)
func.func @rnn_relu(%x: tensor<1x1x3xf64>, %h0: tensor<1x5xf64>, %w_ih: tensor<3x5xf64>, %w_hh: tensor<5x5xf64>,
                    %b1: tensor<5xf64>, %b2: tensor<5xf64>) -> tensor<1x5xf64> {
  // CHECK:      %[[T:.*]] = arith.constant 1 : index
  // CHECK:      gradopt.scan (%{{.*}}) to %[[T]] carries
  // Both biases: summed before they are broadcast.
  // CHECK:        %[[B:.*]] = linalg.generic {{.*}} ins(%[[B1]], %[[B2]] : tensor<5xf64>, tensor<5xf64>)
  // CHECK:          arith.addf
  // CHECK:        %[[Z0:.*]] = linalg.broadcast ins(%[[B]] : tensor<5xf64>) outs(%{{.*}} : tensor<1x5xf64>) dimensions = [0]
  // CHECK:        linalg.matmul {{.*}} outs(%[[Z0]] : tensor<1x5xf64>)
  // relu lets NaN through.
  // CHECK:        %[[ZERO:.*]] = arith.constant 0.000000e+00 : f64
  // CHECK:        arith.maximumf %{{.*}}, %[[ZERO]] : f64
  // A layer without a name has an origin without a layer.
  // ORIGIN-LABEL: func @rnn_relu
  // ORIGIN:       arith.maximumf {{.*}} loc(fused<#gradopt.origin<direction = "forward", source = "gradopt.rnn">>
  %0:2 = gradopt.rnn relu %x : tensor<1x1x3xf64> init(%h0 : tensor<1x5xf64>) weights(%w_ih, %w_hh : tensor<3x5xf64>, tensor<5x5xf64>) bias_ih(%b1 : tensor<5xf64>) bias_hh(%b2 : tensor<5xf64>) -> tensor<1x1x5xf64>, tensor<1x5xf64>
  return %0#1 : tensor<1x5xf64>
}

// No time steps at all, and only the second bias.
// CHECK-LABEL: func @rnn_identity
// CHECK-SAME:  %[[B2:[a-z0-9]*]]: tensor<5xf32>)
func.func @rnn_identity(%x: tensor<0x2x3xf32>, %h0: tensor<2x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>,
                        %b2: tensor<5xf32>) -> tensor<0x2x5xf32> {
  // CHECK:      %[[T:.*]] = arith.constant 0 : index
  // CHECK:      gradopt.scan (%{{.*}}) to %[[T]] carries
  // CHECK:        linalg.broadcast ins(%[[B2]] : tensor<5xf32>)
  // CHECK:        linalg.matmul
  // CHECK:        %[[Z:.*]] = linalg.matmul
  // CHECK-NEXT:   gradopt.yield %[[Z]], %[[Z]]
  %0:2 = gradopt.rnn identity %x : tensor<0x2x3xf32> init(%h0 : tensor<2x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) bias_hh(%b2 : tensor<5xf32>) -> tensor<0x2x5xf32>, tensor<2x5xf32>
  return %0#0 : tensor<0x2x5xf32>
}

// CHECK-LABEL: func @lstm
// CHECK-SAME:  (%[[X:.*]]: tensor<?x?x3xf32>, %[[H0:.*]]: tensor<?x5xf32>, %[[C0:.*]]: tensor<?x5xf32>,
// CHECK-SAME:  %[[BIAS:[a-z0-9]*]]: tensor<20xf32>)
func.func @lstm(%x: tensor<?x?x3xf32>, %h0: tensor<?x5xf32>, %c0: tensor<?x5xf32>, %w_ih: tensor<3x20xf32>,
                %w_hh: tensor<5x20xf32>, %b: tensor<20xf32>) -> (tensor<?x?x5xf32>, tensor<?x5xf32>, tensor<?x5xf32>) {
  // CHECK:      %[[S:.*]]:3 = gradopt.scan "lstm.0" (%{{.*}}) to %{{.*}} carries(%[[H:.*]] = %[[H0]] : tensor<?x5xf32>, %[[C:.*]] = %[[C0]] : tensor<?x5xf32>)
  // CHECK-SAME:   attributes {carry_names = ["h", "c"]} {
  // CHECK:        linalg.broadcast ins(%[[BIAS]] : tensor<20xf32>)
  // CHECK:        linalg.matmul
  // CHECK:        %[[Z:.*]] = linalg.matmul ins(%[[H]],
  // CHECK:        %[[ZI:.*]] = tensor.extract_slice %[[Z]][0, 0] [%{{.*}}, 5] [1, 1] : tensor<?x20xf32> to tensor<?x5xf32>
  // CHECK:        %[[I:.*]] = linalg.generic {{.*}} ins(%[[ZI]] :
  // sigmoid(x) = tanh(x / 2) / 2 + 1 / 2
  // CHECK-NEXT:   ^bb0(%[[A:.*]]: f32, %{{.*}}: f32):
  // CHECK-NEXT:     %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
  // CHECK-NEXT:     %[[A1:.*]] = arith.mulf %[[A]], %[[HALF]] : f32
  // CHECK-NEXT:     %[[A2:.*]] = math.tanh %[[A1]] : f32
  // CHECK-NEXT:     %[[A3:.*]] = arith.mulf %[[A2]], %[[HALF]] : f32
  // CHECK-NEXT:     %[[A4:.*]] = arith.addf %[[A3]], %[[HALF]] : f32
  // CHECK-NEXT:     linalg.yield %[[A4]]
  // CHECK:        %[[ZF:.*]] = tensor.extract_slice %[[Z]][0, 5] [%{{.*}}, 5] [1, 1]
  // CHECK:        %[[F:.*]] = linalg.generic {{.*}} ins(%[[ZF]] :
  // CHECK:        %[[ZG:.*]] = tensor.extract_slice %[[Z]][0, 10] [%{{.*}}, 5] [1, 1]
  // CHECK:        %[[G:.*]] = linalg.generic {{.*}} ins(%[[ZG]] :
  // CHECK-NEXT:   ^bb0(%[[A:.*]]: f32, %{{.*}}: f32):
  // CHECK-NEXT:     %[[A1:.*]] = math.tanh %[[A]] : f32
  // CHECK-NEXT:     linalg.yield %[[A1]]
  // CHECK:        %[[C1:.*]] = linalg.generic {{.*}} ins(%[[F]], %[[C]], %[[I]], %[[G]] :
  // CHECK-NEXT:   ^bb0(%[[VF:.*]]: f32, %[[VC:.*]]: f32, %[[VI:.*]]: f32, %[[VG:.*]]: f32, %{{.*}}: f32):
  // CHECK-NEXT:     %[[KEPT:.*]] = arith.mulf %[[VF]], %[[VC]] : f32
  // CHECK-NEXT:     %[[ADDED:.*]] = arith.mulf %[[VI]], %[[VG]] : f32
  // CHECK-NEXT:     arith.addf %[[KEPT]], %[[ADDED]] : f32
  // CHECK:        %[[ZO:.*]] = tensor.extract_slice %[[Z]][0, 15] [%{{.*}}, 5] [1, 1]
  // CHECK:        %[[O:.*]] = linalg.generic {{.*}} ins(%[[ZO]] :
  // CHECK:        %[[H1:.*]] = linalg.generic {{.*}} ins(%[[O]], %[[C1]] :
  // CHECK-NEXT:   ^bb0(%[[VO:.*]]: f32, %[[VC:.*]]: f32, %{{.*}}: f32):
  // CHECK-NEXT:     %[[TANH:.*]] = math.tanh %[[VC]] : f32
  // CHECK-NEXT:     arith.mulf %[[VO]], %[[TANH]] : f32
  // CHECK:        gradopt.yield %[[H1]], %[[C1]], %[[H1]]
  // CHECK:      return %[[S]]#2, %[[S]]#0, %[[S]]#1

  // The ops of a gate say so, and the others name none.
  // ORIGIN-LABEL: func @lstm
  // ORIGIN:       linalg.matmul {{.*}} loc(fused<#gradopt.origin<layer = "lstm.0", direction = "forward", source = "gradopt.lstm">>
  // ORIGIN:       tensor.extract_slice {{.*}}[0, 0] {{.*}} loc(fused<#gradopt.origin<layer = "lstm.0", gate = "i", direction = "forward", source = "gradopt.lstm">>
  // ORIGIN:       math.tanh {{.*}} loc(fused<#gradopt.origin<layer = "lstm.0", gate = "i",
  // ORIGIN:       tensor.extract_slice {{.*}}[0, 5] {{.*}} loc(fused<#gradopt.origin<layer = "lstm.0", gate = "f",
  // ORIGIN:       math.tanh {{.*}} loc(fused<#gradopt.origin<layer = "lstm.0", gate = "f",
  // ORIGIN:       tensor.extract_slice {{.*}}[0, 10] {{.*}} loc(fused<#gradopt.origin<layer = "lstm.0", gate = "g",
  // ORIGIN:       math.tanh {{.*}} loc(fused<#gradopt.origin<layer = "lstm.0", gate = "g",
  // ORIGIN:       tensor.extract_slice {{.*}}[0, 15] {{.*}} loc(fused<#gradopt.origin<layer = "lstm.0", gate = "o",
  // ORIGIN:       math.tanh {{.*}} loc(fused<#gradopt.origin<layer = "lstm.0", gate = "o",
  // ORIGIN:       gradopt.yield {{.*}} loc(fused<#gradopt.origin<layer = "lstm.0", direction = "forward", source = "gradopt.lstm">>
  %0:3 = gradopt.lstm "lstm.0" %x : tensor<?x?x3xf32>
      init(%h0, %c0 : tensor<?x5xf32>, tensor<?x5xf32>)
      weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) bias_ih(%b : tensor<20xf32>)
      -> tensor<?x?x5xf32>, tensor<?x5xf32>, tensor<?x5xf32>
  return %0#0, %0#1, %0#2 : tensor<?x?x5xf32>, tensor<?x5xf32>, tensor<?x5xf32>
}

// Two layers, the second one on the first one's output.
// CHECK-LABEL: func @stacked
// CHECK:       %[[A:.*]]:3 = gradopt.scan "l0" {{.*}} to %{{.*}} carries
// CHECK:       %[[B:.*]]:3 = gradopt.scan "l1" {{.*}} inputs(%{{.*}} = %[[A]]#2 : tensor<6x1x1xf64>)
// CHECK:       return %[[B]]#2
func.func @stacked(%x: tensor<6x1x1xf64>, %s: tensor<1x1xf64>, %w: tensor<1x4xf64>) -> tensor<6x1x1xf64> {
  %0:3 = gradopt.lstm "l0" %x : tensor<6x1x1xf64>
      init(%s, %s : tensor<1x1xf64>, tensor<1x1xf64>)
      weights(%w, %w : tensor<1x4xf64>, tensor<1x4xf64>)
      -> tensor<6x1x1xf64>, tensor<1x1xf64>, tensor<1x1xf64>
  %1:3 = gradopt.lstm "l1" %0#0 : tensor<6x1x1xf64>
      init(%s, %s : tensor<1x1xf64>, tensor<1x1xf64>)
      weights(%w, %w : tensor<1x4xf64>, tensor<1x4xf64>)
      -> tensor<6x1x1xf64>, tensor<1x1xf64>, tensor<1x1xf64>
  return %1#0 : tensor<6x1x1xf64>
}
