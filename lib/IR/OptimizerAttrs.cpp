//===- OptimizerAttrs.cpp - Optimizers of a recipe -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "gradopt/IR/GradOptOps.h"
#include <limits>

using namespace mlir;
using namespace mlir::gradopt;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

static LogicalResult verifyRate(function_ref<InFlightDiagnostic()> emitError,
                                FloatAttr learningRate) {
  return verifyRange(emitError, "learning_rate", learningRate, 0.0, kInfinity);
}

//===----------------------------------------------------------------------===//
// SgdAttr
//===----------------------------------------------------------------------===//

LogicalResult SgdAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              FloatAttr learningRate) {
  return verifyRate(emitError, learningRate);
}

Attribute SgdAttr::withLearningRate(FloatAttr learningRate) const {
  return get(getContext(), learningRate);
}

SmallVector<StringRef> SgdAttr::getSlots() const { return {}; }

ParameterUpdateOpInterface
SgdAttr::buildUpdate(OpBuilder &builder, Location loc, Value parameter,
                     Value gradient, ValueRange states, Value step,
                     Value learningRate, FloatAttr decay) const {
  Operation *op = SgdOp::create(builder, loc, parameter.getType(), parameter,
                                gradient, learningRate);
  return cast<ParameterUpdateOpInterface>(op);
}

//===----------------------------------------------------------------------===//
// MomentumAttr
//===----------------------------------------------------------------------===//

LogicalResult MomentumAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   FloatAttr learningRate, FloatAttr momentum,
                                   bool nesterov) {
  if (failed(verifyRate(emitError, learningRate)))
    return failure();
  return verifyRange(emitError, "momentum", momentum, 0.0, 1.0);
}

Attribute MomentumAttr::withLearningRate(FloatAttr learningRate) const {
  return get(getContext(), learningRate, getMomentum(), getNesterov());
}

SmallVector<StringRef> MomentumAttr::getSlots() const { return {"velocity"}; }

ParameterUpdateOpInterface
MomentumAttr::buildUpdate(OpBuilder &builder, Location loc, Value parameter,
                          Value gradient, ValueRange states, Value step,
                          Value learningRate, FloatAttr decay) const {
  Type type = parameter.getType();
  Operation *op = MomentumOp::create(
      builder, loc, type, type, parameter, gradient, states[0], learningRate,
      getMomentum(), getNesterov() ? builder.getUnitAttr() : UnitAttr());
  return cast<ParameterUpdateOpInterface>(op);
}

//===----------------------------------------------------------------------===//
// AdamAttr
//===----------------------------------------------------------------------===//

static LogicalResult
verifyAdamParts(function_ref<InFlightDiagnostic()> emitError,
                FloatAttr learningRate, FloatAttr beta1, FloatAttr beta2,
                FloatAttr epsilon) {
  if (failed(verifyRate(emitError, learningRate)) ||
      failed(verifyNumber(emitError, "beta1", beta1)) ||
      failed(verifyNumber(emitError, "beta2", beta2)) ||
      failed(verifyNumber(emitError, "epsilon", epsilon)))
    return failure();
  return verifyAdamConstants(emitError, beta1.getValueAsDouble(),
                             beta2.getValueAsDouble(),
                             epsilon.getValueAsDouble());
}

LogicalResult AdamAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               FloatAttr learningRate, FloatAttr beta1,
                               FloatAttr beta2, FloatAttr epsilon) {
  return verifyAdamParts(emitError, learningRate, beta1, beta2, epsilon);
}

Attribute AdamAttr::withLearningRate(FloatAttr learningRate) const {
  return get(getContext(), learningRate, getBeta1(), getBeta2(), getEpsilon());
}

SmallVector<StringRef> AdamAttr::getSlots() const { return {"m", "v"}; }

ParameterUpdateOpInterface
AdamAttr::buildUpdate(OpBuilder &builder, Location loc, Value parameter,
                      Value gradient, ValueRange states, Value step,
                      Value learningRate, FloatAttr decay) const {
  Type type = parameter.getType();
  Operation *op = AdamOp::create(
      builder, loc, type, type, type, parameter, gradient, states[0], states[1],
      step, learningRate, getBeta1(), getBeta2(), getEpsilon());
  return cast<ParameterUpdateOpInterface>(op);
}

//===----------------------------------------------------------------------===//
// AdamWAttr
//===----------------------------------------------------------------------===//

LogicalResult AdamWAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                FloatAttr learningRate, FloatAttr beta1,
                                FloatAttr beta2, FloatAttr epsilon,
                                FloatAttr weightDecay) {
  if (failed(verifyAdamParts(emitError, learningRate, beta1, beta2, epsilon)))
    return failure();
  return verifyRange(emitError, "weight_decay", weightDecay, 0.0, kInfinity);
}

Attribute AdamWAttr::withLearningRate(FloatAttr learningRate) const {
  return get(getContext(), learningRate, getBeta1(), getBeta2(), getEpsilon(),
             getWeightDecay());
}

SmallVector<StringRef> AdamWAttr::getSlots() const { return {"m", "v"}; }

ParameterUpdateOpInterface
AdamWAttr::buildUpdate(OpBuilder &builder, Location loc, Value parameter,
                       Value gradient, ValueRange states, Value step,
                       Value learningRate, FloatAttr decay) const {
  Type type = parameter.getType();
  Operation *op = AdamWOp::create(
      builder, loc, type, type, type, parameter, gradient, states[0], states[1],
      step, learningRate, getBeta1(), getBeta2(), getEpsilon(),
      decay ? decay : getWeightDecay());
  return cast<ParameterUpdateOpInterface>(op);
}

//===----------------------------------------------------------------------===//
// RmspropAttr
//===----------------------------------------------------------------------===//

LogicalResult RmspropAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  FloatAttr learningRate, FloatAttr alpha,
                                  FloatAttr epsilon) {
  if (failed(verifyRate(emitError, learningRate)) ||
      failed(verifyRange(emitError, "alpha", alpha, 0.0, 1.0)) ||
      failed(verifyNumber(emitError, "epsilon", epsilon)))
    return failure();
  return verifyPositive(emitError, "epsilon", epsilon.getValueAsDouble());
}

Attribute RmspropAttr::withLearningRate(FloatAttr learningRate) const {
  return get(getContext(), learningRate, getAlpha(), getEpsilon());
}

SmallVector<StringRef> RmspropAttr::getSlots() const { return {"v"}; }

ParameterUpdateOpInterface
RmspropAttr::buildUpdate(OpBuilder &builder, Location loc, Value parameter,
                         Value gradient, ValueRange states, Value step,
                         Value learningRate, FloatAttr decay) const {
  Type type = parameter.getType();
  Operation *op =
      RmspropOp::create(builder, loc, type, type, parameter, gradient,
                        states[0], learningRate, getAlpha(), getEpsilon());
  return cast<ParameterUpdateOpInterface>(op);
}
