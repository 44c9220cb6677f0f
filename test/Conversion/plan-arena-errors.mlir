// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-plan-arena

// A size that is read from data.
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %view = memref.view %arena[%c0][] : memref<?xi8> to memref<index>
  %n = memref.load %view[] : memref<index>
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch, so that the step's memory cannot be planned; give it a static size, or one that follows from the time and batch sizes and grows with them}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// 10 - T is largest for the smallest T.
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c10 = arith.constant 10 : index
  %n = arith.subi %c10, %time : index
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %n = affine.apply affine_map<()[s0] -> (-s0 + 10)>()[%time]
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %n = affine.apply affine_map<()[s0] -> (s0 mod 8)>()[%time]
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// The product of two negative numbers.
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c5 = arith.constant 5 : index
  %less = arith.subi %time, %c5 : index
  %n = arith.muli %less, %less : index
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c-2 = arith.constant -2 : index
  %n = arith.divsi %time, %c-2 : index
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// As an unsigned number -1 is larger than any other.
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c2 = arith.constant 2 : index
  %c1 = arith.constant 1 : index
  %less = arith.subi %time, %c1 : index
  %n = arith.divui %less, %c2 : index
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// Numbers that wrap around.
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %narrow = arith.index_cast %time : index to i8
  %n = arith.index_cast %narrow : i8 to index
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %narrow = arith.index_castui %time : index to i8
  %n = arith.index_castui %narrow : i8 to index
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %n = arith.divsi %time, %batch : index
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c8 = arith.constant 8 : index
  %n = arith.remsi %time, %c8 : index
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// The size of a part of a buffer.
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %view = memref.view %arena[%c0][%time] : memref<?xi8> to memref<?xf32>
  %cast = memref.cast %view : memref<?xf32> to memref<?xf32, strided<[?], offset: ?>>
  %n = memref.dim %cast, %c0 : memref<?xf32, strided<[?], offset: ?>>
  // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
  %0 = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %0 : memref<?xf32>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// What differs from one iteration to the next.
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %t = %c0 to %time step %c1 {
    // expected-error@+1 {{the size of a value of this op is not bounded by the capacities for time and batch}}
    %0 = memref.alloc(%t) : memref<?xf32>
    memref.dealloc %0 : memref<?xf32>
  }
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  // expected-error@+1 {{a buffer of type 'memref<2xmemref<2xf32>>' cannot lie in the step's arena, which holds dense buffers of numbers in the default memory space}}
  %0 = memref.alloc() : memref<2xmemref<2xf32>>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  // expected-error@+1 {{cannot lie in the step's arena}}
  %0 = memref.alloc() : memref<2xf32, 1>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  // expected-error@+1 {{cannot lie in the step's arena}}
  %0 = memref.alloc() : memref<2x2xf32, strided<[1, 2]>>
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// The buffer of one iteration is what the next one reads while it makes its own.
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %first = memref.alloc() : memref<2xf32>
  // expected-note@+1 {{this loop carries or returns it}}
  %0 = scf.for %t = %c0 to %time step %c1 iter_args(%x = %first) -> memref<2xf32> {
    // expected-error@+1 {{a buffer that is made in a loop outlives the iteration, so that it has no one place in the step's arena; make it before the loop, and write to it in the loop}}
    %next = memref.alloc() : memref<2xf32>
    memref.copy %x, %next : memref<2xf32> to memref<2xf32>
    %part = memref.subview %next[0] [2] [1] : memref<2xf32> to memref<2xf32, strided<[1]>>
    %same = memref.cast %part : memref<2xf32, strided<[1]>> to memref<2xf32>
    scf.yield %same : memref<2xf32>
  }
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// expected-error@+1 {{@step.body is named as the body of a step, but there is no manifest @step_manifest: run gradopt-bind-step-to-arena first}}
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  return
}

// -----

// expected-error@+1 {{@step.body is named as the body of a step, but @step_manifest is not a manifest as gradopt-bind-step-to-arena makes it}}
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  return
}
llvm.mlir.global external constant @step_manifest("")

// -----

// expected-error@+1 {{@step.body is named as the body of a step, but @step_manifest is not a manifest as gradopt-bind-step-to-arena makes it}}
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPX\00\01\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// expected-error@+1 {{@step.body is named as the body of a step, but @step_manifest is not a manifest as gradopt-bind-step-to-arena makes it}}
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\01\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// expected-error@+1 {{@step.body is named as the body of a step, but @step_manifest is not a manifest as gradopt-bind-step-to-arena makes it}}
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00)\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// expected-error@+1 {{@step.body is named as the body of a step, but @step_manifest is not a manifest as gradopt-bind-step-to-arena makes it}}
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\01\00\00\00h\00\00\00\90\00\00\00\92\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// expected-error@+1 {{@step.body is named as the body of a step, but @step_manifest is not a manifest}}
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  return
}
llvm.mlir.global external @step_manifest() : i64

// -----

// expected-error@+1 {{@step.body is named as the body of a step, but does not take an arena of bytes, seven sizes and a context as gradopt-bind-step-to-arena makes it}}
func.func @step.body() {
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// expected-error@+1 {{@step.body is named as the body of a step, but does not take an arena of bytes, seven sizes and a context as gradopt-bind-step-to-arena makes it}}
func.func private @step.body(memref<?xi8>, index, index, index, index, index)
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// expected-error@+1 {{@step.body is named as the body of a step, but does not take an arena of bytes, seven sizes and a context as gradopt-bind-step-to-arena makes it}}
func.func private @step.body(%a: memref<?xf32>, %0: index, %1: index, %2: index, %3: index, %4: index) {
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

// -----

// expected-error@+1 {{@step.body is named as the body of a step, but does not take an arena of bytes, seven sizes and a context as gradopt-bind-step-to-arena makes it}}
func.func private @step.body(%a: memref<?xi8>, %0: index, %1: index, %2: i64, %3: index, %4: index) {
  return
}
llvm.mlir.global external constant @step_manifest("GRADOPT\00\02\00\00\00\00\00\00\00h\00\00\00(\00\00\00(\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
