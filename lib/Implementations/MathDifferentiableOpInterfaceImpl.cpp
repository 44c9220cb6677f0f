//===- MathDifferentiableOpInterfaceImpl.cpp - Derivatives of math --------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseDerivatives.h"
#include "gradopt/Implementations/Implementations.h"
#include "gradopt/Interfaces/ReverseMode.h"
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

/// dy / √(1 − x²)
static Value divByRoot(Elementwise &e, Value x, Value dy) {
  Value one = e.constant(x, 1);
  // Not 1 − x², which cancels where x is near 1.
  Value square = e.mul(e.sub(one, x), e.add(one, x));
  return e.div(dy, e.create<math::SqrtOp>(square));
}

static Value acos(Elementwise &e, math::AcosOp op, Value dy, unsigned) {
  return e.neg(divByRoot(e, op.getOperand(), dy));
}

static Value asin(Elementwise &e, math::AsinOp op, Value dy, unsigned) {
  return divByRoot(e, op.getOperand(), dy);
}

static Value acosh(Elementwise &e, math::AcoshOp op, Value dy, unsigned) {
  Value x = op.getOperand(), one = e.constant(x, 1);
  Value square = e.mul(e.sub(x, one), e.add(x, one));
  return e.div(dy, e.create<math::SqrtOp>(square));
}

static Value asinh(Elementwise &e, math::AsinhOp op, Value dy, unsigned) {
  Value x = op.getOperand();
  Value square = e.add(e.mul(x, x), e.constant(x, 1));
  return e.div(dy, e.create<math::SqrtOp>(square));
}

static Value atanh(Elementwise &e, math::AtanhOp op, Value dy, unsigned) {
  Value x = op.getOperand(), one = e.constant(x, 1);
  return e.div(dy, e.mul(e.sub(one, x), e.add(one, x)));
}

/// Of atan2(a, b): dy·b / (a² + b²) and −dy·a / (a² + b²).
static Value atan2(Elementwise &e, math::Atan2Op op, Value dy,
                   unsigned operand) {
  Value a = op.getLhs(), b = op.getRhs();
  Value square = e.add(e.mul(a, a), e.mul(b, b));
  Value dx = e.mul(dy, e.div(operand == 0 ? b : a, square));
  return operand == 0 ? dx : e.neg(dx);
}

static Value cbrt(Elementwise &e, math::CbrtOp op, Value dy, unsigned) {
  Value y = op.getResult();
  return e.div(dy, e.mul(e.constant(y, 3), e.mul(y, y)));
}

/// The sign of the first operand, as far as it is kept; none of the other's.
static Value copysign(Elementwise &e, math::CopySignOp op, Value dy,
                      unsigned operand) {
  if (operand == 1)
    return {};
  Value one = e.constant(dy, 1);
  Value sign = e.create<math::CopySignOp>(one, op.getLhs());
  Value kept = e.create<math::CopySignOp>(one, op.getRhs());
  Value isZero = e.compare(CmpFPredicate::OEQ, op.getLhs(), e.constant(dy, 0));
  return e.select(isZero, e.constant(dy, 0), e.mul(dy, e.mul(sign, kept)));
}

static Value tan(Elementwise &e, math::TanOp op, Value dy, unsigned) {
  Value y = op.getResult();
  return e.mul(dy, e.add(e.constant(y, 1), e.mul(y, y)));
}

static Value cosh(Elementwise &e, math::CoshOp op, Value dy, unsigned) {
  return e.mul(dy, e.create<math::SinhOp>(op.getOperand()));
}

static Value sinh(Elementwise &e, math::SinhOp op, Value dy, unsigned) {
  return e.mul(dy, e.create<math::CoshOp>(op.getOperand()));
}

static Value cos(Elementwise &e, math::CosOp op, Value dy, unsigned) {
  return e.neg(e.mul(dy, e.create<math::SinOp>(op.getOperand())));
}

static Value sin(Elementwise &e, math::SinOp op, Value dy, unsigned) {
  return e.mul(dy, e.create<math::CosOp>(op.getOperand()));
}

