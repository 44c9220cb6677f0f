// RUN: gradopt-opt %s --canonicalize --allow-unregistered-dialect -split-input-file | FileCheck %s

// Everything that nothing needs goes; numbers, names and directions follow.
// CHECK-LABEL: @unneeded(
// CHECK-SAME:    %[[T:[^:]*]]: index, %[[X:[^:]*]]: tensor<?x2xf32>, %[[A:[^:]*]]: tensor<2xf32>, %[[B:[^:]*]]: tensor<2xf32>
// CHECK:         %[[R:.*]]:3 = gradopt.scan "s" (%{{.*}}) to %[[T]]
// CHECK-SAME:      carries(%[[H:.*]] = %[[B]] : tensor<2xf32>)
// CHECK-SAME:      inputs(%[[XT:.*]] = reverse %[[X]] : tensor<?x2xf32>)
// CHECK-SAME:      outputs(reverse tensor<?x2xf32>)
// CHECK-SAME:      histories(reverse 0 : tensor<?x2xf32>)
// CHECK-SAME:      attributes {carry_names = ["b"], kept}
// CHECK-NEXT:      %[[H1:.*]] = arith.addf %[[H]], %[[XT]]
// CHECK-NEXT:      %[[O:.*]] = math.tanh %[[H1]]
// CHECK-NEXT:      gradopt.yield %[[H1]], %[[O]] :
// CHECK-NEXT:    }
// CHECK-NEXT:    return %[[R]]#0, %[[R]]#1, %[[R]]#2
func.func @unneeded(%T: index, %x: tensor<?x2xf32>, %a0: tensor<2xf32>, %b0: tensor<2xf32>)
    -> (tensor<2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
  %r:6 = gradopt.scan "s" (%s) to %T
      carries(%a = %a0 : tensor<2xf32>, %b = %b0 : tensor<2xf32>)
      inputs(%y_t = %x : tensor<?x2xf32>, %x_t = reverse %x : tensor<?x2xf32>)
      outputs(tensor<?x2xf32>, reverse tensor<?x2xf32>)
      histories(0 : tensor<?x2xf32>, reverse 1 : tensor<?x2xf32>)
      attributes {carry_names = ["a", "b"], kept} {
    %a1 = arith.mulf %a, %y_t : tensor<2xf32>
    %b1 = arith.addf %b, %x_t : tensor<2xf32>
    %o = math.tanh %b1 : tensor<2xf32>
    gradopt.yield %a1, %b1, %a, %o : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  return %r#1, %r#3, %r#5 : tensor<2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// Two carries that only need each other are not needed; one that a needed one
// depends on is, even through a nested loop.
// CHECK-LABEL: @through_others(
// CHECK-SAME:    %[[T:[^:]*]]: index, %[[A:[^:]*]]: f32, %[[B:[^:]*]]: f32
// CHECK:         %[[R:.*]]:2 = gradopt.scan
// CHECK-SAME:      carries(%[[P:.*]] = %[[A]] : f32, %[[Q:.*]] = %[[B]] : f32)
// CHECK-NEXT:      arith.mulf %[[P]], %[[P]]
// CHECK-NEXT:      %[[N:.*]] = gradopt.scan
// CHECK-SAME:        carries(%[[M:.*]] = %[[Q]] : f32)
// CHECK-NEXT:        arith.addf %[[M]], %[[P]]
// CHECK:           gradopt.yield %{{.*}}, %[[N]] : f32, f32
// CHECK:         return %[[R]]#1
func.func @through_others(%T: index, %a: f32, %b: f32) -> f32 {
  %r:4 = gradopt.scan (%s) to %T carries(%u = %a : f32, %v = %b : f32, %p = %a : f32, %q = %b : f32) {
    %u1 = arith.addf %u, %v : f32
    %v1 = arith.mulf %u, %v : f32
    %p1 = arith.mulf %p, %p : f32
    %n = gradopt.scan (%i) to %T carries(%m = %q : f32) {
      %m1 = arith.addf %m, %p : f32
      gradopt.yield %m1 : f32
    }
    gradopt.yield %u1, %v1, %p1, %n : f32, f32, f32, f32
  }
  return %r#3 : f32
}

// -----

// A carry that never changes is its initial value, however it says so; with a
// history that is read it stays.
// CHECK-LABEL: @invariant(
// CHECK-SAME:    %[[T:[^:]*]]: index, %[[A:[^:]*]]: tensor<f32>, %[[B:[^:]*]]: tensor<f32>
// CHECK:         %[[R:.*]]:3 = gradopt.scan
// CHECK-SAME:      carries(%[[C:.*]] = %[[A]] : tensor<f32>, %[[D:.*]] = %[[A]] : tensor<f32>)
// CHECK-SAME:      histories(0 : tensor<?xf32>)
// CHECK-NEXT:      %[[S1:.*]] = arith.addf %[[D]], %[[A]]
// CHECK-NEXT:      %[[S2:.*]] = arith.addf %[[S1]], %[[B]]
// CHECK-NEXT:      gradopt.yield %[[C]], %[[S2]]
// CHECK:         return %[[A]], %[[B]], %[[R]]#2, %[[R]]#1
func.func @invariant(%T: index, %a: tensor<f32>, %b: tensor<f32>)
    -> (tensor<f32>, tensor<f32>, tensor<?xf32>, tensor<f32>) {
  %r:5 = gradopt.scan (%s) to %T
      carries(%h = %a : tensor<f32>, %g = %b : tensor<f32>, %c = %a : tensor<f32>, %d = %a : tensor<f32>)
      histories(2 : tensor<?xf32>) {
    %s1 = arith.addf %d, %h : tensor<f32>
    %s2 = arith.addf %s1, %g : tensor<f32>
    gradopt.yield %h, %b, %c, %s2 : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
  }
  return %r#0, %r#1, %r#4, %r#3 : tensor<f32>, tensor<f32>, tensor<?xf32>, tensor<f32>
}

// -----

// An effect in the body keeps what it depends on, and the scan.
// CHECK-LABEL: @effect(
// CHECK:         gradopt.scan
// CHECK-SAME:      carries(%[[H:.*]] = %{{.*}} : f32)
// CHECK-NEXT:      memref.store %[[H]]
func.func @effect(%T: index, %a: f32, %m: memref<?xf32>) {
  %r = gradopt.scan (%s) to %T carries(%h = %a : f32) {
    memref.store %h, %m[%s] : memref<?xf32>
    %h1 = arith.mulf %h, %a : f32
    gradopt.yield %h1 : f32
  }
  return
}

// -----

// No steps.
// CHECK-LABEL: @no_steps(
// CHECK-SAME:    %[[H:[^:]*]]: tensor<?x4xf32>, %[[S:[^:]*]]: tensor<f32>, %[[X:[^:]*]]: tensor<0x?x4xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[XB:.*]] = tensor.dim %[[X]], %[[C1]]
// CHECK-DAG:     %[[Y:.*]] = tensor.empty(%[[XB]]) : tensor<0x?x4xf32>
// CHECK-DAG:     %[[YD:.*]] = tensor.cast %[[Y]] : tensor<0x?x4xf32> to tensor<?x?x4xf32>
// CHECK-DAG:     %[[HB:.*]] = tensor.dim %[[H]], %[[C0]]
// CHECK-DAG:     %[[HS:.*]] = tensor.expand_shape %[[H]] {{\[\[}}0, 1], [2]] output_shape [1, %[[HB]], 4]
// CHECK-DAG:     %[[SS:.*]] = tensor.expand_shape %[[S]] [] output_shape [1] : tensor<f32> into tensor<1xf32>
// CHECK-NOT:     gradopt.scan
// CHECK:         return %[[H]], %[[S]], %[[YD]], %[[HS]], %[[SS]]
func.func @no_steps(%h0: tensor<?x4xf32>, %s0: tensor<f32>, %x: tensor<0x?x4xf32>)
    -> (tensor<?x4xf32>, tensor<f32>, tensor<?x?x4xf32>, tensor<1x?x4xf32>, tensor<1xf32>) {
  %T = arith.constant 0 : index
  %r:5 = gradopt.scan (%s) to %T
      carries(%h = %h0 : tensor<?x4xf32>, %k = %s0 : tensor<f32>)
      inputs(%x_t = %x : tensor<0x?x4xf32>)
      outputs(tensor<?x?x4xf32>)
      histories(0 : tensor<1x?x4xf32>, reverse 1 : tensor<1xf32>) {
    %y = math.tanh %x_t : tensor<?x4xf32>
    %h1 = arith.addf %h, %y : tensor<?x4xf32>
    %k1 = math.tanh %k : tensor<f32>
    gradopt.yield %h1, %k1, %y : tensor<?x4xf32>, tensor<f32>, tensor<?x4xf32>
  }
  return %r#0, %r#1, %r#2, %r#3, %r#4 : tensor<?x4xf32>, tensor<f32>, tensor<?x?x4xf32>, tensor<1x?x4xf32>, tensor<1xf32>
}

// -----

// No steps, but a size that only the body knows: it stays.
// CHECK-LABEL: @no_steps_unknown_size(
// CHECK:         gradopt.scan
func.func @no_steps_unknown_size() -> tensor<0x?xf32> {
  %T = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %r = gradopt.scan (%s) to %T outputs(tensor<0x?xf32>) {
    %e = tensor.empty(%s) : tensor<?xf32>
    %f = linalg.fill ins(%one : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    gradopt.yield %f : tensor<?xf32>
  }
  return %r : tensor<0x?xf32>
}

// -----

// Sizes in the body are those outside.
// CHECK-LABEL: @sizes(
// CHECK-SAME:    %[[T:[^:]*]]: index, %[[X:[^:]*]]: tensor<?x?xf32>, %[[H:[^:]*]]: tensor<?xf32>
// CHECK:         gradopt.scan
// CHECK-DAG:       %[[A:.*]] = tensor.dim %[[H]], %c0
// CHECK-DAG:       %[[B:.*]] = tensor.dim %[[X]], %c1
// CHECK:           "use"(%[[A]], %[[B]])
func.func @sizes(%T: index, %x: tensor<?x?xf32>, %h0: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?xf32>) inputs(%x_t = %x : tensor<?x?xf32>) {
    %a = tensor.dim %h, %c0 : tensor<?xf32>
    %b = tensor.dim %x_t, %c0 : tensor<?xf32>
    "use"(%a, %b) : (index, index) -> ()
    %h1 = arith.addf %h, %x_t : tensor<?xf32>
    gradopt.yield %h1 : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// -----

// Each row of the output is the same value: the scan that reads them uses it,
// whatever reads the output otherwise.
// CHECK-LABEL: @constant_rows(
// CHECK-SAME:    %[[T:[^:]*]]: index, %[[W:[^:]*]]: tensor<2xf32>, %[[H:[^:]*]]: tensor<2xf32>
// CHECK:         %[[Y:.*]] = gradopt.scan (%{{.*}}) to %[[T]] outputs(tensor<?x2xf32>)
// CHECK-NEXT:      gradopt.yield %[[W]]
// CHECK:         %[[R:.*]] = gradopt.scan (%{{.*}}) to %[[T]] carries(%[[C:.*]] = %[[H]] : tensor<2xf32>) {
// CHECK-NEXT:      %[[M:.*]] = arith.mulf %[[C]], %[[W]]
// CHECK-NEXT:      gradopt.yield %[[M]]
// CHECK:         return %[[R]], %[[Y]]
func.func @constant_rows(%T: index, %w: tensor<2xf32>, %h0: tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32>) {
  %y = gradopt.scan (%s) to %T outputs(tensor<?x2xf32>) {
    gradopt.yield %w : tensor<2xf32>
  }
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2xf32>) inputs(%w_t = reverse %y : tensor<?x2xf32>) {
    %h1 = arith.mulf %h, %w_t : tensor<2xf32>
    gradopt.yield %h1 : tensor<2xf32>
  }
  return %r, %y : tensor<2xf32>, tensor<?x2xf32>
}
