// RUN: gradopt-opt %s --gradopt-checkpoint-scan=recompute=true --canonicalize --cse --split-input-file | FileCheck %s
// RUN: gradopt-opt %s --gradopt-checkpoint-scan=recompute=true --remark-format=emitRemark --remarks-filter="gradopt-checkpoint-scan" --split-input-file -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Of four outputs the product stays, since it comes from a contraction. The sine
// follows from the carry's history, its square from the sine, and the last is that
// history.

// REMARK: remark: [Missed] kept | Category:gradopt-checkpoint-scan | Function=chain | Reason="output #0 of 'a' is kept: it depends on 'linalg.matmul', which is not computed again"
// REMARK: remark: [Passed] recomputed {{.*}} Reason="output #3 of 'a', 32 bytes in each step, is computed again where it is read"
// REMARK: remark: [Passed] recomputed {{.*}} Reason="output #1 of 'a'
// REMARK: remark: [Passed] recomputed {{.*}} Reason="output #2 of 'a'

// CHECK-LABEL: func @chain
// CHECK: %[[F:.*]]:3 = gradopt.scan "a" (%{{.*}}) to %c5 {{.*}} outputs(tensor<5x2x4xf32>) histories(0 : tensor<6x2x4xf32>) {
// CHECK:   %[[Z:.*]] = linalg.matmul
// CHECK:   %[[H:.*]] = math.tanh %[[Z]]
// CHECK:   gradopt.yield %[[H]], %[[Z]]
// CHECK: %[[AFTER:.*]] = tensor.extract_slice %[[F]]#2[1, 0, 0] [5, 2, 4] [1, 1, 1]
// CHECK: gradopt.scan (%{{.*}}) to %c5 carries(%[[G:.*]] = %{{.*}}) inputs(%[[Z_T:.*]] = reverse %[[F]]#1 : tensor<5x2x4xf32>, %[[H_T:.*]] = reverse %[[AFTER]] : tensor<5x2x4xf32>) {
// CHECK:   %[[SIN:.*]] = math.sin %[[H_T]]
// CHECK:   %[[SQUARE:.*]] = arith.mulf %[[SIN]], %[[SIN]]
// CHECK:   %[[A:.*]] = arith.mulf %[[G]], %[[Z_T]]
// CHECK:   %[[B:.*]] = arith.mulf %[[A]], %[[SIN]]
// CHECK:   %[[C:.*]] = arith.mulf %[[B]], %[[SQUARE]]
// CHECK:   arith.mulf %[[C]], %[[H_T]]
func.func @chain(%w: tensor<4x4xf32>, %h0: tensor<2x4xf32>, %g0: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<6x2x4xf32>) {
  %T = arith.constant 5 : index
  %e = tensor.empty() : tensor<2x4xf32>
  %h, %zs, %ts, %ss, %ys, %hs = gradopt.scan "a" (%s) to %T carries(%hc = %h0 : tensor<2x4xf32>)
      outputs(tensor<5x2x4xf32>, tensor<5x2x4xf32>, tensor<5x2x4xf32>, tensor<5x2x4xf32>) histories(0 : tensor<6x2x4xf32>) {
    %z = linalg.matmul ins(%hc, %w : tensor<2x4xf32>, tensor<4x4xf32>) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
    %h1 = math.tanh %z : tensor<2x4xf32>
    %t = math.sin %h1 : tensor<2x4xf32>
    %q = arith.mulf %t, %t : tensor<2x4xf32>
    gradopt.yield %h1, %z, %t, %q, %h1 : tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2x4xf32>)
      inputs(%z = reverse %zs : tensor<5x2x4xf32>, %t = reverse %ts : tensor<5x2x4xf32>, %q = reverse %ss : tensor<5x2x4xf32>, %y = reverse %ys : tensor<5x2x4xf32>) {
    %a = arith.mulf %gc, %z : tensor<2x4xf32>
    %b = arith.mulf %a, %t : tensor<2x4xf32>
    %c = arith.mulf %b, %q : tensor<2x4xf32>
    %d = arith.mulf %c, %y : tensor<2x4xf32>
    gradopt.yield %d : tensor<2x4xf32>
  }
  return %g, %hs : tensor<2x4xf32>, tensor<6x2x4xf32>
}

// -----

// One op gives the carry and its sine: only the sine is computed, from the carry.

