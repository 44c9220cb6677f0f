// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --canonicalize --cse \
// RUN:     --gradopt-merge-scans --gradopt-verify-origins --gradopt-count-work -o /dev/null \
// RUN: | FileCheck %s
// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --canonicalize --cse \
// RUN:     --gradopt-merge-scans --mlir-print-debuginfo \
// RUN: | FileCheck %s --check-prefix=ORIGIN

// Three layers in both directions: the directions of a layer become one loop,
// forward and backward; the layers stay apart.
// CHECK:      {{^@loss_step$}}
// CHECK:      (body) - 1
// CHECK-NEXT: a+a_reverse forward T
// CHECK-NEXT: b+b_reverse forward T
// CHECK-NEXT: c+c_reverse forward T
// CHECK-NEXT: c_reverse+c backward T
// CHECK-NEXT: b_reverse+b backward T
// CHECK-NEXT: a_reverse+a backward T
// CHECK-NEXT: contractions

// The loop has the origins of both.
// ORIGIN-DAG: #[[A:.*]] = loc(fused<#gradopt.origin<layer = "a", direction = "forward"
// ORIGIN-DAG: #[[R:.*]] = loc(fused<#gradopt.origin<layer = "a_reverse", direction = "forward"
// ORIGIN-DAG: loc(fused[#[[A]], #[[R]]])
func.func @loss(%x: tensor<?x?x3xf32> {gradopt.input = "x"},
                %w: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w">},
                %u: tensor<4x4xf32> {gradopt.param = #gradopt.param<"u">},
                %w2: tensor<8x4xf32> {gradopt.param = #gradopt.param<"w2">}) -> (tensor<f32> {gradopt.loss}) {
  %a:3 = gradopt.rnn tanh "a" %x : tensor<?x?x3xf32> weights(%w, %u : tensor<3x4xf32>, tensor<4x4xf32>)
      reverse_weights(%w, %u : tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<?x?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  %b:3 = gradopt.rnn tanh "b" %a#0 : tensor<?x?x8xf32> weights(%w2, %u : tensor<8x4xf32>, tensor<4x4xf32>)
      reverse_weights(%w2, %u : tensor<8x4xf32>, tensor<4x4xf32>) -> tensor<?x?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  %c:3 = gradopt.rnn tanh "c" %b#0 : tensor<?x?x8xf32> weights(%w2, %u : tensor<8x4xf32>, tensor<4x4xf32>)
      reverse_weights(%w2, %u : tensor<8x4xf32>, tensor<4x4xf32>) -> tensor<?x?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  %loss = gradopt.mean_squared_error %c#0, %b#0 : tensor<?x?x8xf32>, tensor<?x?x8xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
