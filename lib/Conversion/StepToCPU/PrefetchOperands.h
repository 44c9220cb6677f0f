//===- PrefetchOperands.h - What is read soon -------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_PREFETCHOPERANDS_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_PREFETCHOPERANDS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::gradopt {

/// The operands that elementwise ops behind a contraction of `group` read and
/// that no op of the group before them writes, in rows of unit stride.
SmallVector<OpOperand *>
findOperandsReadLater(ArrayRef<linalg::LinalgOp> group);

/// Asks for all rows of `view`, whose elements are read in a while.
void buildPrefetch(OpBuilder &builder, Location loc, Value view);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_PREFETCHOPERANDS_H
