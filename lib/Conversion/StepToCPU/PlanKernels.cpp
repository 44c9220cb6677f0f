//===- PlanKernels.cpp - Tiles and shares of threads ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AlignPlans.h"
#include "BufferAccess.h"
#include "gradopt/Conversion/CPUTarget.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/GradOptDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_PLANKERNELS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

/// What a dynamic size is taken for when work is estimated.
static constexpr int64_t kLikelySize = 32;
/// Multiply-adds below which a step of a loop is not worth meeting for: about
/// what one thread does in the time of a barrier.
static constexpr int64_t kLeastSharedWork = 1 << 15;

static int64_t estimate(int64_t size) {
  return ShapedType::isDynamic(size) ? kLikelySize : size;
}

/// Products and elementwise operations of an op.
static int64_t estimateWork(LinalgOp op) {
  int64_t work = 1;
  for (int64_t size : op.getStaticLoopRanges())
    work = llvm::SaturatingMultiply<uint64_t>(work, estimate(size));
  int64_t operations =
      std::max<int64_t>(1, op.getBlock()->getOperations().size() - 1);
  return linalg::isaContractionOpInterface(op)
             ? work
             : llvm::SaturatingMultiply<uint64_t>(work, operations);
}

//===----------------------------------------------------------------------===//
// Register tiles
//===----------------------------------------------------------------------===//

namespace {
/// The tile of a contraction of which the sums stay in registers.
struct RegisterTile {
  int64_t rows, columns;
};
} // namespace

/// As many rows as there are registers for the sums of two vectors each; fewer
/// rows get wider ones, so that enough sums are under way at a time.
static RegisterTile getRegisterTile(const CPUTarget &target, Type elementType,
                                    int64_t rows) {
  int64_t lanes = std::max<int64_t>(
      1, target.getLanes(elementType.getIntOrFloatBitWidth()));
  // One register for the row's element, one for each vector of columns.
  int64_t most = (target.vectorRegisters - 3) / 2;
  most -= most % 2;
  if (ShapedType::isDynamic(rows) || rows >= most)
    return {most, 2 * lanes};
  rows = std::max<int64_t>(rows, 1);
  int64_t vectors = 2;
  while (2 * vectors * rows <= target.vectorRegisters - 4 && vectors < 8)
    vectors *= 2;
  return {rows, vectors * lanes};
}

//===----------------------------------------------------------------------===//
// One op
//===----------------------------------------------------------------------===//

/// The loops of `op` that make its rows: those of its output but the columns.
static int64_t getRows(LinalgOp op, unsigned columnLoop) {
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  int64_t rows = 1;
  for (AffineExpr expr : map.getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || dim.getPosition() == columnLoop)
      continue;
    if (ShapedType::isDynamic(ranges[dim.getPosition()]))
      return ShapedType::kDynamic;
    rows *= ranges[dim.getPosition()];
  }
  return rows;
}

namespace {
struct Plan {
  int64_t split = -1, period = 0, grain = 1, rows = 0, columns = 0;

  /// What someone has chosen before stays.
  void attach(LinalgOp op) const {
    if (op->hasAttr(attr::kKernel))
      return;
    op->setAttr(attr::kKernel,
                KernelAttr::get(op->getContext(), split, period, grain, rows,
                                columns, /*depth=*/0, /*overwrite=*/false));
  }
};
} // namespace

