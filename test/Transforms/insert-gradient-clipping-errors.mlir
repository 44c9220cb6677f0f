// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-insert-gradient-clipping="kind=global_norm threshold=1.0"

// expected-error@+1 {{no gradients found: run gradopt-differentiate, or mark each gradient by 'gradopt.gradient' or the result that returns it by 'gradopt.grad = "PARAMETER"'}}
module {
  func.func @plain(%a: tensor<2xf32>) -> tensor<2xf32> {
    return %a : tensor<2xf32>
  }
}

// -----

// Declarations have no gradients.
// expected-error@+1 {{no gradients found}}
module {
  func.func private @declared(tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
      -> (tensor<2xf32> {gradopt.grad = "w"})
}

// -----

func.func @early_use(%w: tensor<2xf32>, %d: tensor<2xf32>)
    -> (tensor<2xf32>, tensor<2xf32>) {
  // expected-error@+1 {{the gradient of 'a' is used before the point where it can be clipped, so this use would go unclipped; move the use after all gradients that are clipped together}}
  %a = gradopt.gradient %d of "a" : tensor<2xf32>
  // expected-note@+1 {{it is used here}}
  %w1 = arith.subf %w, %a : tensor<2xf32>
  %e = math.tanh %d : tensor<2xf32>
  // expected-note@+1 {{the gradient of 'b' is the last of them}}
  %b = gradopt.gradient %e of "b" : tensor<2xf32>
  return %w1, %b : tensor<2xf32>, tensor<2xf32>
}

// -----

// The update goes by what is marked only later.
func.func @unmarked_use(%w: tensor<2xf32>, %d: tensor<2xf32>, %r: tensor<f32>)
    -> (tensor<2xf32>, tensor<2xf32>) {
  // expected-note@+1 {{it is used here}}
  %w1 = gradopt.sgd %w, %d rate %r : tensor<2xf32>, tensor<f32>
  // expected-error@+2 {{the gradient of 'a' is used before the point}}
  // expected-note@+1 {{the gradient of 'a' is the last of them}}
  %a = gradopt.gradient %d of "a" : tensor<2xf32>
  return %w1, %a : tensor<2xf32>, tensor<2xf32>
}

// -----

func.func @branches(%c: i1, %p: tensor<2xf32>, %d: tensor<2xf32>, %r: tensor<f32>) {
  scf.if %c {
    // expected-error@+1 {{the gradient of 'arg1' cannot be clipped together with the others: there is no point where all of them have been computed}}
    %a = math.tanh %d : tensor<2xf32>
    %p1 = gradopt.sgd %p, %a rate %r : tensor<2xf32>, tensor<f32>
  } else {
    %b = math.sin %d : tensor<2xf32>
    %p1 = gradopt.sgd %p, %b rate %r : tensor<2xf32>, tensor<f32>
  }
  return
}

// -----

func.func @mixed(%d: tensor<2xf32>, %e: tensor<2xf64>)
    -> (tensor<2xf32>, tensor<2xf64>) {
  // expected-note@+1 {{the gradient of 'a'}}
  %a = gradopt.gradient %d of "a" : tensor<2xf32>
  // expected-error@+1 {{the gradient of 'b' has elements of type 'f64' and is clipped together with that of 'a' of type 'f32'; give all of them one type}}
  %b = gradopt.gradient %e of "b" : tensor<2xf64>
  return %a, %b : tensor<2xf32>, tensor<2xf64>
}

// -----

func.func @unused_mark(%w: tensor<2xf32>, %d: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error@+1 {{the gradient of 'a' is marked, but nothing uses the result of this op, so that a clip has no effect; use the result in place of the operand}}
  %a = gradopt.gradient %d of "a" : tensor<2xf32>
  %w1 = arith.subf %w, %d : tensor<2xf32>
  return %w1 : tensor<2xf32>
}

// -----

func.func @ambiguous(
    %a: tensor<2xf32> {gradopt.param = #gradopt.param<"a">},
    %b: tensor<2xf32> {gradopt.param = #gradopt.param<"b">})
    -> (tensor<2xf32> {gradopt.grad = "a"}, tensor<2xf32> {gradopt.grad = "b"}) {
  // expected-error@+1 {{the gradient of 'a' is also used to compute another gradient; mark it by 'gradopt.gradient' and use the marked value where the clipped one is meant}}
  %da = math.tanh %a : tensor<2xf32>
  // expected-note@+1 {{it is used here}}
  %db = arith.mulf %da, %b : tensor<2xf32>
  return %da, %db : tensor<2xf32>, tensor<2xf32>
}

// -----

// A gradient that is no tensor.
func.func @buffer(%w: memref<2xf32> {gradopt.param = #gradopt.param<"w">},
                  // expected-error@+1 {{the gradient of 'w' has type 'memref<2xf32>'; gradients are ranked tensors of f32 or f64}}
                  %g: memref<2xf32>)
    -> (memref<2xf32> {gradopt.grad = "w"}) {
  return %g : memref<2xf32>
}

// -----

// expected-error@+1 {{cannot add the threshold of a clip as an argument to 'step' because other code may call it; call it only once all training passes have run}}
func.func @step(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}) attributes {gradopt.differentiated} {
  return %w : tensor<2xf32>
}
func.func @caller(%w: tensor<2xf32>) -> tensor<2xf32> {
  // expected-note@+1 {{it is used here}}
  %g = call @step(%w) : (tensor<2xf32>) -> tensor<2xf32>
  return %g : tensor<2xf32>
}

// -----

// What a step that gradopt differentiated records cannot stand in a region.
func.func @nested(%c: i1, %p: tensor<2xf32> {gradopt.param = #gradopt.param<"w">},
                  %r: tensor<f32>) attributes {gradopt.differentiated} {
  scf.if %c {
    // expected-error@+1 {{the gradient of 'w' is computed inside another op's region, where nothing can be recorded; move it to the body of 'nested'}}
    %a = math.tanh %p : tensor<2xf32>
    %p1 = gradopt.sgd %p, %a rate %r : tensor<2xf32>, tensor<f32>
  }
  return
}

// -----

func.func @shared(%g: tensor<2xf32>, %w: tensor<2xf32> {gradopt.param = #gradopt.param<"a">}, %v: tensor<2xf32> {gradopt.param = #gradopt.param<"b">})
    -> (tensor<2xf32> {gradopt.grad = "a"}, tensor<2xf32> {gradopt.grad = "b"}) {
  %0 = arith.addf %w, %v : tensor<2xf32>
  // expected-error @below {{one value is returned as the gradients of 'a' and 'b'; give each its own 'gradopt.gradient', so that both count}}
  return %0, %0 : tensor<2xf32>, tensor<2xf32>
}
