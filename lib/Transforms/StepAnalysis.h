//===- StepAnalysis.h - What in a step depends on what ----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_STEPANALYSIS_H
#define GRADOPT_LIB_TRANSFORMS_STEPANALYSIS_H

#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Interfaces/StepBatch.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::gradopt {

/// Which ops of a scan's body can be done for all steps at once, in front of
/// the scan or behind it. It holds as long as the scan is not changed.
class StepAnalysis {
public:
  explicit StepAnalysis(ScanOp scan);

  /// Whether the value is the same in all steps.
  bool isConstant(Value value) const;
  /// Whether the sizes of a value of the body are known outside of it.
  bool hasKnownSizes(Value value) const;
  /// Whether the use is more than a place to write to, of known sizes.
  bool isRead(OpOperand &use) const;
  StepBatch getBatch(bool reverse) const;

  /// The ops to do in front of the scan, and behind it, of what goes through
  /// time in this direction, in the order of the body.
  llvm::SetVector<Operation *> planBefore(bool reverse) const;
  llvm::SetVector<Operation *> planAfter(bool reverse) const;

  /// Whether the op can be done in front of the scan: it follows from inputs of
  /// this direction alone.
  bool isAvailable(Operation *op, bool reverse) const {
    return available[reverse].contains(op);
  }
  /// Whether the products of a contraction can be summed in front of the scan,
  /// whatever they are added to.
  bool hasAvailableProducts(linalg::LinalgOp contraction, bool reverse) const;
  /// Whether the value follows from inputs of this direction alone, or is
  /// constant.
  bool isKnown(Value value, bool reverse) const;
  /// Whether the op can be done behind the scan: all that follows from it are
  /// outputs of this direction.
  bool isMovable(Operation *op, bool reverse) const {
    return movable[reverse].contains(op);
  }
  /// Whether something but sums over time follows from the op.
  bool isWanted(Operation *op) const { return wanted.contains(op); }
  /// Whether a carry follows from the op.
  bool feedsCarry(Operation *op) const { return feeding.contains(op); }
  /// Whether the op follows from a carry.
  bool dependsOnCarry(Operation *op) const { return depending.contains(op); }

  /// An op that is on the way of this one to the front of the scan: the op
  /// itself, or one that it follows from. Null if what is on the way is that
  /// inputs go through time in both directions.
  Operation *findBlockerBefore(Operation *op) const;
  /// The same for the way behind the scan: the op itself or one that follows
  /// from it. Null if what is on the way is that outputs go in both directions.
  Operation *findBlockerAfter(Operation *op) const;

private:
  void findConstants();
  void findAvailable(bool reverse);
  void findMovable(bool reverse);
  void findWanted();
  void findCarryDependences();
  bool isAvailable(Value value, bool reverse) const;
  bool isSum(unsigned carry) const;
  bool isBatchable(Operation *op, bool reverse) const;
  Operation *getOwner(OpOperand &use) const;

  // The op's methods are not const.
  mutable ScanOp scan;
  Block *body;
  llvm::DenseSet<Operation *> constants, available[2], movable[2], wanted,
      feeding, depending;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_STEPANALYSIS_H
