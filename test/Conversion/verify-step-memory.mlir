// RUN: gradopt-opt %s --split-input-file --gradopt-verify-step-memory --verify-diagnostics

func.func private @malloc(index) -> !llvm.ptr

func.func private @step.body(%arena: memref<?xi8>, %x: memref<4xf32>, %y: memref<4xf32>, %n: index) {
  // A copy takes no memory.
  memref.copy %x, %y : memref<4xf32> to memref<4xf32>
  // expected-error @+1 {{the step takes memory when it runs}}
  %a = memref.alloc() : memref<4xf32>
  // expected-error @+1 {{the step takes memory when it runs}}
  %m = func.call @malloc(%n) : (index) -> !llvm.ptr
  return
}

// -----

// Only steps.
func.func @other() -> memref<4xf32> {
  %a = memref.alloc() : memref<4xf32>
  return %a : memref<4xf32>
}
