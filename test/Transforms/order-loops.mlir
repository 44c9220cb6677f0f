// RUN: gradopt-opt %s --gradopt-order-loops -split-input-file | FileCheck %s
// RUN: gradopt-opt %s --gradopt-order-loops -split-input-file --mlir-print-local-scope --mlir-print-debuginfo | FileCheck %s --check-prefix=ORIGIN

// The sum starts from the other summand; the innermost loop runs along the
// result.
//
// CHECK-DAG: #[[A:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[C:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-LABEL: func @matmul(
// CHECK-SAME: %[[X:[^:]*]]: {{[^:]*}}, %[[M:[^:]*]]: {{[^:]*}}, %[[ACC:[^:]*]]: tensor<?x512xf32>
// CHECK: %[[R:.*]] = linalg.generic {indexing_maps = [#[[A]], #[[W]], #[[C]]], iterator_types = ["parallel", "reduction", "parallel"]} ins(%[[X]], %[[M]] : {{.*}}) outs(%[[ACC]] : tensor<?x512xf32>)
// CHECK-NOT: arith.addf {{.*}} tensor
// CHECK: return %[[R]]
func.func @matmul(%x: tensor<?x256xf32>, %w: tensor<256x512xf32>, %acc: tensor<?x512xf32>, %n: index) -> tensor<?x512xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%n) : tensor<?x512xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x512xf32>) -> tensor<?x512xf32>
  %g = linalg.matmul ins(%x, %w : tensor<?x256xf32>, tensor<256x512xf32>) outs(%z : tensor<?x512xf32>) -> tensor<?x512xf32>
  %r = arith.addf %acc, %g : tensor<?x512xf32>
  return %r : tensor<?x512xf32>
}

// -----

// Through several sums, and from a constant zero.
//
// CHECK-LABEL: func @sums(
// CHECK-SAME: %[[X:[^:]*]]: {{[^:]*}}, %[[W:[^:]*]]: {{[^:]*}}, %[[B:[^:]*]]: tensor<3x3xf64>
// CHECK: %[[FIRST:.*]] = linalg.generic {{.*}} outs(%[[B]] :
// CHECK: %[[SECOND:.*]] = linalg.generic {{.*}} outs(%[[FIRST]] :
// CHECK: return %[[SECOND]]
func.func @sums(%x: tensor<3x3xf64>, %w: tensor<3x3xf64>, %b: tensor<3x3xf64>) -> tensor<3x3xf64> {
  %z = arith.constant dense<0.0> : tensor<3x3xf64>
  %g0 = linalg.matmul ins(%x, %w : tensor<3x3xf64>, tensor<3x3xf64>) outs(%z : tensor<3x3xf64>) -> tensor<3x3xf64>
  %g1 = linalg.matmul ins(%w, %x : tensor<3x3xf64>, tensor<3x3xf64>) outs(%z : tensor<3x3xf64>) -> tensor<3x3xf64>
  %s = arith.addf %g0, %g1 : tensor<3x3xf64>
  %r = arith.addf %s, %b : tensor<3x3xf64>
  return %r : tensor<3x3xf64>
}

// -----

// Also where the sum is a linalg op already, whose init is one of the summands,
// and where the other summand is computed later.
//
// CHECK-LABEL: func @linalg_sums(
// CHECK: %[[LATE:.*]] = math.tanh
// CHECK-NEXT: %[[SUM:.*]] = linalg.generic {{.*}} outs(%[[LATE]] :
// CHECK: return %[[SUM]]
func.func @linalg_sums(%x: tensor<3x3xf64>, %w: tensor<3x3xf64>) -> tensor<3x3xf64> {
  %z = arith.constant dense<0.0> : tensor<3x3xf64>
  %g = linalg.matmul ins(%x, %w : tensor<3x3xf64>, tensor<3x3xf64>) outs(%z : tensor<3x3xf64>) -> tensor<3x3xf64>
  %late = math.tanh %x : tensor<3x3xf64>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%g, %late : tensor<3x3xf64>, tensor<3x3xf64>) outs(%g : tensor<3x3xf64>) {
  ^bb0(%a: f64, %b: f64, %o: f64):
    %q = arith.addf %a, %b : f64
    linalg.yield %q : f64
  } -> tensor<3x3xf64>
  return %s : tensor<3x3xf64>
}

// -----

