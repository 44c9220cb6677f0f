// RUN: gradopt-opt %s --gradopt-separate-loop-destinations | FileCheck %s

// Zeros are filled in each iteration; what is no fill is copied; an empty tensor is
// made anew; what the loop carries stays.

// CHECK-LABEL: func.func @scan
// CHECK-SAME:    %[[ZERO:[^:, ]+]]: f32, %[[P:[^:, ]+]]: tensor<2xf32>, %[[D:[^:, ]+]]: tensor<6xf32>
func.func @scan(%T: index, %zero: f32, %p: tensor<2xf32>, %d: tensor<6xf32>)
    -> (tensor<6xf32>, tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>) {
  %e = tensor.empty() : tensor<6xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<6xf32>) -> tensor<6xf32>
  // CHECK: gradopt.scan
  %r:4 = gradopt.scan (%s) to %T carries(%c = %d : tensor<6xf32>)
      outputs(tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>) {
    // CHECK: %[[E1:.+]] = tensor.empty() : tensor<6xf32>
    // CHECK: %[[Z1:.+]] = linalg.fill ins(%[[ZERO]] : f32) outs(%[[E1]] : tensor<6xf32>)
    // CHECK: tensor.insert_slice %[[P]] into %[[Z1]]
    %0 = tensor.insert_slice %p into %z[%s] [2] [1] : tensor<2xf32> into tensor<6xf32>
    // CHECK: %[[D1:.+]] = bufferization.alloc_tensor() copy(%[[D]]) : tensor<6xf32>
    // CHECK: %[[I:.+]] = tensor.insert_slice %[[P]] into %[[D1]]
    %1 = tensor.insert_slice %p into %d[0] [2] [1] : tensor<2xf32> into tensor<6xf32>
    // CHECK-NEXT: tensor.insert_slice %[[P]] into %[[I]]
    %2 = tensor.insert_slice %p into %1[2] [2] [1] : tensor<2xf32> into tensor<6xf32>
    // CHECK-NEXT: %[[E2:.+]] = tensor.empty() : tensor<6xf32>
    // CHECK-NEXT: tensor.insert_slice %[[P]] into %[[E2]]
    %3 = tensor.insert_slice %p into %e[2] [2] [1] : tensor<2xf32> into tensor<6xf32>
    // CHECK-NEXT: tensor.insert_slice %[[P]] into %arg
    %4 = tensor.insert_slice %p into %c[2] [2] [1] : tensor<2xf32> into tensor<6xf32>
    gradopt.yield %4, %0, %2, %3 : tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>
  }
  return %r#0, %r#1, %r#2, %r#3 : tensor<6xf32>, tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>
}

// Outside of loops nothing is inserted twice.

// CHECK-LABEL: func.func @once
// CHECK-SAME:    %[[P:[^:, ]+]]: tensor<2xf32>, %[[D:[^:, ]+]]: tensor<6xf32>
func.func @once(%p: tensor<2xf32>, %d: tensor<6xf32>) -> tensor<6xf32> {
  // CHECK-NEXT: tensor.insert_slice %[[P]] into %[[D]]
  %0 = tensor.insert_slice %p into %d[0] [2] [1] : tensor<2xf32> into tensor<6xf32>
  return %0 : tensor<6xf32>
}

// Sums that a scan yields start from a copy of the slice, in their own place;
// others stay in that of the slice. What the loop adds to again is copied, too, and
// what was broadcast is broadcast again.

// CHECK-LABEL: func.func @sums
// CHECK-SAME:    %[[Z:[^:, ]+]]: tensor<2x3xf32>, %[[ROW:[^:, ]+]]: tensor<3xf32>
func.func @sums(%T: index, %x: tensor<?x2x3xf32>, %u: tensor<3x3xf32>, %z: tensor<2x3xf32>, %row: tensor<3xf32>)
    -> (tensor<2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>) {
  %e = tensor.empty() : tensor<2x3xf32>
  %b = linalg.broadcast ins(%row : tensor<3xf32>) outs(%e : tensor<2x3xf32>) dimensions = [0]
  // CHECK: gradopt.scan {{.*}} inputs(%[[X:[^ ]+]] = {{.*}}, %[[Y:[^ ]+]] = 
  %r:4 = gradopt.scan (%s) to %T carries(%h = %z : tensor<2x3xf32>)
      inputs(%x_t = %x : tensor<?x2x3xf32>, %y_t = %x : tensor<?x2x3xf32>)
      outputs(tensor<?x2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>) {
    // CHECK: %[[E:.+]] = tensor.empty() : tensor<2x3xf32>
    // CHECK: %[[COPY:.+]] = linalg.copy ins(%[[X]] : {{.+}}) outs(%[[E]] :
    // CHECK: linalg.matmul {{.+}} outs(%[[COPY]] :
    %0 = linalg.matmul ins(%h, %u : tensor<2x3xf32>, tensor<3x3xf32>) outs(%x_t : tensor<2x3xf32>) -> tensor<2x3xf32>
    // CHECK-NOT: linalg.copy
    // CHECK: linalg.matmul {{.+}} outs(%[[Y]] :
    %1 = linalg.matmul ins(%h, %u : tensor<2x3xf32>, tensor<3x3xf32>) outs(%y_t : tensor<2x3xf32>) -> tensor<2x3xf32>
    // CHECK: tensor.empty
    // CHECK: linalg.exp
    %e1 = tensor.empty() : tensor<2x3xf32>
    %2 = linalg.exp ins(%1 : tensor<2x3xf32>) outs(%e1 : tensor<2x3xf32>) -> tensor<2x3xf32>
    // CHECK: %[[E:.+]] = tensor.empty() : tensor<2x3xf32>
    // CHECK: %[[COPY:.+]] = linalg.copy ins(%[[Z]] : {{.+}}) outs(%[[E]] :
    // CHECK: linalg.matmul {{.+}} outs(%[[COPY]] :
    %3 = linalg.matmul ins(%h, %u : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    // CHECK: %[[E:.+]] = tensor.empty() : tensor<2x3xf32>
    // CHECK: %[[AGAIN:.+]] = linalg.broadcast ins(%[[ROW]] : {{.+}}) outs(%[[E]] :
    // CHECK: linalg.matmul {{.+}} outs(%[[AGAIN]] :
    %4 = linalg.matmul ins(%h, %u : tensor<2x3xf32>, tensor<3x3xf32>) outs(%b : tensor<2x3xf32>) -> tensor<2x3xf32>
    gradopt.yield %0, %2, %3, %4 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
  }
  return %r#0, %r#1, %r#2, %r#3 : tensor<2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>, tensor<?x2x3xf32>
}
