//===- ScanShapes.cpp - Sizes of what a scan gives ------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/RegionSizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;

FailureOr<OpFoldResult> ScanOp::reifyBodyDim(OpBuilder &builder, Value shaped,
                                             int64_t dim) {
  return reifyRegionDim(builder, *this, shaped, dim);
}

FailureOr<OpFoldResult> ScanOp::reifyDimOfResult(OpBuilder &builder,
                                                 int resultIndex, int dim) {
  unsigned index = resultIndex;
  auto type = dyn_cast<RankedTensorType>(getResult(index).getType());
  if (!type)
    return failure();
  if (!type.isDynamicDim(dim))
    return OpFoldResult(builder.getIndexAttr(type.getDimSize(dim)));
  if (index < getNumCarries())
    return tensor::getMixedSize(builder, getLoc(), getInits()[index], dim);
  index -= getNumCarries();

  bool isHistory = index >= getNumOutputs();
  if (dim == 0) {
    if (int64_t steps = getStaticCount(); ShapedType::isStatic(steps))
      return OpFoldResult(builder.getIndexAttr(isHistory ? steps + 1 : steps));
    if (!isHistory)
      return OpFoldResult(getCount());
    Value one = arith::ConstantIndexOp::create(builder, getLoc(), 1);
    return OpFoldResult(
        arith::AddIOp::create(builder, getLoc(), getCount(), one).getResult());
  }
  if (isHistory)
    return tensor::getMixedSize(
        builder, getLoc(), getInits()[getHistories()[index - getNumOutputs()]],
        dim - 1);
  return reifyBodyDim(builder, getYieldedOutputs()[index], dim - 1);
}

FailureOr<SmallVector<OpFoldResult>>
ScanOp::reifyShapeOfResult(OpBuilder &builder, int resultIndex) {
  SmallVector<OpFoldResult> shape;
  auto type = dyn_cast<RankedTensorType>(getResult(resultIndex).getType());
  for (int64_t dim = 0, rank = type ? type.getRank() : 0; dim < rank; ++dim)
    shape.push_back(
        reifyDimOfResult(builder, resultIndex, dim).value_or(OpFoldResult()));
  return shape;
}

LogicalResult ScanOp::reifyResultShapes(OpBuilder &builder,
                                        ReifiedRankedShapedTypeDims &shapes) {
  for (OpResult result : (*this)->getResults()) {
    shapes.push_back(*reifyShapeOfResult(builder, result.getResultNumber()));
    // Bufferization takes each of them for known.
    if (llvm::is_contained(shapes.back(), OpFoldResult()))
      return failure();
  }
  return success();
}
