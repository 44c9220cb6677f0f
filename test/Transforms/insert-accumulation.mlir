// RUN: gradopt-opt %s --split-input-file --gradopt-insert-accumulation --gradopt-verify-origins | FileCheck %s
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-accumulation="batches=2" | FileCheck %s --check-prefix=TWO
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-accumulation="batches=1" | FileCheck %s --check-prefix=SINGLE
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-accumulation --gradopt-insert-updates --gradopt-insert-finite-checks | FileCheck %s --check-prefix=UPDATE

// A sum is kept for each gradient and begins anew when the step count is a
// multiple of n. What was marked is the mean now, for clips and monitors.

// CHECK-LABEL: func @step
// CHECK-SAME: (%[[W:[a-z0-9]+]]: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">}, %{{.*}}, %{{.*}}, %[[N:[a-z0-9]+]]: tensor<i64> {gradopt.step_count}
// CHECK-SAME: %[[SW:[a-z0-9]+]]: tensor<3x5xf32> {gradopt.optimizer_state = "w/sum"}
// CHECK-SAME: %[[SB:[a-z0-9]+]]: tensor<0xf64> {gradopt.optimizer_state = "b/sum"})
// CHECK-SAME: -> (tensor<3x5xf32> {gradopt.grad = "w"}, tensor<0xf64> {gradopt.grad = "b"}, tensor<2xf32> {gradopt.clip_state = "c"}, tensor<3x5xf32> {gradopt.optimizer_state = "w/sum"}, tensor<0xf64> {gradopt.optimizer_state = "b/sum"}, tensor<i64> {gradopt.step_count}) attributes {gradopt.accumulate = 4 : i64, gradopt.differentiated}
// CHECK: %[[ONE:.*]] = arith.constant dense<1> : tensor<i64>
// CHECK: %[[N1:.*]] = arith.addi %[[N]], %[[ONE]]
// CHECK: %[[S:.*]] = tensor.extract %[[N1]][]
// CHECK: %[[FOUR:.*]] = arith.constant 4 : i64
// CHECK: %[[R:.*]] = arith.remsi %[[S]], %[[FOUR]]
// CHECK: %[[LAST:.*]] = arith.cmpi eq, %[[R]], %{{.*}} : i64
// CHECK: %[[DW:.*]] = math.exp
// CHECK: %[[TW:.*]] = arith.addf %[[SW]], %[[DW]]
// CHECK: %[[FOURS:.*]] = arith.constant dense<4.000000e+00> : tensor<3x5xf32>
// CHECK: %[[MW:.*]] = arith.divf %[[TW]], %[[FOURS]]
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<3x5xf32>
// CHECK: %[[NW:.*]] = arith.select %[[LAST]], %[[ZERO]], %[[TW]]
// CHECK: %[[GW:.*]] = gradopt.gradient %[[MW]] of "w"
// CHECK: %[[TB:.*]] = arith.addf %[[SB]], %{{.*}} : tensor<0xf64>
// CHECK: %[[MB:.*]] = arith.divf %[[TB]]
// CHECK: %[[NB:.*]] = arith.select %[[LAST]], %{{.*}}, %[[TB]]
// CHECK: return %[[GW]], %[[MB]], %{{.*}}, %[[NW]], %[[NB]], %[[N1]]
// CHECK: gradopt.recipe
// CHECK-NOT: {{^ +}}accumulate

// TWO-LABEL: func @step
// TWO-SAME: gradopt.accumulate = 2 : i64
// TWO: gradopt.recipe
// TWO-NOT: {{^ +}}accumulate

// SINGLE-LABEL: func @step
// SINGLE-NOT: arith.select
// SINGLE: gradopt.recipe
// SINGLE-NOT: {{^ +}}accumulate

