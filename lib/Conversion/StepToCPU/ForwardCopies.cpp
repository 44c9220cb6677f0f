//===- ForwardCopies.cpp - Make a value where it is copied to -------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../Implementations/ScanBuffers.h"
#include "BufferUses.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::gradopt;

/// Whether `op`, or one in it, may touch elements of `place` otherwise than
/// through `buffer`.
static bool mayTouch(Operation *op, const BufferView &place, Value buffer) {
  return op
      ->walk([&](Operation *inner) {
        if (isa<ViewLikeOpInterface, memref::DimOp, memref::AllocOp>(inner))
          return WalkResult::advance();
        for (Value operand : inner->getOperands()) {
          if (!isa<BaseMemRefType>(operand.getType()))
            continue;
          BufferView view = BufferView::get(operand);
          if (view.memory != buffer && !areDisjoint(view, place))
            return WalkResult::interrupt();
        }
        // Memory that no operand stands for.
        bool isKnown = isa<linalg::LinalgOp, MemoryEffectOpInterface>(inner) ||
                       inner->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
                       inner->hasTrait<OpTrait::IsTerminator>();
        return isKnown ? WalkResult::advance() : WalkResult::interrupt();
      })
      .wasInterrupted();
}

/// Makes what `copy` copies in its target; the copy is erased.
static bool forward(RewriterBase &rewriter, memref::CopyOp copy) {
  auto alloc = copy.getSource().getDefiningOp<memref::AllocOp>();
  if (!alloc || alloc->getBlock() != copy->getBlock() ||
      copy.getSource().getType().getShape() !=
          copy.getTarget().getType().getShape() ||
      !areUsersFreeOfLayout(alloc))
    return false;
  std::optional<BufferUses> uses = BufferUses::get(alloc);
  if (!uses || uses->first == copy)
    return false;
  // From then on it may be read in either place.
  auto isLaterWrite = [&](const BufferUse &use) {
    Operation *op =
        copy->getBlock()->findAncestorOpInBlock(*use.operand->getOwner());
    return use.isWrite && copy->isBeforeInBlock(op);
  };
  if (llvm::any_of(uses->uses, isLaterWrite))
    return false;
  BufferView place = BufferView::get(copy.getTarget());
  if (!place.exact || place.memory == alloc.getResult())
    return false;
  Operation *end = uses->last->getNextNode();
  for (Operation *op = uses->first; op != end; op = op->getNextNode())
    if (op != copy && mayTouch(op, place, alloc))
      return false;
  Value target = copy.getTarget();
  if (failed(moveValueDefinitions(rewriter, target, uses->earliest)))
    return false;
  rewriter.eraseOp(copy);
  replaceBuffer(rewriter, alloc, target);
  rewriter.eraseOp(alloc);
  return true;
}

void gradopt::forwardCopies(RewriterBase &rewriter, Block &block) {
  SmallVector<memref::CopyOp> copies;
  block.walk([&](memref::CopyOp copy) { copies.push_back(copy); });
  for (memref::CopyOp copy : copies)
    forward(rewriter, copy);
}
