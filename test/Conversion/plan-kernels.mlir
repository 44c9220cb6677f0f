// RUN: gradopt-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(gradopt-plan-kernels))' | FileCheck %s

#avx2 = #dlti.target_system_spec<"CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64, "vector_registers" = 16 : i64, "L1_cache_size_in_bytes" = 32768 : i64, "L2_cache_size_in_bytes" = 524288 : i64>>

module attributes {dlti.target_system_spec = #avx2} {
// Outside of loops: of a contraction the more of rows and columns; thread 0 alone.
// CHECK-LABEL: func.func @alone
func.func @alone(%x: memref<64x256xf32>, %w: memref<256x1024xf32>, %z: memref<64x1024xf32>,
                 %one: memref<1x256xf32>, %few: memref<1x1024xf32>,
                 %tall: memref<256x64xf32>, %narrow: memref<64x256xf32>, %square: memref<256x256xf32>, %small: memref<8xf32>, %zero: f32) {
  // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16>} ins(%{{.*}}, %{{.*}} : memref<64x256xf32>
  linalg.matmul ins(%x, %w : memref<64x256xf32>, memref<256x1024xf32>) outs(%z : memref<64x1024xf32>)
  // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 64>} ins(%{{.*}}, %{{.*}} : memref<1x256xf32>
  linalg.matmul ins(%one, %w : memref<1x256xf32>, memref<256x1024xf32>) outs(%few : memref<1x1024xf32>)
  // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 0>} ins(%{{.*}}, %{{.*}} : memref<256x64xf32>
  linalg.matmul ins(%tall, %narrow : memref<256x64xf32>, memref<64x256xf32>) outs(%square : memref<256x256xf32>)
  // CHECK: linalg.fill {gradopt.kernel = #gradopt.kernel<>}
  linalg.fill ins(%zero : f32) outs(%small : memref<8xf32>)
  // What someone has chosen stays.
  // CHECK: linalg.fill {gradopt.kernel = #gradopt.kernel<split = 0, grain = 2>}
  linalg.fill {gradopt.kernel = #gradopt.kernel<split = 0, grain = 2>} ins(%zero : f32) outs(%small : memref<8xf32>)
  return
}

// In a loop: the columns of a contraction by the period of those who read it.
// CHECK-LABEL: func.func @columns
func.func @columns(%h: memref<65x32x256xf32>, %w: memref<256x512xf32>, %z: memref<32x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %h[%t, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    %then = memref.subview %h[%next, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, period = 256, grain = 16, rows = 6, columns = 16>}
    linalg.matmul ins(%now, %w : memref<32x256xf32, strided<[256, 1], offset: ?>>, memref<256x512xf32>) outs(%z : memref<32x512xf32>)
    %a = memref.subview %z[0, 0] [32, 256] [1, 1] : memref<32x512xf32> to memref<32x256xf32, strided<[512, 1]>>
    %b = memref.subview %z[0, 256] [32, 256] [1, 1] : memref<32x512xf32> to memref<32x256xf32, strided<[512, 1], offset: 256>>
    // CHECK: linalg.mul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, columns = 16>}
    linalg.mul ins(%a, %b : memref<32x256xf32, strided<[512, 1]>>, memref<32x256xf32, strided<[512, 1], offset: 256>>) outs(%then : memref<32x256xf32, strided<[256, 1], offset: ?>>)
  }
  return
}

// Weights that fit into a core's cache, and rows for several threads.
// CHECK-LABEL: func.func @rows
func.func @rows(%h: memref<65x32x64xf32>, %w: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %h[%t, 0, 0] [1, 32, 64] [1, 1, 1] : memref<65x32x64xf32> to memref<32x64xf32, strided<[64, 1], offset: ?>>
    %then = memref.subview %h[%next, 0, 0] [1, 32, 64] [1, 1, 1] : memref<65x32x64xf32> to memref<32x64xf32, strided<[64, 1], offset: ?>>
    // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 0, rows = 6, columns = 16>}
    linalg.matmul ins(%now, %w : memref<32x64xf32, strided<[64, 1], offset: ?>>, memref<64x64xf32>) outs(%then : memref<32x64xf32, strided<[64, 1], offset: ?>>)
  }
  return
}

// Less than a barrier costs: wide tiles, one thread.
// CHECK-LABEL: func.func @single
func.func @single(%h: memref<65x1x64xf32>, %w: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %h[%t, 0, 0] [1, 1, 64] [1, 1, 1] : memref<65x1x64xf32> to memref<1x64xf32, strided<[64, 1], offset: ?>>
    %then = memref.subview %h[%next, 0, 0] [1, 1, 64] [1, 1, 1] : memref<65x1x64xf32> to memref<1x64xf32, strided<[64, 1], offset: ?>>
    // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<rows = 1, columns = 64>}
    linalg.matmul ins(%now, %w : memref<1x64xf32, strided<[64, 1], offset: ?>>, memref<64x64xf32>) outs(%then : memref<1x64xf32, strided<[64, 1], offset: ?>>)
  }
  return
}
}

// -----

// Twice the width and the registers.
#avx512 = #dlti.target_system_spec<"CPU" = #dlti.target_device_spec<"max_vector_op_width" = 512 : i64, "vector_registers" = 32 : i64>>
module attributes {dlti.target_system_spec = #avx512} {
// CHECK-LABEL: func.func @avx512
func.func @avx512(%h: memref<65x32x256xf32>, %w: memref<256x256xf32>, %d: memref<65x32x256xf64>, %wd: memref<256x256xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %h[%t, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    %then = memref.subview %h[%next, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 32, rows = 12, columns = 32>}
    linalg.matmul ins(%now, %w : memref<32x256xf32, strided<[256, 1], offset: ?>>, memref<256x256xf32>) outs(%then : memref<32x256xf32, strided<[256, 1], offset: ?>>)
  }
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %d[%t, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf64> to memref<32x256xf64, strided<[256, 1], offset: ?>>
    %then = memref.subview %d[%next, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf64> to memref<32x256xf64, strided<[256, 1], offset: ?>>
    // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, rows = 12, columns = 16>}
    linalg.matmul ins(%now, %wd : memref<32x256xf64, strided<[256, 1], offset: ?>>, memref<256x256xf64>) outs(%then : memref<32x256xf64, strided<[256, 1], offset: ?>>)
  }
  return
}
}
