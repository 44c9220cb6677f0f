//===- MergeReductions.cpp - One sweep for several reductions -----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../Transforms/Contractions.h"
#include "../../Transforms/PointwiseGroups.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_MERGEREDUCTIONS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;
using linalg::GenericOp;
using linalg::LinalgOp;

/// Whether `op` reduces tensors, and each result has one element for each
/// iteration of the parallel loops: two results over other loops would be two
/// ops.
static bool canMerge(GenericOp op) {
  auto isOverParallelLoops = [&](OpResult result) {
    AffineMap map = op.getIndexingMapMatchingResult(result);
    return map.getNumResults() == op.getNumParallelLoops();
  };
  return op.hasPureTensorSemantics() && op.getNumReductionLoops() != 0 &&
         cast<LinalgOp>(op.getOperation()).hasOnlyProjectedPermutations() &&
         !getContraction(op) && isMemoryEffectFree(op) &&
         llvm::all_of(op->getResults(), isOverParallelLoops);
}

/// Whether both ops read one tensor in the same way, in all of their loops, so
/// that these are the same.
static bool readTheSame(GenericOp first, GenericOp second) {
  if (first.getIteratorTypesArray() != second.getIteratorTypesArray())
    return false;
  for (OpOperand *operand : first.getDpsInputOperands()) {
    AffineMap map = first.getMatchingIndexingMap(operand);
    if (!map.isPermutation())
      continue;
    for (OpOperand *other : second.getDpsInputOperands())
      if (other->get() == operand->get() &&
          second.getMatchingIndexingMap(other) == map)
        return true;
  }
  return false;
}

/// Whether two inits hold the same: one value, or fills with one.
static bool isSameInit(Value first, Value second) {
  if (first == second)
    return true;
  auto fill = first.getDefiningOp<linalg::FillOp>();
  auto other = second.getDefiningOp<linalg::FillOp>();
  return fill && other && fill.value() == other.value() &&
         first.getType() == second.getType();
}

/// Whether two ops that read the same compute the same.
static bool areEqual(GenericOp first, GenericOp second) {
  return first.getIndexingMaps() == second.getIndexingMaps() &&
         llvm::equal(first.getDpsInputs(), second.getDpsInputs()) &&
         llvm::equal(first.getDpsInits(), second.getDpsInits(), isSameInit) &&
         OperationEquivalence::isRegionEquivalentTo(
             &first.getRegion(), &second.getRegion(),
             OperationEquivalence::IgnoreLocations);
}

/// Whether `later`, which stands behind `earlier`, has to.
static bool follows(Operation *later, Operation *earlier) {
  llvm::SmallDenseSet<Operation *> following = {earlier};
  bool hasEffect = false;
  auto isFollowing = [&](Value value) {
    return following.contains(value.getDefiningOp());
  };
  for (Operation *op = earlier->getNextNode();; op = op->getNextNode()) {
    bool isPure = isMemoryEffectFree(op);
    if ((!isPure && hasEffect) ||
        llvm::any_of(op->getOperands(), isFollowing) ||
        llvm::any_of(getCapturedValues(op), isFollowing)) {
      following.insert(op);
      hasEffect |= !isPure;
    }
    if (op == later)
      return following.contains(op);
  }
}

/// One op for both, at the place of the second one.
static GenericOp merge(RewriterBase &rewriter, GenericOp first,
                       GenericOp second) {
  SmallVector<Value> inputs, inits;
  SmallVector<AffineMap> maps, initMaps;
  // The number of an input that is there already, or a new one.
  auto addInput = [&](Value value, AffineMap map) -> unsigned {
    for (auto [i, present, presentMap] : llvm::enumerate(inputs, maps))
      if (present == value && presentMap == map)
        return i;
    inputs.push_back(value);
    maps.push_back(map);
    return inputs.size() - 1;
  };
  SmallVector<SmallVector<unsigned>> numbers(2);
  SmallVector<GenericOp> members = {first, second};
  for (auto [member, inputNumbers] : llvm::zip_equal(members, numbers)) {
    for (OpOperand *input : member.getDpsInputOperands())
      inputNumbers.push_back(
          addInput(input->get(), member.getMatchingIndexingMap(input)));
    for (OpOperand &init : member.getDpsInitsMutable()) {
      inits.push_back(init.get());
      initMaps.push_back(member.getMatchingIndexingMap(&init));
    }
  }
  llvm::append_range(maps, initMaps);

  rewriter.setInsertionPoint(second);
  Location loc =
      fuseOrigins(rewriter.getContext(), {first.getLoc(), second.getLoc()},
                  "gradopt-merge-reductions");
  auto merged = GenericOp::create(
      rewriter, loc, ValueRange(inits).getTypes(), inputs, inits, maps,
      first.getIteratorTypesArray(),
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        SmallVector<Value> yielded;
        ValueRange initArgs = args.drop_front(inputs.size());
        for (auto [member, inputNumbers] : llvm::zip_equal(members, numbers)) {
          IRMapping mapping;
          for (auto [arg, number] :
               llvm::zip_equal(member.getRegionInputArgs(), inputNumbers))
            mapping.map(arg, args[number]);
          mapping.map(member.getRegionOutputArgs(),
                      initArgs.take_front(member.getNumDpsInits()));
          initArgs = initArgs.drop_front(member.getNumDpsInits());
          for (Operation &op : member.getBody()->without_terminator())
            builder.clone(op, mapping);
          for (Value value : member.getBody()->getTerminator()->getOperands())
            yielded.push_back(mapping.lookupOrDefault(value));
        }
        linalg::YieldOp::create(builder, loc, yielded);
      });
  rewriter.replaceOp(first,
                     merged->getResults().take_front(first->getNumResults()));
  rewriter.replaceOp(second,
                     merged->getResults().take_back(second->getNumResults()));
  return merged;
}

