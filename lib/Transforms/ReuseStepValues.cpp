//===- ReuseStepValues.cpp - What a step computes once --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReuseStepValues.h"
#include "Contractions.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::GenericOp;
using linalg::LinalgOp;

namespace {
/// Compares scalars in the regions of two ops with the same loops.
class ScalarComparison {
public:
  ScalarComparison(LinalgOp lhs, LinalgOp rhs) : lhs(lhs), rhs(rhs) {}

  bool areEqual(Value left, Value right) {
    auto [known, isNew] = equal.try_emplace({left, right}, false);
    if (!isNew)
      return known->second;
    bool result = compare(left, right);
    equal[{left, right}] = result;
    return result;
  }

private:
  bool compare(Value left, Value right);

  LinalgOp lhs, rhs;
  llvm::DenseMap<std::pair<Value, Value>, bool> equal;
};
} // namespace

bool ScalarComparison::compare(Value left, Value right) {
  auto leftArgument = dyn_cast<BlockArgument>(left);
  auto rightArgument = dyn_cast<BlockArgument>(right);
  bool leftIsOwn = leftArgument && leftArgument.getOwner() == lhs.getBlock();
  bool rightIsOwn = rightArgument && rightArgument.getOwner() == rhs.getBlock();
  if (leftIsOwn && rightIsOwn) {
    OpOperand *from = lhs.getMatchingOpOperand(leftArgument);
    OpOperand *to = rhs.getMatchingOpOperand(rightArgument);
    return lhs.isDpsInput(from) && rhs.isDpsInput(to) &&
           from->get() == to->get() &&
           lhs.getMatchingIndexingMap(from) == rhs.getMatchingIndexingMap(to);
  }
  Operation *leftOp = left.getDefiningOp(), *rightOp = right.getDefiningOp();
  if (!leftOp || !rightOp || leftOp->getBlock() != lhs.getBlock() ||
      rightOp->getBlock() != rhs.getBlock())
    return left == right;
  return leftOp->getName() == rightOp->getName() &&
         leftOp->getNumResults() == 1 && rightOp->getNumResults() == 1 &&
         left.getType() == right.getType() && leftOp->getNumRegions() == 0 &&
         leftOp->getAttrDictionary() == rightOp->getAttrDictionary() &&
         leftOp->getNumOperands() == rightOp->getNumOperands() &&
         llvm::all_of(llvm::zip(leftOp->getOperands(), rightOp->getOperands()),
                      [&](auto operands) {
                        auto [from, to] = operands;
                        return areEqual(from, to);
                      });
}

/// Whether more than one op makes the scalar. Products of two elements are what
/// contractions are made of.
static bool isCompound(Value scalar, Block *block) {
  Operation *op = scalar.getDefiningOp();
  return op && op->getBlock() == block &&
         llvm::any_of(op->getOperands(), [&](Value operand) {
           Operation *inner = operand.getDefiningOp();
           return inner && inner->getBlock() == block &&
                  inner->getNumOperands() > 0;
         });
}

namespace {
/// A scalar of a reduction and the tensor of which it is an element.
struct KnownScalar {
  Value scalar, tensor;
  AffineMap map;
};
} // namespace

/// The last, and so the largest, scalar of `reduction` that a pointwise op has
/// computed.
static std::optional<KnownScalar>
findKnownScalar(GenericOp reduction, ArrayRef<LinalgOp> pointwise) {
  for (Operation &op :
       llvm::reverse(reduction.getBlock()->without_terminator()))
    for (Value scalar : op.getResults()) {
      if (!isCompound(scalar, reduction.getBlock()))
        continue;
      for (LinalgOp candidate : pointwise) {
        if (candidate.getNumLoops() != reduction.getNumLoops())
          continue;
        ScalarComparison comparison(cast<LinalgOp>(reduction.getOperation()),
                                    candidate);
        for (OpOperand &init : candidate.getDpsInitsMutable()) {
          AffineMap map = candidate.getMatchingIndexingMap(&init);
          if (map.isPermutation() &&
              comparison.areEqual(
                  scalar, candidate.getMatchingYieldValue(&init)->get()))
            return KnownScalar{scalar, candidate.getTiedOpResult(&init), map};
        }
      }
    }
  return std::nullopt;
}

/// Lets the reduction read the scalar.
static void readScalar(RewriterBase &rewriter, GenericOp reduction,
                       const KnownScalar &known) {
  SmallVector<Value> inputs = reduction.getInputs();
  SmallVector<AffineMap> maps = reduction.getIndexingMapsArray();
  unsigned number = inputs.size();
  inputs.push_back(known.tensor);
  maps.insert(maps.begin() + number, known.map);
  rewriter.setInsertionPoint(reduction);
  auto created = GenericOp::create(
      rewriter, reduction.getLoc(), reduction.getResultTypes(), inputs,
      reduction.getOutputs(), maps, reduction.getIteratorTypesArray());
  created->setDiscardableAttrs(reduction->getDiscardableAttrDictionary());
  rewriter.inlineRegionBefore(reduction.getRegion(), created.getRegion(),
                              created.getRegion().end());
  Block *block = created.getBlock();
  BlockArgument argument = block->insertArgument(number, known.scalar.getType(),
                                                 known.tensor.getLoc());
  rewriter.replaceAllUsesWith(known.scalar, argument);
  eraseDeadOps(*block);
  rewriter.replaceOp(reduction, created);
}

void mlir::gradopt::reuseStepValues(RewriterBase &rewriter, Block &block) {
  SmallVector<LinalgOp> pointwise;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (isPointwise(&op)) {
      if (auto candidate = dyn_cast<LinalgOp>(op))
        pointwise.push_back(candidate);
      continue;
    }
    auto reduction = dyn_cast<GenericOp>(op);
    if (!reduction || !reduction.hasPureTensorSemantics() ||
        reduction.getNumReductionLoops() == 0)
      continue;
    if (std::optional<KnownScalar> known =
            findKnownScalar(reduction, pointwise))
      readScalar(rewriter, reduction, *known);
  }
}
