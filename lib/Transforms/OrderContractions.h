//===- OrderContractions.h - What is known is summed first ------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_ORDERCONTRACTIONS_H
#define GRADOPT_LIB_TRANSFORMS_ORDERCONTRACTIONS_H

#include "gradopt/IR/GradOptOps.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {

/// A contraction starts from its init, so it waits for it. Where contractions
/// of a body start from each other, those whose products can be summed in front
/// of the scan come first, so that they can be done there:
///
///     %a = matmul(%h, %u) outs(%z)       %b = matmul(%x_t, %w) outs(%z)
///     %b = matmul(%x_t, %w) outs(%a)     %a = matmul(%h, %u) outs(%b)
///
/// If what the first one starts from varies with the carries, they start from
/// zero and it is added to them. Returns whether anything changed.
bool orderContractions(RewriterBase &rewriter, ScanOp scan);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_ORDERCONTRACTIONS_H
