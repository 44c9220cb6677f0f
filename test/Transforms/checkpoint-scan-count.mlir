// RUN: gradopt-opt %s --gradopt-checkpoint-scan=every=2 --canonicalize --cse --split-input-file | FileCheck %s

// The backward scan takes its number of steps from another sequence, which has
// the size of the first one: both are split, at the same steps. So are the rows
// of a history, of which there is one more.

// CHECK-LABEL: func @other_sequence
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x2xf32>
// CHECK: %[[T:.*]] = tensor.dim %[[X]], %c0
// CHECK-NOT: tensor.dim
// CHECK: %[[N:.*]] = affine.apply {{.*}}[%[[T]]]
// CHECK: %[[F:.*]]:2 = gradopt.scan "cell" (%{{.*}}) to %[[N]] {{.*}} outputs(tensor<?x2xf32>) {
// CHECK:   gradopt.scan "cell" (%{{.*}}) to %c2
// CHECK: gradopt.scan "cell" {{.*}} histories(0 : tensor<?x2xf32>) {
// CHECK: gradopt.scan "back"
// CHECK: gradopt.scan "back" (%{{.*}}) to %[[N]] {{.*}} inputs({{.*}} = reverse %[[F]]#1
// CHECK:   gradopt.scan "cell" (%{{.*}}) to %c2 {{.*}} histories(0 : tensor<3x2xf32>) {
// CHECK:   gradopt.scan "back" (%{{.*}}) to %c2
func.func @other_sequence(%x: tensor<?x2xf32>, %h0: tensor<2xf32>, %g0: tensor<2xf32>) -> (tensor<?x2xf32>, tensor<2xf32>) {
  %c0 = arith.constant 0 : index
  %z = math.exp %x : tensor<?x2xf32>
  %T = tensor.dim %x, %c0 : tensor<?x2xf32>
  %h, %tape, %history = gradopt.scan "cell" (%s) to %T carries(%hc = %h0 : tensor<2xf32>) inputs(%x_t = %x : tensor<?x2xf32>) outputs(tensor<?x2xf32>) histories(0 : tensor<?x2xf32>) {
    %a = arith.addf %hc, %x_t : tensor<2xf32>
    %n = math.tanh %a : tensor<2xf32>
    gradopt.yield %n, %a : tensor<2xf32>, tensor<2xf32>
  }
  %S = tensor.dim %z, %c0 : tensor<?x2xf32>
  %rows = tensor.extract_slice %history[0, 0] [%S, 2] [1, 1] : tensor<?x2xf32> to tensor<?x2xf32>
  %g = gradopt.scan "back" (%s) to %S carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<?x2xf32>, %r = reverse %rows : tensor<?x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    %e = arith.addf %d, %r : tensor<2xf32>
    gradopt.yield %e : tensor<2xf32>
  }
  return %z, %g : tensor<?x2xf32>, tensor<2xf32>
}

// -----

// Of the one the number of steps is known and of the other not: one would have
// steps that remain, and the other none.
// CHECK-LABEL: func @static_and_dynamic
// CHECK-COUNT-2: gradopt.scan
// CHECK-NOT: gradopt.scan
func.func @static_and_dynamic(%h0: tensor<2xf32>, %g0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %e = tensor.empty(%c4) : tensor<?x2xf32>
  %T = tensor.dim %e, %c0 : tensor<?x2xf32>
  %h, %tape = gradopt.scan "cell" (%s) to %T carries(%hc = %h0 : tensor<2xf32>) outputs(tensor<?x2xf32>) {
    %n1 = math.tanh %hc : tensor<2xf32>
    gradopt.yield %n1, %n1 : tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan "back" (%s) to %c4 carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<?x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  return %g : tensor<2xf32>
}

// -----

// The scans in the body of one that is split are split first.
// CHECK-LABEL: func @nested
// CHECK: gradopt.scan "outer" {{.*}} outputs(tensor<?x2xf32>) {
// CHECK: gradopt.scan "outer_back"
// CHECK: gradopt.scan "outer_back"
// CHECK:   gradopt.scan "outer_back"
// CHECK:     %[[F:.*]]:2 = gradopt.scan "in" (%{{.*}}) to %c2 {{.*}} outputs(tensor<2x2xf32>) {
// CHECK:       gradopt.scan "in"
// CHECK:     gradopt.scan "in_back" (%{{.*}}) to %c2 {{.*}} inputs({{.*}} = reverse %[[F]]#1
// CHECK:       gradopt.scan "in"
// CHECK:       gradopt.scan "in_back"
func.func @nested(%T: index, %h0: tensor<2xf32>, %g0: tensor<2xf32>) -> tensor<2xf32> {
  %c4 = arith.constant 4 : index
  %h, %tape = gradopt.scan "outer" (%s) to %T carries(%hc = %h0 : tensor<2xf32>) outputs(tensor<?x2xf32>) {
    %n = math.tanh %hc : tensor<2xf32>
    gradopt.yield %n, %n : tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan "outer_back" (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<?x2xf32>) {
    %k, %kept = gradopt.scan "in" (%r) to %c4 carries(%kc = %y : tensor<2xf32>) outputs(tensor<4x2xf32>) {
      %n = math.sin %kc : tensor<2xf32>
      gradopt.yield %n, %n : tensor<2xf32>, tensor<2xf32>
    }
    %d = gradopt.scan "in_back" (%r) to %c4 carries(%dc = %gc : tensor<2xf32>) inputs(%z = reverse %kept : tensor<4x2xf32>) {
      %e = arith.mulf %dc, %z : tensor<2xf32>
      gradopt.yield %e : tensor<2xf32>
    }
    gradopt.yield %d : tensor<2xf32>
  }
  return %g : tensor<2xf32>
}
