//===- LinalgPayload.h - What a linalg op computes --------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_LINALGPAYLOAD_H
#define GRADOPT_LIB_TRANSFORMS_LINALGPAYLOAD_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::gradopt {

/// The part of a linalg op's region that one scalar in it needs, for an op that
/// has the loops of this one and the one init.
struct LinalgPayload {
  LinalgPayload(linalg::LinalgOp op, OpOperand *init, Value scalar);

  /// The ops, in order.
  SmallVector<Operation *> ops;
  /// The inputs that are read, and all others if the loops could not do
  /// without.
  SmallVector<OpOperand *> inputs;
  /// The values from outside of the op.
  SmallVector<Value> captured;
  /// Whether an element of an init is read.
  bool usesInit = false;

  /// The scalar in another region, whose arguments for the inputs and captured
  /// values `mapping` has; its loops come after `outerLoops` others.
  Value clone(OpBuilder &builder, IRMapping &mapping, unsigned outerLoops);

  /// Whether the scalar is the product of elements of the two inputs.
  bool isProduct(linalg::LinalgOp op) const;

  Value scalar;
};

/// The input that a pointwise op moves, negates or multiplies by finite
/// constants to give this result; null if it does anything else.
OpOperand *findLinearInput(linalg::LinalgOp op, OpResult result);

/// Whether all elements of a float or a tensor of floats are one constant other
/// than infinity and NaN.
bool isFiniteConstant(Value value);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_LINALGPAYLOAD_H
