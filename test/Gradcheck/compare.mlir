// Gradients after passes against those before them.

// RUN: split-file %s %t

// Each pipeline at each size. What leaves the IR as it was is not run again.
// RUN: gradopt-gradcheck %t/scan.mlir --compare=cse --compare=linalg-generalize-named-ops,cse --compare='func.func(linalg-generalize-named-ops),cse' --time=0,2 --batch=3,1 | FileCheck %s --check-prefix=OK --match-full-lines
// OK:      @rnn  cse  T = 0, B = 3  4 tensors, IR as seen before  ok
// OK-NEXT: @rnn  cse  T = 0, B = 1  4 tensors, IR as seen before  ok
// OK-NEXT: @rnn  cse  T = 2, B = 3  4 tensors, worst error 0.{{[0-9]+}} of what it may be ({{loss|y|grad.w|grad.u}} in f32), IR as seen before  ok
// OK-NEXT: @rnn  cse  T = 2, B = 1  4 tensors, worst error 0.{{[0-9]+}} of what it may be ({{loss|y|grad.w|grad.u}} in f32), IR as seen before  ok
// OK-NEXT: @rnn  linalg-generalize-named-ops,cse  T = 0, B = 3  4 tensors  ok
// OK:      @rnn  func.func(linalg-generalize-named-ops),cse  T = 0, B = 3  4 tensors, IR as seen before  ok
// OK:      1 functions, 12 comparisons, 48 tensors, IR seen before 2 times, worst error 0.{{[0-9]+}} of what it may be in f32, {{0|[0-9.]+e-[0-9]+}} in f64, 0 failed
// OK-NOT:  {{.}}

// A pass that changes results, of which the tool says which ones.
// RUN: not gradopt-gradcheck %t/dropout.mlir --compare=gradopt-disable-dropout | FileCheck %s --check-prefix=CHANGED
// CHANGED:      @loss  gradopt-disable-dropout  T = 5, B = 3  3 tensors, worst error {{.*}} of what it may be ({{.*}} in f64)  FAILED
// CHANGED-NEXT:   grad.w in f32: error {{[0-9.]+}}e{{.*}}, at most {{[0-9.]+}}e-0{{[67]}}
// CHANGED-NEXT:   grad.w in f64: error {{[0-9.]+}}e{{.*}}, at most 1.00e-12
// CHANGED:        y in f32: error
// CHANGED-NEXT:   y in f64: error
// CHANGED-NEXT: 1 functions, 1 comparisons, 3 tensors, {{.*}}, 1 failed

// Passes that fail are an error; the others are applied.
// RUN: not gradopt-gradcheck %t/dropout.mlir --compare='gradopt-insert-gradient-clipping{kind=odd}' --compare=cse > %t.out 2> %t.err
// RUN: FileCheck %s --check-prefix=FAILS --input-file=%t.out
// RUN: FileCheck %s --check-prefix=REASON --input-file=%t.err
// REASON: error: {{.*}}odd
// FAILS:      @loss  gradopt-insert-gradient-clipping{kind=odd}  cannot be applied  FAILED
// FAILS-NEXT: @loss  cse  T = 5, B = 3  3 tensors, {{.*}}  ok
// FAILS-NEXT: 1 functions, 1 comparisons, 3 tensors, {{.*}}, 1 failed
// RUN: not gradopt-gradcheck %t/dropout.mlir --compare=absent 2>&1 | FileCheck %s --check-prefix=ABSENT
// ABSENT: 'absent' does not refer to a registered pass or pass pipeline

// What counts behind the lengths is found; what does not is not.
// RUN: not gradopt-gradcheck %t/padding.mlir --compare=linalg-generalize-named-ops --padding=x=n --function=counts | FileCheck %s --check-prefix=PADDING
// PADDING: @counts  linalg-generalize-named-ops  T = 5, B = 3  2 tensors, worst error {{.*}}  FAILED
// PADDING-NEXT: grad.w: other bits if x is nan behind n
// PADDING-NEXT: loss: other bits if x is nan behind n
// PADDING-NEXT: grad.w: other bits if x is INF behind n
// RUN: gradopt-gradcheck %t/padding.mlir --compare=linalg-generalize-named-ops --padding=x=n --function=counts_not | FileCheck %s --check-prefix=NOPADDING
// RUN: gradopt-gradcheck %t/padding.mlir --compare=linalg-generalize-named-ops --padding=x=n --function=inner_loop | FileCheck %s --check-prefix=NOPADDING
// NOPADDING: 1 functions, 1 comparisons, {{[23]}} tensors, IR seen before 0 times, {{.*}} 0 failed
// Also where the passes change nothing.
// RUN: not gradopt-gradcheck %t/padding.mlir --compare=cse --padding=x=n --function=counts --time=4,2 | FileCheck %s --check-prefix=SAMEPADDING
// SAMEPADDING: @counts  cse  T = 4, B = 3  2 tensors, {{.*}}, IR as seen before  FAILED
// SAMEPADDING-NEXT: grad.w: other bits if x is nan behind n
// SAMEPADDING: @counts  cse  T = 2, B = 3  2 tensors, {{.*}}, IR as seen before  FAILED
// SAMEPADDING-NEXT: grad.w: other bits if x is nan behind n
// RUN: not gradopt-gradcheck %t/padding.mlir --compare=cse --padding=n=n --function=counts 2>&1 | FileCheck %s --check-prefix=NOROWS
// NOROWS: padding.mlir:1:{{[0-9]+}}: error: --padding: 'n' does not have time steps of 3 rows, as 'n' has

