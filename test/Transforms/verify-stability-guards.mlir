// RUN: gradopt-opt %s --split-input-file --gradopt-verify-stability --verify-diagnostics

// What is updated is held by a guard, whose condition depends on a check of
// every gradient and of every next value. Nothing asks for clips here.

// One of two updates without a guard.

func.func @one_of_two(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                      %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                      %gw: tensor<4xf32>, %gb: tensor<4xf32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  %w1 = gradopt.sgd %w, %gw rate %rate : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{the next value}}
  %b1 = gradopt.sgd %b, %gb rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %gw, %gb, %w1, %b1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  // expected-note@+1 {{this guard does not hold it}}
  %r = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  // expected-error@+1 {{the next value of gradopt.param 'b' is returned without a guard: a step that is not finite would keep it; return it through the gradopt.guard of the step, or let gradopt-insert-finite-checks insert one}}
  return %r, %b1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// What else a skipped step must not change: the states of an optimizer, the
// step count, a carried state. A state that is returned as it came is fine.

func.func @states(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                  %u: tensor<4xf32> {gradopt.optimizer_state = "w/velocity"},
                  %n: tensor<i64> {gradopt.step_count},
                  %h: tensor<?x4xf32> {gradopt.state = "h"},
                  %k: tensor<?x4xf32> {gradopt.state = "k"},
                  %g: tensor<4xf32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.optimizer_state = "w/velocity"},
        tensor<i64> {gradopt.step_count}, tensor<?x4xf32> {gradopt.state = "h"},
        tensor<?x4xf32> {gradopt.state = "k"}) {
  // expected-note@+1 {{the next value}}
  %w1, %u1 = gradopt.momentum %w, %g, %u rate %rate {momentum = 0.9 : f64} : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{the next value}}
  %n1 = arith.addi %n, %n : tensor<i64>
  // expected-note@+1 {{the next value}}
  %h1 = math.tanh %h : tensor<?x4xf32>
  %ok = gradopt.check_finite %g, %w1, %u1, %h1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<?x4xf32>
  // expected-note@+1 {{this guard does not hold it}}
  %r = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  // expected-error@+3 {{the next value of gradopt.optimizer_state 'w/velocity' is returned without a guard}}
  // expected-error@+2 {{the next value of gradopt.step_count is returned without a guard}}
  // expected-error@+1 {{the next value of gradopt.state 'h' is returned without a guard}}
  return %r, %u1, %n1, %h1, %k : tensor<4xf32>, tensor<4xf32>, tensor<i64>, tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// A select is no guard, and neither is a branch.

func.func @select(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                  %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                  %gw: tensor<4xf32>, %gb: tensor<4xf32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  %w1 = gradopt.sgd %w, %gw rate %rate : tensor<4xf32>, tensor<f32>
  %b1 = gradopt.sgd %b, %gb rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %gw, %gb, %w1, %b1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  // expected-note@+1 {{the next value}}
  %r = arith.select %ok, %w1, %w : tensor<4xf32>
  // expected-note@+1 {{the next value}}
  %s = scf.if %ok -> (tensor<4xf32>) {
    scf.yield %b1 : tensor<4xf32>
  } else {
    scf.yield %b : tensor<4xf32>
  }
  // expected-error@+2 {{the next value of gradopt.param 'w' is returned without a guard}}
  // expected-error@+1 {{the next value of gradopt.param 'b' is returned without a guard}}
  return %r, %s : tensor<4xf32>, tensor<4xf32>
}

// -----

// Without names, what the function returns of an update counts.

func.func @no_names(%w: tensor<4xf32>, %g: tensor<4xf32>, %rate: tensor<f32>) -> tensor<4xf32> {
  // expected-error@+1 {{the next value of 'arg0' is returned without a guard}}
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{the next value}}
  %w2 = arith.negf %w1 : tensor<4xf32>
  return %w2 : tensor<4xf32>
}

// -----