/// An op that stands by itself, outside of all loops with others.
static Plan planAlone(LinalgOp op, const CPUTarget &target) {
  Plan plan;
  std::optional<unsigned> columnLoop = getColumnLoop(op);
  if (!columnLoop || estimateWork(op) < kLeastSharedWork)
    return plan;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  Type elementType =
      getElementTypeOrSelf(op.getDpsInitOperand(0)->get().getType());
  int64_t lanes =
      elementType.isIntOrFloat()
          ? std::max<int64_t>(
                1, target.getLanes(elementType.getIntOrFloatBitWidth()))
          : 1;
  bool isContraction = linalg::isaContractionOpInterface(op);
  if (isContraction) {
    int64_t rows = getRows(op, *columnLoop);
    RegisterTile tile = getRegisterTile(target, elementType, rows);
    // Every thread packs all of one operand and its share of the other one.
    int64_t columns = ranges[*columnLoop];
    if (isSplittable(op, *columnLoop) && estimate(columns) > estimate(rows) &&
        estimate(columns) >= 8 * tile.columns) {
      plan.split = *columnLoop;
      plan.grain = tile.columns;
      return plan;
    }
  }
  // Whole rows if there are some for every thread, since a row's share need not
  // be a multiple of anything.
  int64_t enoughRows = isContraction ? 24 : 8;
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (AffineExpr expr : map.getResults().drop_back()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || !isSplittable(op, dim.getPosition()))
      continue;
    unsigned loop = dim.getPosition();
    if (ShapedType::isDynamic(ranges[loop]) || ranges[loop] >= enoughRows) {
      plan.split = loop;
      return plan;
    }
  }
  if (!isSplittable(op, *columnLoop))
    return plan;
  if (isContraction) {
    plan.split = *columnLoop;
    plan.grain = 2 * lanes;
  } else if (!ShapedType::isDynamic(ranges[*columnLoop])) {
    plan.split = *columnLoop;
    plan.grain = plan.columns = 8 * lanes;
  }
  return plan;
}

//===----------------------------------------------------------------------===//
// A loop over time
//===----------------------------------------------------------------------===//

/// The number of columns after which what `op` writes begins anew for those who
/// read it: the units of one of several gates.
static int64_t getPeriod(LinalgOp op, unsigned columnLoop,
                         ArrayRef<LinalgOp> others) {
  int64_t size = op.getStaticLoopRanges()[columnLoop];
  if (ShapedType::isDynamic(size))
    return 0;
  BufferView written = BufferView::get(op.getDpsInitOperand(0)->get());
  if (!written.exact)
    return 0;
  unsigned dim = written.dims.back();
  std::optional<int64_t> begin = written.offsets[dim].getConstant();
  int64_t period = size;
  for (LinalgOp other : others) {
    if (other == op)
      continue;
    for (Value operand : other->getOperands()) {
      if (!isa<MemRefType>(operand.getType()))
        continue;
      BufferView view = BufferView::get(operand);
      if (!view.exact || view.root != written.root)
        continue;
      std::optional<int64_t> length =
          view.sizes[dim] ? getConstantIntValue(view.sizes[dim]) : std::nullopt;
      std::optional<int64_t> offset = view.offsets[dim].getConstant();
      if (!length || !offset || !begin || *length == 0 || *length >= period)
        continue;
      if (size % *length == 0 && (*offset - *begin) % *length == 0)
        period = *length;
    }
  }
  return period == size ? 0 : period;
}

namespace {
class LoopPlanner {
public:
  LoopPlanner(LoopLikeOpInterface loop, const CPUTarget &target)
      : target(target) {
    loop->walk([&](LinalgOp op) { ops.push_back(op); });
  }

  void run() {
    int64_t work = 0, weightBytes = 0;
    for (LinalgOp op : ops) {
      work = llvm::SaturatingAdd<uint64_t>(work, estimateWork(op));
      weightBytes += getWeightBytes(op);
    }
    if (work < kLeastSharedWork) {
      for (LinalgOp op : ops)
        planFor(op, /*byRows=*/false, /*single=*/true).attach(op);
      return;
    }
    // Rows of a batch depend on nothing but themselves, so that threads need
    // not meet in time; but each of them reads all weights, which must fit into
    // its own cache.
    bool byRows = weightBytes <= target.l2Bytes / 2 &&
                  llvm::all_of(ops, [&](LinalgOp op) {
                    std::optional<unsigned> loop = getRowLoop(op);
                    // A sum over rows needs those of all threads.
                    return loop && loop != getColumnLoop(op) &&
                           op.getStaticLoopRanges()[*loop] >= kEnoughRows;
                  });
    for (LinalgOp op : ops)
      planFor(op, byRows, /*single=*/false).attach(op);
  }

private:
  /// A batch of fewer rows is not divided.
  static constexpr int64_t kEnoughRows = 12;

  /// The first dimension of what is written, if all results have it and there
  /// are columns beside it.
  static std::optional<unsigned> getRowLoop(LinalgOp op) {
    if (op.getNumDpsInits() == 0)
      return std::nullopt;
    AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
    if (map.getNumResults() == 0)
      return std::nullopt;
    auto first = dyn_cast<AffineDimExpr>(map.getResult(0));
    if (!first || !isSplittable(op, first.getPosition()))
      return std::nullopt;
    return first.getPosition();
  }

