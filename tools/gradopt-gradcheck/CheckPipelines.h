//===- CheckPipelines.h - What passes make of the gradients -----*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_GRADCHECK_CHECKPIPELINES_H
#define GRADOPT_TOOLS_GRADOPT_GRADCHECK_CHECKPIPELINES_H

#include "Program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::gradopt {

/// What `checkPipelines` goes by.
struct PipelineCheckOptions {
  /// As in --pass-pipeline, without the `builtin.module` around them.
  std::vector<std::string> pipelines;
  /// Applied to the gradients before anything is compared: a training step can
  /// be made of them. Empty: nothing.
  std::string prepare;
  /// Of what the pipelines leave.
  Lowering lowering = Lowering::reference;
  /// The numbers of threads that these run on; each must give the bits of the
  /// first.
  std::vector<int32_t> threads = {1};
  std::vector<int64_t> times, batches;
  uint64_t seed = 1;
  /// An input of which nothing counts that stands behind the row's lengths, and
  /// these; empty: not checked.
  std::string padded, lengths;
};

/// What was compared for all functions so far.
struct PipelineCheckTally {
  uint64_t functions = 0, comparisons = 0, tensors = 0, failed = 0;
  /// Pipelines after which the gradients were what another one left or what
  /// they had been, to the letter.
  uint64_t same = 0;
  /// The worst errors in units of what they may be.
  double worst32 = 0, worst64 = 0;
};

/// Compares all results of a loss function's gradients after each pipeline with
/// those before it, at all sizes, in f32 and in f64, and prints one line for
/// each pipeline and pair of sizes.
void checkPipelines(func::FuncOp loss, const PipelineCheckOptions &options,
                    PipelineCheckTally &tally);

/// Prints what was compared in all, one line.
void printTally(const PipelineCheckTally &tally);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_GRADCHECK_CHECKPIPELINES_H
