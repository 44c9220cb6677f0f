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
#include "gradopt/Target/TargetMachine.h"
#include "gradopt_runtime.h"
#include "mlir/IR/BuiltinOps.h"
#include <memory>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace mlir {
namespace gradopt {

/// How a step on tensors becomes code: by plain loops, or by vector code for
/// several threads.
enum class Lowering { reference, cpu };

/// What `buildLowering` goes by. The target is that of `Lowering::cpu`.
struct LoweringOptions {
  Lowering lowering = Lowering::reference;
  ReferenceFloat floatType = ReferenceFloat::asIs;
  TargetOptions target;
};

/// From a step on tensors to the LLVM dialect by `gradopt-lower-reference`, or
/// by `gradopt-describe-target` and `gradopt-lower-cpu`.
void buildLowering(OpPassManager &pm, StringRef function,
                   const LoweringOptions &options);

/// Runs `pm` on `module` and then the lowering of `buildLowering`, whose result
/// is verified once: to verify what each of its passes leaves takes as long as
/// these take together. `gradopt-opt` verifies it after each.
LogicalResult lowerStep(ModuleOp module, PassManager &pm, StringRef function,
                        const LoweringOptions &options);

/// A step compiled for the host and ready to run. Holds the code for as long as
/// it lives.
class CompiledStep {
public:
  /// Compiles a module in the LLVM dialect, as the lowerings leave it,
  /// and finds the step `name` in it. Fails after an error at the module.
  static FailureOr<std::unique_ptr<CompiledStep>>
  create(ModuleOp module, StringRef name,
         CompileEffort effort = CompileEffort::full);
  /// Runs `pm` and the lowering for the function `name` on `module` as
  /// `lowerStep` does, and compiles the result.
  static FailureOr<std::unique_ptr<CompiledStep>>
  lowerAndCreate(ModuleOp module, PassManager &pm, StringRef name,
                 ReferenceFloat floatType = ReferenceFloat::asIs,
                 CompileEffort effort = CompileEffort::full,
                 Lowering lowering = Lowering::reference);
  ~CompiledStep();

  const gradopt_program &getProgram() const { return program; }

private:
  CompiledStep();
  std::unique_ptr<llvm::orc::LLJIT> jit;
  gradopt_program program = {};
};

} // namespace gradopt
} // namespace mlir

#endif // GRADOPT_TARGET_COMPILEDSTEP_H
