//===- InsertBarriers.cpp - Where threads wait ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferAccess.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_INSERTBARRIERS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// Something touched since threads last met.
struct OpenAccess {
  BufferAccess access;
  /// The induction variable of the loop in an earlier iteration of which it was
  /// touched; null for none.
  Value earlierIn;
  /// Whether that iteration is the one before.
  bool next = false;
};
using OpenAccesses = std::vector<OpenAccess>;

/// Walks a function in the order in which it runs, and makes threads meet
/// before an op that must not run until another thread is done.
class BarrierInserter {
public:
  void run(Block &block);

private:
  void runOp(Operation *op);
  void runLoop(LoopLikeOpInterface loop);
  void runBranches(Operation *op);
  bool mustWait(ArrayRef<BufferAccess> accesses);
  void meetBefore(Operation *op);

  OpenAccesses open;
};
} // namespace

bool BarrierInserter::mustWait(ArrayRef<BufferAccess> accesses) {
  return llvm::any_of(accesses, [&](const BufferAccess &access) {
    return llvm::any_of(open, [&](const OpenAccess &earlier) {
      return isConflict(earlier.access, access, earlier.earlierIn,
                        earlier.next);
    });
  });
}

void BarrierInserter::meetBefore(Operation *op) {
  OpBuilder builder(op);
  BarrierOp::create(builder, op->getLoc());
  open.clear();
}

void BarrierInserter::runLoop(LoopLikeOpInterface loop) {
  // Once before the loop rather than in each iteration.
  std::vector<BufferAccess> inside;
  loop->walk([&](Operation *op) {
    if (op != loop && (op->getNumRegions() == 0 || isa<linalg::LinalgOp>(op)))
      collectAccesses(op, inside);
  });
  if (mustWait(inside))
    meetBefore(loop);

  Block &body = loop.getLoopRegions().front()->front();
  run(body);
  std::optional<SmallVector<Value>> ivs = loop.getLoopInductionVars();
  std::optional<SmallVector<OpFoldResult>> steps = loop.getLoopSteps();
  if (!ivs || ivs->size() != 1 || !steps) {
    // How far two iterations are from each other is not known.
    meetBefore(&body.front());
    return;
  }
  bool next =
      isConstantIntValue(steps->front(), 1) &&
      llvm::any_of(body, [](Operation &op) { return isa<BarrierOp>(op); });
  for (OpenAccess &access : open) {
    if (!loop->isProperAncestor(access.access.op))
      continue;
    access.earlierIn = ivs->front();
    access.next = next;
  }
  run(body);
}

void BarrierInserter::runBranches(Operation *op) {
  // Of several regions, one is run, or none.
  OpenAccesses before = open, after = open;
  for (Region &region : op->getRegions()) {
    open = before;
    for (Block &block : region)
      run(block);
    llvm::append_range(after, open);
  }
  open = std::move(after);
}

/// Whether threads take their shares inside of `op`, rather than one or all of
/// them running it as it is.
static bool hasShares(Operation *op) {
  return op
      ->walk([](Operation *inner) {
        return isa<linalg::LinalgOp, BarrierOp>(inner) ? WalkResult::interrupt()
                                                       : WalkResult::advance();
      })
      .wasInterrupted();
}

void BarrierInserter::runOp(Operation *op) {
  if (isa<BarrierOp>(op)) {
    open.clear();
    return;
  }
  if (op->getNumRegions() != 0 && !isa<linalg::LinalgOp>(op) && hasShares(op)) {
    auto loop = dyn_cast<LoopLikeOpInterface>(op);
    if (loop && loop.getLoopRegions().size() == 1 &&
        loop.getLoopRegions().front()->hasOneBlock())
      runLoop(loop);
    else
      runBranches(op);
    return;
  }
  std::vector<BufferAccess> accesses;
  collectAccesses(op, accesses);
  if (mustWait(accesses))
    meetBefore(op);
  for (BufferAccess &access : accesses)
    open.push_back({access, Value(), false});
}

void BarrierInserter::run(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block))
    runOp(&op);
}

namespace {
struct InsertBarriers : gradopt::impl::InsertBarriersBase<InsertBarriers> {
  using InsertBarriersBase::InsertBarriersBase;

  void runOnOperation() override {
    if (failed(verifyKernels(getOperation())))
      return signalPassFailure();
    for (Block &block : getOperation().getBody())
      BarrierInserter().run(block);
  }
};
} // namespace