// Not a sum that is used elsewhere, that starts from something else, whose
// summands depend on it, or that stands outside the loop.
//
// CHECK-LABEL: func @not_sums(
// CHECK-COUNT-4: arith.addf {{.*}} : tensor<3x3xf64>
func.func @not_sums(%x: tensor<3x3xf64>, %w: tensor<3x3xf64>, %T: index)
    -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3x3xf64>, tensor<3x3xf64>, tensor<3x3xf64>) {
  %z = arith.constant dense<0.0> : tensor<3x3xf64>
  %g0 = linalg.matmul ins(%x, %w : tensor<3x3xf64>, tensor<3x3xf64>) outs(%z : tensor<3x3xf64>) -> tensor<3x3xf64>
  %s0 = arith.addf %x, %g0 : tensor<3x3xf64>
  %g1 = linalg.matmul ins(%x, %w : tensor<3x3xf64>, tensor<3x3xf64>) outs(%w : tensor<3x3xf64>) -> tensor<3x3xf64>
  %s1 = arith.addf %x, %g1 : tensor<3x3xf64>
  %g2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<3x3xf64>) outs(%z : tensor<3x3xf64>) {
  ^bb0(%a: f64, %o: f64):
    %p = arith.mulf %o, %a : f64
    %q = arith.addf %o, %p : f64
    linalg.yield %q : f64
  } -> tensor<3x3xf64>
  %s2 = arith.addf %g2, %x : tensor<3x3xf64>
  %g3 = linalg.matmul ins(%w, %w : tensor<3x3xf64>, tensor<3x3xf64>) outs(%z : tensor<3x3xf64>) -> tensor<3x3xf64>
  %s3 = gradopt.scan "rnn" (%s) to %T carries(%h = %x : tensor<3x3xf64>) {
    %h1 = arith.addf %h, %g3 : tensor<3x3xf64>
    gradopt.yield %h1 : tensor<3x3xf64>
  }
  return %s0, %s1, %s2, %s3, %g0 : tensor<3x3xf64>, tensor<3x3xf64>, tensor<3x3xf64>, tensor<3x3xf64>, tensor<3x3xf64>
}

// -----