// The update of a step between has no effect: parameters, states of optimizers
// and of clips stay. Its number counts updates and is never 0. The guard holds
// the sums, too.
// UPDATE-LABEL: func @step
// UPDATE-SAME: (%[[W:[a-z0-9]+]]: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">}, %[[B:[a-z0-9]+]]: tensor<0xf64> {gradopt.param = #gradopt.param<"b">}, %[[C:[a-z0-9]+]]: tensor<2xf32> {gradopt.clip_state = "c"}, %[[N:[a-z0-9]+]]: tensor<i64> {gradopt.step_count}
// UPDATE: %[[N1:.*]] = arith.addi %[[N]], %{{.*}} : tensor<i64>
// UPDATE: %[[LAST:.*]] = arith.cmpi eq
// UPDATE: %[[SUM:.*]] = arith.select %[[LAST]], %{{.*}} : tensor<3x5xf32>
// UPDATE: %[[TAKES:.*]] = arith.cmpi eq, %{{.*}} : i64
// UPDATE: %[[C1:.*]] = arith.select %[[TAKES]], %{{.*}}, %[[C]] : tensor<2xf32>
// UPDATE: %[[FULL:.*]] = arith.divsi %[[N]], %{{.*}} : tensor<i64>
// UPDATE: %[[NUMBER:.*]] = arith.addi %[[FULL]], %{{.*}} : tensor<i64>
// UPDATE: %[[W1:.*]], %[[M1:.*]], %[[V1:.*]] = gradopt.adam %[[W]], {{.*}} step %[[NUMBER]]
// UPDATE: arith.select %[[TAKES]], %[[W1]], %[[W]]
// UPDATE: arith.select %[[TAKES]], %{{.*}}, %[[B]]
// UPDATE: arith.select %[[TAKES]], %[[M1]], %{{.*}}
// UPDATE: arith.select %[[TAKES]], %[[V1]], %{{.*}}
// UPDATE: gradopt.record "update/w/sum/nonfinite"
// UPDATE: gradopt.guard(%[[C]],
// UPDATE: gradopt.yield %{{.*}}, %[[C1]], %[[SUM]], %{{.*}}, %[[N1]],
func.func @loss() { return }
func.func @step(%w: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w">},
                %b: tensor<0xf64> {gradopt.param = #gradopt.param<"b">},
                %c: tensor<2xf32> {gradopt.clip_state = "c"})
    -> (tensor<3x5xf32> {gradopt.grad = "w"}, tensor<0xf64> {gradopt.grad = "b"},
        tensor<2xf32> {gradopt.clip_state = "c"})
    attributes {gradopt.differentiated} {
  %dw = math.exp %w : tensor<3x5xf32>
  %db = math.exp %b : tensor<0xf64>
  %c1 = math.exp %c : tensor<2xf32>
  %gw = gradopt.gradient %dw of "w" : tensor<3x5xf32>
  return %gw, %db, %c1 : tensor<3x5xf32>, tensor<0xf64>, tensor<2xf32>
}
gradopt.recipe @train {
  model = @loss, result = @step, accumulate = 4,
  optimizer = #gradopt.adam<learning_rate = 2.0e-3>
}

// -----

// A step count that the model reads is used. An update without a count needs no
// number.

// CHECK-LABEL: func @count
// CHECK-SAME: (%[[N:[a-z0-9]+]]: tensor<i64> {gradopt.step_count}, %{{[a-z0-9]+}}: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}, %{{[a-z0-9]+}}: tensor<2xf32> {gradopt.optimizer_state = "w/sum"})
// CHECK: arith.addi %[[N]]
// UPDATE-LABEL: func @count
// UPDATE-NOT: arith.divsi
func.func @loss() { return }
func.func @count(%n: tensor<i64> {gradopt.step_count},
                 %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  return %w : tensor<2xf32>
}
gradopt.recipe @train {
  model = @loss, result = @count, accumulate = 3,
  optimizer = #gradopt.sgd<learning_rate = 2.0e-3>
}

// -----

// Nothing is asked for.
// CHECK-LABEL: func @without
// CHECK-NEXT: return
// UPDATE-LABEL: func @without
func.func @loss() { return }
func.func @without(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  return %w : tensor<2xf32>
}
gradopt.recipe @train { model = @loss, result = @without, optimizer = #gradopt.sgd<learning_rate = 2.0e-3> }
