// RUN: gradopt-opt %s --pass-pipeline='builtin.module(func.func(gradopt-distribute-work),canonicalize,cse)' | FileCheck %s

// Rows: those of this thread.
// CHECK-LABEL: func.func @rows
// CHECK-DAG: %[[THREAD:.*]] = gradopt.thread_id
// CHECK-DAG: %[[THREADS:.*]] = gradopt.num_threads
// CHECK: %[[FROM:.*]] = arith.muli %{{.*}}, %[[THREAD]] : index
// CHECK: %[[BEGIN:.*]] = arith.divui %[[FROM]], %[[THREADS]] : index
// CHECK: %[[END:.*]] = arith.divui %{{.*}}, %[[THREADS]] : index
// CHECK: %[[SIZE:.*]] = arith.subi %[[END]], %[[BEGIN]]
// CHECK: %[[X:.*]] = memref.subview %arg0[%[[BEGIN]], 0] [%[[SIZE]], 8] [1, 1]
// CHECK: linalg.exp {gradopt.kernel = #gradopt.kernel<>} ins(%[[X]] :
func.func @rows(%x: memref<?x8xf32>, %y: memref<?x8xf32>) {
  linalg.exp {gradopt.kernel = #gradopt.kernel<split = 0>} ins(%x : memref<?x8xf32>) outs(%y : memref<?x8xf32>)
  return
}

// A step of a loop: panels before it, one loop over tiles for the contraction
// and what follows it, the gates another loop of the contraction.
// CHECK-LABEL: func.func @step
// CHECK: %[[PANELS:.*]] = memref.alloc() {{.*}} : memref<3x2x6x16xf32>
// CHECK: scf.for %[[J:.*]] = %{{.*}} to %{{.*}} step %c16
// CHECK-NEXT: scf.for %[[G:.*]] = %c0 to %c2
// CHECK: memref.subview %{{.*}} [6, 16] [1, 1] : memref<6x80xf32>
// CHECK: linalg.generic
// The last eight columns of 40.
// CHECK: scf.if
// CHECK: [6, 8] [1, 1] : memref<6x80xf32>
// CHECK: gradopt.barrier
// CHECK-NEXT: scf.for %[[T:.*]] =
// CHECK: scf.for %[[J:.*]] = %{{.*}} to %{{.*}} step %c16
// CHECK: %[[PANEL:.*]] = memref.subview %[[PANELS]][%{{.*}}, 0, 0, 0] [1, 2, 6, 16]
// CHECK: %[[GATES:.*]] = memref.expand_shape %{{.*}} output_shape [4, 2, 40]
// CHECK: %[[OUT:.*]] = memref.subview %[[GATES]][0, 0, %[[J]]] [4, 2, 16]
// CHECK: linalg.generic {indexing_maps = [#[[LEFT:.*]], #[[RIGHT:.*]], #[[TILE:.*]]], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
// CHECK-SAME: ins(%{{.*}}, %[[PANEL]] : memref<4x6xf32{{.*}}>, memref<2x6x16xf32, strided<[96, 16, 1], offset: ?>>) outs(%[[OUT]]
// CHECK-SAME: #gradopt.kernel<rows = 4, columns = 16>
// CHECK: linalg.mul {{.*}} outs(%{{.*}} : memref<4x16xf32
// CHECK: scf.if
// CHECK: linalg.generic {{.*}}memref<2x6x8xf32, strided<[96, 16, 1], offset: 384>>
// CHECK: linalg.mul {{.*}} outs(%{{.*}} : memref<4x8xf32
func.func @step(%x: memref<5x4x6xf32>, %w: memref<6x80xf32>, %z: memref<4x80xf32>, %y: memref<5x4x40xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  scf.for %t = %c0 to %c5 step %c1 {
    %row = memref.subview %x[%t, 0, 0] [1, 4, 6] [1, 1, 1] : memref<5x4x6xf32> to memref<4x6xf32, strided<[6, 1], offset: ?>>
    %out = memref.subview %y[%t, 0, 0] [1, 4, 40] [1, 1, 1] : memref<5x4x40xf32> to memref<4x40xf32, strided<[40, 1], offset: ?>>
    linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, period = 40, grain = 16, rows = 4, columns = 16>}
        ins(%row, %w : memref<4x6xf32, strided<[6, 1], offset: ?>>, memref<6x80xf32>) outs(%z : memref<4x80xf32>)
    %a = memref.subview %z[0, 0] [4, 40] [1, 1] : memref<4x80xf32> to memref<4x40xf32, strided<[80, 1]>>
    %b = memref.subview %z[0, 40] [4, 40] [1, 1] : memref<4x80xf32> to memref<4x40xf32, strided<[80, 1], offset: 40>>
    linalg.mul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, columns = 16>}
        ins(%a, %b : memref<4x40xf32, strided<[80, 1]>>, memref<4x40xf32, strided<[80, 1], offset: 40>>) outs(%out : memref<4x40xf32, strided<[40, 1], offset: ?>>)
  }
  return
}

