// RUN: gradopt-opt %s --gradopt-lower-contractions --remark-format=emitRemark --remarks-filter=gradopt-lower-contractions --verify-diagnostics | FileCheck %s

// Why a contraction is not made into vector code. Each stays as it is.

// CHECK-LABEL: @half
func.func @half(%a: memref<4x6xf16>, %b: memref<6x8xf16>, %c: memref<4x8xf16>) {
  // CHECK: linalg.matmul
  // expected-remark@+1 {{this contraction stays a loop over numbers: its elements are neither f32 nor f64}}
  linalg.matmul ins(%a, %b : memref<4x6xf16>, memref<6x8xf16>) outs(%c : memref<4x8xf16>)
  return
}

// CHECK-LABEL: @number
func.func @number(%a: f32, %b: memref<6x8xf32>, %c: memref<8xf32>) {
  // CHECK: linalg.generic
  // expected-remark@+1 {{an operand is no buffer, or has another element type}}
  linalg.generic {indexing_maps = [affine_map<(n, k) -> ()>, affine_map<(n, k) -> (k, n)>, affine_map<(n, k) -> (n)>],
                  iterator_types = ["parallel", "reduction"]}
      ins(%a, %b : f32, memref<6x8xf32>) outs(%c : memref<8xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: @layout
func.func @layout(%a: memref<4x6xf32>, %b: memref<6x8xf32, affine_map<(i, j) -> (i floordiv 2, j, i mod 2)>>, %c: memref<4x8xf32>) {
  // CHECK: linalg.matmul
  // expected-remark@+1 {{an operand's layout has no strides}}
  linalg.matmul ins(%a, %b : memref<4x6xf32>, memref<6x8xf32, affine_map<(i, j) -> (i floordiv 2, j, i mod 2)>>) outs(%c : memref<4x8xf32>)
  return
}

// CHECK-LABEL: @window
func.func @window(%a: memref<8xf32>, %b: memref<3xf32>, %c: memref<6xf32>) {
  // CHECK: linalg.conv_1d
  // expected-remark@+1 {{an operand is not indexed by loops alone}}
  linalg.conv_1d ins(%a, %b : memref<8xf32>, memref<3xf32>) outs(%c : memref<6xf32>)
  return
}

// CHECK-LABEL: @dot
func.func @dot(%a: memref<8xf32>, %b: memref<8xf32>, %c: memref<f32>) {
  // CHECK: linalg.dot
  // expected-remark@+1 {{no elements of its output are known to lie one behind the other}}
  linalg.dot ins(%a, %b : memref<8xf32>, memref<8xf32>) outs(%c : memref<f32>)
  return
}

// CHECK-LABEL: @every_other
func.func @every_other(%a: memref<4x6xf32>, %b: memref<6x8xf32>, %c: memref<4x8xf32, strided<[16, 2]>>) {
  // CHECK: linalg.matmul
  // expected-remark@+1 {{no elements of its output are known to lie one behind the other}}
  linalg.matmul ins(%a, %b : memref<4x6xf32>, memref<6x8xf32>) outs(%c : memref<4x8xf32, strided<[16, 2]>>)
  return
}

// CHECK-LABEL: @unknown_stride
func.func @unknown_stride(%a: memref<4x6xf32>, %b: memref<6x8xf32>, %c: memref<4x8xf32, strided<[?, ?]>>) {
  // CHECK: linalg.matmul
  // expected-remark@+1 {{no elements of its output are known to lie one behind the other}}
  linalg.matmul ins(%a, %b : memref<4x6xf32>, memref<6x8xf32>) outs(%c : memref<4x8xf32, strided<[?, ?]>>)
  return
}

// CHECK-LABEL: @both
func.func @both(%a: memref<6x8xf32>, %b: memref<6x8xf32>, %c: memref<8xf32>) {
  // CHECK: linalg.generic
  // expected-remark@+1 {{both inputs, or none, go along the output's elements that lie one behind the other}}
  linalg.generic {indexing_maps = [affine_map<(n, k) -> (k, n)>, affine_map<(n, k) -> (k, n)>, affine_map<(n, k) -> (n)>],
                  iterator_types = ["parallel", "reduction"]}
      ins(%a, %b : memref<6x8xf32>, memref<6x8xf32>) outs(%c : memref<8xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: @none
func.func @none(%a: memref<6xf32>, %b: memref<6xf32>, %c: memref<8xf32>) {
  // CHECK: linalg.generic
  // expected-remark@+1 {{both inputs, or none, go along the output's elements that lie one behind the other}}
  linalg.generic {indexing_maps = [affine_map<(n, k) -> (k)>, affine_map<(n, k) -> (k)>, affine_map<(n, k) -> (n)>],
                  iterator_types = ["parallel", "reduction"]}
      ins(%a, %b : memref<6xf32>, memref<6xf32>) outs(%c : memref<8xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  }
  return
}

// No contractions, of which nothing is said: no sum, no product of the inputs
// themselves, tensors.

// CHECK-LABEL: @others
func.func @others(%a: memref<8x8xf32>, %b: memref<8x8xf32>, %c: memref<8x8xf32>, %t: tensor<8x8xf32>) -> tensor<8x8xf32> {
  // CHECK: linalg.mul
  linalg.mul ins(%a, %b : memref<8x8xf32>, memref<8x8xf32>) outs(%c : memref<8x8xf32>)
  // CHECK: linalg.generic
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                  iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x8xf32>, memref<8x8xf32>) outs(%c : memref<8x8xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %n = arith.negf %x : f32
    %p = arith.mulf %n, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  }
  // CHECK: linalg.matmul
  %r = linalg.matmul ins(%t, %t : tensor<8x8xf32>, tensor<8x8xf32>) outs(%t : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}
