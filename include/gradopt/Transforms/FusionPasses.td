//===- FusionPasses.td - Fusion of loops over time -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TRANSFORMS_FUSIONPASSES_TD
#define GRADOPT_TRANSFORMS_FUSIONPASSES_TD

include "mlir/Pass/PassBase.td"

def RaiseLoops : Pass<"gradopt-raise-loops"> {
  let summary = "Turn counted loops over tensors into scans";
  let description = [{
    An `scf.for`, or an `scf.while` whose condition compares a counter with a
    bound, becomes a `gradopt.scan`, so that loops over time have a derivative
    and are fused, whoever wrote them.

    * A tensor that is constant in the loop and read one row at a time, by
      `extract_slice` or `extract`, becomes an input.
    * A carried tensor that is written one row at a time, by `insert_slice` or
      `insert`, becomes an output. Its rows may be read as well: as they were
      before the loop, as they are after the write, or the one that the
      iteration before has written. A buffer of T + 1 rows, of which row t is
      read or carried beside it and row t + 1 is written, becomes a history.
    * A carried integer that a constant is added to (a scalar or the element of a
      tensor with one) becomes a function of the step. All else that is carried
      becomes a carry.

    A row is one index in one dimension, which need not be the first; if it is
    not, the whole tensor is transposed once in front of the scan or behind it.
    The index is ±t plus what is constant in the loop. It is found through
    casts, `affine.apply`, and counters in tensors; clamps and normalizations of
    negative indices fall away where the number of iterations, which may be
    dynamic, shows that they do nothing. Integers of 32 bits and more are taken
    not to wrap around. What is constant in the loop is moved out of it, a
    transposed weight for example.

    A loop stays as it is, with a remark (`--remarks-filter=gradopt-raise-loops`)
    that names the op in the way, if its number of iterations is not known in
    front of it, if it takes rows in another way, if it has sliced a tensor that
    it also uses as a whole, or if the size of a carry may change. Loops that
    have nothing to do with tensors, or that carry memrefs, are left alone. Ops
    with effects stay in the body in their order. Time that is unrolled, the same
    ops again and again for row after row of one tensor, is not raised; a remark
    names the pattern.

    ```mlir
    %r:2 = scf.for %t = %c0 to %T step %c1 iter_args(%h = %h0, %y = %e)
        -> (tensor<?x8xf32>, tensor<?x?x8xf32>) {
      %x_t = tensor.extract_slice %x[%t, 0, 0] [1, %B, 8] [1, 1, 1]
          : tensor<?x?x8xf32> to tensor<?x8xf32>
      %z = arith.addf %x_t, %h : tensor<?x8xf32>
      %h1 = math.tanh %z : tensor<?x8xf32>
      %y1 = tensor.insert_slice %h1 into %y[%t, 0, 0] [1, %B, 8] [1, 1, 1]
          : tensor<?x8xf32> into tensor<?x?x8xf32>
      scf.yield %h1, %y1 : tensor<?x8xf32>, tensor<?x?x8xf32>
    }
    ```
    becomes
    ```mlir
    %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x8xf32>)
        inputs(%x_t = %x : tensor<?x?x8xf32>) outputs(tensor<?x?x8xf32>) {
      %z = arith.addf %x_t, %h : tensor<?x8xf32>
      %h1 = math.tanh %z : tensor<?x8xf32>
      gradopt.yield %h1, %h1 : tensor<?x8xf32>, tensor<?x8xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numRaised", "raised", "loops turned into scans">,
    Statistic<"numKept", "kept", "loops that stayed">];
}

def BatchTimeParallel : Pass<"gradopt-batch-time-parallel"> {
  let summary = "Do outside of a scan, for all steps at once, what can be";
  let description = [{
    What no step has to wait for leaves the loop over time. An op that follows
    from inputs of the scan alone becomes one op over all steps in front of it;
    an op from which no carry follows, such as a projection of the state or the
    gradient of an input, one behind it. Time is a new first dimension: x_t · W
    (B × I by I × N) for each step becomes x · W (T × B × I by I × N), with the
    loops (t, b, j, k) of one `linalg.contract`. An init that is constant in time,
    such as zeros or a bias, is made for all steps.

    ```mlir
    %h_n, %y = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x4xf32>)
        inputs(%x_t = %x : tensor<?x?x3xf32>) outputs(tensor<?x?x2xf32>) {
      %a = linalg.matmul ins(%x_t, %w : …) outs(%bias : …) -> tensor<?x4xf32>
      %r = linalg.matmul ins(%h, %u : …) outs(%a : …) -> tensor<?x4xf32>
      %h1 = math.tanh %r : tensor<?x4xf32>
      %p = linalg.matmul ins(%h1, %v : …) outs(%zero : …) -> tensor<?x2xf32>
      gradopt.yield %h1, %p : tensor<?x4xf32>, tensor<?x2xf32>
    }
    ```
    becomes
    ```mlir
    %a = linalg.contract … ins(%x, %w : …) outs(%biases : …) -> tensor<?x?x4xf32>
    %h_n, %hs = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x4xf32>)
        inputs(%a_t = %a : tensor<?x?x4xf32>) histories(0 : tensor<?x?x4xf32>) {
      %r = linalg.matmul ins(%h, %u : …) outs(%a_t : …) -> tensor<?x4xf32>
      %h1 = math.tanh %r : tensor<?x4xf32>
      gradopt.yield %h1 : tensor<?x4xf32>
    }
    %h1s = tensor.extract_slice %hs[1, 0, 0] … : tensor<?x?x4xf32>
    %y = linalg.contract … ins(%h1s, %v : …) outs(%zeros : …) -> tensor<?x?x2xf32>
    ```

    An op can move if it implements `BatchableOpInterface`: elementwise ops of
    arith and math, structured ops of linalg, slices, reshapes, pads and the like
    of tensor, and of gradopt `embedding`, `gradient`, `clip_cotangent`,
    `clip_by_value` and `clip_by_norm` by rows. Scalars, such as what is computed
    from the step index, are computed again for each time in the body of the op
    that needs them.

    * **In front** go contractions, reductions, gathers and all other ops that do
      more than read and write each element once, with what they are made of; and
      elementwise ops that take a result of one of these (the sum with a bias) and
      nothing that stays. Other elementwise work on inputs stays in the step, where
      it costs no sequence of its own.
    * **Behind** go such ops and everything that follows from them. What they need
      of a step is an input, an output or a history that is there, or a new one;
      slices and reshapes are taken again, so that several parts of a value are one
      tape. Elementwise work that gives outputs and follows from nothing that moved
      stays.
    * An op that a carry and an output follow from stays, and so do those on whose
      way is an op with a side effect or one that does not implement the interface;
      those that follow from inputs in both directions; and terms of sums over
      time, which `gradopt-sink-weight-gradients` takes out. A missed remark names
      what is on the way.

    A contraction whose init follows from a carry waits for it. Where contractions
    start from each other's results (h · U, then x_t · W added to it), those that
    only inputs are multiplied in come first; the others start from their result.
    If the first init of all follows from a carry, they start from zero, and it is
    added to the sum of all in the step.

    But for this the order of every sum stays the same, and nothing is computed
    that the steps did not compute. Values that are constant in time leave the scan as well, as in
    `loop-invariant-code-motion`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numBefore", "before", "ops moved in front of a scan">,
    Statistic<"numAfter", "after", "ops moved behind a scan">];
}

def SinkWeightGradients : Pass<"gradopt-sink-weight-gradients"> {
  let summary = "Sum over time once, behind the scan";
  let description = [{
    A carry that a scan only adds to leaves it: what the summands are made of
    becomes outputs and histories, and one op over all steps and rows follows.

    ```mlir
    %h, %dw = gradopt.scan (%s) to %T
        carries(%h = %h0 : tensor<?x8xf32>, %dw = %zero : tensor<4x8xf32>)
        inputs(%x_t = %x : tensor<?x?x4xf32>) {
      %h1 = ... : tensor<?x8xf32>
      %dw1 = linalg.contract ins(%x_t, %h1) outs(%dw) -> tensor<4x8xf32>
      gradopt.yield %h1, %dw1 : tensor<?x8xf32>, tensor<4x8xf32>
    }
    ```
    becomes, with time as the outermost of the loops that are summed over,
    ```mlir
    %h, %hs = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?x8xf32>)
        histories(0 : tensor<?x?x8xf32>) { ... }
    %after = tensor.extract_slice %hs[1, 0, 0] ...
    %dw = linalg.contract ins(%x, %after) outs(%zero) -> tensor<4x8xf32>
    ```
    The next value of such a carry is the carry plus summands, in any order and
    nesting, as `arith.addf` or `addi`, as an elementwise linalg op, or as a
    linalg op that adds to its init. Neither the carry nor a sum on the way may
    have another use, be an output, or have a history.

    The sum over time of a summand is

    * of a linalg op that adds to its init: the same op with time as one more
      loop, a `linalg.contract` if it multiplies matrices or vectors, otherwise
      a `linalg.generic`. Bias, peephole and diagonal weights are such ops;
    * of a pointwise linalg op that is larger than all that it reads, an outer
      product: the same;
    * of a sum: the sum of both sums;
    * of what is inserted into a tensor at a fixed place: the sum of what is
      inserted, there in the sum of the tensor;
    * of what slices, casts, reshapes, transposes, broadcasts, negates or
      multiplies by a finite constant, and of `gradopt.gradient`: that op on the
      sum of its operand;
    * of `gradopt.scatter_add`: one over the rows of all steps, in the order of
      time;
    * of any other value of rank 0 or 1, and of one that is an input, an output
      or a history anyway: one reduction of its values at all steps.

    What else a summand may be would have to be kept for every step, as large as
    the weight. Its carry stays in the scan, and a remark names the op.

    An init of zeros is dropped; any other is where the sum starts. Inputs are
    read as they are, carries from their histories. An input that goes through
    time in the other direction than the scan's first sequence is kept as an
    output. A constant operand of a contraction is not multiplied by the sum of
    the other one: it may be infinite where there are no steps.

    The terms of a sum are added step by step in the order of time, whichever
    way the scan goes, where the scan added them up for each step first. Without
    steps the result is the init.

    Inner scans are looked at first. A sum that leaves an inner scan is a
    contraction in the outer one, which then leaves that over both times.

    With `chunk` the scan runs in chunks of that many steps, the last one
    shorter, and the op over the rows of a chunk adds to the carry after each of
    them. So only one chunk's summands have to be kept.
  }];
  let options = [
    Option<"chunk", "chunk", "int64_t", /*default=*/"0",
      "time steps after which a partial sum is taken; 0: all">];
  let dependentDialects = ["::mlir::affine::AffineDialect",
    "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numSunk", "sunk", "sums that left a scan">];
}

def MergeContractions : Pass<"gradopt-merge-contractions"> {
  let summary = "Make one contraction of those that share an operand";
  let description = [{
    Contractions of one block are merged, whatever their form (`linalg.matmul`,
    `linalg.contract`, a `linalg.generic`), their transpositions and their batch
    dimensions. What comes out are `linalg.contract` ops.

    * **A shared operand.** Contractions that read one operand in the same way
      become one over the other operands, stacked. Each result is a slice of the
      new one. The gates of a cell do one product per step:

      ```mlir
      // before
      %0 = linalg.matmul ins(%h, %u_i : ...) outs(%x_i : ...)
      %1 = linalg.matmul ins(%h, %u_f : ...) outs(%x_f : ...)
      // after, where %u is [u_i u_f], made in front of the loop
      %g = linalg.contract ... ins(%h, %u : ...) outs(%x : ...)
      %0 = tensor.extract_slice %g[0, 0] ...
      %1 = tensor.extract_slice %g[0, 64] ...
      ```
    * **A sum.** A contraction starts from what its result is added to, so that
      nothing elementwise follows it. Where elementwise work follows anyway, it
      starts from one summand that is there, such as a slice of a sequence, and
      the rest is added behind. Contractions that are summed become one
      over the joined dimension, both of whose operands are stacked:
      `dG_i · U_iᵀ + dG_f · U_fᵀ` is `[dG_i dG_f] · [U_i U_f]ᵀ`. Where they
      cannot be stacked, one starts from the result of the other.

    Tensors are stacked only where nothing is copied that there is for each time
    step. That is so for consecutive slices of one tensor; for inputs of a scan
    whose sequences can be stacked, which become one input; for outputs of a
    scan whose slices are computed in its body, which become one output; for
    results of computations, which can be written straight into slices of a
    buffer; and for weights, which are copied outside of the loops, once.
    A weight is of static shape and follows from no sequence. The initial values
    of the contractions are stacked by the same rule, and zeros are one zero
    tensor; else the merged contraction starts from zero, and they are added
    behind. Sums that are carries of a scan become one carry.

    Left alone are contractions of which one needs the other, those whose other
    sizes differ or are not known to be equal, operands that would be copied in
    each step, such as the input and the state of a layer, whose weight
    gradients stay two, and contractions with an op between them that needs one
    of them and has an effect. The remarks say which, and why.

    The order of the terms of a sum changes, and with it its rounding.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numMerged", "merged", "contractions that became part of another one">];
}

def SimplifySlices : Pass<"gradopt-simplify-slices"> {
  let summary = "Simplify tensors that are put together and taken apart";
  let description = [{
    The gates of a step are slices of one tensor, and the derivative of a slice
    is zeros with a piece inserted. So a step is full of tensors that are put
    together and taken apart. What this pass does to them:

    * A **sum** of zeros with pieces inserted is zeros with all pieces, if no two
      of them overlap. Pieces of the same elements are added themselves. Other
      overlaps stay, with a remark.
    * Zeros that are **covered** by pieces become an empty tensor.
    * A **slice** of a tensor with pieces inserted is that piece, a slice of it, or
      a slice of what is under the pieces.
    * An elementwise op is **split** where it only works on pieces: if all uses of
      its result are slices that cut one dimension at places known, or an operand
      is put together so. The whole is put together from the results if something
      needs it: what ends the block, such as a tape of a scan, or, if an operand
      was put together, whatever uses the result.

    Other dimensions than the one that is cut, such as time and batch, may be
    dynamic. Sizes are known to be the same if ops say so: those of what is added,
    say. Stays whole: a sum with a contraction, since the contraction can start
    from the other summand (`gradopt-merge-contractions`); a sum with a carry that
    is only added to (`gradopt-sink-weight-gradients`); an op that uses its
    position (`linalg.index`); one with several results.

    ```mlir
    %p = tensor.insert_slice %a into %zeros[0, 0] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x6xf32>
    %q = tensor.insert_slice %b into %zeros[0, 3] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x6xf32>
    %s = arith.addf %p, %q : tensor<2x6xf32>
    ```
    becomes
    ```mlir
    %e = tensor.empty() : tensor<2x6xf32>
    %p = tensor.insert_slice %a into %e[0, 0] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x6xf32>
    %s = tensor.insert_slice %b into %p[0, 3] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x6xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
}

