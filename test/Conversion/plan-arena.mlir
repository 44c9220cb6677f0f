// RUN: gradopt-opt %s --split-input-file --gradopt-plan-arena --canonicalize --cse | FileCheck %s

// Each buffer becomes a view of the arena behind the places of the manifest, which
// has none here but the record's header, and the layout ends where the last one
// does.

// CHECK-LABEL: func.func @step_layout(
// CHECK-SAME: %[[MAX_T:[a-z0-9]+]]: i64, %[[MAX_B:[a-z0-9]+]]: i64, %[[OFFSETS:[a-z0-9]+]]: !llvm.ptr) -> i64
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[C63:.*]] = arith.constant 63 : index
// CHECK-DAG: %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG: %[[C128:.*]] = arith.constant 128 : index
// CHECK-DAG: %[[T:.*]] = arith.index_cast %[[MAX_T]] : i64 to index
// CHECK: %[[ROWS:.*]] = arith.maxsi %[[T]], %{{.*}} : index
// CHECK: %[[BYTES:.*]] = arith.muli %[[ROWS]], %[[C4]]
// CHECK: %[[UP:.*]] = arith.addi %[[BYTES]], %[[C63]]
// CHECK: %[[BLOCKS:.*]] = arith.divui %[[UP]], %[[C64]]
// CHECK: %[[ALIGNED:.*]] = arith.muli %[[BLOCKS]], %[[C64]]
// CHECK: %[[END:.*]] = arith.addi %[[ALIGNED]], %[[C128]]
// CHECK: %[[RESULT:.*]] = arith.index_cast %[[END]] : index to i64
// CHECK: return %[[RESULT]] : i64

// CHECK-LABEL: func.func private @step.body(
// CHECK-SAME: %[[ARENA:[a-z0-9]+]]: memref<?xi8>, %[[T:[a-z0-9]+]]: index,
// CHECK-NOT: memref.alloc
// CHECK: memref.view %[[ARENA]][%[[C64]]][] : memref<?xi8> to memref<5xi1>
// CHECK-NOT: memref.alloc
// CHECK: memref.view %[[ARENA]][%[[C128]]][%[[T]]] : memref<?xi8> to memref<?xf32>
// CHECK-NOT: memref.dealloc
// CHECK: return
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %true = arith.constant true
  %one = arith.constant 1.0 : f32
  %flags = memref.alloc() : memref<5xi1>
  memref.store %true, %flags[%c0] : memref<5xi1>
  %rows = memref.alloc(%time) {alignment = 64 : i64} : memref<?xf32>
  memref.store %one, %rows[%c0] : memref<?xf32>
  memref.dealloc %rows : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// One entry of two slots, f32 of dimensions B and 3: both offsets are written.

// CHECK-LABEL: func.func @step_layout(
// CHECK-SAME: %[[MAX_T:[a-z0-9]+]]: i64, %[[MAX_B:[a-z0-9]+]]: i64, %[[OFFSETS:[a-z0-9]+]]: !llvm.ptr) -> i64
// CHECK-DAG: %[[FIRST:.*]] = arith.constant 64 : i64
// CHECK-DAG: %[[C12:.*]] = arith.constant 12 : index
// CHECK-DAG: %[[B:.*]] = arith.index_cast %[[MAX_B]] : i64 to index
// CHECK: arith.muli %[[B]], %[[C12]]
// CHECK: %[[ALIGNED:.*]] = arith.muli
// CHECK: %[[SECOND:.*]] = arith.addi %[[ALIGNED]], %{{.*}}
// CHECK: %[[END:.*]] = arith.addi %[[SECOND]], %[[ALIGNED]]
// CHECK: %[[WANTED:.*]] = llvm.icmp "ne" %[[OFFSETS]], %{{.*}} : !llvm.ptr
// CHECK: scf.if %[[WANTED]] {
// CHECK:   llvm.store %[[FIRST]], %[[OFFSETS]]
// CHECK:   %[[ADDRESS:.*]] = llvm.getelementptr %[[OFFSETS]][1]
// CHECK:   %[[OFFSET:.*]] = arith.index_cast %[[SECOND]]
// CHECK:   llvm.store %[[OFFSET]], %[[ADDRESS]]
// CHECK: }
// CHECK: arith.index_cast %[[END]]
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\01\00\00\00h\00\00\00\90\00\00\00\92\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\03\00\00\00\01\00\00\00\02\00\00\00\02\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\FE\FF\FF\FF\FF\FF\FF\FF\03\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00h\00")

