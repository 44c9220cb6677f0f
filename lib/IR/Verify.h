//===- Verify.h - What the verifiers share ----------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_IR_VERIFY_H
#define GRADOPT_LIB_IR_VERIFY_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Operation.h"

namespace mlir::gradopt {

/// An error at `op` unless the tensor `name` has this shape and element type.
/// A size is static on both sides or dynamic on both: no later stage has to
/// join two opinions of it.
LogicalResult verifyTensor(Operation *op, const Twine &name, Type type,
                           ArrayRef<int64_t> shape, Type elementType,
                           StringRef meaning);

/// An error at `op` if there are no `values` or not all have one element type.
LogicalResult verifyOneElementType(Operation *op, ValueRange values);

/// An error unless these are constants with which Adam is defined.
LogicalResult verifyAdamConstants(function_ref<InFlightDiagnostic()> emitError,
                                  double beta1, double beta2, double epsilon);

/// An error at `op` if `threshold` is a constant that is negative or NaN.
LogicalResult verifyThreshold(Operation *op, Value threshold);

/// An error at `op` if `learningRate` is a constant that is negative or not
/// finite.
LogicalResult verifyLearningRate(Operation *op, Value learningRate);

/// `number` is a finite f64.
LogicalResult verifyNumber(function_ref<InFlightDiagnostic()> emitError,
                           StringRef name, FloatAttr number);
/// `value` is finite and greater than 0.
LogicalResult verifyPositive(function_ref<InFlightDiagnostic()> emitError,
                             StringRef name, double value);
/// `number` is a finite f64 of at least `low`, and less than `high`.
LogicalResult verifyRange(function_ref<InFlightDiagnostic()> emitError,
                          StringRef name, FloatAttr number, double low,
                          double high);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_IR_VERIFY_H
