// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping | FileCheck %s
// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping="kind=norm p=l1 threshold=2.0 at=time_step" | FileCheck %s --check-prefix=OPTION

// A layer of the recipe's model becomes a scan, every state is clipped after
// every step, and the threshold is an argument. What acts on gradients waits in
// the recipe for the step.

// CHECK-LABEL: func @loss
// CHECK-SAME:  %[[T:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.time_step.norm.threshold", gradopt.init = 5.000000e+00 : f64}
// CHECK:       gradopt.scan "lstm"
// CHECK:         %[[C1:.*]] = gradopt.clip_cotangent l2 %{{.*}} to %[[T]] : tensor<?x2xf32>, tensor<f32>
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %[[C1]] :
// CHECK:         %[[H:.*]] = gradopt.clip_cotangent l2 %{{.*}} to %[[T]]
// CHECK-NEXT:    gradopt.yield %[[H]], %[[C1]], %[[H]]
// CHECK-LABEL: func @other
// CHECK:       gradopt.lstm "other"
// CHECK:       gradopt.recipe
// CHECK:         clip = [#gradopt.clip<global_norm, threshold = 1.000000e+00>]
// CHECK:         groups = [#gradopt.group<name = "in", match = "w_ih", clip = <norm, threshold = 1.000000e+00>>]

