//===- SeparateDestinations.cpp - Tensors that are made in place ----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SeparateDestinations.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;
using namespace mlir::gradopt;

/// What `value` comes from through destinations alone, which has its sizes.
static Value findFirstDestination(Value value) {
  while (auto destination = value.getDefiningOp<DestinationStyleOpInterface>())
    value = destination.getTiedOpOperand(cast<OpResult>(value))->get();
  return value;
}

Value gradopt::buildEmptyLike(OpBuilder &builder, Location loc, Value like) {
  // Nothing needs to look at `like` where sizes are known from elsewhere.
  Value first = findFirstDestination(like);
  auto empty = first.getDefiningOp<tensor::EmptyOp>();
  return tensor::EmptyOp::create(
      builder, loc,
      empty ? empty.getMixedSizes()
            : tensor::getMixedSizes(builder, loc, first),
      getElementTypeOrSelf(like));
}

bool gradopt::hasKnownSizes(Value value) {
  Value first = findFirstDestination(value);
  return cast<RankedTensorType>(first.getType()).hasStaticShape() ||
         isa<BlockArgument>(first) ||
         isa<tensor::EmptyOp, tensor::ExtractSliceOp>(first.getDefiningOp());
}

bool gradopt::isMadeOfLess(linalg::LinalgOp op) {
  auto isSmall = [&](Value input) {
    auto type = dyn_cast<RankedTensorType>(input.getType());
    return !type || type.getRank() < op.getNumLoops();
  };
  return op.hasPureTensorSemantics() && op->getNumResults() == 1 &&
         op.getNumParallelLoops() == op.getNumLoops() &&
         !op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) &&
         llvm::all_of(op.getDpsInputs(), isSmall);
}

Value gradopt::buildOwnCopy(OpBuilder &builder, Location loc, Value shared) {
  auto op = shared.getDefiningOp<linalg::LinalgOp>();
  if (op && isMadeOfLess(op)) {
    Value empty = buildEmptyLike(builder, loc, shared);
    auto again = cast<linalg::LinalgOp>(builder.clone(*op));
    again.getDpsInitsMutable()[0].set(empty);
    return again->getResult(0);
  }
  return bufferization::AllocTensorOp::create(
      builder, loc, cast<RankedTensorType>(shared.getType()),
      /*dynamicSizes=*/ValueRange(), /*copy=*/shared);
}

/// A tensor that `op` can start from instead of the initial value `init`, which
/// others read too.
static Value buildOwnInit(OpBuilder &builder, Operation *op, OpOperand &init) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (linalgOp && !linalgOp.payloadUsesValueFromOperand(&init))
    return buildEmptyLike(builder, op->getLoc(), init.get());
  return buildOwnCopy(builder, op->getLoc(), init.get());
}

/// A branch gives what it computed itself, so that a place that it is written
/// to holds nothing that is read elsewhere.
static void separateYielded(RewriterBase &rewriter, Region &branch,
                            unsigned result) {
  Operation *end = branch.front().getTerminator();
  OpOperand &yielded = end->getOpOperand(result);
  Value value = yielded.get();
  bool isOwn = branch.isAncestor(value.getParentRegion());
  if (!isOwn || !value.hasOneUse()) {
    rewriter.setInsertionPoint(end);
    Value copy = bufferization::AllocTensorOp::create(
        rewriter, end->getLoc(), cast<RankedTensorType>(value.getType()),
        /*dynamicSizes=*/ValueRange(), /*copy=*/value);
    rewriter.modifyOpInPlace(end, [&] { yielded.set(copy); });
    return;
  }
  separateDestinations(rewriter, value);
}

void gradopt::separateDestinations(RewriterBase &rewriter, Value stored) {
  OpBuilder::InsertionGuard guard(rewriter);
  while (Operation *op = stored.getDefiningOp()) {
    if (auto cast = dyn_cast<tensor::CastOp>(op)) {
      stored = cast.getSource();
      continue;
    }
    if (auto branches = dyn_cast<scf::IfOp>(op)) {
      unsigned result = cast<OpResult>(stored).getResultNumber();
      separateYielded(rewriter, branches.getThenRegion(), result);
      separateYielded(rewriter, branches.getElseRegion(), result);
      return;
    }
    auto destination = dyn_cast<DestinationStyleOpInterface>(op);
    if (!destination)
      return;
    OpOperand &init = *destination.getTiedOpOperand(cast<OpResult>(stored));
    if (!init.get().hasOneUse()) {
      rewriter.setInsertionPoint(op);
      Value own = buildOwnInit(rewriter, op, init);
      rewriter.modifyOpInPlace(op, [&] { init.set(own); });
    }
    stored = init.get();
  }
}
