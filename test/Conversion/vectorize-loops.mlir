// RUN: gradopt-opt %s --gradopt-vectorize-loops --canonicalize --cse | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>
#none = affine_map<(d0, d1) -> ()>

module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64,
      "vector_registers" = 16 : i64>>} {

/// Two vectors at once, then what is left of the row: one vector of four, and
/// three elements of another.
//
// CHECK-LABEL: func @row
// CHECK: scf.for %[[I:.*]] =
// CHECK: %[[S:.*]] = memref.load %{{.*}}[%[[I]]] : memref<4xf32>
// CHECK-NEXT: vector.load %{{.*}}[%[[I]], %c0]{{.*}} vector<16xf32>
// CHECK: vector.broadcast %[[S]] : f32 to vector<16xf32>
// CHECK: vector.store %{{.*}}[%[[I]], %c0]{{.*}} vector<16xf32>
// CHECK-NEXT: vector.load %{{.*}}[%[[I]], %c16]{{.*}} vector<8xf32>
// CHECK: vector.store
// CHECK-NEXT: %[[M:.*]] = vector.constant_mask [3] : vector<4xi1>
// CHECK-NEXT: vector.maskedload %{{.*}}[%[[I]], %c24], %[[M]]
// CHECK: vector.maskedstore %{{.*}}[%[[I]], %c24], %[[M]]
// CHECK-NEXT: }
// CHECK-NEXT: return
func.func @row(%a: memref<4x27xf32, strided<[32, 1]>>, %s: memref<4xf32>, %b: memref<4x27xf32, strided<[32, 1]>>) {
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %s : memref<4x27xf32, strided<[32, 1]>>, memref<4xf32>) outs(%b : memref<4x27xf32, strided<[32, 1]>>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %0 = arith.addf %x, %y : f32
    linalg.yield %0 : f32
  }
  return
}

/// All of the buffer is one row. An output that is not read is not loaded.
//
// CHECK-LABEL: func @joined
// CHECK-SAME: (%[[A:[a-z0-9]*]]: memref<?x3xf32>
// CHECK: %[[ALL:.*]] = memref.collapse_shape %[[A]]
// CHECK: scf.for %{{.*}} = %c0 to %[[FULL:.*]] step %c16
// CHECK-NEXT: vector.load %[[ALL]]
// CHECK-NOT: vector.load
// CHECK: scf.for %{{.*}} = %[[FULL]] to %[[REST:.*]] step %c8
// CHECK: scf.if
// CHECK: %[[M:.*]] = vector.create_mask %{{.*}} : vector<8xi1>
// CHECK: vector.maskedload %[[ALL]][%[[REST]]], %[[M]]
// CHECK: vector.maskedstore
func.func @joined(%a: memref<?x3xf32>, %b: memref<?x3xf32>) {
  linalg.map { math.absf } ins(%a : memref<?x3xf32>) outs(%b : memref<?x3xf32>)
  return
}

/// Rows with gaps stay rows.
//
// CHECK-LABEL: func @gaps
// CHECK-NOT: memref.collapse_shape
// CHECK: vector.maskedload {{.*}} vector<4xf32>
// CHECK-NOT: memref.collapse_shape
// CHECK: return
func.func @gaps(%a: memref<?x3xf32, strided<[4, 1]>>, %b: memref<?x3xf32, strided<[4, 1]>>) {
  linalg.map { math.absf } ins(%a : memref<?x3xf32, strided<[4, 1]>>) outs(%b : memref<?x3xf32, strided<[4, 1]>>)
  return
}

/// The narrowest type fills a register; what is the same for all elements stays
/// scalar.
//
// CHECK-LABEL: func @mixed
// CHECK-SAME: %[[F:[a-z0-9]*]]: f64
// CHECK: vector.load {{.*}} vector<8xf32>
// CHECK: arith.mulf %[[F]], %[[F]] : f64
// CHECK: arith.extf {{.*}} : vector<8xf32> to vector<8xf64>
// CHECK: arith.truncf {{.*}} : vector<8xf64> to vector<8xf32>
func.func @mixed(%a: memref<32xf32>, %f: f64, %b: memref<32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%a, %f : memref<32xf32>, f64) outs(%b : memref<32xf32>) {
  ^bb0(%x: f32, %y: f64, %o: f32):
    %0 = arith.mulf %y, %y : f64
    %1 = arith.extf %x : f32 to f64
    %2 = arith.mulf %1, %0 : f64
    %3 = arith.truncf %2 : f64 to f32
    linalg.yield %3 : f32
  }
  return
}

