//===- SeparateInits.cpp - Inits of their own ---------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../StepToArena/SeparateDestinations.h"
#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_SEPARATEINITS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

/// Whether `op` only repeats a smaller tensor or a scalar.
static bool isBroadcast(LinalgOp op) {
  return isMadeOfLess(op) && llvm::hasSingleElement(*op.getBlock());
}

/// Makes what an op starts from again, in front of it; false if it stands there
/// already and is the op's own.
static bool separateInit(RewriterBase &rewriter, LinalgOp op, OpOperand &init) {
  auto source = init.get().getDefiningOp<LinalgOp>();
  if (!source || !isBroadcast(source))
    return false;
  bool isOwn = init.get().hasOneUse() && source->getBlock() == op->getBlock();
  Value destination = source.getDpsInits()[0];
  auto empty = destination.getDefiningOp<tensor::EmptyOp>();
  if (isOwn && (!empty || destination.hasOneUse())) {
    rewriter.moveOpBefore(source, op);
    return false;
  }
  rewriter.setInsertionPoint(op);
  Value own = buildOwnCopy(rewriter, op.getLoc(), init.get());
  rewriter.modifyOpInPlace(op, [&] { init.set(own); });
  for (Operation *old : {source.getOperation(), empty.getOperation()})
    if (old && old->use_empty())
      rewriter.eraseOp(old);
  return true;
}

namespace {
struct SeparateInits : gradopt::impl::SeparateInitsBase<SeparateInits> {
  using SeparateInitsBase::SeparateInitsBase;

  void runOnOperation() override {
    SmallVector<LinalgOp> ops;
    getOperation()->walk([&](LinalgOp op) {
      if (op.hasPureTensorSemantics() && !isBroadcast(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (LinalgOp op : ops)
      for (OpOperand &init : op.getDpsInitsMutable())
        numSeparated += separateInit(rewriter, op, init);
  }
};
} // namespace
