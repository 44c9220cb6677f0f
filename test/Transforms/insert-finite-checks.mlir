// RUN: gradopt-opt %s --split-input-file --gradopt-insert-finite-checks | FileCheck %s
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-finite-checks="on-nonfinite=report" | FileCheck %s --check-prefix=REPORT
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-finite-checks --mlir-print-debuginfo | FileCheck %s --check-prefix=ORIGIN

// Checked are the loss, gradients as they are before their clip, and every next
// value that can be NaN or Inf; the guard holds all next values, the step count
// too. An output that happens to be a state stays unguarded.

// CHECK-LABEL: func @step
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">}
// CHECK-SAME: %[[H:[a-z0-9]+]]: tensor<?x5xf32> {gradopt.state = "h"}
// CHECK-SAME: %[[M:[a-z0-9]+]]: tensor<3x5xf32> {gradopt.optimizer_state = "w/m"}
// CHECK-SAME: %[[N:[a-z0-9]+]]: tensor<i64> {gradopt.step_count}
// CHECK-SAME: gradopt.on_nonfinite = #gradopt.policy<stop>
// CHECK: %[[G:.*]] = gradopt.gradient
// CHECK: %[[C:.*]], %{{.*}} = gradopt.clip_by_norm l2 %[[G]]
// CHECK: %[[W1:.*]] = gradopt.sgd %[[W]], %[[C]]
// CHECK: %[[M1:.*]] = math.tanh %[[M]]
// CHECK: %[[H1:.*]] = math.tanh %[[H]]
// CHECK: %[[N1:.*]] = arith.addi %[[N]], %[[N]]
// CHECK: %[[CL:.*]] = gradopt.count_nonfinite %{{.*}} : tensor<f32>
// CHECK-NEXT: gradopt.record "loss/nonfinite", %[[CL]] : tensor<i64>
// CHECK-NEXT: %[[CG:.*]] = gradopt.count_nonfinite %[[G]] : tensor<3x5xf32>
// CHECK-NEXT: gradopt.record "gradient/w/nonfinite", %[[CG]]
// CHECK-NEXT: %[[CH:.*]] = gradopt.count_nonfinite %[[H1]] : tensor<?x5xf32>
// CHECK-NEXT: gradopt.record "state/h/nonfinite", %[[CH]]
// CHECK-NEXT: %[[CW:.*]] = gradopt.count_nonfinite %[[W1]] : tensor<3x5xf32>
// CHECK-NEXT: gradopt.record "update/w/nonfinite", %[[CW]]
// CHECK-NEXT: %[[CM:.*]] = gradopt.count_nonfinite %[[M1]] : tensor<3x5xf32>
// CHECK-NEXT: gradopt.record "update/w/m/nonfinite", %[[CM]]
// CHECK-NOT: gradopt.count_nonfinite
// CHECK-DAG: %[[SL:.*]] = tensor.extract %[[CL]][]
// CHECK-DAG: %[[SG:.*]] = tensor.extract %[[CG]][]
// CHECK-DAG: %[[SH:.*]] = tensor.extract %[[CH]][]
// CHECK-DAG: %[[SW:.*]] = tensor.extract %[[CW]][]
// CHECK-DAG: %[[SM:.*]] = tensor.extract %[[CM]][]
// CHECK-DAG: %[[A0:.*]] = arith.addi %[[SL]], %[[SG]] : i64
// CHECK-DAG: %[[A1:.*]] = arith.addi %[[A0]], %[[SH]] : i64
// CHECK-DAG: %[[A2:.*]] = arith.addi %[[A1]], %[[SW]] : i64
// CHECK-DAG: %[[A3:.*]] = arith.addi %[[A2]], %[[SM]] : i64
// CHECK: %[[ZERO:.*]] = arith.constant 0 : i64
// CHECK: %[[OK:.*]] = arith.cmpi eq, %[[A3]], %[[ZERO]] : i64
// CHECK: %[[R:.*]]:4 = gradopt.guard(%[[H]], %[[W]], %[[M]], %[[N]] :
// CHECK-NEXT: gradopt.yield %[[OK]], %[[H1]], %[[W1]], %[[M1]], %[[N1]]
// CHECK: return %{{.*}}, %[[C]], %[[R]]#0, %[[R]]#1, %[[R]]#2, %[[R]]#3, %[[H1]]
// CHECK: gradopt.recipe @train
// CHECK-NEXT: model = @loss,
// CHECK-NEXT: result = @step
// CHECK-NEXT: }

// REPORT-LABEL: func @step
// REPORT-SAME: gradopt.on_nonfinite = #gradopt.policy<report>
// REPORT: gradopt.guard
// REPORT: gradopt.recipe @train
// REPORT-NEXT: model = @loss,
// REPORT-NEXT: result = @step
// REPORT-NEXT: }

