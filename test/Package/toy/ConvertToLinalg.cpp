//===- ConvertToLinalg.cpp - Toy ops to linalg, arith and math
//---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Toy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace {

using Builder = ImplicitLocOpBuilder;
using BodyFn = function_ref<SmallVector<Value>(Builder &, ValueRange)>;

/// Replaces `op` by one elementwise generic over `tensors`, which have one
/// shape.
void replaceByElementwise(PatternRewriter &rewriter, Operation *op,
                          ValueRange tensors, BodyFn body) {
  Location loc = op->getLoc();
  auto type = cast<RankedTensorType>(tensors[0].getType());
  Value empty = tensor::EmptyOp::create(
      rewriter, loc, tensor::getMixedSizes(rewriter, loc, tensors[0]),
      type.getElementType());
  SmallVector<Value> outs(op->getNumResults(), empty);
  SmallVector<AffineMap> maps(tensors.size() + outs.size(),
                              rewriter.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      rewriter, loc, op->getResultTypes(), tensors, outs, maps, iterators,
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        Builder b(loc, builder);
        linalg::YieldOp::create(b, body(b, args));
      });
  rewriter.replaceOp(op, generic);
}

Value buildFloat(Builder &b, double value, Type type) {
  return arith::ConstantOp::create(b, b.getFloatAttr(type, value));
}

/// Φ(x) = (1 + erf(x / √2)) / 2.
Value buildNormalDistribution(Builder &b, Value x) {
  Type type = x.getType();
  Value scaled =
      arith::MulFOp::create(b, x, buildFloat(b, 0.70710678118654752, type));
  Value half = buildFloat(b, 0.5, type);
  Value erf = math::ErfOp::create(b, scaled);
  return arith::AddFOp::create(b, arith::MulFOp::create(b, erf, half), half);
}

struct ConvertGelu : OpRewritePattern<toy::GeluOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(toy::GeluOp op,
                                PatternRewriter &rewriter) const override {
    replaceByElementwise(
        rewriter, op, op.getX(), [](Builder &b, ValueRange args) {
          return SmallVector<Value>{arith::MulFOp::create(
              b, args[0], buildNormalDistribution(b, args[0]))};
        });
    return success();
  }
};

struct ConvertGeluGrad : OpRewritePattern<toy::GeluGradOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(toy::GeluGradOp op,
                                PatternRewriter &rewriter) const override {
    replaceByElementwise(
        rewriter, op, {op.getX(), op.getDy()}, [](Builder &b, ValueRange args) {
          Value x = args[0];
          Type type = x.getType();
          // φ(x) = exp(−x² / 2) / √(2π)
          Value square = arith::MulFOp::create(b, x, x);
          Value density = math::ExpOp::create(
              b, arith::MulFOp::create(b, square, buildFloat(b, -0.5, type)));
          density = arith::MulFOp::create(
              b, density, buildFloat(b, 0.39894228040143268, type));
          Value slope =
              arith::AddFOp::create(b, buildNormalDistribution(b, x),
                                    arith::MulFOp::create(b, x, density));
          return SmallVector<Value>{arith::MulFOp::create(b, args[1], slope)};
        });
    return success();
  }
};

struct ConvertLion : OpRewritePattern<toy::LionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(toy::LionOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type type = op.getParameter().getType().getElementType();
    Value rate = tensor::ExtractOp::create(rewriter, loc, op.getLearningRate());
    double beta1 = op.getBeta1().convertToDouble();
    double beta2 = op.getBeta2().convertToDouble();
    double decay = op.getWeightDecay().convertToDouble();
    replaceByElementwise(
        rewriter, op, {op.getParameter(), op.getGradient(), op.getMomentum()},
        [&](Builder &b, ValueRange args) {
          Value p = args[0], g = args[1], m = args[2];
          auto mix = [&](double beta) -> Value {
            Value old = arith::MulFOp::create(b, m, buildFloat(b, beta, type));
            Value added =
                arith::MulFOp::create(b, g, buildFloat(b, 1.0 - beta, type));
            return arith::AddFOp::create(b, old, added);
          };
          // The sign of c; c itself where it is zero or NaN.
          Value zero = buildFloat(b, 0.0, type);
          Value c = mix(beta1);
          Value isAbove =
              arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, c, zero);
          Value isBelow =
              arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, c, zero);
          Value sign =
              arith::SelectOp::create(b, isBelow, buildFloat(b, -1.0, type), c);
          sign = arith::SelectOp::create(b, isAbove, buildFloat(b, 1.0, type),
                                         sign);
          Value step = arith::AddFOp::create(
              b, sign, arith::MulFOp::create(b, p, buildFloat(b, decay, type)));
          Value updated =
              arith::SubFOp::create(b, p, arith::MulFOp::create(b, rate, step));
          return SmallVector<Value>{updated, mix(beta2)};
        });
    return success();
  }
};

struct ConvertToLinalg : PassWrapper<ConvertToLinalg, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ConvertToLinalg)

  StringRef getArgument() const final { return "convert-toy-to-linalg"; }
  StringRef getDescription() const final {
    return "Turn toy ops into linalg, arith and math";
  }
  void getDependentDialects(DialectRegistry &registry) const final {
    registry.insert<math::MathDialect>();
  }
  void runOnOperation() final {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvertGelu, ConvertGeluGrad, ConvertLion>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace

void toy::registerConvertToLinalg() { PassRegistration<ConvertToLinalg>(); }