/// Merges reductions of one block; returns how many are gone.
static unsigned mergeReductions(RewriterBase &rewriter, Block &block) {
  SmallVector<GenericOp> ops;
  unsigned count = 0;
  for (auto op : llvm::make_early_inc_range(block.getOps<GenericOp>())) {
    if (!canMerge(op))
      continue;
    auto same = llvm::find_if(ops, [&](GenericOp other) {
      return readTheSame(other, op) && areEqual(other, op);
    });
    if (same == ops.end()) {
      ops.push_back(op);
      continue;
    }
    rewriter.replaceOp(op, *same);
    ++count;
  }
  for (size_t first = 0; first < ops.size(); ++first)
    for (size_t second = first + 1; second < ops.size(); ++second) {
      if (!readTheSame(ops[first], ops[second]))
        continue;
      // Sorting keeps no place, so the order is asked for.
      auto [earlier, later] = ops[first]->isBeforeInBlock(ops[second])
                                  ? std::pair(ops[first], ops[second])
                                  : std::pair(ops[second], ops[first]);
      if (follows(later, earlier))
        continue;
      ops[first] = merge(rewriter, earlier, later);
      ops.erase(ops.begin() + second--);
      sortByDependence(block);
      ++count;
    }
  return count;
}

/// Whether the value is there before `op`, or can be made there: it is a fill
/// of a tensor without other contents.
static bool canMakeBefore(Value value, Operation *op) {
  Operation *producer = value.getDefiningOp();
  if (!producer || producer->getBlock() != op->getBlock() ||
      producer->isBeforeInBlock(op))
    return true;
  return isa<linalg::FillOp, tensor::EmptyOp>(producer) &&
         llvm::all_of(producer->getOperands(), [&](Value operand) {
           return canMakeBefore(operand, op);
         });
}

static void makeBefore(RewriterBase &rewriter, Value value, Operation *op) {
  Operation *producer = value.getDefiningOp();
  if (!producer || producer->getBlock() != op->getBlock() ||
      producer->isBeforeInBlock(op))
    return;
  for (Value operand : producer->getOperands())
    makeBefore(rewriter, operand, op);
  rewriter.moveOpBefore(producer, op);
}

/// Whether `op` is a sum for each column or row.
static bool isPartial(Operation *op) {
  auto generic = dyn_cast<GenericOp>(op);
  return generic && canMerge(generic) && generic.getNumParallelLoops() != 0;
}

/// Moves sums for each column or row right behind the op that makes what they
/// read.
static void moveBehindProducers(RewriterBase &rewriter, Block &block) {
  for (auto op : llvm::make_early_inc_range(block.getOps<GenericOp>())) {
    if (!isPartial(op))
      continue;
    Operation *last = nullptr;
    for (Value input : op.getDpsInputs()) {
      Operation *producer = input.getDefiningOp();
      if (producer && producer->getBlock() == &block &&
          (!last || last->isBeforeInBlock(producer)))
        last = producer;
    }
    if (!isa_and_nonnull<LinalgOp>(last))
      continue;
    // What was moved there before stays in front.
    Operation *place = last->getNextNode();
    while (place != op &&
           (isa<linalg::FillOp, tensor::EmptyOp>(place) || isPartial(place)))
      place = place->getNextNode();
    auto isReady = [&](Value value) { return canMakeBefore(value, place); };
    if (place == op || !llvm::all_of(op.getDpsInits(), isReady) ||
        !llvm::all_of(getCapturedValues(op), isReady))
      continue;
    for (Value init : op.getDpsInits())
      makeBefore(rewriter, init, place);
    rewriter.moveOpBefore(op, place);
  }
}

namespace {
struct MergeReductions : gradopt::impl::MergeReductionsBase<MergeReductions> {
  using MergeReductionsBase::MergeReductionsBase;

  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) {
      if (!isa<LinalgOp>(block->getParentOp()) && !block->empty() &&
          block->back().hasTrait<OpTrait::IsTerminator>())
        blocks.push_back(block);
    });
    IRRewriter rewriter(&getContext());
    for (Block *block : blocks)
      numMerged += mergeReductions(rewriter, *block);
    for (Block *block : blocks)
      moveBehindProducers(rewriter, *block);
  }
};
} // namespace
