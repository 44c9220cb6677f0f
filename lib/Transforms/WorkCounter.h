//===- WorkCounter.h - Operations and bytes of a function -------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_WORKCOUNTER_H
#define GRADOPT_LIB_TRANSFORMS_WORKCOUNTER_H

#include "WorkSizes.h"

namespace mlir::gradopt {

/// The kinds of ops in a loop's body, in the order of the columns that
/// `gradopt-count-work` prints.
enum class WorkKind : unsigned {
  Contraction,
  Pointwise,
  Reduction,
  Fill,
  Slice,
  Loop,
  Other,
  NumKinds
};

inline constexpr unsigned kNumWorkKinds =
    static_cast<unsigned>(WorkKind::NumKinds);

/// Sums over all that is executed.
struct WorkTotals {
  Polynomial contractionFlops, otherFlops, functions, bytesRead, bytesWritten,
      ops;
};

/// A line of the table of loops: the ops that stand in one body.
struct LoopLine {
  std::string name, direction;
  Polynomial steps;
  std::array<unsigned, kNumWorkKinds> kinds = {};
  unsigned outputs = 0, histories = 0, carries = 0;
};

/// A line of the table of contractions.
struct ContractionLine {
  unsigned loop;
  std::string space;
  Polynomial executions, flops, bytesWritten;
};

/// What was found in some ops. The lines of contractions name loops by their
/// place in `loops`.
struct Work {
  WorkTotals totals;
  std::vector<LoopLine> loops;
  std::vector<ContractionLine> contractions;
  unsigned layers = 0;
};

/// Counts what `function` executes, its regions included: of branches the one
/// with the most work.
Work countWork(FunctionOpInterface function, WorkSizes &sizes);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_WORKCOUNTER_H
