//===- Cell.cpp - A recurrent layer, stated by its one step
//-----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Toy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace toy;

StringRef GeluRnnOp::getLayerName() { return getName(); }

Value GeluRnnOp::getSequence() { return getX(); }

SmallVector<StringRef> GeluRnnOp::getStateNames() { return {"h"}; }

SmallVector<Value> GeluRnnOp::getInitialStates(unsigned direction) {
  return {getH0()};
}

SmallVector<Value> GeluRnnOp::buildStep(OpBuilder &builder, Value input,
                                        ValueRange states, unsigned direction) {
  Location loc = getLoc();
  auto type = cast<RankedTensorType>(states[0].getType());
  Value zero = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(type.getElementType()));
  Value empty = tensor::EmptyOp::create(
      builder, loc, tensor::getMixedSizes(builder, loc, states[0]),
      type.getElementType());
  Value sum = linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
  for (auto [value, weight] : {std::pair<Value, Value>{input, getWIh()},
                               std::pair<Value, Value>{states[0], getWHh()}})
    sum = linalg::MatmulOp::create(builder, loc, ValueRange{value, weight}, sum)
              .getResult(0);
  return {GeluOp::create(builder, loc, sum)};
}
