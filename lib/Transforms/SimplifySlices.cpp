//===- SimplifySlices.cpp - Tensors put together and taken apart ----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"
#include "SliceSimplification.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_SIMPLIFYSLICES
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-simplify-slices";

namespace {
/// Where each piece of one summand goes in the other one: to elements that are
/// zero there, or onto a piece.
struct Placement {
  InsertChain lhs, rhs;
  /// For each piece of `rhs` that of `lhs` with the same slice, or null.
  SmallVector<tensor::InsertSliceOp> same;
};
} // namespace

/// Whether both are zeros with pieces inserted; `overlap` says whether only the
/// way in which these overlap is in the way of adding them piece by piece.
static std::optional<Placement> placePieces(Value lhs, Value rhs,
                                            bool *overlap = nullptr) {
  Placement result = {InsertChain::get(lhs), InsertChain::get(rhs), {}};
  if (!isZeroTensor(result.lhs.base) || !isZeroTensor(result.rhs.base))
    return std::nullopt;
  if (overlap)
    *overlap = true;
  auto areDisjoint = [](ArrayRef<Slice> slices) {
    for (auto [i, slice] : llvm::enumerate(slices))
      for (const Slice &other : slices.take_front(i))
        if (!slice.isDisjoint(other))
          return false;
    return true;
  };
  if (!areDisjoint(result.lhs.slices) || !areDisjoint(result.rhs.slices))
    return std::nullopt;
  for (auto [slice, insert] :
       llvm::zip_equal(result.rhs.slices, result.rhs.inserts)) {
    tensor::InsertSliceOp same;
    for (auto [other, otherInsert] :
         llvm::zip_equal(result.lhs.slices, result.lhs.inserts)) {
      if (slice.isDisjoint(other))
        continue;
      if (!slice.isSame(other) ||
          insert.getSourceType() != otherInsert.getSourceType())
        return std::nullopt;
      same = otherInsert;
    }
    result.same.push_back(same);
  }
  return result;
}

namespace {
/// A sum of zeros with pieces becomes zeros with all pieces.
struct MergeInsertsOfSum : RewritePattern {
  MergeInsertsOfSum(MLIRContext *context, SliceCounts &counts)
      : RewritePattern(MatchAnyOpTypeTag(), 1, context), counts(counts) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    std::optional<std::pair<Value, Value>> sum = matchSum(op);
    if (!sum)
      return failure();
    auto [lhs, rhs] = *sum;
    if (lhs.getType() != op->getResult(0).getType() ||
        rhs.getType() != op->getResult(0).getType())
      return failure();
    std::optional<Placement> placement = placePieces(lhs, rhs);
    if (!placement)
      return failure();

    MLIRContext *context = op->getContext();
    Value result = lhs;
    for (auto [slice, insert, same] : llvm::zip_equal(
             placement->rhs.slices, placement->rhs.inserts, placement->same)) {
      Value piece = insert.getSource();
      Location loc =
          fuseOrigins(context, {insert.getLoc(), op->getLoc()}, kPass);
      if (same)
        piece = arith::AddFOp::create(rewriter, op->getLoc(), same.getSource(),
                                      piece);
      result = tensor::InsertSliceOp::create(rewriter, loc, piece, result,
                                             slice.offsets, slice.sizes,
                                             insert.getMixedStrides());
    }
    rewriter.replaceOp(op, result);
    ++counts.joined;
    return success();
  }

private:
  SliceCounts &counts;
};

/// The value under pieces that cover it is not needed.
struct DropCoveredBase : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::InsertSliceOp op,
                                PatternRewriter &rewriter) const override {
    InsertChain chain = InsertChain::get(op);
    if (chain.inserts.empty() || !isFilled(chain.base))
      return failure();
    std::optional<Cuts> cuts = Cuts::get(op, chain.slices);
    if (!cuts || !cuts->cover(op))
      return failure();
    Location loc = op.getLoc();
    auto type = op.getResultType();
    Value result = tensor::EmptyOp::create(
        rewriter, loc, buildSizes(rewriter, loc, chain.base),
        type.getElementType(), type.getEncoding());
    for (auto [insert, slice] : llvm::zip_equal(chain.inserts, chain.slices))
      result = tensor::InsertSliceOp::create(
          rewriter, insert.getLoc(), insert.getSource(), result, slice.offsets,
          slice.sizes, insert.getMixedStrides());
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  static bool isFilled(Value value) {
    return value.getDefiningOp<linalg::FillOp>() ||
           value.getDefiningOp<tensor::SplatOp>() ||
           matchPattern(value, m_Constant());
  }
};