// -----

// Sizes that grow with time and batch are bounded by those of the capacities; a
// factor that may be negative counts as zero.

// CHECK-LABEL: func.func @step_layout(
// CHECK-DAG: %[[T:.*]] = arith.index_cast %arg0 : i64 to index
// CHECK-DAG: %[[B:.*]] = arith.index_cast %arg1 : i64 to index
// CHECK-DAG: %[[T1:.*]] = arith.addi %[[T]], %c1
// CHECK-DAG: arith.muli %[[T]], %[[B]]
// CHECK-DAG: %[[LESS:.*]] = arith.subi %[[T]], %c1
// CHECK-DAG: %[[ROWS:.*]] = arith.maxsi %[[LESS]], %c0
// CHECK-DAG: arith.muli %[[ROWS]], %[[B]]
// CHECK-DAG: arith.ceildivsi %[[T]], %c4
// CHECK-DAG: affine.apply #{{.*}}()[%[[T]], %[[B]]]
// CHECK: return
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %view = memref.view %arena[%c0][%time, %batch] : memref<?xi8> to memref<?x3x?xf32>
  %T = memref.dim %view, %c0 : memref<?x3x?xf32>
  %c2 = arith.constant 2 : index
  %B = memref.dim %view, %c2 : memref<?x3x?xf32>
  %history = arith.addi %T, %c1 : index
  %0 = memref.alloc(%history) : memref<?xf32>
  %elements = arith.muli %T, %B : index
  %1 = memref.alloc(%elements) : memref<?xf64>
  %steps = arith.subi %T, %c1 : index
  %pairs = arith.muli %steps, %B : index
  %2 = memref.alloc(%pairs) : memref<?xi32>
  %chunks = arith.ceildivsi %T, %c4 : index
  %3 = memref.alloc(%chunks) : memref<?xi64>
  %affine = affine.apply affine_map<()[s0, s1] -> (s0 * 2 + s1 floordiv 4)>()[%T, %B]
  %4 = memref.alloc(%affine) : memref<?xcomplex<f32>>
  %i64 = arith.index_cast %T : index to i64
  %index = arith.index_cast %i64 : i64 to index
  %max = arith.maxui %index, %B : index
  %5 = memref.alloc(%max) : memref<?xindex>
  memref.copy %0, %0 : memref<?xf32> to memref<?xf32>
  memref.copy %1, %1 : memref<?xf64> to memref<?xf64>
  memref.copy %2, %2 : memref<?xi32> to memref<?xi32>
  memref.copy %3, %3 : memref<?xi64> to memref<?xi64>
  memref.copy %4, %4 : memref<?xcomplex<f32>> to memref<?xcomplex<f32>>
  memref.copy %5, %5 : memref<?xindex> to memref<?xindex>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// A buffer of one iteration has its place outside of the loop; what a loop carries
// is made before it.

// CHECK-LABEL: func.func private @step.body(
// CHECK: scf.for
// CHECK: memref.view
// CHECK-NOT: memref.alloc
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %carried = memref.alloc() : memref<2xf32>
  %0 = scf.for %t = %c0 to %time step %c1 iter_args(%x = %carried) -> memref<2xf32> {
    %inside = memref.alloc() : memref<2xf32>
    memref.copy %x, %inside : memref<2xf32> to memref<2xf32>
    memref.copy %inside, %x : memref<2xf32> to memref<2xf32>
    scf.yield %x : memref<2xf32>
  }
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// No step, nothing to do.

// CHECK-LABEL: func.func @other
// CHECK: memref.alloc
// CHECK-NOT: _layout
func.func @other() -> memref<2xf32> {
  %0 = memref.alloc() : memref<2xf32>
  return %0 : memref<2xf32>
}
