// RUN: gradopt-opt %s --mlir-print-op-generic | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --emit-bytecode | gradopt-opt | FileCheck %s

// CHECK-LABEL: func.func @threads
func.func @threads(%z: memref<4x8xf32>, %x: memref<4x2xf32>, %w: memref<2x8xf32>) -> (index, index) {
  // CHECK: gradopt.thread_id
  %thread = gradopt.thread_id
  // CHECK: gradopt.num_threads
  %threads = gradopt.num_threads
  // CHECK: gradopt.barrier
  gradopt.barrier
  // CHECK: #gradopt.kernel<split = 1, period = 4, grain = 4, rows = 2, columns = 4, depth = 2, overwrite = true>
  linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, period = 4, grain = 4, rows = 2, columns = 4, depth = 2, overwrite = true>}
      ins(%x, %w : memref<4x2xf32>, memref<2x8xf32>) outs(%z : memref<4x8xf32>)
  // CHECK: #gradopt.kernel<>
  linalg.matmul {gradopt.kernel = #gradopt.kernel<>}
      ins(%x, %w : memref<4x2xf32>, memref<2x8xf32>) outs(%z : memref<4x8xf32>)
  return %thread, %threads : index, index
}
