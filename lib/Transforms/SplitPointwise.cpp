//===- SplitPointwise.cpp - Elementwise ops piece by piece ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"
#include "SliceSimplification.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

/// Whether `op` can be done for a piece of its one result.
static bool canSplit(Operation *op) {
  if (op->getNumResults() != 1 || !isPointwise(op))
    return false;
  auto linalgOp = dyn_cast<LinalgOp>(op);
  return !linalgOp || (!linalgOp.hasIndexSemantics() &&
                       linalgOp.getIndexingMapMatchingResult(op->getResult(0))
                           .isPermutation());
}

/// Whether `holds` for a summand of `op`, which is a sum, or of one of these.
static bool anySummand(Operation *op, function_ref<bool(Value)> holds) {
  SmallVector<Operation *> worklist = {op};
  llvm::SmallDenseSet<Operation *> seen;
  while (!worklist.empty()) {
    Operation *at = worklist.pop_back_val();
    std::optional<std::pair<Value, Value>> sum = matchSum(at);
    if (!sum || !seen.insert(at).second)
      continue;
    for (Value summand : {sum->first, sum->second}) {
      if (holds(summand))
        return true;
      if (Operation *next = summand.getDefiningOp())
        worklist.push_back(next);
    }
  }
  return false;
}

static bool addsToContraction(Operation *op) {
  return anySummand(op, [](Value summand) {
    return bool(getContraction(summand.getDefiningOp()));
  });
}

/// Whether `op` adds to a carry of a loop that is only added to. Such sums
/// leave the loop as a whole.
static bool accumulates(Operation *op) {
  Operation *last = op;
  while (matchSum(last) && last->hasOneUse())
    last = *last->getUsers().begin();
  return last->hasTrait<OpTrait::IsTerminator>() &&
         isa<LoopLikeOpInterface>(last->getParentOp()) &&
         anySummand(op, [&](Value summand) {
           auto arg = dyn_cast<BlockArgument>(summand);
           return arg && arg.hasOneUse() && arg.getOwner() == last->getBlock();
         });
}

/// `offset` and `size` in one dimension, the whole of the others.
static Slice getPiece(OpBuilder &builder, Location loc, Value tensor,
                      int64_t dim, int64_t offset, int64_t size) {
  Slice slice;
  slice.sizes = buildSizes(builder, loc, tensor);
  slice.offsets.assign(slice.sizes.size(), builder.getIndexAttr(0));
  slice.offsets[dim] = builder.getIndexAttr(offset);
  slice.sizes[dim] = builder.getIndexAttr(size);
  return slice;
}

/// What `op` computes for a piece of its result.
static Value buildPiece(OpBuilder &builder, Operation *op, int64_t dim,
                        int64_t offset, int64_t size) {
  auto linalgOp = dyn_cast<LinalgOp>(op);
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    operands.push_back(value);
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      continue;
    int64_t at = dim;
    if (linalgOp) {
      AffineMap resultMap =
          linalgOp.getIndexingMapMatchingResult(op->getResult(0));
      std::optional<unsigned> found =
          linalgOp.getMatchingIndexingMap(&operand).getResultPosition(
              resultMap.getResult(dim));
      if (!found)
        continue;
      at = *found;
    }
    Slice slice = getPiece(builder, op->getLoc(), value, at, offset, size);
    if (value.getDefiningOp<tensor::EmptyOp>())
      operands.back() =
          tensor::EmptyOp::create(builder, op->getLoc(), slice.sizes,
                                  type.getElementType(), type.getEncoding());
    else
      operands.back() = tensor::ExtractSliceOp::create(
          builder, op->getLoc(), value, slice.offsets, slice.sizes,
          SmallVector<OpFoldResult>(slice.sizes.size(),
                                    builder.getIndexAttr(1)));
  }
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] = size;
  return clone(builder, op, {type.clone(shape)}, operands)->getResult(0);
}

