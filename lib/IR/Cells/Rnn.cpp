//===- Rnn.cpp - The simple recurrent layer -------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CellGroup.h"
#include "StepBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::gradopt;

LogicalResult RnnOp::verify() {
  return verifyCell(*this,
                    getCellValues(*this, /*gates=*/1, getCommonGroup(*this, 0),
                                  getCommonGroup(*this, 1)));
}

SmallVector<StringRef> RnnOp::getStateNames() { return {"h"}; }

SmallVector<Value> RnnOp::getInitialStates(unsigned direction) {
  return getCommonGroup(*this, direction).initial;
}

SmallVector<std::pair<StringRef, Value>> RnnOp::getWeights(unsigned direction) {
  return nameWeights(getCommonGroup(*this, direction));
}

SmallVector<Value> RnnOp::buildStep(OpBuilder &builder, Value input,
                                    ValueRange states, unsigned direction) {
  StepBuilder step(builder, getLoc(), input);
  CellGroup group = getCommonGroup(*this, direction);
  Value bias = step.buildBiasSum(group.biasIh, group.biasHh);
  Value z = step.buildProduct(input, group.wIh, bias);
  z = step.addProduct(z, states[0], group.wHh);
  RnnActivation activation = getActivation();
  if (activation == RnnActivation::identity)
    return {z};
  int64_t hidden = getHN().getType().getDimSize(1);
  return {step.buildPointwise(
      z, hidden, /*gate=*/"",
      [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
        if (activation == RnnActivation::tanh)
          return math::TanhOp::create(b, loc, args[0]);
        // maximumf, unlike maxnumf, does not hide a NaN.
        Value zero =
            arith::ConstantOp::create(b, loc, b.getZeroAttr(args[0].getType()));
        return arith::MaximumFOp::create(b, loc, args[0], zero);
      })};
}
