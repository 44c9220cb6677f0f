// RUN: gradopt-opt %s --gradopt-sink-weight-gradients --split-input-file --remark-format=emitRemark --remarks-filter="gradopt-sink-weight-gradients" -o %t 2>&1 | FileCheck %s --check-prefix=REMARK --implicit-check-not=remark:
// RUN: FileCheck %s < %t

// What is sunk, and what stays and why.

// REMARK: remark: [Passed] sunk-sum | Category:gradopt-sink-weight-gradients | Function=named | Reason="the sum in carry "db" is taken behind the scan"
// CHECK-LABEL: func.func @named
func.func @named(%x: tensor<4x3xf32>, %b: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %c4 = arith.constant 4 : index
  %zero = arith.constant dense<0.0> : tensor<3xf32>
  %h, %s = gradopt.scan (%i) to %c4 carries(%h = %zero : tensor<3xf32>, %s = %b : tensor<3xf32>)
      inputs(%x_t = %x : tensor<4x3xf32>) attributes {carry_names = ["h", "db"]} {
    %h1 = arith.mulf %h, %x_t : tensor<3xf32>
    %s1 = arith.addf %h1, %s : tensor<3xf32>
    gradopt.yield %h1, %s1 : tensor<3xf32>, tensor<3xf32>
  }
  return %h, %s : tensor<3xf32>, tensor<3xf32>
}

// -----

// The carry and what is on the way to its next value have no other use: a
// residual recurrence, a mean so far, a watched sum.

// REMARK: remark: [Missed] kept-sum | {{.*}} | Function=others | Reason="the sum in carry "carry0" stays in the scan: 'arith.addf' and 'math.tanh' both use a step's sum"
// REMARK: remark: [Missed] kept-sum | {{.*}} | Function=others | Reason="the sum in carry "carry1" stays in the scan: a step's sum is also an output or another carry"
// REMARK: remark: [Missed] kept-sum | {{.*}} | Function=others | Reason="the sum in carry "carry2" stays in the scan: its history is asked for"
// REMARK: remark: [Missed] kept-sum | {{.*}} | Function=others | Reason="the sum in carry "carry3" stays in the scan: 'gradopt.norm' uses a step's sum, too"
// REMARK: remark: [Missed] kept-sum | {{.*}} | Function=others | Reason="the sum in carry "carry4" stays in the scan: 'arith.addf' and 'arith.addf' both use a step's sum"
// REMARK: remark: [Missed] kept-sum | {{.*}} | Function=others | Reason="the sum in carry "carry5" stays in the scan: a step's sum is also an output or another carry"
// CHECK-LABEL: func.func @others
// CHECK: gradopt.scan {{.*}} carries({{([^,]*, ){6}[^,]*}}) inputs
func.func @others(%x: tensor<4x3xf32>, %b: tensor<3xf32>)
    -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<4x3xf32>, tensor<4xf32>, tensor<5x3xf32>) {
  %steps = arith.constant 4 : index
  %r:10 = gradopt.scan (%i) to %steps carries(%c0 = %b : tensor<3xf32>, %c1 = %b : tensor<3xf32>, %c2 = %b : tensor<3xf32>,
          %c3 = %b : tensor<3xf32>, %c4 = %b : tensor<3xf32>, %c5 = %b : tensor<3xf32>, %c6 = %b : tensor<3xf32>)
      inputs(%x_t = %x : tensor<4x3xf32>) outputs(tensor<4x3xf32>, tensor<4xf32>) histories(2 : tensor<5x3xf32>) {
    %0 = math.tanh %c0 : tensor<3xf32>
    %n0 = arith.addf %c0, %0 : tensor<3xf32>
    %n1 = arith.addf %c1, %x_t : tensor<3xf32>
    %n2 = arith.addf %c2, %x_t : tensor<3xf32>
    %n3 = arith.addf %c3, %x_t : tensor<3xf32>
    %norm = gradopt.norm l2 %n3 : tensor<3xf32> -> tensor<f32>
    %n4 = arith.addf %c4, %c4 : tensor<3xf32>
    %n5 = arith.addf %c5, %x_t : tensor<3xf32>
    gradopt.yield %n0, %n1, %n2, %n3, %n4, %n5, %n5, %n1, %norm
        : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>
  }
  return %r#0, %r#1, %r#2, %r#3, %r#4, %r#5, %r#6, %r#7, %r#8, %r#9
      : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<4x3xf32>, tensor<4xf32>, tensor<5x3xf32>
}

// -----

// The summand would be kept for every step, or is the same at every step. One
// that stays holds back all of its carry.

// REMARK: remark: [Missed] kept-sum | {{.*}} | Function=summands | Reason="the sum in carry "carry1" stays in the scan: 'math.exp' makes a tensor<6x6xf32> that would have to be kept for every step"
// REMARK: remark: [Missed] kept-sum | {{.*}} | Function=summands | Reason="the sum in carry "carry2" stays in the scan: 'arith.constant' gives the same at every step"
// REMARK: remark: [Missed] kept-sum | {{.*}} | Function=summands | Reason="the sum in carry "carry3" stays in the scan: 'tensor.insert_slice' writes to another place at each step"
// CHECK-LABEL: func.func @summands
// CHECK: gradopt.scan {{.*}} carries({{([^,]*, ){3}[^,]*}}) inputs
func.func @summands(%x: tensor<9x6xf32>, %w: tensor<6x6xf32>)
    -> (tensor<6x6xf32>, tensor<6x6xf32>, f32, tensor<6x6xf32>) {
  %c6 = arith.constant 6 : index
  %c9 = arith.constant 9 : index
  %one = arith.constant 1.0 : f32
  %zero = arith.constant dense<0.0> : tensor<6x6xf32>
  %r:4 = gradopt.scan (%i) to %c9
      carries(%c0 = %w : tensor<6x6xf32>, %c1 = %w : tensor<6x6xf32>, %c2 = %one : f32, %c3 = %w : tensor<6x6xf32>)
      inputs(%x_t = %x : tensor<9x6xf32>) {
    %n0 = math.tanh %c0 : tensor<6x6xf32>
    %e = math.exp %c0 : tensor<6x6xf32>
    %n1 = arith.addf %c1, %e : tensor<6x6xf32>
    %n2 = arith.addf %c2, %one : f32
    %at = arith.remui %i, %c6 : index
    %p = tensor.insert_slice %x_t into %zero[%at, 0] [1, 6] [1, 1] : tensor<6xf32> into tensor<6x6xf32>
    %n3 = arith.addf %c3, %p : tensor<6x6xf32>
    gradopt.yield %n0, %n1, %n2, %n3 : tensor<6x6xf32>, tensor<6x6xf32>, f32, tensor<6x6xf32>
  }
  return %r#0, %r#1, %r#2, %r#3 : tensor<6x6xf32>, tensor<6x6xf32>, f32, tensor<6x6xf32>
}
