//===- PrefetchOperands.cpp - What is read soon ---------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PrefetchOperands.h"
#include "BufferAccess.h"
#include "gradopt/Conversion/CPUTarget.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

/// Whether rows of `buffer` lie in one piece: a prefetch for each is of use.
static bool hasRows(Value buffer) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  return type && type.getRank() >= 2 && type.getElementType().isIntOrFloat() &&
         !type.isDynamicDim(type.getRank() - 1) &&
         succeeded(type.getStridesAndOffset(strides, offset)) &&
         strides.back() == 1;
}

SmallVector<OpOperand *>
gradopt::findOperandsReadLater(ArrayRef<LinalgOp> group) {
  SmallVector<OpOperand *> found;
  llvm::SmallPtrSet<Value, 8> written;
  bool isBehind = false;
  for (LinalgOp op : group) {
    bool isContraction = linalg::isaContractionOpInterface(op);
    if (isBehind && !isContraction)
      for (OpOperand *input : op.getDpsInputOperands())
        if (hasRows(input->get()) &&
            !written.contains(BufferView::get(input->get()).memory))
          found.push_back(input);
    for (Value out : op.getDpsInits())
      if (isa<MemRefType>(out.getType()))
        written.insert(BufferView::get(out).memory);
    isBehind |= isContraction;
  }
  return found;
}

void gradopt::buildPrefetch(OpBuilder &builder, Location loc, Value view) {
  auto type = cast<MemRefType>(view.getType());
  OpBuilder::InsertionGuard guard(builder);
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  SmallVector<Value> position;
  for (OpFoldResult size :
       ArrayRef(memref::getMixedSizes(builder, loc, view)).drop_back()) {
    auto loop = scf::ForOp::create(
        builder, loc, zero, getValueOrCreateConstantIndexOp(builder, loc, size),
        one);
    builder.setInsertionPointToStart(loop.getBody());
    position.push_back(loop.getInductionVar());
  }
  int64_t step = std::max<int64_t>(1, CPUTarget::kCacheLineBytes * 8 /
                                          type.getElementTypeBitWidth());
  for (int64_t column = 0; column < type.getShape().back(); column += step) {
    SmallVector<Value> element = position;
    element.push_back(arith::ConstantIndexOp::create(builder, loc, column));
    memref::PrefetchOp::create(builder, loc, view, element, /*isWrite=*/false,
                               /*localityHint=*/2, /*isDataCache=*/true);
  }
}
