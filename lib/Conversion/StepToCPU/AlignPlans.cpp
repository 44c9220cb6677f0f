//===- AlignPlans.cpp - Shares of what follows each other -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AlignPlans.h"
#include "BufferUses.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

/// What has fewer tiles of columns is not divided by these for a sum's sake.
static constexpr int64_t kFewestTiles = 8;

static bool isElementwise(LinalgOp op) {
  return op.getNumParallelLoops() == op.getNumLoops();
}

/// The operand with an element for each iteration of a sum for each column,
/// column by column; null if `op` is something else.
static OpOperand *findSummedOperand(LinalgOp op) {
  std::optional<unsigned> columnLoop = getColumnLoop(op);
  if (!columnLoop || op.getNumReductionLoops() == 0 ||
      linalg::isaContractionOpInterface(op) || !isSplittable(op, *columnLoop))
    return nullptr;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (isa<MemRefType>(input->get().getType()) && map.isIdentity() &&
        *columnLoop + 1 == map.getNumResults())
      return input;
  }
  return nullptr;
}

namespace {
/// The op before some other one that writes all of a buffer.
struct Writer {
  LinalgOp op;
  OpOperand *operand = nullptr;
};
} // namespace

/// Nothing if the buffer is written in another way than as a whole.
static Writer findWriter(LinalgOp before, Value buffer) {
  BufferView view = BufferView::get(buffer);
  for (Operation *op = before->getPrevNode(); op; op = op->getPrevNode()) {
    if (auto linalgOp = dyn_cast<LinalgOp>(op))
      for (OpOperand &init : linalgOp.getDpsInitsMutable())
        if (isa<MemRefType>(init.get().getType()) &&
            areSame(BufferView::get(init.get()), view))
          return {linalgOp, &init};
    if (mayWrite(op, view.memory))
      return {};
  }
  return {};
}

/// The loop of `op` that runs along dimension `dim` of an operand, if it can be
/// divided.
static std::optional<unsigned> findLoop(LinalgOp op, OpOperand *operand,
                                        unsigned dim) {
  auto expr = dyn_cast<AffineDimExpr>(
      op.getMatchingIndexingMap(operand).getResult(dim));
  if (!expr || !isSplittable(op, expr.getPosition()))
    return std::nullopt;
  return expr.getPosition();
}

static void setPlan(LinalgOp op, unsigned split, int64_t grain, int64_t rows) {
  op->setAttr(attr::kKernel,
              KernelAttr::get(op->getContext(), split, /*period=*/0, grain,
                              rows, /*columns=*/0, /*depth=*/0,
                              /*overwrite=*/false));
}

/// How many iterations of the first loop read or write so many bytes of the
/// operand, which has an element for each iteration; 0 if there are no others.
static int64_t countRows(LinalgOp op, OpOperand *operand, int64_t bytes) {
  auto type = cast<MemRefType>(operand->get().getType());
  if (op.getNumLoops() < 2)
    return 0;
  int64_t rowBytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  for (int64_t size : type.getShape().drop_front()) {
    if (ShapedType::isDynamic(size))
      return 1;
    rowBytes = llvm::SaturatingMultiply<uint64_t>(rowBytes, size);
  }
  return std::max<int64_t>(1, bytes / std::max<int64_t>(1, rowBytes));
}

/// Gives a sum for each column and what writes its operand the same shares.
static void alignSum(LinalgOp sum, OpOperand *operand, Writer writer,
                     const CPUTarget &target) {
  unsigned dim = sum.getNumLoops() - 1;
  std::optional<unsigned> loop = findLoop(writer.op, writer.operand, dim);
  KernelAttr kernel = getKernel(writer.op);
  // The work of one thread stays that.
  if (!loop || kernel.getSplit() < 0 || kernel.getPeriod() != 0)
    return;
  int64_t size = writer.op.getStaticLoopRanges()[*loop];
  int64_t bits =
      cast<MemRefType>(operand->get().getType()).getElementTypeBitWidth();
  int64_t grain = 2 * std::max<int64_t>(1, target.getLanes(bits));
  if (kernel.getSplit() == int64_t(*loop))
    grain = kernel.getGrain();
  else if (ShapedType::isDynamic(size) || size < kFewestTiles * grain)
    return;

  bool takesTurns =
      isElementwise(writer.op) &&
      writer.op.getMatchingIndexingMap(writer.operand).isIdentity();
  if (takesTurns)
    setPlan(writer.op, *loop, grain,
            countRows(writer.op, writer.operand, target.l1Bytes / 2));
  else if (kernel.getSplit() != int64_t(*loop))
    setPlan(writer.op, *loop, grain, /*rows=*/0);
  setPlan(sum, dim, grain,
          countRows(sum, operand,
                    takesTurns ? target.l1Bytes / 2 : target.l2Bytes / 4));
}

/// Gives what fills a result of `op` before the same shares.
static void alignFill(LinalgOp op, Writer fill) {
  KernelAttr kernel = getKernel(op);
  if (kernel.getSplit() < 0 || kernel.getPeriod() != 0 ||
      !isElementwise(fill.op) || fill.op.getNumDpsInits() != 1)
    return;
  for (OpOperand &init : op.getDpsInitsMutable()) {
    if (!areSame(BufferView::get(init.get()),
                 BufferView::get(fill.operand->get())))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&init);
    for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
      if (expr != getAffineDimExpr(kernel.getSplit(), op.getContext()))
        continue;
      if (std::optional<unsigned> loop = findLoop(fill.op, fill.operand, dim))
        setPlan(fill.op, *loop, kernel.getGrain(), /*rows=*/0);
    }
  }
}

void gradopt::alignPlans(ArrayRef<LinalgOp> ops, const CPUTarget &target) {
  llvm::SmallPtrSet<Operation *, 16> changeable(ops.begin(), ops.end());
  for (LinalgOp op : ops)
    if (OpOperand *operand = findSummedOperand(op)) {
      Writer writer = findWriter(op, operand->get());
      if (writer.op && changeable.contains(writer.op))
        alignSum(op, operand, writer, target);
    }
  for (LinalgOp op : ops)
    for (OpOperand &init : op.getDpsInitsMutable()) {
      if (!isa<MemRefType>(init.get().getType()) ||
          !op.payloadUsesValueFromOperand(&init))
        continue;
      Writer fill = findWriter(op, init.get());
      if (fill.op && changeable.contains(fill.op))
        alignFill(op, fill);
    }
}
