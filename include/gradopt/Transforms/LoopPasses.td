//===- LoopPasses.td - Loops over time as a whole -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TRANSFORMS_LOOPPASSES_TD
#define GRADOPT_TRANSFORMS_LOOPPASSES_TD

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

#endif // GRADOPT_TRANSFORMS_LOOPPASSES_TD
