// RUN: gradopt-opt %s --convert-gradopt-to-linalg --canonicalize | FileCheck %s

// One sum, one factor and one norm for each row, in f64.

// CHECK-LABEL: func @rows
// CHECK-SAME:  %[[G:.*]]: tensor<?x3x4xf32>, %[[T:.*]]: tensor<f32>
// CHECK:       %[[SUMS:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[G]] : tensor<?x3x4xf32>) outs(%{{.*}} : tensor<?x3xf64>)
// CHECK:         arith.extf
// CHECK-NEXT:    arith.mulf
// CHECK-NEXT:    arith.addf
// CHECK:       %[[NORMS:.*]] = linalg.generic {{.*}} ins(%[[SUMS]] : tensor<?x3xf64>)
// CHECK:         math.sqrt
// CHECK:       %[[OF:.*]]:2 = linalg.generic {{.*}} ins(%[[NORMS]], %{{.*}} : tensor<?x3xf64>, f64) outs(%{{.*}}, %{{.*}} : tensor<?x3xf64>, tensor<?x3xf32>)
// CHECK:         arith.divf
// CHECK:       %[[C:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[G]], %[[OF]]#0 : tensor<?x3x4xf32>, tensor<?x3xf64>)
// CHECK:       return %[[C]], %[[OF]]#1
func.func @rows(%g: tensor<?x3x4xf32>, %t: tensor<f32>) -> (tensor<?x3x4xf32>, tensor<?x3xf32>) {
  %c, %n = gradopt.clip_by_norm l2 rows %g to %t : tensor<?x3x4xf32>, tensor<f32> -> tensor<?x3xf32>
  return %c, %n : tensor<?x3x4xf32>, tensor<?x3xf32>
}

// The forward pass of a clip of what flows back is nothing.

// CHECK-LABEL: func @cotangent
// CHECK-SAME:  %[[A:.*]]: tensor<?xf32>
// CHECK-NEXT:  return %[[A]]
func.func @cotangent(%a: tensor<?xf32>, %t: tensor<f32>) -> tensor<?xf32> {
  %0 = gradopt.clip_cotangent l2 %a to %t : tensor<?xf32>, tensor<f32>
  return %0 : tensor<?xf32>
}
