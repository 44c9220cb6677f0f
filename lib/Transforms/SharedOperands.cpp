//===- SharedOperands.cpp - Contractions that share an operand ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"
#include "MergeContractions.h"
#include "ScanEditor.h"
#include "TensorSizes.h"
#include "gradopt/IR/Origins.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

static constexpr StringLiteral kPass = "gradopt-merge-contractions";

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
  // The sizes of other loops are those of the shared operand.
  if (!haveSameLoops(first, member, 1, loop, first.map(first.input(0))))
    return false;
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

//===----------------------------------------------------------------------===//
// What the merged contraction starts from
//===----------------------------------------------------------------------===//

/// Whether a contraction adds to what a loop hands from step to step.
static bool addsToCarry(const Contraction &member) {
  auto init = dyn_cast<BlockArgument>(member.init().get());
  auto loop = init ? dyn_cast_or_null<LoopLikeOpInterface>(
                         init.getOwner()->getParentOp())
                   : LoopLikeOpInterface();
  return loop && llvm::is_contained(loop.getRegionIterArgs(), init);
}

static unsigned getCarry(const Contraction &member) {
  return cast<BlockArgument>(member.init().get()).getArgNumber() - 1;
}

/// The scan around a group if each member sums up one carry of it.
static ScanOp findScanOfSums(ArrayRef<Contraction> group) {
  auto scan = dyn_cast_or_null<ScanOp>(group.front().op->getParentOp());
  llvm::SmallDenseSet<unsigned> carries;
  for (const Contraction &member : group) {
    auto init = dyn_cast<BlockArgument>(member.init().get());
    if (!scan || !init || !llvm::is_contained(scan.getCarryArgs(), init) ||
        !carries.insert(getCarry(member)).second ||
        llvm::is_contained(scan.getHistories(), getCarry(member)) ||
        scan.getYieldedCarries()[getCarry(member)] != member.op->getResult(0))
      return {};
  }
  return scan;
}

/// The places of what the members start from: of the initial values of carries
/// that they sum up.
static SmallVector<OpOperand *> getInitUses(ArrayRef<Contraction> group) {
  ScanOp scan = findScanOfSums(group);
  return llvm::map_to_vector(group, [&](const Contraction &member) {
    return scan ? &scan.getInitsMutable()[getCarry(member)] : &member.init();
  });
}

Value ContractionMerger::buildSharedInit(const Operands &inits, bool canStack,
                                         Location loc) {
  if (canStack)
    return stacker.stack(inits.uses, inits.dim, loc);
  Value first = inits.uses.front()->get();
  auto type = cast<RankedTensorType>(first.getType());
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim : llvm::seq(type.getRank()))
    sizes.push_back(getSize(rewriter, loc, first, dim));
  int64_t total = 0;
  for (OpOperand *use : inits.uses)
    total += cast<RankedTensorType>(use->get().getType()).getDimSize(inits.dim);
  sizes[inits.dim] = rewriter.getIndexAttr(total);
  return buildZeros(rewriter, loc, sizes, type.getElementType());
}

//===----------------------------------------------------------------------===//
// One contraction over the stacked operands
//===----------------------------------------------------------------------===//

static bool startsFromZero(ArrayRef<OpOperand *> inits) {
  return llvm::all_of(inits,
                      [](OpOperand *use) { return isZeroTensor(use->get()); });
}

bool ContractionMerger::mergeGroup(ArrayRef<Contraction> group, unsigned loop) {
  const Contraction &first = group.front();
  Operation *last = group.back().op;
  AffineExpr expr = getAffineDimExpr(loop, rewriter.getContext());
  Operands others{{}, *first.map(first.input(1)).getResultPosition(expr)};
  for (const Contraction &member : group)
    others.uses.push_back(&member.input(1));
  Operands inits{getInitUses(group),
                 *first.map(first.init()).getResultPosition(expr)};
  bool fromZero = startsFromZero(inits.uses);

  auto refuse = [&](const std::string &reason) {
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
  // What adds to a carry in place would be added in a pass of its own.
  bool carried = static_cast<bool>(findScanOfSums(group));
  if (carried ? !all : !all && llvm::any_of(group, addsToCarry))
    return refuse("they add to carries, and " + reason);

  SmallVector<Contraction> sorted =
      llvm::map_to_vector(*order, [&](unsigned index) { return group[index]; });
  Location loc = fuseOrigins(rewriter.getContext(),
                             llvm::map_to_vector(sorted,
                                                 [](const Contraction &member) {
                                                   return member.op->getLoc();
                                                 }),
                             kPass);
  Location helperLoc = withOrigin(loc, "", "", "", kPass);
  Value stack = stacker.stack(permute(others, *order).uses, others.dim, loc);

  // From here on no scan is replaced but at the end.
  auto scan = carried ? cast<ScanOp>(first.op->getParentOp()) : ScanOp();
  inits.uses = getInitUses(sorted);
  rewriter.setInsertionPoint(carried ? scan.getOperation() : last);
  Value init = buildSharedInit(inits, all && !fromZero, helperLoc);
  std::optional<ScanEditor> editor;
  unsigned carry = 0;
  if (carried) {
    editor.emplace(rewriter, scan);
    carry = editor->addCarry(init, scan.getCarryName(getCarry(sorted.front())));
    init = editor->getCarryArg(carry);
  }

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
      buildSlices(rewriter, helperLoc, merged, inits.dim, types);
  for (auto [member, result] : llvm::zip_equal(sorted, results)) {
    Location memberLoc = withOrigin(member.op->getLoc(), "", "", "", kPass);
    result.getDefiningOp()->setLoc(memberLoc);
    Value own = member.init().get();
    if (!all && !isZeroTensor(own))
      result = linalg::AddOp::create(rewriter, memberLoc,
                                     ValueRange{result, own}, result)
                   .getResult(0);
  }
  for (Operation *op : dependents)
    rewriter.moveOpBefore(op, last);
  SmallVector<unsigned> carries;
  if (carried) {
    editor->setNext(carry, merged);
    for (auto [member, result] : llvm::zip_equal(sorted, results)) {
      carries.push_back(getCarry(member));
      editor->setNext(carries.back(), result);
    }
  }
  for (auto [member, result] : llvm::zip_equal(sorted, results))
    rewriter.replaceOp(member.op, result);
  if (carried)
    replaceCarries(editor->finish(), carries, carry, inits.dim, helperLoc);
  missed.clear();
  remarkMerged(merged.getDefiningOp(), "stacked", group.size());
  return true;
}

void ContractionMerger::replaceCarries(ScanOp scan, ArrayRef<unsigned> carries,
                                       unsigned stacked, int64_t dim,
                                       Location loc) {
  SmallVector<Type> types = llvm::map_to_vector(carries, [&](unsigned carry) {
    return scan.getInits()[carry].getType();
  });
  rewriter.setInsertionPointToStart(&scan.getBody().front());
  SmallVector<Value> args =
      buildSlices(rewriter, loc, scan.getCarryArgs()[stacked], dim, types);
  rewriter.setInsertionPointAfter(scan);
  SmallVector<Value> finals =
      buildSlices(rewriter, loc, scan.getFinalCarries()[stacked], dim, types);
  for (auto [carry, arg, final] : llvm::zip_equal(carries, args, finals)) {
    rewriter.replaceAllUsesWith(scan.getCarryArgs()[carry], arg);
    rewriter.replaceAllUsesWith(scan.getFinalCarries()[carry], final);
  }
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
