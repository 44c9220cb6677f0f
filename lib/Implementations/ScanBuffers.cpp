//===- ScanBuffers.cpp - Buffers of a scan's values -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanBuffers.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::gradopt;

Value gradopt::findBuffer(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<ToTensorOp, ToBufferOp, memref::CastOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// A buffer and what else stands for it while ops are bufferized: users of an
/// alloc_tensor are bufferized before it, and know its buffer through ops of
/// their own. Nothing if it is no buffer of its own.
static SmallVector<Value> findBuffersOfAllocation(Value buffer) {
  if (buffer.getDefiningOp<memref::AllocOp>())
    return {buffer};
  auto toBuffer = buffer.getDefiningOp<ToBufferOp>();
  auto alloc = toBuffer ? toBuffer.getTensor().getDefiningOp<AllocTensorOp>()
                        : AllocTensorOp();
  SmallVector<Value> buffers;
  if (alloc && !alloc.getCopy())
    for (Operation *user : alloc->getUsers())
      if (isa<ToBufferOp>(user))
        buffers.push_back(user->getResult(0));
  return buffers;
}

Value gradopt::findFilledWith(Value buffer) {
  linalg::FillOp fill;
  for (Value same : findBuffersOfAllocation(buffer)) {
    for (Operation *user : same.getUsers()) {
      // What is not bufferized yet has not written yet.
      if (isa<memref::DimOp, ToTensorOp>(user))
        continue;
      if (auto copy = dyn_cast<memref::CopyOp>(user);
          copy && copy.getTarget() != same)
        continue;
      auto destination = dyn_cast<DestinationStyleOpInterface>(user);
      if (destination && !llvm::is_contained(destination.getDpsInits(), same))
        continue;
      auto one = dyn_cast<linalg::FillOp>(user);
      if (!one || fill)
        return {};
      fill = one;
    }
  }
  return fill ? fill.value() : Value();
}

/// Whether a buffer's layout does not matter to the ops that use it and views
/// of it.
bool gradopt::areUsersFreeOfLayout(Value buffer) {
  return llvm::all_of(buffer.getUsers(), [](Operation *user) {
    if (isa<memref::SubViewOp>(user))
      return areUsersFreeOfLayout(user->getResult(0));
    return isa<ToTensorOp, memref::CopyOp, memref::DimOp, memref::LoadOp,
               memref::StoreOp, linalg::LinalgOp>(user);
  });
}

void gradopt::replaceBuffer(RewriterBase &rewriter, Value buffer, Value by) {
  for (Operation *user : llvm::make_early_inc_range(buffer.getUsers())) {
    auto view = dyn_cast<memref::SubViewOp>(user);
    if (!view)
      continue;
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(view);
    MemRefType type = memref::SubViewOp::inferRankReducedResultType(
        view.getType().getShape(), cast<MemRefType>(by.getType()),
        view.getMixedOffsets(), view.getMixedSizes(), view.getMixedStrides());
    Value other = memref::SubViewOp::create(
        rewriter, view.getLoc(), type, by, view.getMixedOffsets(),
        view.getMixedSizes(), view.getMixedStrides());
    replaceBuffer(rewriter, view, other);
    rewriter.eraseOp(view);
  }
  rewriter.replaceAllUsesWith(buffer, by);
}

bool gradopt::useAsBuffer(RewriterBase &rewriter, Value value, Value row,
                          Block *body) {
  Operation *allocation = findBuffer(value).getDefiningOp();
  if (!allocation || allocation->getBlock() != body)
    return false;
  // An alloc_tensor is bufferized later than its users, which know its buffer
  // through ops of their own.
  SmallVector<Operation *> buffers;
  if (isa<memref::AllocOp>(allocation))
    buffers.push_back(allocation);
  else if (auto alloc = dyn_cast<AllocTensorOp>(allocation);
           alloc && !alloc.getCopy())
    llvm::append_range(buffers, alloc->getUsers());
  else
    return false;

  auto rowType = cast<MemRefType>(row.getType());
  for (Operation *buffer : buffers) {
    if (!isa<memref::AllocOp, ToBufferOp>(buffer))
      return false;
    auto type = dyn_cast<MemRefType>(buffer->getResult(0).getType());
    if (!type || type.getShape() != rowType.getShape() ||
        type.getMemorySpace() != rowType.getMemorySpace() ||
        !areUsersFreeOfLayout(buffer->getResult(0)))
      return false;
  }
  for (Operation *buffer : buffers) {
    replaceBuffer(rewriter, buffer->getResult(0), row);
    rewriter.eraseOp(buffer);
  }
  if (!isa<memref::AllocOp>(allocation))
    rewriter.eraseOp(allocation);
  return true;
}
