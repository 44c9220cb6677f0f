// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-insert-norm-monitors="norms=true through-time=true"

// expected-error@+1 {{no gradients found: run gradopt-differentiate, or mark each gradient by 'gradopt.gradient' or the result that returns it by 'gradopt.grad = "PARAMETER"'}}
module {
  func.func @plain() {
    return
  }
}

// -----

// expected-error@+1 {{'gradopt-insert-norm-monitors' needs a function of one block that ends in a return of its results}}
func.func @blocks(%d: tensor<2xf32>) -> tensor<2xf32> {
  %g = gradopt.gradient %d of "w" : tensor<2xf32>
  cf.br ^next
^next:
  return %g : tensor<2xf32>
}

// -----

func.func @nested(%c: i1, %p: tensor<2xf32>, %r: tensor<f32>) {
  scf.if %c {
    // expected-error@+1 {{the gradient of 'arg1' is computed inside another op's region, where nothing can be recorded; move it to the body of 'nested'}}
    %a = math.tanh %p : tensor<2xf32>
    %p1 = gradopt.sgd %p, %a rate %r : tensor<2xf32>, tensor<f32>
  }
  return
}
