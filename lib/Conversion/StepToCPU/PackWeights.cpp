//===- PackWeights.cpp - Weights in panels --------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackWeights.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

static Value buildIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

//===----------------------------------------------------------------------===//
// Shares
//===----------------------------------------------------------------------===//

std::pair<Value, Value> gradopt::buildShare(OpBuilder &builder, Location loc,
                                            OpFoldResult size, int64_t grain) {
  Value thread = ThreadIdOp::create(builder, loc);
  Value threads = NumThreadsOp::create(builder, loc);
  Value end = getValueOrCreateConstantIndexOp(builder, loc, size);
  Value unit = buildIndex(builder, loc, grain);
  Value units =
      grain == 1 ? end
                 : Value(arith::CeilDivUIOp::create(builder, loc, end, unit));
  auto buildBound = [&](Value number) -> Value {
    Value bound = arith::DivUIOp::create(
        builder, loc, arith::MulIOp::create(builder, loc, units, number),
        threads);
    if (grain == 1)
      return bound;
    bound = arith::MulIOp::create(builder, loc, bound, unit);
    return arith::MinUIOp::create(builder, loc, bound, end);
  };
  Value begin = buildBound(thread);
  Value next = buildBound(
      arith::AddIOp::create(builder, loc, thread, buildIndex(builder, loc, 1)));
  return {begin, arith::SubIOp::create(builder, loc, next, begin)};
}

void gradopt::buildColumnTiles(OpBuilder &builder, Location loc,
                               ColumnTiles tiles,
                               llvm::function_ref<void(Value, int64_t)> build) {
  OpBuilder::InsertionGuard guard(builder);
  int64_t rest = tiles.run % tiles.columns;
  Value begin = buildIndex(builder, loc, 0);
  Value full = buildIndex(builder, loc, tiles.run - rest);
  Value end = buildIndex(builder, loc, tiles.run);
  if (tiles.shared) {
    auto [first, size] = buildShare(
        builder, loc, builder.getIndexAttr(tiles.run), tiles.columns);
    begin = first;
    end = arith::AddIOp::create(builder, loc, first, size);
  }
  if (tiles.run >= tiles.columns) {
    Value last = tiles.shared && rest != 0
                     ? Value(arith::MinUIOp::create(builder, loc, end, full))
                 : tiles.shared ? end
                                : full;
    auto loop = scf::ForOp::create(builder, loc, begin, last,
                                   buildIndex(builder, loc, tiles.columns));
    builder.setInsertionPointToStart(loop.getBody());
    build(loop.getInductionVar(), tiles.columns);
    builder.setInsertionPointAfter(loop);
  }
  if (rest == 0)
    return;
  if (!tiles.shared)
    return build(full, rest);
  // The last thread that has a share has the narrow tile.
  Value isLast =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, end,
                            buildIndex(builder, loc, tiles.run));
  Value hasShare = arith::CmpIOp::create(builder, loc,
                                         arith::CmpIPredicate::ult, begin, end);
  auto branch = scf::IfOp::create(
      builder, loc, arith::AndIOp::create(builder, loc, isLast, hasShare),
      /*withElseRegion=*/false);
  builder.setInsertionPointToStart(branch.thenBlock());
  build(full, rest);
}

//===----------------------------------------------------------------------===//
// Panels
//===----------------------------------------------------------------------===//

/// The outermost loop around `op` in which `weight` stays as it is.
static LoopLikeOpInterface findInvariantLoop(LinalgOp op, Value weight) {
  Value memory = BufferView::get(weight).memory;
  LoopLikeOpInterface outermost;
  for (auto loop = op->getParentOfType<LoopLikeOpInterface>(); loop;
       loop = loop->getParentOfType<LoopLikeOpInterface>()) {
    if (!loop.isDefinedOutsideOfLoop(weight))
      break;
    if (mayWrite(loop, memory))
      break;
    outermost = loop;
  }
  return outermost;
}

/// The operand of a contraction that has its columns: a matrix of these and of
/// what is summed over.
static OpOperand *findWeight(LinalgOp op) {
  std::optional<unsigned> columnLoop = getColumnLoop(op);
  if (!linalg::isaContractionOpInterface(op) || !columnLoop)
    return nullptr;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    auto type = dyn_cast<MemRefType>(input->get().getType());
    if (!type || !type.hasStaticShape() || type.getNumElements() == 0 ||
        map.getNumResults() != 2 || !map.isProjectedPermutation())
      continue;
    unsigned first = map.getDimPosition(0), second = map.getDimPosition(1);
    unsigned summed = first == *columnLoop ? second : first;
    if ((first == *columnLoop || second == *columnLoop) &&
        op.getIteratorTypesArray()[summed] == utils::IteratorType::reduction)
      return input;
  }
  return nullptr;
}

std::pair<Value, OpOperand *> WeightPacker::find(LinalgOp op) const {
  auto it = packed.find(op);
  return it == packed.end() ? std::pair<Value, OpOperand *>() : it->second;
}

