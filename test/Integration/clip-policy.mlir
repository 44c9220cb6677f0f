// Every cell of the clip tables in GradientOps.td, for both element types and all
// three norms. The rows at and above the threshold of 5 are those of l2; sed makes
// of them [2, -3] and [4, -6] for l1, [3, -5] and [6, -10] for linf.
//
// RUN: sed -e 's/FLOAT/f32/g; s/BITS/i32/g; s/QNAN/0x7FC00000/g; s/SNAN/0x7FA00001/g; s/-INF/0xFF800000/g; s/INF/0x7F800000/g' %s > %t.f32.mlir
// RUN: gradopt-opt %t.f32.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: sed -e 's/FLOAT/f64/g; s/BITS/i64/g; s/QNAN/0x7FF8000000000000/g; s/SNAN/0x7FF4000000000001/g; s/-INF/0xFFF0000000000000/g; s/INF/0x7FF0000000000000/g' %s > %t.f64.mlir
// RUN: gradopt-opt %t.f64.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: sed -e 's/ l2 / l1 /; s/3\.0, -4\.0/2.0, -3.0/g; s/5\.0, -5\.0/4.0, -5.0/g; s/6\.0, -8\.0/4.0, -6.0/g' %t.f32.mlir > %t.l1.f32.mlir
// RUN: gradopt-opt %t.l1.f32.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: sed -e 's/ l2 / l1 /; s/3\.0, -4\.0/2.0, -3.0/g; s/5\.0, -5\.0/4.0, -5.0/g; s/6\.0, -8\.0/4.0, -6.0/g' %t.f64.mlir > %t.l1.f64.mlir
// RUN: gradopt-opt %t.l1.f64.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: sed -e 's/ l2 / linf /; s/3\.0, -4\.0/3.0, -5.0/g; s/6\.0, -8\.0/6.0, -10.0/g' %t.f32.mlir > %t.linf.f32.mlir
// RUN: gradopt-opt %t.linf.f32.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: sed -e 's/ l2 / linf /; s/3\.0, -4\.0/3.0, -5.0/g; s/6\.0, -8\.0/6.0, -10.0/g' %t.f64.mlir > %t.linf.f64.mlir
// RUN: gradopt-opt %t.linf.f64.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s

// Adds one to %failures, after printing where, unless %got has the bits of
// %want; any NaN will do where that is the quiet one without a payload.
func.func private @expect(%got: FLOAT, %want: FLOAT, %row: index, %column: index, %failures: index) -> index {
  %got_bits = arith.bitcast %got : FLOAT to BITS
  %want_bits = arith.bitcast %want : FLOAT to BITS
  %same = arith.cmpi eq, %got_bits, %want_bits : BITS
  %quiet = arith.constant QNAN : FLOAT
  %quiet_bits = arith.bitcast %quiet : FLOAT to BITS
  %wants_nan = arith.cmpi eq, %want_bits, %quiet_bits : BITS
  %is_nan = arith.cmpf uno, %got, %got : FLOAT
  %both_nan = arith.andi %wants_nan, %is_nan : i1
  %good = arith.ori %same, %both_nan : i1
  %next = scf.if %good -> index {
    scf.yield %failures : index
  } else {
    vector.print %row : index
    vector.print %column : index
    vector.print %got : FLOAT
    vector.print %want : FLOAT
    %one = arith.constant 1 : index
    %more = arith.addi %failures, %one : index
    scf.yield %more : index
  }
  return %next : index
}

func.func private @clip_by_norm(%g: tensor<2xFLOAT>, %t: tensor<FLOAT>) -> tensor<2xFLOAT> {
  %c, %n = gradopt.clip_by_norm l2 %g to %t : tensor<2xFLOAT>, tensor<FLOAT> -> tensor<FLOAT>
  return %c : tensor<2xFLOAT>
}

func.func private @clip_by_global_norm(%g: tensor<2xFLOAT>, %t: tensor<FLOAT>) -> tensor<2xFLOAT> {
  %a = tensor.extract_slice %g[0] [1] [1] : tensor<2xFLOAT> to tensor<FLOAT>
  %b = tensor.extract_slice %g[1] [1] [1] : tensor<2xFLOAT> to tensor<1xFLOAT>
  %ca, %cb, %n = gradopt.clip_by_global_norm l2 %a, %b to %t : tensor<FLOAT>, tensor<1xFLOAT> to tensor<FLOAT>
  %0 = tensor.insert_slice %ca into %g[0] [1] [1] : tensor<FLOAT> into tensor<2xFLOAT>
  %1 = tensor.insert_slice %cb into %0[1] [1] [1] : tensor<1xFLOAT> into tensor<2xFLOAT>
  return %1 : tensor<2xFLOAT>
}

// All gradients at once: each is a row, and its norm must not see the others.
func.func private @clip_rows(%g: tensor<8x2xFLOAT>, %t: tensor<FLOAT>) -> tensor<8x2xFLOAT> {
  %c, %n = gradopt.clip_by_norm l2 rows %g to %t : tensor<8x2xFLOAT>, tensor<FLOAT> -> tensor<8xFLOAT>
  return %c : tensor<8x2xFLOAT>
}

