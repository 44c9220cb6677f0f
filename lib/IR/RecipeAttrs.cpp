//===- RecipeAttrs.cpp - Parts of a recipe -------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "gradopt/IR/GradOptDialect.h"
#include <limits>

using namespace mlir;
using namespace mlir::gradopt;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

//===----------------------------------------------------------------------===//
// ScheduleAttr
//===----------------------------------------------------------------------===//

/// A count that one kind of schedule needs and no other has.
static LogicalResult verifyCount(function_ref<InFlightDiagnostic()> emitError,
                                 StringRef name, int64_t value,
                                 ScheduleKind owner, ScheduleKind kind) {
  if (kind != owner && value != 0)
    return emitError() << name
                       << " belongs to kind = " << stringifyScheduleKind(owner)
                       << ", not to " << stringifyScheduleKind(kind)
                       << ": leave it out";
  if (kind == owner && value < 1)
    return emitError() << "kind = " << stringifyScheduleKind(kind) << " needs "
                       << name << " = N with N at least 1, got " << value;
  return success();
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   ScheduleKind kind, int64_t warmup,
                                   int64_t steps, int64_t every,
                                   int64_t patience, FloatAttr factor,
                                   FloatAttr floor) {
  if (warmup < 0)
    return emitError() << "warmup must not be negative, got " << warmup;
  if (failed(
          verifyCount(emitError, "steps", steps, ScheduleKind::cosine, kind)) ||
      failed(
          verifyCount(emitError, "every", every, ScheduleKind::step, kind)) ||
      failed(verifyCount(emitError, "patience", patience, ScheduleKind::plateau,
                         kind)))
    return failure();
  if (kind == ScheduleKind::cosine && steps <= warmup)
    return emitError() << "steps, where cosine has come down to floor, must be "
                          "more than warmup, got steps = "
                       << steps << " and warmup = " << warmup;

  if (failed(verifyNumber(emitError, "factor", factor)) ||
      failed(verifyNumber(emitError, "floor", floor)))
    return failure();
  double share = factor.getValueAsDouble(), lowest = floor.getValueAsDouble();
  if (!(share > 0.0 && share < 1.0))
    return emitError() << "factor must be above 0 and below 1, got " << share;
  if (!(lowest >= 0.0 && lowest <= 1.0))
    return emitError() << "floor is a part of the learning rate, from 0 to 1, "
                          "got "
                       << lowest;
  bool hasFactor = kind == ScheduleKind::step || kind == ScheduleKind::plateau;
  if (!hasFactor && share != 0.1)
    return emitError() << "factor belongs to kind = step and plateau, not to "
                       << stringifyScheduleKind(kind) << ": leave it out";
  if (kind == ScheduleKind::constant && lowest != 0.0)
    return emitError() << "a constant learning rate does not fall: leave out "
                          "floor";
  return success();
}

//===----------------------------------------------------------------------===//
// Regularizers
//===----------------------------------------------------------------------===//

static LogicalResult
verifyRegularizer(function_ref<InFlightDiagnostic()> emitError,
                  FloatAttr weight, StringAttr match) {
  if (failed(verifyRange(emitError, "weight", weight, 0.0, kInfinity)))
    return failure();
  if (match.empty())
    return emitError() << "match is a pattern of parameter names and must not "
                          "be empty: leave it out for all parameters";
  return success();
}

LogicalResult L1Attr::verify(function_ref<InFlightDiagnostic()> emitError,
                             FloatAttr weight, StringAttr match) {
  return verifyRegularizer(emitError, weight, match);
}

LogicalResult L2Attr::verify(function_ref<InFlightDiagnostic()> emitError,
                             FloatAttr weight, StringAttr match) {
  return verifyRegularizer(emitError, weight, match);
}

LogicalResult
DecoupledDecayAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                           FloatAttr weight, StringAttr match) {
  return verifyRegularizer(emitError, weight, match);
}

LogicalResult MaxNormAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  FloatAttr weight, StringAttr match) {
  if (failed(verifyRegularizer(emitError, weight, match)))
    return failure();
  if (weight.getValue().isZero())
    return emitError() << "a max_norm of 0 would leave nothing of the weights: "
                          "give a norm above 0";
  return success();
}

//===----------------------------------------------------------------------===//
// GroupAttr
//===----------------------------------------------------------------------===//

LogicalResult GroupAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringRef name, StringRef match,
                                FloatAttr learningRate, FloatAttr weightDecay,
                                ClipAttr clip, bool frozen) {
  if (name.empty())
    return emitError() << "the name of a group must not be empty";
  if (match.empty())
    return emitError() << "match of group \"" << name
                       << "\" is a pattern of parameter names and must not be "
                          "empty";
  bool trains = learningRate || weightDecay || clip;
  if (!trains && !frozen)
    return emitError() << "group \"" << name
                       << "\" says nothing: give it learning_rate, "
                          "weight_decay, clip or frozen = true";
  if (trains && frozen)
    return emitError() << "group \"" << name
                       << "\" is frozen, so its parameters have no "
                          "learning_rate, weight_decay or clip";
  if (learningRate && failed(verifyRange(emitError, "learning_rate",
                                         learningRate, 0.0, kInfinity)))
    return failure();
  if (weightDecay && failed(verifyRange(emitError, "weight_decay", weightDecay,
                                        0.0, kInfinity)))
    return failure();
  if (clip && (clip.getKind() == ClipKind::global_norm ||
               clip.getAt() != ClipPlacement::gradient))
    return emitError() << "the clip of group \"" << name
                       << "\" must be by value, norm or group_norm, at "
                          "gradient, got "
                       << clip;
  return success();
}
