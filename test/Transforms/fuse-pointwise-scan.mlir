// RUN: gradopt-opt %s --gradopt-fuse-pointwise --canonicalize --cse | FileCheck %s

// Two recurrences that share only what is constant in time.
// CHECK-LABEL: func @two_recurrences
// CHECK:         gradopt.scan
// CHECK:           linalg.generic
// CHECK:           linalg.generic
// CHECK:           gradopt.yield
func.func @two_recurrences(%T: index, %h0: tensor<2x3xf32>, %k0: tensor<2x3xf32>, %d: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>, %k = %k0 : tensor<2x3xf32>) {
    %e = math.exp %d : tensor<2x3xf32>
    %a = arith.mulf %h, %e : tensor<2x3xf32>
    %b = arith.mulf %k, %e : tensor<2x3xf32>
    gradopt.yield %a, %b : tensor<2x3xf32>, tensor<2x3xf32>
  }
  return %r#0, %r#1 : tensor<2x3xf32>, tensor<2x3xf32>
}

// What is constant in time and used by one group is a part of it.
// CHECK-LABEL: func @constant
// CHECK:         gradopt.scan
// CHECK:           linalg.generic
// CHECK:             math.exp
// CHECK-NOT:       linalg.generic
// CHECK:           gradopt.yield
func.func @constant(%T: index, %h0: tensor<2x3xf32>, %d: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) {
    %e = math.exp %d : tensor<2x3xf32>
    %a = arith.mulf %h, %e : tensor<2x3xf32>
    gradopt.yield %a : tensor<2x3xf32>
  }
  return %r : tensor<2x3xf32>
}

// A smaller tensor: that of each row changes with time, that of each column is
// constant.
// CHECK-LABEL: func @smaller
// CHECK:         gradopt.scan
// CHECK:           %[[V:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<3xf32>)
// CHECK:             math.exp
// CHECK:           linalg.generic {{.*}} ins({{.*}} : tensor<2x3xf32>, tensor<3xf32>, tensor<2xi32>)
// CHECK:             arith.mulf
// CHECK:             arith.cmpi
// CHECK:             arith.select
// CHECK-NOT:       linalg.generic
// CHECK:           gradopt.yield
func.func @smaller(%T: index, %h0: tensor<2x3xf32>, %n: tensor<2xi32>, %v: tensor<3xf32>) -> tensor<2x3xf32> {
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) {
    %i = arith.index_cast %s : index to i32
    %e1 = tensor.empty() : tensor<2xi1>
    %on = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%n : tensor<2xi32>) outs(%e1 : tensor<2xi1>) {
    ^bb0(%p: i32, %out: i1):
      %0 = arith.cmpi slt, %i, %p : i32
      linalg.yield %0 : i1
    } -> tensor<2xi1>
    %w = math.exp %v : tensor<3xf32>
    %e = tensor.empty() : tensor<2x3xf32>
    %a = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]} ins(%h, %w : tensor<2x3xf32>, tensor<3xf32>) outs(%e : tensor<2x3xf32>) {
    ^bb0(%p: f32, %q: f32, %out: f32):
      %0 = arith.mulf %p, %q : f32
      linalg.yield %0 : f32
    } -> tensor<2x3xf32>
    %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]} ins(%on, %a, %h : tensor<2xi1>, tensor<2x3xf32>, tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) {
    ^bb0(%c: i1, %p: f32, %q: f32, %out: f32):
      %0 = arith.select %c, %p, %q : f32
      linalg.yield %0 : f32
    } -> tensor<2x3xf32>
    gradopt.yield %b : tensor<2x3xf32>
  }
  return %r : tensor<2x3xf32>
}

// A smaller tensor that the scan keeps is computed once.
// CHECK-LABEL: func @smaller_kept
// CHECK:         gradopt.scan
// CHECK:           linalg.generic {{.*}} outs(%{{.*}} : tensor<2xf32>)
// CHECK:           linalg.generic {{.*}} outs(%{{.*}} : tensor<2x3xf32>)
func.func @smaller_kept(%x: tensor<5x2xf32>, %h0: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<5x2xf32>) {
  %T = arith.constant 5 : index
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) inputs(%xt = %x : tensor<5x2xf32>) outputs(tensor<5x2xf32>) {
    %w = arith.addf %xt, %xt : tensor<2xf32>
    %e = tensor.empty() : tensor<2x3xf32>
    %a = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]} ins(%h, %w : tensor<2x3xf32>, tensor<2xf32>) outs(%e : tensor<2x3xf32>) {
    ^bb0(%p: f32, %q: f32, %out: f32):
      %0 = arith.mulf %p, %q : f32
      linalg.yield %0 : f32
    } -> tensor<2x3xf32>
    gradopt.yield %a, %w : tensor<2x3xf32>, tensor<2xf32>
  }
  return %r#0, %r#1 : tensor<2x3xf32>, tensor<5x2xf32>
}

