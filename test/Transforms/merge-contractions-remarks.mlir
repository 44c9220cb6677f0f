// What is merged, and what is left alone and why.
//
// RUN: gradopt-opt %s --gradopt-merge-contractions --split-input-file | FileCheck %s
// RUN: gradopt-opt %s --gradopt-merge-contractions --split-input-file --remark-format=emitRemark --remarks-filter="gradopt-merge-contractions" 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK --implicit-check-not=remark:

#lhs = affine_map<(b, h, g) -> (b, h)>
#rhs = affine_map<(b, h, g) -> (b, g)>
#out = affine_map<(b, h, g) -> (h, g)>

// The gradients of the weights of an input and of a state share the gates'
// gradient. To make one of them would copy input or state.
// REMARK: remark: [Missed] not-merged | Category:gradopt-merge-contractions | Function=tapes | Reason="argument #0 of 'func.func' has a row for each time step and would be copied"
// CHECK-LABEL: func @tapes
// CHECK-COUNT-2: linalg.contract
// CHECK-NOT: insert_slice
func.func @tapes(%x: tensor<?x4xf32>, %h: tensor<?x4xf32>, %dg: tensor<?x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %z = arith.constant dense<0.0> : tensor<4x8xf32>
  %0 = linalg.contract indexing_maps = [#lhs, #rhs, #out] ins(%x, %dg : tensor<?x4xf32>, tensor<?x8xf32>) outs(%z : tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = linalg.contract indexing_maps = [#lhs, #rhs, #out] ins(%h, %dg : tensor<?x4xf32>, tensor<?x8xf32>) outs(%z : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

#lhs = affine_map<(b, h, g) -> (b, h)>
#rhs = affine_map<(b, h, g) -> (b, g)>
#out = affine_map<(b, h, g) -> (h, g)>

// The same with static sizes: a sequence is what a model calls an input, what a
// scan reads, and what is summed with a sequence over time.
// REMARK: remark: [Missed] not-merged | {{.*}} | Function=static_tapes | Reason="argument #0 of 'func.func' has a row for each time step and would be copied"
// REMARK: remark: [Missed] not-merged | {{.*}} | Function=static_tapes
// REMARK: remark: [Missed] not-merged | {{.*}} | Function=static_tapes
// CHECK-LABEL: func @static_tapes
// CHECK-COUNT-4: linalg.contract
// CHECK-NOT: insert_slice
func.func @static_tapes(%x: tensor<5x4xf32>, %h: tensor<5x4xf32>, %k: tensor<5x4xf32>, %l: tensor<5x4xf32> {gradopt.input = "l"}, %c: index, %i: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %z = arith.constant dense<0.0> : tensor<4x8xf32>
  %c5 = arith.constant 5 : index
  %s:2 = gradopt.scan (%q) to %c5 carries(%j = %i : tensor<8xf32>) inputs(%kt = %k : tensor<5x4xf32>) outputs(tensor<5x8xf32>) {
    %n = math.tanh %j : tensor<8xf32>
    gradopt.yield %n, %n : tensor<8xf32>, tensor<8xf32>
  }
  %0 = linalg.contract indexing_maps = [#lhs, #rhs, #out] ins(%x, %s#1 : tensor<5x4xf32>, tensor<5x8xf32>) outs(%z : tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = linalg.contract indexing_maps = [#lhs, #rhs, #out] ins(%h, %s#1 : tensor<5x4xf32>, tensor<5x8xf32>) outs(%z : tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = linalg.contract indexing_maps = [#lhs, #rhs, #out] ins(%k, %s#1 : tensor<5x4xf32>, tensor<5x8xf32>) outs(%z : tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = linalg.contract indexing_maps = [#lhs, #rhs, #out] ins(%l, %s#1 : tensor<5x4xf32>, tensor<5x8xf32>) outs(%z : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0, %1, %2, %3 : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// Weights, and one that changes from step to step, which is left alone.
// REMARK: remark: [Passed] stacked | {{.*}} | Function=weight_of_each_step | Reason="2 contractions are one"
// REMARK: remark: [Missed] not-merged | {{.*}} | Function=weight_of_each_step | Reason="argument #2 of 'gradopt.scan' would be copied in each step"
// CHECK-LABEL: func @weight_of_each_step
// CHECK: gradopt.scan {{.*}} inputs(%[[U:[^ ]*]] =
// CHECK-DAG: linalg.matmul ins(%{{.*}}, %[[U]] :
// CHECK-DAG: linalg.contract {{.*}} outs(%{{.*}} : tensor<2x6xf32>)
func.func @weight_of_each_step(%us: tensor<?x3x3xf32>, %T: index, %h0: tensor<2x3xf32>, %u0: tensor<3x3xf32>, %u1: tensor<3x3xf32>) -> tensor<2x3xf32> {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) inputs(%u = %us : tensor<?x3x3xf32>) {
    %g0 = linalg.matmul ins(%h, %u0 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %g1 = linalg.matmul ins(%h, %u : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %g2 = linalg.matmul ins(%h, %u1 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %m = arith.mulf %g0, %g1 : tensor<2x3xf32>
    %n = arith.mulf %m, %g2 : tensor<2x3xf32>
    gradopt.yield %n : tensor<2x3xf32>
  }
  return %r : tensor<2x3xf32>
}

// -----

// One needs the other.
// CHECK-LABEL: func @dependent
// CHECK-COUNT-2: linalg.matmul
// CHECK-NOT: linalg.matmul
func.func @dependent(%w: tensor<3x3xf32>, %a: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %0 = linalg.matmul ins(%a, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = math.tanh %0 : tensor<2x3xf32>
  %2 = linalg.matmul ins(%1, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %2 : tensor<2x3xf32>
}

// -----

// Sizes that do not fit, another role of the shared operand, other elements.
// CHECK-LABEL: func @alone
// CHECK-COUNT-3: linalg.matmul
func.func @alone(%a: tensor<3x3xf32>, %b: tensor<3x2xf32>, %c: tensor<4x3xf32>, %z0: tensor<3x2xf32>, %z1: tensor<4x3xf32>, %z2: tensor<3x3xf64>) -> (tensor<3x2xf32>, tensor<4x3xf32>, tensor<3x3xf64>) {
  %0 = linalg.matmul ins(%a, %b : tensor<3x3xf32>, tensor<3x2xf32>) outs(%z0 : tensor<3x2xf32>) -> tensor<3x2xf32>
  %1 = linalg.matmul ins(%c, %a : tensor<4x3xf32>, tensor<3x3xf32>) outs(%z1 : tensor<4x3xf32>) -> tensor<4x3xf32>
  %2 = linalg.matmul ins(%a, %a : tensor<3x3xf32>, tensor<3x3xf32>) outs(%z2 : tensor<3x3xf64>) -> tensor<3x3xf64>
  return %0, %1, %2 : tensor<3x2xf32>, tensor<4x3xf32>, tensor<3x3xf64>
}

// -----

// Effects stay in their order.
// REMARK: remark: [Missed] not-merged | {{.*}} | Function=effect | Reason="'func.call' between them needs one of them and has an effect"
// CHECK-LABEL: func @effect
// CHECK: linalg.matmul
// CHECK: call @see
// CHECK: linalg.matmul
func.func private @see(tensor<2x3xf32>)
func.func @effect(%a: tensor<2x3xf32>, %v: tensor<3x3xf32>, %w: tensor<3x3xf32>) -> tensor<2x3xf32> {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %0 = linalg.matmul ins(%a, %v : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
  func.call @see(%0) : (tensor<2x3xf32>) -> ()
  %1 = linalg.matmul ins(%a, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// -----

// A sum of products of tensors that cannot be stacked: one starts from the
// other.
// REMARK: remark: [Missed] not-merged | {{.*}} | Function=chained | Reason="argument #1 of 'gradopt.scan' would be copied in each step"
// CHECK-LABEL: func @chained
// CHECK: gradopt.scan
// CHECK: %[[C0:.*]] = linalg.matmul {{.*}} outs(%{{.*}} : tensor<2x3xf32>)
// CHECK-NEXT: %[[C1:.*]] = linalg.matmul {{.*}} outs(%[[C0]] : tensor<2x3xf32>)
// CHECK-NEXT: math.tanh %[[C1]]
func.func @chained(%T: index, %h0: tensor<2x3xf32>, %u0: tensor<3x3xf32>, %u1: tensor<3x3xf32>) -> tensor<2x3xf32> {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>, %c = %h0 : tensor<2x3xf32>) {
    %g0 = linalg.matmul ins(%h, %u0 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %g1 = linalg.matmul ins(%c, %u1 : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %s0 = arith.addf %g0, %g1 : tensor<2x3xf32>
    %t = math.tanh %s0 : tensor<2x3xf32>
    gradopt.yield %t, %h : tensor<2x3xf32>, tensor<2x3xf32>
  }
  return %r#0 : tensor<2x3xf32>
}
