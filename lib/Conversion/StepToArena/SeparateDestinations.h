//===- SeparateDestinations.h - Tensors that are made in place --*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_CONVERSION_STEPTOARENA_SEPARATEDESTINATIONS_H
#define GRADOPT_CONVERSION_STEPTOARENA_SEPARATEDESTINATIONS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {

/// Gives a tensor that is stored in the arena a chain of destinations of its
/// own, so that nothing else reads a tensor of the chain. Bufferization makes
/// the whole chain, from its empty tensor on, in the place of the store; its
/// analysis does not see that the store overwrites what else would be read
/// there.
void separateDestinations(RewriterBase &rewriter, Value stored);

/// A tensor of the sizes of `like` whose elements do not matter.
Value buildEmptyLike(OpBuilder &builder, Location loc, Value like);

/// Whether the sizes of a tensor are seen without the op that makes it, as the
/// planning of memory needs them: a branch's result says nothing of them.
bool hasKnownSizes(Value value);

/// Whether `op` makes its one result of less than that: it fills, broadcasts or
/// is elementwise work on smaller tensors. To make it again is less than to
/// copy it.
bool isMadeOfLess(linalg::LinalgOp op);

/// A tensor that holds what `shared` does and that nothing else uses: made
/// again where that is less, else a copy.
Value buildOwnCopy(OpBuilder &builder, Location loc, Value shared);

} // namespace mlir::gradopt

#endif // GRADOPT_CONVERSION_STEPTOARENA_SEPARATEDESTINATIONS_H
