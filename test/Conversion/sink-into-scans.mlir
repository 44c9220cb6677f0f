// RUN: gradopt-opt %s --gradopt-sink-into-scans --split-input-file | FileCheck %s

// The sequence itself is the input, in the direction of the one that it replaces.

#id = affine_map<(t, b, j) -> (t, b, j)>
// CHECK-DAG: #[[ID2:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @elementwise
// CHECK-SAME:    %[[Y:[^:, ]+]]: tensor<?x?x4xf32>
func.func @elementwise(%T: index, %B: index, %y: tensor<?x?x4xf32>, %h0: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %e = tensor.empty(%T, %B) : tensor<?x?x4xf32>
  // CHECK-NOT: linalg
  %dy = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : tensor<?x?x4xf32>) outs(%e : tensor<?x?x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<?x?x4xf32>
  // CHECK: gradopt.scan
  // CHECK-SAME: inputs(%[[YT:.+]] = reverse %[[Y]] : tensor<?x?x4xf32>)
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x4xf32>) inputs(%d = reverse %dy : tensor<?x?x4xf32>) {
    // CHECK: %[[DY:.+]] = linalg.generic {indexing_maps = [#[[ID2]], #[[ID2]]], iterator_types = ["parallel", "parallel"]}
    // CHECK-SAME: ins(%[[YT]] : tensor<?x4xf32>)
    // CHECK: addf {{.*}}, %[[DY]]
    %n = arith.addf %h, %d : tensor<?x4xf32>
    gradopt.yield %n : tensor<?x4xf32>
  }
  return %r : tensor<?x4xf32>
}

// -----

// What has no time is used in the step as it is, and what only repeats it is no
// sequence: of a chain nothing is left in front of the scan. A sequence that is
// an input already costs nothing.

