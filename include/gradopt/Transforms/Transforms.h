//===- Transforms.h - Transformations that several passes use ---*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TRANSFORMS_TRANSFORMS_H
#define GRADOPT_TRANSFORMS_TRANSFORMS_H

#include "gradopt/IR/GradOptOps.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {

/// Replaces a named recurrent layer by one scan for each of its directions.
void expandCell(RewriterBase &rewriter, RecurrentCellOpInterface cell);

/// Replaces `scan` by one with more outputs: `values`, defined in its body, of
/// ranked tensor type, each with its direction. The new outputs come last among
/// the outputs.
ScanOp appendScanOutputs(RewriterBase &rewriter, ScanOp scan, ValueRange values,
                         ArrayRef<bool> reverse);

/// The history of a carry, in the given direction: an existing one, or a new
/// one for which `scan` is replaced. `scan` is set to the op that has it.
Value getOrAppendScanHistory(RewriterBase &rewriter, ScanOp &scan,
                             unsigned carry, bool reverse);

/// Whether a scan goes through time from the last step to the first: the
/// direction of the first of its sequences.
bool runsInReverse(ScanOp scan);

/// The recipe of a module, null if it has none. Fails after an error if it has
/// several.
FailureOr<RecipeOp> findRecipe(ModuleOp module);

/// A gradient of a parameter in some function's body.
struct GradientSite {
  Value gradient;
  std::string name, group;
};

/// The gradients in a function's body, each once, in this order: `gradient` ops
/// directly in the body, results marked `gradopt.grad`, gradient operands of
/// parameter updates. Gradients that are clipped already are found as they are
/// before the clip.
SmallVector<GradientSite> findGradients(FunctionOpInterface function);

} // namespace mlir::gradopt

#endif // GRADOPT_TRANSFORMS_TRANSFORMS_H
