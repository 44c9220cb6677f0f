// RUN: gradopt-opt %s --gradopt-reuse-histories | FileCheck %s

// What is after a step is one row later, and before it one row earlier, than
// what the other direction has there.

// CHECK-LABEL: func.func @forward
func.func @forward(%T: index, %h0: tensor<?x4xf32>, %x: tensor<?x?x4xf32>)
    -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  // CHECK: %[[R:.+]]:2 = gradopt.scan
  // CHECK-NOT: outputs
  // CHECK-SAME: histories(0 : tensor<?x?x4xf32>)
  %r:4 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x4xf32>) inputs(%xt = %x : tensor<?x?x4xf32>)
      outputs(tensor<?x?x4xf32>, tensor<?x?x4xf32>) histories(0 : tensor<?x?x4xf32>) {
    %n = arith.addf %h, %xt : tensor<?x4xf32>
    // CHECK: gradopt.yield %{{[^,:]+}} : tensor<?x4xf32>
    gradopt.yield %n, %n, %h : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  }
  // CHECK-DAG: %[[AFTER:.+]] = tensor.extract_slice %[[R]]#1[1, 0, 0] [%{{.+}}, %{{.+}}, 4]
  // CHECK-DAG: %[[BEFORE:.+]] = tensor.extract_slice %[[R]]#1[0, 0, 0] [%{{.+}}, %{{.+}}, 4]
  // CHECK: return %[[AFTER]], %[[BEFORE]], %[[R]]#1
  return %r#1, %r#2, %r#3 : tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

// CHECK-LABEL: func.func @reverse
func.func @reverse(%h0: tensor<3x4xf32>, %x: tensor<5x3x4xf32>)
    -> (tensor<5x3x4xf32>, tensor<5x3x4xf32>, tensor<6x3x4xf32>) {
  %T = arith.constant 5 : index
  // CHECK: %[[R:.+]]:2 = gradopt.scan
  %r:4 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<3x4xf32>) inputs(%xt = reverse %x : tensor<5x3x4xf32>)
      outputs(reverse tensor<5x3x4xf32>, reverse tensor<5x3x4xf32>) histories(reverse 0 : tensor<6x3x4xf32>) {
    %n = arith.addf %h, %xt : tensor<3x4xf32>
    gradopt.yield %n, %n, %h : tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>
  }
  // CHECK-DAG: %[[AFTER:.+]] = tensor.extract_slice %[[R]]#1[0, 0, 0] [5, 3, 4]
  // CHECK-DAG: %[[BEFORE:.+]] = tensor.extract_slice %[[R]]#1[1, 0, 0] [5, 3, 4]
  // CHECK: return %[[AFTER]], %[[BEFORE]], %[[R]]#1
  return %r#1, %r#2, %r#3 : tensor<5x3x4xf32>, tensor<5x3x4xf32>, tensor<6x3x4xf32>
}

// The output of the other direction, that of another value and that of a carry
// without a history stay.

// CHECK-LABEL: func.func @others
func.func @others(%T: index, %h0: tensor<4xf32>, %x: tensor<?x4xf32>)
    -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK: %[[R:.+]]:6 = gradopt.scan
  // CHECK-NOT: extract_slice
  // CHECK: return %[[R]]#2, %[[R]]#3, %[[R]]#4, %[[R]]#5
  %r:6 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<4xf32>, %c = %h0 : tensor<4xf32>) inputs(%xt = %x : tensor<?x4xf32>)
      outputs(reverse tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) histories(0 : tensor<?x4xf32>) {
    %n = arith.addf %h, %xt : tensor<4xf32>
    %m = arith.mulf %c, %n : tensor<4xf32>
    %o = arith.mulf %m, %n : tensor<4xf32>
    gradopt.yield %n, %m, %n, %o, %m : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }
  return %r#2, %r#3, %r#4, %r#5 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}
