// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-bind-step-to-arena=function=step
// RUN: echo "module {}" | not gradopt-opt --gradopt-bind-step-to-arena 2>&1 | FileCheck %s --check-prefix=RECIPE
// RUN: echo "module {}" | not gradopt-opt --gradopt-bind-step-to-arena=function=nowhere 2>&1 | FileCheck %s --check-prefix=NAME

// RECIPE: error: no step to lower: the module has no gradopt.recipe, and the option function is not given
// RECIPE-NOT: see current operation
// NAME: error: no step to lower: there is no function @nowhere; gradopt-differentiate makes it of a loss function
// NAME-NOT: see current operation

// expected-error@+1 {{step @step: argument #1 has no name: every argument and result of a step carries one of the attributes gradopt.input, gradopt.param, gradopt.state, gradopt.loss, gradopt.output, ...}}
func.func @step(%x: tensor<2xf32> {gradopt.input = "x"}, %y: tensor<2xf32>) {
  return
}

// -----

// expected-error@+1 {{step @step: argument #0 has type 'f32', but a step takes and gives ranked tensors}}
func.func @step(%x: f32) {
  return
}

// -----

// expected-error@+1 {{step @step: argument #0 has type 'memref<2xf32>', but a step takes and gives ranked tensors}}
func.func @step(%x: memref<2xf32> {gradopt.input = "x"}) {
  return
}

// -----

// expected-error@+1 {{step @step: result #0 has no name}}
func.func @step(%x: tensor<2xf32> {gradopt.input = "x"}) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}

// -----

// expected-error@+1 {{step @step: result #0 has type 'index', but a step takes and gives ranked tensors}}
func.func @step() -> index {
  %c0 = arith.constant 0 : index
  return %c0 : index
}

// -----

// expected-error@+1 {{step @step: argument #0 has rank 9, but a step takes and gives at most 8}}
func.func @step(%x: tensor<1x1x1x1x1x1x1x1x1xf32> {gradopt.input = "x"}) {
  return
}

// -----

// expected-error@+1 {{step @step: argument #0 has a name that is not UTF-8 or holds a zero byte; the runtime takes names as zero-terminated UTF-8}}
func.func @step(%x: tensor<2xf32> {gradopt.input = "x\00y"}) {
  return
}

// -----

// expected-error@+1 {{step @step: argument #0 has a name that is not UTF-8}}
func.func @step(%x: tensor<2xf32> {gradopt.input = "\FF"}) {
  return
}

// -----

func.func @step(%x: tensor<2xf32> {gradopt.input = "x"}) {
  // expected-error@+1 {{the record has a name that is not UTF-8 or holds a zero byte; the runtime takes names as zero-terminated UTF-8}}
  gradopt.record "a\00b", %x : tensor<2xf32>
  return
}

// -----

