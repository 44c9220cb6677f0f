//===- ModelOps.cpp - Embedding and losses --------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;

/// The shape of one row of `width` numbers for each of `indices`.
static SmallVector<int64_t> getRowsShape(RankedTensorType indices,
                                         int64_t width) {
  SmallVector<int64_t> shape(indices.getShape());
  shape.push_back(width);
  return shape;
}

static LogicalResult verifyTable(Operation *op, StringRef name,
                                 RankedTensorType table) {
  if (table.getRank() == 2 && table.hasStaticShape())
    return success();
  return op->emitOpError() << name
                           << " must be a table with two static dimensions "
                              "(entries × row), got "
                           << table;
}

/// `positions` has the shape of the positions that a loss is the mean over.
static LogicalResult verifyLengths(Operation *op, Value lengths,
                                   RankedTensorType positions) {
  if (!lengths)
    return success();
  if (positions.getRank() < 2)
    return op->emitOpError("with lengths needs time and batch as the first two "
                           "dimensions, got positions of shape ")
           << positions;
  return verifyTensor(op, "lengths", lengths.getType(), positions.getDimSize(1),
                      getElementTypeOrSelf(lengths), "one for each batch row");
}

static LogicalResult verifyLoss(Operation *op, Type loss, Type elementType) {
  return verifyTensor(op, "loss", loss, {}, elementType,
                      "a scalar of the operand's element type");
}

//===----------------------------------------------------------------------===//
// EmbeddingOp
//===----------------------------------------------------------------------===//

LogicalResult EmbeddingOp::verify() {
  RankedTensorType table = getTable().getType();
  if (failed(verifyTable(*this, "table", table)))
    return failure();
  return verifyTensor(*this, "result", getResult().getType(),
                      getRowsShape(getIndices().getType(), table.getDimSize(1)),
                      table.getElementType(), "indices × row of table");
}

LogicalResult
EmbeddingOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &reified) {
  SmallVector<OpFoldResult> &dims = reified.emplace_back();
  for (int64_t i = 0, e = getIndices().getType().getRank(); i < e; ++i)
    dims.push_back(tensor::getMixedSize(builder, getLoc(), getIndices(), i));
  dims.push_back(tensor::getMixedSize(builder, getLoc(), getTable(), 1));
  return success();
}

//===----------------------------------------------------------------------===//
// ScatterAddOp
//===----------------------------------------------------------------------===//

LogicalResult ScatterAddOp::verify() {
  RankedTensorType table = getResult().getType();
  if (failed(verifyTable(*this, "result", table)))
    return failure();
  return verifyTensor(*this, "updates", getUpdates().getType(),
                      getRowsShape(getIndices().getType(), table.getDimSize(1)),
                      table.getElementType(), "indices × row of result");
}

//===----------------------------------------------------------------------===//
// Losses
//===----------------------------------------------------------------------===//

LogicalResult CrossEntropyOp::verify() {
  RankedTensorType logits = getLogits().getType();
  if (logits.getRank() == 0)
    return emitOpError("logits must have a last dimension for the classes");
  if (logits.isDynamicDim(logits.getRank() - 1) ||
      logits.getShape().back() == 0)
    return emitOpError() << "the number of classes (last dimension of logits) "
                            "must be static and not 0, got "
                         << logits;
  if (failed(verifyTensor(*this, "targets", getTargets().getType(),
                          logits.getShape().drop_back(),
                          getTargets().getType().getElementType(),
                          "logits without the classes")) ||
      failed(verifyLengths(*this, getLengths(), getTargets().getType())))
    return failure();
  return verifyLoss(*this, getLoss().getType(), logits.getElementType());
}

LogicalResult MeanSquaredErrorOp::verify() {
  RankedTensorType prediction = getPrediction().getType();
  if (failed(verifyTensor(*this, "target", getTarget().getType(),
                          prediction.getShape(), prediction.getElementType(),
                          "as the prediction")) ||
      failed(verifyLengths(*this, getLengths(), prediction)))
    return failure();
  return verifyLoss(*this, getLoss().getType(), prediction.getElementType());
}

//===----------------------------------------------------------------------===//
// DropoutOp and ZoneoutOp
//===----------------------------------------------------------------------===//

static LogicalResult verifyRandomChoice(Operation *op, FloatAttr rate,
                                        int64_t id) {
  if (failed(verifyRange([&] { return op->emitOpError(); }, "rate", rate, 0.0,
                         1.0)))
    return failure();
  if (id < 0)
    return op->emitOpError() << "id must not be negative, got " << id;
  return success();
}

LogicalResult DropoutOp::verify() {
  return verifyRandomChoice(*this, getRateAttr(), getId());
}

OpFoldResult DropoutOp::fold(FoldAdaptor) {
  return getRate().isZero() ? getValue() : OpFoldResult();
}

LogicalResult
DropoutOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &reified) {
  reified.push_back(tensor::getMixedSizes(builder, getLoc(), getValue()));
  return success();
}

LogicalResult ZoneoutOp::verify() {
  return verifyRandomChoice(*this, getRateAttr(), getId());
}

OpFoldResult ZoneoutOp::fold(FoldAdaptor) {
  return getRate().isZero() ? getNewValue() : OpFoldResult();
}

LogicalResult
ZoneoutOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &reified) {
  reified.push_back(tensor::getMixedSizes(builder, getLoc(), getNewValue()));
  return success();
}
