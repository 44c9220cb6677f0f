//===- Regularization.h - Penalties, decay and bounds -----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The two halves of gradopt-insert-regularization.

#ifndef GRADOPT_LIB_TRANSFORMS_REGULARIZATION_H
#define GRADOPT_LIB_TRANSFORMS_REGULARIZATION_H

#include "StepEditing.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::gradopt {

/// Adds l1 and l2 `penalties` of the recipe's model to its loss.
LogicalResult insertPenalties(RecipeOp recipe, func::FuncOp model,
                              ArrayRef<Attribute> penalties);

/// Puts the decoupled decay of `regularizers` and of the recipe's groups, and
/// then the max-norm bounds, behind the updates. Returns how many it inserted.
FailureOr<unsigned>
regularizeUpdates(RecipeOp recipe, ArrayRef<ParameterUpdateOpInterface> updates,
                  ArrayRef<Attribute> regularizers);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_REGULARIZATION_H