#id = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func @part
// CHECK: gradopt.scan (%{{.*}}) to %c5 {{.*}} histories(0 : tensor<6x2x4xf32>) {
// CHECK: linalg.generic {{.*}} outs(%{{[^,]*}} : tensor<2x4xf32>)
// CHECK-NOT: math.sin
// CHECK: gradopt.yield
// CHECK: gradopt.scan (%{{.*}}) to %c5
// CHECK-SAME: inputs(%[[H_T:.*]] = reverse %{{.*}} : tensor<5x2x4xf32>) {
// CHECK-NOT: math.tanh
// CHECK: linalg.generic {{.*}} ins(%[[H_T]] : tensor<2x4xf32>)
// CHECK-NOT: math.tanh
// CHECK: math.sin
// CHECK-NOT: math.tanh
func.func @part(%w: tensor<4x4xf32>, %h0: tensor<2x4xf32>, %g0: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<6x2x4xf32>) {
  %T = arith.constant 5 : index
  %e = tensor.empty() : tensor<2x4xf32>
  %h, %ts, %hs = gradopt.scan (%s) to %T carries(%hc = %h0 : tensor<2x4xf32>)
      outputs(tensor<5x2x4xf32>) histories(0 : tensor<6x2x4xf32>) {
    %z = linalg.matmul ins(%hc, %w : tensor<2x4xf32>, tensor<4x4xf32>) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
    %n:2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%z : tensor<2x4xf32>) outs(%e, %e : tensor<2x4xf32>, tensor<2x4xf32>) {
    ^bb0(%a: f32, %o0: f32, %o1: f32):
      %t = math.tanh %a : f32
      %u = math.sin %t : f32
      linalg.yield %t, %u : f32, f32
    } -> (tensor<2x4xf32>, tensor<2x4xf32>)
    gradopt.yield %n#0, %n#1 : tensor<2x4xf32>, tensor<2x4xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2x4xf32>) inputs(%t = reverse %ts : tensor<5x2x4xf32>) {
    %a = arith.mulf %gc, %t : tensor<2x4xf32>
    gradopt.yield %a : tensor<2x4xf32>
  }
  return %g, %hs : tensor<2x4xf32>, tensor<6x2x4xf32>
}

// -----

// The sum of an argument and the step index is computed again, step index and
// all; what comes from a sequence that would have to be kept for it is not.

// REMARK: remark: [Passed] recomputed {{.*}} Function=inputs | Reason="output #0 of a scan without a name
// REMARK: remark: [Missed] kept {{.*}} Function=inputs | Reason="output #1 of a scan without a name is kept: it depends on values that are not kept"

// CHECK-LABEL: func @inputs
// CHECK-SAME: (%[[X:[^:]*]]: tensor<5x4xf32>,
// CHECK: %[[F:.*]] = gradopt.scan (%{{.*}}) to %c5 {{.*}} outputs(tensor<5x4xf32>) {
// CHECK: gradopt.scan (%[[S:.*]]) to %c5 {{.*}} inputs(%{{.*}} = reverse %[[F]] : tensor<5x4xf32>, %[[X_T:.*]] = reverse %[[X]] : tensor<5x4xf32>) {
// CHECK:   %[[STEP:.*]] = arith.subi %c4, %[[S]]
// CHECK:   %[[I:.*]] = arith.index_cast %[[STEP]]
// CHECK:   arith.addf %[[X_T]], %{{.*}}
func.func @inputs(%x: tensor<5x4xf32>, %g0: tensor<4xf32>) -> tensor<4xf32> {
  %T = arith.constant 5 : index
  %y = math.exp %x : tensor<5x4xf32>
  %as, %bs = gradopt.scan (%s) to %T inputs(%x_t = %x : tensor<5x4xf32>, %y_t = %y : tensor<5x4xf32>)
      outputs(tensor<5x4xf32>, tensor<5x4xf32>) {
    %i = arith.index_cast %s : index to i32
    %f = arith.sitofp %i : i32 to f32
    %t = tensor.splat %f : tensor<4xf32>
    %a = arith.addf %x_t, %t : tensor<4xf32>
    %b = arith.addf %y_t, %t : tensor<4xf32>
    gradopt.yield %a, %b : tensor<4xf32>, tensor<4xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<4xf32>) inputs(%a = reverse %as : tensor<5x4xf32>, %b = reverse %bs : tensor<5x4xf32>) {
    %c = arith.mulf %gc, %a : tensor<4xf32>
    %d = arith.mulf %c, %b : tensor<4xf32>
    gradopt.yield %d : tensor<4xf32>
  }
  return %g : tensor<4xf32>
}
