//===- ModelToLinalg.cpp - Expand embedding and losses --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expansion.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/Lengths.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;
using utils::IteratorType;

/// Whether `index` lies in 0 … size − 1. As an unsigned number a negative one
/// does not.
static Value buildInRange(ImplicitLocOpBuilder &b, Value index, Value size) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, index, size);
}

/// The element of `tensor` at `position`, or NaN if `inRange` is false: then it
/// is not read.
static Value buildReadOrNaN(ImplicitLocOpBuilder &b, Value inRange,
                            Value tensor, ValueRange position) {
  return scf::IfOp::create(
             b, inRange,
             [&](OpBuilder &builder, Location loc) {
               Value element =
                   tensor::ExtractOp::create(builder, loc, tensor, position);
               scf::YieldOp::create(builder, loc, element);
             },
             [&](OpBuilder &builder, Location loc) {
               ImplicitLocOpBuilder inner(loc, builder);
               Value nan = buildFloat(inner, NAN, getElementTypeOrSelf(tensor));
               scf::YieldOp::create(inner, nan);
             })
      .getResult(0);
}

static Value toIndex(ImplicitLocOpBuilder &b, Value value) {
  return arith::IndexCastOp::create(b, b.getIndexType(), value);
}

static Value buildDim(ImplicitLocOpBuilder &b, Value tensor, int64_t dim) {
  return b.createOrFold<tensor::DimOp>(tensor, dim);
}

/// The mean of what was summed to the scalar `sum` over the elements of a
/// tensor of these sizes that count; 0 of nothing, whose sum is 0.
static Value buildMean(ImplicitLocOpBuilder &b, Value sum,
                       ArrayRef<OpFoldResult> sizes, Value lengths) {
  Value count = buildCountedElements(b, b.getLoc(), sizes, lengths);
  Value one = arith::ConstantOp::create(b, b.getI64IntegerAttr(1));
  count = arith::MaxSIOp::create(b, count, one);
  Value divisor = arith::SIToFPOp::create(b, b.getF64Type(), count);
  return arith::DivFOp::create(b, sum, divisor);
}

/// In the body of a generic over positions: `value` where they count, else 0.
static Value selectCounted(ImplicitLocOpBuilder &b, Value lengths,
                           Value value) {
  if (!lengths)
    return value;
  Value isCounted = buildIsCounted(b, b.getLoc(), lengths);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(value.getType()));
  return arith::SelectOp::create(b, isCounted, value, zero);
}

namespace {

struct ExpandEmbedding : OpRewritePattern<EmbeddingOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(EmbeddingOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Value table = op.getTable();
    Value rows = buildDim(b, table, 0);
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, b.getLoc(), op.getIndices());
    sizes.push_back(tensor::getMixedSize(b, b.getLoc(), table, 1));
    Type type = op.getTable().getType().getElementType();
    Value empty = tensor::EmptyOp::create(b, sizes, type);
    unsigned last = sizes.size() - 1;
    AffineMap identity = b.getMultiDimIdentityMap(sizes.size());
    auto generic = linalg::GenericOp::create(
        b, empty.getType(), op.getIndices(), empty,
        {identity.dropResult(last), identity},
        SmallVector<IteratorType>(sizes.size(), IteratorType::parallel),
        [&](OpBuilder &builder, Location loc, ValueRange args) {
          ImplicitLocOpBuilder inner(loc, builder);
          Value row = toIndex(inner, args[0]);
          Value column = linalg::IndexOp::create(inner, last);
          Value element = buildReadOrNaN(inner, buildInRange(inner, row, rows),
                                         table, {row, column});
          linalg::YieldOp::create(inner, element);
        });
    rewriter.replaceOp(op, b.createOrFold<tensor::CastOp>(
                               op.getResult().getType(), generic.getResult(0)));
    return success();
  }
};

struct ExpandScatterAdd : OpRewritePattern<ScatterAddOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScatterAddOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    RankedTensorType type = op.getResult().getType();
    OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
    OpFoldResult width = b.getIndexAttr(type.getDimSize(1));
    auto rowType =
        RankedTensorType::get(type.getDimSize(1), type.getElementType());
    Value rows = arith::ConstantIndexOp::create(b, type.getDimSize(0));
    Value table =
        buildFilled(b, tensor::getMixedSizes(b, b.getLoc(), op.getResult()),
                    buildFloat(b, 0.0, type.getElementType()));

    /// `table` with the row of `updates` at `position` added to `row`.
    auto addRow = [&](ImplicitLocOpBuilder &b, Value table, Value row,
                      ValueRange position) -> Value {
      SmallVector<OpFoldResult> offsets = getAsOpFoldResult(position);
      SmallVector<OpFoldResult> sizes(offsets.size(), one);
      offsets.push_back(zero);
      sizes.push_back(width);
      Value update = tensor::ExtractSliceOp::create(
          b, rowType, op.getUpdates(), offsets, sizes,
          SmallVector<OpFoldResult>(sizes.size(), one));
      SmallVector<OpFoldResult> rowOffsets{row, zero}, rowSizes{one, width},
          rowStrides{one, one};
      Value sum = tensor::ExtractSliceOp::create(b, rowType, table, rowOffsets,
                                                 rowSizes, rowStrides);
      sum = buildReduction(
          b, update, sum, llvm::SmallBitVector(1, false),
          [](ImplicitLocOpBuilder &, ValueRange args) { return args[0]; },
          buildAdd);
      return tensor::InsertSliceOp::create(b, sum, table, rowOffsets, rowSizes,
                                           rowStrides);
    };

    unsigned rank = op.getIndices().getType().getRank();
    SmallVector<Value> bounds;
    for (unsigned dim = 0; dim < rank; ++dim)
      bounds.push_back(buildDim(b, op.getIndices(), dim));
    SmallVector<Value> starts(rank, arith::ConstantIndexOp::create(b, 0));
    SmallVector<Value> steps(rank, arith::ConstantIndexOp::create(b, 1));
    scf::LoopNest nest = scf::buildLoopNest(
        b, b.getLoc(), starts, bounds, steps, table,
        [&](OpBuilder &builder, Location loc, ValueRange position,
            ValueRange carried) -> scf::ValueVector {
          ImplicitLocOpBuilder inner(loc, builder);
          Value row = toIndex(inner, tensor::ExtractOp::create(
                                         inner, op.getIndices(), position));
          auto added = scf::IfOp::create(
              inner, buildInRange(inner, row, rows),
              [&](OpBuilder &builder, Location loc) {
                ImplicitLocOpBuilder then(loc, builder);
                scf::YieldOp::create(then,
                                     addRow(then, carried[0], row, position));
              },
              [&](OpBuilder &builder, Location loc) {
                scf::YieldOp::create(builder, loc, carried[0]);
              });
          return {added.getResult(0)};
        });
    rewriter.replaceOp(op, nest.results);
    return success();
  }
};

