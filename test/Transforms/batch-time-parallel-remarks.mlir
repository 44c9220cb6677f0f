// RUN: gradopt-opt %s --gradopt-batch-time-parallel --allow-unregistered-dialect --remark-format=emitRemark --remarks-filter="gradopt-batch-time-parallel" -split-input-file > %t.mlir 2> %t.remarks
// RUN: FileCheck %s --check-prefix=REMARK --implicit-check-not=remark: < %t.remarks
// RUN: FileCheck %s < %t.mlir

#id = affine_map<(b, h) -> (b, h)>
#first = affine_map<(b, h) -> (b)>

// What moves says so, once for each op.

// REMARK: remark: [Passed] moved-in-front | Category:gradopt-batch-time-parallel | Function=passed | Reason="'linalg.matmul' is done for all steps at once in front of the scan"
// REMARK: remark: [Passed] moved-behind | Category:gradopt-batch-time-parallel | Function=passed | Reason="'linalg.generic' is done for all steps at once behind the scan"
// CHECK-LABEL: func @passed
func.func @passed(%T: index, %x: tensor<?x2x3xf32>, %w: tensor<3x3xf32>, %h0: tensor<2x3xf32>) -> tensor<?x2xf32> {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %z1 = arith.constant dense<0.0> : tensor<2xf32>
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) inputs(%x_t = %x : tensor<?x2x3xf32>)
      outputs(tensor<?x2xf32>) {
    %a = linalg.matmul ins(%x_t, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %h1 = arith.mulf %h, %a : tensor<2x3xf32>
    %y = linalg.generic {indexing_maps = [#id, #first], iterator_types = ["parallel", "reduction"]}
        ins(%h1 : tensor<2x3xf32>) outs(%z1 : tensor<2xf32>) {
    ^bb0(%v: f32, %o: f32):
      %v1 = arith.maximumf %o, %v : f32
      linalg.yield %v1 : f32
    } -> tensor<2xf32>
    gradopt.yield %h1, %y : tensor<2x3xf32>, tensor<2xf32>
  }
  return %r#1 : tensor<?x2xf32>
}

// -----

// An op that does not implement the interface, and what follows from it.

// REMARK: remark: [Missed] not-batched | {{.*}}Function=no_interface | Reason="'linalg.softmax' does not move in front of the scan: 'linalg.softmax' cannot be done for all steps at once: it does not implement BatchableOpInterface"
// REMARK: remark: [Missed] not-batched | {{.*}}Function=no_interface | Reason="'linalg.matmul' does not move in front of the scan: 'linalg.softmax' cannot be done for all steps at once: it does not implement BatchableOpInterface"
// REMARK: remark: [Missed] not-batched | {{.*}}Function=no_interface | Reason="'linalg.matmul' does not move behind the scan: 'gradopt.norm' cannot be done for all steps at once: it does not implement BatchableOpInterface"
// REMARK: remark: [Missed] not-batched | {{.*}}Function=no_interface | Reason="'gradopt.norm' does not move behind the scan: 'gradopt.norm' cannot be done
// CHECK-LABEL: func @no_interface
// CHECK: gradopt.scan
// CHECK: linalg.softmax
// CHECK: gradopt.norm
// CHECK: gradopt.yield
func.func @no_interface(%T: index, %x: tensor<?x2x3xf32>, %w: tensor<3x3xf32>, %h0: tensor<2x3xf32>) -> tensor<?xf32> {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %e = tensor.empty() : tensor<2x3xf32>
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) inputs(%x_t = %x : tensor<?x2x3xf32>)
      outputs(tensor<?xf32>) {
    %p = linalg.softmax dimension(1) ins(%x_t : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
    %a = linalg.matmul ins(%p, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %h1 = arith.mulf %h, %a : tensor<2x3xf32>
    %y = linalg.matmul ins(%h1, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %n = gradopt.norm l2 %y : tensor<2x3xf32> -> tensor<f32>
    gradopt.yield %h1, %n : tensor<2x3xf32>, tensor<f32>
  }
  return %r#1 : tensor<?xf32>
}

// -----

// An op with a side effect keeps its place, and so does what it needs. Beside it
// other ops move.

// REMARK: remark: [Passed] moved-in-front | {{.*}}Function=effects | Reason="'linalg.matmul' is done
// REMARK: remark: [Missed] not-batched | {{.*}}Function=effects | Reason="'linalg.matmul' does not move in front of the scan: 'foreign.noise' has side effects"
// CHECK-LABEL: func @effects
// CHECK: linalg.contract
// CHECK: gradopt.scan
// CHECK-NEXT: "foreign.print"
// CHECK-NEXT: "foreign.noise"
// CHECK: linalg.matmul
func.func @effects(%T: index, %x: tensor<?x2x3xf32>, %w: tensor<3x3xf32>, %h0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %h_n = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) inputs(%x_t = %x : tensor<?x2x3xf32>) {
    %a = linalg.matmul ins(%x_t, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    "foreign.print"(%a) : (tensor<2x3xf32>) -> ()
    %n = "foreign.noise"() : () -> tensor<2x3xf32>
    %b = linalg.matmul ins(%n, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %h1 = arith.mulf %h, %b : tensor<2x3xf32>
    gradopt.yield %h1 : tensor<2x3xf32>
  }
  return %h_n : tensor<2x3xf32>
}

// -----

// Inputs in both directions: there is no time at which both are rows of a
// sequence. Elementwise work on inputs that only the step needs stays.

// REMARK: remark: [Missed] not-batched | {{.*}}Function=directions | Reason="'linalg.matmul' does not move in front of the scan: its inputs go through time in both directions"
// REMARK: remark: [Analysis] stays | {{.*}}Function=directions | Reason="'math.tanh' is elementwise work that only the step needs: in front of the scan it would cost a sequence"
// CHECK-LABEL: func @directions
func.func @directions(%T: index, %x: tensor<?x3x3xf32>, %h0: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %z = arith.constant dense<0.0> : tensor<3x3xf32>
  %h_n = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<3x3xf32>)
      inputs(%x_t = %x : tensor<?x3x3xf32>, %x_r = reverse %x : tensor<?x3x3xf32>) {
    %a = linalg.matmul ins(%x_t, %x_r : tensor<3x3xf32>, tensor<3x3xf32>) outs(%z : tensor<3x3xf32>) -> tensor<3x3xf32>
    %b = math.tanh %x_t : tensor<3x3xf32>
    %c = arith.addf %h, %a : tensor<3x3xf32>
    %h1 = arith.mulf %c, %b : tensor<3x3xf32>
    gradopt.yield %h1 : tensor<3x3xf32>
  }
  return %h_n : tensor<3x3xf32>
}

// -----

// The terms of a sum over time are left to the pass that takes the sum out: in
// front of the scan they would be a sequence of matrices.

// REMARK: remark: [Analysis] only-summed | {{.*}}Function=sums | Reason="'linalg.contract' is only summed up over time, which is for gradopt-sink-weight-gradients"
// CHECK-LABEL: func @sums
// CHECK: gradopt.scan
// CHECK: linalg.contract
func.func @sums(%T: index, %x: tensor<?x2x3xf32>, %dw0: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %z = arith.constant dense<0.0> : tensor<3x3xf32>
  %dw_n = gradopt.scan (%s) to %T carries(%dw = %dw0 : tensor<3x3xf32>) inputs(%x_t = %x : tensor<?x2x3xf32>) {
    %a = linalg.contract indexing_maps = [affine_map<(i, j, b) -> (b, i)>, affine_map<(i, j, b) -> (b, j)>, affine_map<(i, j, b) -> (i, j)>]
        ins(%x_t, %x_t : tensor<2x3xf32>, tensor<2x3xf32>) outs(%z : tensor<3x3xf32>) -> tensor<3x3xf32>
    %dw1 = arith.addf %dw, %a : tensor<3x3xf32>
    gradopt.yield %dw1 : tensor<3x3xf32>
  }
  return %dw_n : tensor<3x3xf32>
}

// -----

// An inner scan stays in the outer one. What it computes from the outer one's
// inputs alone leaves it for the outer body, and that as well.

// REMARK: remark: [Passed] moved-in-front | {{.*}}Function=nested | Reason="'linalg.matmul' is done for all steps at once in front of the scan"
// REMARK: remark: [Missed] not-batched | {{.*}}Function=nested | Reason="'gradopt.scan' does not move behind the scan: 'gradopt.scan' cannot be done for all steps at once: it does not implement BatchableOpInterface"
// CHECK-LABEL: func @nested
// CHECK: %[[A:.*]] = linalg.contract
// CHECK: gradopt.scan {{.*}} inputs(%[[A_T:.*]] = %[[A]] :
// CHECK-NEXT: gradopt.scan
// CHECK-NEXT: arith.mulf %{{.*}}, %[[A_T]]
func.func @nested(%T: index, %x: tensor<?x2x3xf32>, %w: tensor<3x3xf32>, %h0: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<?x2x3xf32>) {
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) inputs(%x_t = %x : tensor<?x2x3xf32>)
      outputs(tensor<?x2x3xf32>) {
    %a = linalg.matmul ins(%x_t, %w : tensor<2x3xf32>, tensor<3x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
    %k_n = gradopt.scan (%p) to %T carries(%k = %h : tensor<2x3xf32>) {
      %k1 = arith.mulf %k, %a : tensor<2x3xf32>
      gradopt.yield %k1 : tensor<2x3xf32>
    }
    %h1 = math.tanh %h : tensor<2x3xf32>
    gradopt.yield %h1, %k_n : tensor<2x3xf32>, tensor<2x3xf32>
  }
  return %r#0, %r#1 : tensor<2x3xf32>, tensor<?x2x3xf32>
}
