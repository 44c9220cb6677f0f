//===- SplitBuffers.cpp - A buffer for each value -------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferUses.h"

using namespace mlir;
using namespace mlir::gradopt;

/// Whether `op` writes all of a buffer and reads nothing of it.
static bool overwrites(Operation *op, Value buffer) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp || linalgOp.getNumParallelLoops() != linalgOp.getNumLoops())
    return false;
  bool isWritten = false;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<BaseMemRefType>(operand.get().getType()) ||
        BufferView::get(operand.get()).memory != buffer)
      continue;
    if (operand.get() != buffer || !linalgOp.isDpsInit(&operand) ||
        linalgOp.payloadUsesValueFromOperand(&operand) ||
        !linalgOp.getMatchingIndexingMap(&operand).isPermutation())
      return false;
    isWritten = true;
  }
  return isWritten;
}

/// Whether `op` or one that looks into its views stands at `from` or behind.
static bool isUsedFrom(Operation *op, Operation *from) {
  Operation *inBlock = from->getBlock()->findAncestorOpInBlock(*op);
  if (!inBlock || !inBlock->isBeforeInBlock(from))
    return true;
  return isa<ViewLikeOpInterface>(op) &&
         llvm::any_of(op->getUsers(),
                      [&](Operation *user) { return isUsedFrom(user, from); });
}

/// Gives what is in a buffer from `from` on one of its own.
static void split(RewriterBase &rewriter, memref::AllocOp alloc,
                  Operation *from) {
  SmallVector<OpOperand *> later;
  for (OpOperand &use : alloc->getUses()) {
    Operation *user = use.getOwner();
    Operation *inBlock = from->getBlock()->findAncestorOpInBlock(*user);
    if (inBlock && !inBlock->isBeforeInBlock(from))
      later.push_back(&use);
    else if (!isa<memref::DimOp>(user) && isUsedFrom(user, from))
      return;
  }
  if (later.empty())
    return;
  rewriter.setInsertionPointAfter(alloc);
  Operation *own = rewriter.clone(*alloc);
  for (OpOperand *use : later)
    rewriter.modifyOpInPlace(use->getOwner(),
                             [&] { use->set(own->getResult(0)); });
}

void gradopt::splitBuffers(RewriterBase &rewriter, Block &block) {
  SmallVector<memref::AllocOp> allocs(block.getOps<memref::AllocOp>());
  for (memref::AllocOp alloc : allocs) {
    std::optional<BufferUses> uses = BufferUses::get(alloc);
    if (!uses || !uses->first)
      continue;
    SmallVector<Operation *> writers;
    for (Operation *user : alloc->getUsers())
      if (user->getBlock() == &block && user != uses->first &&
          overwrites(user, alloc))
        writers.push_back(user);
    // The last one first: what is behind it is none of the others'.
    llvm::sort(writers, [](Operation *a, Operation *b) {
      return b->isBeforeInBlock(a);
    });
    for (Operation *writer : writers)
      split(rewriter, alloc, writer);
  }
}