// By rows, what reads all columns of the op before it has tiles of its own. The
// weight is transposed on its way into its panels.
// CHECK-LABEL: func.func @by_rows
// CHECK: memref.alloc() {{.*}} : memref<2x1x32x16xf32>
// CHECK: linalg.generic {indexing_maps = [#[[READ:.*]], #[[WRITE:.*]]], {{.*}} ins(%{{.*}} : memref<16x32xf32
// CHECK: scf.for
// CHECK-NOT: gradopt.barrier
// CHECK: linalg.exp
// CHECK: scf.for %{{.*}} step %c16
// CHECK: memref.transpose
// CHECK: linalg.contract
func.func @by_rows(%h: memref<64x32xf32>, %w: memref<32x32xf32>, %g: memref<64x32xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  scf.for %t = %c0 to %c5 step %c1 {
    linalg.exp {gradopt.kernel = #gradopt.kernel<split = 0, columns = 16>} ins(%h : memref<64x32xf32>) outs(%g : memref<64x32xf32>)
    linalg.contract indexing_maps = [affine_map<(b, k, j) -> (b, k)>, affine_map<(b, k, j) -> (j, k)>, affine_map<(b, k, j) -> (b, j)>]
        {gradopt.kernel = #gradopt.kernel<split = 0, rows = 6, columns = 16>}
        ins(%g, %w : memref<64x32xf32>, memref<32x32xf32>) outs(%h : memref<64x32xf32>)
  }
  return
}

// What the op behind a contraction reads is asked for before it; what the
// contraction makes is not.
// CHECK-LABEL: func.func @prefetch
// CHECK: scf.for %{{.*}} to %c5
// CHECK: scf.for %[[J:.*]] = %{{.*}} step %c16
// CHECK: %[[TAPE:.*]] = memref.subview %arg3[0, %[[J]]] [32, 16]
// CHECK: scf.for %[[ROW:.*]] = %c0 to %c32
// CHECK-NEXT: memref.prefetch %[[TAPE]][%[[ROW]], %c0], read, locality<2>, data
// CHECK-NOT: memref.prefetch
// CHECK: linalg.matmul
// CHECK: linalg.mul
func.func @prefetch(%h: memref<32x64xf32>, %w: memref<64x64xf32>, %g: memref<32x64xf32>, %tape: memref<32x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  scf.for %t = %c0 to %c5 step %c1 {
    linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, rows = 6, columns = 16>}
        ins(%h, %w : memref<32x64xf32>, memref<64x64xf32>) outs(%g : memref<32x64xf32>)
    linalg.mul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, columns = 16>}
        ins(%g, %tape : memref<32x64xf32>, memref<32x64xf32>) outs(%g : memref<32x64xf32>)
  }
  return
}

// Thread 0: an op, a store, a whole loop.
// CHECK-LABEL: func.func @first
// CHECK: %[[THREAD:.*]] = gradopt.thread_id
// CHECK: %[[IS_FIRST:.*]] = arith.cmpi eq, %[[THREAD]], %c0
// CHECK: scf.if %[[IS_FIRST]] {
// CHECK-NEXT: linalg.exp
// CHECK: scf.if %[[IS_FIRST]] {
// CHECK-NEXT: memref.store
// CHECK: scf.if %[[IS_FIRST]] {
// CHECK-NEXT: scf.for
// CHECK-NOT: scf.if
// CHECK: linalg.exp
func.func @first(%x: memref<8xf32>, %y: memref<8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  linalg.exp {gradopt.kernel = #gradopt.kernel<>} ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
  memref.store %one, %x[%c0] : memref<8xf32>
  scf.for %t = %c0 to %n step %c1 {
    linalg.exp {gradopt.kernel = #gradopt.kernel<>} ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
    linalg.exp {gradopt.kernel = #gradopt.kernel<>} ins(%y : memref<8xf32>) outs(%x : memref<8xf32>)
  }
  return
}

// What knows its place in the loops knows it in the share.
// CHECK-LABEL: func.func @index
// CHECK: %[[BEGIN:.*]] = arith.divui
// CHECK: linalg.index 0
// CHECK-NEXT: affine.apply #{{.*}}()[%{{.*}}, %[[BEGIN]]]
func.func @index(%y: memref<64xi64>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"], gradopt.kernel = #gradopt.kernel<split = 0>} outs(%y : memref<64xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %v = arith.index_cast %i : index to i64
    linalg.yield %v : i64
  }
  return
}
