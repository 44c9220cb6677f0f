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

/// 1 − beta^n in f64, for the number n of the update.
static Value buildBiasCorrection(ImplicitLocOpBuilder &b, double beta,
                                 Value number) {
  Type f64 = b.getF64Type();
  Value power = math::PowFOp::create(b, buildFloat(b, beta, f64), number);
  return arith::SubFOp::create(b, buildFloat(b, 1.0, f64), power);
}

struct ExpandAdam : OpRewritePattern<AdamOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AdamOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Type type = op.getParameter().getType().getElementType();
    double beta1 = op.getBeta1().convertToDouble();
    double beta2 = op.getBeta2().convertToDouble();
    Value number = arith::SIToFPOp::create(b, b.getF64Type(),
                                           buildExtractScalar(b, op.getStep()));
    Value correction1 =
        convertFloat(b, buildBiasCorrection(b, beta1, number), type);
    Value correction2 =
        convertFloat(b, buildBiasCorrection(b, beta2, number), type);
    Value rate =
        convertFloat(b, buildExtractScalar(b, op.getLearningRate()), type);
    Value keep1 = buildFloat(b, beta1, type);
    Value keep2 = buildFloat(b, beta2, type);
    Value add1 = buildFloat(b, 1.0 - beta1, type);
    Value add2 = buildFloat(b, 1.0 - beta2, type);
    Value epsilon = buildFloat(b, op.getEpsilon().convertToDouble(), type);

    auto body = [&](ImplicitLocOpBuilder &b, ValueRange args) {
      Value parameter = args[0], gradient = args[1], m = args[2], v = args[3];
      auto mul = [&](Value x, Value y) -> Value {
        return arith::MulFOp::create(b, x, y);
      };
      auto add = [&](Value x, Value y) -> Value {
        return arith::AddFOp::create(b, x, y);
      };
      auto div = [&](Value x, Value y) -> Value {
        return arith::DivFOp::create(b, x, y);
      };
      Value newM = add(mul(keep1, m), mul(add1, gradient));
      Value newV = add(mul(keep2, v), mul(add2, mul(gradient, gradient)));
      Value root = math::SqrtOp::create(b, div(newV, args[5]));
      Value quotient = div(div(newM, args[4]), add(root, epsilon));
      Value result =
          arith::SubFOp::create(b, parameter, mul(args[6], quotient));
      return SmallVector<Value>{result, newM, newV};
    };
    rewriter.replaceOp(
        op, buildElementwise(
                b, {op.getParameter(), op.getGradient(), op.getM(), op.getV()},
                {correction1, correction2, rate}, {type, type, type}, body));
    return success();
  }
};

} // namespace

void gradopt::populateUpdateToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandSgd, ExpandAdam>(patterns.getContext());
}