// The rows of a history are one more than the time steps.
// expected-error@+1 {{step @step: dimension #0 of result #0 stands for the number of time steps, but the size of what is returned is not known to be that; return a value of this size, or say by gradopt.dims which size it has}}
func.func @step(%x: tensor<?x2xf32> {gradopt.input = "x"}) -> (tensor<?x2xf32> {gradopt.output = "long"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x2xf32>
  %rows = arith.addi %T, %c1 : index
  // expected-note@+1 {{this is returned}}
  %long = tensor.empty(%rows) : tensor<?x2xf32>
  return %long : tensor<?x2xf32>
}

// -----

// A value for each row of the batch, as time without gradopt.dims.
// expected-error@+1 {{step @step: dimension #0 of result #0 stands for the number of time steps}}
func.func @step(
    // expected-note@+1 {{this is returned}}
    %x: tensor<?xf32> {gradopt.input = "x", gradopt.dims = "B"})
    -> (tensor<?xf32> {gradopt.output = "rows"}) {
  return %x : tensor<?xf32>
}

// -----

// expected-error@+1 {{step @step: dimension #0 of result #0 stands for the size of the batch}}
func.func @step(
    // expected-note@+1 {{this is returned}}
    %x: tensor<?xf32> {gradopt.input = "x"}, %h: tensor<?xf32> {gradopt.state = "h"})
    -> (tensor<?xf32> {gradopt.state = "h"}) {
  return %x : tensor<?xf32>
}

// -----

func.func @step(%x: tensor<?xf32> {gradopt.input = "x"}, %n: tensor<i64> {gradopt.input = "n"}) {
  %0 = tensor.extract %n[] : tensor<i64>
  %1 = arith.index_cast %0 : i64 to index
  %2 = tensor.extract_slice %x[0] [%1] [1] : tensor<?xf32> to tensor<?xf32>
  // expected-error@+1 {{the size of what is recorded as "some" is not known to be the number of time steps or the size of the batch; record a value of a static size or of one of these}}
  gradopt.record "some", %2 : tensor<?xf32>
  return
}

// -----

// A value of one size that is known, but whose type does not say so.
func.func @step(%x: tensor<2xf32> {gradopt.input = "x"}) {
  %0 = tensor.cast %x : tensor<2xf32> to tensor<?xf32>
  // expected-error@+1 {{the size of what is recorded as "two" is not known to be}}
  gradopt.record "two", %0 : tensor<?xf32>
  return
}

// -----

// expected-error@+1 {{step @step: a step has one block of operations that ends with func.return}}
func.func @step(%x: tensor<2xf32> {gradopt.input = "x"}) {
  cf.br ^bb1
^bb1:
  return
}

// -----

// expected-error@+1 {{step @step: a step has one block of operations that ends with func.return}}
func.func private @step(tensor<2xf32> {gradopt.input = "x"})

// -----

// expected-error@+1 {{step @step: a step has one block of operations that ends with func.return}}
func.func @step(%x: tensor<2xf32> {gradopt.input = "x"}) {
  llvm.unreachable
}

// -----

func.func private @elsewhere(tensor<2xf32>) -> tensor<2xf32>
func.func @step(%x: tensor<2xf32> {gradopt.input = "x"}) {
  // expected-error@+1 {{a step cannot pass tensors to a function that is not inlined: give the function a body in this module that does not call itself}}
  %0 = call @elsewhere(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @step(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.param = #gradopt.param<"w">}, tensor<2xf32> {gradopt.output = "y"}) {
  // expected-error@+1 {{a guard's result #0 can only be returned as the next value of the argument that it guards: the step itself does not know yet which of the two is taken}}
  %r = gradopt.guard(%w : tensor<2xf32>) {
    %ok = gradopt.check_finite %w : tensor<2xf32>
    gradopt.yield %ok, %w : i1, tensor<2xf32>
  }
  // expected-note@+1 {{used here}}
  %y = arith.addf %r, %r : tensor<2xf32>
  return %r, %y : tensor<2xf32>, tensor<2xf32>
}

// -----

// The next value of another argument.
func.func @step(%v: tensor<2xf32> {gradopt.param = #gradopt.param<"v">}, %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.param = #gradopt.param<"v">}) {
  // expected-error@+1 {{a guard's result #0 can only be returned as the next value of the argument that it guards}}
  %r = gradopt.guard(%w : tensor<2xf32>) {
    %ok = gradopt.check_finite %w : tensor<2xf32>
    gradopt.yield %ok, %w : i1, tensor<2xf32>
  }
  // expected-note@+1 {{used here}}
  return %r : tensor<2xf32>
}

// -----

func.func @step(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) {
  %ok = gradopt.check_finite %w : tensor<2xf32>
  %r = scf.if %ok -> tensor<2xf32> {
    // expected-error@+1 {{a guard stands in the step's body, not in another op: which of its values is taken is known only when the whole step has run}}
    %g = gradopt.guard(%w : tensor<2xf32>) {
      gradopt.yield %ok, %w : i1, tensor<2xf32>
    }
    scf.yield %g : tensor<2xf32>
  } else {
    scf.yield %w : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// -----

func.func @step(%x: tensor<2xf32> {gradopt.input = "x"}) {
  return
}
// expected-error@+1 {{@step_commit is what the compiled step @step exports; give this another name}}
func.func @step_commit() {
  return
}

// -----

func.func @step(%x: tensor<2xf32> {gradopt.input = "x"}) {
  return
}
// expected-error@+1 {{@step_manifest is what the compiled step @step exports; give this another name}}
llvm.mlir.global external constant @step_manifest("")
