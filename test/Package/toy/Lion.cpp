//===- Lion.cpp - An optimizer that the op itself declares
//------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Toy.h"

using namespace mlir;
using namespace toy;

//===----------------------------------------------------------------------===//
// toy.lion
//===----------------------------------------------------------------------===//

SmallVector<OpOperand *> LionOp::getStateMutable() {
  return {&getMomentumMutable()};
}

OpResult LionOp::getUpdatedParameter() { return cast<OpResult>(getResult()); }

SmallVector<OpResult> LionOp::getUpdatedState() {
  return {cast<OpResult>(getNewMomentum())};
}

//===----------------------------------------------------------------------===//
// #toy.lion
//===----------------------------------------------------------------------===//

Attribute LionAttr::withLearningRate(FloatAttr learningRate) const {
  return get(getContext(), learningRate, getBeta1(), getBeta2(),
             getWeightDecay());
}

SmallVector<StringRef> LionAttr::getSlots() const { return {"momentum"}; }

FloatAttr LionAttr::getDecay() const { return getWeightDecay(); }

gradopt::ParameterUpdateOpInterface
LionAttr::buildUpdate(OpBuilder &builder, Location loc, Value parameter,
                      Value gradient, ValueRange states, Value step,
                      Value learningRate, FloatAttr decay) const {
  Operation *op =
      LionOp::create(builder, loc, parameter.getType(), parameter.getType(),
                     parameter, gradient, states[0], learningRate, getBeta1(),
                     getBeta2(), decay ? decay : getWeightDecay());
  return cast<gradopt::ParameterUpdateOpInterface>(op);
}
