//===- ReuseStepValues.h - What a step computes once ------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_REUSESTEPVALUES_H
#define GRADOPT_LIB_TRANSFORMS_REUSESTEPVALUES_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {

/// Where a reduction of `block` computes again what a pointwise op in front of
/// it has computed from the same elements, it reads that. The gradient of a
/// peephole weight then is a sum over products with a gate's gradient, which is
/// kept anyway, and not one over all that the gradient is made of.
void reuseStepValues(RewriterBase &rewriter, Block &block);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_REUSESTEPVALUES_H
