// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-insert-finite-checks="on-nonfinite=skip"

// expected-error@+1 {{no gradients found: run gradopt-differentiate, or mark each gradient by 'gradopt.gradient' or the result that returns it by 'gradopt.grad = "PARAMETER"'}}
module {
  func.func @plain() {
    return
  }
}

// -----

// expected-error@+1 {{'nothing' has gradients but no updated value to guard: mark the arguments that hold parameters and the results that return their next values by 'gradopt.param', or give the recipe an optimizer}}
func.func @nothing(%w: tensor<2xf32>, %d: tensor<2xf32>) -> tensor<2xf32> {
  %g = gradopt.gradient %d of "w" : tensor<2xf32>
  %w1 = arith.subf %w, %g : tensor<2xf32>
  return %w1 : tensor<2xf32>
}

// -----

func.func @guarded(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                   %ok: i1)
    -> (tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) {
  %g = gradopt.gradient %w of "w" : tensor<2xf32>
  // expected-error@+1 {{'guarded' has a guard already; 'gradopt-insert-finite-checks' inserts one that holds all updated values, so run it once, on a step without a guard}}
  %w1 = gradopt.guard(%w : tensor<2xf32>) {
    gradopt.yield %ok, %g : i1, tensor<2xf32>
  }
  return %w1 : tensor<2xf32>
}

// -----

func.func @dropped(%w: tensor<2xf32>, %v: tensor<2xf32>, %d: tensor<2xf32>,
                   %r: tensor<f32>) -> tensor<2xf32> {
  %w1 = gradopt.sgd %w, %d rate %r : tensor<2xf32>, tensor<f32>
  // expected-error@+1 {{the updated parameter is not returned by 'dropped', so that no guard can hold it back; return it, or mark the argument and the result by 'gradopt.param'}}
  %v1 = gradopt.sgd %v, %d rate %r : tensor<2xf32>, tensor<f32>
  return %w1 : tensor<2xf32>
}

// -----

// expected-error@+1 {{gradopt.param 'w' has type 'tensor<2xf32>' as an argument and 'memref<2xf32>' as a result; a skipped step returns the old value, so both must have one type}}
func.func @types(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                 %m: memref<2xf32>)
    -> (memref<2xf32> {gradopt.param = #gradopt.param<"w">}) {
  %g = gradopt.gradient %w of "w" : tensor<2xf32>
  return %m : memref<2xf32>
}

// -----

// expected-error@+1 {{'gradopt-insert-finite-checks' needs a function of one block that ends in a return of its results}}
func.func @blocks(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) {
  %g = gradopt.gradient %w of "w" : tensor<2xf32>
  cf.br ^next
^next:
  return %g : tensor<2xf32>
}

// -----

func.func @nested(%c: i1, %p: tensor<2xf32>, %r: tensor<f32>) {
  scf.if %c {
    // expected-error@+1 {{the gradient of 'arg1' is computed inside another op's region}}
    %a = math.tanh %p : tensor<2xf32>
    %p1 = gradopt.sgd %p, %a rate %r : tensor<2xf32>, tensor<f32>
  }
  return
}

// -----

// expected-error@+1 {{'taken' has two values to record as 'gradient/w/nonfinite'; rename the parameter, state or record that is called so}}
func.func @taken(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}, %d: tensor<2xf32>) -> (tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) {
  %zero = arith.constant dense<0> : tensor<i64>
  gradopt.record "gradient/w/nonfinite", %zero : tensor<i64>
  %g = gradopt.gradient %d of "w" : tensor<2xf32>
  %w1 = arith.subf %w, %g : tensor<2xf32>
  return %w1 : tensor<2xf32>
}