// The guard must fall back to the old value.

func.func @falls_back(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                      %g: tensor<4xf32>, %rate: tensor<f32>)
    // expected-note@-2 {{the argument}}
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  // expected-note@+1 {{what it falls back to}}
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %g, %w1 : tensor<4xf32>, tensor<4xf32>
  // expected-error@+1 {{this guard falls back to another value than the old one of gradopt.param 'w': a skipped step would change it; give the guard the argument}}
  %r = gradopt.guard(%zero : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

// One gradient is not checked.

func.func @some_gradients(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                          %b: tensor<4xf32> {gradopt.param = #gradopt.param<"b">},
                          %dw: tensor<4xf32>, %db: tensor<4xf32>, %rate: tensor<f32>)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32> {gradopt.param = #gradopt.param<"b">}) {
  %gw = gradopt.gradient %dw of "w" : tensor<4xf32>
  // expected-note@+1 {{the value}}
  %gb = gradopt.gradient %db of "b" : tensor<4xf32>
  %w1 = gradopt.sgd %w, %gw rate %rate : tensor<4xf32>, tensor<f32>
  %b1 = gradopt.sgd %b, %gb rate %rate : tensor<4xf32>, tensor<f32>
  %ok = gradopt.check_finite %gw, %w1, %b1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  // expected-error@+1 {{the condition of this guard can be true while the gradient of 'b' holds NaN or Inf; make it depend on a gradopt.check_finite of it, joined by 'and'}}
  %r:2 = gradopt.guard(%w, %b : tensor<4xf32>, tensor<4xf32>) {
    gradopt.yield %ok, %w1, %b1 : i1, tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// The gradient is checked, the new value is not, but the old one. What the
// update has made is not yet what is returned.

func.func @old_value(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                     %g: tensor<4xf32>, %rate: tensor<f32>)
    // expected-note@-2 {{what is checked instead is the old value}}
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{the value}}
  %w2 = arith.addf %w1, %w1 : tensor<4xf32>
  %ok = gradopt.check_finite %g, %w, %w1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  // expected-error@+1 {{the condition of this guard can be true while the next value of gradopt.param 'w' holds NaN or Inf}}
  %r = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w2 : i1, tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

// 'or' in place of 'and', in conditions and in counts.

func.func @or(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
              %g: tensor<4xf32>, %rate: tensor<f32>)
    // expected-note@-1 {{the value}}
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  // expected-note@+1 {{the value}}
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{it is checked here, but the condition can be true whatever this check finds}}
  %a = gradopt.check_finite %g : tensor<4xf32>
  // expected-note@+1 {{it is checked here, but the condition can be true whatever this check finds}}
  %b = gradopt.check_finite %w1 : tensor<4xf32>
  %ok = arith.ori %a, %b : i1
  // expected-error@+2 {{the condition of this guard can be true while the gradient of 'w' holds NaN or Inf}}
  // expected-error@+1 {{the condition of this guard can be true while the next value of gradopt.param 'w' holds NaN or Inf}}
  %r = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

// Not zero, a product, a difference, a wrong limit: none of them says that there
// is nothing to count.

func.func @counts(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                  %g: tensor<4xf32>, %rate: tensor<f32>)
    // expected-note@-1 {{the value}}
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
        tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  // expected-note@+1 {{the value}}
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<4xf32>, tensor<f32>
  // expected-note@+1 {{it is checked here}}
  %ng = gradopt.count_nonfinite %g : tensor<4xf32>
  // expected-note@+1 {{it is checked here}}
  %nw = gradopt.count_nonfinite %w1 : tensor<4xf32>
  %a = tensor.extract %ng[] : tensor<i64>
  %b = tensor.extract %nw[] : tensor<i64>
  %sum = arith.addi %a, %b : i64
  %product = arith.muli %a, %b : i64
  %difference = arith.subi %a, %b : i64
  %ok0 = arith.cmpi ne, %sum, %zero : i64
  %ok1 = arith.cmpi eq, %product, %zero : i64
  %ok2 = arith.cmpi eq, %difference, %zero : i64
  %ok3 = arith.cmpi sle, %sum, %one : i64
  // expected-error@+2 {{while the gradient of 'w' holds}}
  // expected-error@+1 {{while the next value of gradopt.param 'w' holds}}
  %r0 = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok0, %w1 : i1, tensor<4xf32>
  }
  // expected-error@+2 {{while the gradient of 'w' holds}}
  // expected-error@+1 {{while the next value of gradopt.param 'w' holds}}
  %r1 = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok1, %w1 : i1, tensor<4xf32>
  }
  // expected-error@+2 {{while the gradient of 'w' holds}}
  // expected-error@+1 {{while the next value of gradopt.param 'w' holds}}
  %r2 = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok2, %w1 : i1, tensor<4xf32>
  }
  // expected-error@+2 {{while the gradient of 'w' holds}}
  // expected-error@+1 {{while the next value of gradopt.param 'w' holds}}
  %r3 = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok3, %w1 : i1, tensor<4xf32>
  }
  return %r0, %r1, %r2, %r3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// Constants, and a condition that the caller gives.

