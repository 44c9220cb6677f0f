//===- BufferUses.cpp - When a buffer is used -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferUses.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace mlir::gradopt;

/// What an op does with a buffer; nothing if that is not known.
static std::optional<BufferUse> getUse(OpOperand &operand) {
  Operation *op = operand.getOwner();
  BufferUse use{&operand, BufferView::get(operand.get()), false, false};
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    use.isWrite = linalgOp.isDpsInit(&operand);
    use.isRead = linalgOp.payloadUsesValueFromOperand(&operand);
    return use;
  }
  auto effectOp = dyn_cast<MemoryEffectOpInterface>(op);
  if (!effectOp || op->getNumRegions() != 0 ||
      llvm::any_of(op->getResultTypes(), llvm::IsaPred<BaseMemRefType>))
    return std::nullopt;
  SmallVector<MemoryEffects::EffectInstance> effects;
  effectOp.getEffectsOnValue(operand.get(), effects);
  for (const MemoryEffects::EffectInstance &effect : effects) {
    use.isRead |= isa<MemoryEffects::Read>(effect.getEffect());
    use.isWrite |= isa<MemoryEffects::Write>(effect.getEffect());
    if (isa<MemoryEffects::Free, MemoryEffects::Allocate>(effect.getEffect()))
      return std::nullopt;
  }
  if (!use.isRead && !use.isWrite)
    return std::nullopt;
  return use;
}

std::optional<BufferUses> BufferUses::get(memref::AllocOp alloc) {
  BufferUses result;
  Block *block = alloc->getBlock();
  SmallVector<Value> buffers = {alloc};
  while (!buffers.empty()) {
    for (OpOperand &operand : buffers.pop_back_val().getUses()) {
      Operation *op = operand.getOwner();
      Operation *inBlock = block->findAncestorOpInBlock(*op);
      if (!inBlock)
        return std::nullopt;
      if (!result.earliest || inBlock->isBeforeInBlock(result.earliest))
        result.earliest = inBlock;
      if (isa<memref::DimOp>(op))
        continue;
      if (auto view = dyn_cast<ViewLikeOpInterface>(op)) {
        buffers.push_back(view.getViewDest());
        continue;
      }
      std::optional<BufferUse> use = getUse(operand);
      if (!use)
        return std::nullopt;
      result.uses.push_back(*use);
      if (!result.first || inBlock->isBeforeInBlock(result.first))
        result.first = inBlock;
      if (!result.last || result.last->isBeforeInBlock(inBlock))
        result.last = inBlock;
    }
  }
  return result;
}

bool gradopt::areDisjoint(const BufferView &a, const BufferView &b) {
  // An allocation shares nothing with other memory whose place is known.
  auto isKnown = [](const BufferView &view) {
    auto argument = dyn_cast<BlockArgument>(view.memory);
    return view.memory.getDefiningOp<memref::AllocOp>() ||
           view.root.getDefiningOp<memref::ViewOp>() ||
           (argument && isa<func::FuncOp>(argument.getOwner()->getParentOp()));
  };
  if (a.memory != b.memory)
    return isKnown(a) && isKnown(b) &&
           (a.memory.getDefiningOp<memref::AllocOp>() ||
            b.memory.getDefiningOp<memref::AllocOp>());
  if (!a.exact || !b.exact || a.root != b.root)
    return false;
  for (auto [offsetA, sizeA, offsetB, sizeB] :
       llvm::zip_equal(a.offsets, a.sizes, b.offsets, b.sizes)) {
    if (!sizeA || !sizeB)
      continue;
    std::optional<int64_t> lengthA = getConstantIntValue(sizeA),
                           lengthB = getConstantIntValue(sizeB);
    LinearForm distance = offsetB;
    std::optional<int64_t> number = distance.add(offsetA, -1).getConstant();
    if (number &&
        ((lengthA && *number >= *lengthA) || (lengthB && -*number >= *lengthB)))
      return true;
  }
  return false;
}

bool gradopt::areSame(const BufferView &a, const BufferView &b) {
  if (!a.exact || !b.exact || a.root != b.root || a.dims != b.dims)
    return false;
  for (auto [offsetA, sizeA, offsetB, sizeB] :
       llvm::zip_equal(a.offsets, a.sizes, b.offsets, b.sizes)) {
    LinearForm distance = offsetB;
    if (!sizeA || !sizeB || !isEqualConstantIntOrValue(sizeA, sizeB) ||
        distance.add(offsetA, -1).getConstant() != 0)
      return false;
  }
  return true;
}