// A weight that is read across memory is transposed, once for all steps.
//
// CHECK-DAG: #[[G:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[H:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-LABEL: func @through_time(
// CHECK-SAME: %[[M:[^:]*]]: tensor<3x5xf32>
// CHECK: %[[T:.*]] = linalg.transpose ins(%[[M]] : tensor<3x5xf32>) {{.*}} permutation = [1, 0]
// CHECK: gradopt.scan
// CHECK-NOT: linalg.transpose
// CHECK: linalg.generic {indexing_maps = [#[[G]], #[[W]], #[[H]]], iterator_types = ["parallel", "reduction", "parallel"]} ins(%{{.*}}, %[[T]] :
// ORIGIN-LABEL: func @through_time(
// ORIGIN: linalg.transpose {{.*}} loc(fused<#gradopt.origin<layer = "rnn", direction = "backward", source = "gradopt-order-loops">>["step.mlir":3:1])
func.func @through_time(%w: tensor<3x5xf32>, %dg: tensor<?x1x5xf32>, %h0: tensor<1x3xf32>, %T: index) -> tensor<1x3xf32> {
  %r = gradopt.scan "rnn" (%s) to %T carries(%h = %h0 : tensor<1x3xf32>) inputs(%g = reverse %dg : tensor<?x1x5xf32>) {
    %d = linalg.generic {indexing_maps = [affine_map<(b, k, n) -> (b, n)>, affine_map<(b, k, n) -> (k, n)>, affine_map<(b, k, n) -> (b, k)>],
                         iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%g, %w : tensor<1x5xf32>, tensor<3x5xf32>) outs(%h : tensor<1x3xf32>) {
    ^bb0(%x: f32, %y: f32, %o: f32):
      %p = arith.mulf %x, %y : f32
      %q = arith.addf %o, %p : f32
      linalg.yield %q : f32
    } -> tensor<1x3xf32> loc(fused<#gradopt.origin<layer = "rnn", direction = "backward">>["step.mlir":3:1])
    gradopt.yield %d : tensor<1x3xf32>
  }
  return %r : tensor<1x3xf32>
}

// -----

// Outside loops a copy has to pay: with one row it does not, then the reduction
// stays innermost; with an unknown number it does.
//
// CHECK-LABEL: func @few_rows(
// CHECK-NOT: linalg.transpose
// CHECK: iterator_types = ["parallel", "parallel", "reduction"]
// CHECK-LABEL: func @rows(
// CHECK: linalg.transpose
// CHECK: iterator_types = ["parallel", "reduction", "parallel"]
#g = affine_map<(b, k, n) -> (b, n)>
#w = affine_map<(b, k, n) -> (k, n)>
#h = affine_map<(b, k, n) -> (b, k)>
func.func @few_rows(%w: tensor<3x5xf32>, %g: tensor<1x5xf32>, %h: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %d = linalg.generic {indexing_maps = [#g, #w, #h], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%g, %w : tensor<1x5xf32>, tensor<3x5xf32>) outs(%h : tensor<1x3xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %q = arith.addf %o, %p : f32
    linalg.yield %q : f32
  } -> tensor<1x3xf32>
  return %d : tensor<1x3xf32>
}
func.func @rows(%w: tensor<3x?xf32>, %g: tensor<?x?xf32>, %h: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %d = linalg.generic {indexing_maps = [#g, #w, #h], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%g, %w : tensor<?x?xf32>, tensor<3x?xf32>) outs(%h : tensor<?x3xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %q = arith.addf %o, %p : f32
    linalg.yield %q : f32
  } -> tensor<?x3xf32>
  return %d : tensor<?x3xf32>
}

// -----

// A weight gradient over time and batch: the two reductions keep their order,
// and that over time is the outermost loop.
//
// CHECK-DAG: #[[H:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d1)>
// CHECK-DAG: #[[G:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d3)>
// CHECK-LABEL: func @weight_gradient(
// CHECK: linalg.generic {indexing_maps = [#[[H]], #[[G]], #[[W]]], iterator_types = ["reduction", "parallel", "reduction", "parallel"]}
func.func @weight_gradient(%h: tensor<?x?x3xf32>, %g: tensor<?x?x5xf32>, %w: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %d = linalg.generic {indexing_maps = [affine_map<(t, b, k, n) -> (t, b, k)>, affine_map<(t, b, k, n) -> (t, b, n)>, affine_map<(t, b, k, n) -> (k, n)>],
                       iterator_types = ["reduction", "reduction", "parallel", "parallel"]}
      ins(%h, %g : tensor<?x?x3xf32>, tensor<?x?x5xf32>) outs(%w : tensor<3x5xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %q = arith.addf %o, %p : f32
    linalg.yield %q : f32
  } -> tensor<3x5xf32>
  return %d : tensor<3x5xf32>
}

// -----

// Sums of rows and of everything are read along memory; nothing is transposed.
//
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[ALL:.*]] = affine_map<(d0, d1) -> ()>
// CHECK-LABEL: func @reductions(
// CHECK-NOT: linalg.transpose
// CHECK: linalg.generic {indexing_maps = [#[[X]], #[[ROW]]], iterator_types = ["parallel", "reduction"]}
// CHECK: linalg.generic {indexing_maps = [#[[X]], #[[ALL]]], iterator_types = ["reduction", "reduction"]}
func.func @reductions(%x: tensor<?x4xf32>, %r: tensor<?xf32>, %s: tensor<f32>) -> (tensor<?xf32>, tensor<f32>) {
  %0 = linalg.generic {indexing_maps = [affine_map<(b, n) -> (b, n)>, affine_map<(b, n) -> (b)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x4xf32>) outs(%r : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.addf %o, %a : f32
    linalg.yield %q : f32
  } -> tensor<?xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(b, n) -> (b, n)>, affine_map<(b, n) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%x : tensor<?x4xf32>) outs(%s : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.addf %o, %a : f32
    linalg.yield %q : f32
  } -> tensor<f32>
  return %0, %1 : tensor<?xf32>, tensor<f32>
}

// -----

// Elementwise work goes in the order of the result; linalg.index follows. What
// stands in order stays a named op.
//
// CHECK-DAG: #[[T:.*]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-DAG: #[[R:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func @elementwise(
// CHECK: linalg.generic {indexing_maps = [#[[T]], #[[R]]], iterator_types = ["parallel", "parallel"]}
// CHECK: linalg.index 1
// CHECK: linalg.exp
func.func @elementwise(%x: tensor<4x3xf32>) -> tensor<3x4xf32> {
  %e = tensor.empty() : tensor<3x4xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x3xf32>) outs(%e : tensor<3x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %i = linalg.index 0 : index
    %k = arith.index_cast %i : index to i32
    %f = arith.sitofp %k : i32 to f32
    %q = arith.addf %a, %f : f32
    linalg.yield %q : f32
  } -> tensor<3x4xf32>
  %1 = linalg.exp ins(%0 : tensor<3x4xf32>) outs(%e : tensor<3x4xf32>) -> tensor<3x4xf32>
  return %1 : tensor<3x4xf32>
}

// -----

// A sum of loops in an index is left as it is.
//
// CHECK-LABEL: func @convolution(
// CHECK: linalg.conv_1d
func.func @convolution(%x: tensor<8xf32>, %k: tensor<3xf32>, %o: tensor<6xf32>) -> tensor<6xf32> {
  %0 = linalg.conv_1d ins(%x, %k : tensor<8xf32>, tensor<3xf32>) outs(%o : tensor<6xf32>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

// So is what works on buffers already.
//
// CHECK-LABEL: func @buffers(
// CHECK: linalg.add
// CHECK: linalg.matmul
func.func @buffers(%x: memref<3x3xf64>, %y: memref<3x3xf64>) {
  linalg.add ins(%x, %y : memref<3x3xf64>, memref<3x3xf64>) outs(%x : memref<3x3xf64>)
  linalg.matmul ins(%x, %x : memref<3x3xf64>, memref<3x3xf64>) outs(%y : memref<3x3xf64>)
  return
}
