// Norms where squares overflow or vanish, of NaN and Inf, and of no elements,
// for both element types.
//
// RUN: cat %S/Inputs/expect.mlir %s | sed -e 's/FLOAT/f32/g; s/EPSILON/2.4e-7/g; s/BIG/19/g; s/SMALL/23/g; s/TINY/0x00000001/g; s/MAX/0x7F7FFFFF/g; s/NAN/0x7FC00000/g; s/-INF/0xFF800000/g; s/INF/0x7F800000/g' > %t.f32.mlir
// RUN: gradopt-opt %t.f32.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: cat %S/Inputs/expect.mlir %s | sed -e 's/FLOAT/f64/g; s/EPSILON/4.4e-16/g; s/BIG/200/g; s/SMALL/200/g; s/TINY/0x0000000000000001/g; s/MAX/0x7FEFFFFFFFFFFFFF/g; s/NAN/0x7FF8000000000000/g; s/-INF/0xFFF0000000000000/g; s/INF/0x7FF0000000000000/g' > %t.f64.mlir
// RUN: gradopt-opt %t.f64.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s

// The three norms of one tensor, and the norms of the same elements as a row.
func.func private @norms(%v: tensor<?x?xFLOAT>, %want: tensor<3xFLOAT>, %row: index, %f0: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %n1 = gradopt.norm l1 %v : tensor<?x?xFLOAT> -> tensor<FLOAT>
  %n2 = gradopt.norm l2 %v : tensor<?x?xFLOAT> -> tensor<FLOAT>
  %n3 = gradopt.norm linf %v : tensor<?x?xFLOAT> -> tensor<FLOAT>
  %t = tensor.extract_slice %want[0] [1] [1] : tensor<3xFLOAT> to tensor<FLOAT>
  %flat = tensor.collapse_shape %v [[0, 1]] : tensor<?x?xFLOAT> into tensor<?xFLOAT>
  %r1, %m1 = gradopt.clip_by_norm l1 rows %flat to %t : tensor<?xFLOAT>, tensor<FLOAT> -> tensor<FLOAT>
  %r2, %m2 = gradopt.clip_by_norm l2 rows %flat to %t : tensor<?xFLOAT>, tensor<FLOAT> -> tensor<FLOAT>
  %r3, %m3 = gradopt.clip_by_norm linf rows %flat to %t : tensor<?xFLOAT>, tensor<FLOAT> -> tensor<FLOAT>
  %e1 = tensor.extract %n1[] : tensor<FLOAT>
  %e2 = tensor.extract %n2[] : tensor<FLOAT>
  %e3 = tensor.extract %n3[] : tensor<FLOAT>
  %e4 = tensor.extract %m1[] : tensor<FLOAT>
  %e5 = tensor.extract %m2[] : tensor<FLOAT>
  %e6 = tensor.extract %m3[] : tensor<FLOAT>
  %w1 = tensor.extract %want[%c0] : tensor<3xFLOAT>
  %w2 = tensor.extract %want[%c1] : tensor<3xFLOAT>
  %w3 = tensor.extract %want[%c2] : tensor<3xFLOAT>
  %f1 = call @expect(%e1, %w1, %row, %f0) : (FLOAT, FLOAT, index, index) -> index
  %f2 = call @expect(%e2, %w2, %row, %f1) : (FLOAT, FLOAT, index, index) -> index
  %f3 = call @expect(%e3, %w3, %row, %f2) : (FLOAT, FLOAT, index, index) -> index
  %f4 = call @expect(%e4, %w1, %row, %f3) : (FLOAT, FLOAT, index, index) -> index
  %f5 = call @expect(%e5, %w2, %row, %f4) : (FLOAT, FLOAT, index, index) -> index
  %f6 = call @expect(%e6, %w3, %row, %f5) : (FLOAT, FLOAT, index, index) -> index
  return %f6 : index
}

// The same of two tensors together, one of them beside one of no elements.
func.func private @joint(%v: tensor<2xFLOAT>, %want: tensor<3xFLOAT>, %row: index, %f0: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %a = tensor.extract_slice %v[0] [1] [1] : tensor<2xFLOAT> to tensor<FLOAT>
  %b = tensor.extract_slice %v[1] [1] [1] : tensor<2xFLOAT> to tensor<1xFLOAT>
  %none = tensor.empty() : tensor<3x0xFLOAT>
  %c = tensor.expand_shape %b [[0, 1, 2]] output_shape [1, 1, 1] : tensor<1xFLOAT> into tensor<1x1x1xFLOAT>
  %n1 = gradopt.norm l1 %a, %none, %c : tensor<FLOAT>, tensor<3x0xFLOAT>, tensor<1x1x1xFLOAT> -> tensor<FLOAT>
  %n2 = gradopt.norm l2 %a, %none, %c : tensor<FLOAT>, tensor<3x0xFLOAT>, tensor<1x1x1xFLOAT> -> tensor<FLOAT>
  %n3 = gradopt.norm linf %a, %none, %c : tensor<FLOAT>, tensor<3x0xFLOAT>, tensor<1x1x1xFLOAT> -> tensor<FLOAT>
  %e1 = tensor.extract %n1[] : tensor<FLOAT>
  %e2 = tensor.extract %n2[] : tensor<FLOAT>
  %e3 = tensor.extract %n3[] : tensor<FLOAT>
  %w1 = tensor.extract %want[%c0] : tensor<3xFLOAT>
  %w2 = tensor.extract %want[%c1] : tensor<3xFLOAT>
  %w3 = tensor.extract %want[%c2] : tensor<3xFLOAT>
  %f1 = call @expect(%e1, %w1, %row, %f0) : (FLOAT, FLOAT, index, index) -> index
  %f2 = call @expect(%e2, %w2, %row, %f1) : (FLOAT, FLOAT, index, index) -> index
  %f3 = call @expect(%e3, %w3, %row, %f2) : (FLOAT, FLOAT, index, index) -> index
  return %f3 : index
}

