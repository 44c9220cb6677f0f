//===- ObservationToLinalg.cpp - Expand norms and checks ------------------===//
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

/// The magnitude of an element in f64.
static Value buildMagnitude(ImplicitLocOpBuilder &b, ValueRange args) {
  Value magnitude = math::AbsFOp::create(b, args[0]);
  return convertFloat(b, magnitude, b.getF64Type());
}

/// The largest magnitude; NaN if an element is.
static Value buildLargest(ImplicitLocOpBuilder &b, ValueRange tensors) {
  return reduceAll(
      b, tensors, buildFloat(b, 0.0, b.getF64Type()), buildMagnitude,
      [](ImplicitLocOpBuilder &b, ValueRange args) {
        return arith::MaximumFOp::create(b, args[0], args[1]).getResult();
      });
}

/// The root of the sum of squares. Squares of f32 fit into f64.
static Value buildEuclideanOfF32(ImplicitLocOpBuilder &b, ValueRange tensors) {
  Value sum = sumAll(b, tensors, [](ImplicitLocOpBuilder &b, ValueRange args) {
    Value wide = convertFloat(b, args[0], b.getF64Type());
    return arith::MulFOp::create(b, wide, wide).getResult();
  });
  return math::SqrtOp::create(b, sum);
}

/// The same for f64, whose squares do not fit: elements are scaled by the power
/// of two of the largest one, which is exact.
static Value buildEuclideanOfF64(ImplicitLocOpBuilder &b, ValueRange tensors) {
  Type f64 = b.getF64Type(), i64 = b.getI64Type();
  auto bits = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  };
  Value largest = buildLargest(b, tensors);
  Value exponent = arith::AndIOp::create(
      b, arith::BitcastOp::create(b, i64, largest), bits(0x7FF0000000000000));
  // Of zero and subnormals: the smallest normal number.
  exponent = arith::MaxUIOp::create(b, exponent, bits(0x0010000000000000));
  Value scale = arith::BitcastOp::create(b, f64, exponent);
  Value inverse = arith::DivFOp::create(b, buildFloat(b, 1.0, f64), scale);
  Value sum = sumAll(b, tensors, [&](ImplicitLocOpBuilder &b, ValueRange args) {
    Value wide = convertFloat(b, args[0], f64);
    Value scaled = arith::MulFOp::create(b, wide, inverse);
    return arith::MulFOp::create(b, scaled, scaled).getResult();
  });
  Value norm = arith::MulFOp::create(b, scale, math::SqrtOp::create(b, sum));
  Value finite = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, largest,
                                       buildFloat(b, INFINITY, f64));
  return arith::SelectOp::create(b, finite, norm, largest);
}

Value gradopt::buildNorm(ImplicitLocOpBuilder &b, NormKind kind,
                         ValueRange tensors) {
  switch (kind) {
  case NormKind::l1:
    return sumAll(b, tensors, buildMagnitude);
  case NormKind::linf:
    return buildLargest(b, tensors);
  case NormKind::l2:
    break;
  }
  bool allF32 = llvm::all_of(tensors, [](Value tensor) {
    return getElementTypeOrSelf(tensor).isF32();
  });
  return allF32 ? buildEuclideanOfF32(b, tensors)
                : buildEuclideanOfF64(b, tensors);
}

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
