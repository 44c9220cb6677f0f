//===- CompiledStep.cpp - A step compiled in this process -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Target/CompiledStep.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace mlir::gradopt;

CompiledStep::~CompiledStep() = default;

/// LLVM's -O3 without unrolling: the loops that matter are vectorized, and a
/// step has some hundred loops whose unrolled copies only cost compile time.
static void optimize(llvm::Module &module, llvm::TargetMachine &target,
                     CompileEffort effort) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopUnrolling = false;
  llvm::PassBuilder builder(&target, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  llvm::ModulePassManager pipeline =
      effort == CompileEffort::full
          ? builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
          : builder.buildO0DefaultPipeline(llvm::OptimizationLevel::O0);
  pipeline.run(module, modules);
}

/// Loop strength reduction takes two thirds of the compile time of a step,
/// whose time loop holds nearly all of its other loops; the vectorized inner
/// loops have no use for it. LLVM has no other switch than this option.
static void disableLoopStrengthReduction() {
  auto &options = llvm::cl::getRegisteredOptions();
  auto option = options.find("disable-lsr");
  if (option != options.end() && option->second->getNumOccurrences() == 0)
    option->second->addOccurrence(/*pos=*/0, "disable-lsr", "true");
}

FailureOr<std::unique_ptr<CompiledStep>>
CompiledStep::create(ModuleOp module, StringRef name, CompileEffort effort) {
  auto fail = [&](llvm::Error error) {
    return emitError(module.getLoc())
           << "cannot compile the step @" << name << ": "
           << llvm::toString(std::move(error));
  };
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());

  auto host = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!host)
    return fail(host.takeError());
  auto level = effort == CompileEffort::full ? llvm::CodeGenOptLevel::Aggressive
                                             : llvm::CodeGenOptLevel::None;
  host->setCodeGenOptLevel(level);
  auto target = host->createTargetMachine();
  if (!target)
    return fail(target.takeError());
  disableLoopStrengthReduction();

  ExecutionEngineOptions options;
  auto transformer = [&](llvm::Module *llvmModule) {
    optimize(*llvmModule, **target, effort);
    return llvm::Error::success();
  };
  options.transformer = transformer;
  options.jitCodeGenOptLevel = level;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  // The engine takes a machine of its own: the optimizer uses this one while
  // the code is made.
  auto own = host->createTargetMachine();
  if (!own)
    return fail(own.takeError());
  auto engine = ExecutionEngine::create(module, options, std::move(*own));
  if (!engine)
    return fail(engine.takeError());

  std::unique_ptr<CompiledStep> step(new CompiledStep());
  step->engine = std::move(*engine);
  auto find = [&](StringRef suffix, auto &symbol) -> llvm::Error {
    auto address = step->engine->lookup((name + suffix).str());
    if (!address)
      return address.takeError();
    symbol = reinterpret_cast<std::decay_t<decltype(symbol)>>(*address);
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

FailureOr<std::unique_ptr<CompiledStep>>
CompiledStep::lowerAndCreate(ModuleOp module, PassManager &pm, StringRef name,
                             ReferenceFloat floatType, CompileEffort effort) {
  LowerReferenceOptions options;
  options.function = name.str();
  options.floatType = floatType;
  buildLowerReferencePipeline(pm, options);
  if (failed(pm.run(module)))
    return failure();
  return create(module, name, effort);
}
