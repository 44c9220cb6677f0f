//===- SeparateDestinations.cpp - Tensors that are made in place ----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SeparateDestinations.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;
using namespace mlir::gradopt;

/// A tensor of the sizes of `like` whose elements do not matter.
static Value buildEmptyLike(OpBuilder &builder, Location loc, Value like) {
  return tensor::EmptyOp::create(builder, loc,
                                 tensor::getMixedSizes(builder, loc, like),
                                 getElementTypeOrSelf(like));
}

/// A tensor that `op` can start from instead of the initial value `init`, which
/// others read too.
static Value buildOwnInit(OpBuilder &builder, Operation *op, OpOperand &init) {
  Location loc = op->getLoc();
  Value shared = init.get();
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (linalgOp && !linalgOp.payloadUsesValueFromOperand(&init))
    return buildEmptyLike(builder, loc, shared);
  if (auto fill = shared.getDefiningOp<linalg::FillOp>())
    return linalg::FillOp::create(builder, loc, fill.getInputs(),
                                  buildEmptyLike(builder, loc, shared))
        .getResult(0);
  return bufferization::AllocTensorOp::create(
      builder, loc, cast<RankedTensorType>(shared.getType()),
      /*dynamicSizes=*/ValueRange(), /*copy=*/shared);
}

void gradopt::separateDestinations(RewriterBase &rewriter, Value stored) {
  OpBuilder::InsertionGuard guard(rewriter);
  while (Operation *op = stored.getDefiningOp()) {
    if (auto cast = dyn_cast<tensor::CastOp>(op)) {
      stored = cast.getSource();
      continue;
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
