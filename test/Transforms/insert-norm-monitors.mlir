// RUN: gradopt-opt %s --split-input-file --gradopt-insert-norm-monitors="norms=true" | FileCheck %s --check-prefix=NORMS
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-norm-monitors="through-time=true" | FileCheck %s --check-prefix=TIME
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-norm-monitors | FileCheck %s --check-prefix=RECIPE
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-norm-monitors="norms=true through-time=true" --gradopt-insert-norm-monitors="norms=true through-time=true" | FileCheck %s --check-prefix=TWICE
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-norm-monitors="norms=true" --mlir-print-debuginfo | FileCheck %s --check-prefix=ORIGIN

// Gradients are watched as they are before a clip. A norm that is recorded
// already is left out.

// NORMS-LABEL: func @norms
// NORMS: %[[A:.*]] = gradopt.gradient %{{.*}} of "a"
// NORMS-NEXT: %[[NA:.*]] = gradopt.norm l2 %[[A]] : tensor<3x5xf32> -> tensor<f32>
// NORMS-NEXT: gradopt.record "gradient/a/norm", %[[NA]] : tensor<f32>
// NORMS: %[[B:.*]] = gradopt.gradient %{{.*}} of "b"
// NORMS-NOT: "gradient/b/norm"
// NORMS: gradopt.clip_by_norm l2 %[[B]]
// NORMS-NEXT: gradopt.record "gradient/b/norm"
// NORMS: %[[N:.*]] = gradopt.norm l2 %[[A]], %[[B]] : tensor<3x5xf32>, tensor<1xf32> -> tensor<f32>
// NORMS-NEXT: gradopt.record "gradient/global/norm", %[[N]] : tensor<f32>
// NORMS-NEXT: return

// TIME-LABEL: func @norms
// TIME-NOT: gradopt.record "gradient/a/norm"

// TWICE-LABEL: func @norms
// TWICE-COUNT-3: gradopt.record
// TWICE-NOT: gradopt.record
// TWICE: return

// ORIGIN: gradopt.record "gradient/a/norm", {{.*}} loc(#[[LOC:.*]])
// ORIGIN: #[[LOC]] = loc(fused<#gradopt.origin<layer = "a", direction = "backward", source = "gradopt-insert-norm-monitors">>
func.func @norms(%da: tensor<3x5xf32>, %db: tensor<1xf32>, %t: tensor<f32>)
    -> (tensor<3x5xf32>, tensor<1xf32>) {
  %a = gradopt.gradient %da of "a" : tensor<3x5xf32>
  %b = gradopt.gradient %db of "b" : tensor<1xf32>
  %c, %n = gradopt.clip_by_norm l2 %b to %t : tensor<1xf32>, tensor<f32> -> tensor<f32>
  gradopt.record "gradient/b/norm", %n : tensor<f32>
  return %a, %c : tensor<3x5xf32>, tensor<1xf32>
}

// -----

// f32 and f64 together.

// NORMS-LABEL: func @mixed
// NORMS: gradopt.record "gradient/a/norm", %{{.*}} : tensor<f32>
// NORMS: gradopt.record "gradient/b/norm", %{{.*}} : tensor<f64>
// NORMS: %[[N0:.*]] = gradopt.norm l2 %{{.*}} : tensor<2xf32> -> tensor<f64>
// NORMS: %[[N1:.*]] = gradopt.norm l2 %{{.*}} : tensor<2xf64> -> tensor<f64>
// NORMS: %[[N:.*]] = gradopt.norm l2 %[[N0]], %[[N1]] : tensor<f64>, tensor<f64> -> tensor<f64>
// NORMS: gradopt.record "gradient/global/norm", %[[N]] : tensor<f64>
func.func @mixed(%da: tensor<2xf32>, %db: tensor<2xf64>)
    -> (tensor<2xf32>, tensor<2xf64>) {
  %a = gradopt.gradient %da of "a" : tensor<2xf32>
  %b = gradopt.gradient %db of "b" : tensor<2xf64>
  return %a, %b : tensor<2xf32>, tensor<2xf64>
}

// -----

// Through time: the states of the forward pass, the marked gradients of the
// backward pass, each in the direction of its scan, so that records are in time
// order. Carries that are no float tensors have no norm, and neither have those
// of the backward pass.

// TIME-LABEL: func @through_time
// TIME: %[[F:.*]]:5 = gradopt.scan "rnn"
// TIME-SAME: outputs(tensor<?x?x8xf32>, tensor<?xf32>)
// TIME: %[[H1:.*]] = math.tanh
// TIME-NEXT: %[[NH:.*]] = gradopt.norm l2 %[[H1]] : tensor<?x8xf32> -> tensor<f32>
// TIME: gradopt.yield %[[H1]], %{{.*}}, %[[H1]], %[[NH]]
// TIME: gradopt.record "through_time/rnn/h/norm", %[[F]]#3 : tensor<?xf32>
// TIME: %[[R:.*]]:3 = gradopt.scan "rnn"
// TIME-SAME: outputs(reverse tensor<?xf32>)
// TIME: %[[M:.*]] = gradopt.gradient %{{.*}} of "h" group "rnn"
// TIME-NEXT: %[[NM:.*]] = gradopt.norm l2 %[[M]]
// TIME: gradopt.yield %{{.*}}, %{{.*}}, %[[NM]]
// TIME: gradopt.record "through_time/rnn/h/gradient_norm", %[[R]]#2 : tensor<?xf32>
// TIME-NOT: gradopt.record
// TIME: %[[G:.*]] = gradopt.gradient %[[R]]#1 of "w"
// TIME: return %[[G]], %[[F]]#4

