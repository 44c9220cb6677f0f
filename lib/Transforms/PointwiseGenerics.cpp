//===- PointwiseGenerics.cpp - Elementwise work as generics ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PointwiseGenerics.h"
#include "Contractions.h"
#include "PointwiseGroups.h"
#include "SliceSimplification.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::GenericOp;
using linalg::LinalgOp;

namespace {
/// Named elementwise ops.
struct GeneralizePointwise : OpInterfaceRewritePattern<LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (isa<GenericOp>(op) || !isPointwise(op))
      return failure();
    return linalg::generalizeNamedOp(rewriter, op);
  }
};

/// A choice between two tensors, which the upstream conversion of elementwise
/// ops leaves: its condition is a scalar.
struct ConvertScalarSelect : OpRewritePattern<arith::SelectOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::SelectOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type || isa<ShapedType>(op.getCondition().getType()))
      return failure();
    Value empty = tensor::EmptyOp::create(
        rewriter, op.getLoc(),
        buildSizes(rewriter, op.getLoc(), op.getTrueValue()),
        type.getElementType(), type.getEncoding());
    SmallVector<AffineMap> maps(
        3, rewriter.getMultiDimIdentityMap(type.getRank()));
    SmallVector<utils::IteratorType> loops(type.getRank(),
                                           utils::IteratorType::parallel);
    rewriter.replaceOpWithNewOp<GenericOp>(
        op, type, ValueRange{op.getTrueValue(), op.getFalseValue()}, empty,
        maps, loops, [&](OpBuilder &builder, Location loc, ValueRange args) {
          Value value = arith::SelectOp::create(builder, loc, op.getCondition(),
                                                args[0], args[1]);
          linalg::YieldOp::create(builder, loc, value);
        });
    return success();
  }
};

/// An init that only says how large a result is becomes an empty tensor, whose
/// sizes are taken where they come from, so that it does not keep two ops apart
/// that could be one.
struct UseEmptyInit : OpRewritePattern<GenericOp> {
  UseEmptyInit(MLIRContext *context) : OpRewritePattern(context, 2) {}

  LogicalResult matchAndRewrite(GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return failure();
    bool changed = false;
    for (OpOperand &init : op.getDpsInitsMutable()) {
      auto type = cast<RankedTensorType>(init.get().getType());
      if (op.payloadUsesValueFromOperand(&init) ||
          init.get().getDefiningOp<tensor::EmptyOp>())
        continue;
      Value empty = tensor::EmptyOp::create(
          rewriter, op.getLoc(), buildSizes(rewriter, op.getLoc(), init.get()),
          type.getElementType(), type.getEncoding());
      rewriter.modifyOpInPlace(op, [&] { init.set(empty); });
      changed = true;
    }
    return success(changed);
  }
};

/// What a loop reads of a tensor that is made outside of it by repeating a
/// smaller one, such as a bias for all rows, it reads of the smaller one.
struct ReadThroughBroadcast : OpRewritePattern<GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (!canJoinGroup(op))
      return failure();
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    SmallVector<std::pair<OpOperand *, Value>> sources;
    for (OpOperand *operand : op.getDpsInputOperands()) {
      auto broadcast = operand->get().getDefiningOp<GenericOp>();
      if (!broadcast || broadcast->getBlock() == op->getBlock() ||
          !isBroadcast(broadcast))
        continue;
      AffineMap &map = maps[operand->getOperandNumber()];
      AffineMap toLoops = inversePermutation(
          broadcast.getIndexingMapMatchingResult(broadcast->getResult(0)));
      OpOperand *source = broadcast.getDpsInputOperand(0);
      map = broadcast.getMatchingIndexingMap(source).compose(
          toLoops.compose(map));
      sources.emplace_back(operand, source->get());
    }
    if (sources.empty())
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      for (auto [operand, source] : sources)
        operand->set(source);
      op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
    });
    return success();
  }

private:
  static bool isBroadcast(GenericOp op) {
    if (!canJoinGroup(op) || op.getNumDpsInputs() != 1 ||
        op->getNumResults() != 1)
      return false;
    AffineMap map = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
    return map.getNumResults() < map.getNumDims() &&
           op.getBody()->getTerminator()->getOperand(0) ==
               op.getBody()->getArgument(0);
  }
};
} // namespace

void mlir::gradopt::makePointwiseGenerics(Operation *root) {
  MLIRContext *context = root->getContext();
  RewritePatternSet patterns(context);
  linalg::populateElementwiseToLinalgConversionPatterns(patterns);
  patterns.add<GeneralizePointwise, ConvertScalarSelect, UseEmptyInit,
               ReadThroughBroadcast>(context);
  // Of these the ones that fold fills and constants into bodies; which ops
  // become one is decided below, for all of a block at once.
  linalg::populateElementwiseOpsFusionPatterns(
      patterns, [](OpOperand *) { return false; });
  SliceCounts uncounted;
  populateSimplifySlicesPatterns(patterns, /*keepSums=*/false, uncounted);
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  (void)applyPatternsGreedily(root, std::move(patterns), config);
}