/// A slice of a tensor with pieces inserted is one of a piece, or of what is
/// under pieces that it does not touch.
struct ExtractFromInserts : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExtractSliceOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Slice> slice = Slice::get(op);
    if (!slice)
      return failure();
    Value source = op.getSource();
    while (auto insert = source.getDefiningOp<tensor::InsertSliceOp>()) {
      std::optional<Slice> piece = Slice::get(insert);
      if (!piece)
        break;
      if (slice->isDisjoint(*piece)) {
        source = insert.getDest();
        continue;
      }
      if (slice->isSame(*piece) &&
          op.getType().getRank() == insert.getSourceType().getRank() &&
          op.getDroppedDims() == insert.getDroppedDims()) {
        replace(rewriter, op, insert.getSource());
        return success();
      }
      std::optional<Slice> within = slice->getWithin(*piece);
      if (!within ||
          insert.getSourceType().getRank() != insert.getDestType().getRank())
        break;
      rewriter.replaceOpWithNewOp<tensor::ExtractSliceOp>(
          op, op.getType(), insert.getSource(), within->offsets, within->sizes,
          op.getMixedStrides());
      return success();
    }
    if (source == op.getSource())
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.getSourceMutable().set(source); });
    return success();
  }

private:
  static void replace(PatternRewriter &rewriter, tensor::ExtractSliceOp op,
                      Value piece) {
    if (piece.getType() != op.getType())
      piece =
          tensor::CastOp::create(rewriter, op.getLoc(), op.getType(), piece);
    rewriter.replaceOp(op, piece);
  }
};

/// A size is taken where it comes from: it is no use of the tensor itself.
struct TraceDim : OpRewritePattern<tensor::DimOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::DimOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getSource().getType());
    std::optional<int64_t> dim = op.getConstantIndex();
    if (!type || !dim || *dim < 0 || *dim >= type.getRank())
      return failure();
    SizeOrigin origin = traceSize(rewriter, op.getSource(), *dim);
    if (origin.tensor == op.getSource() && origin.dim == *dim)
      return failure();
    if (origin.tensor)
      rewriter.replaceOpWithNewOp<tensor::DimOp>(op, origin.tensor, origin.dim);
    else
      rewriter.replaceOp(op, getValueOrCreateConstantIndexOp(
                                 rewriter, op.getLoc(), origin.size));
    return success();
  }
};

struct SimplifySlices : gradopt::impl::SimplifySlicesBase<SimplifySlices> {
  using SimplifySlicesBase::SimplifySlicesBase;

  void runOnOperation() override {
    useWholeSizes(getOperation());
    SliceCounts counts;
    RewritePatternSet patterns(&getContext());
    populateSimplifySlicesPatterns(patterns, /*keepSums=*/true, counts);
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns), config);
    numJoined += counts.joined;
    numSplit += counts.split;

    getOperation()->walk([](Operation *op) {
      std::optional<std::pair<Value, Value>> sum = matchSum(op);
      bool overlap = false;
      if (!sum || placePieces(sum->first, sum->second, &overlap) || !overlap)
        return;
      auto function = op->getParentOfType<FunctionOpInterface>();
      remark::missed(
          op->getLoc(),
          remark::RemarkOpts::name("overlap").category(kPass).function(
              function ? function.getName() : ""))
          << remark::reason("the summands of '{0}' are zero outside of slices "
                            "that are neither equal nor known to be disjoint",
                            op->getName().getStringRef().str());
    });
  }
};
} // namespace

void mlir::gradopt::populateSimplifySlicesPatterns(RewritePatternSet &patterns,
                                                   bool keepSums,
                                                   SliceCounts &counts) {
  MLIRContext *context = patterns.getContext();
  patterns.add<MergeInsertsOfSum>(context, counts);
  patterns.add<DropCoveredBase, ExtractFromInserts, TraceDim>(context);
  linalg::populateSwapExtractSliceWithFillPatterns(patterns);
  tensor::populateFoldTensorEmptyPatterns(patterns);
  populateSplitPointwisePatterns(patterns, keepSums, counts);
}