/// Replaces all uses of the result of `op`, of which `cuts` are the whole or
/// all that is used.
static void split(PatternRewriter &rewriter, Operation *op, const Cuts &cuts) {
  Value result = op->getResult(0);
  auto type = cast<RankedTensorType>(result.getType());
  Location loc = op->getLoc();
  SmallVector<Value> pieces;
  for (auto [offset, size] : cuts.pieces)
    pieces.push_back(buildPiece(rewriter, op, cuts.dim, offset, size));

  bool isWhole = cuts.cover(result);
  auto isPiece = [&](tensor::ExtractSliceOp extract, int64_t offset,
                     int64_t size) {
    std::optional<Slice> slice = Slice::get(extract);
    if (!slice || extract.getDroppedDims().any())
      return false;
    std::optional<Cuts> cut = Cuts::get(result, *slice);
    return cut && cut->dim == cuts.dim &&
           cut->pieces.front() == std::pair(offset, size);
  };
  for (Operation *user : llvm::to_vector(result.getUsers())) {
    auto extract = dyn_cast<tensor::ExtractSliceOp>(user);
    if (!extract)
      continue;
    for (auto [piece, interval] : llvm::zip_equal(pieces, cuts.pieces)) {
      if (!isPiece(extract, interval.first, interval.second))
        continue;
      Value replacement = piece;
      if (piece.getType() != extract.getType()) {
        OpBuilder::InsertionGuard guard(rewriter);
        rewriter.setInsertionPoint(extract);
        replacement = tensor::CastOp::create(rewriter, extract.getLoc(),
                                             extract.getType(), piece);
      }
      rewriter.replaceOp(extract, replacement);
      break;
    }
  }
  if (isWhole && !result.use_empty()) {
    Value whole = tensor::EmptyOp::create(
        rewriter, loc, buildSizes(rewriter, loc, result), type.getElementType(),
        type.getEncoding());
    for (auto [piece, interval] : llvm::zip_equal(pieces, cuts.pieces)) {
      Slice slice = getPiece(rewriter, loc, whole, cuts.dim, interval.first,
                             interval.second);
      whole = tensor::InsertSliceOp::create(
          rewriter, loc, piece, whole, slice.offsets, slice.sizes,
          SmallVector<OpFoldResult>(slice.sizes.size(),
                                    rewriter.getIndexAttr(1)));
    }
    rewriter.replaceAllUsesWith(result, whole);
  }
  rewriter.eraseOp(op);
}

namespace {
struct SplitPattern : RewritePattern {
  SplitPattern(MLIRContext *context, bool keepSums, SliceCounts &counts)
      : RewritePattern(MatchAnyOpTypeTag(), 1, context), keepSums(keepSums),
        counts(counts) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!canSplit(op) || (keepSums && addsToContraction(op)) || accumulates(op))
      return failure();
    std::optional<Cuts> cuts = findCuts(op);
    if (!cuts)
      return failure();
    split(rewriter, op, *cuts);
    ++counts.split;
    return success();
  }

  virtual std::optional<Cuts> findCuts(Operation *op) const = 0;

private:
  bool keepSums;
  SliceCounts &counts;
};

/// All uses are slices, or the end of a block, for which the whole is put
/// together again.
struct SplitAtUses : SplitPattern {
  using SplitPattern::SplitPattern;

  std::optional<Cuts> findCuts(Operation *op) const override {
    Value result = op->getResult(0);
    SmallVector<Slice> slices;
    bool needsWhole = false;
    for (Operation *user : result.getUsers()) {
      if (auto extract = dyn_cast<tensor::ExtractSliceOp>(user)) {
        std::optional<Slice> slice = Slice::get(extract);
        if (!slice || extract.getDroppedDims().any())
          return std::nullopt;
        slices.push_back(*slice);
      } else if (user->hasTrait<OpTrait::IsTerminator>()) {
        needsWhole = true;
      } else {
        return std::nullopt;
      }
    }
    std::optional<Cuts> cuts = Cuts::get(result, slices);
    if (!cuts || (needsWhole && !cuts->cover(result)))
      return std::nullopt;
    return cuts;
  }
};

/// An operand is put together of pieces.
struct SplitAtInserts : SplitPattern {
  using SplitPattern::SplitPattern;

  std::optional<Cuts> findCuts(Operation *op) const override {
    auto linalgOp = dyn_cast<LinalgOp>(op);
    for (OpOperand &operand : op->getOpOperands()) {
      if (linalgOp && !linalgOp.isDpsInput(&operand))
        continue;
      InsertChain chain = InsertChain::get(operand.get());
      if (chain.inserts.size() < 2)
        continue;
      std::optional<Cuts> cuts = Cuts::get(operand.get(), chain.slices);
      if (!cuts || cuts->pieces.size() < 2 || !cuts->cover(operand.get()))
        continue;
      if (linalgOp) {
        AffineMap resultMap =
            linalgOp.getIndexingMapMatchingResult(op->getResult(0));
        std::optional<unsigned> dim = resultMap.getResultPosition(
            linalgOp.getMatchingIndexingMap(&operand).getResult(cuts->dim));
        if (!dim)
          continue;
        cuts->dim = *dim;
      }
      return cuts;
    }
    return std::nullopt;
  }
};
} // namespace

void mlir::gradopt::populateSplitPointwisePatterns(RewritePatternSet &patterns,
                                                   bool keepSums,
                                                   SliceCounts &counts) {
  patterns.add<SplitAtUses, SplitAtInserts>(patterns.getContext(), keepSums,
                                            counts);
}
