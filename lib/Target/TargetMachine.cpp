//===- TargetMachine.cpp - The processor that is compiled for -------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Target/TargetMachine.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Host.h"

#if defined(__unix__)
#include <unistd.h>
#endif

using namespace mlir;
using namespace mlir::gradopt;

static constexpr llvm::StringLiteral kHost = "host";

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// LLVM only warns of a name that it does not know, and goes on without.
static llvm::Error checkNames(const llvm::Target &target,
                              const llvm::Triple &triple,
                              const TargetOptions &options) {
  std::unique_ptr<llvm::MCSubtargetInfo> known(
      target.createMCSubtargetInfo(triple, "", ""));
  if (options.cpu != kHost && !known->isCPUStringValid(options.cpu))
    return makeError(
        "'" + options.cpu + "' is no processor that LLVM knows for " +
        triple.getArchName() + "; give a name such as x86-64-v3, or host");
  SmallVector<StringRef> features;
  StringRef(options.features).split(features, ',', -1, /*KeepEmpty=*/false);
  for (StringRef feature : features) {
    StringRef name = feature;
    bool isSigned = name.consume_front("+") || name.consume_front("-");
    auto isNamed = [&](const llvm::SubtargetFeatureKV &other) {
      return name == other.Key;
    };
    if (!isSigned || !llvm::any_of(known->getAllProcessorFeatures(), isNamed))
      return makeError("'" + feature + "' is no feature that LLVM knows for " +
                       triple.getArchName() +
                       "; write +NAME or -NAME, with commas between");
  }
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
gradopt::createTargetMachine(const TargetOptions &options) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::Triple triple(llvm::sys::getProcessTriple());
  std::string message;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return makeError(message);
  if (llvm::Error error = checkNames(*target, triple, options))
    return error;

  std::string cpu = options.cpu;
  SmallVector<std::string> features;
  if (cpu == kHost) {
    cpu = llvm::sys::getHostCPUName().str();
    // A virtual machine may lack what the processor's name stands for.
    for (const auto &feature : llvm::sys::getHostCPUFeatures())
      features.push_back(
          ((feature.second ? "+" : "-") + feature.first()).str());
    llvm::sort(features);
  }
  if (!options.features.empty())
    features.push_back(options.features);
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, cpu, llvm::join(features, ","), llvm::TargetOptions(),
      llvm::Reloc::PIC_, /*CM=*/std::nullopt,
      options.effort == CompileEffort::full ? llvm::CodeGenOptLevel::Aggressive
                                            : llvm::CodeGenOptLevel::None));
  if (!machine)
    return makeError("LLVM makes no code for " + triple.str());
  return machine;
}

/// What the system says about the caches of the processor that this runs on.
static void readHostCaches(CPUTarget &target) {
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  if (long size = sysconf(_SC_LEVEL1_DCACHE_SIZE); size > 0)
    target.l1Bytes = size;
  if (long size = sysconf(_SC_LEVEL2_CACHE_SIZE); size > 0)
    target.l2Bytes = size;
#endif
}

CPUTarget gradopt::describeTarget(llvm::TargetMachine &machine,
                                  const TargetOptions &options) {
  // LLVM answers for a function, which may have a target of its own.
  llvm::LLVMContext context;
  llvm::Module module("", context);
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  auto *function = llvm::Function::Create(
      llvm::FunctionType::get(llvm::Type::getVoidTy(context), false),
      llvm::GlobalValue::ExternalLinkage, "f", module);
  llvm::TargetTransformInfo info = machine.getTargetTransformInfo(*function);

  using Info = llvm::TargetTransformInfo;
  CPUTarget target;
  llvm::TypeSize bits = info.getRegisterBitWidth(Info::RGK_FixedWidthVector);
  unsigned registers =
      info.getNumberOfRegisters(info.getRegisterClassForType(/*Vector=*/true));
  // A processor without vectors has its scalar registers.
  if (bits.getFixedValue() >= 64 && registers > 0) {
    target.vectorBytes = bits.getFixedValue() / 8;
    target.vectorRegisters = registers;
  }
  if (auto size = info.getCacheSize(Info::CacheLevel::L1D))
    target.l1Bytes = *size;
  if (auto size = info.getCacheSize(Info::CacheLevel::L2D))
    target.l2Bytes = *size;
  if (options.cpu == kHost)
    readHostCaches(target);
  return target;
}
