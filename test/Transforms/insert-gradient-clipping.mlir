// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping="kind=value threshold=0.5" | FileCheck %s --check-prefix=VALUE
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping="kind=norm threshold=0.5 p=linf" | FileCheck %s --check-prefix=NORM
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping="kind=group_norm threshold=0.5" | FileCheck %s --check-prefix=GROUP
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping="kind=global_norm threshold=0.5" | FileCheck %s --check-prefix=GLOBAL
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping="kind=global_norm threshold=0.5" --mlir-print-debuginfo | FileCheck %s --check-prefix=ORIGIN

// A foreign step: the gradients are marked, the rest is any compiler's ops. What
// observes a gradient keeps it as it was.

// VALUE-LABEL: func @foreign
// VALUE-DAG: %[[T:.*]] = arith.constant dense<5.000000e-01> : tensor<f32>
// VALUE: %[[M0:.*]] = gradopt.gradient %{{.*}} of "rnn.w"
// VALUE-NEXT: %[[C0:.*]] = gradopt.clip_by_value %[[M0]] to %[[T]] : tensor<3x5xf32>, tensor<f32>
// VALUE: %[[M1:.*]] = gradopt.gradient %{{.*}} of "rnn.b"
// VALUE-NEXT: %[[C1:.*]] = gradopt.clip_by_value %[[M1]] to %[[T]] : tensor<5xf32>, tensor<f32>
// VALUE: %[[M2:.*]] = gradopt.gradient %{{.*}} of "out"
// VALUE-NEXT: %[[C2:.*]] = gradopt.clip_by_value %[[M2]] to %[[T]]
// VALUE: gradopt.norm l2 %[[M0]]
// VALUE: arith.subf %{{.*}}, %[[C0]]
// VALUE: arith.subf %{{.*}}, %[[C1]]
// VALUE: arith.subf %{{.*}}, %[[C2]]

// NORM-LABEL: func @foreign
// NORM: %[[M0:.*]] = gradopt.gradient %{{.*}} of "rnn.w"
// NORM-NEXT: %[[C0:.*]], %{{.*}} = gradopt.clip_by_norm linf %[[M0]] to
// NORM: gradopt.clip_by_norm linf
// NORM: gradopt.clip_by_norm linf
// NORM-NOT: gradopt.record
// NORM: arith.subf %{{.*}}, %[[C0]]

// The gradient without a group is a group of its own.
// GROUP-LABEL: func @foreign
// GROUP: %[[M0:.*]] = gradopt.gradient %{{.*}} of "rnn.w"
// GROUP: %[[M1:.*]] = gradopt.gradient %{{.*}} of "rnn.b"
// GROUP-NEXT: %[[C:.*]]:2, %{{.*}} = gradopt.clip_by_global_norm l2 %[[M0]], %[[M1]] to
// GROUP: %[[M2:.*]] = gradopt.gradient %{{.*}} of "out"
// GROUP-NEXT: %[[D:.*]], %{{.*}} = gradopt.clip_by_global_norm l2 %[[M2]] to
// GROUP: arith.subf %{{.*}}, %[[C]]#0
// GROUP: arith.subf %{{.*}}, %[[C]]#1
// GROUP: arith.subf %{{.*}}, %[[D]]

// GLOBAL-LABEL: func @foreign
// GLOBAL: %[[M0:.*]] = gradopt.gradient %{{.*}} of "rnn.w"
// GLOBAL: %[[M1:.*]] = gradopt.gradient %{{.*}} of "rnn.b"
// GLOBAL: %[[M2:.*]] = gradopt.gradient %{{.*}} of "out"
// GLOBAL-NEXT: %[[C:.*]]:3, %{{.*}} = gradopt.clip_by_global_norm l2 %[[M0]], %[[M1]], %[[M2]] to %{{.*}} : tensor<3x5xf32>, tensor<5xf32>, tensor<1xf32> to tensor<f32>
// GLOBAL: gradopt.norm l2 %[[M0]]
// GLOBAL: %[[U0:.*]] = arith.subf %{{.*}}, %[[C]]#0
// GLOBAL: %[[U1:.*]] = arith.subf %{{.*}}, %[[C]]#1
// GLOBAL: %[[U2:.*]] = arith.subf %{{.*}}, %[[C]]#2
// GLOBAL: return %[[U0]], %[[U1]], %[[U2]]

