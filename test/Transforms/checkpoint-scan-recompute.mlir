// RUN: gradopt-opt %s --gradopt-checkpoint-scan=recompute=true --canonicalize --cse --split-input-file | FileCheck %s
// RUN: gradopt-opt %s --gradopt-checkpoint-scan=recompute=true --remark-format=emitRemark --remarks-filter="gradopt-checkpoint-scan" --split-input-file 2>&1 | FileCheck %s --check-prefix=REMARK

// Of three outputs the product stays, since it comes from a contraction; the
// tanh follows from the carry's history, and its square from the tanh.

// REMARK: remark: [Missed] kept | Category:gradopt-checkpoint-scan | Function=chain | Reason="output #0 of the scan "a" is kept: it depends on 'linalg.matmul', which is not computed again"
// REMARK: remark: [Passed] recomputed {{.*}} Reason="output #1 of the scan "a", 32 bytes in each step, is computed again where it is read"
// REMARK: remark: [Passed] recomputed {{.*}} Reason="output #2 of the scan "a", 32 bytes in each step

// CHECK-LABEL: func @chain
// CHECK: %[[F:.*]]:3 = gradopt.scan "a" (%{{.*}}) to %c5 {{.*}} outputs(tensor<5x2x4xf32>) histories(0 : tensor<6x2x4xf32>) {
// CHECK:   %[[Z:.*]] = linalg.matmul
// CHECK:   gradopt.yield %[[Z]], %[[Z]]
// CHECK: %[[AFTER:.*]] = tensor.extract_slice %[[F]]#2[1, 0, 0] [5, 2, 4] [1, 1, 1]
// CHECK: gradopt.scan (%{{.*}}) to %c5 carries({{.*}}) inputs(%[[Z_T:.*]] = reverse %[[F]]#1 : tensor<5x2x4xf32>, %[[H_T:.*]] = reverse %[[AFTER]] : tensor<5x2x4xf32>) {
// CHECK:   %[[TANH:.*]] = math.tanh %[[H_T]]
// CHECK:   %[[SQUARE:.*]] = arith.mulf %[[TANH]], %[[TANH]]
// CHECK:   arith.mulf %{{.*}}, %[[Z_T]]
// CHECK:   arith.mulf %{{.*}}, %[[TANH]]
// CHECK:   arith.mulf %{{.*}}, %[[SQUARE]]
func.func @chain(%w: tensor<4x4xf32>, %h0: tensor<2x4xf32>, %g0: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<6x2x4xf32>) {
  %T = arith.constant 5 : index
  %e = tensor.empty() : tensor<2x4xf32>
  %h, %zs, %ts, %ss, %hs = gradopt.scan "a" (%s) to %T carries(%hc = %h0 : tensor<2x4xf32>)
      outputs(tensor<5x2x4xf32>, tensor<5x2x4xf32>, tensor<5x2x4xf32>) histories(0 : tensor<6x2x4xf32>) {
    %z = linalg.matmul ins(%hc, %w : tensor<2x4xf32>, tensor<4x4xf32>) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
    %t = math.tanh %z : tensor<2x4xf32>
    %q = arith.mulf %t, %t : tensor<2x4xf32>
    gradopt.yield %z, %z, %t, %q : tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
  }
  %r = tensor.extract_slice %hs[1, 0, 0] [5, 2, 4] [1, 1, 1] : tensor<6x2x4xf32> to tensor<5x2x4xf32>
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2x4xf32>)
      inputs(%z = reverse %zs : tensor<5x2x4xf32>, %t = reverse %ts : tensor<5x2x4xf32>, %q = reverse %ss : tensor<5x2x4xf32>) {
    %a = arith.mulf %gc, %z : tensor<2x4xf32>
    %b = arith.mulf %a, %t : tensor<2x4xf32>
    %c = arith.mulf %b, %q : tensor<2x4xf32>
    gradopt.yield %c : tensor<2x4xf32>
  }
  return %g, %hs : tensor<2x4xf32>, tensor<6x2x4xf32>
}
