// RUN: gradopt-opt %s --loop-invariant-code-motion -split-input-file | FileCheck %s --check-prefix=LICM
// RUN: gradopt-opt %s --cse -split-input-file | FileCheck %s --check-prefix=CSE
// RUN: gradopt-opt %s --sccp -split-input-file | FileCheck %s --check-prefix=SCCP
// RUN: gradopt-opt %s --remove-dead-values -split-input-file | FileCheck %s --check-prefix=DEAD
// RUN: gradopt-opt %s --int-range-optimizations -split-input-file | FileCheck %s --check-prefix=RANGE
// RUN: gradopt-opt %s --control-flow-sink -split-input-file | FileCheck %s --check-prefix=SINK
// RUN: gradopt-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize -split-input-file | FileCheck %s --check-prefix=DIMS

// What is constant in time leaves the loop; what may trap does not, for there
// may be no steps.
// LICM-LABEL: @invariant(
// LICM:         arith.mulf
// LICM:         gradopt.scan
// LICM-NEXT:      arith.divsi
// LICM-NEXT:      arith.addf
// CSE-LABEL: @invariant(
// CSE:         gradopt.scan
// SINK-LABEL: @invariant(
func.func @invariant(%T: index, %a: f32, %i: i64, %j: i64, %x: f32) -> (f32, i64) {
  %r:2 = gradopt.scan (%s) to %T carries(%h = %x : f32, %n = %i : i64) {
    %c = arith.mulf %a, %a : f32
    %q = arith.divsi %i, %j : i64
    %h1 = arith.addf %h, %c : f32
    gradopt.yield %h1, %q : f32, i64
  }
  return %r#0, %r#1 : f32, i64
}

// -----

// CSE-LABEL: @same(
// CSE:         gradopt.scan
// CSE-NEXT:      %[[A:.*]] = math.tanh
// CSE-NEXT:      gradopt.yield %[[A]], %[[A]] :
// CSE:         gradopt.scan
// CSE:       return
func.func @same(%T: index, %x: tensor<?x4xf32>, %h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<?x4xf32>) {
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %x : tensor<?x4xf32>) outputs(tensor<?x4xf32>) {
    %a = math.tanh %x_t : tensor<4xf32>
    %b = math.tanh %x_t : tensor<4xf32>
    gradopt.yield %a, %b : tensor<4xf32>, tensor<4xf32>
  }
  // Another direction: not the same.
  %q:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = reverse %x : tensor<?x4xf32>) outputs(tensor<?x4xf32>) {
    %a = math.tanh %x_t : tensor<4xf32>
    gradopt.yield %a, %a : tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1, %q#0, %q#1 : tensor<4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<?x4xf32>
}

// -----

