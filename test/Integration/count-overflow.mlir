// Half of the largest number and less, NaN and Inf are not counted; what is a
// bit more than half is, of either sign. For both element
// types, several operands and no elements.
//
// RUN: sed -e 's/FLOAT/f32/g; s/HALF/0x7EFFFFFF/g; s/MORE/0x7F000000/g; s/-MAX/0xFF7FFFFF/g; s/MAX/0x7F7FFFFF/g; s/NAN/0x7FC00000/g; s/-INF/0xFF800000/g; s/INF/0x7F800000/g' %s > %t.f32.mlir
// RUN: gradopt-opt %t.f32.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: sed -e 's/FLOAT/f64/g; s/HALF/0x7FDFFFFFFFFFFFFF/g; s/MORE/0x7FE0000000000000/g; s/-MAX/0xFFEFFFFFFFFFFFFF/g; s/MAX/0x7FEFFFFFFFFFFFFF/g; s/NAN/0x7FF8000000000000/g; s/-INF/0xFFF0000000000000/g; s/INF/0x7FF0000000000000/g' %s > %t.f64.mlir
// RUN: gradopt-opt %t.f64.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s

func.func private @count(%v: tensor<?xFLOAT>, %more: tensor<2xFLOAT>) {
  %n = gradopt.count_overflow %v, %more beyond 0.5 : tensor<?xFLOAT>, tensor<2xFLOAT>
  %e = tensor.extract %n[] : tensor<i64>
  vector.print %e : i64
  return
}

func.func @main() {
  %none = arith.constant dense<[0.0, -1.0]> : tensor<2xFLOAT>
  %one = arith.constant dense<[-MAX, HALF]> : tensor<2xFLOAT>
  %all = arith.constant dense<[1.0, HALF, MORE, MAX, -MAX, INF, -INF, NAN, -0.0]> : tensor<9xFLOAT>
  %values = tensor.cast %all : tensor<9xFLOAT> to tensor<?xFLOAT>
  %empty = tensor.extract_slice %all[0] [0] [1] : tensor<9xFLOAT> to tensor<0xFLOAT>
  %nothing = tensor.cast %empty : tensor<0xFLOAT> to tensor<?xFLOAT>
  // CHECK: {{^}}3{{$}}
  call @count(%values, %none) : (tensor<?xFLOAT>, tensor<2xFLOAT>) -> ()
  // CHECK-NEXT: {{^}}4{{$}}
  call @count(%values, %one) : (tensor<?xFLOAT>, tensor<2xFLOAT>) -> ()
  // CHECK-NEXT: {{^}}0{{$}}
  call @count(%nothing, %none) : (tensor<?xFLOAT>, tensor<2xFLOAT>) -> ()
  return
}
