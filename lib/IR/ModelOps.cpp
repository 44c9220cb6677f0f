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
                          "logits without the classes")))
    return failure();
  return verifyLoss(*this, getLoss().getType(), logits.getElementType());
}

LogicalResult MeanSquaredErrorOp::verify() {
  RankedTensorType prediction = getPrediction().getType();
  if (failed(verifyTensor(*this, "target", getTarget().getType(),
                          prediction.getShape(), prediction.getElementType(),
                          "as the prediction")))
    return failure();
  return verifyLoss(*this, getLoss().getType(), prediction.getElementType());
}

//===----------------------------------------------------------------------===//
// DropoutOp and ZoneoutOp
//===----------------------------------------------------------------------===//

LogicalResult DropoutOp::verify() { return success(); }

LogicalResult ZoneoutOp::verify() { return success(); }
