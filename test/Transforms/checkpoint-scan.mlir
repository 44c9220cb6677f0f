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

// -----

// Three divides six: no step remains.
// CHECK-LABEL: func @no_tail
// CHECK-NOT: extract_slice
// CHECK: %[[F:.*]]:2 = gradopt.scan (%{{.*}}) to %c2 {{.*}} outputs(tensor<2x2xf32>)
// CHECK:   gradopt.scan (%{{.*}}) to %c3
// CHECK: gradopt.scan (%{{.*}}) to %c2 {{.*}} inputs(%{{.*}} = reverse %[[F]]#1 : tensor<2x2xf32>, {{.*}})
// CHECK:   gradopt.scan (%{{.*}}) to %c3 {{.*}} outputs(tensor<3x2xf32>)
// CHECK:   gradopt.scan (%{{.*}}) to %c3
// CHECK-NOT: gradopt.scan
// CHECK: return
func.func @no_tail(%x: tensor<6x2xf32>, %h0: tensor<2xf32>, %g0: tensor<2xf32>) -> tensor<2xf32> {
  %T = arith.constant 6 : index
  %h, %tape = gradopt.scan (%s) to %T carries(%hc = %h0 : tensor<2xf32>) inputs(%x_t = %x : tensor<6x2xf32>) outputs(tensor<6x2xf32>) {
    %z = arith.addf %hc, %x_t : tensor<2xf32>
    gradopt.yield %z, %z : tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<6x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  return %g : tensor<2xf32>
}

// -----

// Any number of steps, none among them: sizes follow from it.
// CHECK: #[[FULL:.*]] = affine_map<()[s0] -> (s0 floordiv 3)>
// CHECK: #[[STEPS:.*]] = affine_map<()[s0] -> ((s0 floordiv 3) * 3)>
// CHECK: #[[REST:.*]] = affine_map<()[s0] -> (s0 mod 3, 2)>
// CHECK-LABEL: func @dynamic
// CHECK: %[[T:.*]] = tensor.dim
// CHECK-DAG: %[[N:.*]] = affine.apply #[[FULL]]()[%[[T]]]
// CHECK-DAG: %[[NK:.*]] = affine.apply #[[STEPS]]()[%[[T]]]
// CHECK-DAG: %[[R:.*]] = affine.min #[[REST]]()[%[[T]]]
// CHECK: tensor.extract_slice %{{.*}}[0, 0] [%[[NK]], 2] [1, 1]
// CHECK: tensor.expand_shape %{{.*}} output_shape [%[[N]], 3, 2] : tensor<?x2xf32> into tensor<?x3x2xf32>
// CHECK: gradopt.scan (%{{.*}}) to %[[N]] {{.*}} outputs(tensor<?x2xf32>)
// CHECK:   gradopt.scan (%{{.*}}) to %c3
// CHECK: tensor.extract_slice %{{.*}}[%[[NK]], 0] [%[[R]], 2] [1, 1]
// CHECK: gradopt.scan (%{{.*}}) to %[[R]]
// CHECK: gradopt.scan (%{{.*}}) to %[[R]]
// CHECK: gradopt.scan (%{{.*}}) to %[[N]]
// CHECK:   gradopt.scan (%{{.*}}) to %c3 {{.*}} outputs(tensor<3x2xf32>)
func.func @dynamic(%x: tensor<?x2xf32>, %h0: tensor<2xf32>, %g0: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x2xf32>
  %h, %tape = gradopt.scan (%s) to %T carries(%hc = %h0 : tensor<2xf32>) inputs(%x_t = %x : tensor<?x2xf32>) outputs(tensor<?x2xf32>) {
    %z = arith.addf %hc, %x_t : tensor<2xf32>
    gradopt.yield %z, %z : tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<?x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  return %g : tensor<2xf32>
}

// -----

// A scan that goes through time in reverse, so that the last steps are the first
// rows; a carry that is no tensor; the step index; a history as tape, and one of
// the backward scan that is put together again; a slice and an invariant carry as
// outputs.

// CHECK-DAG: #[[LOCAL:.*]] = affine_map<()[s0, s1] -> (s0 + s1 * 3)>
// CHECK-DAG: #[[LAST:.*]] = affine_map<()[s0] -> (s0 + 6)>
// CHECK-DAG: #[[SUM:.*]] = affine_map<()[s0, s1] -> (s0 + s1)>
// CHECK-LABEL: func @reverse
// CHECK-SAME: (%[[X:[^:]*]]: tensor<7x2xf32>, %{{.*}}, %{{.*}}, %[[G0:[^:]*]]: tensor<2xf32>)
// CHECK: tensor.extract_slice %[[X]][1, 0] [6, 2] [1, 1]
// CHECK: %[[F:.*]]:6 = gradopt.scan "u" (%[[Q:.*]]) to %c2 carries(%{{.*}}, %[[N:.*]] = %{{.*}} : i64, {{.*}}) inputs(%{{.*}} = reverse %{{.*}}) outputs(tensor<2x2xf32>, tensor<2xi64>, tensor<2x2xf32>) {
// CHECK:   tensor.from_elements %[[N]] : tensor<i64>
// CHECK:   gradopt.scan "u" (%[[S:.*]]) to %c3
// CHECK:     affine.apply #[[LOCAL]]()[%[[S]], %[[Q]]]
// CHECK: tensor.extract_slice %[[X]][0, 0] [1, 2] [1, 1]
// CHECK: %[[FT:.*]]:5 = gradopt.scan "u" (%[[S:.*]]) to %c1 {{.*}} outputs(reverse tensor<1x2xf32>) histories(reverse 0 : tensor<2x2xf32>) {
// CHECK:   affine.apply #[[LAST]]()[%[[S]]]
// CHECK: %[[BEFORE:.*]] = tensor.extract_slice %[[FT]]#4[1, 0] [1, 2] [1, 1] : tensor<2x2xf32> to tensor<1x2xf32>
// CHECK: %[[BT:.*]]:3 = gradopt.scan "u" (%{{.*}}) to %c1 carries(%{{.*}} = %[[G0]] : tensor<2xf32>) inputs(%{{.*}} = %[[BEFORE]] : tensor<1x2xf32>, %{{.*}} = %[[FT]]#3 : tensor<1x2xf32>)
// CHECK: %[[B:.*]]:3 = gradopt.scan "u" (%[[Q:.*]]) to %c2 carries({{.*}}) inputs(%{{.*}} = reverse %[[F]]#3 : tensor<2x2xf32>, %[[NQ:.*]] = reverse %[[F]]#4 : tensor<2xi64>, {{.*}})
// CHECK:   tensor.extract %[[NQ]][] : tensor<i64>
// CHECK:   %[[NUMBER:.*]] = arith.subi %c1, %[[Q]]
// CHECK:   %[[FIRST:.*]] = arith.muli %[[NUMBER]], %c3
// CHECK:   %[[AGAIN:.*]]:5 = gradopt.scan "u" (%[[S:.*]]) to %c3 {{.*}} outputs(reverse tensor<3x2xf32>) histories(reverse 0 : tensor<4x2xf32>) {
// CHECK:     affine.apply #[[SUM]]()[%[[FIRST]], %[[S]]]
// CHECK:   %[[ROWS:.*]] = tensor.extract_slice %[[AGAIN]]#4[1, 0] [3, 2] [1, 1] : tensor<4x2xf32> to tensor<3x2xf32>
// CHECK:   gradopt.scan "u" (%{{.*}}) to %c3 {{.*}} inputs(%{{.*}} = %[[ROWS]] : tensor<3x2xf32>, %{{.*}} = %[[AGAIN]]#3 : tensor<3x2xf32>)
// CHECK: %[[DX:.*]] = tensor.insert_slice %{{.*}} into %{{.*}}[1, 0] [6, 2] [1, 1] : tensor<6x2xf32> into tensor<7x2xf32>
// CHECK: %[[ALL_DX:.*]] = tensor.insert_slice %[[BT]]#1 into %[[DX]][0, 0] [1, 2] [1, 1]
// CHECK: %[[GS:.*]] = tensor.insert_slice %[[G0]] into %{{.*}}[0, 0] [1, 2] [1, 1] : tensor<2xf32> into tensor<8x2xf32>
// CHECK: %[[FULL:.*]] = tensor.insert_slice %{{.*}} into %[[GS]][2, 0] [6, 2] [1, 1]
// CHECK: %[[ALL:.*]] = tensor.insert_slice %{{.*}} into %[[FULL]][1, 0] [1, 2] [1, 1]
// CHECK: return %[[B]]#0, %[[ALL]], %[[ALL_DX]]
func.func @reverse(%x: tensor<7x2xf32>, %h0: tensor<2xf32>, %n0: i64, %g0: tensor<2xf32>) -> (tensor<2xf32>, tensor<8x2xf32>, tensor<7x2xf32>) {
  %T = arith.constant 7 : index
  %h, %n, %last, %w, %hs = gradopt.scan "u" (%s) to %T carries(%hc = %h0 : tensor<2xf32>, %nc = %n0 : i64, %wc = %h0 : tensor<2xf32>) inputs(%x_t = reverse %x : tensor<7x2xf32>)
     outputs(reverse tensor<7x2xf32>) histories(reverse 0 : tensor<8x2xf32>) {
    %i = arith.index_cast %s : index to i64
    %n1 = arith.addi %nc, %i : i64
    %f = arith.sitofp %n1 : i64 to f32
    %t = tensor.splat %f : tensor<2xf32>
    %z = arith.addf %hc, %x_t : tensor<2xf32>
    %z1 = arith.mulf %z, %t : tensor<2xf32>
    gradopt.yield %z1, %n1, %x_t, %wc : tensor<2xf32>, i64, tensor<2xf32>, tensor<2xf32>
  }
  %before = tensor.extract_slice %hs[1, 0] [7, 2] [1, 1] : tensor<8x2xf32> to tensor<7x2xf32>
  %g, %dx, %gs = gradopt.scan "u" (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = %before : tensor<7x2xf32>, %v = %w : tensor<7x2xf32>) outputs(tensor<7x2xf32>) histories(0 : tensor<8x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    %e = arith.addf %d, %v : tensor<2xf32>
    gradopt.yield %e, %d : tensor<2xf32>, tensor<2xf32>
  }
  return %g, %gs, %dx : tensor<2xf32>, tensor<8x2xf32>, tensor<7x2xf32>
}

// -----

// What the function returns is kept for all steps and read from there.
// CHECK-LABEL: func @kept
// CHECK: %[[F:.*]]:3 = gradopt.scan (%{{.*}}) to %c2 {{.*}} outputs(tensor<2x3x2xf32>, tensor<2x2xf32>)
// CHECK:   gradopt.scan (%{{.*}}) to %c3 {{.*}} outputs(tensor<3x2xf32>) {
// CHECK: %[[Y:.*]] = tensor.collapse_shape %[[F]]#1
// CHECK: gradopt.scan (%{{.*}}) to %c2 carries({{.*}}) inputs(%[[YQ:.*]] = reverse %[[F]]#1 : tensor<2x3x2xf32>, {{.*}}) {
// CHECK:   %[[AGAIN:.*]]:2 = gradopt.scan (%{{.*}}) to %c3 {{.*}} outputs(tensor<3x2xf32>) {
// CHECK:     %[[Z:.*]] = arith.addf
// CHECK:     %[[H:.*]] = math.tanh
// CHECK:     gradopt.yield %[[H]], %[[Z]]
// CHECK:   gradopt.scan (%{{.*}}) to %c3 {{.*}} inputs(%{{.*}} = reverse %[[YQ]] : tensor<3x2xf32>, %{{.*}} = reverse %[[AGAIN]]#1 : tensor<3x2xf32>)
// CHECK: return %[[Y]]
func.func @kept(%x: tensor<6x2xf32>, %h0: tensor<2xf32>, %g0: tensor<2xf32>) -> (tensor<6x2xf32>, tensor<2xf32>) {
  %T = arith.constant 6 : index
  %h, %y, %tape = gradopt.scan (%s) to %T carries(%hc = %h0 : tensor<2xf32>) inputs(%x_t = %x : tensor<6x2xf32>) outputs(tensor<6x2xf32>, tensor<6x2xf32>) {
    %z = arith.addf %hc, %x_t : tensor<2xf32>
    %n = math.tanh %z : tensor<2xf32>
    gradopt.yield %n, %n, %z : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y_t = reverse %y : tensor<6x2xf32>, %z_t = reverse %tape : tensor<6x2xf32>) {
    %d = arith.mulf %gc, %y_t : tensor<2xf32>
    %e = arith.mulf %d, %z_t : tensor<2xf32>
    gradopt.yield %e : tensor<2xf32>
  }
  return %y, %g : tensor<6x2xf32>, tensor<2xf32>
}