// ORIGIN: gradopt.clip_by_global_norm {{.*}} loc(#[[CLIP:.*]])
// ORIGIN: #[[CLIP]] = loc(fused<#gradopt.origin<direction = "backward", source = "gradopt-insert-gradient-clipping">>
func.func @foreign(%w: tensor<3x5xf32>, %b: tensor<5xf32>, %o: tensor<1xf32>,
                   %dw: tensor<3x5xf32>, %db: tensor<5xf32>, %do: tensor<1xf32>)
    -> (tensor<3x5xf32>, tensor<5xf32>, tensor<1xf32>, tensor<f32>) {
  %0 = math.tanh %dw : tensor<3x5xf32>
  %gw = gradopt.gradient %0 of "rnn.w" : tensor<3x5xf32>
  %gb = gradopt.gradient %db of "rnn.b" group "rnn" : tensor<5xf32>
  %go = gradopt.gradient %do of "out" : tensor<1xf32>
  %norm = gradopt.norm l2 %gw : tensor<3x5xf32> -> tensor<f32>
  %w1 = arith.subf %w, %gw : tensor<3x5xf32>
  %b1 = arith.subf %b, %gb : tensor<5xf32>
  %o1 = arith.subf %o, %go : tensor<1xf32>
  return %w1, %b1, %o1, %norm : tensor<3x5xf32>, tensor<5xf32>, tensor<1xf32>, tensor<f32>
}

// -----

// In a step that gradopt differentiated the threshold can be changed at run time
// and the norm is recorded. A gradient that is marked, returned and used by an
// update is one gradient.

// VALUE-LABEL: func @step
// VALUE-SAME: %[[T:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.value.threshold", gradopt.init = 5.000000e-01 : f64})
// VALUE: %[[C:.*]] = gradopt.clip_by_value %{{.*}} to %[[T]]
// VALUE-NOT: gradopt.record
// VALUE: gradopt.sgd %{{.*}}, %[[C]] rate
// VALUE: return %[[C]]

// NORM-LABEL: func @step
// NORM-SAME: gradopt.hyper = "clip.norm.threshold"
// NORM: %[[C:.*]], %[[N:.*]] = gradopt.clip_by_norm linf
// NORM-NEXT: gradopt.record "gradient/rnn.w/norm_linf", %[[N]] : tensor<f32>

// GROUP-LABEL: func @step
// GROUP-SAME: gradopt.hyper = "clip.group_norm.threshold"
// GROUP: %[[C:.*]], %[[N:.*]] = gradopt.clip_by_global_norm l2
// GROUP-NEXT: gradopt.record "gradient/rnn/norm", %[[N]]

