//===- Gru.cpp - The gated recurrent unit ---------------------------------===//
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

LogicalResult GruOp::verify() {
  return verifyCell(*this,
                    getCellValues(*this, /*gates=*/3, getCommonGroup(*this, 0),
                                  getCommonGroup(*this, 1)));
}

SmallVector<StringRef> GruOp::getStateNames() { return {"h"}; }

SmallVector<Value> GruOp::getInitialStates(unsigned direction) {
  return getCommonGroup(*this, direction).initial;
}

SmallVector<std::pair<StringRef, Value>> GruOp::getWeights(unsigned direction) {
  return nameWeights(getCommonGroup(*this, direction));
}

SmallVector<Value> GruOp::buildStep(OpBuilder &builder, Value input,
                                    ValueRange states, unsigned direction) {
  StepBuilder step(builder, getLoc(), input);
  CellGroup group = getCommonGroup(*this, direction);
  Value h = states[0];
  int64_t hidden = getHN().getType().getDimSize(1);
  // The blocks of columns are r, z, n.
  Value a = step.buildProduct(input, group.wIh, group.biasIh), b;
  if (getLinearBeforeReset())
    b = step.buildProduct(h, group.wHh, group.biasHh);
  else
    b = step.buildProduct(h, step.buildColumns(group.wHh, 0, 2 * hidden),
                          group.biasHh
                              ? step.buildColumns(group.biasHh, 0, 2 * hidden)
                              : Value());

  auto buildGate = [&](StringRef name, int64_t block) {
    Value blocks[] = {step.buildColumns(a, block * hidden, hidden, name),
                      step.buildColumns(b, block * hidden, hidden, name)};
    return step.buildPointwise(
        blocks, hidden, name,
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value sum = arith::AddFOp::create(b, loc, args[0], args[1]);
          return buildSigmoid(b, loc, sum);
        });
  };
  Value r = buildGate("r", 0), z = buildGate("z", 1);

  auto buildCandidate = [&](ValueRange values) {
    return step.buildPointwise(
        values, hidden, "n",
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value recurrent = args[1];
          if (args.size() == 3)
            recurrent = arith::MulFOp::create(b, loc, args[2], recurrent);
          Value sum = arith::AddFOp::create(b, loc, args[0], recurrent);
          return math::TanhOp::create(b, loc, sum);
        });
  };
  Value n, ofInput = step.buildColumns(a, 2 * hidden, hidden, "n");
  if (getLinearBeforeReset()) {
    Value ofState = step.buildColumns(b, 2 * hidden, hidden, "n");
    n = buildCandidate({ofInput, ofState, r});
  } else {
    Value kept = step.buildPointwise(
        {r, h}, hidden, "n",
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          return arith::MulFOp::create(b, loc, args[0], args[1]);
        });
    Value ofState = step.buildProduct(
        kept, step.buildColumns(group.wHh, 2 * hidden, hidden, "n"),
        group.biasHh ? step.buildColumns(group.biasHh, 2 * hidden, hidden, "n")
                     : Value(),
        "n");
    n = buildCandidate({ofInput, ofState});
  }

  return {step.buildPointwise(
      {z, n, h}, hidden, /*gate=*/"",
      [](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Value one = arith::ConstantOp::create(
            b, loc, b.getFloatAttr(args[0].getType(), 1.0));
        Value rest = arith::SubFOp::create(b, loc, one, args[0]);
        Value renewed = arith::MulFOp::create(b, loc, rest, args[1]);
        Value kept = arith::MulFOp::create(b, loc, args[0], args[2]);
        return arith::AddFOp::create(b, loc, renewed, kept);
      })};
}