func.func @constants(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                     %g: tensor<4xf32>, %rate: tensor<f32>, %ok: i1)
    // expected-note@-1 {{the value}}
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}, tensor<4xf32>, tensor<4xf32>) {
  %true = arith.constant true
  // expected-note@+1 {{the condition}}
  %false = arith.constant false
  // expected-note@+1 {{the value}}
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<4xf32>, tensor<f32>
  // expected-error@+2 {{while the gradient of 'w' holds}}
  // expected-error@+1 {{while the next value of gradopt.param 'w' holds}}
  %r0 = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %true, %w1 : i1, tensor<4xf32>
  }
  // expected-error@+1 {{the condition of this guard is never true: no step would change anything; make it depend on checks of the gradients and of the new values}}
  %r1 = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %false, %w1 : i1, tensor<4xf32>
  }
  // expected-error@+2 {{while the gradient of 'w' holds}}
  // expected-error@+1 {{while the next value of gradopt.param 'w' holds}}
  %r2 = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %r0, %r1, %r2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// A check in one branch only. An op through which NaN need not come through is
// no way from the check back to the gradient.

func.func @branch(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">},
                  %d: tensor<4xf32>, %rate: tensor<f32>, %fast: i1)
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  // expected-note@+1 {{the value}}
  %g = gradopt.gradient %d of "w" : tensor<4xf32>
  // expected-note@+1 {{the value}}
  %w1 = gradopt.sgd %w, %g rate %rate : tensor<4xf32>, tensor<f32>
  %bounded = arith.maxnumf %g, %w : tensor<4xf32>
  %true = arith.constant true
  %ok = scf.if %fast -> (i1) {
    scf.yield %true : i1
  } else {
    // expected-note@+1 {{it is checked here}}
    %all = gradopt.check_finite %w1, %bounded : tensor<4xf32>, tensor<4xf32>
    scf.yield %all : i1
  }
  // expected-error@+2 {{while the gradient of 'w' holds}}
  // expected-error@+1 {{while the next value of gradopt.param 'w' holds}}
  %r = gradopt.guard(%w : tensor<4xf32>) {
    gradopt.yield %ok, %w1 : i1, tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

// expected-error@+1 {{'no_gradient' returns next values of parameters, but nothing in it is known as a gradient; mark each gradient by 'gradopt.gradient'}}
func.func @no_gradient(%w: tensor<4xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<4xf32> {gradopt.param = #gradopt.param<"w">}) {
  %w1 = math.tanh %w : tensor<4xf32>
  return %w1 : tensor<4xf32>
}

// -----

// expected-error@+1 {{no gradients found}}
module {
  func.func @plain() {
    return
  }
}
