// RUN: gradopt-opt %s --gradopt-checkpoint-scan=every=3 --canonicalize --cse --split-input-file | FileCheck %s

// Seven steps: two segments of three, and one step that remains. It is the last
// one forward and the first one backward, and what it keeps is not computed
// again. The forward scan over segments keeps what each of them begins with.

// CHECK-LABEL: func @tail
// CHECK-SAME: (%[[X:[^:]*]]: tensor<7x2xf32>, %[[H0:[^:]*]]: tensor<2xf32>, %[[G0:[^:]*]]: tensor<2xf32>)
// CHECK: %[[SLICE:.*]] = tensor.extract_slice %[[X]][0, 0] [6, 2] [1, 1] : tensor<7x2xf32> to tensor<6x2xf32>
// CHECK: %[[SEGMENTS:.*]] = tensor.expand_shape %[[SLICE]] {{\[\[}}0, 1], [2]] output_shape [2, 3, 2] : tensor<6x2xf32> into tensor<2x3x2xf32>
// CHECK: %[[F:.*]]:2 = gradopt.scan "cell" (%{{.*}}) to %c2 carries(%[[H:.*]] = %[[H0]] : tensor<2xf32>) inputs(%[[XS:.*]] = %[[SEGMENTS]] : tensor<2x3x2xf32>) outputs(tensor<2x2xf32>) {
// CHECK:   %[[FS:.*]] = gradopt.scan "cell" (%{{.*}}) to %c3 carries(%{{.*}} = %[[H]] : tensor<2xf32>) inputs(%{{.*}} = %[[XS]] : tensor<3x2xf32>) {
// CHECK:     math.tanh
// CHECK:   gradopt.yield %[[FS]], %[[H]]
// CHECK: %[[XT:.*]] = tensor.extract_slice %[[X]][6, 0] [1, 2] [1, 1] : tensor<7x2xf32> to tensor<1x2xf32>
// CHECK: %[[FT:.*]]:2 = gradopt.scan "cell" (%{{.*}}) to %c1 carries(%{{.*}} = %[[F]]#0 : tensor<2xf32>) inputs(%{{.*}} = %[[XT]] : tensor<1x2xf32>) outputs(tensor<1x2xf32>) {
// CHECK:   math.tanh
// CHECK: %[[BT:.*]] = gradopt.scan "cell" (%{{.*}}) to %c1 carries(%{{.*}} = %[[G0]] : tensor<2xf32>) inputs(%{{.*}} = reverse %[[FT]]#1 : tensor<1x2xf32>) {
// CHECK: %[[B:.*]] = gradopt.scan "cell" (%{{.*}}) to %c2 carries(%[[G:.*]] = %[[BT]] : tensor<2xf32>) inputs(%[[BEGIN:.*]] = reverse %[[F]]#1 : tensor<2x2xf32>, %[[XB:.*]] = reverse %[[SEGMENTS]] : tensor<2x3x2xf32>) {
// CHECK:   %[[AGAIN:.*]]:2 = gradopt.scan "cell" (%{{.*}}) to %c3 carries(%{{.*}} = %[[BEGIN]] : tensor<2xf32>) inputs(%{{.*}} = %[[XB]] : tensor<3x2xf32>) outputs(tensor<3x2xf32>) {
// CHECK:     math.tanh
// CHECK:   %[[BS:.*]] = gradopt.scan "cell" (%{{.*}}) to %c3 carries(%{{.*}} = %[[G]] : tensor<2xf32>) inputs(%{{.*}} = reverse %[[AGAIN]]#1 : tensor<3x2xf32>) {
// CHECK:     arith.mulf
// CHECK:   gradopt.yield %[[BS]]
// CHECK: return %[[FT]]#0, %[[B]]
func.func @tail(%x: tensor<7x2xf32>, %h0: tensor<2xf32>, %g0: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %T = arith.constant 7 : index
  %h, %tape = gradopt.scan "cell" (%s) to %T carries(%hc = %h0 : tensor<2xf32>) inputs(%x_t = %x : tensor<7x2xf32>) outputs(tensor<7x2xf32>) {
    %z = arith.addf %hc, %x_t : tensor<2xf32>
    %n = math.tanh %z : tensor<2xf32>
    gradopt.yield %n, %n : tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan "cell" (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<7x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  return %h, %g : tensor<2xf32>, tensor<2xf32>
}
