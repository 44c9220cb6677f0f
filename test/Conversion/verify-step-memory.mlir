// RUN: gradopt-opt %s --split-input-file --gradopt-verify-step-memory --verify-diagnostics

#id = affine_map<(d0) -> (d0)>

func.func private @malloc(index) -> !llvm.ptr

func.func private @step.body(%arena: memref<?xi8>, %x: memref<4xf32>, %y: memref<4xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-remark @+1 {{this value is copied once when the step runs}}
  memref.copy %x, %y : memref<4xf32> to memref<4xf32>
  scf.for %t = %c0 to %n step %c1 {
    // expected-remark @+1 {{each step of the loop copies this value}}
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    }
    // Something is computed.
    linalg.exp ins(%x : memref<4xf32>) outs(%y : memref<4xf32>)
  }
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
