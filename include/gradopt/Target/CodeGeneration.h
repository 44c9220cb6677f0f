//===- CodeGeneration.h - From the LLVM dialect to code ---------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TARGET_CODEGENERATION_H
#define GRADOPT_TARGET_CODEGENERATION_H

#include "gradopt/Target/TargetMachine.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/CodeGen.h"

namespace llvm {
class LLVMContext;
class Module;
class raw_pwrite_stream;
} // namespace llvm

namespace mlir::gradopt {

/// Translates a module in the LLVM dialect to LLVM IR and optimizes it. No
/// result depends on how: operations on floats are neither reordered nor fused,
/// but for those that ask to be fused. Null after an error.
std::unique_ptr<llvm::Module> translateAndOptimize(ModuleOp module,
                                                   llvm::LLVMContext &context,
                                                   llvm::TargetMachine &machine,
                                                   CompileEffort effort);

/// Writes the code of an optimized module as an object or as assembly.
llvm::Error emitCode(llvm::Module &module, llvm::TargetMachine &machine,
                     llvm::CodeGenFileType kind, llvm::raw_pwrite_stream &out);

} // namespace mlir::gradopt

#endif // GRADOPT_TARGET_CODEGENERATION_H
