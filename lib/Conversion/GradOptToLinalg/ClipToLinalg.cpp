//===- ClipToLinalg.cpp - Expand clips ------------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expansion.h"
#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;

static Value buildCompare(ImplicitLocOpBuilder &b,
                          arith::CmpFPredicate predicate, Value lhs,
                          Value rhs) {
  return arith::CmpFOp::create(b, predicate, lhs, rhs);
}

/// What elements are multiplied by, in f64: 1 if they stay as they are, to
/// which no quotient of a threshold and a larger norm rounds, and NaN if the
/// threshold means nothing. This is the table in GradientOps.td.
static Value buildClipFactor(ImplicitLocOpBuilder &b, Value norm,
                             Value threshold) {
  Type f64 = b.getF64Type();
  Value larger = buildCompare(b, arith::CmpFPredicate::OGT, norm, threshold);
  Value finite = buildCompare(b, arith::CmpFPredicate::OLT, norm,
                              buildFloat(b, INFINITY, f64));
  Value scales = arith::AndIOp::create(b, larger, finite);
  Value quotient = arith::DivFOp::create(b, threshold, norm);
  Value factor =
      arith::SelectOp::create(b, scales, quotient, buildFloat(b, 1.0, f64));
  Value valid = buildCompare(b, arith::CmpFPredicate::OGE, threshold,
                             buildFloat(b, 0.0, f64));
  return arith::SelectOp::create(b, valid, factor, buildFloat(b, NAN, f64));
}

static Value buildIsOne(ImplicitLocOpBuilder &b, Value factor) {
  return buildCompare(b, arith::CmpFPredicate::OEQ, factor,
                      buildFloat(b, 1.0, b.getF64Type()));
}

/// `element` times `factor`. A factor of 1 must not touch it: the way through
/// f64 and back would change the bits of a NaN.
static Value buildScaled(ImplicitLocOpBuilder &b, Value element, Value factor,
                         Value isOne) {
  Value wide = convertFloat(b, element, b.getF64Type());
  Value product = arith::MulFOp::create(b, wide, factor);
  Value scaled = convertFloat(b, product, element.getType());
  return arith::SelectOp::create(b, isOne, element, scaled);
}

/// The scalar `threshold` in f64.
static Value buildLimit(ImplicitLocOpBuilder &b, Value threshold) {
  return convertFloat(b, buildExtractScalar(b, threshold), b.getF64Type());
}

/// The clipped `values`, then the norm before the clip.
static SmallVector<Value> buildClipByNorm(ImplicitLocOpBuilder &b, NormKind p,
                                          ValueRange values, Value threshold) {
  Value norm = buildExtractScalar(b, buildNorm(b, p, values));
  Value factor = buildClipFactor(b, norm, buildLimit(b, threshold));
  Value isOne = buildIsOne(b, factor);
  SmallVector<Value> results;
  for (Value value : values)
    llvm::append_range(
        results,
        buildElementwise(b, value, {factor, isOne}, getElementTypeOrSelf(value),
                         [](ImplicitLocOpBuilder &b, ValueRange args) {
                           return SmallVector<Value>{
                               buildScaled(b, args[0], args[1], args[2])};
                         }));
  results.push_back(buildScalarTensor(
      b, convertFloat(b, norm, getElementTypeOrSelf(threshold))));
  return results;
}

/// `tensor` with each row scaled by its own factor, then the norms before the
/// clip.
static SmallVector<Value> buildClipRows(ImplicitLocOpBuilder &b, NormKind p,
                                        Value tensor, Value threshold) {
  Value norms = buildRowNorms(b, p, tensor);
  Value limit = buildLimit(b, threshold);
  Type f64 = b.getF64Type(), normType = getElementTypeOrSelf(threshold);
  SmallVector<Value> ofRows = buildElementwise(
      b, norms, limit, {f64, normType},
      [&](ImplicitLocOpBuilder &b, ValueRange args) {
        return SmallVector<Value>{buildClipFactor(b, args[0], args[1]),
                                  convertFloat(b, args[0], normType)};
      });

  auto type = cast<RankedTensorType>(tensor.getType());
  Value empty = tensor::EmptyOp::create(
      b, tensor::getMixedSizes(b, b.getLoc(), tensor), type.getElementType());
  AffineMap all = b.getMultiDimIdentityMap(type.getRank());
  AffineMap row = all.dropResult(type.getRank() - 1);
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  Value clipped = linalg::GenericOp::create(
                      b, type, ValueRange{tensor, ofRows[0]}, empty,
                      ArrayRef<AffineMap>{all, row, all}, iterators,
                      [](OpBuilder &builder, Location loc, ValueRange args) {
                        ImplicitLocOpBuilder inner(loc, builder);
                        Value isOne = buildIsOne(inner, args[1]);
                        linalg::YieldOp::create(
                            inner, buildScaled(inner, args[0], args[1], isOne));
                      })
                      .getResult(0);
  return {clipped, ofRows[1]};
}

namespace {

struct ExpandClipByValue : OpRewritePattern<ClipByValueOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ClipByValueOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Type type = op.getValue().getType().getElementType();
    Value threshold = buildExtractScalar(b, op.getThreshold());
    Value invalid = buildCompare(b, arith::CmpFPredicate::ULT, threshold,
                                 buildFloat(b, 0.0, threshold.getType()));
    Value limit = convertFloat(b, threshold, type);
    Value nan = buildFloat(b, NAN, type);
    Value infinity = buildFloat(b, INFINITY, type);
    auto body = [&](ImplicitLocOpBuilder &b, ValueRange args) {
      Value magnitude = math::AbsFOp::create(b, args[0]);
      Value larger =
          buildCompare(b, arith::CmpFPredicate::OGT, magnitude, args[1]);
      Value finite =
          buildCompare(b, arith::CmpFPredicate::OLT, magnitude, infinity);
      Value clips = arith::AndIOp::create(b, larger, finite);
      Value clipped = math::CopySignOp::create(b, args[1], args[0]);
      Value element = arith::SelectOp::create(b, clips, clipped, args[0]);
      return SmallVector<Value>{
          arith::SelectOp::create(b, args[2], nan, element)};
    };
    rewriter.replaceOp(
        op, buildElementwise(b, op.getValue(), {limit, invalid}, type, body));
    return success();
  }
};

struct ExpandClipByNorm : OpRewritePattern<ClipByNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ClipByNormOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    rewriter.replaceOp(
        op,
        op.getRows()
            ? buildClipRows(b, op.getP(), op.getValue(), op.getThreshold())
            : buildClipByNorm(b, op.getP(), op.getValue(), op.getThreshold()));
    return success();
  }
};

/// Forward it is the identity, and the reverse pass has what it asked for.
struct ForwardClipCotangent : OpRewritePattern<ClipCotangentOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ClipCotangentOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, op.getValue());
    return success();
  }
};

struct ExpandClipByGlobalNorm : OpRewritePattern<ClipByGlobalNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ClipByGlobalNormOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    rewriter.replaceOp(
        op, buildClipByNorm(b, op.getP(), op.getValues(), op.getThreshold()));
    return success();
  }
};

} // namespace

void gradopt::populateClipToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandClipByValue, ExpandClipByNorm, ExpandClipByGlobalNorm,
               ForwardClipCotangent>(patterns.getContext());
}