// Markers keep nothing apart. What is watched is a result.
// CHECK-LABEL: func @markers
// CHECK:         gradopt.scan
// CHECK:           %[[R:.*]]:2 = linalg.generic
// CHECK-NOT:       linalg.generic
// CHECK-NOT:       of "c"
// CHECK:           %[[M:.*]] = gradopt.gradient %[[R]]#0 of "h"
// CHECK:           gradopt.norm l2 %[[M]]
// CHECK:         gradopt.gradient %{{.*}} of "w"
func.func @markers(%T: index, %h0: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<?xf32>) {
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) outputs(tensor<?xf32>) {
    %a = math.tanh %h : tensor<2x3xf32>
    %m = gradopt.gradient %a of "h" group "l" : tensor<2x3xf32>
    %n = gradopt.norm l2 %m : tensor<2x3xf32> -> tensor<f32>
    %b = math.exp %m : tensor<2x3xf32>
    %k = gradopt.gradient %b of "c" group "l" : tensor<2x3xf32>
    %c = arith.mulf %k, %h : tensor<2x3xf32>
    gradopt.yield %c, %n : tensor<2x3xf32>, tensor<f32>
  }
  %g = gradopt.gradient %r#0 of "w" : tensor<2x3xf32>
  return %g, %r#1 : tensor<2x3xf32>, tensor<?xf32>
}

// What has effects keeps its order, and stands between only what it needs.
func.func private @effect(tensor<2xf32>) -> tensor<2xf32>
// CHECK-LABEL: func @effects
// CHECK:         gradopt.scan
// CHECK:           %[[R:.*]]:2 = linalg.generic
// CHECK:             math.tanh
// CHECK:             math.exp
// CHECK:           %[[A:.*]] = func.call @effect(%[[R]]#0)
// CHECK:           %[[B:.*]] = func.call @effect(%[[R]]#1)
// CHECK:           linalg.generic {{.*}} ins(%[[A]], %[[B]]
func.func @effects(%T: index, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2xf32>) {
    %a = math.tanh %h : tensor<2xf32>
    %p = func.call @effect(%a) : (tensor<2xf32>) -> tensor<2xf32>
    %b = math.exp %h : tensor<2xf32>
    %q = func.call @effect(%b) : (tensor<2xf32>) -> tensor<2xf32>
    %c = arith.addf %p, %q : tensor<2xf32>
    gradopt.yield %c : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// A circle that only the order of effects closes: the first call needs the
// first op, and the second call is what the second op needs.
// CHECK-LABEL: func @effects_between
// CHECK:           math.tanh
// CHECK:         call @effect
// CHECK:         call @effect
// CHECK:           arith.addf
func.func @effects_between(%h: tensor<2xf32>, %k: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %a = math.tanh %h : tensor<2xf32>
  %p = func.call @effect(%a) : (tensor<2xf32>) -> tensor<2xf32>
  %q = func.call @effect(%k) : (tensor<2xf32>) -> tensor<2xf32>
  %c = arith.addf %h, %q : tensor<2xf32>
  return %p, %c : tensor<2xf32>, tensor<2xf32>
}

// Nested loops and branches are blocks of their own.
// CHECK-LABEL: func @nested
// CHECK:         gradopt.scan
// CHECK:           linalg.generic
// CHECK:             math.tanh
// CHECK:             math.exp
// CHECK:           gradopt.scan
// CHECK:             scf.if
// CHECK:               linalg.generic
// CHECK:                 math.tanh
// CHECK:                 math.sin
// CHECK-NOT:           linalg.generic
// CHECK:               scf.yield
func.func @nested(%T: index, %p: i1, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2xf32>) {
    %a = math.tanh %h : tensor<2xf32>
    %b = math.exp %a : tensor<2xf32>
    %c = gradopt.scan (%t) to %s carries(%k = %b : tensor<2xf32>) {
      %d = scf.if %p -> tensor<2xf32> {
        %e = math.tanh %k : tensor<2xf32>
        %f = math.sin %e : tensor<2xf32>
        scf.yield %f : tensor<2xf32>
      } else {
        scf.yield %k : tensor<2xf32>
      }
      gradopt.yield %d : tensor<2xf32>
    }
    gradopt.yield %c : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// A bias that was repeated for all rows outside is read as it is.
// CHECK-LABEL: func @bias
// CHECK-SAME:    %[[B:[a-z0-9]*]]: tensor<3xf32>)
// CHECK:         gradopt.scan
// CHECK:           linalg.generic {{.*}} ins(%{{.*}}, %[[B]] : tensor<2x3xf32>, tensor<3xf32>)
func.func @bias(%T: index, %h0: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
  %e = tensor.empty() : tensor<2x3xf32>
  %bb = linalg.broadcast ins(%b : tensor<3xf32>) outs(%e : tensor<2x3xf32>) dimensions = [0]
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2x3xf32>) {
    %a = arith.addf %h, %bb : tensor<2x3xf32>
    gradopt.yield %a : tensor<2x3xf32>
  }
  return %r : tensor<2x3xf32>
}

// The size of the second result is asked of a marker of the first one.
// CHECK-LABEL: func @size_of_marker
// CHECK:         gradopt.scan
// CHECK:           linalg.generic
// CHECK:             math.tanh
// CHECK:             math.exp
// CHECK-NOT:       linalg.generic
// CHECK:           gradopt.yield
func.func @size_of_marker(%T: index, %h0: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %c0 = arith.constant 0 : index
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x3xf32>) {
    %a = math.tanh %h : tensor<?x3xf32>
    %m = gradopt.gradient %a of "h" : tensor<?x3xf32>
    %d = tensor.dim %m, %c0 : tensor<?x3xf32>
    %e = tensor.empty(%d) : tensor<?x3xf32>
    %b = linalg.exp ins(%m : tensor<?x3xf32>) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
    gradopt.yield %b : tensor<?x3xf32>
  }
  return %r : tensor<?x3xf32>
}
