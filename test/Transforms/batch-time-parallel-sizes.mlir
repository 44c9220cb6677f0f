// RUN: gradopt-opt %s --gradopt-batch-time-parallel --cse --canonicalize -split-input-file | FileCheck %s

// One step of a batch of one: dimensions of size 1 are not mixed up.

// CHECK-LABEL: func @one
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x1x3xf32>
// CHECK:         %[[A:.*]] = linalg.contract {{.*}} ins(%[[X]], %{{.*}} : tensor<1x1x3xf32>, tensor<3x3xf32>) {{.*}} -> tensor<1x1x3xf32>
// CHECK:         %[[S:.*]]:2 = gradopt.scan {{.*}} inputs(%{{.*}} = %[[A]] : tensor<1x1x3xf32>) outputs(tensor<1x1x3xf32>) {
// CHECK:         %[[PART:.*]] = tensor.extract_slice %[[S]]#1[0, 0, 1] [1, 1, 2] [1, 1, 1] : tensor<1x1x3xf32> to tensor<1x2xf32>
// CHECK:         linalg.contract {{.*}} ins(%[[PART]], %{{.*}} : tensor<1x2xf32>, tensor<2xf32>) {{.*}} -> tensor<1xf32>
func.func @one(%x: tensor<1x1x3xf32>, %w: tensor<3x3xf32>, %v: tensor<2xf32>, %h0: tensor<1x3xf32>) -> (tensor<1xf32>, tensor<1x1x3xf32>, tensor<1x3xf32>) {
  %c1 = arith.constant 1 : index
  %z = arith.constant dense<0.0> : tensor<1x3xf32>
  %z0 = arith.constant dense<0.0> : tensor<f32>
  %r:3 = gradopt.scan (%s) to %c1 carries(%h = %h0 : tensor<1x3xf32>) inputs(%x_t = %x : tensor<1x1x3xf32>)
      outputs(tensor<1xf32>, tensor<1x1x3xf32>) {
    %a = linalg.matmul ins(%x_t, %w : tensor<1x3xf32>, tensor<3x3xf32>) outs(%z : tensor<1x3xf32>) -> tensor<1x3xf32>
    %h1 = arith.mulf %h, %a : tensor<1x3xf32>
    %part = tensor.extract_slice %h1[0, 1] [1, 2] [1, 1] : tensor<1x3xf32> to tensor<2xf32>
    %y = linalg.dot ins(%part, %v : tensor<2xf32>, tensor<2xf32>) outs(%z0 : tensor<f32>) -> tensor<f32>
    gradopt.yield %h1, %y, %h1 : tensor<1x3xf32>, tensor<f32>, tensor<1x3xf32>
  }
  return %r#1, %r#2, %r#0 : tensor<1xf32>, tensor<1x1x3xf32>, tensor<1x3xf32>
}

// -----

// No step: sequences of none, and the carry as it was.

// CHECK-LABEL: func @none
// CHECK-SAME:    %[[H0:[^:]*]]: tensor<2x3xf32>
// CHECK:         %[[Y:.*]] = linalg.contract {{.*}} -> tensor<0x2x3xf32>
// CHECK:         return %[[H0]], %[[Y]]
func.func @none(%h0: tensor<2x3xf32>, %x: tensor<0x2x3xf32>, %w: tensor<3x3xf32>) -> (tensor<2x3xf32>, tensor<0x2x3xf32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %r:2 = gradopt.scan (%s) to %c0 carries(%h = %h0 : tensor<2x3xf32>) inputs(%x_t = %x : tensor<0x2x3xf32>)
      outputs(tensor<0x2x3xf32>) {
    %a = linalg.matmul ins(%x_t, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %h1 = arith.mulf %h, %a : tensor<2x3xf32>
    %y = linalg.matmul ins(%h1, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    gradopt.yield %h1, %y : tensor<2x3xf32>, tensor<2x3xf32>
  }
  return %r#0, %r#1 : tensor<2x3xf32>, tensor<0x2x3xf32>
}

// -----

// The count is known, but not by the type of a sequence.

// CHECK-LABEL: func @mixed
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x3xf32>
// CHECK:         %[[CAST:.*]] = tensor.cast %[[X]] : tensor<?x?x3xf32> to tensor<7x?x3xf32>
// CHECK:         linalg.contract {{.*}} ins(%[[CAST]], {{.*}} -> tensor<7x?x3xf32>
// CHECK:         gradopt.scan
// CHECK:         %[[Y:.*]] = linalg.contract {{.*}} -> tensor<7x?x3xf32>
// CHECK:         %[[OUT:.*]] = tensor.cast %[[Y]] : tensor<7x?x3xf32> to tensor<?x?x3xf32>
// CHECK:         return %[[OUT]]
func.func @mixed(%x: tensor<?x?x3xf32>, %w: tensor<3x3xf32>, %h0: tensor<?x3xf32>) -> tensor<?x?x3xf32> {
  %c7 = arith.constant 7 : index
  %r:2 = gradopt.scan (%s) to %c7 carries(%h = %h0 : tensor<?x3xf32>) inputs(%x_t = %x : tensor<?x?x3xf32>)
      outputs(tensor<?x?x3xf32>) {
    %a = linalg.matmul ins(%x_t, %w : tensor<?x3xf32>, tensor<3x3xf32>) outs(%h0 : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = arith.mulf %h, %a : tensor<?x3xf32>
    %y = linalg.matmul ins(%h1, %w : tensor<?x3xf32>, tensor<3x3xf32>) outs(%h0 : tensor<?x3xf32>) -> tensor<?x3xf32>
    gradopt.yield %h1, %y : tensor<?x3xf32>, tensor<?x3xf32>
  }
  return %r#1 : tensor<?x?x3xf32>
}

// -----

// In a branch, ops stay in the branch.

// CHECK-LABEL: func @branch
// CHECK:         scf.if
// CHECK:           linalg.contract
// CHECK:           gradopt.scan
// CHECK:           scf.yield
// CHECK:         } else {
func.func @branch(%on: i1, %x: tensor<?x2x3xf32>, %T: index, %w: tensor<3x3xf32>, %h0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %h_n = scf.if %on -> tensor<2x3xf32> {
    %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) inputs(%x_t = %x : tensor<?x2x3xf32>) {
      %a = linalg.matmul ins(%x_t, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
      %h1 = arith.mulf %h, %a : tensor<2x3xf32>
      gradopt.yield %h1 : tensor<2x3xf32>
    }
    scf.yield %r : tensor<2x3xf32>
  } else {
    scf.yield %h0 : tensor<2x3xf32>
  }
  return %h_n : tensor<2x3xf32>
}