  /// Bytes of the operand of a contraction that is the same for all rows.
  static int64_t getWeightBytes(LinalgOp op) {
    std::optional<unsigned> row = getRowLoop(op);
    if (!row || !linalg::isaContractionOpInterface(op))
      return 0;
    AffineExpr loop = getAffineDimExpr(*row, op.getContext());
    int64_t bytes = 0;
    for (OpOperand *input : op.getDpsInputOperands()) {
      auto type = dyn_cast<MemRefType>(input->get().getType());
      if (!type || !type.hasStaticShape() ||
          llvm::is_contained(op.getMatchingIndexingMap(input).getResults(),
                             loop))
        continue;
      bytes += type.getNumElements() * type.getElementTypeBitWidth() / 8;
    }
    return bytes;
  }

  Plan planFor(LinalgOp op, bool byRows, bool single) {
    Plan plan;
    std::optional<unsigned> columnLoop = getColumnLoop(op);
    if (!columnLoop)
      return plan;
    Type elementType =
        getElementTypeOrSelf(op.getDpsInitOperand(0)->get().getType());
    if (!elementType.isIntOrFloat())
      return plan;
    if (isSplittable(op, *columnLoop) &&
        !ShapedType::isDynamic(op.getStaticLoopRanges()[*columnLoop])) {
      plan.columns = getColumns();
      plan.period = getPeriod(op, *columnLoop, ops);
      if (linalg::isaContractionOpInterface(op))
        plan.rows = getRows(op, *columnLoop, elementType, plan.columns);
    }
    if (single)
      return plan;
    if (byRows) {
      plan.split = *getRowLoop(op);
      return plan;
    }
    if (plan.columns != 0) {
      plan.split = *columnLoop;
      plan.grain = plan.columns;
    }
    return plan;
  }

  /// Rows of a tile of so many columns: their sums take three quarters of the
  /// registers at most.
  int64_t getRows(LinalgOp op, unsigned columnLoop, Type elementType,
                  int64_t columns) const {
    int64_t lanes = std::max<int64_t>(
        1, target.getLanes(elementType.getIntOrFloatBitWidth()));
    int64_t vectors = llvm::divideCeilSigned(columns, lanes);
    int64_t rows =
        getRegisterTile(target, elementType, ::getRows(op, columnLoop)).rows;
    return std::clamp<int64_t>(target.vectorRegisters * 3 / 4 / vectors, 1,
                               rows);
  }

  /// One width for all ops of the loop, so that a tile of one is what the next
  /// one reads: that of the contraction of the most rows.
  int64_t getColumns() {
    if (columns != 0)
      return columns;
    for (LinalgOp op : ops) {
      std::optional<unsigned> columnLoop = getColumnLoop(op);
      if (!columnLoop || !linalg::isaContractionOpInterface(op))
        continue;
      int64_t width =
          getRegisterTile(target,
                          getElementTypeOrSelf(op.getDpsInitOperand(0)->get()),
                          ::getRows(op, *columnLoop))
              .columns;
      columns = columns == 0 ? width : std::min(columns, width);
    }
    if (columns == 0)
      columns = 8 * target.getLanes(32);
    return columns;
  }

  const CPUTarget &target;
  SmallVector<LinalgOp> ops;
  int64_t columns = 0;
};

struct PlanKernels : gradopt::impl::PlanKernelsBase<PlanKernels> {
  using PlanKernelsBase::PlanKernelsBase;

  void runOnOperation() override {
    CPUTarget target = CPUTarget::get(getOperation());
    SmallVector<LinalgOp> alone;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (auto loop = dyn_cast<LoopLikeOpInterface>(op)) {
        LoopPlanner(loop, target).run();
        return WalkResult::skip();
      }
      auto linalgOp = dyn_cast<LinalgOp>(op);
      if (!linalgOp)
        return WalkResult::advance();
      if (linalgOp->hasAttr(attr::kKernel))
        return WalkResult::skip();
      planAlone(linalgOp, target).attach(linalgOp);
      alone.push_back(linalgOp);
      return WalkResult::skip();
    });
    alignPlans(alone, target);
  }
};
} // namespace
