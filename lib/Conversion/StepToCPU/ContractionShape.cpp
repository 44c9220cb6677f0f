//===- ContractionShape.cpp - Contractions as matrix products -------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionShape.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

/// Stricter than linalg::detail::isContractionBody, which looks through unary
/// ops such as a negation.
static bool isSumOfProducts(Block &body) {
  if (body.getNumArguments() != 3)
    return false;
  auto yield = dyn_cast<linalg::YieldOp>(body.getTerminator());
  if (!yield || yield.getNumOperands() != 1)
    return false;
  auto add = yield.getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!add)
    return false;
  for (auto [product, sum] : {std::pair(add.getLhs(), add.getRhs()),
                              std::pair(add.getRhs(), add.getLhs())}) {
    auto mul = product.getDefiningOp<arith::MulFOp>();
    if (!mul || sum != body.getArgument(2))
      continue;
    Value a = body.getArgument(0), b = body.getArgument(1);
    if ((mul.getLhs() == a && mul.getRhs() == b) ||
        (mul.getLhs() == b && mul.getRhs() == a))
      return true;
  }
  return false;
}

bool gradopt::isContraction(linalg::LinalgOp op) {
  return op.getNumDpsInputs() == 2 && op.getNumDpsInits() == 1 &&
         op.getNumReductionLoops() != 0 && isSumOfProducts(*op.getBlock());
}

std::optional<unsigned> gradopt::findLoop(AffineMap map, unsigned loop) {
  return map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
}

/// The loop of C's elements that lie one behind the other. Of dimensions of
/// size one any may be that; the longest one is taken.
static std::optional<unsigned> findUnitLoop(OpOperand &out, AffineMap map,
                                            ArrayRef<int64_t> sizes) {
  auto type = cast<MemRefType>(out.get().getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return std::nullopt;
  auto isLonger = [&](unsigned a, unsigned b) {
    if (ShapedType::isDynamic(sizes[a]) || ShapedType::isDynamic(sizes[b]))
      return !ShapedType::isDynamic(sizes[b]) ? sizes[b] <= 1 : false;
    return sizes[a] > sizes[b];
  };
  std::optional<unsigned> best;
  for (unsigned i = map.getNumResults(); i-- > 0;) {
    unsigned loop = map.getDimPosition(i);
    if (strides[i] == 1 && (!best || isLonger(loop, *best)))
      best = loop;
  }
  return best;
}

FailureOr<ContractionShape> gradopt::matchContraction(linalg::LinalgOp op,
                                                      StringRef &reason) {
  auto fail = [&](StringRef text) {
    reason = text;
    return failure();
  };
  Type element = getElementTypeOrSelf(op->getOperand(0));
  if (!element.isF32() && !element.isF64())
    return fail("its elements are neither f32 nor f64");
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    if (!type || type.getElementType() != element)
      return fail("an operand is no buffer, or has another element type");
    SmallVector<int64_t> strides;
    int64_t offset;
    if (failed(type.getStridesAndOffset(strides, offset)))
      return fail("an operand's layout has no strides");
    if (!op.getMatchingIndexingMap(&operand).isProjectedPermutation())
      return fail("an operand is not indexed by loops alone");
  }

  ContractionShape shape;
  shape.out = op.getDpsInitOperand(0);
  OpOperand *inputs[] = {op.getDpsInputOperand(0), op.getDpsInputOperand(1)};
  AffineMap outMap = op.getMatchingIndexingMap(shape.out);
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  std::optional<unsigned> unit = findUnitLoop(*shape.out, outMap, sizes);
  if (!unit)
    return fail("no elements of its output are known to lie one behind the "
                "other");
  auto depends = [&](OpOperand *operand, unsigned loop) {
    return findLoop(op.getMatchingIndexingMap(operand), loop).has_value();
  };
  bool first = depends(inputs[0], *unit), second = depends(inputs[1], *unit);
  if (first == second)
    return fail("both inputs, or none, go along the output's elements that lie "
                "one behind the other");
  shape.left = inputs[first ? 1 : 0];
  shape.right = inputs[first ? 0 : 1];

  for (AffineExpr result : outMap.getResults()) {
    unsigned loop = cast<AffineDimExpr>(result).getPosition();
    if (loop == *unit)
      continue;
    bool inLeft = depends(shape.left, loop),
         inRight = depends(shape.right, loop);
    (inLeft && inRight ? shape.batches
     : inRight         ? shape.columns
                       : shape.rows)
        .push_back(loop);
  }
  shape.columns.push_back(*unit);
  for (OpOperand *input : {shape.right, shape.left}) {
    for (AffineExpr result : op.getMatchingIndexingMap(input).getResults()) {
      unsigned loop = cast<AffineDimExpr>(result).getPosition();
      if (!findLoop(outMap, loop) && !llvm::is_contained(shape.depths, loop))
        shape.depths.push_back(loop);
    }
  }
  return shape;
}

std::optional<InitialWriter>
gradopt::findInitialWriter(linalg::LinalgOp op, const ContractionShape &shape) {
  Operation *previous = op->getPrevNode();
  while (previous && isMemoryEffectFree(previous))
    previous = previous->getPrevNode();
  auto writer = dyn_cast_or_null<linalg::LinalgOp>(previous);
  if (!writer || writer.getNumDpsInits() != 1 ||
      writer.getNumParallelLoops() != writer.getNumLoops() ||
      writer.getDpsInits().front() != shape.out->get())
    return std::nullopt;
  AffineMap written =
      writer.getMatchingIndexingMap(writer.getDpsInitOperand(0));
  AffineMap out = op.getMatchingIndexingMap(shape.out);
  if (!written.isPermutation())
    return std::nullopt;
  Block &body = *writer.getBlock();
  Value value = body.getTerminator()->getOperand(0);
  Type element = getElementTypeOrSelf(shape.out->get());
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != &body) {
    // A number from outside.
    if (value.getParentBlock() == &body)
      return std::nullopt;
    return InitialWriter{writer, value, AffineMap()};
  }
  OpOperand *source = writer.getMatchingOpOperand(argument);
  if (writer.isDpsInit(source))
    return std::nullopt;
  Type type = source->get().getType();
  if (type == element)
    return InitialWriter{writer, source->get(), AffineMap()};
  AffineMap read = writer.getMatchingIndexingMap(source);
  auto buffer = dyn_cast<MemRefType>(type);
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!buffer || buffer.getElementType() != element ||
      !read.isProjectedPermutation() ||
      failed(buffer.getStridesAndOffset(strides, offset)))
    return std::nullopt;
  // Along the columns it is read as C is written, or is one number.
  SmallVector<AffineExpr> results;
  for (unsigned i = 0, e = read.getNumResults(); i != e; ++i) {
    unsigned dim = *findLoop(written, read.getDimPosition(i));
    results.push_back(out.getResult(dim));
    if (out.getDimPosition(dim) == shape.columns.back() && strides[i] != 1)
      return std::nullopt;
  }
  return InitialWriter{
      writer, source->get(),
      AffineMap::get(out.getNumDims(), 0, results, op.getContext())};
}
