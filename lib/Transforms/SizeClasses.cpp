//===- SizeClasses.cpp - Sizes that are known to be the same ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SizeClasses.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;

static SizeClasses::Class getKey(OpFoldResult size) {
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return {nullptr, *constant};
  return {cast<Value>(size).getAsOpaquePointer(), -1};
}

static SizeClasses::Class getKey(Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return {nullptr, type.getDimSize(dim)};
  return {tensor.getAsOpaquePointer(), dim};
}

SizeClasses::Class SizeClasses::get(Value tensor, int64_t dim) {
  return classes.getOrInsertLeaderValue(getKey(tensor, dim));
}

SizeClasses::Class SizeClasses::get(OpFoldResult size) {
  return classes.getOrInsertLeaderValue(getKey(size));
}

void SizeClasses::unite(Class lhs, OpFoldResult size) {
  classes.unionSets(lhs, getKey(size));
}

/// All sizes of two tensors of one rank.
void SizeClasses::unite(Value lhs, Value rhs) {
  auto type = dyn_cast<RankedTensorType>(lhs.getType());
  auto other = dyn_cast<RankedTensorType>(rhs.getType());
  if (!type || !other || type.getRank() != other.getRank())
    return;
  for (int64_t dim : llvm::seq(type.getRank()))
    classes.unionSets(getKey(lhs, dim), getKey(rhs, dim));
}

SizeClasses::SizeClasses(Block *block) {
  while (block) {
    for (Operation &op : *block)
      addFacts(&op);
    Operation *parent = block->getParentOp();
    if (auto scan = dyn_cast_or_null<ScanOp>(parent)) {
      for (auto [arg, init, next] :
           llvm::zip_equal(scan.getCarryArgs(), scan.getInits(),
                           scan.getYieldedCarries())) {
        unite(arg, init);
        unite(next, init);
      }
      for (auto [arg, input] :
           llvm::zip_equal(scan.getSliceArgs(), scan.getInputs()))
        for (int64_t dim :
             llvm::seq(cast<RankedTensorType>(arg.getType()).getRank()))
          classes.unionSets(getKey(arg, dim), getKey(input, dim + 1));
    }
    block = parent && !parent->hasTrait<OpTrait::IsIsolatedFromAbove>()
                ? parent->getBlock()
                : nullptr;
  }
}

void SizeClasses::addFacts(Operation *op) {
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    for (OpOperand &operand : op->getOpOperands()) {
      if (!isa<RankedTensorType>(operand.get().getType()))
        continue;
      AffineMap map = linalgOp.getMatchingIndexingMap(&operand);
      for (auto [dim, expr] : llvm::enumerate(map.getResults()))
        if (auto loop = dyn_cast<AffineDimExpr>(expr))
          classes.unionSets(getKey(operand.get(), dim),
                            Class{op, loop.getPosition()});
    }
  } else if (auto dimOp = dyn_cast<tensor::DimOp>(op)) {
    auto type = dyn_cast<RankedTensorType>(dimOp.getSource().getType());
    std::optional<int64_t> dim = dimOp.getConstantIndex();
    if (type && dim && *dim >= 0 && *dim < type.getRank())
      unite(getKey(dimOp.getSource(), *dim), dimOp.getResult());
  } else if (auto empty = dyn_cast<tensor::EmptyOp>(op)) {
    for (auto [dim, size] : llvm::enumerate(empty.getMixedSizes()))
      unite(getKey(empty, dim), size);
  } else if (auto extract = dyn_cast<tensor::ExtractSliceOp>(op)) {
    llvm::SmallBitVector dropped = extract.getDroppedDims();
    int64_t kept = 0;
    for (auto [dim, size] : llvm::enumerate(extract.getMixedSizes()))
      if (!dropped.test(dim))
        unite(getKey(extract, kept++), size);
  } else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
    llvm::SmallBitVector dropped = insert.getDroppedDims();
    int64_t kept = 0;
    for (auto [dim, size] : llvm::enumerate(insert.getMixedSizes()))
      if (!dropped.test(dim))
        unite(getKey(insert.getSource(), kept++), size);
  } else if (auto cast = dyn_cast<tensor::CastOp>(op)) {
    unite(cast.getSource(), cast.getResult());
  } else if (auto scan = dyn_cast<ScanOp>(op)) {
    for (auto [result, init] :
         llvm::zip_equal(scan.getFinalCarries(), scan.getInits()))
      unite(result, init);
  } else if (OpTrait::hasElementwiseMappableTraits(op) ||
             op->hasTrait<OpTrait::SameOperandsAndResultType>()) {
    for (Value operand : op->getOperands())
      for (Value result : op->getResults())
        unite(operand, result);
  }
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    for (OpResult result : op->getResults())
      unite(result, destination.getTiedOpOperand(result)->get());
}
