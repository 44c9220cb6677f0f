//===- AlignPlans.h - Shares of what follows each other ---------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_ALIGNPLANS_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_ALIGNPLANS_H

#include "gradopt/Conversion/CPUTarget.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::gradopt {

/// Changes the plans of `ops`, which stand outside of loops in this order, so
/// that a thread sums up what it has just written, and fills what it is going
/// to write.
void alignPlans(ArrayRef<linalg::LinalgOp> ops, const CPUTarget &target);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_ALIGNPLANS_H
