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

/// A longer column has more elements than an i32 counts.
static constexpr int64_t kMostCounted = std::numeric_limits<int32_t>::max();

/// How many elements of `tensors` are NaN or Inf, as an i64 tensor of rank 0.
/// Looks at the bits of the exponent. A column is counted in i32 if that is
/// known to do: as many numbers to a vector as f32 has.
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
        return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, exponent,
                                     mask);
      },
      [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        Value more = args[1];
        if (more.getType() != args[0].getType())
          more = arith::ExtUIOp::create(b, args[0].getType(), more);
        return arith::AddIOp::create(b, args[0], more);
      },
      [&](int64_t length) -> Value {
        if (ShapedType::isDynamic(length) || length > kMostCounted)
          return zero;
        return arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
      });
}

namespace {

struct ExpandNorm : OpRewritePattern<NormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(NormOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Value norm = buildNorm(b, op.getP(), op.getValues());
    Type type = op.getResult().getType().getElementType();
    if (type != b.getF64Type())
      norm = buildElementwise(b, norm, {}, type,
                              [&](ImplicitLocOpBuilder &b, ValueRange args) {
                                return SmallVector<Value>{
                                    convertFloat(b, args[0], type)};
                              })
                 .front();
    rewriter.replaceOp(op, norm);
    return success();
  }
};

struct ExpandCountNonfinite : OpRewritePattern<CountNonfiniteOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CountNonfiniteOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    rewriter.replaceOp(op, buildCountNonfinite(b, op.getValues()));
    return success();
  }
};

struct ExpandCheckFinite : OpRewritePattern<CheckFiniteOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CheckFiniteOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Value count = buildExtractScalar(b, buildCountNonfinite(b, op.getValues()));
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
