//===- ElementwiseDerivatives.cpp - What scalar rules share ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseDerivatives.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::gradopt;

Value Elementwise::constant(Value like, double value) {
  Type elementType = getElementTypeOrSelf(like);
  TypedAttr attr = builder.getFloatAttr(elementType, value);
  auto type = dyn_cast<RankedTensorType>(like.getType());
  if (type && type.hasStaticShape())
    attr = DenseElementsAttr::get(type, Attribute(attr));
  Value constant = arith::ConstantOp::create(builder, loc, attr);
  if (!type || type.hasStaticShape())
    return constant;
  Value empty =
      tensor::EmptyOp::create(builder, loc, buildSizes(builder, loc, like),
                              elementType, type.getEncoding());
  return linalg::FillOp::create(builder, loc, constant, empty).getResult(0);
}

static bool isZero(Value value) {
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    value = fill.getInputs().front();
  return matchPattern(value, m_AnyZeroFloat());
}

SmallVector<Value> gradopt::buildElementwiseVJP(OpBuilder &builder,
                                                Operation *op, Value cotangent,
                                                ValueRange wanted,
                                                OperandRule rule) {
  // A VJP is linear in the cotangent, so that a select with zero can be moved
  // behind it: select(c, dy, 0) * f'(x) is NaN where f'(x) is not finite,
  // select(c, dy * f'(x), 0) is not.
  Value unmasked = cotangent;
  auto mask = cotangent.getDefiningOp<arith::SelectOp>();
  if (mask && isZero(mask.getFalseValue()))
    unmasked = mask.getTrueValue();
  else if (mask && isZero(mask.getTrueValue()))
    unmasked = mask.getFalseValue();

  Elementwise e(builder, op->getLoc(), wanted);
  auto remask = [&](Value value) {
    if (value == unmasked)
      return cotangent;
    Value zero = e.constant(value, 0);
    return unmasked == mask.getTrueValue()
               ? e.select(mask.getCondition(), value, zero)
               : e.select(mask.getCondition(), zero, value);
  };

  SmallVector<Value> result;
  for (Value value : wanted) {
    Value sum;
    for (OpOperand &operand : op->getOpOperands()) {
      if (operand.get() != value)
        continue;
      Value part = rule(e, unmasked, operand.getOperandNumber());
      if (part && unmasked != cotangent)
        part = remask(part);
      sum = buildSum(builder, op->getLoc(), sum, part);
    }
    result.push_back(sum);
  }
  return result;
}
