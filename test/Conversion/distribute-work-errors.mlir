// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(func.func(gradopt-distribute-work))'
// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(func.func(gradopt-insert-barriers))'

func.func @no_loop(%x: memref<8xf32>, %y: memref<8xf32>) {
  // expected-error@+1 {{cannot be divided by loop 1 as its gradopt.kernel says: split must be a parallel loop that all results have, of an op with plain indexing maps}}
  linalg.exp {gradopt.kernel = #gradopt.kernel<split = 1>} ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
  return
}

// -----

func.func @reduction(%x: memref<4x6xf32>, %w: memref<6x8xf32>, %y: memref<4x8xf32>) {
  // expected-error@+1 {{cannot be divided by loop 2 as its gradopt.kernel says}}
  linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 2>} ins(%x, %w : memref<4x6xf32>, memref<6x8xf32>) outs(%y : memref<4x8xf32>)
  return
}

// -----

func.func @period(%x: memref<4x6xf32>, %w: memref<6x8xf32>, %y: memref<4x8xf32>) {
  // expected-error@+1 {{has no runs of 3 columns as its gradopt.kernel says: period must divide their number, which must be static}}
  linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, period = 3>} ins(%x, %w : memref<4x6xf32>, memref<6x8xf32>) outs(%y : memref<4x8xf32>)
  return
}

// -----

func.func @dynamic(%x: memref<?xf32>, %y: memref<?xf32>) {
  // expected-error@+1 {{cannot be tiled by columns as its gradopt.kernel says: the last dimension of its first result must be static and one that all results have}}
  linalg.exp {gradopt.kernel = #gradopt.kernel<columns = 8>} ins(%x : memref<?xf32>) outs(%y : memref<?xf32>)
  return
}

// -----

func.func @grain(%x: memref<8xf32>, %y: memref<8xf32>) {
  // expected-error@+1 {{is divided by columns: in gradopt.kernel, grain and columns must be equal}}
  linalg.exp {gradopt.kernel = #gradopt.kernel<split = 0, grain = 2, columns = 4>} ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
  return
}

// -----

func.func @rows(%x: memref<8x8xf32>, %y: memref<8x8xf32>) {
  // expected-error@+1 {{cannot be done some rows at a time as its gradopt.kernel says: rows of an op that is no contraction needs split to be the loop of its columns, another loop before it, and no columns}}
  linalg.exp {gradopt.kernel = #gradopt.kernel<split = 0, rows = 2>} ins(%x : memref<8x8xf32>) outs(%y : memref<8x8xf32>)
  return
}

// -----

func.func @rows_of_a_line(%x: memref<8xf32>, %y: memref<8xf32>) {
  // expected-error@+1 {{cannot be done some rows at a time}}
  linalg.exp {gradopt.kernel = #gradopt.kernel<split = 0, rows = 2>} ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
  return
}
