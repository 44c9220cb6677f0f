//===- TargetMachine.h - The processor that is compiled for -----*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TARGET_TARGETMACHINE_H
#define GRADOPT_TARGET_TARGETMACHINE_H

#include "gradopt/Conversion/CPUTarget.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace llvm {
class TargetMachine;
} // namespace llvm

namespace mlir::gradopt {

/// How long LLVM may take over a step. The results are the same bits; without
/// optimization a large step is ready some five times sooner and runs slowly.
enum class CompileEffort { full, least };

/// What code is made for, and how.
struct TargetOptions {
  /// By LLVM's name; "host" is the processor of this machine.
  std::string cpu = "host";
  /// What it has beyond that or not: "+NAME,-NAME".
  std::string features;
  CompileEffort effort = CompileEffort::full;
};

/// LLVM's description of the processor, on which code is made that can be
/// loaded at any address. Fails if LLVM does not know it.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const TargetOptions &options);

/// What the passes on kernels want to know about it.
CPUTarget describeTarget(llvm::TargetMachine &machine,
                         const TargetOptions &options);

} // namespace mlir::gradopt

#endif // GRADOPT_TARGET_TARGETMACHINE_H
