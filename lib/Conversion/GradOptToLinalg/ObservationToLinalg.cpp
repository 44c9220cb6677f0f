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

/// Says of the bits of an element, an integer, whether it is counted (an i1).
using BitTest = function_ref<Value(ImplicitLocOpBuilder &, Value bits,
                                   const llvm::fltSemantics &)>;

/// How many elements of `tensors` pass a test of their bits, as an i64 scalar.
static Value buildCount(ImplicitLocOpBuilder &b, ValueRange tensors,
                        BitTest test) {
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  return reduceAll(
      b, tensors, zero,
      [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        auto type = cast<FloatType>(args[0].getType());
        Value bits = arith::BitcastOp::create(
            b, b.getIntegerType(type.getWidth()), args[0]);
        Value counted = test(b, bits, type.getFloatSemantics());
        return arith::ExtUIOp::create(b, b.getI64Type(), counted);
      },
      [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        return arith::AddIOp::create(b, args[0], args[1]);
      });
}

/// The bits of a number of a floating-point type as a constant of `bits`' type.
static Value buildBits(ImplicitLocOpBuilder &b, Value bits, APInt number) {
  return arith::ConstantOp::create(b, b.getIntegerAttr(bits.getType(), number));
}

/// How many elements of `tensors` are NaN or Inf: their exponent has all bits.
static Value buildCountNonfinite(ImplicitLocOpBuilder &b, ValueRange tensors) {
  return buildCount(b, tensors,
                    [](ImplicitLocOpBuilder &b, Value bits,
                       const llvm::fltSemantics &semantics) -> Value {
                      Value mask = buildBits(
                          b, bits, APFloat::getInf(semantics).bitcastToAPInt());
                      Value exponent = arith::AndIOp::create(b, bits, mask);
                      return arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                                   exponent, mask);
                    });
}

/// How many elements of `tensors` are finite, but beyond this part of the range
/// of their type. Without their signs, numbers are ordered as their bits are.
static Value buildCountOverflow(ImplicitLocOpBuilder &b, ValueRange tensors,
                                double beyond) {
  return buildCount(
      b, tensors,
      [&](ImplicitLocOpBuilder &b, Value bits,
          const llvm::fltSemantics &semantics) -> Value {
        APFloat limit(beyond);
        bool losesInfo;
        limit.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
        limit.multiply(APFloat::getLargest(semantics),
                       APFloat::rmNearestTiesToEven);
        Value sign = buildBits(
            b, bits,
            APInt::getSignedMaxValue(limit.bitcastToAPInt().getBitWidth()));
        Value magnitude = arith::AndIOp::create(b, bits, sign);
        Value isLarge =
            arith::CmpIOp::create(b, arith::CmpIPredicate::ugt, magnitude,
                                  buildBits(b, bits, limit.bitcastToAPInt()));
        Value isFinite = arith::CmpIOp::create(
            b, arith::CmpIPredicate::ult, magnitude,
            buildBits(b, bits, APFloat::getInf(semantics).bitcastToAPInt()));
        return arith::AndIOp::create(b, isLarge, isFinite);
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

struct ExpandCountOverflow : OpRewritePattern<CountOverflowOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CountOverflowOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Value count =
        buildCountOverflow(b, op.getValues(), op.getBeyond().convertToDouble());
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
  patterns.add<ExpandNorm, ExpandCountNonfinite, ExpandCountOverflow,
               ExpandCheckFinite>(patterns.getContext());
}
