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
    What a step computes from its inputs and not from its carries becomes one op
    over all steps in front of the scan; what no carry depends on, one behind it.
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
    becomes outputs, and one op over all steps and rows follows.
  }];
  let options = [
    Option<"chunk", "chunk", "int64_t", /*default=*/"0",
      "time steps after which a partial sum is taken; 0: all">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numSunk", "sunk", "sums that left a scan">];
}

def MergeContractions : Pass<"gradopt-merge-contractions"> {
  let summary = "Make one contraction of those that share an operand";
  let description = [{
    Contractions that share an operand become one over the stacked others; a sum
    of contractions becomes one over the joined dimension.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numMerged", "merged", "contractions that became part of another one">];
}

def SimplifySlices : Pass<"gradopt-simplify-slices"> {
  let summary = "Simplify tensors that are put together and taken apart";
  let description = [{
    A sum of tensors that are zero outside of disjoint slices becomes one tensor
    into which the slices are inserted.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def FusePointwise : Pass<"gradopt-fuse-pointwise"> {
  let summary = "Make one op of the elementwise work of a step";
  let description = [{
    Elementwise ops over one iteration space become one `linalg.generic` with
    several results.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numFused", "fused", "ops that became part of another one">];
}

def MergeScans : Pass<"gradopt-merge-scans"> {
  let summary = "Make one scan of independent ones over the same steps";
  let description = [{
    Scans with the same count, none of which needs a result of another one,
    become one.
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
    A scan whose outputs are kept for a scan in the other direction keeps its
    carries at every k-th step only.
  }];
  let options = [
    Option<"every", "every", "int64_t", /*default=*/"0",
      "steps between two carries that are kept; 0: the square root of the count">,
    Option<"recompute", "recompute", "bool", /*default=*/"false",
      "compute again what costs little instead of keeping it, and keep every carry">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numCheckpointed", "checkpointed", "scans whose steps are computed again">,
    Statistic<"numRemoved", "removed", "values that are no longer kept">];
}

def CountWork : Pass<"gradopt-count-work"> {
  let summary = "Print the operations and bytes of a training step";
  let description = [{
    Prints for each function, as polynomials in T and B, floating-point
    operations, bytes moved and ops executed.
  }];
  let options = [
    Option<"time", "time", "int64_t", /*default=*/"0",
      "the value of T for which numbers are printed too; 0: none">,
    Option<"batch", "batch", "int64_t", /*default=*/"0",
      "the value of B for which numbers are printed too; 0: none">];
}

#endif // GRADOPT_TRANSFORMS_FUSIONPASSES_TD
