//===- RecomputeTapes.h - Tapes that are computed again ---------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_RECOMPUTETAPES_H
#define GRADOPT_LIB_TRANSFORMS_RECOMPUTETAPES_H

#include "TapeReaders.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {

/// A tape that its readers compute for themselves, or not.
struct RecomputedTape {
  Tape tape;
  bool isRecomputed;
  /// The op because of which they cannot; null if what they would compute it
  /// from is not there.
  Operation *obstacle;
};

/// Lets the readers of a scan's outputs compute these from what is kept anyway,
/// where that takes elementwise ops only. What nothing reads any more is still
/// there. Returns what came of each output that is a tape; those from which others
/// are computed stay and are not among them.
SmallVector<RecomputedTape> recomputeTapes(RewriterBase &rewriter, ScanOp scan);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_RECOMPUTETAPES_H
