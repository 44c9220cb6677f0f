//===- CodeGeneration.cpp - From the LLVM dialect to code -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Target/CodeGeneration.h"
#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace mlir::gradopt;

/// What a step still gains by. Its calls are inlined, its loops blocked,
/// vectorized and rid of what is constant in them before LLVM sees it: left are
/// sums of addresses, loops that test at their head, and loops of users' scalar
/// code. LLVM's own pipelines take three (-O1) and six times (-O3) as long and
/// leave steps that are no faster.
static constexpr llvm::StringLiteral kFullPipeline =
    "function(sroa,simplifycfg,early-cse<memssa>,"
    "instcombine<no-verify-fixpoint>,simplifycfg,"
    "loop-mssa(loop-rotate,licm),loop(loop-idiom,loop-deletion),"
    "loop-vectorize,early-cse<memssa>,simplifycfg)";

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     CompileEffort effort) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  llvm::ModulePassManager pipeline;
  if (effort == CompileEffort::full)
    llvm::cantFail(builder.parsePassPipeline(pipeline, kFullPipeline));
  else
    pipeline = builder.buildO0DefaultPipeline(llvm::OptimizationLevel::O0);
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

/// What tools that read the IR need to make the same code. A width that was
/// planned for stays legal even where LLVM prefers a smaller one.
static void annotateFunctions(llvm::Module &module,
                              llvm::TargetMachine &machine,
                              std::optional<int64_t> vectorBits) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    if (!vectorBits)
      continue;
    std::string width = std::to_string(*vectorBits);
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
  }
}

/// Hides from other modules what is no part of the step's program. It is not
/// made internal: LLVM would put a body that is called once into its caller,
/// where less is known of its arguments.
static void hideAllBut(llvm::Module &module, StringRef name) {
  for (llvm::GlobalValue &value : module.global_values()) {
    StringRef suffix = value.getName();
    bool isProgram =
        suffix.consume_front(name) &&
        llvm::is_contained({"", "_layout", "_commit", "_manifest"}, suffix);
    if (!isProgram && !value.isDeclaration() && !value.hasLocalLinkage())
      value.setVisibility(llvm::GlobalValue::HiddenVisibility);
  }
}

std::unique_ptr<llvm::Module> gradopt::translateAndOptimize(
    ModuleOp module, StringRef name, llvm::LLVMContext &context,
    llvm::TargetMachine &machine, CompileEffort effort) {
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  std::unique_ptr<llvm::Module> translated =
      translateModuleToLLVMIR(module, context);
  if (!translated)
    return nullptr;
  translated->setDataLayout(machine.createDataLayout());
  translated->setTargetTriple(machine.getTargetTriple());
  hideAllBut(*translated, name);
  std::optional<int64_t> vectorBits;
  if (module->hasAttr(DLTIDialect::kTargetSystemDescAttrName))
    vectorBits = CPUTarget::get(module).vectorBytes * 8;
  annotateFunctions(*translated, machine, vectorBits);
  optimize(*translated, machine, effort);
  return translated;
}

llvm::Error gradopt::emitCode(llvm::Module &module,
                              llvm::TargetMachine &machine,
                              llvm::CodeGenFileType kind,
                              llvm::raw_pwrite_stream &out) {
  disableLoopStrengthReduction();
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, out, /*DwoOut=*/nullptr, kind))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "LLVM cannot write this kind of file for " +
                                       machine.getTargetTriple().str());
  passes.run(module);
  return llvm::Error::success();
}
