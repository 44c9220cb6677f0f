// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-insert-accumulation="batches=2"
// RUN: not gradopt-opt %s --split-input-file --gradopt-insert-accumulation="batches=-1" 2>&1 | FileCheck %s

// CHECK: error: option 'batches' of 'gradopt-insert-accumulation' is a number of batches of at least 1, or 0 for what the recipe says, got -1

// expected-error@+1 {{nothing to accumulate: no function returns a gradient as 'gradopt.grad = "PARAMETER"'; run gradopt-differentiate first}}
module {
  func.func @marked(%d: tensor<2xf32>) -> tensor<2xf32> {
    %g = gradopt.gradient %d of "w" : tensor<2xf32>
    return %g : tensor<2xf32>
  }
}

// -----

// expected-error@+1 {{'gradopt-insert-accumulation' needs a function of one block that ends in a return of its results}}
func.func @blocks(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  cf.br ^next
^next:
  return %w : tensor<2xf32>
}

// -----

// expected-error@+1 {{cannot add sums of gradients to 'step' because other code may call it; call it only once all training passes have run}}
func.func @step(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  return %w : tensor<2xf32>
}
// expected-note@+2 {{it is used here}}
func.func @caller() -> ((tensor<2xf32>) -> tensor<2xf32>) {
  %f = constant @step : (tensor<2xf32>) -> tensor<2xf32>
  return %f : (tensor<2xf32>) -> tensor<2xf32>
}

// -----

// expected-error@+1 {{cannot accumulate gradients in 'clipped': it has a clip of the gradient of 'w' already; run this pass once, before gradients are clipped and used}}
func.func @clipped(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                   %t: tensor<f32> {gradopt.hyper = "t"})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  %g = gradopt.gradient %w of "w" : tensor<2xf32>
  %c = gradopt.clip_by_value %g to %t : tensor<2xf32>, tensor<f32>
  return %c : tensor<2xf32>
}

// -----

// expected-error@+1 {{it has the result gradopt.param 'w' already}}
func.func @updated(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}, tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) {
  return %w, %w : tensor<2xf32>, tensor<2xf32>
}

// -----

// expected-error@+1 {{it has the result gradopt.step_count already}}
func.func @counted(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                   %n: tensor<i64> {gradopt.step_count})
    -> (tensor<2xf32> {gradopt.grad = "w"}, tensor<i64> {gradopt.step_count}) {
  return %w, %n : tensor<2xf32>, tensor<i64>
}

// -----

// expected-error@+1 {{it has the argument gradopt.optimizer_state 'w/sum' already}}
func.func @summed(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                  %s: tensor<2xf32> {gradopt.optimizer_state = "w/sum"})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  return %w : tensor<2xf32>
}

// -----

// expected-error@+1 {{the gradient of 'w' has type 'memref<2xf32>'; gradients are ranked tensors of f32 or f64}}
func.func @buffer(%w: memref<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (memref<2xf32> {gradopt.grad = "w"}) {
  return %w : memref<2xf32>
}
