//===- UpdateToLinalg.cpp - Expand optimizers -----------------------------===//
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

namespace {

struct ExpandSgd : OpRewritePattern<SgdOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SgdOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Type type = op.getParameter().getType().getElementType();
    Value rate =
        convertFloat(b, buildExtractScalar(b, op.getLearningRate()), type);
    auto body = [](ImplicitLocOpBuilder &b, ValueRange args) {
      Value step = arith::MulFOp::create(b, args[2], args[1]);
      return SmallVector<Value>{arith::SubFOp::create(b, args[0], step)};
    };
    rewriter.replaceOp(
        op, buildElementwise(b, {op.getParameter(), op.getGradient()}, rate,
                             type, body));
    return success();
  }
};

/// Shorter names for the ops of an update's body.
struct Elements {
  ImplicitLocOpBuilder &b;
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value sqrt(Value x) { return math::SqrtOp::create(b, x); }
};

struct ExpandMomentum : OpRewritePattern<MomentumOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MomentumOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Type type = op.getParameter().getType().getElementType();
    Value rate =
        convertFloat(b, buildExtractScalar(b, op.getLearningRate()), type);
    Value keep = buildFloat(b, op.getMomentum().convertToDouble(), type);
    auto body = [&](ImplicitLocOpBuilder &b, ValueRange args) {
      Elements e{b};
      Value parameter = args[0], gradient = args[1];
      Value velocity = e.add(e.mul(keep, args[2]), gradient);
      Value direction =
          op.getNesterov() ? e.add(gradient, e.mul(keep, velocity)) : velocity;
      return SmallVector<Value>{e.sub(parameter, e.mul(args[3], direction)),
                                velocity};
    };
    rewriter.replaceOp(
        op, buildElementwise(
                b, {op.getParameter(), op.getGradient(), op.getVelocity()},
                rate, {type, type}, body));
    return success();
  }
};

struct ExpandRmsprop : OpRewritePattern<RmspropOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RmspropOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Type type = op.getParameter().getType().getElementType();
    double alpha = op.getAlpha().convertToDouble();
    Value rate =
        convertFloat(b, buildExtractScalar(b, op.getLearningRate()), type);
    Value keep = buildFloat(b, alpha, type);
    Value add = buildFloat(b, 1.0 - alpha, type);
    Value epsilon = buildFloat(b, op.getEpsilon().convertToDouble(), type);
    auto body = [&](ImplicitLocOpBuilder &b, ValueRange args) {
      Elements e{b};
      Value parameter = args[0], gradient = args[1];
      Value v =
          e.add(e.mul(keep, args[2]), e.mul(add, e.mul(gradient, gradient)));
      Value quotient = e.div(gradient, e.add(e.sqrt(v), epsilon));
      return SmallVector<Value>{e.sub(parameter, e.mul(args[3], quotient)), v};
    };
    rewriter.replaceOp(
        op,
        buildElementwise(b, {op.getParameter(), op.getGradient(), op.getV()},
                         rate, {type, type}, body));
    return success();
  }
};

/// 1 − beta^n in f64, for the number n of the update.
Value buildBiasCorrection(ImplicitLocOpBuilder &b, double beta, Value number) {
  Type f64 = b.getF64Type();
  Value power = math::PowFOp::create(b, buildFloat(b, beta, f64), number);
  return arith::SubFOp::create(b, buildFloat(b, 1.0, f64), power);
}

/// Adam, and with a `decay` AdamW, which have the same operands.
template <typename AdamLikeOp>
SmallVector<Value> expandAdam(ImplicitLocOpBuilder &b, AdamLikeOp op,
                              std::optional<double> decay) {
  Type type = op.getParameter().getType().getElementType();
  double beta1 = op.getBeta1().convertToDouble();
  double beta2 = op.getBeta2().convertToDouble();
  Value number = arith::SIToFPOp::create(b, b.getF64Type(),
                                         buildExtractScalar(b, op.getStep()));
  Value correction1 =
      convertFloat(b, buildBiasCorrection(b, beta1, number), type);
  Value correction2 =
      convertFloat(b, buildBiasCorrection(b, beta2, number), type);
  Value learningRate = buildExtractScalar(b, op.getLearningRate());
  SmallVector<Value> scalars{correction1, correction2,
                             convertFloat(b, learningRate, type)};
  if (decay) {
    Value wide = convertFloat(b, learningRate, b.getF64Type());
    Value product =
        arith::MulFOp::create(b, wide, buildFloat(b, *decay, b.getF64Type()));
    scalars.push_back(convertFloat(b, product, type));
  }
  Value keep1 = buildFloat(b, beta1, type);
  Value keep2 = buildFloat(b, beta2, type);
  Value add1 = buildFloat(b, 1.0 - beta1, type);
  Value add2 = buildFloat(b, 1.0 - beta2, type);
  Value epsilon = buildFloat(b, op.getEpsilon().convertToDouble(), type);

  auto body = [&](ImplicitLocOpBuilder &b, ValueRange args) {
    Elements e{b};
    Value parameter = args[0], gradient = args[1], m = args[2], v = args[3];
    Value newM = e.add(e.mul(keep1, m), e.mul(add1, gradient));
    Value newV = e.add(e.mul(keep2, v), e.mul(add2, e.mul(gradient, gradient)));
    Value root = e.sqrt(e.div(newV, args[5]));
    Value quotient = e.div(e.div(newM, args[4]), e.add(root, epsilon));
    Value decayed =
        decay ? e.sub(parameter, e.mul(args[7], parameter)) : parameter;
    return SmallVector<Value>{e.sub(decayed, e.mul(args[6], quotient)), newM,
                              newV};
  };
  return buildElementwise(
      b, {op.getParameter(), op.getGradient(), op.getM(), op.getV()}, scalars,
      {type, type, type}, body);
}

struct ExpandAdam : OpRewritePattern<AdamOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AdamOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    rewriter.replaceOp(op, expandAdam(b, op, /*decay=*/std::nullopt));
    return success();
  }
};

struct ExpandAdamW : OpRewritePattern<AdamWOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AdamWOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    rewriter.replaceOp(
        op, expandAdam(b, op, op.getWeightDecay().convertToDouble()));
    return success();
  }
};

} // namespace

void gradopt::populateUpdateToLinalgPatterns(RewritePatternSet &patterns) {
  patterns
      .add<ExpandSgd, ExpandMomentum, ExpandRmsprop, ExpandAdam, ExpandAdamW>(
          patterns.getContext());
}
