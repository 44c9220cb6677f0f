//===- CPUPasses.td - Vectorized code for several threads -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_CONVERSION_CPUPASSES_TD
#define GRADOPT_CONVERSION_CPUPASSES_TD

include "mlir/Pass/PassBase.td"

def ShareBuffers : Pass<"gradopt-share-buffers", "::mlir::func::FuncOp"> {
  let summary = "Let buffers that are not needed at the same time share memory";
  let description = [{
    TODO
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect"];
}

def PlanKernels : Pass<"gradopt-plan-kernels", "::mlir::func::FuncOp"> {
  let summary = "Choose tiles and the shares of threads";
  let description = [{
    TODO
  }];
}

def InsertBarriers : Pass<"gradopt-insert-barriers", "::mlir::func::FuncOp"> {
  let summary = "Make threads wait where they need what others made";
  let description = [{
    TODO
  }];
  let dependentDialects = ["::mlir::gradopt::GradOptDialect"];
}

def DistributeWork : Pass<"gradopt-distribute-work", "::mlir::func::FuncOp"> {
  let summary = "Give each thread its share of every op";
  let description = [{
    TODO
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def LowerContractions : Pass<"gradopt-lower-contractions", "::mlir::func::FuncOp"> {
  let summary = "Turn contractions of buffers into register-tiled vector code";
  let description = [{
    TODO
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def VectorizeLoops : Pass<"gradopt-vectorize-loops", "::mlir::func::FuncOp"> {
  let summary = "Turn elementwise ops and reductions of buffers into vector code";
  let description = [{
    TODO
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def ApproximateMath : Pass<"gradopt-approximate-math"> {
  let summary = "Compute functions such as exp and tanh in line";
  let description = [{
    Replaces `math.exp`, `math.expm1`, `math.tanh`, `math.log` and `math.log1p`
    of f32, f64 and vectors of them by arithmetic without calls and branches. A
    number and an element of a vector of any length get the same bits. No
    fast-math flag is needed or set: NaN, infinities, subnormal numbers and the
    sign of zero come out as the functions define them. `docs/vector-math.md`
    has the formulas and the greatest error of each function, over all f32.

    `math.fma` is used if the target has such an instruction (`fma` in the
    module's description of the CPU, or vectors of at least 32 bytes), and else
    a product and a sum.

    Other functions are left to libm, which means a call for each element of a
    vector. The remark `scalar-calls` names those on vectors.

    ```mlir
    %y = math.tanh %x : vector<8xf32>
    ```

    becomes (only the end is shown)

    ```mlir
    %h = math.fma %scale, %p, %half : vector<8xf32>
    %d = arith.addf %h, %one : vector<8xf32>
    %t = arith.divf %h, %d : vector<8xf32>
    %i = arith.bitcast %t : vector<8xf32> to vector<8xi32>
    %j = arith.ori %i, %sign : vector<8xi32>
    %y = arith.bitcast %j : vector<8xi32> to vector<8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::math::MathDialect"];
}

def LowerThreadOps : Pass<"gradopt-lower-thread-ops", "::mlir::func::FuncOp"> {
  let summary = "Take thread numbers and barriers from the step's context";
  let description = [{
    In a step's body (as `gradopt-bind-step-to-arena` makes it) `gradopt.thread_id`
    and `gradopt.num_threads` become its arguments, and `gradopt.barrier` a call of
    the barrier in the context, which is left out at run time for one thread. In
    any other function there is one thread.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect"];
}

def VerifyStepMemory : Pass<"gradopt-verify-step-memory", "::mlir::ModuleOp"> {
  let summary = "Check that a step allocates nothing and copies nothing in time";
  let description = [{
    TODO
  }];
}

#endif // GRADOPT_CONVERSION_CPUPASSES_TD
