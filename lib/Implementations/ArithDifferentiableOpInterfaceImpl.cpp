//===- ArithDifferentiableOpInterfaceImpl.cpp - Derivatives of arith ------===//
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

using namespace mlir;
using namespace mlir::gradopt;
using arith::CmpFPredicate;

// A namespace because C has functions of these names.
namespace rules {
static Value add(Elementwise &, arith::AddFOp, Value dy, unsigned) {
  return dy;
}

static Value sub(Elementwise &e, arith::SubFOp, Value dy, unsigned operand) {
  return operand == 0 ? dy : e.neg(dy);
}

static Value mul(Elementwise &e, arith::MulFOp op, Value dy, unsigned operand) {
  return e.mul(dy, op->getOperand(1 - operand));
}

static Value div(Elementwise &e, arith::DivFOp op, Value dy, unsigned operand) {
  Value dx = e.div(dy, op.getRhs());
  // Not by the square of the divisor, which overflows earlier.
  return operand == 0 ? dx : e.neg(e.mul(dx, op.getResult()));
}

/// The remainder a − b·trunc(a / b).
static Value rem(Elementwise &e, arith::RemFOp op, Value dy, unsigned operand) {
  if (operand == 0)
    return dy;
  Value quotient = e.div(op.getLhs(), op.getRhs());
  return e.neg(e.mul(dy, e.create<math::TruncOp>(quotient)));
}

static Value neg(Elementwise &e, arith::NegFOp, Value dy, unsigned) {
  return e.neg(dy);
}

static Value ext(Elementwise &e, arith::ExtFOp op, Value dy, unsigned) {
  return e.create<arith::TruncFOp>(op.getIn().getType(), dy);
}

static Value trunc(Elementwise &e, arith::TruncFOp op, Value dy, unsigned) {
  return e.create<arith::ExtFOp>(op.getIn().getType(), dy);
}

static Value select(Elementwise &e, arith::SelectOp op, Value dy,
                    unsigned operand) {
  Value zero = e.constant(dy, 0);
  return operand == 1 ? e.select(op.getCondition(), dy, zero)
                      : e.select(op.getCondition(), zero, dy);
}

/// Of a maximum or minimum; `loses` holds where the other operand is the result
/// and `losesOrTies` also where both are. At a tie two active operands get half
/// each; an inactive one takes all, so that the derivative of relu at 0 is 0.
/// It is one select with zero, which later rules can move behind themselves.
static Value extremum(Elementwise &e, Operation *op, Value dy, unsigned operand,
                      CmpFPredicate loses, CmpFPredicate losesOrTies,
                      bool skipsNaN = false) {
  Value own = op->getOperand(operand), other = op->getOperand(1 - operand);
  bool isShared = e.isWanted(other);
  Value lost = e.compare(isShared ? loses : losesOrTies, own, other);
  if (skipsNaN)
    lost =
        e.create<arith::OrIOp>(lost, e.compare(CmpFPredicate::UNO, own, own));
  Value won = dy;
  if (isShared)
    won = e.select(e.compare(CmpFPredicate::OEQ, own, other),
                   e.mul(dy, e.constant(dy, 0.5)), dy);
  return e.select(lost, e.constant(dy, 0), won);
}

// A NaN of either operand is the result of `maximumf` and `minimumf`; both
// operands then get the cotangent, so that it is not hidden.
static Value maximum(Elementwise &e, arith::MaximumFOp op, Value dy,
                     unsigned operand) {
  return extremum(e, op, dy, operand, CmpFPredicate::OLT, CmpFPredicate::OLE);
}

static Value minimum(Elementwise &e, arith::MinimumFOp op, Value dy,
                     unsigned operand) {
  return extremum(e, op, dy, operand, CmpFPredicate::OGT, CmpFPredicate::OGE);
}

static Value maxnum(Elementwise &e, arith::MaxNumFOp op, Value dy,
                    unsigned operand) {
  return extremum(e, op, dy, operand, CmpFPredicate::OLT, CmpFPredicate::OLE,
                  /*skipsNaN=*/true);
}

static Value minnum(Elementwise &e, arith::MinNumFOp op, Value dy,
                    unsigned operand) {
  return extremum(e, op, dy, operand, CmpFPredicate::OGT, CmpFPredicate::OGE,
                  /*skipsNaN=*/true);
}

} // namespace rules

void gradopt::registerArithDifferentiableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    attachRules<rules::add, rules::sub, rules::mul, rules::div, rules::rem,
                rules::neg, rules::ext, rules::trunc, rules::select,
                rules::maximum, rules::minimum, rules::maxnum, rules::minnum>(
        *context);
  });
}
