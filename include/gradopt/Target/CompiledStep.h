//===- CompiledStep.h - A step compiled in this process ---------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TARGET_COMPILEDSTEP_H
#define GRADOPT_TARGET_COMPILEDSTEP_H

#include "gradopt/Pipelines/Pipelines.h"
#include "gradopt_runtime.h"
#include "mlir/IR/BuiltinOps.h"
#include <memory>

namespace mlir {
class ExecutionEngine;

namespace gradopt {

/// How long LLVM may take over a step. The results are the same bits; without
/// optimization a large step is ready some five times sooner and runs slowly.
enum class CompileEffort { full, least };

/// A step compiled for the host and ready to run. Holds the code for as long as
/// it lives.
class CompiledStep {
public:
  /// Compiles a module in the LLVM dialect, as `gradopt-lower-reference` leaves
  /// it, and finds the step `name` in it. Fails after an error at the module.
  static FailureOr<std::unique_ptr<CompiledStep>>
  create(ModuleOp module, StringRef name,
         CompileEffort effort = CompileEffort::full);
  /// Adds `gradopt-lower-reference` for the function `name` to what `pm` does
  /// before it, runs that on `module` and compiles the result.
  static FailureOr<std::unique_ptr<CompiledStep>>
  lowerAndCreate(ModuleOp module, PassManager &pm, StringRef name,
                 ReferenceFloat floatType = ReferenceFloat::asIs,
                 CompileEffort effort = CompileEffort::full);
  ~CompiledStep();

  const gradopt_program &getProgram() const { return program; }

private:
  CompiledStep() = default;
  std::unique_ptr<ExecutionEngine> engine;
  gradopt_program program = {};
};

} // namespace gradopt
} // namespace mlir

#endif // GRADOPT_TARGET_COMPILEDSTEP_H
