//===- ScanShapes.cpp - Sizes of what a scan gives ------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"

using namespace mlir;
using namespace mlir::gradopt;

FailureOr<OpFoldResult> ScanOp::reifyBodyDim(OpBuilder &builder, Value shaped,
                                             int64_t dim) {
  return failure();
}

LogicalResult ScanOp::reifyResultShapes(OpBuilder &builder,
                                        ReifiedRankedShapedTypeDims &shapes) {
  return failure();
}

FailureOr<SmallVector<OpFoldResult>>
ScanOp::reifyShapeOfResult(OpBuilder &builder, int resultIndex) {
  return failure();
}

FailureOr<OpFoldResult> ScanOp::reifyDimOfResult(OpBuilder &builder,
                                                 int resultIndex, int dim) {
  return failure();
}