// An option takes the place of all clips, those of groups too.
// OPTION-LABEL: func @loss
// OPTION-SAME:  %[[T:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.time_step.norm.threshold", gradopt.init = 2.000000e+00 : f64}
// OPTION-COUNT-2: gradopt.clip_cotangent l1
// OPTION:       gradopt.recipe
// OPTION-NOT:     clip
// OPTION-LABEL: func @chunks
func.func @loss(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w_ih: tensor<3x8xf32> {gradopt.param = #gradopt.param<"w_ih">},
    %w_hh: tensor<2x8xf32> {gradopt.param = #gradopt.param<"w_hh">}, %target: tensor<?x2xf32> {gradopt.input = "target", gradopt.dims = "B"})
    -> (tensor<f32> {gradopt.loss}) {
  %y, %h, %c = gradopt.lstm "lstm" %x : tensor<?x?x3xf32> weights(%w_ih, %w_hh : tensor<3x8xf32>, tensor<2x8xf32>)
      -> tensor<?x?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
  %loss = gradopt.mean_squared_error %h, %target : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
func.func @other(%x: tensor<?x?x3xf32>, %w_ih: tensor<3x8xf32>, %w_hh: tensor<2x8xf32>) -> tensor<?x?x2xf32> {
  %y, %h, %c = gradopt.lstm "other" %x : tensor<?x?x3xf32> weights(%w_ih, %w_hh : tensor<3x8xf32>, tensor<2x8xf32>)
      -> tensor<?x?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
  return %y : tensor<?x?x2xf32>
}
gradopt.recipe @train {
  model = @loss,
  clip = [#gradopt.clip<norm, threshold = 5.0, at = time_step>, #gradopt.clip<global_norm, threshold = 1.0>],
  groups = [#gradopt.group<name = "in", match = "w_ih", clip = <norm, threshold = 1.0>>]
}

// -----

// Time is counted in time order. The first of two clips is the first one on what
// flows back.

// CHECK-LABEL: func @chunks
// CHECK-SAME:  %[[T0:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.chunk.value.threshold", gradopt.init = 1.000000e+00 : f64}
// CHECK-SAME:  %[[T1:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.chunk.value_2.threshold"
// CHECK-DAG:     %[[E0:.*]] = tensor.extract %[[T0]][]
// CHECK-DAG:     %[[E1:.*]] = tensor.extract %[[T1]][]
// CHECK-DAG:     %[[LAST:.*]] = arith.subi %{{.*}}, %{{.*}} : index
// CHECK:       gradopt.scan (%[[S:.*]]) to
// CHECK:         %[[S1:.*]] = arith.select %{{.*}}, %[[E1]]
// CHECK:         %[[C1:.*]] = tensor.from_elements %[[S1]] : tensor<f32>
// CHECK:         %[[TIME:.*]] = arith.subi %{{.*}}, %[[S]]
// CHECK:         %[[PLACE:.*]] = arith.remui %[[TIME]]
// CHECK:         %[[IS:.*]] = arith.cmpi eq, %[[PLACE]]
// CHECK:         %[[S0:.*]] = arith.select %[[IS]], %[[E0]]
// CHECK:         %[[C0:.*]] = tensor.from_elements %[[S0]] : tensor<f32>
// CHECK:         %[[H0:.*]] = arith.addf
// CHECK-NEXT:    %[[H1:.*]] = gradopt.clip_cotangent value %[[H0]] to %[[C1]]
// CHECK-NEXT:    %[[H2:.*]] = gradopt.clip_cotangent value %[[H1]] to %[[C0]]
// CHECK-NEXT:    gradopt.yield %[[H2]], %{{.*}}, %[[H2]]
func.func @chunks(%x: tensor<?x3xf32> {gradopt.input = "x"}, %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<f32> {gradopt.loss}) {
  %zero = arith.constant 0 : index
  %T = tensor.dim %x, %zero : tensor<?x3xf32>
  %n = arith.constant 0 : i64
  %h, %k, %y = gradopt.scan (%s) to %T carries(%h = %w : tensor<3xf32>, %i = %n : i64)
      inputs(%x_t = reverse %x : tensor<?x3xf32>) outputs(reverse tensor<?x3xf32>) {
    %h1 = arith.addf %h, %x_t : tensor<3xf32>
    gradopt.yield %h1, %i, %h1 : tensor<3xf32>, i64, tensor<3xf32>
  }
  %loss = gradopt.mean_squared_error %h, %w : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train {
  model = @chunks,
  clip = [#gradopt.clip<value, threshold = 1.0, at = chunk, every = 2>, #gradopt.clip<value, threshold = 1.0, at = chunk, every = 5>]
}

// -----

// A state that comes from elsewhere is clipped on its way through the carry. A
// state of no dimensions has no rows. Two states of one value are one.

// CHECK-LABEL: func @states
// CHECK:       gradopt.scan (%{{.*}}) to %{{.*}} carries(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}} :
// CHECK:         %[[S:.*]] = arith.addf
// CHECK-NEXT:    %[[S1:.*]] = gradopt.clip_cotangent linf whole %[[S]] to %{{.*}} : tensor<f64>, tensor<f64>
// CHECK:         %[[M:.*]] = arith.mulf %[[A]], %[[A]]
// CHECK-NEXT:    %[[M1:.*]] = gradopt.clip_cotangent linf %[[M]]
// CHECK:         %[[A1:.*]] = gradopt.clip_cotangent linf %[[A]]
// CHECK-NEXT:    gradopt.yield %[[M1]], %[[A1]], %[[S1]], %[[M1]]
func.func @states(%w: tensor<3xf32> {gradopt.param = #gradopt.param<"w">}, %v: tensor<f64> {gradopt.input = "v"})
    -> (tensor<f32> {gradopt.loss}) {
  %T = arith.constant 3 : index
  %a, %b, %s, %m = gradopt.scan (%i) to %T
      carries(%a = %w : tensor<3xf32>, %b = %w : tensor<3xf32>, %s = %v : tensor<f64>, %m = %w : tensor<3xf32>) {
    %s1 = arith.addf %s, %s : tensor<f64>
    %a1 = arith.mulf %a, %a : tensor<3xf32>
    gradopt.yield %a1, %a, %s1, %a1 : tensor<3xf32>, tensor<3xf32>, tensor<f64>, tensor<3xf32>
  }
  %loss = gradopt.mean_squared_error %a, %b : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
gradopt.recipe @train { model = @states, clip = [#gradopt.clip<norm, threshold = 1.0, p = linf, at = time_step>] }
