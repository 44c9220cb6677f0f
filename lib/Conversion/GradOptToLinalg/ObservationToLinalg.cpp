//===- ObservationToLinalg.cpp - Expand norms and checks ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expansion.h"
#include "gradopt/Conversion/Passes.h"

using namespace mlir;
using namespace mlir::gradopt;

/// How many elements of `tensors` are NaN or Inf, as an i64 scalar. Looks at
/// the bits of the exponent.
static Value buildCountNonfinite(ImplicitLocOpBuilder &b, ValueRange tensors) {
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  return reduceAll(
      b, tensors, zero,
      [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        auto type = cast<FloatType>(args[0].getType());
        IntegerType bitsType = b.getIntegerType(type.getWidth());
        APInt infinity =
            APFloat::getInf(type.getFloatSemantics()).bitcastToAPInt();
        Value mask =
            arith::ConstantOp::create(b, b.getIntegerAttr(bitsType, infinity));
        Value bits = arith::BitcastOp::create(b, bitsType, args[0]);
        Value exponent = arith::AndIOp::create(b, bits, mask);
        Value bad =
            arith::CmpIOp::create(b, arith::CmpIPredicate::eq, exponent, mask);
        return arith::ExtUIOp::create(b, b.getI64Type(), bad);
      },
      [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        return arith::AddIOp::create(b, args[0], args[1]);
      });
}

namespace {

struct ExpandNorm : OpRewritePattern<NormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(NormOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Value norm = buildNorm(b, op.getP(), op.getValues());
    norm = convertFloat(b, norm, op.getResult().getType().getElementType());
    rewriter.replaceOp(op, buildScalarTensor(b, norm));
    return success();
  }
};

struct ExpandCountNonfinite : OpRewritePattern<CountNonfiniteOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CountNonfiniteOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Value count = buildCountNonfinite(b, op.getValues());
    rewriter.replaceOp(op, buildScalarTensor(b, count));
    return success();
  }
};

struct ExpandCheckFinite : OpRewritePattern<CheckFiniteOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CheckFiniteOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Value count = buildCountNonfinite(b, op.getValues());
    Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
    rewriter.replaceOp(
        op, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, count, zero));
    return success();
  }
};

} // namespace

void gradopt::populateObservationToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandNorm, ExpandCountNonfinite, ExpandCheckFinite>(
      patterns.getContext());
}