// GLOBAL-LABEL: func @step
// GLOBAL-SAME: gradopt.hyper = "clip.global_norm.threshold"
// GLOBAL: %[[M:.*]] = gradopt.gradient %{{.*}} of "rnn.w"
// GLOBAL-NEXT: %[[C:.*]], %[[N:.*]] = gradopt.clip_by_global_norm l2 %[[M]] to
// GLOBAL-NEXT: gradopt.record "gradient/global/norm", %[[N]] : tensor<f32>
// GLOBAL-NOT: gradopt.clip
// GLOBAL: gradopt.sgd %{{.*}}, %[[C]] rate
// GLOBAL: return %[[C]],
func.func @step(%w: tensor<4x4xf32> {gradopt.param = #gradopt.param<"rnn.w">},
                %rate: tensor<f32> {gradopt.hyper = "rate"})
    -> (tensor<4x4xf32> {gradopt.grad = "rnn.w"},
        tensor<4x4xf32> {gradopt.param = #gradopt.param<"rnn.w">})
    attributes {gradopt.differentiated} {
  %0 = math.tanh %w : tensor<4x4xf32>
  %g = gradopt.gradient %0 of "rnn.w" group "rnn" : tensor<4x4xf32>
  %w1 = gradopt.sgd %w, %0 rate %rate : tensor<4x4xf32>, tensor<f32>
  return %g, %w1 : tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

// Gradients that nothing marks are found by the updates that go by them: here
// they come as arguments, and one update is inside a region.

// VALUE-LABEL: func @updates
// VALUE-SAME: %[[G0:[a-z0-9]+]]: tensor<2xf32>, %[[G1:[a-z0-9]+]]: tensor<2xf32>
// VALUE-DAG: %[[C0:.*]] = gradopt.clip_by_value %[[G0]] to
// VALUE-DAG: %[[C1:.*]] = gradopt.clip_by_value %[[G1]] to
// VALUE: scf.if
// VALUE: gradopt.sgd %{{.*}}, %[[C0]] rate
// VALUE: gradopt.sgd %{{.*}}, %[[C1]] rate

// GLOBAL-LABEL: func @updates
// GLOBAL-SAME: %[[G0:[a-z0-9]+]]: tensor<2xf32>, %[[G1:[a-z0-9]+]]: tensor<2xf32>
// GLOBAL: %[[C:.*]]:2, %{{.*}} = gradopt.clip_by_global_norm l2 %[[G0]], %[[G1]] to
// GLOBAL: gradopt.sgd %{{.*}}, %[[C]]#0 rate
// GLOBAL: gradopt.sgd %{{.*}}, %[[C]]#1 rate
func.func @updates(%g0: tensor<2xf32>, %g1: tensor<2xf32>, %c: i1,
                   %p0: tensor<2xf32>, %p1: tensor<2xf32>, %rate: tensor<f32>)
    -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = scf.if %c -> (tensor<2xf32>) {
    %2 = gradopt.sgd %p0, %g0 rate %rate : tensor<2xf32>, tensor<f32>
    scf.yield %2 : tensor<2xf32>
  } else {
    scf.yield %p0 : tensor<2xf32>
  }
  %1 = gradopt.sgd %p1, %g1 rate %rate : tensor<2xf32>, tensor<f32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// -----

// Two parameters that have equal gradients, such as the two biases of a PyTorch
// layer, are two gradients.

// GLOBAL-LABEL: func @equal
// GLOBAL: %[[A:.*]] = gradopt.gradient %{{.*}} of "bias_ih"
// GLOBAL: %[[B:.*]] = gradopt.gradient %{{.*}} of "bias_hh"
// GLOBAL: %[[C:.*]]:2, %{{.*}} = gradopt.clip_by_global_norm l2 %[[A]], %[[B]] to
// GLOBAL: return %[[C]]#0, %[[C]]#1
func.func @equal(%d: tensor<5xf32>)
    -> (tensor<5xf32>, tensor<5xf32>) {
  %a = gradopt.gradient %d of "bias_ih" : tensor<5xf32>
  %b = gradopt.gradient %d of "bias_hh" : tensor<5xf32>
  return %a, %b : tensor<5xf32>, tensor<5xf32>
}

// -----

// What is marked is also used to compute another gradient: that stays.

// GLOBAL-LABEL: func @backward
// GLOBAL-SAME: %[[D:[a-z0-9]+]]: tensor<5xf32>
// GLOBAL: %[[E:.*]] = arith.mulf %[[D]], %[[D]]
// GLOBAL: %[[C:.*]]:2, %{{.*}} = gradopt.clip_by_global_norm
// GLOBAL: return %[[C]]#0, %[[C]]#1
func.func @backward(%d: tensor<5xf32>)
    -> (tensor<5xf32>, tensor<5xf32>) {
  %a = gradopt.gradient %d of "bias" : tensor<5xf32>
  %e = arith.mulf %d, %d : tensor<5xf32>
  %b = gradopt.gradient %e of "weight" : tensor<5xf32>
  return %a, %b : tensor<5xf32>, tensor<5xf32>
}
