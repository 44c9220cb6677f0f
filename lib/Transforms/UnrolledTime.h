//===- UnrolledTime.h - Time steps written one by one -----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_UNROLLEDTIME_H
#define GRADOPT_LIB_TRANSFORMS_UNROLLEDTIME_H

#include "mlir/IR/Operation.h"

namespace mlir::gradopt {

/// Gives a remark for each sequence for whose rows 0, 1, 2, ... a block does
/// the same ops again and again, each time with what came out of the last: a
/// loop over time that was unrolled.
void reportUnrolledTime(Operation *root, StringRef pass);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_UNROLLEDTIME_H
