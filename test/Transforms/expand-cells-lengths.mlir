// RUN: gradopt-opt %s --gradopt-expand-cells --gradopt-verify-origins | FileCheck %s
// RUN: gradopt-opt %s --gradopt-expand-cells --canonicalize --cse | FileCheck %s --check-prefix=CLEAN

// x is looked at only in front of the lengths, once for both directions.
// CHECK-DAG:   #[[BATCH1:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-DAG:   #[[ID3:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG:   #[[ID2:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG:   #[[BATCH0:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-LABEL: func @bidirectional
// CHECK-SAME:  (%[[X:.*]]: tensor<?x?x3xf32>, %[[N:.*]]: tensor<?xi32>, %[[H0:.*]]: tensor<?x5xf32>,
// CHECK:       %[[T:.*]] = tensor.dim %[[X]], %{{c0.*}} : tensor<?x?x3xf32>
// CHECK:       %[[XS:.*]] = linalg.generic {indexing_maps = [#[[BATCH1]], #[[ID3]], #[[ID3]]], iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[N]], %[[X]] : tensor<?xi32>, tensor<?x?x3xf32>)
// CHECK-NEXT:  ^bb0(%[[LEN:.*]]: i32, %[[V:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:    %[[NOW:.*]] = linalg.index 0 : index
// CHECK-NEXT:    %[[L:.*]] = arith.index_cast %[[LEN]] : i32 to index
// CHECK-NEXT:    %[[ON:.*]] = arith.cmpi slt, %[[NOW]], %[[L]] : index
// CHECK-NEXT:    %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    %[[S:.*]] = arith.select %[[ON]], %[[V]], %[[ZERO]] : f32
// CHECK-NEXT:    linalg.yield %[[S]]
// CHECK:       gradopt.scan "l" (%[[STEP:.*]]) to %[[T]] carries(%[[H:.*]] = %[[H0]] : tensor<?x5xf32>)
// CHECK-SAME:    inputs(%{{.*}} = %[[XS]] : tensor<?x?x3xf32>) outputs(tensor<?x?x5xf32>)
// CHECK:         %[[H1:.*]] = linalg.generic {{.*}}
// CHECK-NEXT:    ^bb0
// CHECK-NEXT:      math.tanh
// CHECK:         %[[H2:.*]] = linalg.generic {indexing_maps = [#[[BATCH0]], #[[ID2]], #[[ID2]], #[[ID2]]], {{.*}} ins(%[[N]], %[[H1]], %[[H]] :
// CHECK-NEXT:    ^bb0(%[[LEN:.*]]: i32, %[[NEW:.*]]: f32, %[[OLD:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[L:.*]] = arith.index_cast %[[LEN]] : i32 to index
// CHECK-NEXT:      %[[ON:.*]] = arith.cmpi slt, %[[STEP]], %[[L]] : index
// CHECK-NEXT:      arith.select %[[ON]], %[[NEW]], %[[OLD]] : f32
// CHECK:         %[[Y:.*]] = linalg.generic {{.*}} ins(%[[N]], %[[H2]] :
// CHECK-NEXT:    ^bb0(%[[LEN:.*]]: i32, %[[V:.*]]: f32, %{{.*}}: f32):
// CHECK:           %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK:           arith.select %{{.*}}, %[[V]], %[[ZERO]] : f32
// CHECK:         gradopt.yield %[[H2]], %[[Y]]
// In reverse, time is the last step less the step's index.
// CHECK:       gradopt.scan "l_reverse" (%[[STEP:.*]]) to %[[T]]
// CHECK-SAME:    inputs(%{{.*}} = reverse %[[XS]] : tensor<?x?x3xf32>) outputs(reverse tensor<?x?x5xf32>)
// CHECK:         %[[ONE:.*]] = arith.constant 1 : index
// CHECK:         %[[LAST:.*]] = arith.subi %[[T]], %[[ONE]] : index
// CHECK:         %[[TIME:.*]] = arith.subi %[[LAST]], %[[STEP]] : index
// CHECK:           arith.cmpi slt, %[[TIME]], %{{.*}} : index
func.func @bidirectional(%x: tensor<?x?x3xf32>, %n: tensor<?xi32>, %h0: tensor<?x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>)
    -> (tensor<?x?x10xf32>, tensor<?x5xf32>, tensor<?x5xf32>) {
  %0:3 = gradopt.rnn tanh "l" %x : tensor<?x?x3xf32> lengths(%n : tensor<?xi32>) init(%h0 : tensor<?x5xf32>)
      weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>)
      reverse_weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>)
      -> tensor<?x?x10xf32>, tensor<?x5xf32>, tensor<?x5xf32>
  return %0#0, %0#1, %0#2 : tensor<?x?x10xf32>, tensor<?x5xf32>, tensor<?x5xf32>
}

// Both states of an LSTM keep their old values; 64-bit lengths.
// CHECK-LABEL: func @lstm
// CHECK:       gradopt.scan {{.*}} carries(%[[H:.*]] = %{{.*}} : tensor<2x2xf64>, %[[C:.*]] = %{{.*}} : tensor<2x2xf64>)
// CHECK:         %[[H2:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}}, %[[H]] : tensor<2xi64>, tensor<2x2xf64>, tensor<2x2xf64>)
// CHECK:           arith.index_cast %{{.*}} : i64 to index
// CHECK:         %[[C2:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}}, %[[C]] : tensor<2xi64>, tensor<2x2xf64>, tensor<2x2xf64>)
// CHECK:         %[[Y:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[H2]] : tensor<2xi64>, tensor<2x2xf64>)
// CHECK:         gradopt.yield %[[H2]], %[[C2]], %[[Y]]
func.func @lstm(%x: tensor<4x2x3xf64>, %n: tensor<2xi64>, %w_ih: tensor<3x8xf64>, %w_hh: tensor<2x8xf64>) -> tensor<4x2x2xf64> {
  %0:3 = gradopt.lstm "l" %x : tensor<4x2x3xf64> lengths(%n : tensor<2xi64>)
      weights(%w_ih, %w_hh : tensor<3x8xf64>, tensor<2x8xf64>)
      -> tensor<4x2x2xf64>, tensor<2x2xf64>, tensor<2x2xf64>
  return %0#0 : tensor<4x2x2xf64>
}

// Without lengths nothing is selected, and nothing is left of what lengths need.
// CLEAN-LABEL: func @without
// CLEAN-NOT:   arith.select
// CLEAN-NOT:   arith.subi
// CLEAN:       return
func.func @without(%x: tensor<?x?x3xf32>, %w_ih: tensor<3x6xf32>, %w_hh: tensor<2x6xf32>) -> tensor<?x?x2xf32> {
  %0:2 = gradopt.gru reverse "l" %x : tensor<?x?x3xf32> weights(%w_ih, %w_hh : tensor<3x6xf32>, tensor<2x6xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  return %0#0 : tensor<?x?x2xf32>
}
