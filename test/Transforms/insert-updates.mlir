// RUN: gradopt-opt %s --split-input-file --gradopt-insert-updates | FileCheck %s
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-updates="optimizer=sgd learning-rate=0.5" | FileCheck %s --check-prefix=SGD
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-updates="learning-rate=0.25" | FileCheck %s --check-prefix=RATE
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-updates="optimizer=adam" --mlir-print-debuginfo | FileCheck %s --check-prefix=ORIGIN

// One update for each gradient that the function returns, as it returns it: here
// clipped. A parameter without a gradient stays. The results are added behind
// those that are there.

// CHECK-LABEL: func @step
// CHECK-SAME: (%[[W:[a-z0-9]+]]: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>}, %[[B:[a-z0-9]+]]: tensor<5xf32>
// CHECK-SAME: %[[LR:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "learning_rate", gradopt.init = 2.000000e-03 : f64}
// CHECK-SAME: %[[N:[a-z0-9]+]]: tensor<i64> {gradopt.step_count}
// CHECK-SAME: %[[MW:[a-z0-9]+]]: tensor<3x5xf32> {gradopt.optimizer_state = "w/m"}
// CHECK-SAME: %[[VW:[a-z0-9]+]]: tensor<3x5xf32> {gradopt.optimizer_state = "w/v"}
// CHECK-SAME: %[[MB:[a-z0-9]+]]: tensor<5xf32> {gradopt.optimizer_state = "b/m"}
// CHECK-SAME: %[[VB:[a-z0-9]+]]: tensor<5xf32> {gradopt.optimizer_state = "b/v"})
// CHECK-SAME: -> (tensor<f32> {gradopt.loss}, tensor<3x5xf32> {gradopt.grad = "w"}, tensor<5xf32> {gradopt.grad = "b"}
// CHECK-SAME: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>}, tensor<5xf32> {gradopt.param = #gradopt.param<"b">}
// CHECK-SAME: tensor<3x5xf32> {gradopt.optimizer_state = "w/m"}, tensor<3x5xf32> {gradopt.optimizer_state = "w/v"}
// CHECK-SAME: tensor<5xf32> {gradopt.optimizer_state = "b/m"}, tensor<5xf32> {gradopt.optimizer_state = "b/v"}
// CHECK-SAME: tensor<i64> {gradopt.step_count})
// CHECK: %[[C:.*]]:2, %{{.*}} = gradopt.clip_by_global_norm
// CHECK: %[[ONE:.*]] = arith.constant dense<1> : tensor<i64>
// CHECK: %[[N1:.*]] = arith.addi %[[N]], %[[ONE]] : tensor<i64>
// CHECK: %[[W1:.*]], %[[MW1:.*]], %[[VW1:.*]] = gradopt.adam %[[W]], %[[C]]#0, %[[MW]], %[[VW]] step %[[N1]] rate %[[LR]] {beta1 = 9.000000e-01 : f64, beta2 = 7.500000e-01 : f64, epsilon = 1.000000e-08 : f64} : tensor<3x5xf32>, tensor<f32>
// CHECK: %[[B1:.*]], %[[MB1:.*]], %[[VB1:.*]] = gradopt.adam %[[B]], %[[C]]#1, %[[MB]], %[[VB]] step %[[N1]] rate %[[LR]]
// CHECK: return %{{.*}}, %[[C]]#0, %[[C]]#1, %[[W1]], %[[B1]], %[[MW1]], %[[VW1]], %[[MB1]], %[[VB1]], %[[N1]]
// CHECK: gradopt.recipe
// CHECK-NOT: optimizer

// SGD-LABEL: func @step
// SGD-SAME: %[[LR:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "learning_rate", gradopt.init = 5.000000e-01 : f64})
// SGD-SAME: -> (tensor<f32> {gradopt.loss}, tensor<3x5xf32> {gradopt.grad = "w"}, tensor<5xf32> {gradopt.grad = "b"}, tensor<3x5xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>}, tensor<5xf32> {gradopt.param = #gradopt.param<"b">})
// SGD: %[[W1:.*]] = gradopt.sgd %{{.*}}, %{{.*}} rate %[[LR]] : tensor<3x5xf32>, tensor<f32>
// SGD: gradopt.recipe
// SGD-NOT: optimizer

