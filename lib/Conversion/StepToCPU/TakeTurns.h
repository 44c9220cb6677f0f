//===- TakeTurns.h - Ops that are done part by part in turns ----*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_TAKETURNS_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_TAKETURNS_H

#include "BufferAccess.h"

namespace mlir::gradopt {

/// How an op is divided: by which loop, and how many columns there are to a
/// run.
struct Division {
  enum class Kind { first, columns, other } kind = Kind::first;
  KernelAttr kernel;
  std::optional<unsigned> columnLoop;
  /// Columns in a run, and runs, if the columns can be tiled.
  int64_t run = 0, runs = 1;

  static Division get(linalg::LinalgOp op);

  bool isTiled() const { return run != 0; }

  /// Whether a thread does its columns some rows at a time.
  bool isByRows(linalg::LinalgOp op) const {
    return kind == Kind::columns && kernel.getRows() != 0 &&
           !linalg::isaContractionOpInterface(op);
  }
};

/// Whether tile after tile of both may be done in turns: the second needs of
/// the first only the columns that it makes itself.
bool canShareTiles(linalg::LinalgOp first, linalg::LinalgOp second);

/// Whether both may be done some rows at a time in turns, for a thread's share
/// of columns: the second needs of the first only the same rows, or one is
/// nothing by rows, such as a fill, and can be done before all of them.
bool canShareRows(linalg::LinalgOp first, linalg::LinalgOp second);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_TAKETURNS_H
