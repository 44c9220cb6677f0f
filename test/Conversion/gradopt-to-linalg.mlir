// RUN: gradopt-opt %s --convert-gradopt-to-linalg | FileCheck %s
// RUN: gradopt-opt %s --convert-gradopt-to-linalg --mlir-print-local-scope --mlir-print-debuginfo | FileCheck %s --check-prefix=ORIGIN

// CHECK-DAG: #[[$ROWS:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$COLUMN:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[$LINE:.*]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[$SCALAR:.*]] = affine_map<(d0) -> ()>

// f32 squares are added in f64: the rows into a vector, then this in order. A
// tensor of one dimension is added to that directly.
//
// CHECK-LABEL: func @norm_f32
// CHECK-SAME: (%[[G:.*]]: tensor<?x8xf32>, %[[B:.*]]: tensor<5xf32>)
// CHECK: %[[ZERO:.*]] = linalg.fill {{.*}} -> tensor<f64>
// CHECK: %[[ZEROS:.*]] = linalg.fill {{.*}} -> tensor<8xf64>
// CHECK: %[[PARTIAL:.*]] = linalg.generic {indexing_maps = [#[[$ROWS]], #[[$COLUMN]]], iterator_types = ["reduction", "parallel"]} ins(%[[G]] : tensor<?x8xf32>) outs(%[[ZEROS]] : tensor<8xf64>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %[[OUT:.*]]: f64)
// CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[IN]] : f32 to f64
// CHECK-NEXT: %[[SQUARE:.*]] = arith.mulf %[[WIDE]], %[[WIDE]] : f64
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[OUT]], %[[SQUARE]] : f64
// CHECK-NEXT: linalg.yield %[[SUM]] : f64
// CHECK: %[[TOTAL:.*]] = linalg.generic {indexing_maps = [#[[$LINE]], #[[$SCALAR]]], iterator_types = ["reduction"]} ins(%[[PARTIAL]] : tensor<8xf64>) outs(%[[ZERO]] : tensor<f64>)
// CHECK: %[[BOTH:.*]] = linalg.generic {indexing_maps = [#[[$LINE]], #[[$SCALAR]]], iterator_types = ["reduction"]} ins(%[[B]] : tensor<5xf32>) outs(%[[TOTAL]] : tensor<f64>)
// CHECK: %[[ROOT:.*]] = linalg.generic {indexing_maps = [#[[$SCALAR0:.*]], #[[$SCALAR0]]], iterator_types = []} ins(%[[BOTH]] : tensor<f64>)
// CHECK: math.sqrt %{{.*}} : f64
// CHECK: linalg.generic {{.*}} ins(%[[ROOT]] : tensor<f64>)
// CHECK: arith.truncf %{{.*}} : f64 to f32
func.func @norm_f32(%g: tensor<?x8xf32>, %b: tensor<5xf32>) -> tensor<f32> {
  %n = gradopt.norm l2 %g, %b : tensor<?x8xf32>, tensor<5xf32> -> tensor<f32>
  return %n : tensor<f32>
}

// f64 elements are scaled by a power of two.
//
// CHECK-LABEL: func @norm_f64
// CHECK: arith.maximumf
// CHECK: %[[INVERSE:.*]] = arith.divf
// CHECK: arith.mulf %{{.*}}, %[[INVERSE]] : f64
// CHECK: %[[EXPONENT:.*]] = arith.maxui
// CHECK: %[[SCALE:.*]] = arith.bitcast %[[EXPONENT]] : i64 to f64
// CHECK: %[[ROOT:.*]] = math.sqrt
// CHECK: arith.mulf %[[SCALE]], %[[ROOT]] : f64
func.func @norm_f64(%g: tensor<4xf64>, %b: tensor<5xf64>) -> tensor<f64> {
  %n = gradopt.norm l2 %g, %b : tensor<4xf64>, tensor<5xf64> -> tensor<f64>
  return %n : tensor<f64>
}

// A NaN must not be lost: maximumf, not maxnumf.
//
// CHECK-LABEL: func @norm_linf
// CHECK: math.absf
// CHECK: arith.maximumf
// CHECK-NOT: math.sqrt
func.func @norm_linf(%g: tensor<4xf32>) -> tensor<f32> {
  %n = gradopt.norm linf %g : tensor<4xf32> -> tensor<f32>
  return %n : tensor<f32>
}

