//===- MathDifferentiableOpInterfaceImpl.cpp - Derivatives of math --------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseDerivatives.h"
#include "gradopt/Implementations/Implementations.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::gradopt;
using arith::CmpFPredicate;

// A namespace because C has functions of these names.
namespace rules {
static Value abs(Elementwise &e, math::AbsFOp op, Value dy, unsigned) {
  Value x = op.getOperand(), zero = e.constant(x, 0);
  Value negative = e.compare(CmpFPredicate::OLT, x, zero);
  Value isZero = e.compare(CmpFPredicate::OEQ, x, zero);
  return e.select(isZero, zero, e.select(negative, e.neg(dy), dy));
}

static Value atan(Elementwise &e, math::AtanOp op, Value dy, unsigned) {
  Value x = op.getOperand();
  return e.div(dy, e.add(e.mul(x, x), e.constant(x, 1)));
}

static Value cos(Elementwise &e, math::CosOp op, Value dy, unsigned) {
  return e.neg(e.mul(dy, e.create<math::SinOp>(op.getOperand())));
}

static Value sin(Elementwise &e, math::SinOp op, Value dy, unsigned) {
  return e.mul(dy, e.create<math::CosOp>(op.getOperand()));
}

static Value erf(Elementwise &e, math::ErfOp op, Value dy, unsigned) {
  Value x = op.getOperand();
  Value bell = e.create<math::ExpOp>(e.neg(e.mul(x, x)));
  Value scale = e.constant(x, 2 * llvm::numbers::inv_sqrtpi);
  return e.mul(dy, e.mul(scale, bell));
}

static Value exp(Elementwise &e, math::ExpOp op, Value dy, unsigned) {
  return e.mul(dy, op.getResult());
}

static Value exp2(Elementwise &e, math::Exp2Op op, Value dy, unsigned) {
  Value y = op.getResult();
  return e.mul(dy, e.mul(y, e.constant(y, llvm::numbers::ln2)));
}

static Value expm1(Elementwise &e, math::ExpM1Op op, Value dy, unsigned) {
  Value y = op.getResult();
  return e.mul(dy, e.add(y, e.constant(y, 1)));
}

static Value log(Elementwise &e, math::LogOp op, Value dy, unsigned) {
  return e.div(dy, op.getOperand());
}

static Value log1p(Elementwise &e, math::Log1pOp op, Value dy, unsigned) {
  Value x = op.getOperand();
  return e.div(dy, e.add(x, e.constant(x, 1)));
}

static Value log2(Elementwise &e, math::Log2Op op, Value dy, unsigned) {
  Value x = op.getOperand();
  return e.div(dy, e.mul(x, e.constant(x, llvm::numbers::ln2)));
}

static Value sqrt(Elementwise &e, math::SqrtOp op, Value dy, unsigned) {
  Value y = op.getResult();
  return e.div(dy, e.add(y, y));
}

static Value rsqrt(Elementwise &e, math::RsqrtOp op, Value dy, unsigned) {
  Value x = op.getOperand(), y = op.getResult();
  return e.mul(dy, e.mul(e.constant(x, -0.5), e.div(y, x)));
}

static Value tanh(Elementwise &e, math::TanhOp op, Value dy, unsigned) {
  Value y = op.getResult();
  return e.mul(dy, e.sub(e.constant(y, 1), e.mul(y, y)));
}

static Value fma(Elementwise &e, math::FmaOp op, Value dy, unsigned operand) {
  return operand == 2 ? dy : e.mul(dy, op->getOperand(1 - operand));
}

/// As in PyTorch, zero with respect to the base where the exponent is 0, and
/// with respect to the exponent where the base is 0 and the power defined.
static Value pow(Elementwise &e, math::PowFOp op, Value dy, unsigned operand) {
  Value x = op.getLhs(), p = op.getRhs(), zero = e.constant(x, 0);
  if (operand == 0) {
    Value lower = e.create<math::PowFOp>(x, e.sub(p, e.constant(p, 1)));
    Value isConstant = e.compare(CmpFPredicate::OEQ, p, zero);
    return e.select(isConstant, zero, e.mul(dy, e.mul(p, lower)));
  }
  Value dp = e.mul(dy, e.mul(op.getResult(), e.create<math::LogOp>(x)));
  // With x = 0 the logarithm is −Inf and the power 0 or 1, unless p < 0.
  Value base = e.compare(CmpFPredicate::OEQ, x, zero);
  Value exponent = e.compare(CmpFPredicate::OGE, p, zero);
  return e.select(base, e.select(exponent, zero, dp), dp);
}

template <typename OpTy>
static Value step(Elementwise &, OpTy, Value, unsigned) {
  return {};
}

} // namespace rules

void gradopt::registerMathDifferentiableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, math::MathDialect *) {
    attachRules<rules::abs, rules::atan, rules::cos, rules::sin, rules::erf,
                rules::exp, rules::exp2, rules::expm1, rules::log, rules::log1p,
                rules::log2, rules::sqrt, rules::rsqrt, rules::tanh, rules::fma,
                rules::pow, rules::step<math::CeilOp>,
                rules::step<math::FloorOp>, rules::step<math::RoundOp>,
                rules::step<math::RoundEvenOp>, rules::step<math::TruncOp>>(
        *context);
  });
}
