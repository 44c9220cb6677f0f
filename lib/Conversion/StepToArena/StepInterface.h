//===- StepInterface.h - What a step takes and gives ------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOARENA_STEPINTERFACE_H
#define GRADOPT_LIB_CONVERSION_STEPTOARENA_STEPINTERFACE_H

#include "Manifest.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::gradopt {

/// Where a function's values are in its manifest.
struct StepInterface {
  Manifest manifest;
  /// One entry for each argument and each result.
  SmallVector<unsigned> args, results;
  /// One entry for each record in the function's body.
  SmallVector<std::pair<RecordOp, unsigned>> records;

  /// The interface of a function of one block. Fails after an error at what has
  /// no name, or a type or a size that no place in the arena has.
  static FailureOr<StepInterface> read(func::FuncOp function);
};

/// An error at a step, which does not print all of it.
InFlightDiagnostic emitStepError(func::FuncOp step);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOARENA_STEPINTERFACE_H
