// RUN: gradopt-opt %s --split-input-file --gradopt-verify-stability="fix" --verify-diagnostics
// RUN: not gradopt-opt %s --gradopt-verify-stability="fix kind=adaptive threshold=1.0" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not gradopt-opt %s --gradopt-verify-stability="kind=norm threshold=1.0" 2>&1 | FileCheck %s --check-prefix=THRESHOLD
// RUN: not gradopt-opt %s --gradopt-verify-stability="fix threshold=1.0" 2>&1 | FileCheck %s --check-prefix=THRESHOLD
// RUN: not gradopt-opt %s --split-input-file --gradopt-verify-stability="fix kind=norm" 2>&1 | FileCheck %s --check-prefix=NEEDS
// RUN: not gradopt-opt %s --split-input-file --gradopt-verify-stability="fix kind=norm threshold=-1.0" 2>&1 | FileCheck %s --check-prefix=NEGATIVE

// KIND: error: unknown kind of clip 'adaptive'; there are value, norm, group_norm, global_norm and none
// THRESHOLD: error: option 'threshold' of 'gradopt-verify-stability' is that of a clip to insert: it goes with 'fix' and 'kind'
// NEEDS: error: a clip is missing, and 'fix' needs its threshold, as in 'fix kind=global_norm threshold=1.0'
// NEGATIVE: error: a clip needs a threshold: a number that is not negative

// What cannot be mended stays an error: a clip in front of the division by the
// loss's factor, a guard that falls back to something else, a condition that is
// never true, a value that an existing guard does not hold.

func.func @step(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                %x: tensor<4xf32> {gradopt.input = "x", gradopt.dims = ""},
                %scale: tensor<f32> {gradopt.hyper = "loss_scale", gradopt.init = 1024.0 : f64},
                %t: tensor<f32>, %rate: tensor<f32>)
    // expected-note@-5 {{the argument}}
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  // expected-note@+1 {{the condition}}
  %false = arith.constant false
  // expected-note@+1 {{what it falls back to}}
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %empty = tensor.empty() : tensor<4xf32>
  %s = tensor.extract %scale[] : tensor<f32>
  %seed = linalg.fill ins(%s : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %dw = arith.mulf %seed, %x : tensor<4xf32>
  // expected-note@+1 {{the scaled gradient}}
  %g = gradopt.gradient %dw of "w" : tensor<4xf32>
  // expected-note@+1 {{its clip}}
  %c, %n = gradopt.clip_by_norm l2 %g to %t : tensor<4xf32>, tensor<f32> -> tensor<f32>
  %u = arith.divf %c, %seed : tensor<4xf32>
  // expected-error@+1 {{the update of 'w' goes by a gradient that is clipped before it is unscaled}}
  %w1 = gradopt.sgd %w, %u rate %rate : tensor<4xf32>, tensor<f32>
  // expected-note@+2 {{the next value}}
  // expected-error@+1 {{the next value of 'b' goes by a gradient that is clipped before it is unscaled}}
  %b1 = arith.addf %b, %u : tensor<4xf32>
  // expected-error@+3 {{this guard falls back to another value than the old one of gradopt.param 'w'}}
  // expected-error@+2 {{the condition of this guard is never true}}
  // expected-note@+1 {{this guard does not hold it}}
  %k = gradopt.guard(%zero : tensor<4xf32>) {
    gradopt.yield %false, %w1 : i1, tensor<4xf32>
  }
  // expected-error@+1 {{the next value of gradopt.param 'b' is returned without a guard}}
  return %k, %b1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// Nothing says which clip is meant.

func.func @which(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                 %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                 %dw: tensor<4xf32>, %db: tensor<4xf32>, %t: tensor<f32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  // expected-note@+1 {{the gradient before its clip}}
  %gb = gradopt.gradient %db of "b" : tensor<4xf32>
  // expected-note@+1 {{this clip takes other values}}
  %c = gradopt.clip_by_value %gw to %t : tensor<4xf32>, tensor<f32>
  %w1 = gradopt.sgd %w, %c rate %rate : tensor<4xf32>, tensor<f32>
  // expected-error@+1 {{the update of 'b' goes by a gradient that does not pass a clip on every path}}
  %b1 = gradopt.sgd %b, %gb rate %rate : tensor<4xf32>, tensor<f32>
  return %w1, %b1 : tensor<4xf32>, tensor<4xf32>
}
