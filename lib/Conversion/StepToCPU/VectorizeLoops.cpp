//===- VectorizeLoops.cpp - Elementwise vector code -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"
#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_VECTORIZELOOPS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {
struct VectorizeLoops : gradopt::impl::VectorizeLoopsBase<VectorizeLoops> {
  using VectorizeLoopsBase::VectorizeLoopsBase;

  void runOnOperation() override {
    CPUTarget target = CPUTarget::get(getOperation());
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops)
      vectorize(rewriter, op, target);
  }

  void vectorize(IRRewriter &rewriter, linalg::LinalgOp op,
                 const CPUTarget &target) {
    // Nothing to win, and nothing to report.
    if (llvm::all_of(op.getStaticLoopRanges(),
                     [](int64_t size) { return size == 1; }))
      return;
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!generic) {
      rewriter.setInsertionPoint(op);
      FailureOr<linalg::GenericOp> general =
          linalg::generalizeNamedOp(rewriter, op);
      if (failed(general))
        return;
      generic = *general;
    }
    std::string reason;
    FailureOr<VectorLoop> loop = findVectorLoop(generic, reason);
    if (failed(loop))
      return reportScalar(generic, reason);
    generic = collapseLoops(rewriter, generic);
    loop = findVectorLoop(generic, reason);
    if (failed(loop))
      return reportScalar(generic, reason);
    if (generic.getStaticLoopRanges()[loop->loop] == 1)
      return reportScalar(generic, "its rows have one element");
    buildVectorLoops(rewriter, *loop, target);
  }

  void reportScalar(linalg::GenericOp op, StringRef reason) {
    remark::missed(op.getLoc(), remark::RemarkOpts::name("scalar")
                                    .category(getArgument())
                                    .function(getOperation().getName()))
        << remark::reason("this is computed one element at a time: {0}",
                          reason);
  }
};
} // namespace