#all = affine_map<(t, b, j) -> (t, b, j)>
#row = affine_map<(t, b, j) -> (t, b)>
#last = affine_map<(t, b, j) -> (j)>
#none = affine_map<(t, b, j) -> ()>
// CHECK-DAG: #[[LAST:.+]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[ROW:.+]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[NONE:.+]] = affine_map<(d0, d1) -> ()>
// CHECK-LABEL: func.func @chain
// CHECK-SAME:    %[[X:[^:, ]+]]: tensor<5x3x4xf32>, %[[MASK:[^:, ]+]]: tensor<5x3xi1>, %[[BIAS:[^:, ]+]]: tensor<4xf32>, %[[C:[^:, ]+]]: f32
func.func @chain(%x: tensor<5x3x4xf32>, %mask: tensor<5x3xi1>, %bias: tensor<4xf32>, %c: f32, %h0: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %T = arith.constant 5 : index
  %e = tensor.empty() : tensor<5x3x4xf32>
  %biases = linalg.generic {indexing_maps = [#last, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%bias : tensor<4xf32>) outs(%e : tensor<5x3x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<5x3x4xf32>
  %filled = linalg.fill ins(%c : f32) outs(%e : tensor<5x3x4xf32>) -> tensor<5x3x4xf32>
  %z = linalg.generic {indexing_maps = [#row, #all, #all, #all, #none, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%mask, %x, %biases, %filled, %c : tensor<5x3xi1>, tensor<5x3x4xf32>, tensor<5x3x4xf32>, tensor<5x3x4xf32>, f32) outs(%e : tensor<5x3x4xf32>) {
  ^bb0(%m: i1, %a: f32, %b: f32, %f: f32, %k: f32, %o: f32):
    %p = arith.addf %b, %f : f32
    %q = arith.mulf %p, %k : f32
    %s = arith.select %m, %a, %q : f32
    linalg.yield %s : f32
  } -> tensor<5x3x4xf32>
  // CHECK-NOT: linalg
  // CHECK: gradopt.scan
  // CHECK-SAME: inputs(%[[XT:[^ ]+]] = %[[X]] : tensor<5x3x4xf32>, %[[MT:[^ ]+]] = %[[MASK]] : tensor<5x3xi1>)
  // CHECK-DAG: %[[F:.+]] = linalg.fill ins(%[[C]] : f32) outs(%{{.+}} : tensor<3x4xf32>)
  // CHECK-DAG: %[[B:.+]] = linalg.generic {indexing_maps = [#[[LAST]], {{.*}} ins(%[[BIAS]] : tensor<4xf32>)
  // CHECK: linalg.generic {indexing_maps = [#[[ROW]], {{.*}}, #[[NONE]], {{.*}} ins(%[[MT]], %[[XT]], %[[B]], %[[F]], %[[C]] :
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<3x4xf32>) inputs(%xt = %x : tensor<5x3x4xf32>, %zt = %z : tensor<5x3x4xf32>) {
    %n = arith.addf %h, %zt : tensor<3x4xf32>
    %m = arith.mulf %n, %xt : tensor<3x4xf32>
    gradopt.yield %m : tensor<3x4xf32>
  }
  return %r : tensor<3x4xf32>
}

// -----

// One feature for each step: its products are made there.

#x = affine_map<(t, b, j, k) -> (t, b, k)>
#w = affine_map<(t, b, j, k) -> (k, j)>
#y = affine_map<(t, b, j, k) -> (t, b, j)>
#last = affine_map<(t, b, j) -> (j)>
#all = affine_map<(t, b, j) -> (t, b, j)>
// CHECK-DAG: #[[X2:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[W2:.+]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[Y2:.+]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: func.func @features
// CHECK-SAME:    %[[X:[^:, ]+]]: tensor<?x?x1xf32>, %[[W:[^:, ]+]]: tensor<1x16xf32>, %[[BIAS:[^:, ]+]]: tensor<16xf32>
func.func @features(%T: index, %B: index, %x: tensor<?x?x1xf32>, %w: tensor<1x16xf32>, %bias: tensor<16xf32>, %h0: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %e = tensor.empty(%T, %B) : tensor<?x?x16xf32>
  %biases = linalg.generic {indexing_maps = [#last, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%bias : tensor<16xf32>) outs(%e : tensor<?x?x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<?x?x16xf32>
  %z = linalg.contract indexing_maps = [#x, #w, #y] ins(%x, %w : tensor<?x?x1xf32>, tensor<1x16xf32>) outs(%biases : tensor<?x?x16xf32>) -> tensor<?x?x16xf32>
  // CHECK-NOT: linalg
  // CHECK: gradopt.scan
  // CHECK-SAME: inputs(%[[XT:.+]] = %[[X]] : tensor<?x?x1xf32>)
  // CHECK: %[[INIT:.+]] = linalg.generic {{.*}} ins(%[[BIAS]] : tensor<16xf32>)
  // CHECK: linalg.contract indexing_maps = [#[[X2]], #[[W2]], #[[Y2]]] ins(%[[XT]], %[[W]] : tensor<?x1xf32>, tensor<1x16xf32>) outs(%[[INIT]] : tensor<?x16xf32>)
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x16xf32>) inputs(%zt = %z : tensor<?x?x16xf32>) {
    %n = arith.addf %h, %zt : tensor<?x16xf32>
    gradopt.yield %n : tensor<?x16xf32>
  }
  return %r : tensor<?x16xf32>
}

// -----

// One result of several: what it follows from is done in the step, and the op
// keeps the others, whatever these take.

#all = affine_map<(t, j) -> (t, j)>
// CHECK-LABEL: func.func @one_of_two
// CHECK-SAME:    %[[X:[^:, ]+]]: tensor<5x4xf32>, %[[Y:[^:, ]+]]: tensor<5x4xf32>
func.func @one_of_two(%x: tensor<5x4xf32>, %y: tensor<5x4xf32>, %h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  %T = arith.constant 5 : index
  %e = tensor.empty() : tensor<5x4xf32>
  // CHECK: %[[TANH:.+]] = linalg.generic {{.*}} ins(%[[X]], %[[Y]] : tensor<5x4xf32>, tensor<5x4xf32>) outs(%{{[^,]+}} : tensor<5x4xf32>)
  %z:2 = linalg.generic {indexing_maps = [#all, #all, #all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x, %y : tensor<5x4xf32>, tensor<5x4xf32>) outs(%e, %e : tensor<5x4xf32>, tensor<5x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32, %q: f32):
    %s = arith.addf %a, %a : f32
    %m = arith.mulf %s, %b : f32
    %t = math.tanh %m : f32
    linalg.yield %t, %s : f32, f32
  } -> (tensor<5x4xf32>, tensor<5x4xf32>)
  // CHECK: gradopt.scan
  // CHECK-SAME: inputs(%[[XT:.+]] = %[[X]] : tensor<5x4xf32>)
  // CHECK: linalg.generic {{.*}} ins(%[[XT]] : tensor<4xf32>)
  // CHECK-NEXT: ^{{.+}}(%[[A:.+]]: f32, %{{.+}}: f32):
  // CHECK-NEXT: %[[S:.+]] = arith.addf %[[A]], %[[A]]
  // CHECK-NEXT: linalg.yield %[[S]]
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%zt = %z#1 : tensor<5x4xf32>) {
    %k = arith.addf %h, %zt : tensor<4xf32>
    gradopt.yield %k : tensor<4xf32>
  }
  // CHECK: return %{{.+}}, %[[TANH]]
  return %r, %z#0 : tensor<4xf32>, tensor<5x4xf32>
}

// -----

// Left alone: long sums; results that are hardly larger than what is summed;
// what takes two sequences for one; what has another use; positions;
// transcendental functions; a sequence that has time elsewhere.

#x = affine_map<(t, b, j, k) -> (t, b, k)>
#w = affine_map<(t, b, j, k) -> (k, j)>
#y = affine_map<(t, b, j, k) -> (t, b, j)>
#all = affine_map<(t, b, j) -> (t, b, j)>
#swap = affine_map<(t, b, j) -> (b, t, j)>
// CHECK-LABEL: func.func @stay
func.func @stay(%T: index, %B: index, %x5: tensor<?x?x5xf32>, %w5: tensor<5x32xf32>, %x4: tensor<?x?x4xf32>, %w4: tensor<4x8xf32>,
    %p: tensor<?x?x8xf32>, %q: tensor<?x?x8xf32>, %h0: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x?x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %e32 = tensor.empty(%T, %B) : tensor<?x?x32xf32>
  %e8 = tensor.empty(%T, %B) : tensor<?x?x8xf32>
  %z32 = linalg.fill ins(%zero : f32) outs(%e32 : tensor<?x?x32xf32>) -> tensor<?x?x32xf32>
  %z8 = linalg.fill ins(%zero : f32) outs(%e8 : tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: %[[A:.+]] = linalg.contract
  %a = linalg.contract indexing_maps = [#x, #w, #y] ins(%x5, %w5 : tensor<?x?x5xf32>, tensor<5x32xf32>) outs(%z32 : tensor<?x?x32xf32>) -> tensor<?x?x32xf32>
  // CHECK: %[[B:.+]] = linalg.contract
  %b = linalg.contract indexing_maps = [#x, #w, #y] ins(%x4, %w4 : tensor<?x?x4xf32>, tensor<4x8xf32>) outs(%z8 : tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: %[[C:.+]] = linalg.generic
  %c = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p, %q : tensor<?x?x8xf32>, tensor<?x?x8xf32>) outs(%e8 : tensor<?x?x8xf32>) {
  ^bb0(%m: f32, %n: f32, %o: f32):
    %s = arith.addf %m, %n : f32
    linalg.yield %s : f32
  } -> tensor<?x?x8xf32>
  // CHECK: %[[D:.+]] = linalg.generic
  %d = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p : tensor<?x?x8xf32>) outs(%e8 : tensor<?x?x8xf32>) {
  ^bb0(%m: f32, %o: f32):
    %s = arith.addf %m, %m : f32
    linalg.yield %s : f32
  } -> tensor<?x?x8xf32>
  // CHECK: %[[F:.+]] = linalg.generic
  %f = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p : tensor<?x?x8xf32>) outs(%e8 : tensor<?x?x8xf32>) {
  ^bb0(%m: f32, %o: f32):
    %i = linalg.index 0 : index
    %j = arith.index_cast %i : index to i32
    %k = arith.sitofp %j : i32 to f32
    %s = arith.addf %m, %k : f32
    linalg.yield %s : f32
  } -> tensor<?x?x8xf32>
  // CHECK: %[[G:.+]] = linalg.generic
  %g = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p : tensor<?x?x8xf32>) outs(%e8 : tensor<?x?x8xf32>) {
  ^bb0(%m: f32, %o: f32):
    %s = math.tanh %m : f32
    linalg.yield %s : f32
  } -> tensor<?x?x8xf32>
  // CHECK: %[[H:.+]] = linalg.generic
  %h = linalg.generic {indexing_maps = [#swap, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%q : tensor<?x?x8xf32>) outs(%e8 : tensor<?x?x8xf32>) {
  ^bb0(%m: f32, %o: f32):
    %s = arith.addf %m, %m : f32
    linalg.yield %s : f32
  } -> tensor<?x?x8xf32>
  // CHECK: gradopt.scan
  // CHECK-SAME: inputs(%{{[^ ]+}} = %[[A]] : {{[^ ]*}}, %{{[^ ]+}} = %[[B]] : {{[^ ]*}}, %{{[^ ]+}} = %[[C]] : {{[^ ]*}}, %{{[^ ]+}} = %[[D]] : {{[^ ]*}}, %{{[^ ]+}} = %[[F]] : {{[^ ]*}}, %{{[^ ]+}} = %[[G]] : {{[^ ]*}}, %{{[^ ]+}} = %[[H]] :
  %r:2 = gradopt.scan (%s) to %T carries(%k = %h0 : tensor<?x32xf32>)
      inputs(%at = %a : tensor<?x?x32xf32>, %bt = %b : tensor<?x?x8xf32>, %ct = %c : tensor<?x?x8xf32>, %dt = %d : tensor<?x?x8xf32>,
        %ft = %f : tensor<?x?x8xf32>, %gt = %g : tensor<?x?x8xf32>, %ht = %h : tensor<?x?x8xf32>)
      outputs(tensor<?x?x8xf32>) {
    %n = arith.addf %k, %at : tensor<?x32xf32>
    %1 = arith.addf %bt, %ct : tensor<?x8xf32>
    %2 = arith.addf %1, %dt : tensor<?x8xf32>
    %3 = arith.addf %2, %ft : tensor<?x8xf32>
    %4 = arith.addf %3, %gt : tensor<?x8xf32>
    %5 = arith.addf %4, %ht : tensor<?x8xf32>
    gradopt.yield %n, %5 : tensor<?x32xf32>, tensor<?x8xf32>
  }
  %o = arith.addf %d, %r#1 : tensor<?x?x8xf32>
  return %r#0, %o : tensor<?x32xf32>, tensor<?x?x8xf32>
}

// -----

// A loop around the scan would compute the op once for each of its iterations.

#all = affine_map<(t, j) -> (t, j)>
// CHECK-LABEL: func.func @outer_loop
func.func @outer_loop(%n: index, %x: tensor<5x4xf32>, %h0: tensor<4xf32>) -> tensor<4xf32> {
  %T = arith.constant 5 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<5x4xf32>
  // CHECK: %[[Z:.+]] = linalg.generic
  %z = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<5x4xf32>) outs(%e : tensor<5x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<5x4xf32>
  %l = scf.for %i = %c0 to %n step %c1 iter_args(%g = %h0) -> tensor<4xf32> {
    // CHECK: gradopt.scan {{.*}} inputs(%{{.+}} = %[[Z]] :
    %r = gradopt.scan (%s) to %T carries(%h = %g : tensor<4xf32>) inputs(%zt = %z : tensor<5x4xf32>) {
      %k = arith.addf %h, %zt : tensor<4xf32>
      gradopt.yield %k : tensor<4xf32>
    }
    scf.yield %r : tensor<4xf32>
  }
  return %l : tensor<4xf32>
}
