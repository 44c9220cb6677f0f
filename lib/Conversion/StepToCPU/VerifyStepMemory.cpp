//===- VerifyStepMemory.cpp - No memory from the system
//--------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../StepToArena/Manifest.h"
#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_VERIFYSTEPMEMORY
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// Whether an op takes memory from the system when it runs.
static bool takesMemory(Operation *op) {
  if (isa<memref::AllocOp, memref::ReallocOp>(op))
    return true;
  StringRef callee;
  if (auto call = dyn_cast<func::CallOp>(op))
    callee = call.getCallee();
  else if (auto call = dyn_cast<LLVM::CallOp>(op))
    callee = call.getCallee().value_or("");
  return llvm::is_contained<StringRef>(
      {"malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign"},
      callee);
}

namespace {
struct VerifyStepMemory
    : gradopt::impl::VerifyStepMemoryBase<VerifyStepMemory> {
  using VerifyStepMemoryBase::VerifyStepMemoryBase;

  void runOnOperation() override {
    bool failed = false;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!function.getName().ends_with(kBodySuffix))
        continue;
      function.walk([&](Operation *op) {
        if (takesMemory(op)) {
          emitError(op->getLoc())
              << "the step takes memory when it runs, but all of its memory is "
                 "planned before; a value of this op has no place in the "
                 "arena: "
                 "give it a size that follows from the time and batch sizes";
          failed = true;
        }
      });
    }
    if (failed)
      signalPassFailure();
  }
};
} // namespace