func.func private @clip_by_value(%g: tensor<2xFLOAT>, %t: tensor<FLOAT>) -> tensor<2xFLOAT> {
  %c = gradopt.clip_by_value %g to %t : tensor<2xFLOAT>, tensor<FLOAT>
  return %c : tensor<2xFLOAT>
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %columns = arith.constant 7 : index
  %rows = arith.constant 8 : index
  %thresholds = arith.constant dense<[-1.0, -INF, QNAN, 0.0, -0.0, 5.0, INF]> : tensor<7xFLOAT>
  %gradients = arith.constant dense<[
    [0.0, -0.0], [0.75, -1.0], [3.0, -4.0], [6.0, -8.0], [INF, 1.0],
    [-INF, 7.0], [SNAN, 7.0], [-INF, SNAN]]> : tensor<8x2xFLOAT>

  // Norm 0, below, at and above the threshold, +Inf twice, NaN twice.
  %by_norm = arith.constant dense<[
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [0.0, -0.0], [0.0, -0.0], [0.0, -0.0], [0.0, -0.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [0.0, -0.0], [-0.0, 0.0], [0.75, -1.0], [0.75, -1.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [0.0, -0.0], [-0.0, 0.0], [3.0, -4.0], [3.0, -4.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [0.0, -0.0], [-0.0, 0.0], [3.0, -4.0], [6.0, -8.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [INF, 1.0], [INF, 1.0], [INF, 1.0], [INF, 1.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [-INF, 7.0], [-INF, 7.0], [-INF, 7.0], [-INF, 7.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [SNAN, 7.0], [SNAN, 7.0], [SNAN, 7.0], [SNAN, 7.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [-INF, SNAN], [-INF, SNAN], [-INF, SNAN], [-INF, SNAN]]
  ]> : tensor<8x7x2xFLOAT>

  %by_value = arith.constant dense<[
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [0.0, -0.0], [0.0, -0.0], [0.0, -0.0], [0.0, -0.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [0.0, -0.0], [0.0, -0.0], [0.75, -1.0], [0.75, -1.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [0.0, -0.0], [0.0, -0.0], [3.0, -4.0], [3.0, -4.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [0.0, -0.0], [0.0, -0.0], [5.0, -5.0], [6.0, -8.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [INF, 0.0], [INF, 0.0], [INF, 1.0], [INF, 1.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [-INF, 0.0], [-INF, 0.0], [-INF, 5.0], [-INF, 7.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [SNAN, 0.0], [SNAN, 0.0], [SNAN, 5.0], [SNAN, 7.0]],
    [[QNAN, QNAN], [QNAN, QNAN], [QNAN, QNAN], [-INF, SNAN], [-INF, SNAN], [-INF, SNAN], [-INF, SNAN]]
  ]> : tensor<8x7x2xFLOAT>

  %failures:2 = scf.for %i = %c0 to %rows step %c1 iter_args(%f0 = %c0, %cells0 = %c0) -> (index, index) {
    %r:2 = scf.for %j = %c0 to %columns step %c1 iter_args(%f1 = %f0, %cells1 = %cells0) -> (index, index) {
      %g = tensor.extract_slice %gradients[%i, 0] [1, 2] [1, 1] : tensor<8x2xFLOAT> to tensor<2xFLOAT>
      %t = tensor.extract_slice %thresholds[%j] [1] [1] : tensor<7xFLOAT> to tensor<FLOAT>
      %norm = func.call @clip_by_norm(%g, %t) : (tensor<2xFLOAT>, tensor<FLOAT>) -> tensor<2xFLOAT>
      %global = func.call @clip_by_global_norm(%g, %t) : (tensor<2xFLOAT>, tensor<FLOAT>) -> tensor<2xFLOAT>
      %by_row = func.call @clip_rows(%gradients, %t) : (tensor<8x2xFLOAT>, tensor<FLOAT>) -> tensor<8x2xFLOAT>
      %value = func.call @clip_by_value(%g, %t) : (tensor<2xFLOAT>, tensor<FLOAT>) -> tensor<2xFLOAT>
      %s:2 = scf.for %k = %c0 to %c2 step %c1 iter_args(%f2 = %f1, %cells2 = %cells1) -> (index, index) {
        %want_norm = tensor.extract %by_norm[%i, %j, %k] : tensor<8x7x2xFLOAT>
        %want_value = tensor.extract %by_value[%i, %j, %k] : tensor<8x7x2xFLOAT>
        %got_norm = tensor.extract %norm[%k] : tensor<2xFLOAT>
        %got_global = tensor.extract %global[%k] : tensor<2xFLOAT>
        %got_value = tensor.extract %value[%k] : tensor<2xFLOAT>
        %f3 = func.call @expect(%got_norm, %want_norm, %i, %j, %f2) : (FLOAT, FLOAT, index, index, index) -> index
        %f4 = func.call @expect(%got_global, %want_norm, %i, %j, %f3) : (FLOAT, FLOAT, index, index, index) -> index
        %got_row = tensor.extract %by_row[%i, %k] : tensor<8x2xFLOAT>
        %f5 = func.call @expect(%got_row, %want_norm, %i, %j, %f4) : (FLOAT, FLOAT, index, index, index) -> index
        %f6 = func.call @expect(%got_value, %want_value, %i, %j, %f5) : (FLOAT, FLOAT, index, index, index) -> index
        %cells3 = arith.addi %cells2, %c1 : index
        scf.yield %f6, %cells3 : index, index
      }
      scf.yield %s#0, %s#1 : index, index
    }
    scf.yield %r#0, %r#1 : index, index
  }
  // The number of elements that were compared, then of those that differ.
  // CHECK: {{^}}112{{$}}
  // CHECK-NEXT: {{^}}0{{$}}
  vector.print %failures#1 : index
  vector.print %failures#0 : index
  return
}
