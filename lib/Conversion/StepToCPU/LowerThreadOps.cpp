//===- LowerThreadOps.cpp - Threads of a step -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../StepToArena/ContextField.h"
#include "../StepToArena/Manifest.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt_runtime.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_LOWERTHREADOPS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {
struct LowerThreadOps : gradopt::impl::LowerThreadOpsBase<LowerThreadOps> {
  using LowerThreadOpsBase::LowerThreadOpsBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    bool isStep = function.getName().ends_with(kBodySuffix) &&
                  function.getNumArguments() == kNumBodyArguments;
    IRRewriter rewriter(&getContext());
    function.walk([&](Operation *op) {
      rewriter.setInsertionPoint(op);
      if (isa<ThreadIdOp>(op))
        rewriter.replaceOp(op, isStep ? Value(function.getArgument(kThread))
                                      : buildIndex(rewriter, op, 0));
      else if (isa<NumThreadsOp>(op))
        rewriter.replaceOp(op, isStep ? Value(function.getArgument(kThreads))
                                      : buildIndex(rewriter, op, 1));
      else if (isa<BarrierOp>(op)) {
        if (isStep)
          buildBarrier(rewriter, op->getLoc(), function);
        rewriter.eraseOp(op);
      }
    });
  }

  static Value buildIndex(OpBuilder &builder, Operation *op, int64_t value) {
    return arith::ConstantIndexOp::create(builder, op->getLoc(), value);
  }

  /// One thread waits for nobody.
  static void buildBarrier(OpBuilder &builder, Location loc,
                           func::FuncOp function) {
    Value threads = function.getArgument(kThreads);
    Value context = function.getArgument(kContext);
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    Value several = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::ugt, threads, one);
    auto wait =
        scf::IfOp::create(builder, loc, several, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(wait.thenBlock());
    MLIRContext *ctx = builder.getContext();
    Type pointer = LLVM::LLVMPointerType::get(ctx);
    Type i32 = builder.getI32Type();
    Value callee = buildLoadField(builder, loc, context,
                                  offsetof(gradopt_context, barrier), pointer);
    Value count = arith::IndexCastOp::create(builder, loc, i32, threads);
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(ctx),
                                            {pointer, i32});
    LLVM::CallOp::create(builder, loc, type,
                         ValueRange{callee, context, count});
  }
};
} // namespace
