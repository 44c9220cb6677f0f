//===- HistoryRows.h - Values of a carry around each step -------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_HISTORYROWS_H
#define GRADOPT_LIB_TRANSFORMS_HISTORYROWS_H

#include "gradopt/IR/GradOptOps.h"

namespace mlir::gradopt {

/// The rows of a history of `scan`, or of something shaped like it, that hold
/// the carry after each step or before it.
Value buildHistoryRows(OpBuilder &builder, Location loc, ScanOp scan,
                       Value history, bool reverse, bool after);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_HISTORYROWS_H