/// Sums of columns stay in registers, half of them.
//
// CHECK-LABEL: func @column_sums
// CHECK: scf.for %[[J:.*]] = %c0 to %c1024 step %c64
// CHECK-NEXT: %[[OLD:.*]] = vector.load %{{.*}}[%[[J]]] {{.*}} vector<64xf32>
// CHECK-NEXT: %[[SUM:.*]] = scf.for {{.*}} iter_args(%[[ACC:.*]] = %[[OLD]])
// CHECK-NEXT: %[[X:.*]] = vector.load
// CHECK-NEXT: %[[NEXT:.*]] = arith.addf %[[ACC]], %[[X]]
// CHECK-NEXT: scf.yield %[[NEXT]]
// CHECK-NEXT: }
// CHECK-NEXT: vector.store %[[SUM]], %{{.*}}[%[[J]]]
func.func @column_sums(%a: memref<?x?x1024xf32>, %b: memref<1024xf32>) {
  linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d2)>], iterator_types = ["reduction", "reduction", "parallel"]}
      ins(%a : memref<?x?x1024xf32>) outs(%b : memref<1024xf32>) {
  ^bb0(%x: f32, %o: f32):
    %0 = arith.addf %o, %x : f32
    linalg.yield %0 : f32
  }
  return
}

/// A block is transposed in registers; the seventeenth row is read by elements.
//
// CHECK-LABEL: func @transpose
// CHECK: scf.for
// CHECK: scf.for
// CHECK-COUNT-8: vector.load {{.*}} vector<8xf32>
// CHECK-COUNT-24: vector.shuffle
// CHECK-NOT: vector.load
// CHECK-COUNT-8: vector.store {{.*}} vector<8xf32>
// CHECK: scf.for
// CHECK: memref.load
// CHECK: vector.store {{.*}} vector<1xf32>
func.func @transpose(%a: memref<17x32xf32>, %b: memref<32x17xf32>) {
  linalg.transpose ins(%a : memref<17x32xf32>) outs(%b : memref<32x17xf32>) permutation = [1, 0]
  return
}

/// The place of an element as numbers, a row of a table by number.
//
// CHECK-LABEL: func @positions
// CHECK: vector.step : vector<{{.*}}xindex>
// CHECK: arith.index_cast {{.*}} : vector<{{.*}}xindex> to vector<{{.*}}xi64>
func.func @positions(%b: memref<64xi64>) {
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%b : memref<64xi64>) {
  ^bb0(%o: i64):
    %j = linalg.index 0 : index
    %0 = arith.index_cast %j : index to i64
    linalg.yield %0 : i64
  }
  return
}

// CHECK-LABEL: func @lookup
// CHECK: %[[ROW:.*]] = arith.index_cast %{{.*}} : i32 to index
// CHECK: vector.load %{{.*}}[%[[ROW]], %{{.*}}] {{.*}} vector<16xf32>
func.func @lookup(%ids: memref<?xi32>, %table: memref<100x64xf32>, %b: memref<?x64xf32>) {
  linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]} ins(%ids : memref<?xi32>) outs(%b : memref<?x64xf32>) {
  ^bb0(%id: i32, %o: f32):
    %i = arith.index_cast %id : i32 to index
    %j = linalg.index 1 : index
    %0 = memref.load %table[%i, %j] : memref<100x64xf32>
    linalg.yield %0 : f32
  }
  return
}

// CHECK-LABEL: func @nothing
// CHECK-NEXT: return
func.func @nothing(%a: memref<4x0xf32>, %b: memref<4x0xf32>) {
  linalg.copy ins(%a : memref<4x0xf32>) outs(%b : memref<4x0xf32>)
  return
}

/// Ops of one element stay as they are.
//
// CHECK-LABEL: func @one
// CHECK: linalg.fill
func.func @one(%b: memref<1x1xf32>) {
  %c = arith.constant 1.0 : f32
  linalg.fill ins(%c : f32) outs(%b : memref<1x1xf32>)
  return
}

/// And those on tensors.
//
// CHECK-LABEL: func @tensors
// CHECK: linalg.fill
func.func @tensors(%b: tensor<64xf32>) -> tensor<64xf32> {
  %c = arith.constant 1.0 : f32
  %0 = linalg.fill ins(%c : f32) outs(%b : tensor<64xf32>) -> tensor<64xf32>
  return %0 : tensor<64xf32>
}

}
