// RUN: gradopt-opt %s --gradopt-merge-scans="dependent" --remark-format=emitRemark \
// RUN:     --remarks-filter="gradopt-merge-scans" 2>&1 | FileCheck %s
// RUN: gradopt-opt %s --gradopt-merge-scans | FileCheck %s --check-prefix=OFF

// Three layers in one loop: a layer's step stands behind that of the layer that
// it reads.
// CHECK:       remark: [Passed] merged | {{.*}} | Function=layers | Reason="'a' and 'b' became one scan"
// CHECK:       remark: [Passed] merged | {{.*}} | Function=layers | Reason="'a+b' and 'c' became one scan"

// A layer that reads in the other direction, what an op between makes of the
// other one's output, or the whole of it in each step.
// CHECK:       remark: [Missed] dependent | {{.*}} | Function=turned | Reason="'b' needs more of 'a' than its outputs in the same step"
// CHECK:       remark: [Missed] dependent | {{.*}} | Function=changed | Reason="'b' needs more of 'a' than its outputs in the same step"
// CHECK:       remark: [Missed] dependent | {{.*}} | Function=whole | Reason="'b' needs more of 'a' than its outputs in the same step"

// CHECK-LABEL: func @layers
// CHECK:       gradopt.scan "a+b+c" (%{{.*}}) to %{{.*}} carries(%[[H:[^ ]*]] = {{.*}}, %[[K:[^ ]*]] = {{.*}}, %[[L:[^ ]*]] = {{.*}}) inputs(%[[X:[^ ]*]] = reverse %arg0 : tensor<?x4xf32>)
// CHECK-NEXT:    %[[H1:.*]] = arith.addf %[[H]], %[[X]]
// CHECK-NEXT:    %[[K1:.*]] = arith.mulf %[[K]], %[[H1]]
// CHECK-NEXT:    %[[L1:.*]] = arith.subf %[[L]], %[[K1]]
// CHECK-NEXT:    gradopt.yield %[[H1]], %[[K1]], %[[L1]], %[[H1]], %[[K1]]
// OFF-LABEL:   func @layers
// OFF-COUNT-3: gradopt.scan
func.func @layers(%x: tensor<?x4xf32>, %h0: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %a:2 = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = reverse %x : tensor<?x4xf32>) outputs(reverse tensor<?x4xf32>) {
    %0 = arith.addf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  %U = tensor.dim %a#1, %c0 : tensor<?x4xf32>
  %b:2 = gradopt.scan "b" (%s) to %U carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = reverse %a#1 : tensor<?x4xf32>) outputs(reverse tensor<?x4xf32>) {
    %0 = arith.mulf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  %V = tensor.dim %b#1, %c0 : tensor<?x4xf32>
  %c = gradopt.scan "c" (%s) to %V carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = reverse %b#1 : tensor<?x4xf32>) {
    %0 = arith.subf %h, %x_t : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  return %c : tensor<4xf32>
}

// CHECK-LABEL: func @turned
// CHECK-COUNT-2: gradopt.scan
func.func @turned(%x: tensor<?x4xf32>, %h0: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %a:2 = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %x : tensor<?x4xf32>) outputs(tensor<?x4xf32>) {
    %0 = arith.addf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  %b = gradopt.scan "b" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = reverse %a#1 : tensor<?x4xf32>) {
    %0 = arith.mulf %h, %x_t : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  return %b : tensor<4xf32>
}

// CHECK-LABEL: func @changed
// CHECK-COUNT-2: gradopt.scan
func.func @changed(%x: tensor<?x4xf32>, %h0: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %a:2 = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %x : tensor<?x4xf32>) outputs(tensor<?x4xf32>) {
    %0 = arith.addf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  %y = math.exp %a#1 : tensor<?x4xf32>
  %b = gradopt.scan "b" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %y : tensor<?x4xf32>) {
    %0 = arith.mulf %h, %x_t : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  return %b : tensor<4xf32>
}

// CHECK-LABEL: func @whole
// CHECK-COUNT-2: gradopt.scan
func.func @whole(%x: tensor<?x4xf32>, %h0: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %a:2 = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %x : tensor<?x4xf32>) outputs(tensor<?x4xf32>) {
    %0 = arith.addf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  %b = gradopt.scan "b" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %a#1 : tensor<?x4xf32>) {
    %e = tensor.extract_slice %a#1[0, 0] [1, 4] [1, 1] : tensor<?x4xf32> to tensor<4xf32>
    %0 = arith.mulf %h, %x_t : tensor<4xf32>
    %1 = arith.mulf %0, %e : tensor<4xf32>
    gradopt.yield %1 : tensor<4xf32>
  }
  return %b : tensor<4xf32>
}