def FusePointwise : Pass<"gradopt-fuse-pointwise"> {
  let summary = "Make one op of the elementwise work of a step";
  let description = [{
    Elementwise ops of one block over one iteration space become one
    `linalg.generic` with several results: everything that a step of an LSTM does
    besides its contraction, say. This is done in the body of each function and in
    each region inside, above all in scans.

    Elementwise ops on tensors and named elementwise ops of linalg become
    generics, with fills and constants folded into them, and are split at slices
    as by `gradopt-simplify-slices`. Two of them are **one** if

    * one uses a result of the other, or both read slices of one tensor that
      changes with time, or what they compute reaches one other linalg op;
    * their loops have the same sizes. A dynamic size is the same as another one if
      ops say so, such as one that adds the two tensors;
    * no third op needs one of them and is needed by the other: a contraction, say.
      What stands between them and does not do that is moved. Ops with side
      effects keep their order.

    A result that something else uses stays a result. What two of them compute is
    computed once. An op in a loop over fewer dimensions, such as one for each row
    that tells whether the sequence goes on, is done in each op that uses it, if it
    changes with time and is cheap.

    Stays as it is: what is constant in time and of another size; a reduction; a
    contraction and what it reads or adds to. Two recurrences in one scan that
    share nothing that changes with time stay two ops.

    A `gradopt.gradient` **marker** in a loop keeps no ops apart: elementwise ops and
    slices take the marked value itself, and a marker that nothing else uses is
    gone. So clips and monitors that find values by their markers are inserted
    before this pass. Markers outside of loops stay, and what is watched in a step
    stays a value there.

    ```mlir
    %a = math.tanh %x : tensor<2x3xf32>
    %b = arith.mulf %a, %x : tensor<2x3xf32>
    ```
    becomes, if `%a` has other uses,
    ```mlir
    %0:2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<2x3xf32>) outs(%e, %e : tensor<2x3xf32>, tensor<2x3xf32>) {
    ^bb0(%in: f32, %out: f32, %out_0: f32):
      %1 = math.tanh %in : f32
      %2 = arith.mulf %1, %in : f32
      linalg.yield %1, %2 : f32, f32
    } -> (tensor<2x3xf32>, tensor<2x3xf32>)
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numFused", "fused", "ops that became part of another one">];
}

def MergeScans : Pass<"gradopt-merge-scans"> {
  let summary = "Make one scan of independent ones over the same steps";
  let description = [{
    Scans of one block with the same number of steps, none of which needs a result
    of another one, become one: the directions of a layer, forward and backward,
    heads, the encoders of a pair. A step then does the work of all of them.

    ```mlir
    %a:2 = gradopt.scan "l" (%s) to %T carries(%h = %h0 : …)
        inputs(%x_t = %x : …) outputs(…) { … }
    %b:2 = gradopt.scan "l_reverse" (%s) to %T carries(%k = %k0 : …)
        inputs(%x_t = reverse %x : …) outputs(reverse …) { … }
    ```
    become
    ```mlir
    %ab:4 = gradopt.scan "l+l_reverse" (%s) to %T carries(%h = %h0, %k = %k0 : …)
        inputs(%x_t = %x, %x_r = reverse %x : …) outputs(…, reverse …) { … }
    ```
    Carries, outputs and histories come in the order of the scans, and so do the
    ops of the body; a sequence that several read in the same direction is read
    once. Different names are joined by `+`. A carry keeps its name where no other
    one has it; else it is called SCAN/CARRY, with a number if that is not enough.

    The numbers of steps are the same if they are one value, equal constants, or
    sizes that come from one tensor, or if the scans share an input. What stands
    between two scans and needs the first one moves behind them, or what the
    second one needs moves in front. A scan is merged with the earliest one that
    it can be merged with.

    Left alone, with a remark that says why, are
    * a scan that needs a result of the other one, through any path; only sizes
      of results are taken from elsewhere. With `dependent`, a scan that reads as
      an input, in the same direction, an output of the other one, and needs it
      for nothing else, is merged: a step of the one follows the step of the
      other, and what it reads is not read from memory. It is off by default,
      since what was done for all steps at once between the scans
      (`gradopt-batch-time-parallel`) would have to be done step by step.
    * scans with ops that have effects in their bodies, and scans between which
      ops with effects need the first one and make what the second one needs.
    * scans with different attributes of other dialects.
    * scans of which one step would touch more than `working-set` bytes: what the
      bodies use from outside (weights), the carries, and one slice of each input
      and output, a dynamic size taken for 32. The default is the second-level
      cache of one core, 1 MiB in most: weights that stay there from step to step
      while the scans run one after the other would be read from farther away.
  }];
  let options = [
    Option<"workingSet", "working-set", "int64_t", /*default=*/"1048576",
      "the most bytes that a step of the merged scan may touch">,
    Option<"dependent", "dependent", "bool", /*default=*/"false",
      "also merge scans of which one reads the other's outputs, as a wavefront">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numMerged", "merged", "scans that became part of another one">];
}

def CheckpointScan : Pass<"gradopt-checkpoint-scan"> {
  let summary = "Keep every k-th carry and compute the steps between again";
  let description = [{
    What a backward scan reads of a forward one is kept for all T steps. This
    pass keeps the carries with which every k-th step begins, and runs the steps
    of each segment again when the backward scan comes to them (Chen, Xu, Zhang
    and Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016). Instead
    of T rows of each such value there are T / k rows of the carries and k rows
    of the value, for one more forward pass. With k = √T, the default, both are
    √T.

    A *tape* is an output or a history of a scan that is read only by scans in
    its block that have the same count and go through it in the other direction.
    A scan with tapes becomes

    * a scan over the T floordiv k full segments, whose body is a scan over the
      k steps of one: it gives what is not a tape, and the carries with which
      each segment begins;
    * a scan over the T mod k steps that remain, the last ones. What these keep is
      not computed again.

    A scan that reads tapes becomes one over the steps that remain, which come
    first, and one over the segments, from the last to the first. Its body runs
    the steps of the forward scan again from the carry that was kept, then the
    steps of the backward scan. All sequences stay in time order, the step index
    stays that of the whole, and results are the same in every bit: random ops
    draw the same numbers, and what is watched in the forward scan is an output of
    the first run.

        %h, %tape = gradopt.scan (%s) to %T carries(%a = %h0) inputs(%x_t = %x)
        %g = gradopt.scan (%s) to %T carries(%b = %g0) inputs(%t = reverse %tape)

    is, if k divides T = n k:

        %h, %begins = gradopt.scan (%q) to %n carries(%a = %h0) inputs(%x_q = %xs) {
          %a1 = gradopt.scan (%s) to %k carries(... = %a) inputs(%x_t = %x_q)
          gradopt.yield %a1, %a
        }
        %g = gradopt.scan (%q) to %n carries(%b = %g0)
            inputs(%a = reverse %begins, %x_q = reverse %xs) {
          %a1, %tape = gradopt.scan (%s) to %k carries(... = %a) inputs(%x_t = %x_q)
          %b1 = gradopt.scan (%s) to %k carries(... = %b) inputs(%t = reverse %tape)
          gradopt.yield %b1
        }

    Left alone, with a remark that says why: a scan whose body has an effect,
    which would happen twice; one whose steps are all in one segment; one that
    itself runs other steps again. A value that anything else needs, such as an
    output that is the next layer's input or a history that a weight gradient
    behind the scans reads, is kept for all steps as before.

    With `recompute` no scan is split. Instead an output that is a tape is removed
    if its readers can compute it from what is there anyway, by elementwise ops
    and slices: captured values, histories, outputs that stay, and inputs that
    they read already or that are arguments of the function. So tanh(c) of an LSTM
    is computed from c. Of a `linalg.generic` with several results only what the
    one result needs is computed. Contractions, reductions and random ops are
    never computed again.

    In both modes an output or history that nothing reads is removed.
  }];
  let options = [
    Option<"every", "every", "int64_t", /*default=*/"0",
      "steps between two carries that are kept; 0: the square root of the count">,
    Option<"recompute", "recompute", "bool", /*default=*/"false",
      "compute again what costs little instead of keeping it, and keep every carry">];
  let dependentDialects = ["::mlir::affine::AffineDialect",
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numCheckpointed", "checkpointed", "scans whose steps are computed again">,
    Statistic<"numRemoved", "removed", "values that are no longer kept">];
}

def CountWork : Pass<"gradopt-count-work"> {
  let summary = "Print the operations and bytes of a training step";
  let description = [{
    Prints to the standard output what each function executes, and changes
    nothing. Dynamic sizes are terms of T and B as the roles of the arguments say
    (see `gradopt.input` and its like), chunks of time are `floor(T/16)`; a size
    that does not follow from them gets a name that is explained below the
    function's. With `time` and `batch`, numbers stand beside the terms.
    For f32 and T steps of h' = tanh(x_t + h · w):

        @rnn
            flops of contractions              128*T*B
            other flops                              0
            functions (exp, tanh, ...)           8*T*B
            bytes read                  96*T*B + 256*T
            bytes written                       64*T*B
            ops executed                           2*T
          loops
            name    direction  steps  contractions  pointwise  reductions  fills  slices  loops  other  outputs  histories  carries
            (body)  -              1             0          0           0      0       0      1      0        0          0        0
            rnn     forward        T             1          1           0      0       0      0      0        1          0        1
          contractions
            loop  direction  space        times    flops  bytes written
            rnn   forward    B x 8 x (8)      T  128*T*B         32*T*B

    * **flops**: 2 for each multiply-add of a contraction, 1 for each other
      operation on floats in a tensor's element or a scalar. What has no
      operation of IEEE 754 (exp, tanh, sqrt, …) is a **function** and counted
      apart. Conversions and selects are free.
    * **bytes**: an op reads each tensor that it uses once and writes its results
      once. A destination that it only writes to is not read. An `insert_slice`
      moves its source; an `extract_slice`, an empty tensor, a cast, a reshape and
      the marker of a gradient move nothing. An output of a scan is written by the
      op that makes it; a slice, a carry, or what another output holds too is
      copied.
    * **ops executed**: all that computes or moves whole tensors, slices left out.
      An op of neither linalg, arith, math nor tensor (an embedding, a loss, an
      update) counts as one, with its bytes and without flops.
    * **loops**: the ops of a function's body and of each loop in it, by kind. A
      contraction is what linalg takes for one, in whatever form; pointwise is
      what makes each element from one of each operand; a reduction is any other
      linalg op that reduces. The direction is that of the loop's origin,
      `forward` if it has none. A loop in a loop is named `outer/inner`; a loop
      of unknown length has steps with a name.
    * **contractions**: the sizes of the loops, those summed over in parentheses;
      how often it is executed; and what all executions do. A weight gradient that
      is summed up step by step shows as many writes of a weight as there are
      steps.

    Of branches (`scf.if`) the one with the most work is counted. A named layer
    does not show its work: run `gradopt-expand-cells` before. Calls are not
    followed.
  }];
  let options = [
    Option<"time", "time", "int64_t", /*default=*/"0",
      "the value of T for which numbers are printed too; 0: none">,
    Option<"batch", "batch", "int64_t", /*default=*/"0",
      "the value of B for which numbers are printed too; 0: none">];
}

#endif // GRADOPT_TRANSFORMS_FUSIONPASSES_TD
