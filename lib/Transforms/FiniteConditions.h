//===- FiniteConditions.h - What a condition says is finite --*- C++ -* --===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_FINITECONDITIONS_H
#define GRADOPT_LIB_TRANSFORMS_FINITECONDITIONS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseSet.h"

namespace mlir::gradopt {

/// What is known to hold neither NaN nor Inf where a condition is true.
struct FiniteSet {
  llvm::DenseSet<Value> values;
  /// The condition cannot be true.
  bool isNever = false;
};

/// Whether `op` looks for NaN and Inf.
bool isFiniteCheck(Operation *op);

/// The tensors that are finite if `condition`, an i1, is true, whatever else
/// the step computes. It is followed through and, or, not, selects, branches
/// and sums of counts to `gradopt.check_finite` and `gradopt.count_nonfinite`.
/// What a finite value was computed from is finite, too, as far as NaN and Inf
/// would have come through: from a clip, an addition, a product.
FiniteSet getFiniteIf(Value condition);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_FINITECONDITIONS_H
