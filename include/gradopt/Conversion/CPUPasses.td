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

    1. What is made in a buffer to be copied is made where it is copied to, if
       nothing else touches that place, and nothing writes to the buffer behind the
       copy, while the buffer is in use. Buffers that nothing reads are removed.
    2. Buffers of an iteration of a loop are moved out of it, if their sizes allow; a
       value that overwrites a whole buffer gets one of its own.
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

    Copies that are left are remarks (`--remarks-filter=gradopt-share-buffers`),
    `copy-in-loop` and `copy`.

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

    Column by column sums of what an op has just written, such as the sums of
    squares and the count of non-finite values of a gradient behind the
    contraction that makes it, or of updated values, are made by the thread that
    wrote it: both get the same shares of columns, and so does what fills their
    results before. An elementwise op and the sums behind it also take turns,
    some rows at a time (`rows`), while these rows are in the first-level cache.
    What has fewer than eight tiles of columns stays divided by rows.

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
    is done by thread 0. Ops with `rows` that are no contractions become a loop
    over so many iterations of their first loop at a time, which consecutive ops
    share if each needs of the others only these. Shares are contiguous and depend on nothing but size,
    grain, thread and number of threads. An op with `columns` becomes a loop over
    tiles of so many columns, with a narrower last one; consecutive ops whose
    tiles need of each other only the same columns share one loop, and the
    elementwise work of a step thus follows its contraction tile by tile. What it
    reads that the contraction does not make is prefetched before. Columns of
    several runs (`period`) are an inner loop, or one more loop of a contraction
    whose weight is packed: each row of the other operand is read once for all runs.

    The weights of a contraction in a loop that does not change them are copied
    before the loop into panels [tile][run][depth][columns], each thread its own.

    ```mlir
    linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, rows = 6, columns = 16>}
        ins(%h, %w : memref<32x256xf32>, memref<256x256xf32>) outs(%z : memref<32x256xf32>)
    // becomes
    scf.for %j = %begin to %end step %c16 {
      %panel = memref.subview %panels[%tile, 0, 0, 0] [1, 1, 256, 16] [1, 1, 1, 1] : ...
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
    Every linalg op on buffers that adds products of two inputs to its output
    over some loop, whatever its name and the order of its loops and dimensions,
    becomes loops over vectors: C[m, n] += A[m, k] * B[k, n], where n is the loop
    of C's elements that lie one behind the other. Several loops of one kind are
    one where the elements lie accordingly, which is decided when the code runs
    if it cannot be known; else they are loops around the product.

    - A tile of C is summed in registers: at most three quarters of them, two
      vectors wide, wider for few rows. Rows are divided into tiles of nearly the
      same size. `rows` and `columns` of `gradopt.kernel` choose another tile.
    - The depth is divided into blocks of nearly the same size, such that two
      vectors' columns of B take three quarters of the first-level cache at most
      (`depth`: blocks of that size). It follows from the depth and the target
      alone.
    - An element's products in a block are added by fused multiply-adds in the
      order of k, beginning with zero; the blocks' sums are added to C in their
      order. The same is done in every tile, whole or not, so that the bits of
      the result do not depend on where a tile or a thread's share begins.
    - B is copied block by block to panels [k][tile's columns] unless it is one,
      or has a unit stride along n and there are two tiles of rows at most. A is
      copied in the order of use if its stride along k is not one and there are
      more than two tiles of columns. Copies lie on the thread's stack, in one
      buffer for each element type and matrix of at most 256 KiB.
    - If the op before only writes a number, or another buffer's elements, to all
      of C, the sums are added to those in the place of C, and that op goes. With
      `overwrite` in `gradopt.kernel` they begin with zero. A sum over nothing is
      then what it begins with; else it leaves C as it is.
    - Nothing outside of the operands is read or written.

    Elements are f32 or f64; an op that is left alone for
    `convert-linalg-to-loops`, such as a dot product, whose output has no columns,
    is reported as a remark of the category `gradopt-lower-contractions`.

    ```mlir
    linalg.matmul ins(%a, %b : memref<6x256xf32>, memref<256x16xf32>) outs(%c : memref<6x16xf32>)
    // becomes, for vectors of eight
    %sums:12 = scf.for %k = %c0 to %c256 step %c1 iter_args(...) {
      %b0 = vector.load %b[%k, %c0]
      %b1 = vector.load %b[%k, %c8]
      %a0 = memref.load %a[%c0, %k]
      %r0 = vector.broadcast %a0 : f32 to vector<8xf32>
      %s0 = vector.fma %r0, %b0, %sum0
      ...
    }
    // and each of the sums is added to its elements of %c.
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def VectorizeLoops : Pass<"gradopt-vectorize-loops", "::mlir::func::FuncOp"> {
  let summary = "Turn elementwise ops and reductions of buffers into vector code";
  let description = [{
    Every linalg op on buffers becomes loops over vectors. The loop that becomes
    vectors is that of the last dimension of the op's results; loops that run
    through memory without a gap become one before. Vectors are as long as the
    registers of `gradopt::CPUTarget`, for the narrowest type in the op, and two
    of them are worked on at once where registers allow it. What is left of a row
    is one vector with a mask, so nothing is read or written outside of an
    operand, and each element comes from the same operations wherever it lies.

    ```mlir
    linalg.add ins(%a, %b : memref<4x20xf32, strided<[24, 1]>>, ...) outs(%c : ...)
    ```

    becomes, for vectors of 8,

    ```mlir
    scf.for %i = %c0 to %c4 step %c1 {
      %0 = vector.load %a[%i, %c0] : memref<4x20xf32, ...>, vector<16xf32>
      ...
      vector.store %2, %c[%i, %c0] : memref<4x20xf32, ...>, vector<16xf32>
      %3 = vector.load %a[%i, %c16] : memref<4x20xf32, ...>, vector<4xf32>
      ...
    }
    ```

    The rules:

    - A sum over rows (`[t, b, n]` to `[n]`) stays in registers for a few columns
      at a time. Each element is summed in the order of the op's loops.
    - A sum along rows (`[r, n]` to `[r]`) is one chain for each row; the chains of
      several rows are computed at once.
    - A transposed operand is read in square blocks that are transposed in
      registers.
    - Other elements that do not lie side by side, and those of type `i1`, are
      read one by one, and computed with as vectors.
    - What does not depend on the loop stays scalar. `linalg.index` may be used in
      the body, and `memref.load` where its last index is that of the loop.

    Left alone, with a remark (category `gradopt-vectorize-loops`), are ops with
    results whose last dimension is summed over or lies in memory with gaps,
    copies of elements that lie in memory with gaps, and bodies with an operation
    that has no form for vectors or might fail for lanes that are masked off (an
    integer division by what is not the same for all lanes).
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

    The sigmoid of x as cells expand to it, `0.5 * tanh(0.5 * x) + 0.5`, and
    `1 / (1 + exp(-x))` are one function, if nothing else uses their parts.

    The product of two f32 values that were extended to f64 is exact, so that
    adding it to another f64 value is one `math.fma` with the same bits, if the
    target has such an instruction: sums of squares are made in that way.

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
  let summary = "Check that a step allocates nothing";
  let description = [{
    In the body of a step, behind `gradopt-plan-arena`, an op that takes memory when
    it runs (`memref.alloc`, a call of `malloc`) is an error: a step's memory is all
    in its arena.

    ```mlir
    func.func private @step.body(...) {
      %0 = memref.alloc() : memref<4xf32> // error
    ```

    Copies are no errors, since some models need them: an inner loop starts from an
    outer loop's state, or the sum to which a contraction adds is the next state.
    `gradopt-share-buffers` reports those that it leaves.
  }];
}

def ReuseHistories : Pass<"gradopt-reuse-histories"> {
  let summary = "Read a scan's outputs from its histories";
  let description = [{
    An output of a scan that yields what a carry is after each step, or before it,
    is a slice of that carry's history, if the scan has one in the same direction:
    nothing has to be written twice.

    ```mlir
    %h, %y, %hs = gradopt.scan … outputs(tensor<?x?x8xf32>) histories(0 : tensor<?x?x8xf32>) {
      …
      gradopt.yield %h1, %h1 : tensor<?x8xf32>, tensor<?x8xf32>
    }
    ```
    becomes, where `%y` was,
    ```mlir
    %y = tensor.extract_slice %hs[1, 0, 0] …
    ```
    A carry without a history gets none.
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numReused", "reused", "outputs that became slices of histories">];
}

def SinkIntoScans : Pass<"gradopt-sink-into-scans"> {
  let summary = "Compute inputs of scans step by step";
  let description = [{
    An op whose result is only there to be an input of a scan is done in each
    step, for the row of that step: there is no sequence to write and to read, and
    `gradopt-fuse-pointwise` makes it part of the step's elementwise work. This is
    the way back from `gradopt-batch-time-parallel` for what costs more in memory
    than it gains as one op.

    ```mlir
    %dy = linalg.generic … ins(%y : tensor<?x?x8xf32>) …  // y · c
    gradopt.scan … inputs(%dy_t = %dy : tensor<?x?x8xf32>) { … }
    ```
    becomes
    ```mlir
    gradopt.scan … inputs(%y_t = %y : tensor<?x?x8xf32>) {
      %dy_t = linalg.generic … ins(%y_t : tensor<?x8xf32>) …
      …
    }
    ```
    Such an op is

    * an elementwise `linalg.generic` of `arith` ops alone, if the inputs that the
      scan gets for it are together not larger than the one that it loses. Inputs
      that are there already cost nothing, nor does what is constant in time; so
      what only repeats a value in time, such as a fill or a broadcast, always is;
    * a contraction of sums of at most four terms, such as x · W of a series with
      one feature, if what it reads for a step is at most a quarter of its result.
      What it starts from is done in the step, too.

    Time is the first dimension of the result and of each operand that has it. Ops
    that use their position (`linalg.index`), that something else reads, or that
    are in another block than the scan stay. No element is computed in another way
    than before.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numSunk", "sunk", "ops that went into a scan">];
}

def SplitReductions : Pass<"gradopt-split-reductions"> {
  let summary = "Reduce to columns first, then to few elements";
  let description = [{
    A reduction to fewer than eight elements is one long chain, which neither
    threads nor vectors can share. It becomes two: one that keeps the columns, the
    innermost dimension of what it reads, and a short one over these.

    ```mlir
    %s = linalg.generic {… iterator_types = ["reduction", "reduction"]}
        ins(%x : tensor<?x256xf32>) outs(%init : tensor<f64>) { … }
    ```
    becomes
    ```mlir
    %p = linalg.generic {… iterator_types = ["reduction", "parallel"]}
        ins(%x : tensor<?x256xf32>) outs(%zeros : tensor<256xf64>) { … }
    %s = linalg.generic {… iterator_types = ["reduction"]}
        ins(%p : tensor<256xf64>) outs(%init : tensor<f64>) { … }
    ```
    A vector, which has only columns, is seen as rows of at most 64 of them: the
    largest number that divides it.

    This is done for a `linalg.generic` with one result, `out ∘ f(ins)` for an ∘
    that has a neutral element: sums, products, minima, maxima, bitwise and, or,
    xor. The order of a sum follows from the shape alone, not from the target or
    the number of threads; it is another one than before, and so is its rounding.

    Left alone are reductions whose columns are parallel already, dynamic, or
    fewer than eight, and those of fewer than four rows; vectors of fewer than
    4096 elements, which cost less than one more op, or that no number from 8 to
    64 divides; and vectors in ops that use their position.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numSplit", "split", "reductions that became two">];
}

def MergeReductions : Pass<"gradopt-merge-reductions"> {
  let summary = "Make one op of reductions that read one tensor";
  let description = [{
    Reductions of one block that read a tensor in the same way become one
    `linalg.generic` with all their results, such as the sum of squares and the
    number of non-finite elements of a gradient: it is read once.

    Their loops are the same: each is parallel in both or a reduction in both, and
    the shared tensor has an element for each iteration. Each result has an element
    for each iteration of the parallel loops. Neither op follows from the other;
    what stands between them is moved. Contractions stay as they are, and so does
    what has an effect. Every element is computed as before.

    Sums for each column or row then go right behind the linalg op that makes what
    they read, which is still in a cache there.

    Of two that are the same and start from fills with the same value, one is
    left, such as the maximum of the logits in a loss and in its gradient, which
    `cse` keeps apart when their sizes are taken from different tensors.
  }];
  let dependentDialects = ["::mlir::gradopt::GradOptDialect",
    "::mlir::linalg::LinalgDialect"];
  let statistics = [
    Statistic<"numMerged", "merged", "reductions that became part of another one">];
}

def FinishBehindScans : Pass<"gradopt-finish-behind-scans"> {
  let summary = "Do the last small steps of what is only watched for all times at once";
  let description = [{
    An op from which no carry follows, such as the last sum and the root of a norm
    for each time step, is done behind the scan, for all steps at once, if what it
    reads in a step is at most 1024 elements. With it go all ops that follow from
    it. What they read becomes an output of the scan, unless it is a sequence
    already. So a step has no work of one thread that the others would wait for.
    What reads more, such as the sums of squares of a state, column by column,
    stays behind the op that made it, while that is in the cache.

    ```mlir
    %h, %norms = gradopt.scan … outputs(tensor<64xf32>) {
      …
      %p = linalg.generic … ins(%h1 : tensor<32x256xf32>) outs(%z : tensor<256xf64>)
      %s = linalg.generic … ins(%p : tensor<256xf64>) outs(%zero : tensor<f64>)
      %n = linalg.generic … ins(%s : tensor<f64>) … {sqrt, truncf}
      gradopt.yield %h1, %n : …
    }
    ```
    becomes
    ```mlir
    %h, %ps = gradopt.scan … outputs(tensor<64x256xf64>) {
      …
      %p = linalg.generic … ins(%h1 : tensor<32x256xf32>) outs(%z : tensor<256xf64>)
      gradopt.yield %h1, %p : …
    }
    %ss = linalg.generic … ins(%ps : tensor<64x256xf64>) outs(%zeros : tensor<64xf64>)
    %norms = linalg.generic … ins(%ss : tensor<64xf64>) … {sqrt, truncf}
    ```
    The order of every sum stays the same. Ops are moved as by
    `gradopt-batch-time-parallel`, whose conditions hold here, too.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numMoved", "moved", "ops that went behind a scan">];
}

def SeparateInits : Pass<"gradopt-separate-inits"> {
  let summary = "Give ops that start from a fill or a broadcast one of their own";
  let description = [{
    What a `linalg` op starts from, if it is a fill or repeats a smaller tensor,
    such as zeros or a bias for all rows, is made right in front of the op and for
    it alone, in the body of a loop, too. Several ops that start from one tensor of
    zeros would each copy it; and a kernel that sees how its result is filled
    starts from there, and nothing is filled at all.

    ```mlir
    %zeros = linalg.fill …
    %a = linalg.matmul … outs(%zeros : …)
    %b = linalg.matmul … outs(%zeros : …)
    ```
    becomes
    ```mlir
    %zeros = linalg.fill …
    %a = linalg.matmul … outs(%zeros : …)
    %others = linalg.fill …
    %b = linalg.matmul … outs(%others : …)
    ```
    Any other init stays. `cse` and `loop-invariant-code-motion` undo this pass.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numSeparated", "separated", "inits that were made again">];
}

#endif // GRADOPT_CONVERSION_CPUPASSES_TD
