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
#include "llvm/ADT/StringSet.h"

namespace mlir::gradopt {

/// The loss functions to be checked: `name`; if that is empty the recipe's
/// model, and in a module without a recipe all functions with a result
/// `gradopt.loss`. Fails after an error if there is none.
FailureOr<SmallVector<func::FuncOp>> findLossFunctions(ModuleOp module,
                                                       StringRef name);

/// The sequence whose time steps are counted by `use`, as `lengths` does; null
/// if none are.
Value getCountedSequence(OpOperand &use);

/// What the elements of an integer argument can be.
struct IntegerRange {
  /// The number of values: the size of the smallest table that they look up or
  /// the smallest number of classes that they name; 0 if they do neither.
  int64_t limit;
  /// They count the time steps of each row. Then `limit` is that of the
  /// sequence, or dynamic.
  bool isLengths;
};

/// What the elements of an integer argument can be, by what it is used for,
/// followed through slices, reshapes and scans.
IntegerRange getIntegerRange(Value argument);

/// Integer inputs and states by name, and what a check draws from.
llvm::StringMap<IntegerRange> getIntegerRanges(func::FuncOp function);

/// The parameters that the recipe of the function's module freezes, if it is
/// that of this function: they have no gradient.
llvm::StringSet<> getFrozen(func::FuncOp function);

/// Compiles a function.
FailureOr<std::unique_ptr<CompiledStep>>
compileFunction(func::FuncOp function, ReferenceFloat kind,
                Lowering lowering = Lowering::reference);

/// A module with nothing but the gradients of a loss function and what they
/// need, on tensors: a training step before anything is added to it.
FailureOr<OwningOpRef<ModuleOp>> differentiateLoss(func::FuncOp loss);

/// What `differentiateLoss` calls the gradients.
std::string getGradientsName(func::FuncOp loss);

/// Differentiates a loss function and compiles what results.
FailureOr<std::unique_ptr<CompiledStep>>
compileGradients(func::FuncOp loss, ReferenceFloat kind,
                 CompileEffort effort = CompileEffort::full,
                 Lowering lowering = Lowering::reference);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_GRADCHECK_MODEL_H
