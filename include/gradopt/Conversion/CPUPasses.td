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
    Makes the memory of a step's body smaller, and removes copies. It runs on
    buffers, behind bufferization and before barriers are placed: dependences are
    found by allocation, so that threads wait where they must.

    1. What is made in a buffer only to be copied is made where it is copied to, if
       nothing touches that place in between. Buffers that nothing reads are removed.
    2. Buffers of an iteration of a loop are moved out of it, if their sizes allow.
    3. A buffer that a loop writes row by row becomes some columns of one whose rows
       the loop reads: in each step all that is read of the old row there is read
       before, or by an elementwise op at the same element; rows are those of the
       same time step; nothing reads the old columns behind the loop. So gates take
       the place of pre-activations, and gradients of gates that of gates. Both
       buffers have the same sizes but for the last one, and the same element type.
       Also outside of loops an elementwise op may write to the place of what it
       reads.
    4. Of the rest, buffers that are not needed at the same time share an allocation
       of the largest one's size. Where sizes are dynamic the largest is found when
       the step runs, and when the arena is made, for the capacities.

    A buffer is left alone if an op takes it of which is not known what it does with
    it (a call, a branch that returns it). Buffers of less than 4 KB do not share by
    rule 4: threads would wait for nothing.

    ```mlir
    scf.for %t = %c0 to %T step %c1 {
      %x = memref.subview %xw[%t, 0, 0] [1, 32, 1024] [1, 1, 1] ...
      %y = memref.subview %gates[%t, 0, 0] [1, 32, 1024] [1, 1, 1] ...
      linalg.tanh ins(%x) outs(%y)
    }
    // %gates is %xw from now on, unless %xw is read behind the loop.
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect"];
}

def PlanKernels : Pass<"gradopt-plan-kernels", "::mlir::func::FuncOp"> {
  let summary = "Choose tiles and the shares of threads";
  let description = [{
    Sets the attribute `gradopt.kernel` (`#gradopt.kernel`, where its parts are
    explained) of every linalg op on buffers by its shape and the target
    (`dlti.target_system_spec` of the module, see `gradopt-describe-target`). The
    number of threads has no part in it: only shares depend on that. What has a
    `gradopt.kernel` already keeps it.

    Outside of loops an op is divided by the first dimension of its results that
    is long enough, else by columns (their last dimension); one of less work than
    a barrier costs is left to thread 0.

    The ops of a loop over time are planned together:

    - By columns, the units of the recurrence: each thread keeps the weights of
      its units in its cache for all steps. What reads its gates one by one gives
      the `period` of a contraction: a thread has the same units of each gate.
      All ops get tiles of the same width, so that what follows a contraction is
      done tile by tile while the tile is in the first-level cache.
    - By rows of the batch, if there are at least 12 and the weights fit into half
      of the second-level cache: threads then do not meet in time.
    - By thread 0 alone, if a step is less work than a barrier.

    A contraction's register tile has two vectors of columns and as many rows as
    there are registers for their sums; of fewer rows more columns.
  }];
  let dependentDialects = ["::mlir::gradopt::GradOptDialect"];
}

def InsertBarriers : Pass<"gradopt-insert-barriers", "::mlir::func::FuncOp"> {
  let summary = "Make threads wait where they need what others made";
  let description = [{
    Follows the function in the order in which it runs, with what each thread reads
    and writes by `gradopt.kernel`, and puts a `gradopt.barrier` before an op that
    touches what another thread may still have to write or read. There is none
    between ops whose shares agree: the same dimension of the same buffer divided
    in the same way. Rows of a buffer that two steps of a loop touch are told
    apart where their indices differ by a constant (t and t + 1, T - 1 - t). A loop
    is followed twice, the second time for what the next iteration needs of the
    one before. Where a loop needs what stands before it, threads meet once before
    it.

    A load or store by itself, outside of linalg ops, is done by all threads and by
    thread 0.
  }];
  let dependentDialects = ["::mlir::gradopt::GradOptDialect"];
}

def DistributeWork : Pass<"gradopt-distribute-work", "::mlir::func::FuncOp"> {
  let summary = "Give each thread its share of every op";
  let description = [{
    Each op with a `split` in its `gradopt.kernel` becomes the share of the thread
    that runs it (`gradopt.thread_id`), on subviews of its operands; without one it
    is done by thread 0. Shares are contiguous and depend on nothing but size,
    grain, thread and number of threads. An op with `columns` becomes a loop over
    tiles of so many columns, with a narrower last one; consecutive ops whose
    tiles need of each other only the same columns share one loop, and the
    elementwise work of a step thus follows its contraction tile by tile. Columns
    of several runs (`period`) are an inner loop.

    The weights of a contraction in a loop that does not change them are copied
    before the loop into panels [run][tile][depth][columns], each thread its own.

    ```mlir
    linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, rows = 6, columns = 16>}
        ins(%h, %w : memref<32x256xf32>, memref<256x256xf32>) outs(%z : memref<32x256xf32>)
    // becomes
    scf.for %j = %begin to %end step %c16 {
      %panel = memref.subview %panels[0, %tile, 0, 0] [1, 1, 256, 16] [1, 1, 1, 1] : ...
      %out = memref.subview %z[0, %j] [32, 16] [1, 1] : ...
      linalg.matmul ... ins(%h, %panel : ...) outs(%out : ...)
    }
    ```
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
    TODO
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"];
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
    In the body of a step, behind `gradopt-plan-arena`:

    - An op that takes memory when it runs (`memref.alloc`, a call of `malloc`) is an
      error: a step's memory is all in its arena.
    - A copy of a buffer (`memref.copy`, or a `linalg.generic` that only copies) is a
      remark, in a loop and elsewhere. It is no error, since some models need one: a
      step that yields a contraction's result both as its next state and reads the
      old one later, or an inner loop that starts from an outer loop's state. gradopt's
      own cells (`gradopt.lstm`, ...) have none in their loops but for
      `activation = identity`, whose next state is the sum that a contraction
      adds to.
  }];
}

#endif // GRADOPT_CONVERSION_CPUPASSES_TD
