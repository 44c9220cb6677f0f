//===- Verify.cpp - What the verifiers share ------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::gradopt;

LogicalResult mlir::gradopt::verifyTensor(Operation *op, const Twine &name,
                                          Type type, ArrayRef<int64_t> shape,
                                          Type elementType, StringRef meaning) {
  Type expected = RankedTensorType::get(shape, elementType);
  if (type == expected)
    return success();
  return op->emitOpError() << name << " must be " << expected << " (" << meaning
                           << "), got " << type;
}

LogicalResult mlir::gradopt::verifyOneElementType(Operation *op,
                                                  ValueRange values) {
  if (values.empty())
    return op->emitOpError("needs at least one tensor");
  Type elementType = getElementTypeOrSelf(values.front().getType());
  for (auto [i, value] : llvm::enumerate(values)) {
    Type other = getElementTypeOrSelf(value.getType());
    if (other != elementType)
      return op->emitOpError()
             << "tensors must have one element type, but #0 has " << elementType
             << " and #" << i << " has " << other;
  }
  return success();
}

LogicalResult
mlir::gradopt::verifyAdamConstants(function_ref<InFlightDiagnostic()> emitError,
                                   double beta1, double beta2, double epsilon) {
  auto verifyDecay = [&](StringRef name, double value) -> LogicalResult {
    if (value >= 0.0 && value < 1.0)
      return success();
    return emitError() << name << " must be at least 0 and less than 1, got "
                       << value;
  };
  if (failed(verifyDecay("beta1", beta1)) ||
      failed(verifyDecay("beta2", beta2)))
    return failure();
  // With 0 a parameter whose gradient is zero would become 0/0.
  return verifyPositive(emitError, "epsilon", epsilon);
}

LogicalResult
mlir::gradopt::verifyPositive(function_ref<InFlightDiagnostic()> emitError,
                              StringRef name, double value) {
  if (value > 0.0 && !std::isinf(value))
    return success();
  return emitError() << name << " must be a finite number greater than 0, got "
                     << value;
}

/// The number that a scalar tensor constantly holds, if any.
static std::optional<APFloat> getConstantScalar(Value value) {
  DenseFPElementsAttr elements;
  if (matchPattern(value, m_Constant(&elements)) && elements.isSplat())
    return elements.getSplatValue<APFloat>();
  return std::nullopt;
}

LogicalResult mlir::gradopt::verifyThreshold(Operation *op, Value threshold) {
  std::optional<APFloat> value = getConstantScalar(threshold);
  if (value && (value->isNaN() || (value->isNegative() && !value->isZero())))
    return op->emitOpError() << "threshold must be a number that is not "
                                "negative, got the constant "
                             << value->convertToDouble();
  return success();
}

LogicalResult mlir::gradopt::verifyLearningRate(Operation *op,
                                                Value learningRate) {
  std::optional<APFloat> value = getConstantScalar(learningRate);
  if (value &&
      (!value->isFinite() || (value->isNegative() && !value->isZero())))
    return op->emitOpError() << "learning rate must be a finite number that is "
                                "not negative, got the constant "
                             << value->convertToDouble();
  return success();
}

LogicalResult
mlir::gradopt::verifyNumber(function_ref<InFlightDiagnostic()> emitError,
                            StringRef name, FloatAttr number) {
  if (!number || !number.getType().isF64() || !number.getValue().isFinite())
    return emitError() << name << " must be a finite number (f64), got "
                       << number;
  return success();
}

LogicalResult
mlir::gradopt::verifyRange(function_ref<InFlightDiagnostic()> emitError,
                           StringRef name, FloatAttr number, double low,
                           double high) {
  if (failed(verifyNumber(emitError, name, number)))
    return failure();
  double value = number.getValueAsDouble();
  if (value >= low && value < high)
    return success();
  if (low == 0.0 && std::isinf(high))
    return emitError() << name << " must not be negative, got " << value;
  InFlightDiagnostic diag = emitError() << name << " must be at least " << low;
  if (!std::isinf(high))
    diag << " and less than " << high;
  return diag << ", got " << value;
}
