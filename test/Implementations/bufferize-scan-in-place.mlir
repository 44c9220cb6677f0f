// RUN: gradopt-opt %s -split-input-file \
// RUN:     --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:     --canonicalize --cse | FileCheck %s

// A contraction adds to the row of an input that the function made and that nothing
// else uses. The state that is an output, too, lies in the output's rows, with one
// more for the first, which is filled there.
// CHECK-LABEL: @consumed
// CHECK-SAME:    %[[T:[^:, ]+]]: index, %{{.+}}: memref<?x2x4xf32>, %[[W:[^:, ]+]]: memref<4x4xf32>
// CHECK-NOT:     memref.copy
// CHECK:         %[[XW:.+]] = memref.alloc(%{{.+}}) {{.*}} : memref<?x2x4xf32>
// CHECK:         linalg.exp {{.+}} outs(%[[XW]]
// CHECK:         %[[H:.+]] = memref.alloc(%{{.+}}) {{.*}} : memref<?x2x4xf32>
// CHECK:         %[[Y:.+]] = memref.subview %[[H]][1, 0, 0] [%[[T]], 2, 4]
// CHECK:         %[[FIRST:.+]] = memref.subview %[[H]][0, 0, 0] [1, 2, 4]
// CHECK:         linalg.fill {{.+}} outs(%[[FIRST]]
// CHECK:         scf.for %[[S:.+]] =
// CHECK-NOT:       memref.alloc
// CHECK-NOT:       memref.copy
// CHECK-DAG:       %[[NEXT:.+]] = arith.addi %[[S]], %c1
// CHECK-DAG:       %[[AFTER:.+]] = memref.subview %[[H]][%[[NEXT]], 0, 0]
// CHECK-DAG:       %[[BEFORE:.+]] = memref.subview %[[H]][%[[S]], 0, 0]
// CHECK-DAG:       %[[ROW:.+]] = memref.subview %[[XW]][%[[S]], 0, 0]
// CHECK:           linalg.matmul ins(%[[BEFORE]], %[[W]] : {{.+}}) outs(%[[ROW]]
// CHECK:           linalg.tanh ins(%[[ROW]] : {{.+}}) outs(%[[AFTER]]
// CHECK:         }
// CHECK:         memref.load %[[Y]]
func.func @consumed(%T: index, %x: tensor<?x2x4xf32>, %w: tensor<4x4xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x2x4xf32>
  %e = tensor.empty(%n) : tensor<?x2x4xf32>
  %xw = linalg.exp ins(%x : tensor<?x2x4xf32>) outs(%e : tensor<?x2x4xf32>) -> tensor<?x2x4xf32>
  %h0e = tensor.empty() : tensor<2x4xf32>
  %h0 = linalg.fill ins(%zero : f32) outs(%h0e : tensor<2x4xf32>) -> tensor<2x4xf32>
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x4xf32>)
      inputs(%xw_t = %xw : tensor<?x2x4xf32>) outputs(tensor<?x2x4xf32>) {
    %z = linalg.matmul ins(%h, %w : tensor<2x4xf32>, tensor<4x4xf32>) outs(%xw_t : tensor<2x4xf32>) -> tensor<2x4xf32>
    %f = tensor.empty() : tensor<2x4xf32>
    %next = linalg.tanh ins(%z : tensor<2x4xf32>) outs(%f : tensor<2x4xf32>) -> tensor<2x4xf32>
    gradopt.yield %next, %next : tensor<2x4xf32>, tensor<2x4xf32>
  }
  %y = tensor.extract %r#1[%c0, %c0, %c0] : tensor<?x2x4xf32>
  return %y : f32
}

// -----

// The input is read behind the scan: a step copies its row.
// CHECK-LABEL: @read_behind
// CHECK:         scf.for
// CHECK:           memref.copy
// CHECK:           linalg.matmul
// CHECK:         }
func.func @read_behind(%T: index, %x: tensor<?x2x4xf32>, %w: tensor<4x4xf32>) -> (tensor<?x2x4xf32>, f32) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x2x4xf32>
  %e = tensor.empty(%n) : tensor<?x2x4xf32>
  %xw = linalg.exp ins(%x : tensor<?x2x4xf32>) outs(%e : tensor<?x2x4xf32>) -> tensor<?x2x4xf32>
  %r = gradopt.scan (%s) to %T inputs(%xw_t = %xw : tensor<?x2x4xf32>) outputs(tensor<?x2x4xf32>) {
    %a = tensor.extract_slice %w[0, 0] [2, 4] [1, 1] : tensor<4x4xf32> to tensor<2x4xf32>
    %z = linalg.matmul ins(%a, %w : tensor<2x4xf32>, tensor<4x4xf32>) outs(%xw_t : tensor<2x4xf32>) -> tensor<2x4xf32>
    gradopt.yield %z : tensor<2x4xf32>
  }
  %y = tensor.extract %xw[%c0, %c0, %c0] : tensor<?x2x4xf32>
  return %r, %y : tensor<?x2x4xf32>, f32
}

// -----

// An argument of the function is not the scan's to write to.
// CHECK-LABEL: @argument
// CHECK-SAME:    %[[X:[^:, ]+]]: memref<4x2x4xf32>
// CHECK-NOT:     outs(%[[X]]
// CHECK:         scf.for
// CHECK:           %[[ROW:.+]] = memref.subview %[[X]]
// CHECK:           memref.copy %[[ROW]]
// CHECK-NOT:       outs(%[[ROW]]
// CHECK:         }
func.func @argument(%x: tensor<4x2x4xf32>, %w: tensor<4x4xf32>) -> tensor<4x2x4xf32> {
  %T = arith.constant 4 : index
  %r = gradopt.scan (%s) to %T inputs(%xw_t = %x : tensor<4x2x4xf32>) outputs(tensor<4x2x4xf32>) {
    %a = tensor.extract_slice %w[0, 0] [2, 4] [1, 1] : tensor<4x4xf32> to tensor<2x4xf32>
    %z = linalg.matmul ins(%a, %w : tensor<2x4xf32>, tensor<4x4xf32>) outs(%xw_t : tensor<2x4xf32>) -> tensor<2x4xf32>
    gradopt.yield %z : tensor<2x4xf32>
  }
  return %r : tensor<4x2x4xf32>
}
