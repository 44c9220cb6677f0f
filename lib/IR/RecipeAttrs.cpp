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

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   ScheduleKind kind, int64_t warmup,
                                   int64_t steps, int64_t every,
                                   int64_t patience, FloatAttr factor,
                                   FloatAttr floor) {
  return success();
}

LogicalResult L1Attr::verify(function_ref<InFlightDiagnostic()> emitError,
                             FloatAttr weight, StringAttr match) {
  return verifyRange(emitError, "weight", weight, 0.0, kInfinity);
}

LogicalResult L2Attr::verify(function_ref<InFlightDiagnostic()> emitError,
                             FloatAttr weight, StringAttr match) {
  return verifyRange(emitError, "weight", weight, 0.0, kInfinity);
}

LogicalResult
DecoupledDecayAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                           FloatAttr weight, StringAttr match) {
  return verifyRange(emitError, "weight", weight, 0.0, kInfinity);
}

LogicalResult MaxNormAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  FloatAttr weight, StringAttr match) {
  return verifyRange(emitError, "weight", weight, 0.0, kInfinity);
}

LogicalResult GroupAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringRef name, StringRef match,
                                FloatAttr learningRate, FloatAttr weightDecay,
                                ClipAttr clip, bool frozen) {
  return success();
}
