//===- StridedOperand.cpp - Buffers along the loops of an op --------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StridedOperand.h"
#include "IndexBuilder.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::gradopt;

/// The strides of a buffer, such that equal ones are found to be equal: those
/// of a part of a dense buffer follow from the sizes of the whole.
static SmallVector<Value> buildStrides(ImplicitLocOpBuilder &builder,
                                       Value buffer) {
  IndexBuilder index(builder);
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> known = type.getStridesAndOffset().first;
  SmallVector<Value> strides;
  if (!llvm::any_of(known, ShapedType::isDynamic)) {
    for (int64_t stride : known)
      strides.push_back(index.constant(stride));
    return strides;
  }
  if (auto part = buffer.getDefiningOp<memref::SubViewOp>()) {
    SmallVector<Value> whole = buildStrides(builder, part.getSource());
    llvm::SmallBitVector dropped = part.getDroppedDims();
    for (auto [i, step] : llvm::enumerate(part.getMixedStrides()))
      if (!dropped[i])
        strides.push_back(index.mul(
            whole[i],
            getValueOrCreateConstantIndexOp(builder, builder.getLoc(), step)));
  } else if (type.getLayout().isIdentity()) {
    Value stride = index.constant(1);
    for (int64_t i = type.getRank(); i-- > 0;) {
      strides.push_back(stride);
      if (i != 0)
        stride = index.mul(stride, index.dim(buffer, i));
    }
    std::reverse(strides.begin(), strides.end());
  } else {
    auto metadata = memref::ExtractStridedMetadataOp::create(builder, buffer);
    llvm::append_range(strides, metadata.getStrides());
  }
  for (auto [stride, value] : llvm::zip_equal(known, strides))
    if (!ShapedType::isDynamic(stride))
      value = index.constant(stride);
  return strides;
}

StridedOperand StridedOperand::get(ImplicitLocOpBuilder &builder, Value buffer,
                                   AffineMap map) {
  IndexBuilder index(builder);
  SmallVector<Value> strides = buildStrides(builder, buffer);
  auto metadata = memref::ExtractStridedMetadataOp::create(builder, buffer);
  StridedOperand operand;
  operand.base = metadata.getBaseBuffer();
  operand.offset = getValueOrCreateConstantIndexOp(
      builder, builder.getLoc(), metadata.getConstifiedMixedOffset());
  operand.strides.assign(map.getNumDims(), index.constant(0));
  for (auto [i, stride] : llvm::enumerate(strides))
    operand.strides[map.getDimPosition(i)] = stride;
  return operand;
}

Value StridedOperand::buildMatrix(ImplicitLocOpBuilder &builder, Value rows,
                                  Value columns, Value rowStride,
                                  Value columnStride) const {
  auto fold = [](Value value) { return getAsOpFoldResult(value); };
  return memref::ReinterpretCastOp::create(
      builder, base, fold(offset), {fold(rows), fold(columns)},
      {fold(rowStride), fold(columnStride)});
}

CollapsedLoops gradopt::collapseLoops(ImplicitLocOpBuilder &builder,
                                      ArrayRef<unsigned> loops,
                                      ArrayRef<Value> sizes,
                                      ArrayRef<const StridedOperand *> operands,
                                      bool keepInnermost) {
  IndexBuilder index(builder);
  CollapsedLoops result;
  result.loop = loops.back();
  result.size = sizes[result.loop];
  Value isDense; // Of all loops so far, if that is not known.
  bool isStopped = false;
  for (unsigned loop : llvm::reverse(loops.drop_back())) {
    Value size = sizes[loop];
    if (isConstantIntValue(size, 1))
      continue;
    // A loop of one iteration has no say in where the next element lies.
    if (!keepInnermost && !isStopped && !isDense &&
        isConstantIntValue(result.size, 1)) {
      result.loop = loop;
      result.size = size;
      continue;
    }
    for (const StridedOperand *operand : operands) {
      Value end = index.mul(result.size, operand->strides[result.loop]);
      if (isStopped || isEqual(end, operand->strides[loop]))
        continue;
      std::optional<int64_t> a = getConstantIntValue(end);
      std::optional<int64_t> b = getConstantIntValue(operand->strides[loop]);
      isStopped = a && b;
      if (isStopped)
        break;
      Value isNext = index.isEqual(end, operand->strides[loop]);
      isDense = isDense ? index.both(isDense, isNext) : isNext;
    }
    if (isStopped) {
      result.outer.push_back({loop, size});
      continue;
    }
    Value all = index.mul(size, result.size);
    if (!isDense) {
      result.size = all;
      continue;
    }
    result.size = index.select(isDense, all, result.size);
    result.outer.push_back(
        {loop, index.select(isDense, index.constant(1), size)});
  }
  std::reverse(result.outer.begin(), result.outer.end());
  return result;
}

SmallVector<Value> gradopt::buildLoopSizes(ImplicitLocOpBuilder &builder,
                                           linalg::LinalgOp op) {
  IndexBuilder index(builder);
  SmallVector<int64_t> known = op.getStaticLoopRanges();
  SmallVector<Value> sizes(known.size());
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (unsigned i = 0, e = map.getNumResults(); i != e; ++i) {
      unsigned loop = map.getDimPosition(i);
      if (!sizes[loop])
        sizes[loop] = ShapedType::isDynamic(known[loop])
                          ? index.dim(operand.get(), i)
                          : index.constant(known[loop]);
    }
  }
  return sizes;
}
