// RUN: gradopt-opt %s --gradopt-batch-time-parallel --cse --canonicalize --gradopt-verify-origins --mlir-print-local-scope -split-input-file | FileCheck %s

// The state is multiplied first, and the product of the input is added to it.
// That one comes first, as if it had been written so, and leaves the loop.

// CHECK-LABEL: func @state_first
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x3xf32>, %[[H0:[^:]*]]: tensor<?x4xf32>, %[[W:[^:]*]]: tensor<3x4xf32>, %[[U:[^:]*]]: tensor<4x4xf32>, %[[V:[^:]*]]: tensor<4x4xf32>
// CHECK:         %[[A:.*]] = linalg.contract {{.*}} ins(%[[X]], %[[W]] : {{.*}}) outs({{.*}}) -> tensor<?x?x4xf32>
// CHECK:         gradopt.scan {{.*}} carries(%[[H:.*]] = %[[H0]] : {{.*}}) inputs(%[[A_T:.*]] = %[[A]] : {{.*}}) {
// CHECK-NEXT:      %[[HU:.*]] = linalg.matmul ins(%[[H]], %[[U]] : {{.*}}) outs(%[[A_T]] : tensor<?x4xf32>)
// CHECK-NEXT:      %[[HV:.*]] = linalg.matmul ins(%[[H]], %[[V]] : {{.*}}) outs(%[[HU]] : tensor<?x4xf32>)
// CHECK-NEXT:      %[[H1:.*]] = math.tanh %[[HV]]
// CHECK-NEXT:      gradopt.yield %[[H1]]
func.func @state_first(%x: tensor<?x?x3xf32>, %h0: tensor<?x4xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>, %v: tensor<4x4xf32>, %z: tensor<?x4xf32>)
    -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %h_n = gradopt.scan "rnn" (%s) to %T carries(%h = %h0 : tensor<?x4xf32>) inputs(%x_t = %x : tensor<?x?x3xf32>) {
    %hu = linalg.matmul ins(%h, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%z : tensor<?x4xf32>) -> tensor<?x4xf32>
    %xw = linalg.matmul ins(%x_t, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%hu : tensor<?x4xf32>) -> tensor<?x4xf32>
    %hv = linalg.matmul ins(%h, %v : tensor<?x4xf32>, tensor<4x4xf32>) outs(%xw : tensor<?x4xf32>) -> tensor<?x4xf32>
    %h1 = math.tanh %hv : tensor<?x4xf32>
    gradopt.yield %h1 : tensor<?x4xf32>
  }
  return %h_n : tensor<?x4xf32>
}

// -----

// What the sum starts from follows from the carry: it is added in the step.

// CHECK-LABEL: func @starts_from_state
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x3xf32>, %[[H0:[^:]*]]: tensor<?x4xf32>, %[[W:[^:]*]]: tensor<3x4xf32>, %[[U:[^:]*]]: tensor<4x4xf32>
// CHECK:         %[[A:.*]] = linalg.contract {{.*}} ins(%[[X]], %[[W]] : {{.*}}) outs({{.*}}) -> tensor<?x?x4xf32>
// CHECK:         gradopt.scan {{.*}} carries(%[[H:.*]] = %[[H0]] : {{.*}}) inputs(%[[A_T:.*]] = %[[A]] : {{.*}}) {
// CHECK-NEXT:      %[[S:.*]] = arith.addf %[[H]], %[[A_T]]
// CHECK-NEXT:      %[[HU:.*]] = linalg.matmul ins(%[[H]], %[[U]] : {{.*}}) outs(%[[S]] : tensor<?x4xf32>)
// CHECK-NEXT:      %[[H1:.*]] = math.tanh %[[HU]]
// CHECK-NEXT:      gradopt.yield %[[H1]]
func.func @starts_from_state(%x: tensor<?x?x3xf32>, %h0: tensor<?x4xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %h_n = gradopt.scan "rnn" (%s) to %T carries(%h = %h0 : tensor<?x4xf32>) inputs(%x_t = %x : tensor<?x?x3xf32>) {
    %hu = linalg.matmul ins(%h, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%h : tensor<?x4xf32>) -> tensor<?x4xf32>
    %xw = linalg.matmul ins(%x_t, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%hu : tensor<?x4xf32>) -> tensor<?x4xf32>
    %h1 = math.tanh %xw : tensor<?x4xf32>
    gradopt.yield %h1 : tensor<?x4xf32>
  }
  return %h_n : tensor<?x4xf32>
}

// -----

// The first product is an output as well: nothing else may be in it.

// CHECK-LABEL: func @two_uses
// CHECK:         gradopt.scan
// CHECK-NEXT:      %[[HU:.*]] = linalg.matmul
// CHECK:           arith.addf %[[HU]],
func.func @two_uses(%x: tensor<?x?x3xf32>, %h0: tensor<?x4xf32>, %w: tensor<3x4xf32>, %u: tensor<4x4xf32>, %z: tensor<?x4xf32>)
    -> (tensor<?x4xf32>, tensor<?x?x4xf32>) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x3xf32>
  %h_n, %y = gradopt.scan "rnn" (%s) to %T carries(%h = %h0 : tensor<?x4xf32>) inputs(%x_t = %x : tensor<?x?x3xf32>) outputs(tensor<?x?x4xf32>) {
    %hu = linalg.matmul ins(%h, %u : tensor<?x4xf32>, tensor<4x4xf32>) outs(%z : tensor<?x4xf32>) -> tensor<?x4xf32>
    %xw = linalg.matmul ins(%x_t, %w : tensor<?x3xf32>, tensor<3x4xf32>) outs(%hu : tensor<?x4xf32>) -> tensor<?x4xf32>
    %r = arith.mulf %hu, %xw : tensor<?x4xf32>
    %h1 = math.tanh %r : tensor<?x4xf32>
    gradopt.yield %h1, %hu : tensor<?x4xf32>, tensor<?x4xf32>
  }
  return %h_n, %y : tensor<?x4xf32>, tensor<?x?x4xf32>
}
