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

/// Fills or broadcasts again, which is less than to copy.
static Value buildAgain(OpBuilder &builder, Operation *user, Value value) {
  if (value.getDefiningOp<linalg::FillOp>())
    return buildOwnCopy(builder, user->getLoc(), value);
  auto op = value.getDefiningOp<linalg::LinalgOp>();
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  auto isSmall = [&](Value input) {
    auto type = dyn_cast<RankedTensorType>(input.getType());
    return !type || type.getRank() < rank;
  };
  if (!op || op->getNumResults() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) ||
      !llvm::all_of(op.getDpsInputs(), isSmall))
    return {};
  Value empty = buildEmptyLike(builder, op->getLoc(), value);
  Operation *again = builder.clone(*op);
  cast<linalg::LinalgOp>(again).getDpsInitsMutable()[0].set(empty);
  return again->getResult(0);
}

/// Whether `value` is what a loop of scf carries, whose buffer is the next
/// iteration's too: what is yielded must be made in it.
static bool isCarriedInPlace(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && isa_and_nonnull<scf::SCFDialect>(
                         argument.getOwner()->getParentOp()->getDialect());
}

/// What a linalg op writes its results to.
static void separateInits(linalg::LinalgOp op) {
  OpBuilder builder(op);
  for (OpOperand &init : op.getDpsInitsMutable()) {
    Value value = init.get();
    if (!isa<RankedTensorType>(value.getType()) || isCarriedInPlace(value) ||
        (value.hasOneUse() && !isConstantInLoop(op, value)))
      continue;
    if (op.payloadUsesValueFromOperand(&init)) {
      if (Value own = buildAgain(builder, op, value))
        init.set(own);
    } else if (op->getParentOfType<LoopLikeOpInterface>() &&
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
