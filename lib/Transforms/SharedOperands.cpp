//===- SharedOperands.cpp - Contractions that share an operand ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"
#include "MergeContractions.h"
#include "TensorSizes.h"
#include "gradopt/IR/Origins.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

/// Whether `op`, or an op in its regions, uses a result of one of `ops`.
static bool usesAnyOf(Operation *op,
                      const llvm::SmallPtrSetImpl<Operation *> &ops) {
  return op
      ->walk([&](Operation *nested) {
        for (Value operand : nested->getOperands())
          if (ops.contains(operand.getDefiningOp()))
            return WalkResult::interrupt();
        return WalkResult::advance();
      })
      .wasInterrupted();
}

/// The ops between `from` and `to` that need a result of one of `members`, and
/// whether `to` does.
static std::pair<SmallVector<Operation *>, bool>
findDependents(ArrayRef<Operation *> members, Operation *to) {
  llvm::SmallPtrSet<Operation *, 16> needed(llvm::from_range, members);
  SmallVector<Operation *> dependents;
  for (Operation *op = members.front()->getNextNode(); op != to;
       op = op->getNextNode())
    if (!needed.contains(op) && usesAnyOf(op, needed)) {
      dependents.push_back(op);
      needed.insert(op);
    }
  return {dependents, usesAnyOf(to, needed)};
}

static SmallVector<Operation *> getOps(ArrayRef<Contraction> group) {
  return llvm::map_to_vector(
      group, [](const Contraction &member) { return member.op; });
}

static SmallVector<SmallVector<unsigned>>
numberShared(const Contraction &member) {
  return numberLoops(member,
                     {&member.input(0), &member.input(1), &member.init()});
}

/// Whether what is stacked on that of `first` along `loop` fits.
static bool fit(const Contraction &first, const Contraction &member,
                unsigned loop) {
  Value lhs = first.input(1).get(), rhs = member.input(1).get();
  auto lhsType = cast<RankedTensorType>(lhs.getType()),
       rhsType = cast<RankedTensorType>(rhs.getType());
  for (auto [dim, expr] :
       llvm::enumerate(first.map(first.input(1)).getResults())) {
    unsigned position = cast<AffineDimExpr>(expr).getPosition();
    if (position == loop)
      continue;
    if (lhsType.getDimSize(dim) != rhsType.getDimSize(dim))
      return false;
    // The sizes of other loops are those of the shared operand.
    if (lhsType.isDynamicDim(dim) &&
        !first.map(first.input(0)).isFunctionOfDim(position) &&
        !haveSameSize(lhs, dim, rhs, dim))
      return false;
  }
  AffineMap results = first.map(first.init());
  for (auto [dim, expr] : llvm::enumerate(results.getResults()))
    if (cast<AffineDimExpr>(expr).getPosition() != loop &&
        first.type().getDimSize(dim) != member.type().getDimSize(dim))
      return false;
  return true;
}

/// Later contractions that use the first input of `first` as it does, none of
/// which needs another one.
static SmallVector<Contraction> findGroup(const Contraction &first,
                                          unsigned loop) {
  SmallVector<Contraction> candidates;
  for (OpOperand &use : first.input(0).get().getUses()) {
    Operation *op = use.getOwner();
    if (op->getBlock() != first.op->getBlock() || use.getOperandNumber() > 1 ||
        !first.op->isBeforeInBlock(op))
      continue;
    auto member = matchContraction(op);
    if (!member)
      continue;
    member->swapped = use.getOperandNumber() == 1;
    if (numberShared(*member) == numberShared(first) &&
        fit(first, *member, loop))
      candidates.push_back(*member);
  }
  llvm::sort(candidates, [](const Contraction &a, const Contraction &b) {
    return a.op != b.op && a.op->isBeforeInBlock(b.op);
  });

  SmallVector<Contraction> group{first};
  for (const Contraction &candidate : candidates) {
    // Equal contractions are for cse.
    bool isNew = llvm::none_of(group, [&](const Contraction &member) {
      return member.op == candidate.op ||
             member.input(1).get() == candidate.input(1).get();
    });
    if (isNew && !findDependents(getOps(group), candidate.op).second)
      group.push_back(candidate);
  }
  return group;
}

/// What the merged contraction starts from.
Value ContractionMerger::buildSharedInit(ArrayRef<Contraction> group,
                                         const Operands &inits,
                                         bool canStackInits, Location loc) {
  if (canStackInits)
    return stacker.stack(inits.uses, inits.dim, loc);
  const Contraction &first = group.front();
  SmallVector<OpFoldResult> sizes;
  int64_t total = 0;
  for (const Contraction &member : group)
    total += member.type().getDimSize(inits.dim);
  for (int64_t dim : llvm::seq(first.type().getRank()))
    sizes.push_back(getSize(rewriter, loc, first.init().get(), dim));
  sizes[inits.dim] = rewriter.getIndexAttr(total);
  return buildZeros(rewriter, loc, sizes, first.type().getElementType());
}