// RUN: not gradopt-gradcheck %t/scan.mlir --padding=x=n 2>&1 | FileCheck %s --check-prefix=ALONE
// ALONE: gradopt-gradcheck: --padding goes with --compare
// RUN: not gradopt-gradcheck %t/scan.mlir --compare=cse --padding=x 2>&1 | FileCheck %s --check-prefix=NAMES
// NAMES: gradopt-gradcheck: --padding takes the names of two inputs: --padding=INPUT=LENGTHS
// RUN: not gradopt-gradcheck %t/scan.mlir --compare=cse --values=x 2>&1 | FileCheck %s --check-prefix=ONE
// ONE: gradopt-gradcheck: --compare and --values: only one can be asked for

//--- scan.mlir
func.func @rnn(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3x2xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-0.5, 0.5)>},
    %u: tensor<2x2xf32> {gradopt.param = #gradopt.param<"u", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x?x2xf32> {gradopt.output = "y"}) {
  %y, %h = gradopt.rnn tanh %x : tensor<?x?x3xf32>
      weights(%w, %u : tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  %q = arith.mulf %y, %y : tensor<?x?x2xf32>
  %loss = gradopt.mean_squared_error %q, %y : tensor<?x?x2xf32>, tensor<?x?x2xf32> -> tensor<f32>
  return %loss, %y : tensor<f32>, tensor<?x?x2xf32>
}

//--- dropout.mlir
func.func @loss(
    %key: tensor<2xi64> {gradopt.random}, %count: tensor<i64> {gradopt.step_count},
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = constant(0.5)>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x?x3xf32> {gradopt.output = "y"}) {
  %d = gradopt.dropout %x rate 0.5 id 7 key(%key, %count) : tensor<?x?x3xf32>
  %y = linalg.generic {
      indexing_maps = [affine_map<(t, b, i) -> (i)>, affine_map<(t, b, i) -> (t, b, i)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w : tensor<3xf32>) outs(%d : tensor<?x?x3xf32>) {
  ^bb0(%we: f32, %xe: f32):
    %p = arith.mulf %we, %xe : f32
    linalg.yield %p : f32
  } -> tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss, %y : tensor<f32>, tensor<?x?x3xf32>
}

//--- padding.mlir
func.func @counts(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %n: tensor<?xi32> {gradopt.input = "n", gradopt.dims = "B"},
    %w: tensor<3x2xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %u = arith.constant dense<0.25> : tensor<2x2xf32>
  %y, %h = gradopt.rnn tanh %x : tensor<?x?x3xf32>
      weights(%w, %u : tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  %q = arith.mulf %y, %y : tensor<?x?x2xf32>
  %l0 = gradopt.mean_squared_error %q, %y lengths(%n : tensor<?xi32>) : tensor<?x?x2xf32>, tensor<?x?x2xf32> -> tensor<f32>
  %g = arith.mulf %h, %h : tensor<?x2xf32>
  %l1 = gradopt.mean_squared_error %g, %h : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}
func.func @counts_not(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %n: tensor<?xi32> {gradopt.input = "n", gradopt.dims = "B"},
    %w: tensor<3x2xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %u = arith.constant dense<0.25> : tensor<2x2xf32>
  %y, %h = gradopt.rnn tanh %x : tensor<?x?x3xf32> lengths(%n : tensor<?xi32>)
      weights(%w, %u : tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  %q = arith.mulf %y, %y : tensor<?x?x2xf32>
  %l0 = gradopt.mean_squared_error %q, %y lengths(%n : tensor<?xi32>) : tensor<?x?x2xf32>, tensor<?x?x2xf32> -> tensor<f32>
  %g = arith.mulf %h, %h : tensor<?x2xf32>
  %l1 = gradopt.mean_squared_error %g, %h : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}
// The steps of the inner loop are no time steps: five of x count, not three.
func.func @inner_loop(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %n: tensor<?xi32> {gradopt.input = "n", gradopt.dims = "B"},
    %w: tensor<3x2xf32> {gradopt.param = #gradopt.param<"w", init = uniform(-0.5, 0.5)>},
    %s0: tensor<2xf32> {gradopt.param = #gradopt.param<"s0", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %3 = arith.constant 3 : index
  %T = tensor.dim %x, %0 : tensor<?x?x3xf32>
  %s = scf.for %t = %0 to %T step %1 iter_args(%st = %s0) -> tensor<2xf32> {
    %next = gradopt.scan (%k) to %3 carries(%sk = %st : tensor<2xf32>) {
      %tanh = math.tanh %sk : tensor<2xf32>
      gradopt.yield %tanh : tensor<2xf32>
    }
    scf.yield %next : tensor<2xf32>
  }
  %u = arith.constant dense<0.25> : tensor<2x2xf32>
  %y, %h = gradopt.rnn tanh %x : tensor<?x?x3xf32> lengths(%n : tensor<?xi32>)
      weights(%w, %u : tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  %q = arith.mulf %y, %y : tensor<?x?x2xf32>
  %l0 = gradopt.mean_squared_error %q, %y lengths(%n : tensor<?xi32>) : tensor<?x?x2xf32>, tensor<?x?x2xf32> -> tensor<f32>
  %g = arith.mulf %s, %s : tensor<2xf32>
  %l1 = gradopt.mean_squared_error %g, %s : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}
