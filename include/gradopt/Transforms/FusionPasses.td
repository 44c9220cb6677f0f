//===- FusionPasses.td - Fusion inside of loops over time -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TRANSFORMS_FUSIONPASSES_TD
#define GRADOPT_TRANSFORMS_FUSIONPASSES_TD

include "mlir/Pass/PassBase.td"

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
    added to them in the step.

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
  let statistics = [
    Statistic<"numJoined", "joined", "sums that became tensors with all pieces">,
    Statistic<"numSplit", "split", "elementwise ops split into pieces">];
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

#endif // GRADOPT_TRANSFORMS_FUSIONPASSES_TD
