//===- Model.h - Loss functions and their gradients -------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_GRADCHECK_MODEL_H
#define GRADOPT_TOOLS_GRADOPT_GRADCHECK_MODEL_H

#include "gradopt/Pipelines/Pipelines.h"
#include "gradopt/Target/CompiledStep.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::gradopt {

/// The loss functions to be checked: `name`; if that is empty the recipe's
/// model, and in a module without a recipe all functions with a result
/// `gradopt.loss`. Fails after an error if there is none.
FailureOr<SmallVector<func::FuncOp>> findLossFunctions(ModuleOp module,
                                                       StringRef name);

/// The number of values that an element of an integer argument can take: the
/// smallest table that it looks up or number of classes that it names, followed
/// through slices, reshapes and scans; 0 if it does neither.
int64_t getIndexLimit(Value argument);

/// Integer inputs and states by name, and how many values a check draws from.
llvm::StringMap<int64_t> getIndexLimits(func::FuncOp function);

/// Compiles a function by the reference lowering.
FailureOr<std::unique_ptr<CompiledStep>> compileFunction(func::FuncOp function,
                                                         ReferenceFloat kind);

/// Differentiates a loss function and compiles what results.
FailureOr<std::unique_ptr<CompiledStep>>
compileGradients(func::FuncOp loss, ReferenceFloat kind, CompileEffort effort);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_GRADCHECK_MODEL_H
