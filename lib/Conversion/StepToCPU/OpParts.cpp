//===- OpParts.cpp - Some iterations of an op -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpParts.h"
#include "BufferAccess.h"
#include "gradopt/IR/GradOptDialect.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

Value gradopt::buildView(OpBuilder &builder, LinalgOp op, OpOperand &operand,
                         ArrayRef<Part> parts) {
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  if (!type || type.getRank() == 0)
    return operand.get();
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes =
      memref::getMixedSizes(builder, op.getLoc(), operand.get());
  bool isPart = false;
  for (auto [dim, expr] :
       llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
    for (const Part &part : parts)
      if (expr == getAffineDimExpr(part.loop, op.getContext())) {
        offsets[dim] = part.begin;
        sizes[dim] = part.size;
        isPart = true;
      }
  if (!isPart)
    return operand.get();
  return memref::SubViewOp::create(builder, op.getLoc(), operand.get(), offsets,
                                   sizes, strides);
}

void gradopt::keepTile(LinalgOp op, Operation *part) {
  KernelAttr kernel = getKernel(op);
  part->setAttr(attr::kKernel,
                KernelAttr::get(op->getContext(), /*split=*/-1, /*period=*/0,
                                /*grain=*/1, kernel.getRows(),
                                kernel.getColumns(), kernel.getDepth(),
                                kernel.getOverwrite()));
}

void gradopt::buildPart(OpBuilder &builder, LinalgOp op, ArrayRef<Part> parts,
                        OpOperand *packedOperand, Value panel) {
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands())
    operands.push_back(&operand == packedOperand
                           ? panel
                           : buildView(builder, op, operand, parts));
  auto clone = cast<LinalgOp>(mlir::clone(builder, op, TypeRange(), operands));
  keepTile(op, clone);
  if (!clone.hasIndexSemantics())
    return;
  SmallVector<OpFoldResult> begins(op.getNumLoops(), builder.getIndexAttr(0));
  for (const Part &part : parts)
    begins[part.loop] = part.begin;
  linalg::offsetIndices(builder, clone, begins);
}
