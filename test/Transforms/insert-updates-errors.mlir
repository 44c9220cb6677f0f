// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-insert-updates="optimizer=adam learning-rate=0.1"

// expected-error@+1 {{nothing to update: no function returns a gradient as 'gradopt.grad = "PARAMETER"'; run gradopt-differentiate first}}
module {
  func.func @marked(%d: tensor<2xf32>) -> tensor<2xf32> {
    %g = gradopt.gradient %d of "w" : tensor<2xf32>
    return %g : tensor<2xf32>
  }
  func.func private @declared(tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
      -> (tensor<2xf32> {gradopt.grad = "w"})
}

// -----

// expected-error@+1 {{'gradopt-insert-updates' needs a function of one block that ends in a return of its results}}
func.func @blocks(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  cf.br ^next
^next:
  return %w : tensor<2xf32>
}

// -----

// expected-error@+1 {{cannot add the learning rate to 'step' because other code may call it; call it only once all training passes have run}}
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

// expected-error@+1 {{cannot insert updates into 'rate': it has gradopt.hyper 'learning_rate' already; run this pass once, on a step that updates nothing}}
func.func @rate(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                %r: tensor<f32> {gradopt.hyper = "learning_rate"})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  return %w : tensor<2xf32>
}

// -----

// expected-error@+1 {{cannot insert updates into 'updated': it has gradopt.param 'w' already}}
func.func @updated(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}, tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) {
  return %w, %w : tensor<2xf32>, tensor<2xf32>
}

// -----

// expected-error@+1 {{cannot insert updates into 'counted': it has gradopt.step_count already}}
func.func @counted(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                   %n: tensor<i64> {gradopt.step_count})
    -> (tensor<2xf32> {gradopt.grad = "w"}, tensor<i64> {gradopt.step_count}) {
  return %w, %n : tensor<2xf32>, tensor<i64>
}

// -----

// expected-error@+1 {{cannot insert updates into 'state': it has gradopt.optimizer_state 'w/v' already}}
func.func @state(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                 %v: tensor<2xf32> {gradopt.optimizer_state = "w/v"})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  return %w : tensor<2xf32>
}

// -----

// expected-error@+1 {{the gradient of 'w' has type 'memref<2xf32>'; gradients are ranked tensors of f32 or f64}}
func.func @buffer(%w: memref<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (memref<2xf32> {gradopt.grad = "w"}) {
  return %w : memref<2xf32>
}

// -----

// expected-error@+1 {{'by_hand' has gradopt.accumulate but does not return gradopt.step_count, by which it would know when to update: let gradopt-insert-accumulation make both}}
func.func @by_hand(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                   %n: tensor<i64> {gradopt.step_count})
    -> (tensor<2xf32> {gradopt.grad = "w"}) attributes {gradopt.accumulate = 2 : i64} {
  return %w : tensor<2xf32>
}

// -----

func.func @loss(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) { return }
// expected-error@+1 {{cannot insert updates into 'group_rate': it has gradopt.hyper 'learning_rate.g' already}}
func.func @group_rate(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                      %r: tensor<f32> {gradopt.hyper = "learning_rate.g"})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  return %w : tensor<2xf32>
}
gradopt.recipe @train {
  model = @loss, result = @group_rate,
  groups = [#gradopt.group<name = "g", match = "w", learning_rate = 0.5>]
}
