//===- Lstm.cpp - The long short-term memory layer ------------------------===//
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

static CellGroup getGroup(LstmOp cell, unsigned direction) {
  CellGroup group = getCommonGroup(cell, direction);
  if (direction == 0) {
    group.initial.push_back(cell.getC0());
    group.final.push_back(cell.getCN());
    group.peepholes = llvm::to_vector_of<Value>(cell.getPeepholes());
    group.projection = cell.getWProj();
  } else {
    group.initial.push_back(cell.getReverseC0());
    group.final.push_back(cell.getReverseCN());
    group.peepholes = llvm::to_vector_of<Value>(cell.getReversePeepholes());
    group.projection = cell.getReverseWProj();
  }
  return group;
}

LogicalResult LstmOp::verify() {
  return verifyCell(*this, getCellValues(*this, /*gates=*/4, getGroup(*this, 0),
                                         getGroup(*this, 1)));
}

SmallVector<StringRef> LstmOp::getStateNames() { return {"h", "c"}; }

SmallVector<Value> LstmOp::getInitialStates(unsigned direction) {
  return getGroup(*this, direction).initial;
}

SmallVector<std::pair<StringRef, Value>>
LstmOp::getWeights(unsigned direction) {
  return nameWeights(getGroup(*this, direction));
}

SmallVector<Value> LstmOp::buildStep(OpBuilder &builder, Value input,
                                     ValueRange states, unsigned direction) {
  StepBuilder step(builder, getLoc(), input);
  CellGroup group = getGroup(*this, direction);
  int64_t hidden = getCN().getType().getDimSize(1);
  Value bias = step.buildBiasSum(group.biasIh, group.biasHh);
  Value z = step.buildProduct(input, group.wIh, bias);
  z = step.addProduct(z, states[0], group.wHh);

  // The blocks of columns are i, f, g, o. A gate with a peephole adds the
  // product of that and the cell that it looks at.
  auto buildGate = [&](StringRef name, int64_t block, Value peephole = {},
                       Value cell = {}) {
    SmallVector<Value> inputs{
        step.buildColumns(z, block * hidden, hidden, name)};
    if (peephole)
      inputs.append({peephole, cell});
    return step.buildPointwise(
        inputs, hidden, name,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value sum = args[0];
          if (args.size() == 3) {
            Value seen = arith::MulFOp::create(b, loc, args[1], args[2]);
            sum = arith::AddFOp::create(b, loc, sum, seen);
          }
          if (name == "g")
            return math::TanhOp::create(b, loc, sum);
          return buildSigmoid(b, loc, sum);
        });
  };
  auto getPeephole = [&](unsigned index) {
    return group.peepholes.empty() ? Value() : group.peepholes[index];
  };
  Value i = buildGate("i", 0, getPeephole(0), states[1]);
  Value f = buildGate("f", 1, getPeephole(1), states[1]);
  Value g = buildGate("g", 2);
  Value c = step.buildPointwise(
      {f, states[1], i, g}, hidden, /*gate=*/"",
      [](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Value kept = arith::MulFOp::create(b, loc, args[0], args[1]);
        Value added = arith::MulFOp::create(b, loc, args[2], args[3]);
        return arith::AddFOp::create(b, loc, kept, added);
      });
  Value o = buildGate("o", 3, getPeephole(2), c);
  Value h = step.buildPointwise(
      {o, c}, hidden, /*gate=*/"",
      [](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Value squashed = math::TanhOp::create(b, loc, args[1]);
        return arith::MulFOp::create(b, loc, args[0], squashed);
      });
  if (group.projection)
    h = step.buildProduct(h, group.projection, /*bias=*/{});
  return {h, c};
}
