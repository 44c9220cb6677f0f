//===- Passes.h - Conversion passes -----------------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_CONVERSION_PASSES_H
#define GRADOPT_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace mlir::gradopt {

#define GEN_PASS_DECL
#include "gradopt/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "gradopt/Conversion/Passes.h.inc"

/// Patterns of `convert-gradopt-to-linalg`, one function for each family of
/// ops.
void populateClipToLinalgPatterns(RewritePatternSet &patterns);
void populateObservationToLinalgPatterns(RewritePatternSet &patterns);
void populateUpdateToLinalgPatterns(RewritePatternSet &patterns);
void populateModelToLinalgPatterns(RewritePatternSet &patterns);
void populateRandomToLinalgPatterns(RewritePatternSet &patterns);

} // namespace mlir::gradopt

#endif // GRADOPT_CONVERSION_PASSES_H
