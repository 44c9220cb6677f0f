//===- CollapseLoops.cpp - One loop of several ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// linalg::collapseOpIterationDims wants all operands to have all loops.

#include "VectorLoops.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::gradopt;

/// Whether dimensions `dim` and `dim + 1` of `type` are one in memory.
static bool isOneInMemory(MemRefType type, unsigned dim) {
  if (type.getLayout().isIdentity())
    return true;
  int64_t offset;
  SmallVector<int64_t> strides;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return false;
  int64_t size = type.getDimSize(dim + 1);
  return !ShapedType::isDynamic(size) && !ShapedType::isDynamic(strides[dim]) &&
         !ShapedType::isDynamic(strides[dim + 1]) &&
         strides[dim] == size * strides[dim + 1];
}

static std::optional<unsigned> findResult(AffineMap map, unsigned dim) {
  return map.getResultPosition(getAffineDimExpr(dim, map.getContext()));
}

/// Whether loops `loop` and `loop + 1` run through `operand` as one.
static bool isOneLoop(Type operand, AffineMap map, unsigned loop) {
  std::optional<unsigned> first = findResult(map, loop);
  std::optional<unsigned> second = findResult(map, loop + 1);
  if (!first && !second)
    return true;
  return first && second && *second == *first + 1 &&
         isOneInMemory(cast<MemRefType>(operand), *first);
}

linalg::GenericOp gradopt::collapseLoops(RewriterBase &rewriter,
                                         linalg::GenericOp op) {
  if (op.hasIndexSemantics() ||
      !llvm::all_of(op.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isProjectedPermutation(); }))
    return op;

  // By loop, which of the new ones it is part of.
  SmallVector<utils::IteratorType> oldTypes = op.getIteratorTypesArray();
  SmallVector<utils::IteratorType> types;
  SmallVector<unsigned> newLoops;
  for (unsigned loop = 0; loop < oldTypes.size(); ++loop) {
    bool joins =
        loop != 0 && oldTypes[loop] == oldTypes[loop - 1] &&
        llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
          return isOneLoop(operand.get().getType(),
                           op.getMatchingIndexingMap(&operand), loop - 1);
        });
    if (!joins)
      types.push_back(oldTypes[loop]);
    newLoops.push_back(types.size() - 1);
  }
  if (types.size() == oldTypes.size())
    return op;

  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    SmallVector<ReassociationIndices> groups;
    SmallVector<AffineExpr> results;
    for (auto [position, result] : llvm::enumerate(map.getResults())) {
      unsigned loop = newLoops[cast<AffineDimExpr>(result).getPosition()];
      AffineExpr expr = rewriter.getAffineDimExpr(loop);
      if (results.empty() || results.back() != expr) {
        results.push_back(expr);
        groups.emplace_back();
      }
      groups.back().push_back(position);
    }
    Value value = operand.get();
    if (results.size() != map.getNumResults())
      value = memref::CollapseShapeOp::create(rewriter, loc, value, groups);
    operands.push_back(value);
    maps.push_back(
        AffineMap::get(types.size(), 0, results, rewriter.getContext()));
  }
  unsigned numInputs = op.getNumDpsInputs();
  auto collapsed = linalg::GenericOp::create(
      rewriter, loc, ArrayRef(operands).take_front(numInputs),
      ArrayRef(operands).drop_front(numInputs), maps, types);
  rewriter.inlineRegionBefore(op.getRegion(), collapsed.getRegion(),
                              collapsed.getRegion().begin());
  rewriter.eraseOp(op);
  return collapsed;
}
