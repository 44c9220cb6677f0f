// RUN: gradopt-opt %s | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --mlir-print-op-generic | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --emit-bytecode | gradopt-opt | FileCheck %s

// CHECK-LABEL: @all_parts(
// CHECK-SAME:    %[[T:[^:]*]]: index, %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[H0:[^:]*]]: tensor<?x8xf32>
// CHECK:         %[[R:.*]]:6 = gradopt.scan "rnn" (%[[S:.*]]) to %[[T]]
// CHECK-SAME:      carries(%[[H:.*]] = %[[H0]] : tensor<?x8xf32>, %[[N:.*]] = %{{.*}} : i64)
// CHECK-SAME:      inputs(%[[X_T:.*]] = %[[X]] : tensor<?x?x8xf32>, %[[X_R:.*]] = reverse %[[X]] : tensor<?x?x8xf32>)
// CHECK-SAME:      outputs(tensor<?x?x8xf32>, reverse tensor<?xf32>)
// CHECK-SAME:      histories(0 : tensor<?x?x8xf32>, reverse 0 : tensor<?x?x8xf32>)
// CHECK-SAME:      attributes {carry_names = ["h", "n"], kept = 1 : i64} {
// CHECK:           gradopt.yield %{{.*}}, %[[N]], %{{.*}}, %{{.*}} : tensor<?x8xf32>, i64, tensor<?x8xf32>, tensor<f32>
func.func @all_parts(%T: index, %x: tensor<?x?x8xf32>, %h0: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %n0 = arith.constant 0 : i64
  %c = arith.constant dense<1.0> : tensor<f32>
  %r:6 = gradopt.scan "rnn" (%s) to %T
      carries(%h = %h0 : tensor<?x8xf32>, %n = %n0 : i64)
      inputs(%x_t = %x : tensor<?x?x8xf32>, %x_r = reverse %x : tensor<?x?x8xf32>)
      outputs(tensor<?x?x8xf32>, reverse tensor<?xf32>)
      histories(0 : tensor<?x?x8xf32>, reverse 0 : tensor<?x?x8xf32>)
      attributes {carry_names = ["h", "n"], kept = 1 : i64} {
    %z = arith.addf %x_t, %h : tensor<?x8xf32>
    %h1 = arith.addf %z, %x_r : tensor<?x8xf32>
    gradopt.yield %h1, %n, %z, %c : tensor<?x8xf32>, i64, tensor<?x8xf32>, tensor<f32>
  }
  return %r#0 : tensor<?x8xf32>
}

// CHECK-LABEL: @nothing(
// CHECK:         gradopt.scan (%{{.*}}) to %{{.*}} {
// CHECK-NEXT:      gradopt.yield
// CHECK-NEXT:    }
func.func @nothing(%T: index) {
  gradopt.scan (%s) to %T {
    gradopt.yield
  }
  return
}

// No step and one: lengths that are static fit the count.
// CHECK-LABEL: @lengths(
// CHECK:         gradopt.scan (%{{.*}}) to %c0
// CHECK-SAME:      outputs(tensor<0xf32>) histories(0 : tensor<1xf32>)
// CHECK:         gradopt.scan (%{{.*}}) to %c1
// CHECK-SAME:      outputs(tensor<?xf32>) histories(0 : tensor<2xf32>)
func.func @lengths(%h0: tensor<f32>, %x0: tensor<0xf32>, %x1: tensor<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %q:3 = gradopt.scan (%s) to %c0 carries(%h = %h0 : tensor<f32>)
      inputs(%x = %x0 : tensor<0xf32>) outputs(tensor<0xf32>) histories(0 : tensor<1xf32>) {
    gradopt.yield %x, %h : tensor<f32>, tensor<f32>
  }
  %r:3 = gradopt.scan (%s) to %c1 carries(%h = %h0 : tensor<f32>)
      inputs(%x = %x1 : tensor<1xf32>) outputs(tensor<?xf32>) histories(0 : tensor<2xf32>) {
    gradopt.yield %x, %h : tensor<f32>, tensor<f32>
  }
  return
}
