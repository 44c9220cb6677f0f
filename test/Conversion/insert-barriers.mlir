// RUN: gradopt-opt %s --pass-pipeline='builtin.module(func.func(gradopt-insert-barriers))' | FileCheck %s

// One row is read by all threads, the next one is written by each for itself:
// once per step.
// CHECK-LABEL: func.func @recurrence
func.func @recurrence(%h: memref<65x32x256xf32>, %w: memref<256x256xf32>, %z: memref<64x32x256xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  // CHECK-NOT: gradopt.barrier
  // CHECK: scf.for
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %h[%t, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    %then = memref.subview %h[%next, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    %row = memref.subview %z[%t, 0, 0] [1, 32, 256] [1, 1, 1] : memref<64x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    // CHECK: gradopt.barrier
    // CHECK-NEXT: linalg.matmul
    // CHECK-NOT: gradopt.barrier
    linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16>} ins(%now, %w : memref<32x256xf32, strided<[256, 1], offset: ?>>, memref<256x256xf32>) outs(%row : memref<32x256xf32, strided<[256, 1], offset: ?>>)
    linalg.exp {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16>} ins(%row : memref<32x256xf32, strided<[256, 1], offset: ?>>) outs(%then : memref<32x256xf32, strided<[256, 1], offset: ?>>)
  }
  // CHECK: return
  return
}

// Backwards in time.
// CHECK-LABEL: func.func @reverse
func.func @reverse(%g: memref<64x32x256xf32>, %w: memref<256x256xf32>, %dh: memref<2x32x256xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c63 = arith.constant 63 : index
  %c64 = arith.constant 64 : index
  // CHECK: scf.for
  scf.for %s = %c0 to %c64 step %c1 {
    %t = arith.subi %c63, %s : index
    %even = arith.remui %s, %c2 : index
    %next = arith.addi %s, %c1 : index
    %odd = arith.remui %next, %c2 : index
    %now = memref.subview %dh[%even, 0, 0] [1, 32, 256] [1, 1, 1] : memref<2x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    %then = memref.subview %dh[%odd, 0, 0] [1, 32, 256] [1, 1, 1] : memref<2x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    %row = memref.subview %g[%t, 0, 0] [1, 32, 256] [1, 1, 1] : memref<64x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    // CHECK: linalg.exp
    // CHECK-NEXT: gradopt.barrier
    // CHECK-NEXT: linalg.matmul
    // CHECK-NOT: gradopt.barrier
    linalg.exp {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16>} ins(%now : memref<32x256xf32, strided<[256, 1], offset: ?>>) outs(%row : memref<32x256xf32, strided<[256, 1], offset: ?>>)
    linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16>} ins(%row, %w : memref<32x256xf32, strided<[256, 1], offset: ?>>, memref<256x256xf32>) outs(%then : memref<32x256xf32, strided<[256, 1], offset: ?>>)
  }
  // CHECK: return
  return
}

// The gates of a unit belong to the thread of the unit.
// CHECK-LABEL: func.func @gates
func.func @gates(%h: memref<32x64xf32>, %w: memref<64x128xf32>, %z: memref<32x128xf32>, %y: memref<32x64xf32>) {
  // CHECK-NOT: gradopt.barrier
  linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, period = 64, grain = 16>} ins(%h, %w : memref<32x64xf32>, memref<64x128xf32>) outs(%z : memref<32x128xf32>)
  %a = memref.subview %z[0, 0] [32, 64] [1, 1] : memref<32x128xf32> to memref<32x64xf32, strided<[128, 1]>>
  %b = memref.subview %z[0, 64] [32, 64] [1, 1] : memref<32x128xf32> to memref<32x64xf32, strided<[128, 1], offset: 64>>
  linalg.mul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16>} ins(%a, %b : memref<32x64xf32, strided<[128, 1]>>, memref<32x64xf32, strided<[128, 1], offset: 64>>) outs(%y : memref<32x64xf32>)
  // CHECK: return
  return
}

