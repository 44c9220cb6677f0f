//===- RegionSizes.h - Sizes of what regions make ------------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_REGIONSIZES_H
#define GRADOPT_IR_REGIONSIZES_H

#include "mlir/IR/Builders.h"

namespace mlir::gradopt {

/// The size of a tensor or buffer in a region of `op`, or of a result of `op`
/// to which all of its regions give that size, by values from outside of `op`.
/// What computes it is built where `builder` stands. Fails, and builds nothing,
/// where the size is not known before `op` runs.
FailureOr<OpFoldResult> reifyRegionDim(OpBuilder &builder, Operation *op,
                                       Value shaped, int64_t dim);

/// Whether two sizes are the same number by where they come from: through the
/// loops around them and what gives tensors their sizes.
bool isSameSize(Builder &builder, OpFoldResult a, OpFoldResult b);

} // namespace mlir::gradopt

#endif // GRADOPT_IR_REGIONSIZES_H
