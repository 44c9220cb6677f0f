// RUN: gradopt-opt %s --pass-pipeline='builtin.module(func.func(gradopt-lower-thread-ops))' | FileCheck %s

// CHECK-LABEL: func.func private @step.body
// CHECK-SAME: %[[THREAD:[a-z0-9]+]]: index, %[[THREADS:[a-z0-9]+]]: index, %[[CONTEXT:[a-z0-9]+]]: !llvm.ptr)
func.func private @step.body(%arena: memref<?xi8>, %time: index, %batch: index, %max_time: index, %max_batch: index, %slot: index, %thread: index, %threads: index, %context: !llvm.ptr) {
  %i = gradopt.thread_id
  %n = gradopt.num_threads
  // CHECK: %[[SEVERAL:.*]] = arith.cmpi ugt, %[[THREADS]], %{{.*}} : index
  // CHECK: scf.if %[[SEVERAL]]
  // CHECK: %[[FIELD:.*]] = llvm.getelementptr %[[CONTEXT]][48]
  // CHECK: %[[BARRIER:.*]] = llvm.load %[[FIELD]] : !llvm.ptr -> !llvm.ptr
  // CHECK: %[[COUNT:.*]] = arith.index_cast %[[THREADS]] : index to i32
  // CHECK: llvm.call %[[BARRIER]](%[[CONTEXT]], %[[COUNT]]) : !llvm.ptr, (!llvm.ptr, i32) -> ()
  gradopt.barrier
  // CHECK: call @use(%[[THREAD]], %[[THREADS]])
  call @use(%i, %n) : (index, index) -> ()
  return
}

// CHECK-LABEL: func.func @no_step
func.func @no_step() {
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : index
  %i = gradopt.thread_id
  %n = gradopt.num_threads
  // CHECK-NOT: gradopt.barrier
  gradopt.barrier
  // CHECK: call @use(%[[ZERO]], %[[ONE]])
  call @use(%i, %n) : (index, index) -> ()
  return
}

func.func private @use(index, index)