// A carry that never changes is a constant, an output made of it is not: it holds
// that value once for each step. A slice is not its input.
// SCCP-LABEL: @constants(
// SCCP:         %[[SEVEN:.*]] = arith.constant dense<7.000000e+00> : tensor<2xf32>
// SCCP:         %[[R:.*]]:3 = gradopt.scan
// SCCP-SAME:      inputs(%[[X_T:.*]] = %{{.*}} :
// SCCP-NEXT:      %[[TANH:.*]] = math.tanh %[[X_T]] : tensor<2xf32>
// SCCP-NEXT:      gradopt.yield %[[SEVEN]], %[[TANH]], %[[SEVEN]] :
// SCCP:         return %[[SEVEN]], %[[R]]#1, %[[R]]#2 :
func.func @constants() -> (tensor<2xf32>, tensor<2xf32>, tensor<2x2xf32>) {
  %T = arith.constant 2 : index
  %seven = arith.constant dense<7.0> : tensor<2xf32>
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %r:3 = gradopt.scan (%s) to %T
      carries(%h = %seven : tensor<2xf32>, %g = %seven : tensor<2xf32>)
      inputs(%x_t = %x : tensor<2x2xf32>) outputs(tensor<2x2xf32>) {
    %t = math.tanh %x_t : tensor<2xf32>
    gradopt.yield %h, %t, %h : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<2xf32>, tensor<2xf32>, tensor<2x2xf32>
}

// -----

// What is yielded is another constant than the initial value: with no steps the
// result is the latter.
// SCCP-LABEL: @not_constant(
// SCCP:         %[[R:.*]] = gradopt.scan
// SCCP:         return %[[R]] :
func.func @not_constant(%T: index) -> i64 {
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 2 : i64
  %r = gradopt.scan (%s) to %T carries(%h = %c1 : i64) {
    gradopt.yield %c2 : i64
  }
  return %r : i64
}

// -----

// SCCP-LABEL: @constant_history(
// SCCP:         %[[R:.*]]:2 = gradopt.scan
// SCCP:         return %[[R]]#1 :
func.func @constant_history(%T: index) -> tensor<?xf32> {
  %seven = arith.constant dense<7.0> : tensor<f32>
  %r:2 = gradopt.scan (%s) to %T carries(%h = %seven : tensor<f32>) histories(0 : tensor<?xf32>) {
    gradopt.yield %h : tensor<f32>
  }
  return %r#1 : tensor<?xf32>
}

// -----

// The step index lies between 0 and the count.
// RANGE-LABEL: @range(
// RANGE-DAG:     %[[TRUE:.*]] = arith.constant true
// RANGE:         gradopt.scan
// RANGE:           gradopt.yield %{{.*}}, %[[TRUE]] :
func.func @range() -> (index, i1) {
  %T = arith.constant 10 : index
  %c0 = arith.constant 0 : index
  %false = arith.constant false
  %r:2 = gradopt.scan (%s) to %T carries(%n = %c0 : index, %b = %false : i1) {
    %less = arith.cmpi ult, %s, %T : index
    gradopt.yield %s, %less : index, i1
  }
  return %r#0, %r#1 : index, i1
}

// -----

// Parts that nobody reads go, all their traces with them: the first carry, whose
// own next value alone needs it, the second output and the first history.
// DEAD-LABEL: @dead(
// DEAD-SAME:    %[[T:[^:]*]]: index, %[[X:[^:]*]]: tensor<?x2xf32>, %[[A:[^:]*]]: tensor<2xf32>, %[[B:[^:]*]]: tensor<2xf32>
// DEAD:         %[[R:.*]]:2 = gradopt.scan "s" (%{{.*}}) to %[[T]]
// DEAD-SAME:      carries(%[[H:.*]] = %[[B]] : tensor<2xf32>)
// DEAD-SAME:      inputs(%[[XT:.*]] = reverse %[[X]] : tensor<?x2xf32>)
// DEAD-SAME:      outputs(reverse tensor<?x2xf32>)
// DEAD-SAME:      attributes {carry_names = ["b"]}
// DEAD-NEXT:      %[[H1:.*]] = arith.addf %[[H]], %[[XT]]
// DEAD-NEXT:      %[[O:.*]] = math.tanh %[[H1]]
// DEAD-NEXT:      gradopt.yield %[[H1]], %[[O]] :
// DEAD-NEXT:    }
// DEAD-NEXT:    return %[[R]]#0, %[[R]]#1
func.func @dead(%T: index, %x: tensor<?x2xf32>, %a0: tensor<2xf32>, %b0: tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32>) {
  %r:5 = gradopt.scan "s" (%s) to %T
      carries(%a = %a0 : tensor<2xf32>, %b = %b0 : tensor<2xf32>)
      inputs(%y_t = %x : tensor<?x2xf32>, %x_t = reverse %x : tensor<?x2xf32>)
      outputs(tensor<?x2xf32>, reverse tensor<?x2xf32>)
      histories(0 : tensor<?x2xf32>) attributes {carry_names = ["a", "b"]} {
    %a1 = arith.mulf %a, %y_t : tensor<2xf32>
    %b1 = arith.addf %b, %x_t : tensor<2xf32>
    %o = math.tanh %b1 : tensor<2xf32>
    gradopt.yield %a1, %b1, %a, %o : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  return %r#1, %r#3 : tensor<2xf32>, tensor<?x2xf32>
}

// -----

// What only the history or the output reads is not dead.
// DEAD-LABEL: @alive(
// DEAD:         gradopt.scan
// DEAD-SAME:      carries(%{{.*}} = %{{.*}} : tensor<2xf32>, %{{.*}} = %{{.*}} : tensor<2xf32>)
// DEAD-NEXT:      arith.mulf
// DEAD-NEXT:      math.tanh
// DEAD-NEXT:      math.exp
// DEAD-NEXT:      gradopt.yield
func.func @alive(%T: index, %x: tensor<?x2xf32>, %a0: tensor<2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %r:4 = gradopt.scan (%s) to %T
      carries(%a = %a0 : tensor<2xf32>, %b = %a0 : tensor<2xf32>)
      inputs(%x_t = %x : tensor<?x2xf32>)
      outputs(tensor<?x2xf32>) histories(0 : tensor<?x2xf32>) {
    %a1 = arith.mulf %a, %x_t : tensor<2xf32>
    %b1 = math.tanh %x_t : tensor<2xf32>
    %o = math.exp %b : tensor<2xf32>
    gradopt.yield %a1, %b1, %o : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  return %r#2, %r#3 : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// The analysis learns only from the functions further down and up that these
// results are needed, after it has seen the bodies.
// DEAD-LABEL: @late_output(
// DEAD:         gradopt.scan
// DEAD-NEXT:      math.tanh
// DEAD-LABEL: @late_history(
// DEAD:         gradopt.scan
// DEAD-SAME:      carries(%{{.*}} = %{{.*}} : tensor<f32>) inputs(
// DEAD-NEXT:      math.tanh
// DEAD-LABEL: @late_init(
// DEAD-SAME:    %[[A0:[^ ]*]]: tensor<f32>
// DEAD:         gradopt.scan
// DEAD-SAME:      carries(%{{.*}} = %[[A0]] : tensor<f32>) inputs(
// DEAD-NEXT:      math.exp
// DEAD-LABEL: @late(
func.func private @external(tensor<?xf32>)
func.func private @use(%v: tensor<?xf32>) {
  %u = math.exp %v : tensor<?xf32>
  call @external(%u) : (tensor<?xf32>) -> ()
  return
}
func.func private @late_output(%T: index, %x: tensor<?xf32>) -> tensor<?xf32> {
  %r = gradopt.scan (%s) to %T inputs(%x_t = %x : tensor<?xf32>) outputs(tensor<?xf32>) {
    %n = math.tanh %x_t : tensor<f32>
    gradopt.yield %n : tensor<f32>
  }
  return %r : tensor<?xf32>
}
func.func private @late_history(%T: index, %x: tensor<?xf32>, %a0: tensor<f32>) -> tensor<?xf32> {
  %r:2 = gradopt.scan (%s) to %T carries(%a = %a0 : tensor<f32>) inputs(%x_t = %x : tensor<?xf32>)
      histories(0 : tensor<?xf32>) {
    %n = math.tanh %x_t : tensor<f32>
    gradopt.yield %n : tensor<f32>
  }
  return %r#1 : tensor<?xf32>
}
func.func private @late_init(%T: index, %x: tensor<?xf32>, %a0: tensor<f32>) -> tensor<f32> {
  %r = gradopt.scan (%s) to %T carries(%a = %a0 : tensor<f32>) inputs(%x_t = %x : tensor<?xf32>) {
    %n = math.exp %x_t : tensor<f32>
    gradopt.yield %n : tensor<f32>
  }
  return %r : tensor<f32>
}
func.func @late(%c: index, %h: tensor<?xf32>, %g: tensor<f32>) {
  %0 = call @late_output(%c, %h) : (index, tensor<?xf32>) -> tensor<?xf32>
  call @use(%0) : (tensor<?xf32>) -> ()
  %1 = call @late_history(%c, %h, %g) : (index, tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
  call @use(%1) : (tensor<?xf32>) -> ()
  %2 = call @late_init(%c, %h, %g) : (index, tensor<?xf32>, tensor<f32>) -> tensor<f32>
  %3 = tensor.expand_shape %2 [] output_shape [1] : tensor<f32> into tensor<1xf32>
  %4 = tensor.cast %3 : tensor<1xf32> to tensor<?xf32>
  call @use(%4) : (tensor<?xf32>) -> ()
  return
}

// -----

// A step may be run more than once, so that nothing is sunk into the body.
// SINK-LABEL: @sink(
// SINK:         math.tanh
// SINK:         gradopt.scan
func.func @sink(%T: index, %w: f32, %x: f32) -> f32 {
  %t = math.tanh %w : f32
  %r = gradopt.scan (%s) to %T carries(%h = %x : f32) {
    %h1 = arith.mulf %h, %t : f32
    gradopt.yield %h1 : f32
  }
  return %r : f32
}

// -----

// Sizes of results, in terms of values outside of the loop.
// DIMS-LABEL: @sizes(
// DIMS-SAME:    %[[T:[^:]*]]: index, %[[N:[^:]*]]: index, %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[H:[^:]*]]: tensor<?x8xf32>
// DIMS-DAG:     %[[C0:.*]] = arith.constant 0 : index
// DIMS-DAG:     %[[C1:.*]] = arith.constant 1 : index
// DIMS-DAG:     %[[T1:.*]] = arith.addi %[[T]], %[[C1]]
// DIMS-DAG:     %[[HB:.*]] = tensor.dim %[[H]], %[[C0]]
// DIMS-DAG:     %[[XB:.*]] = tensor.dim %[[X]], %[[C1]]
// DIMS-DAG:     %[[N1:.*]] = arith.addi %[[N]], %[[HB]]
// DIMS-NOT:     gradopt.scan
// DIMS:         return %[[HB]], %[[T]], %[[XB]], %[[N1]], %[[T1]], %[[HB]]
func.func @sizes(%T: index, %N: index, %x: tensor<?x?x8xf32>, %h0: tensor<?x8xf32>)
    -> (index, index, index, index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %r:4 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x8xf32>)
      inputs(%x_t = %x : tensor<?x?x8xf32>)
      outputs(tensor<?x?x8xf32>, tensor<?x?xf32>) histories(0 : tensor<?x?x8xf32>) {
    %y = math.tanh %x_t : tensor<?x8xf32>
    %b = tensor.dim %h, %c0 : tensor<?x8xf32>
    %n = arith.addi %N, %b : index
    %e = tensor.empty(%n) : tensor<?xf32>
    %f = linalg.fill ins(%one : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    %h1 = arith.addf %h, %y : tensor<?x8xf32>
    gradopt.yield %h1, %y, %f : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?xf32>
  }
  %0 = tensor.dim %r#0, %c0 : tensor<?x8xf32>
  %1 = tensor.dim %r#1, %c0 : tensor<?x?x8xf32>
  %2 = tensor.dim %r#1, %c1 : tensor<?x?x8xf32>
  %3 = tensor.dim %r#2, %c1 : tensor<?x?xf32>
  %4 = tensor.dim %r#3, %c0 : tensor<?x?x8xf32>
  %5 = tensor.dim %r#3, %c1 : tensor<?x?x8xf32>
  return %0, %1, %2, %3, %4, %5 : index, index, index, index, index, index
}

// -----

// A size that depends on the step stays a question to the scan.
// DIMS-LABEL: @unknown_size(
// DIMS:         %[[R:.*]] = gradopt.scan
// DIMS:         tensor.dim %[[R]]
func.func @unknown_size(%T: index) -> index {
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %r = gradopt.scan (%s) to %T outputs(tensor<?x?xf32>) {
    %e = tensor.empty(%s) : tensor<?xf32>
    %f = linalg.fill ins(%one : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    gradopt.yield %f : tensor<?xf32>
  }
  %0 = tensor.dim %r, %c1 : tensor<?x?xf32>
  return %0 : index
}
