//===- CompiledStep.cpp - A step compiled in this process -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Target/CompiledStep.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace mlir::gradopt;

CompiledStep::~CompiledStep() = default;

FailureOr<std::unique_ptr<CompiledStep>> CompiledStep::create(ModuleOp module,
                                                              StringRef name) {
  auto fail = [&](llvm::Error error) {
    return module.emitError() << "cannot compile the step @" << name << ": "
                              << llvm::toString(std::move(error));
  };
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());

  auto host = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!host)
    return fail(host.takeError());
  host->setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  auto target = host->createTargetMachine();
  if (!target)
    return fail(target.takeError());

  ExecutionEngineOptions options;
  auto transformer = makeOptimizingTransformer(3, 0, target->get());
  options.transformer = transformer;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
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
