//===- ClipToLinalg.cpp - Expand clips ------------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expansion.h"
#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"

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

/// `tensor` times `factor`. A factor of 1 must not touch it: the way through
/// f64 and back would change the bits of a NaN.
static Value buildScaled(ImplicitLocOpBuilder &b, Value tensor, Value factor) {
  Value one = buildFloat(b, 1.0, b.getF64Type());
  Value unchanged = buildCompare(b, arith::CmpFPredicate::OEQ, factor, one);
  Type type = getElementTypeOrSelf(tensor);
  return buildElementwise(
             b, tensor, {factor, unchanged}, type,
             [&](ImplicitLocOpBuilder &b, ValueRange args) {
               Value wide = convertFloat(b, args[0], b.getF64Type());
               Value product = arith::MulFOp::create(b, wide, args[1]);
               Value scaled = convertFloat(b, product, type);
               return SmallVector<Value>{
                   arith::SelectOp::create(b, args[2], args[0], scaled)};
             })
      .front();
}

/// The clipped `values`, then the norm before the clip.
static SmallVector<Value> buildClipByNorm(ImplicitLocOpBuilder &b, NormKind p,
                                          ValueRange values, Value threshold) {
  Value norm = buildNorm(b, p, values);
  Value limit = buildExtractScalar(b, threshold);
  Value factor =
      buildClipFactor(b, norm, convertFloat(b, limit, b.getF64Type()));
  SmallVector<Value> results;
  for (Value value : values)
    results.push_back(buildScaled(b, value, factor));
  results.push_back(
      buildScalarTensor(b, convertFloat(b, norm, limit.getType())));
  return results;
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
        op, buildClipByNorm(b, op.getP(), op.getValue(), op.getThreshold()));
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
  patterns.add<ExpandClipByValue, ExpandClipByNorm, ExpandClipByGlobalNorm>(
      patterns.getContext());
}