// ORIGIN: gradopt.guard
// ORIGIN: } loc(#[[LOC:.*]])
// ORIGIN: #[[LOC]] = loc(fused<#gradopt.origin<source = "gradopt-insert-finite-checks">>
func.func @loss() {
  return
}
func.func @step(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">},
                %h: tensor<?x5xf32> {gradopt.state = "h"},
                %m: tensor<3x5xf32> {gradopt.optimizer_state = "w/m"},
                %n: tensor<i64> {gradopt.step_count},
                %t: tensor<f32> {gradopt.hyper = "t"})
    -> (tensor<f32> {gradopt.loss}, tensor<3x5xf32> {gradopt.grad = "w"},
        tensor<?x5xf32> {gradopt.state = "h"},
        tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<3x5xf32> {gradopt.optimizer_state = "w/m"},
        tensor<i64> {gradopt.step_count},
        tensor<?x5xf32> {gradopt.output = "y", gradopt.dims = "B"})
    attributes {gradopt.differentiated} {
  %g = gradopt.gradient %w of "w" : tensor<3x5xf32>
  %c, %norm = gradopt.clip_by_norm l2 %g to %t : tensor<3x5xf32>, tensor<f32> -> tensor<f32>
  %w1 = gradopt.sgd %w, %c rate %t : tensor<3x5xf32>, tensor<f32>
  %m1 = math.tanh %m : tensor<3x5xf32>
  %h1 = math.tanh %h : tensor<?x5xf32>
  %n1 = arith.addi %n, %n : tensor<i64>
  return %norm, %c, %h1, %w1, %m1, %n1, %h1
      : tensor<f32>, tensor<3x5xf32>, tensor<?x5xf32>, tensor<3x5xf32>,
        tensor<3x5xf32>, tensor<i64>, tensor<?x5xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step, on_nonfinite = stop
}

// -----

// What updates return is guarded without any attribute on the function.

// CHECK-LABEL: func @updates
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<2xf64>, %[[B:[a-z0-9]+]]: tensor<2xf64>, %[[M:[a-z0-9]+]]: tensor<2xf64>, %[[V:[a-z0-9]+]]: tensor<2xf64>
// CHECK-SAME: attributes {gradopt.on_nonfinite = #gradopt.policy<skip>}
// CHECK: %[[A1:.*]] = gradopt.sgd
// CHECK: %[[B1:.*]], %[[M1:.*]], %[[V1:.*]] = gradopt.adam
// CHECK: gradopt.record "gradient/bias/nonfinite"
// CHECK: gradopt.record "gradient/arg1/nonfinite"
// CHECK: gradopt.record "update/bias/nonfinite"
// CHECK: gradopt.record "update/arg1/nonfinite"
// CHECK: gradopt.record "update/arg1/state0/nonfinite"
// CHECK: gradopt.record "update/arg1/state1/nonfinite"
// CHECK: %[[R:.*]]:4 = gradopt.guard(%[[A]], %[[B]], %[[M]], %[[V]] :
// CHECK-NEXT: gradopt.yield %{{.*}}, %[[A1]], %[[B1]], %[[M1]], %[[V1]]
// CHECK: return %[[R]]#0, %[[R]]#1, %[[R]]#2, %[[R]]#3
func.func @updates(%a: tensor<2xf64>, %b: tensor<2xf64>, %m: tensor<2xf64>,
                   %v: tensor<2xf64>, %n: tensor<i64>, %rate: tensor<f64>,
                   %da: tensor<2xf64>, %db: tensor<2xf64>)
    -> (tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) {
  %ga = gradopt.gradient %da of "bias" : tensor<2xf64>
  %a1 = gradopt.sgd %a, %da rate %rate : tensor<2xf64>, tensor<f64>
  %b1, %m1, %v1 = gradopt.adam %b, %db, %m, %v step %n rate %rate
      {beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64}
      : tensor<2xf64>, tensor<f64>
  return %a1, %b1, %m1, %v1
      : tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>
}

// -----

// What is computed from an update and returned under the parameter's name is
// guarded in its place. A name that is recorded already is left alone, but its
// value is checked all the same. A policy that the function names stays.

// CHECK-LABEL: func @derived
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<2xf32>
// CHECK-SAME: gradopt.on_nonfinite = #gradopt.policy<report>
// CHECK: gradopt.record "gradient/w/nonfinite"
// CHECK: %[[W2:.*]] = arith.maximumf
// CHECK: gradopt.count_nonfinite
// CHECK-NOT: gradopt.record "gradient/w/nonfinite"
// CHECK: gradopt.count_nonfinite %[[W2]]
// CHECK: gradopt.record "update/w/nonfinite"
// CHECK: %[[R:.*]] = gradopt.guard(%[[W]] :
// CHECK-NEXT: gradopt.yield %{{.*}}, %[[W2]]
// CHECK: return %[[R]]
func.func @derived(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                   %d: tensor<2xf32>, %rate: tensor<f32>)
    -> (tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    attributes {gradopt.on_nonfinite = #gradopt.policy<report>} {
  %g = gradopt.gradient %d of "w" : tensor<2xf32>
  %n = gradopt.count_nonfinite %g : tensor<2xf32>
  gradopt.record "gradient/w/nonfinite", %n : tensor<i64>
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<2xf32>, tensor<f32>
  %w2 = arith.maximumf %w1, %d : tensor<2xf32>
  return %w2 : tensor<2xf32>
}

// -----

// No elements and a clip's state.

// CHECK-LABEL: func @empty
// CHECK: gradopt.record "state/clip/g/nonfinite"
// CHECK: gradopt.guard(%{{.*}}, %{{.*}} : tensor<0x4xf32>, tensor<2xf32>)
func.func @empty(%w: tensor<0x4xf32> {gradopt.param = #gradopt.param<"w">},
                 %c: tensor<2xf32> {gradopt.clip_state = "g"})
    -> (tensor<0x4xf32> {gradopt.grad = "w"},
        tensor<0x4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<2xf32> {gradopt.clip_state = "g"}) {
  %g = math.tanh %w : tensor<0x4xf32>
  %w1 = arith.addf %w, %g : tensor<0x4xf32>
  return %g, %w1, %c : tensor<0x4xf32>, tensor<0x4xf32>, tensor<2xf32>
}