// An element that stays is the operand's own, not one that went through f64.
//
// CHECK-LABEL: func @clip
// CHECK: arith.divf
// CHECK: %[[VALID:.*]] = arith.cmpf oge
// CHECK: %[[FACTOR:.*]] = arith.select %[[VALID]], %{{.*}}, %{{.*}} : f64
// CHECK: %[[SAME:.*]] = arith.cmpf oeq, %[[FACTOR]], %{{.*}} : f64
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[FACTOR]], %[[SAME]] : tensor<?x8xf32>, f64, i1)
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[F:.*]]: f64, %[[U:.*]]: i1, %{{.*}}: f32)
// CHECK: %[[SCALED:.*]] = arith.truncf %{{.*}} : f64 to f32
// CHECK-NEXT: arith.select %[[U]], %[[X]], %[[SCALED]] : f32
// ORIGIN-LABEL: func @clip
// ORIGIN: math.sqrt {{.*}} loc(fused<#gradopt.origin<layer = "rnn", source = "gradopt.clip_by_norm">>["step.mlir":3:1])
// ORIGIN: arith.select {{.*}} loc(fused<#gradopt.origin<layer = "rnn", source = "gradopt.clip_by_norm">>["step.mlir":3:1])
func.func @clip(%g: tensor<?x8xf32>, %t: tensor<f32>) -> (tensor<?x8xf32>, tensor<f32>) {
  %c, %n = gradopt.clip_by_norm l2 %g to %t : tensor<?x8xf32>, tensor<f32> -> tensor<f32>
    loc(fused<#gradopt.origin<layer = "rnn", source = "gradopt-insert-gradient-clipping">>["step.mlir":3:1])
  return %c, %n : tensor<?x8xf32>, tensor<f32>
}

// The test looks at bits.
//
// CHECK-LABEL: func @check
// CHECK: arith.bitcast %{{.*}} : f32 to i32
// CHECK-NOT: arith.cmpf
// CHECK: %[[COUNT:.*]] = tensor.extract %{{.*}}[] : tensor<i64>
// CHECK: arith.cmpi eq, %[[COUNT]], %{{.*}} : i64
func.func @check(%g: tensor<?x8xf32>) -> i1 {
  %ok = gradopt.check_finite %g : tensor<?x8xf32>
  return %ok : i1
}

// Columns are counted in i32 where that is known to do; all elements in i64.
//
// CHECK-LABEL: func @count
// CHECK: ins(%{{.*}} : tensor<6x8xf32>) outs(%{{.*}} : tensor<8xi32>)
// CHECK: arith.extui %{{.*}} : i1 to i32
// CHECK: ins(%{{.*}} : tensor<8xi32>) outs(%{{.*}} : tensor<i64>)
// CHECK: arith.extui %{{.*}} : i32 to i64
// CHECK: ins(%{{.*}} : tensor<?x8xf32>) outs(%{{.*}} : tensor<8xi64>)
// CHECK: ins(%{{.*}} : tensor<5000000000x8xf32>) outs(%{{.*}} : tensor<8xi64>)
func.func @count(%s: tensor<6x8xf32>, %d: tensor<?x8xf32>, %l: tensor<5000000000x8xf32>) -> tensor<i64> {
  %n = gradopt.count_nonfinite %s, %d, %l : tensor<6x8xf32>, tensor<?x8xf32>, tensor<5000000000x8xf32>
  return %n : tensor<i64>
}

// One row is one sum, not a copy of it and then a sum.
//
// CHECK-LABEL: func @one_row
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "reduction"]} ins(%{{.*}} : tensor<1x8xf32>) outs(%{{.*}} : tensor<f64>)
// CHECK-NOT: "reduction"
// CHECK: return
func.func @one_row(%x: tensor<1x8xf32>) -> tensor<f32> {
  %n = gradopt.norm l2 %x : tensor<1x8xf32> -> tensor<f32>
  return %n : tensor<f32>
}

// One pass over memory.
//
// CHECK-LABEL: func @adam
// CHECK-COUNT-2: math.powf {{.*}} : f64
// CHECK: %[[NEW:.*]]:3 = linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: return %[[NEW]]#0, %[[NEW]]#1, %[[NEW]]#2
func.func @adam(%p: tensor<4x4xf32>, %m: tensor<4x4xf32>, %v: tensor<4x4xf32>, %n: tensor<i64>, %lr: tensor<f32>)
    -> (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) {
  %r:3 = gradopt.adam %p, %p, %m, %v step %n rate %lr
      {beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64}
      : tensor<4x4xf32>, tensor<f32>
  return %r#0, %r#1, %r#2 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}

// CHECK-LABEL: func @gradient
// CHECK-NEXT: return %arg0
func.func @gradient(%g: tensor<4xf32>) -> tensor<4xf32> {
  %0 = gradopt.gradient %g of "w" : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// The table is not read where an index is outside; an empty one never.
//
// CHECK-LABEL: func @embedding
// CHECK: linalg.generic
// CHECK: %[[IN_RANGE:.*]] = arith.cmpi ult
// CHECK: scf.if %[[IN_RANGE]] -> (f32)
// CHECK-NEXT: tensor.extract
func.func @embedding(%table: tensor<0x4xf32>, %i: tensor<?xi64>) -> tensor<?x4xf32> {
  %x = gradopt.embedding %table, %i : tensor<0x4xf32>, tensor<?xi64> -> tensor<?x4xf32>
  return %x : tensor<?x4xf32>
}

// What is left for later passes, with expansions inside.
//
// CHECK-LABEL: func @inside
// CHECK: gradopt.scan
// CHECK-NOT: gradopt.norm
// CHECK: linalg.generic
// CHECK: gradopt.yield
// CHECK: gradopt.record
// CHECK: gradopt.guard
// CHECK-NOT: gradopt.check_finite
// CHECK: gradopt.yield
func.func @inside(%T: index, %h0: tensor<?x8xf32>) -> (tensor<?x8xf32>) {
  %h, %n = gradopt.scan "rnn" (%s) to %T carries(%c = %h0 : tensor<?x8xf32>) outputs(tensor<?xf32>) {
    %norm = gradopt.norm l2 %c : tensor<?x8xf32> -> tensor<f32>
    gradopt.yield %c, %norm : tensor<?x8xf32>, tensor<f32>
  }
  gradopt.record "through_time/rnn/h/norm", %n : tensor<?xf32>
  %r = gradopt.guard(%h0 : tensor<?x8xf32>) {
    %ok = gradopt.check_finite %h : tensor<?x8xf32>
    gradopt.yield %ok, %h : i1, tensor<?x8xf32>
  }
  return %r : tensor<?x8xf32>
}