// Other shares: another grain, another length, another dimension, half a gate.
// CHECK-LABEL: func.func @others
func.func @others(%x: memref<32x64xf32>, %y: memref<32x64xf32>, %z: memref<32x64xf32>) {
  linalg.exp {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16>} ins(%x : memref<32x64xf32>) outs(%y : memref<32x64xf32>)
  // CHECK: gradopt.barrier
  // CHECK-NEXT: linalg.exp {gradopt.kernel = #gradopt.kernel<split = 1, grain = 8>}
  linalg.exp {gradopt.kernel = #gradopt.kernel<split = 1, grain = 8>} ins(%y : memref<32x64xf32>) outs(%z : memref<32x64xf32>)
  // CHECK: gradopt.barrier
  // CHECK-NEXT: linalg.exp {gradopt.kernel = #gradopt.kernel<split = 0>}
  linalg.exp {gradopt.kernel = #gradopt.kernel<split = 0>} ins(%z : memref<32x64xf32>) outs(%x : memref<32x64xf32>)
  %half = memref.subview %x[0, 16] [32, 32] [1, 1] : memref<32x64xf32> to memref<32x32xf32, strided<[64, 1], offset: 16>>
  %out = memref.subview %z[0, 0] [32, 32] [1, 1] : memref<32x64xf32> to memref<32x32xf32, strided<[64, 1]>>
  // CHECK: gradopt.barrier
  // CHECK: linalg.exp {gradopt.kernel = #gradopt.kernel<>}
  linalg.exp {gradopt.kernel = #gradopt.kernel<>} ins(%half : memref<32x32xf32, strided<[64, 1], offset: 16>>) outs(%out : memref<32x32xf32, strided<[64, 1]>>)
  // Thread 0 again, then all.
  // CHECK-NOT: gradopt.barrier
  // CHECK: linalg.exp {gradopt.kernel = #gradopt.kernel<>}
  linalg.exp {gradopt.kernel = #gradopt.kernel<>} ins(%out : memref<32x32xf32, strided<[64, 1]>>) outs(%half : memref<32x32xf32, strided<[64, 1], offset: 16>>)
  %c0 = arith.constant 0 : index
  // CHECK: gradopt.barrier
  // CHECK-NEXT: memref.load
  %v = memref.load %z[%c0, %c0] : memref<32x64xf32>
  memref.store %v, %y[%c0, %c0] : memref<32x64xf32>
  // CHECK: gradopt.barrier
  // CHECK-NEXT: linalg.fill
  linalg.fill {gradopt.kernel = #gradopt.kernel<split = 0>} ins(%v : f32) outs(%z : memref<32x64xf32>)
  return
}

// A loop that needs what stands before it, and one whose iterations read
// whatever an earlier one wrote.
// CHECK-LABEL: func.func @before
func.func @before(%x: memref<32x64xf32>, %y: memref<32x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  linalg.exp {gradopt.kernel = #gradopt.kernel<split = 0>} ins(%x : memref<32x64xf32>) outs(%y : memref<32x64xf32>)
  // CHECK: gradopt.barrier
  // CHECK-NEXT: scf.for
  scf.for %t = %c0 to %c4 step %c1 {
    // CHECK: gradopt.barrier
    // CHECK-NEXT: linalg.exp
    linalg.exp {gradopt.kernel = #gradopt.kernel<split = 1>} ins(%y : memref<32x64xf32>) outs(%x : memref<32x64xf32>)
    // CHECK: gradopt.barrier
    // CHECK-NEXT: linalg.exp
    linalg.exp {gradopt.kernel = #gradopt.kernel<split = 0>} ins(%x : memref<32x64xf32>) outs(%y : memref<32x64xf32>)
  }
  return
}

// Two buffers in one allocation may overlap.
// CHECK-LABEL: func.func @shared
func.func @shared(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %bytes = memref.alloc() : memref<256xi8>
  %a = memref.view %bytes[%c0][] : memref<256xi8> to memref<64xf32>
  %b = memref.view %bytes[%c0][] : memref<256xi8> to memref<8x8xf32>
  linalg.exp {gradopt.kernel = #gradopt.kernel<split = 0>} ins(%x : memref<64xf32>) outs(%a : memref<64xf32>)
  linalg.exp {gradopt.kernel = #gradopt.kernel<split = 0>} ins(%a : memref<64xf32>) outs(%x : memref<64xf32>)
  %zero = arith.constant 0.0 : f32
  // CHECK: gradopt.barrier
  // CHECK-NEXT: linalg.fill
  linalg.fill {gradopt.kernel = #gradopt.kernel<split = 0>} ins(%zero : f32) outs(%b : memref<8x8xf32>)
  return
}
