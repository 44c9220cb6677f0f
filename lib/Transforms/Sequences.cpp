//===- Sequences.cpp - Tensors with a row for each time step --------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sequences.h"
#include "Contractions.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Roles.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {
class SequenceFinder {
public:
  bool contains(Value value) {
    auto [known, isNew] = memo.try_emplace(value, false);
    if (!isNew)
      return known->second;
    bool found = find(value);
    memo[value] = found;
    return found;
  }

private:
  bool find(Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || !type.hasStaticShape())
      return true;
    for (OpOperand &use : value.getUses())
      if (auto scan = dyn_cast<ScanOp>(use.getOwner()))
        if (llvm::is_contained(scan.getInputs(), value))
          return true;
    if (auto arg = dyn_cast<BlockArgument>(value))
      return findArgument(arg);
    Operation *op = value.getDefiningOp();
    // What comes out of a loop or a branch may be anything.
    if (op->getNumRegions() != 0 && !isa<linalg::LinalgOp>(op))
      return true;
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      return isa<ShapedType>(operand.getType()) && contains(operand);
    });
  }

  bool findArgument(BlockArgument arg) {
    auto function =
        dyn_cast_or_null<FunctionOpInterface>(arg.getOwner()->getParentOp());
    if (!function || !arg.getOwner()->isEntryBlock())
      return true;
    std::optional<NamedRole> role = getArgRole(function, arg.getArgNumber());
    if (role && role->role == Role::Input)
      return true;
    // What is summed with a sequence over time has a row for each time step.
    return llvm::any_of(arg.getUses(), [&](OpOperand &use) {
      linalg::LinalgOp contraction = getContraction(use.getOwner());
      if (!contraction || use.getOperandNumber() > 1)
        return false;
      OpOperand &other =
          use.getOwner()->getOpOperand(1 - use.getOperandNumber());
      AffineMap map = contraction.getMatchingIndexingMap(&other);
      return map.getNumResults() != 0 && contains(other.get()) &&
             llvm::is_contained(
                 contraction.getMatchingIndexingMap(&use).getResults(),
                 map.getResult(0));
    });
  }

  DenseMap<Value, bool> memo;
};
} // namespace

bool mlir::gradopt::isSequence(Value tensor) {
  return SequenceFinder().contains(tensor);
}
