//===- CompiledStep.cpp - A step compiled in this process -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Target/CompiledStep.h"
#include "gradopt/Target/CodeGeneration.h"
#include "gradopt/Target/Passes.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace mlir::gradopt;

CompiledStep::CompiledStep() = default;
CompiledStep::~CompiledStep() = default;

FailureOr<std::unique_ptr<CompiledStep>>
CompiledStep::create(ModuleOp module, StringRef name, CompileEffort effort) {
  auto fail = [&](llvm::Error error) {
    return emitError(module.getLoc())
           << "cannot compile the step @" << name << ": "
           << llvm::toString(std::move(error));
  };
  mlir::gradopt::TargetOptions options;
  options.effort = effort;
  auto machine = createTargetMachine(options);
  if (!machine)
    return fail(machine.takeError());
  // An object like that of a file, which only is not written.
  SmallVector<char, 0> object;
  {
    llvm::LLVMContext context;
    std::unique_ptr<llvm::Module> optimized =
        translateAndOptimize(module, name, context, **machine, effort);
    if (!optimized)
      return failure();
    llvm::raw_svector_ostream stream(object);
    if (auto error = emitCode(*optimized, **machine,
                              llvm::CodeGenFileType::ObjectFile, stream))
      return fail(std::move(error));
  }
  // The code has nothing that a platform would have to start.
  auto jit = llvm::orc::LLJITBuilder()
                 .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
                 .create();
  if (!jit)
    return fail(jit.takeError());
  if (auto error =
          (*jit)->addObjectFile(std::make_unique<llvm::SmallVectorMemoryBuffer>(
              std::move(object), /*RequiresNullTerminator=*/false)))
    return fail(std::move(error));

  std::unique_ptr<CompiledStep> step(new CompiledStep());
  step->jit = std::move(*jit);
  auto find = [&](StringRef suffix, auto &symbol) -> llvm::Error {
    auto address = step->jit->lookup((name + suffix).str());
    if (!address)
      return address.takeError();
    symbol = address->toPtr<std::decay_t<decltype(symbol)>>();
    return llvm::Error::success();
  };
  if (auto error = find("", step->program.step))
    return fail(std::move(error));
  if (auto error = find("_layout", step->program.layout))
    return fail(std::move(error));
  if (auto error = find("_commit", step->program.commit))
    return fail(std::move(error));
  if (auto error = find("_manifest", step->program.manifest))
    return fail(std::move(error));
  return step;
}

void gradopt::buildLowering(OpPassManager &pm, StringRef function,
                            const LoweringOptions &options) {
  if (options.lowering == Lowering::reference) {
    LowerReferenceOptions reference;
    reference.function = function.str();
    reference.floatType = options.floatType;
    return buildLowerReferencePipeline(pm, reference);
  }
  if (options.floatType == ReferenceFloat::f64)
    pm.addPass(createWidenFloats());
  DescribeTargetOptions target;
  target.cpu = options.target.cpu;
  target.features = options.target.features;
  pm.addPass(createDescribeTarget(target));
  LowerCPUOptions cpu;
  cpu.function = function.str();
  buildLowerCPUPipeline(pm, cpu);
}

LogicalResult gradopt::lowerStep(ModuleOp module, PassManager &pm,
                                 StringRef function,
                                 const LoweringOptions &options) {
  if (failed(pm.run(module)))
    return failure();
  PassManager lowering(module.getContext());
  lowering.enableVerifier(false);
  buildLowering(lowering, function, options);
  if (failed(lowering.run(module)))
    return failure();
  return verify(module);
}

FailureOr<std::unique_ptr<CompiledStep>>
CompiledStep::lowerAndCreate(ModuleOp module, PassManager &pm, StringRef name,
                             ReferenceFloat floatType, CompileEffort effort,
                             Lowering lowering) {
  LoweringOptions options;
  options.lowering = lowering;
  options.floatType = floatType;
  if (failed(lowerStep(module, pm, name, options)))
    return failure();
  return create(module, name, effort);
}
