//===- SeparateLoopDestinations.cpp - Destinations in loops ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SeparateDestinations.h"
#include "WriteAgain.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SubsetOpInterface.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_SEPARATELOOPDESTINATIONS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// Whether a loop around `op` leaves `value` as it is.
static bool isConstantInLoop(Operation *op, Value value) {
  auto loop = op->getParentOfType<LoopLikeOpInterface>();
  return loop && loop.isDefinedOutsideOfLoop(value);
}

/// What a `tensor.insert_slice` or the like inserts into.
static void separateInsertion(SubsetInsertionOpInterface insertion) {
  OpOperand &destination = insertion.getDestinationOperand();
  Value value = destination.get();
  if (!isa<RankedTensorType>(value.getType()))
    return;
  bool isEmpty = value.getDefiningOp<tensor::EmptyOp>();
  if (!isConstantInLoop(insertion, value) && !(isEmpty && !value.hasOneUse()))
    return;
  OpBuilder builder(insertion);
  destination.set(isEmpty ? buildEmptyLike(builder, insertion.getLoc(), value)
                          : buildOwnCopy(builder, insertion.getLoc(), value));
}

/// Whether `value` is what a loop of scf carries, whose buffer is the next
/// iteration's too: what is yielded must be made in it.
static bool isCarriedInPlace(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && isa_and_nonnull<scf::SCFDialect>(
                         argument.getOwner()->getParentOp()->getDialect());
}

/// Whether the sums of a contraction cannot stay in the place of what they are
/// added to: the loop needs that again, or a scan keeps them elsewhere.
static bool startsElsewhere(linalg::LinalgOp op, OpOperand &init) {
  if (!linalg::isaContractionOpInterface(op))
    return false;
  Value value = init.get();
  if (isConstantInLoop(op, value))
    return true;
  auto scan = dyn_cast<ScanOp>(op->getParentOp());
  return scan && llvm::is_contained(scan.getSliceArgs(), value) &&
         llvm::any_of(op->getUsers(), llvm::IsaPred<YieldOp>);
}

/// What a linalg op writes its results to.
static void separateInits(linalg::LinalgOp op) {
  OpBuilder builder(op);
  for (OpOperand &init : op.getDpsInitsMutable()) {
    Value value = init.get();
    if (!isa<RankedTensorType>(value.getType()) || isCarriedInPlace(value))
      continue;
    bool isShared = !value.hasOneUse() || isConstantInLoop(op, value);
    if (op.payloadUsesValueFromOperand(&init)) {
      auto source = value.getDefiningOp<linalg::LinalgOp>();
      if (source && isMadeOfLess(source)) {
        if (isShared)
          init.set(buildOwnCopy(builder, op.getLoc(), value));
      } else if (startsElsewhere(op, init) && hasKnownSizes(value)) {
        // In front of the sums, where their lowering takes it for what they
        // start from.
        Value empty = buildEmptyLike(builder, op.getLoc(), value);
        init.set(linalg::CopyOp::create(builder, op.getLoc(), value, empty)
                     .getResult(0));
      }
    } else if (isShared && op->getParentOfType<LoopLikeOpInterface>() &&
               hasKnownSizes(value)) {
      init.set(buildEmptyLike(builder, op.getLoc(), value));
    }
  }
}

namespace {
struct SeparateLoopDestinations
    : gradopt::impl::SeparateLoopDestinationsBase<SeparateLoopDestinations> {
  using SeparateLoopDestinationsBase::SeparateLoopDestinationsBase;

  void runOnOperation() override {
    getOperation()->walk([](Operation *op) {
      if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
        separateInits(linalgOp);
      else if (auto insertion = dyn_cast<SubsetInsertionOpInterface>(op))
        separateInsertion(insertion);
    });
    IRRewriter rewriter(&getContext());
    writeYieldedSlices(rewriter, getOperation());
    writeInsertedAgain(rewriter, getOperation());
  }
};
} // namespace