struct ExpandCrossEntropy : OpRewritePattern<CrossEntropyOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CrossEntropyOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Value logits = op.getLogits(), lengths = op.getLengths();
    Type type = op.getLogits().getType().getElementType();
    Type f64 = b.getF64Type();
    unsigned positions = op.getTargets().getType().getRank();
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, b.getLoc(), op.getTargets());
    Value classes = buildDim(b, logits, positions);

    llvm::SmallBitVector last(positions + 1);
    last.set(positions);
    Value largest = buildReduction(
        b, logits, buildFilled(b, sizes, buildFloat(b, -INFINITY, type)), last,
        [&](ImplicitLocOpBuilder &b, ValueRange args) {
          return selectCounted(b, lengths, args[0]);
        },
        [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
          return arith::MaximumFOp::create(b, args[0], args[1]);
        });

    AffineMap identity = b.getMultiDimIdentityMap(positions + 1);
    AffineMap rowMap = identity.dropResult(positions);
    SmallVector<IteratorType> iterators(positions, IteratorType::parallel);
    iterators.push_back(IteratorType::reduction);
    Value zeros = buildFilled(b, sizes, buildFloat(b, 0.0, f64));
    Value sums = linalg::GenericOp::create(
                     b, zeros.getType(), ValueRange{logits, largest}, zeros,
                     {identity, rowMap, rowMap}, iterators,
                     [&](OpBuilder &builder, Location loc, ValueRange args) {
                       ImplicitLocOpBuilder inner(loc, builder);
                       Value logit = selectCounted(inner, lengths, args[0]);
                       Value shifted =
                           arith::SubFOp::create(inner, logit, args[1]);
                       Value power = math::ExpOp::create(inner, shifted);
                       power = convertFloat(inner, power, f64);
                       Value sum = arith::AddFOp::create(inner, args[2], power);
                       linalg::YieldOp::create(inner, sum);
                     })
                     .getResult(0);

    Value total = buildReduction(
        b, {op.getTargets(), largest, sums},
        buildScalarTensor(b, buildFloat(b, 0.0, f64)),
        llvm::SmallBitVector(positions, true),
        [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
          Value target = toIndex(b, selectCounted(b, lengths, args[0]));
          SmallVector<Value> position;
          for (unsigned dim = 0; dim < positions; ++dim)
            position.push_back(linalg::IndexOp::create(b, dim));
          position.push_back(target);
          Value logit = buildReadOrNaN(b, buildInRange(b, target, classes),
                                       logits, position);
          logit = selectCounted(b, lengths, logit);
          Value difference = arith::SubFOp::create(
              b, convertFloat(b, args[1], f64), convertFloat(b, logit, f64));
          Value logSum = math::LogOp::create(b, args[2]);
          Value term = arith::AddFOp::create(b, logSum, difference);
          return selectCounted(b, lengths, term);
        },
        buildAdd);
    Value mean =
        buildMean(b, buildExtractScalar(b, total), sizes, op.getLengths());
    rewriter.replaceOp(
        op,
        buildScalarTensor(
            b, convertFloat(b, mean, op.getLoss().getType().getElementType())));
    return success();
  }
};

struct ExpandMeanSquaredError : OpRewritePattern<MeanSquaredErrorOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MeanSquaredErrorOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Type f64 = b.getF64Type();
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, b.getLoc(), op.getPrediction());
    Value total = buildReduction(
        b, {op.getPrediction(), op.getTarget()},
        buildScalarTensor(b, buildFloat(b, 0.0, f64)),
        llvm::SmallBitVector(sizes.size(), true),
        [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
          Value difference = arith::SubFOp::create(
              b,
              convertFloat(b, selectCounted(b, op.getLengths(), args[0]), f64),
              convertFloat(b, selectCounted(b, op.getLengths(), args[1]), f64));
          return arith::MulFOp::create(b, difference, difference);
        },
        buildAdd);
    Value mean =
        buildMean(b, buildExtractScalar(b, total), sizes, op.getLengths());
    rewriter.replaceOp(
        op,
        buildScalarTensor(
            b, convertFloat(b, mean, op.getLoss().getType().getElementType())));
    return success();
  }
};

} // namespace

void gradopt::populateModelToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandEmbedding, ExpandScatterAdd, ExpandCrossEntropy,
               ExpandMeanSquaredError>(patterns.getContext());
}
