//===- HistoryRows.cpp - Values of a carry around each step ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HistoryRows.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Utils/Utils.h"

using namespace mlir;
using namespace mlir::gradopt;

Value gradopt::buildHistoryRows(OpBuilder &builder, Location loc, ScanOp scan,
                                Value history, bool reverse, bool after) {
  auto type = cast<RankedTensorType>(history.getType());
  int64_t length =
      type.isDynamicDim(0) ? scan.getStaticCount() : type.getDimSize(0) - 1;
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, loc, history);
  sizes[0] = ShapedType::isDynamic(length)
                 ? OpFoldResult(scan.getCount())
                 : OpFoldResult(builder.getIndexAttr(length));
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  // Forward, a step's row is before it and the next row after it. Without steps
  // there is no row to start at but the first.
  offsets[0] = builder.getIndexAttr(reverse != after && length != 0 ? 1 : 0);
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  auto rows = ScanOp::getSequenceType(ScanOp::getSliceType(type), length);
  return tensor::ExtractSliceOp::create(builder, loc, rows, history, offsets,
                                        sizes, strides);
}
