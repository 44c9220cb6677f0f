//===- WriteAgain.h - What is kept in several places ------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_CONVERSION_STEPTOARENA_WRITEAGAIN_H
#define GRADOPT_CONVERSION_STEPTOARENA_WRITEAGAIN_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {

/// Lets an elementwise op in `root` write a result once for each place into which
/// it is inserted, so that it is not copied from one to the other.
void writeInsertedAgain(RewriterBase &rewriter, Operation *root);

/// Lets an elementwise op that reads a slice which a scan in `root` yields write
/// it out too, so that it is not copied.
void writeYieldedSlices(RewriterBase &rewriter, Operation *root);

} // namespace mlir::gradopt

#endif // GRADOPT_CONVERSION_STEPTOARENA_WRITEAGAIN_H
