//===- ApproximateMath.cpp - Functions as polynomials ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MathExpansion.h"
#include "gradopt/Conversion/CPUTarget.h"
#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_APPROXIMATEMATH
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// How the function of `op` is built, null if libm computes it.
static Value (*getExpansion(Operation *op))(MathBuilder &, Value) {
  if (isa<math::ExpOp>(op))
    return expandExp;
  if (isa<math::ExpM1Op>(op))
    return expandExpM1;
  if (isa<math::TanhOp>(op))
    return expandTanh;
  if (isa<math::LogOp>(op))
    return expandLog;
  if (isa<math::Log1pOp>(op))
    return expandLog1p;
  return nullptr;
}

static bool isLibraryCall(Operation *op) {
  return isa<math::AcosOp, math::AcoshOp, math::AsinOp, math::AsinhOp,
             math::Atan2Op, math::AtanOp, math::AtanhOp, math::CbrtOp,
             math::CosOp, math::CoshOp, math::ErfOp, math::ErfcOp, math::Exp2Op,
             math::ExpM1Op, math::ExpOp, math::Log10Op, math::Log1pOp,
             math::Log2Op, math::LogOp, math::PowFOp, math::SinOp,
             math::SincosOp, math::SinhOp, math::TanOp, math::TanhOp>(op);
}

static bool isConstant(Value value, double number) {
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return false;
  if (auto elements = dyn_cast<DenseFPElementsAttr>(attribute))
    return elements.isSplat() &&
           elements.getSplatValue<APFloat>().isExactlyValue(number);
  auto real = dyn_cast<FloatAttr>(attribute);
  return real && real.getValue().isExactlyValue(number);
}

/// The other operand if one of `op` is the number.
template <typename OpTy>
static Value getOtherOperand(Operation *op, double number) {
  if (!isa_and_nonnull<OpTy>(op))
    return Value();
  if (isConstant(op->getOperand(1), number))
    return op->getOperand(0);
  return isConstant(op->getOperand(0), number) ? op->getOperand(1) : Value();
}

static Operation *getOnlyUser(Operation *op) {
  return op->hasOneUse() ? *op->user_begin() : nullptr;
}

namespace {
/// A sigmoid of x that is written with exp or tanh.
struct Sigmoid {
  Value x;
  /// From the function on, each the only user of the one before.
  SmallVector<Operation *, 3> ops;
};
} // namespace

/// 0.5 * tanh(0.5 * x) + 0.5 or 1 / (1 + exp(-x)) around the function `op`.
static std::optional<Sigmoid> matchSigmoid(Operation *op) {
  Operation *argument =
      op->getNumOperands() == 1 ? op->getOperand(0).getDefiningOp() : nullptr;
  Operation *second = getOnlyUser(op);
  Operation *third = second ? getOnlyUser(second) : nullptr;
  if (!argument || !third)
    return std::nullopt;
  if (isa<math::TanhOp>(op)) {
    Value x = getOtherOperand<arith::MulFOp>(argument, 0.5);
    if (x && getOtherOperand<arith::MulFOp>(second, 0.5) &&
        getOtherOperand<arith::AddFOp>(third, 0.5))
      return Sigmoid{x, {op, second, third}};
  }
  if (isa<math::ExpOp>(op) && isa<arith::NegFOp>(argument) &&
      getOtherOperand<arith::AddFOp>(second, 1.0) &&
      isa<arith::DivFOp>(third) && isConstant(third->getOperand(0), 1.0))
    return Sigmoid{argument->getOperand(0), {op, second, third}};
  return std::nullopt;
}

/// Whether the value is an f32 or a vector of them, extended to f64.
static bool isExtendedF32(Value value) {
  auto extended = value.getDefiningOp<arith::ExtFOp>();
  return extended && getElementTypeOrSelf(extended.getIn()).isF32() &&
         getElementTypeOrSelf(value).isF64();
}

/// Adds products of extended f32 values, which are exact in f64, without
/// rounding them before: the sum is the same.
static void fuseExactProducts(RewriterBase &rewriter, Operation *root) {
  SmallVector<arith::AddFOp> sums;
  root->walk([&](arith::AddFOp sum) { sums.push_back(sum); });
  for (arith::AddFOp sum : sums)
    for (auto [term, other] : {std::pair(sum.getLhs(), sum.getRhs()),
                               std::pair(sum.getRhs(), sum.getLhs())}) {
      auto product = term.getDefiningOp<arith::MulFOp>();
      if (!product || !isExtendedF32(product.getLhs()) ||
          !isExtendedF32(product.getRhs()))
        continue;
      rewriter.setInsertionPoint(sum);
      rewriter.replaceOpWithNewOp<math::FmaOp>(sum, product.getLhs(),
                                               product.getRhs(), other);
      if (product->use_empty())
        rewriter.eraseOp(product);
      break;
    }
}

namespace {
struct ApproximateMath : gradopt::impl::ApproximateMathBase<ApproximateMath> {
  using ApproximateMathBase::ApproximateMathBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isLibraryCall(op))
        ops.push_back(op);
    });
    bool useFma = CPUTarget::get(getOperation()).fma;
    IRRewriter rewriter(&getContext());
    if (useFma)
      fuseExactProducts(rewriter, getOperation());
    for (Operation *op : ops) {
      Type type = op->getResult(0).getType();
      Type element = getElementTypeOrSelf(type);
      bool isVector = isa<VectorType>(type);
      auto expansion = getExpansion(op);
      if (expansion && (isVector || element == type) &&
          (element.isF32() || element.isF64())) {
        std::optional<Sigmoid> sigmoid = matchSigmoid(op);
        Operation *root = sigmoid ? sigmoid->ops.back() : op;
        rewriter.setInsertionPoint(root);
        MathBuilder builder(rewriter, root->getLoc(), type, useFma);
        rewriter.replaceOp(root, sigmoid
                                     ? expandSigmoid(builder, sigmoid->x)
                                     : expansion(builder, op->getOperand(0)));
        if (sigmoid)
          for (Operation *part : {sigmoid->ops[1], sigmoid->ops[0]})
            rewriter.eraseOp(part);
      } else if (isVector) {
        reportCalls(op);
      }
    }
  }

  void reportCalls(Operation *op) {
    auto function = op->getParentOfType<FunctionOpInterface>();
    remark::missed(op->getLoc(),
                   remark::RemarkOpts::name("scalar-calls")
                       .category(getArgument())
                       .function(function ? function.getName() : StringRef()))
        << remark::reason("'{0}' of {1} is computed by a call of libm for each "
                          "element",
                          op->getName().getStringRef(),
                          op->getResult(0).getType());
  }
};
} // namespace