// RATE-LABEL: func @step
// RATE-SAME: gradopt.init = 2.500000e-01 : f64
// RATE: gradopt.adam {{.*}}beta2 = 7.500000e-01

// An optimizer of the options has its own constants and the recipe's rate.
// ORIGIN-LABEL: func @step
// ORIGIN-SAME: gradopt.init = 2.000000e-03 : f64
// ORIGIN: gradopt.adam {{.*}}beta2 = 0.99899999999999999{{.*}} loc(#[[LOC:.*]])
// ORIGIN: #[[LOC]] = loc(fused<#gradopt.origin<layer = "w", {{.*}}source = "gradopt-insert-updates">>
func.func @loss() {
  return
}
func.func @step(
    %w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w", init = orthogonal>},
    %b: tensor<5xf32> {gradopt.param = #gradopt.param<"b">},
    %frozen: tensor<f32> {gradopt.param = #gradopt.param<"frozen">},
    %t: tensor<f32> {gradopt.hyper = "clip.global_norm.threshold"})
    -> (tensor<f32> {gradopt.loss}, tensor<3x5xf32> {gradopt.grad = "w"},
        tensor<5xf32> {gradopt.grad = "b"}) attributes {gradopt.differentiated} {
  %dw = gradopt.gradient %w of "w" : tensor<3x5xf32>
  %db = gradopt.gradient %b of "b" : tensor<5xf32>
  %c:2, %n = gradopt.clip_by_global_norm l2 %dw, %db to %t
      : tensor<3x5xf32>, tensor<5xf32> to tensor<f32>
  return %frozen, %c#0, %c#1 : tensor<f32>, tensor<3x5xf32>, tensor<5xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step,
  optimizer = #gradopt.adam<learning_rate = 2.0e-3, beta2 = 0.75>
}

// -----

// A model that reads the step count: the optimizer counts on. f32 and f64
// parameters take an f64 rate.

// CHECK-LABEL: func @count
// CHECK-SAME: %[[N:[a-z0-9]+]]: tensor<i64> {gradopt.step_count}
// CHECK-SAME: tensor<f64> {gradopt.hyper = "learning_rate"
// CHECK-NOT: tensor<i64> {gradopt.step_count}, %
// CHECK: arith.addi %[[N]]
// CHECK: gradopt.adam {{.*}} : tensor<2xf32>, tensor<f64>
// CHECK: gradopt.adam {{.*}} : tensor<0xf64>, tensor<f64>

// So it does for an optimizer that needs no count: the model does.
// SGD-LABEL: func @count
// SGD-SAME: %[[N:[a-z0-9]+]]: tensor<i64> {gradopt.step_count}
// SGD-SAME: tensor<i64> {gradopt.step_count})
// SGD: %[[N1:.*]] = arith.addi %[[N]]
// SGD: return {{.*}}, %[[N1]] :
func.func @loss() {
  return
}
func.func @count(%n: tensor<i64> {gradopt.step_count},
                 %a: tensor<2xf32> {gradopt.param = #gradopt.param<"a">},
                 %b: tensor<0xf64> {gradopt.param = #gradopt.param<"b">})
    -> (tensor<2xf32> {gradopt.grad = "a"}, tensor<0xf64> {gradopt.grad = "b"}) {
  return %a, %b : tensor<2xf32>, tensor<0xf64>
}
gradopt.recipe @train {
  model = @loss, result = @count, optimizer = #gradopt.adam<learning_rate = 2.0e-3>
}

// -----

// Groups have rates of their own; a parameter of none has the recipe's, of which
// there is always one. An optimizer with a weight decay takes that of a group.
// The schedule becomes an attribute. A part that others act upon stays.

// CHECK-LABEL: func @groups
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">}, %[[B:[a-z0-9]+]]: tensor<5xf32> {gradopt.param = #gradopt.param<"l.bias">}, %[[C:[a-z0-9]+]]: tensor<5xf32> {gradopt.param = #gradopt.param<"m.bias">}
// CHECK-SAME: %[[LR:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "learning_rate", gradopt.init = 2.000000e-03 : f64}, %[[LRB:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "learning_rate.biases", gradopt.init = 5.000000e-01 : f64}
// CHECK-SAME: gradopt.schedule = #gradopt.schedule<kind = step, every = 3>
// CHECK: gradopt.adamw %[[W]], %{{.*}} rate %[[LR]] {{.*}}weight_decay = 2.500000e-01 : f64}
// CHECK: gradopt.adamw %[[B]], %{{.*}} rate %[[LRB]] {{.*}}weight_decay = 1.000000e-02 : f64}
// CHECK: gradopt.adamw %[[C]], %{{.*}} rate %[[LRB]]
// CHECK: gradopt.recipe
// CHECK-NOT: schedule
// CHECK: groups = [#gradopt.group<name = "weights", match = "w", clip = <value, threshold = 1.000000e+00>>]

// Another optimizer has no decay: that is left to who comes next.
// SGD-LABEL: func @groups
// SGD: gradopt.recipe
// SGD: groups = [#gradopt.group<name = "weights", match = "w", weight_decay = 2.500000e-01, clip = <value, threshold = 1.000000e+00>>]

// An option replaces the recipe's rate and no group's.
// RATE-LABEL: func @groups
// RATE-SAME: "learning_rate", gradopt.init = 2.500000e-01 : f64
// RATE-SAME: "learning_rate.biases", gradopt.init = 5.000000e-01 : f64
func.func @loss(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">},
                %b: tensor<5xf32> {gradopt.param = #gradopt.param<"l.bias">}) {
  return
}
func.func @groups(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">},
                  %b: tensor<5xf32> {gradopt.param = #gradopt.param<"l.bias">},
                  %c: tensor<5xf32> {gradopt.param = #gradopt.param<"m.bias">})
    -> (tensor<3x5xf32> {gradopt.grad = "w"}, tensor<5xf32> {gradopt.grad = "l.bias"},
        tensor<5xf32> {gradopt.grad = "m.bias"}) {
  %dc = math.exp %c : tensor<5xf32>
  return %w, %b, %dc : tensor<3x5xf32>, tensor<5xf32>, tensor<5xf32>
}
gradopt.recipe @train {
  model = @loss, result = @groups, optimizer = #gradopt.adamw<learning_rate = 2.0e-3>,
  schedule = #gradopt.schedule<kind = step, every = 3>,
  groups = [#gradopt.group<name = "biases", match = "*.bias", learning_rate = 0.5>,
            #gradopt.group<name = "weights", match = "w", weight_decay = 0.25, clip = <value, threshold = 1.0>>]
}

// -----

// Optimizers with one state.
// CHECK-LABEL: func @momentum
// CHECK-SAME: gradopt.optimizer_state = "w/velocity"
// CHECK-NOT: step_count
// CHECK: gradopt.momentum {{.*}} {momentum = 5.000000e-01 : f64, nesterov}
func.func @loss() { return }
func.func @momentum(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  return %w : tensor<2xf32>
}
gradopt.recipe @train {
  model = @loss, result = @momentum,
  optimizer = #gradopt.momentum<learning_rate = 2.0e-3, momentum = 0.5, nesterov = true>
}

// -----

// CHECK-LABEL: func @rmsprop
// CHECK-SAME: gradopt.optimizer_state = "w/v"
// CHECK-NOT: step_count
// CHECK: gradopt.rmsprop {{.*}} {alpha = {{.*}} : f64, epsilon = 1.000000e-08 : f64}
func.func @loss() { return }
func.func @rmsprop(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  return %w : tensor<2xf32>
}
gradopt.recipe @train {
  model = @loss, result = @rmsprop, optimizer = #gradopt.rmsprop<learning_rate = 2.0e-3>
}
