// RUN: gradopt-opt %s --split-input-file --gradopt-differentiate="model=loss" --canonicalize | FileCheck %s

// The derivative of a clip of a cotangent is the clip. A threshold gets none,
// even if it depends on a parameter.

// CHECK-LABEL: func @loss_step
// CHECK-SAME:  %[[W:[a-z0-9]+]]: tensor<3x4xf32>
// CHECK-SAME:  %[[T:[a-z0-9]+]]: tensor<f32> {gradopt.param
// CHECK:       %[[D0:.*]] = linalg.generic
// CHECK:       %[[D1:.*]], %{{.*}} = gradopt.clip_by_norm l1 %[[D0]] to %[[T]] : tensor<3x4xf32>, tensor<f32> -> tensor<f32>
// CHECK:       %[[D2:.*]], %{{.*}} = gradopt.clip_by_norm l2 rows %[[D1]] to %[[T]] : tensor<3x4xf32>, tensor<f32> -> tensor<3xf32>
// CHECK:       %[[D3:.*]] = gradopt.clip_by_value %[[D2]] to %[[T]] : tensor<3x4xf32>, tensor<f32>
// CHECK:       %[[G:.*]] = gradopt.gradient %[[D3]] of "w"
// CHECK:       %[[Z:.*]] = gradopt.gradient %{{.*}} of "t"
// CHECK:       return %{{.*}}, %[[G]], %[[Z]]
func.func @loss(%w: tensor<3x4xf32> {gradopt.param = #gradopt.param<"w">}, %t: tensor<f32> {gradopt.param = #gradopt.param<"t">},
                %y: tensor<3x4xf32> {gradopt.input = "y"}) -> (tensor<f32> {gradopt.loss}) {
  %a = gradopt.clip_cotangent value %w to %t : tensor<3x4xf32>, tensor<f32>
  %b = gradopt.clip_cotangent l2 %a to %t : tensor<3x4xf32>, tensor<f32>
  %c = gradopt.clip_cotangent l1 whole %b to %t : tensor<3x4xf32>, tensor<f32>
  %loss = gradopt.mean_squared_error %c, %y : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// -----

// A state behind a clip is kept once: as the history of its carry. The threshold
// that is selected by the step is computed again.

// CHECK-LABEL: func @loss_step
// CHECK:       %{{.*}}:2 = gradopt.scan "rnn" {{.*}} histories(0 : tensor<?x3xf32>)
// CHECK-NOT:     clip
// CHECK:         gradopt.yield
// CHECK:       gradopt.scan "rnn" (%[[S:.*]]) to
// CHECK:         %[[G:.*]] = gradopt.gradient %{{.*}} of "h" group "rnn"
// CHECK:         gradopt.clip_by_norm linf rows %[[G]] to %{{.*}} : tensor<3xf32>, tensor<f32> -> tensor<f32>
func.func @loss(%w: tensor<3xf32> {gradopt.param = #gradopt.param<"w">}, %x: tensor<?x3xf32> {gradopt.input = "x"},
                %t: tensor<f32> {gradopt.hyper = "t"}) -> (tensor<f32> {gradopt.loss}) {
  %zero = arith.constant 0 : index
  %two = arith.constant 2 : index
  %T = tensor.dim %x, %zero : tensor<?x3xf32>
  %infinity = arith.constant 0x7F800000 : f32
  %limit = tensor.extract %t[] : tensor<f32>
  %h = gradopt.scan "rnn" (%s) to %T carries(%h = %w : tensor<3xf32>) inputs(%x_t = %x : tensor<?x3xf32>) attributes {carry_names = ["h"]} {
    %place = arith.remui %s, %two : index
    %is = arith.cmpi eq, %place, %zero : index
    %selected = arith.select %is, %limit, %infinity : f32
    %threshold = tensor.from_elements %selected : tensor<f32>
    %z = arith.mulf %h, %x_t : tensor<3xf32>
    %h0 = math.tanh %z : tensor<3xf32>
    %h1 = gradopt.clip_cotangent linf %h0 to %threshold : tensor<3xf32>, tensor<f32>
    gradopt.yield %h1 : tensor<3xf32>
  }
  %loss = gradopt.mean_squared_error %h, %w : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
