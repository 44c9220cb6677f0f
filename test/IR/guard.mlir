// RUN: gradopt-opt %s | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --mlir-print-op-generic | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --emit-bytecode | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --sccp --canonicalize | FileCheck %s --check-prefix=FOLD
// RUN: gradopt-opt %s --canonicalize | FileCheck %s --check-prefix=DEAD
// RUN: gradopt-opt %s --remove-dead-values --canonicalize | FileCheck %s --check-prefix=DEAD

// CHECK-LABEL: func @guard
// CHECK-SAME:  %[[W:.*]]: tensor<8xf32>, %[[N:.*]]: tensor<i64>, %[[W1:.*]]: tensor<8xf32>, %[[N1:.*]]: tensor<i64>
func.func @guard(%w: tensor<8xf32>, %n: tensor<i64>, %w1: tensor<8xf32>, %n1: tensor<i64>) -> (tensor<8xf32>, tensor<i64>) {
  // CHECK:      %[[R:.*]]:2 = gradopt.guard(%[[W]], %[[N]] : tensor<8xf32>, tensor<i64>) attributes {test.note} {
  // CHECK-NEXT:   %[[OK:.*]] = gradopt.check_finite %[[W1]] : tensor<8xf32>
  // CHECK-NEXT:   gradopt.yield %[[OK]], %[[W1]], %[[N1]] : i1, tensor<8xf32>, tensor<i64>
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[R]]#0, %[[R]]#1
  %r:2 = gradopt.guard(%w, %n : tensor<8xf32>, tensor<i64>) attributes {test.note} {
    %ok = gradopt.check_finite %w1 : tensor<8xf32>
    gradopt.yield %ok, %w1, %n1 : i1, tensor<8xf32>, tensor<i64>
  }
  return %r#0, %r#1 : tensor<8xf32>, tensor<i64>
}

// CHECK-LABEL: func @nothing
func.func @nothing(%ok: i1) {
  // CHECK:      gradopt.guard() {
  // CHECK-NEXT:   gradopt.yield %{{.*}} : i1
  // CHECK-NEXT: }
  gradopt.guard() {
    gradopt.yield %ok : i1
  }
  return
}

// The result is the new value or the old one: data flow may not take either for
// granted, but where both are the same constant it is that.
// FOLD-LABEL: func @constants
// FOLD-SAME:  %[[OK:.*]]: i1
// FOLD-DAG:   %[[FIVE:.*]] = arith.constant 5 : i64
// FOLD-DAG:   %[[SIX:.*]] = arith.constant 6 : i64
// FOLD:       %[[R:.*]] = gradopt.guard(%[[FIVE]] : i64)
// FOLD-NEXT:    gradopt.yield %[[OK]], %[[SIX]] : i1, i64
// FOLD:       return %[[R]], %[[FIVE]]
func.func @constants(%ok: i1) -> (i64, i64) {
  %five = arith.constant 5 : i64
  %six = arith.constant 6 : i64
  %r:2 = gradopt.guard(%five, %five : i64, i64) {
    gradopt.yield %ok, %six, %five : i1, i64, i64
  }
  return %r#0, %r#1 : i64, i64
}

// A guarded value that nobody uses goes; the other one and its condition stay.
// DEAD-LABEL: func @dead
// DEAD-SAME:  %[[W:.*]]: tensor<8xf32>, %[[V:.*]]: tensor<4xf32>
// DEAD-NEXT:  %[[R:.*]] = gradopt.guard(%[[V]] : tensor<4xf32>) attributes {test.note} {
// DEAD-NEXT:    %[[OK:.*]] = gradopt.check_finite %[[V]]
// DEAD-NEXT:    %[[V1:.*]] = tensor.extract_slice %[[W]]
// DEAD-NEXT:    gradopt.yield %[[OK]], %[[V1]]
// DEAD-NEXT:  }
// DEAD-NEXT:  return %[[R]]
func.func @dead(%w: tensor<8xf32>, %v: tensor<4xf32>) -> tensor<4xf32> {
  %r:2 = gradopt.guard(%w, %v : tensor<8xf32>, tensor<4xf32>) attributes {test.note} {
    %ok = gradopt.check_finite %v : tensor<4xf32>
    %v1 = tensor.extract_slice %w[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
    gradopt.yield %ok, %w, %v1 : i1, tensor<8xf32>, tensor<4xf32>
  }
  return %r#1 : tensor<4xf32>
}
