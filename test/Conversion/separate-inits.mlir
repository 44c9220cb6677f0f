// RUN: gradopt-opt %s --gradopt-separate-inits | FileCheck %s

#last = affine_map<(b, j) -> (j)>
#id = affine_map<(b, j) -> (b, j)>

// Two contractions that start from one tensor of zeros, one in a loop.

// CHECK-LABEL: func.func @zeros
// CHECK-SAME:    %[[A:[^:, ]+]]: tensor<?x4xf32>
func.func @zeros(%T: index, %a: tensor<?x4xf32>, %w: tensor<4x4xf32>, %m: index) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
  // CHECK: %[[E0:.+]] = tensor.empty
  // CHECK: %[[Z0:.+]] = linalg.fill {{.*}} outs(%[[E0]]
  // CHECK-NEXT: linalg.matmul ins(%[[A]], {{.*}} outs(%[[Z0]]
  %0 = linalg.matmul ins(%a, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%z : tensor<?x4xf32>) -> tensor<?x4xf32>
  // CHECK: gradopt.scan
  %r = gradopt.scan (%s) to %T carries(%h = %0 : tensor<?x4xf32>) {
    // CHECK: %[[E1:.+]] = tensor.empty
    // CHECK-NEXT: %[[Z1:.+]] = linalg.fill {{.*}} outs(%[[E1]]
    // CHECK-NEXT: linalg.matmul {{.*}} outs(%[[Z1]]
    %1 = linalg.matmul ins(%h, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%z : tensor<?x4xf32>) -> tensor<?x4xf32>
    gradopt.yield %1 : tensor<?x4xf32>
  }
  return %0, %r : tensor<?x4xf32>, tensor<?x4xf32>
}

// A bias for all rows comes with the op. An op's own init moves there, and what
// is no repetition stays.

// CHECK-LABEL: func.func @bias
// CHECK-SAME:    %[[B:[^:, ]+]]: tensor<4xf32>, %[[A:[^:, ]+]]: tensor<3x4xf32>, %[[W:[^:, ]+]]: tensor<4x4xf32>
func.func @bias(%b: tensor<4xf32>, %a: tensor<3x4xf32>, %w: tensor<4x4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  %e = tensor.empty() : tensor<3x4xf32>
  %biases = linalg.generic {indexing_maps = [#last, #id], iterator_types = ["parallel", "parallel"]}
      ins(%b : tensor<4xf32>) outs(%e : tensor<3x4xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  } -> tensor<3x4xf32>
  // CHECK: %[[BS:.+]] = linalg.generic {{.*}} ins(%[[B]]
  // CHECK-NOT: linalg.generic
  // CHECK: %[[X:.+]] = linalg.matmul ins(%[[A]], {{.*}} outs(%[[BS]]
  // CHECK-NEXT: %[[Y:.+]] = linalg.matmul ins(%[[A]], {{.*}} outs(%[[X]]
  // CHECK-NEXT: %[[CS:.+]] = linalg.generic {{.*}} ins(%[[B]]
  // CHECK: %[[Z:.+]] = linalg.matmul ins(%[[Y]], {{.*}} outs(%[[CS]]
  // CHECK: return %[[Y]], %[[Z]]
  %x = linalg.matmul ins(%a, %w : tensor<3x4xf32>, tensor<4x4xf32>) outs(%biases : tensor<3x4xf32>) -> tensor<3x4xf32>
  %y = linalg.matmul ins(%a, %w : tensor<3x4xf32>, tensor<4x4xf32>) outs(%x : tensor<3x4xf32>) -> tensor<3x4xf32>
  %z = linalg.matmul ins(%y, %w : tensor<3x4xf32>, tensor<4x4xf32>) outs(%biases : tensor<3x4xf32>) -> tensor<3x4xf32>
  return %y, %z : tensor<3x4xf32>, tensor<3x4xf32>
}