/// dy · 2/√π · exp(−x²)
static Value mulByBell(Elementwise &e, Value x, Value dy) {
  Value bell = e.create<math::ExpOp>(e.neg(e.mul(x, x)));
  Value scale = e.constant(x, 2 * llvm::numbers::inv_sqrtpi);
  return e.mul(dy, e.mul(scale, bell));
}

static Value erf(Elementwise &e, math::ErfOp op, Value dy, unsigned) {
  return mulByBell(e, op.getOperand(), dy);
}

static Value erfc(Elementwise &e, math::ErfcOp op, Value dy, unsigned) {
  return e.neg(mulByBell(e, op.getOperand(), dy));
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

static Value log10(Elementwise &e, math::Log10Op op, Value dy, unsigned) {
  Value x = op.getOperand();
  return e.div(dy, e.mul(x, e.constant(x, llvm::numbers::ln10)));
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

/// x^n with an integer n.
static Value powi(Elementwise &e, math::FPowIOp op, Value dy, unsigned) {
  Value x = op.getLhs(), n = op.getRhs();
  auto convert = [&](Type elementType) -> Type {
    if (auto type = dyn_cast<RankedTensorType>(n.getType()))
      return type.clone(elementType);
    return elementType;
  };
  if (getElementTypeOrSelf(n).isIndex())
    n = e.create<arith::IndexCastOp>(
        convert(IntegerType::get(op.getContext(), 64)), n);
  Value p = e.create<arith::SIToFPOp>(convert(getElementTypeOrSelf(x)), n);
  Value zero = e.constant(x, 0);
  Value lower = e.create<math::PowFOp>(x, e.sub(p, e.constant(x, 1)));
  return e.select(e.compare(CmpFPredicate::OEQ, p, zero), zero,
                  e.mul(dy, e.mul(p, lower)));
}

/// Of max(min(x, a), b). On a bound the bound takes all, so that it is as for a
/// maximum with a constant.
static Value clamp(Elementwise &e, math::ClampFOp op, Value dy,
                   unsigned operand) {
  Value y = op.getResult(), zero = e.constant(dy, 0);
  Value isA = e.compare(CmpFPredicate::OEQ, y, op.getMin());
  Value isB = e.compare(CmpFPredicate::OEQ, y, op.getMax());
  if (operand == 0)
    return e.select(e.create<arith::OrIOp>(isA, isB), zero, dy);
  if (operand == 1)
    return e.select(isB, zero, e.select(isA, dy, zero));
  return e.select(isB, dy, zero);
}

template <typename OpTy>
static Value step(Elementwise &, OpTy, Value, unsigned) {
  return {};
}

} // namespace rules

namespace {
struct SincosModel
    : DifferentiableOpInterface::ExternalModel<SincosModel, math::SincosOp> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange) const {
    auto sincos = cast<math::SincosOp>(op);
    Elementwise e(builder, op->getLoc());
    Value ofSin = cotangents[0], ofCos = cotangents[1];
    if (ofSin)
      ofSin = e.mul(ofSin, sincos.getCos());
    if (ofCos)
      ofCos = e.neg(e.mul(ofCos, sincos.getSin()));
    return SmallVector<Value>{buildSum(builder, op->getLoc(), ofSin, ofCos)};
  }
};
} // namespace

void gradopt::registerMathDifferentiableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, math::MathDialect *) {
    attachRules<rules::abs, rules::acos, rules::acosh, rules::asin,
                rules::asinh, rules::atan, rules::atan2, rules::atanh,
                rules::cbrt, rules::copysign, rules::cosh, rules::sinh,
                rules::tan, rules::erfc, rules::log10, rules::cos, rules::sin,
                rules::erf, rules::exp, rules::exp2, rules::expm1, rules::log,
                rules::log1p, rules::log2, rules::sqrt, rules::rsqrt,
                rules::tanh, rules::fma, rules::pow, rules::powi, rules::clamp,
                rules::step<math::CeilOp>, rules::step<math::FloorOp>,
                rules::step<math::RoundOp>, rules::step<math::RoundEvenOp>,
                rules::step<math::TruncOp>>(*context);
    math::SincosOp::attachInterface<SincosModel>(*context);
  });
}