// NORMS-LABEL: func @through_time
// NORMS-NOT: gradopt.record "through_time

// RECIPE-LABEL: func @through_time
// RECIPE: gradopt.record "through_time/rnn/h/norm"
// RECIPE: gradopt.record "through_time/rnn/h/gradient_norm"
// RECIPE: gradopt.record "gradient/w/norm"
// RECIPE: gradopt.record "gradient/global/norm"
// RECIPE: gradopt.recipe @train
// RECIPE-NOT: monitor

// TWICE-LABEL: func @through_time
// TWICE-COUNT-4: gradopt.record
// TWICE-NOT: gradopt.record
// TWICE: return
func.func @through_time(%T: index, %x: tensor<?x?x8xf32>, %h0: tensor<?x8xf32>,
                        %n0: tensor<i64>, %w: tensor<8xf32>)
    -> (tensor<8xf32>, tensor<?x?x8xf32>) {
  %h_n, %n, %y, %hs = gradopt.scan "rnn" (%s) to %T
      carries(%h = %h0 : tensor<?x8xf32>, %i = %n0 : tensor<i64>)
      inputs(%x_t = %x : tensor<?x?x8xf32>)
      outputs(tensor<?x?x8xf32>)
      histories(0 : tensor<?x?x8xf32>)
      attributes {carry_names = ["h", "i"]} {
    %z = arith.addf %x_t, %h : tensor<?x8xf32>
    %h1 = math.tanh %z : tensor<?x8xf32>
    %i1 = arith.addi %i, %i : tensor<i64>
    gradopt.yield %h1, %i1, %h1 : tensor<?x8xf32>, tensor<i64>, tensor<?x8xf32>
  }
  %dh0, %dw = gradopt.scan "rnn" (%s) to %T
      carries(%dh = %h_n : tensor<?x8xf32>, %dw_s = %w : tensor<8xf32>)
      inputs(%y_t = reverse %y : tensor<?x?x8xf32>) {
    %z = arith.addf %dh, %y_t : tensor<?x8xf32>
    %g = gradopt.gradient %z of "h" group "rnn" : tensor<?x8xf32>
    %dh1 = arith.mulf %g, %y_t : tensor<?x8xf32>
    %dw1 = math.tanh %dw_s : tensor<8xf32>
    gradopt.yield %dh1, %dw1 : tensor<?x8xf32>, tensor<8xf32>
  }
  %gw = gradopt.gradient %dw of "w" : tensor<8xf32>
  return %gw, %hs : tensor<8xf32>, tensor<?x?x8xf32>
}
func.func @loss() {
  return
}
gradopt.recipe @train {
  model = @loss, result = @through_time,
  monitor = #gradopt.monitor<norms, through_time>
}

// -----

// A layer that runs backward in time (half of a bidirectional one), one without
// a name and of no steps, and two of one name.

// TIME-LABEL: func @layers
// TIME: gradopt.scan "back"
// TIME-SAME: outputs(reverse tensor<5xf64>)
// TIME: gradopt.record "through_time/back/carry0/norm", %{{.*}} : tensor<5xf64>
// TIME: gradopt.scan (%{{.*}}) to
// TIME-SAME: outputs(tensor<0xf64>)
// TIME: gradopt.record "through_time/scan1/carry0/norm", %{{.*}} : tensor<0xf64>
// TIME: gradopt.scan "back"
// TIME: gradopt.record "through_time/back_1/carry0/norm", %{{.*}} : tensor<5xf64>

// RECIPE-LABEL: func @layers
// RECIPE-NOT: gradopt.record
func.func @layers(%x: tensor<5x1x2xf64>, %e: tensor<0x1x2xf64>, %h0: tensor<1x2xf64>)
    -> tensor<1x2xf64> {
  %c5 = arith.constant 5 : index
  %c0 = arith.constant 0 : index
  %h1 = gradopt.scan "back" (%s) to %c5 carries(%h = %h0 : tensor<1x2xf64>)
      inputs(%x_t = reverse %x : tensor<5x1x2xf64>) {
    %0 = arith.addf %h, %x_t : tensor<1x2xf64>
    gradopt.yield %0 : tensor<1x2xf64>
  }
  %h2 = gradopt.scan (%s) to %c0 carries(%h = %h1 : tensor<1x2xf64>)
      inputs(%x_t = %e : tensor<0x1x2xf64>) {
    gradopt.yield %h1 : tensor<1x2xf64>
  }
  %h3 = gradopt.scan "back" (%s) to %c5 carries(%h = %h2 : tensor<1x2xf64>)
      inputs(%x_t = %x : tensor<5x1x2xf64>) {
    %0 = arith.addf %h, %x_t : tensor<1x2xf64>
    gradopt.yield %0 : tensor<1x2xf64>
  }
  %g = gradopt.gradient %h3 of "w" : tensor<1x2xf64>
  return %g : tensor<1x2xf64>
}