// How many elements are NaN or Inf, and whether all are finite.
func.func private @count(%v: tensor<?x?xFLOAT>) {
  %n = gradopt.count_nonfinite %v, %v : tensor<?x?xFLOAT>, tensor<?x?xFLOAT>
  %ok = gradopt.check_finite %v : tensor<?x?xFLOAT>
  %e = tensor.extract %n[] : tensor<i64>
  vector.print %e : i64
  vector.print %ok : i1
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %rows = arith.constant 12 : index
  %cases = arith.constant dense<[
    [3.0, -4.0], [0.0, -0.0], [3.0eBIG, -4.0eBIG], [-3.0e-SMALL, 4.0e-SMALL],
    [TINY, 0.0], [0.0, MAX], [MAX, MAX], [INF, 1.0], [-INF, 1.0], [-INF, INF],
    [INF, NAN], [NAN, 1.0]]> : tensor<12x2xFLOAT>
  %wants = arith.constant dense<[
    [7.0, 5.0, 4.0], [0.0, 0.0, 0.0], [7.0eBIG, 5.0eBIG, 4.0eBIG],
    [7.0e-SMALL, 5.0e-SMALL, 4.0e-SMALL], [TINY, TINY, TINY], [MAX, MAX, MAX],
    [INF, INF, MAX], [INF, INF, INF], [INF, INF, INF], [INF, INF, INF],
    [NAN, NAN, NAN], [NAN, NAN, NAN]]> : tensor<12x3xFLOAT>

  %failures = scf.for %i = %c0 to %rows step %c1 iter_args(%f0 = %c0) -> (index) {
    %want = tensor.extract_slice %wants[%i, 0] [1, 3] [1, 1] : tensor<12x3xFLOAT> to tensor<3xFLOAT>
    %v = tensor.extract_slice %cases[%i, 0] [1, 2] [1, 1] : tensor<12x2xFLOAT> to tensor<2xFLOAT>
    %row = tensor.expand_shape %v [[0, 1]] output_shape [1, 2] : tensor<2xFLOAT> into tensor<1x2xFLOAT>
    %column = tensor.expand_shape %v [[0, 1]] output_shape [2, 1] : tensor<2xFLOAT> into tensor<2x1xFLOAT>
    %a = tensor.cast %row : tensor<1x2xFLOAT> to tensor<?x?xFLOAT>
    %b = tensor.cast %column : tensor<2x1xFLOAT> to tensor<?x?xFLOAT>
    %f1 = func.call @norms(%a, %want, %i, %f0) : (tensor<?x?xFLOAT>, tensor<3xFLOAT>, index, index) -> index
    %f2 = func.call @norms(%b, %want, %i, %f1) : (tensor<?x?xFLOAT>, tensor<3xFLOAT>, index, index) -> index
    %f3 = func.call @joint(%v, %want, %i, %f2) : (tensor<2xFLOAT>, tensor<3xFLOAT>, index, index) -> index
    scf.yield %f3 : index
  }

  // No rows, and rows of nothing.
  %zeros = arith.constant dense<0.0> : tensor<3xFLOAT>
  %no_rows = tensor.empty(%c0, %c2) : tensor<?x?xFLOAT>
  %no_columns = tensor.empty(%c2, %c0) : tensor<?x?xFLOAT>
  %f4 = call @norms(%no_rows, %zeros, %rows, %failures) : (tensor<?x?xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %f5 = call @norms(%no_columns, %zeros, %rows, %f4) : (tensor<?x?xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  // CHECK: {{^}}0{{$}}
  vector.print %f5 : index

  // 7 of 24 elements are not finite; each is counted in both operands.
  // CHECK-NEXT: {{^}}14{{$}}
  // CHECK-NEXT: {{^}}0{{$}}
  %all = tensor.cast %cases : tensor<12x2xFLOAT> to tensor<?x?xFLOAT>
  call @count(%all) : (tensor<?x?xFLOAT>) -> ()
  // CHECK-NEXT: {{^}}0{{$}}
  // CHECK-NEXT: {{^}}1{{$}}
  %some = tensor.extract_slice %cases[0, 0] [7, 2] [1, 1] : tensor<12x2xFLOAT> to tensor<7x2xFLOAT>
  %finite = tensor.cast %some : tensor<7x2xFLOAT> to tensor<?x?xFLOAT>
  call @count(%finite) : (tensor<?x?xFLOAT>) -> ()
  // CHECK-NEXT: {{^}}0{{$}}
  // CHECK-NEXT: {{^}}1{{$}}
  call @count(%no_rows) : (tensor<?x?xFLOAT>) -> ()
  return
}