/// Whether a contraction adds to what a loop hands from step to step.
static bool addsToCarry(const Contraction &member) {
  auto init = dyn_cast<BlockArgument>(member.init().get());
  return init &&
         isa_and_nonnull<LoopLikeOpInterface>(init.getOwner()->getParentOp());
}

bool ContractionMerger::mergeGroup(ArrayRef<Contraction> group, unsigned loop) {
  const Contraction &first = group.front();
  Operation *last = group.back().op;
  AffineExpr expr = getAffineDimExpr(loop, rewriter.getContext());
  Operands others{{}, *first.map(first.input(1)).getResultPosition(expr)},
      inits{{}, *first.map(first.init()).getResultPosition(expr)};
  for (const Contraction &member : group) {
    others.uses.push_back(&member.input(1));
    inits.uses.push_back(&member.init());
  }
  bool fromZero = llvm::all_of(
      inits.uses, [](OpOperand *use) { return isZeroTensor(use->get()); });

  auto refuse = [&](StringRef reason) {
    missed[first.op] = reason;
    return false;
  };
  SmallVector<Operation *> dependents =
      findDependents(getOps(group), last).first;
  for (Operation *op : dependents)
    if (!isMemoryEffectFree(op))
      return refuse(("'" + op->getName().getStringRef() +
                     "' between them needs one of them and has an effect")
                        .str());
  SmallVector<Operands> lists{others};
  if (!fromZero)
    lists.push_back(inits);
  bool all;
  std::string reason;
  std::optional<SmallVector<unsigned>> order = findOrder(lists, all, reason);
  if (!order)
    return refuse(reason);
  bool canStackInits = all && !fromZero;
  // What adds to a carry in place would be added in a pass of its own.
  if (!all && llvm::any_of(group, addsToCarry))
    return refuse("they add to carries, and " + reason);

  SmallVector<Contraction> sorted =
      llvm::map_to_vector(*order, [&](unsigned index) { return group[index]; });
  Location loc = fuseOrigins(rewriter.getContext(),
                             llvm::map_to_vector(sorted,
                                                 [](const Contraction &member) {
                                                   return member.op->getLoc();
                                                 }),
                             "gradopt-merge-contractions");
  Value stack = stacker.stack(permute(others, *order).uses, others.dim, loc);
  rewriter.setInsertionPoint(last);
  Value init = buildSharedInit(
      group, permute(inits, *order), canStackInits,
      withOrigin(loc, "", "", "", "gradopt-merge-contractions"));
  Value lhs = first.input(0).get(), rhs = stack;
  if (first.swapped)
    std::swap(lhs, rhs);
  rewriter.setInsertionPoint(last);
  Value merged =
      buildContraction(rewriter, loc, lhs, rhs, init,
                       cast<LinalgOp>(first.op).getIndexingMapsArray());
  SmallVector<Type> types = llvm::map_to_vector(
      sorted, [](const Contraction &member) -> Type { return member.type(); });
  SmallVector<Value> results =
      buildSlices(rewriter, loc, merged, inits.dim, types);
  for (auto [member, result] : llvm::zip_equal(sorted, results)) {
    Location memberLoc = withOrigin(member.op->getLoc(), "", "", "",
                                    "gradopt-merge-contractions");
    result.getDefiningOp()->setLoc(memberLoc);
    Value own = member.init().get();
    if (!canStackInits && !isZeroTensor(own))
      result = linalg::AddOp::create(rewriter, memberLoc,
                                     ValueRange{result, own}, result)
                   .getResult(0);
  }
  for (Operation *op : dependents)
    rewriter.moveOpBefore(op, last);
  for (auto [member, result] : llvm::zip_equal(sorted, results))
    rewriter.replaceOp(member.op, result);
  missed.clear();
  remarkMerged(merged.getDefiningOp(), "stacked", group.size());
  return true;
}

bool ContractionMerger::mergeShared(const Contraction &contraction) {
  for (bool swapped : {false, true}) {
    Contraction first = contraction;
    first.swapped = swapped;
    // The last dimension of the result first, which is the one along memory.
    for (AffineExpr expr :
         llvm::reverse(first.map(first.init()).getResults())) {
      unsigned loop = cast<AffineDimExpr>(expr).getPosition();
      if (first.map(first.input(0)).isFunctionOfDim(loop))
        continue;
      SmallVector<Contraction> group = findGroup(first, loop);
      if (group.size() < 2)
        continue;
      if (mergeGroup(group, loop))
        return true;
      // Those that are of the same kind.
      SmallVector<Contraction> alike;
      for (const Contraction &member : group)
        if (stacker.getKind(member.input(1).get()) ==
            stacker.getKind(first.input(1).get()))
          alike.push_back(member);
      if (alike.size() >= 2 && alike.size() < group.size() &&
          mergeGroup(alike, loop))
        return true;
    }
  }
  return false;
}
