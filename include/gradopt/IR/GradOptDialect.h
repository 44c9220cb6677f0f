//===- GradOptDialect.h - The gradopt dialect -------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_GRADOPTDIALECT_H
#define GRADOPT_IR_GRADOPTDIALECT_H

#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"

#include "gradopt/IR/GradOptDialect.h.inc"
#include "gradopt/IR/GradOptEnums.h.inc"

namespace mlir::gradopt {
/// Parses a floating-point number into an f64 attribute.
FailureOr<FloatAttr> parseNumber(AsmParser &parser);
} // namespace mlir::gradopt

#define GET_ATTRDEF_CLASSES
#include "gradopt/IR/GradOptAttrs.h.inc"

namespace mlir::gradopt {

/// The names of the attributes on arguments, results and functions; the
/// dialect's documentation says what each means.
namespace attr {
inline constexpr llvm::StringLiteral kInput = "gradopt.input";
inline constexpr llvm::StringLiteral kParam = "gradopt.param";
inline constexpr llvm::StringLiteral kState = "gradopt.state";
inline constexpr llvm::StringLiteral kRandom = "gradopt.random";
inline constexpr llvm::StringLiteral kHyper = "gradopt.hyper";
inline constexpr llvm::StringLiteral kInit = "gradopt.init";
inline constexpr llvm::StringLiteral kOptimizerState =
    "gradopt.optimizer_state";
inline constexpr llvm::StringLiteral kStepCount = "gradopt.step_count";
inline constexpr llvm::StringLiteral kClipState = "gradopt.clip_state";
inline constexpr llvm::StringLiteral kLoss = "gradopt.loss";
inline constexpr llvm::StringLiteral kMetric = "gradopt.metric";
inline constexpr llvm::StringLiteral kOutput = "gradopt.output";
inline constexpr llvm::StringLiteral kGrad = "gradopt.grad";
inline constexpr llvm::StringLiteral kDims = "gradopt.dims";
inline constexpr llvm::StringLiteral kDifferentiated = "gradopt.differentiated";
inline constexpr llvm::StringLiteral kOnNonfinite = "gradopt.on_nonfinite";
inline constexpr llvm::StringLiteral kOnOverflow = "gradopt.on_overflow";
inline constexpr llvm::StringLiteral kOnDivergence = "gradopt.on_divergence";
inline constexpr llvm::StringLiteral kPolicyOptions = "gradopt.policy_options";
inline constexpr llvm::StringLiteral kSchedule = "gradopt.schedule";
inline constexpr llvm::StringLiteral kAccumulate = "gradopt.accumulate";
inline constexpr llvm::StringLiteral kKernel = "gradopt.kernel";
} // namespace attr

} // namespace mlir::gradopt

#endif // GRADOPT_IR_GRADOPTDIALECT_H
