//===- CountedLoops.h - Loops that count their iterations -------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_COUNTEDLOOPS_H
#define GRADOPT_LIB_TRANSFORMS_COUNTEDLOOPS_H

#include "LoopIndices.h"
#include <memory>
#include <string>

namespace mlir::gradopt {

/// Why a loop stays as it is.
struct Obstacle {
  Operation *op = nullptr;
  /// One word for the kind of reason.
  StringRef name;
  std::string reason;

  LogicalResult set(Operation *where, StringRef kind, const Twine &why) {
    op = where;
    name = kind;
    reason = why.str();
    return failure();
  }
};

/// What one iteration hands to the next.
struct LoopVariable {
  Value init;
  /// The same value in the body; a loop may name it several times or not.
  SmallVector<Value, 1> args;
  /// What the last iteration handed on.
  SmallVector<Value, 1> results;
  /// If it is an integer that counts or a value that stays: what it is.
  std::optional<LinearExpr> value;
  bool isInvariant = false;
};

/// An `scf.for`, or an `scf.while` whose condition compares a counter with a
/// bound, as iterations s = 0, 1, ...
class CountedLoop {
public:
  explicit CountedLoop(Operation *op) : op(op), indices(op) {}

  /// Whether this is a loop that has to do with tensors, of values that a scan
  /// can carry. Others are none of our business.
  static bool isCandidate(Operation *op);

  LogicalResult match(Obstacle &obstacle);

  Location getLoc() const { return op->getLoc(); }
  /// What the body hands to the next iteration, in the order of `variables`.
  OperandRange getNext() const { return body->getTerminator()->getOperands(); }
  /// The number of iterations, in front of the loop.
  Value buildCount(OpBuilder &builder) const;

  Operation *op;
  Block *body = nullptr;
  LoopIndices indices;
  SmallVector<LoopVariable> variables;
  /// Values of the body that say the number of the iteration.
  SmallVector<std::pair<Value, LinearExpr>> counters;
  /// Values of the body and results that are known without the loop.
  SmallVector<std::pair<Value, Value>> constants;

private:
  LogicalResult matchFor(Obstacle &obstacle);
  LogicalResult matchWhile(Obstacle &obstacle);
  LogicalResult matchCondition(Value condition, Obstacle &obstacle);
  void findCounters();
  void setCount(const LinearExpr &newDistance, int64_t newStep);

  /// The count is distance / step, rounded up, or 0 if that is negative.
  LinearExpr distance;
  int64_t step = 1;
};

/// `index` as a value of `type`: an index, an integer, a tensor of one.
Value convertIndex(OpBuilder &builder, Location loc, Value index, Type type);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_COUNTEDLOOPS_H
