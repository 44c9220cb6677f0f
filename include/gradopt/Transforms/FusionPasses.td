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
    An `scf.for` or a counting `scf.while` that reads and writes one slice of its
    sequences per iteration becomes a `gradopt.scan`.
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
