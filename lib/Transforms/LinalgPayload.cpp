//===- LinalgPayload.cpp - What a linalg op computes ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgPayload.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

LinalgPayload::LinalgPayload(LinalgOp op, OpOperand *init, Value scalar)
    : scalar(scalar) {
  Block *block = op.getBlock();
  llvm::SetVector<Value> values;
  values.insert(scalar);
  llvm::SmallDenseSet<Operation *> needed;
  llvm::SmallDenseSet<OpOperand *> read;
  for (unsigned next = 0; next < values.size(); ++next) {
    Value value = values[next];
    auto argument = dyn_cast<BlockArgument>(value);
    if (argument && argument.getOwner() == block) {
      OpOperand *operand = op.getMatchingOpOperand(argument);
      usesInit |= op.isDpsInit(operand);
      read.insert(operand);
      continue;
    }
    Operation *definition = value.getDefiningOp();
    if (!definition || definition->getBlock() != block) {
      captured.push_back(value);
      continue;
    }
    if (!needed.insert(definition).second)
      continue;
    values.insert(definition->operand_begin(), definition->operand_end());
    llvm::SetVector<Value> inner = getCapturedValues(definition);
    values.insert(inner.begin(), inner.end());
  }
  for (Operation &member : *block)
    if (needed.contains(&member))
      ops.push_back(&member);

  SmallVector<AffineMap> maps;
  for (OpOperand *input : op.getDpsInputOperands())
    if (read.contains(input)) {
      inputs.push_back(input);
      maps.push_back(op.getMatchingIndexingMap(input));
    }
  maps.push_back(op.getMatchingIndexingMap(init));
  if (!inversePermutation(concatAffineMaps(maps, op.getContext())))
    inputs = op.getDpsInputOperands();
}

Value LinalgPayload::clone(OpBuilder &builder, IRMapping &mapping,
                           unsigned outerLoops) {
  for (Operation *op : ops) {
    Operation *copy = builder.clone(*op, mapping);
    copy->walk([&](linalg::IndexOp index) {
      index.setDim(index.getDim() + outerLoops);
    });
  }
  return mapping.lookupOrDefault(scalar);
}

bool LinalgPayload::isProduct(LinalgOp op) const {
  if (ops.size() != 1 || !isa<arith::MulFOp>(ops.front()) || inputs.size() != 2)
    return false;
  return llvm::all_of(inputs, [&](OpOperand *input) {
    return llvm::is_contained(ops.front()->getOperands(),
                              op.getMatchingBlockArgument(input));
  });
}

bool mlir::gradopt::isFiniteConstant(Value value) {
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return false;
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  auto constant = dyn_cast<FloatAttr>(attribute);
  return constant && constant.getValue().isFinite();
}

OpOperand *mlir::gradopt::findLinearInput(LinalgOp op, OpResult result) {
  if (op->getNumResults() != 1)
    return nullptr;
  OpOperand *init = op.getTiedOpOperand(result);
  Value value = op.getMatchingYieldValue(init)->get();
  while (Operation *scalarOp = value.getDefiningOp()) {
    if (scalarOp->getBlock() != op.getBlock())
      return nullptr;
    if (isa<arith::NegFOp>(scalarOp)) {
      value = scalarOp->getOperand(0);
    } else if (isa<arith::MulFOp>(scalarOp)) {
      if (isFiniteConstant(scalarOp->getOperand(1)))
        value = scalarOp->getOperand(0);
      else if (isFiniteConstant(scalarOp->getOperand(0)))
        value = scalarOp->getOperand(1);
      else
        return nullptr;
    } else {
      return nullptr;
    }
  }
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != op.getBlock())
    return nullptr;
  OpOperand *operand = op.getMatchingOpOperand(argument);
  return op.isDpsInit(operand) ? nullptr : operand;
}