/// The panel of the tile at `column` of a run: depth x columns; without `run`
/// those of all runs: runs x depth x columns.
static Value selectPanels(OpBuilder &builder, Location loc, Value panels,
                          Value run, Value column, int64_t columns) {
  auto type = cast<MemRefType>(panels.getType());
  int64_t runs = type.getDimSize(1), depth = type.getDimSize(2);
  Value tile = arith::DivUIOp::create(
      builder, loc, column, buildIndex(builder, loc, type.getDimSize(3)));
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets = {tile, zero, zero, zero};
  SmallVector<OpFoldResult> sizes = {one, builder.getIndexAttr(runs),
                                     builder.getIndexAttr(depth),
                                     builder.getIndexAttr(columns)};
  SmallVector<int64_t> shape = {depth, columns};
  if (run) {
    offsets[1] = run;
    sizes[1] = one;
  } else {
    shape.insert(shape.begin(), runs);
  }
  SmallVector<OpFoldResult> strides(4, one);
  MemRefType view = memref::SubViewOp::inferRankReducedResultType(
      shape, type, offsets, sizes, strides);
  return memref::SubViewOp::create(builder, loc, view, panels, offsets, sizes,
                                   strides);
}

Value WeightPacker::buildPanel(OpBuilder &builder, Location loc, Value panels,
                               Value run, Value column, int64_t columns,
                               bool transposed) {
  Value view = selectPanels(builder, loc, panels, run, column, columns);
  if (!transposed)
    return view;
  return memref::TransposeOp::create(
      builder, loc, view,
      AffineMapAttr::get(AffineMap::getPermutationMap(ArrayRef<unsigned>{1, 0},
                                                      builder.getContext())));
}

Value WeightPacker::buildRuns(OpBuilder &builder, Location loc, Value panels,
                              Value column, int64_t columns) {
  return selectPanels(builder, loc, panels, /*run=*/Value(), column, columns);
}

Value WeightPacker::buildPanels(OpBuilder &builder, LinalgOp op,
                                OpOperand &weight, bool alone) {
  Location loc = op.getLoc();
  KernelAttr kernel = getKernel(op);
  auto type = cast<MemRefType>(weight.get().getType());
  AffineMap map = op.getMatchingIndexingMap(&weight);
  unsigned columnDim = map.getDimPosition(0) == *getColumnLoop(op) ? 0 : 1;
  int64_t size = type.getDimSize(columnDim);
  int64_t depth = type.getDimSize(1 - columnDim);
  int64_t run = kernel.getPeriod() != 0 ? kernel.getPeriod() : size;
  int64_t columns = kernel.getColumns(), runs = size / run;
  Value panels = memref::AllocOp::create(
      builder, loc,
      MemRefType::get(
          {llvm::divideCeilSigned(run, columns), runs, depth, columns},
          type.getElementType()),
      builder.getI64IntegerAttr(64));
  buildColumnTiles(
      builder, loc, {run, columns, /*shared=*/!alone},
      [&](Value column, int64_t width) {
        OpBuilder::InsertionGuard guard(builder);
        auto loop = scf::ForOp::create(
            builder, loc, buildIndex(builder, loc, 0),
            buildIndex(builder, loc, runs), buildIndex(builder, loc, 1));
        builder.setInsertionPointToStart(loop.getBody());
        Value begin = arith::AddIOp::create(
            builder, loc,
            arith::MulIOp::create(builder, loc, loop.getInductionVar(),
                                  buildIndex(builder, loc, run)),
            column);
        SmallVector<OpFoldResult> offsets(2, builder.getIndexAttr(0));
        SmallVector<OpFoldResult> sizes(2, builder.getIndexAttr(depth));
        SmallVector<OpFoldResult> strides(2, builder.getIndexAttr(1));
        offsets[columnDim] = begin;
        sizes[columnDim] = builder.getIndexAttr(width);
        Value from = memref::SubViewOp::create(builder, loc, weight.get(),
                                               offsets, sizes, strides);
        Value to = buildPanel(builder, loc, panels, loop.getInductionVar(),
                              column, width, /*transposed=*/false);
        AffineExpr row = builder.getAffineDimExpr(0),
                   col = builder.getAffineDimExpr(1);
        AffineMap read =
            columnDim == 1
                ? AffineMap::get(2, 0, {row, col}, builder.getContext())
                : AffineMap::get(2, 0, {col, row}, builder.getContext());
        AffineMap write =
            AffineMap::get(2, 0, {row, col}, builder.getContext());
        SmallVector<utils::IteratorType> loops(2,
                                               utils::IteratorType::parallel);
        linalg::GenericOp::create(
            builder, loc, ValueRange{from}, ValueRange{to},
            ArrayRef<AffineMap>{read, write}, loops,
            [](OpBuilder &inside, Location loc, ValueRange arguments) {
              linalg::YieldOp::create(inside, loc, arguments[0]);
            });
      });
  return panels;
}

void WeightPacker::pack(LinalgOp op, bool alone) {
  KernelAttr kernel = getKernel(op);
  OpOperand *weight = kernel.getColumns() != 0 ? findWeight(op) : nullptr;
  if (!weight)
    return;
  std::optional<unsigned> columnLoop = getColumnLoop(op);
  int64_t size = op.getStaticLoopRanges()[*columnLoop];
  if (kernel.getPeriod() != 0 && size % kernel.getPeriod() != 0)
    return;
  LoopLikeOpInterface loop = findInvariantLoop(op, weight->get());
  if (!loop)
    return;
  // A loop that thread 0 runs alone may stand in a branch of its own.
  OpBuilder builder(loop);
  bool only = alone || kernel.getSplit() < 0;
  if (Operation *barrier = barriers.lookup(loop))
    builder.setInsertionPoint(barrier);
  Value panels = buildPanels(builder, op, *weight, only);
  if (!only && !barriers.contains(loop))
    barriers[loop] = BarrierOp::create(builder, op.getLoc());
  packed[op] = {panels, weight};
}
