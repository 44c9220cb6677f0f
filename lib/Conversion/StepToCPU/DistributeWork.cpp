//===- DistributeWork.cpp - Shares of threads -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferAccess.h"
#include "OpParts.h"
#include "PackWeights.h"
#include "PrefetchOperands.h"
#include "TakeTurns.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_DISTRIBUTEWORK
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

//===----------------------------------------------------------------------===//
// Ops of a block
//===----------------------------------------------------------------------===//

/// The size of a loop of `op`, asked of a buffer if need be.
static OpFoldResult buildLoopSize(OpBuilder &builder, LinalgOp op,
                                  unsigned loop) {
  if (OpFoldResult size = getLoopSize(op, loop))
    return size;
  AffineExpr expr = getAffineDimExpr(loop, op.getContext());
  for (OpOperand &operand : op->getOpOperands())
    for (auto [dim, result] :
         llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
      if (result == expr)
        return memref::getMixedSize(builder, op.getLoc(), operand.get(), dim);
  llvm_unreachable("a linalg op has an operand with each of its loops");
}

namespace {
class Distributor {
public:
  explicit Distributor(func::FuncOp function) : packer(function) {}

  /// `alone`: thread 0 runs this block, and no other one.
  void run(Block &block, bool alone);

private:
  void runRegions(Operation *op, bool alone);
  void flush(SmallVectorImpl<LinalgOp> &group, bool alone);
  void buildTiles(OpBuilder &builder, ArrayRef<LinalgOp> group, bool alone);
  void buildRows(OpBuilder &builder, ArrayRef<LinalgOp> group);
  void buildWhole(OpBuilder &builder, LinalgOp op);
  void buildColumnTile(OpBuilder &builder, LinalgOp op, Value begin,
                       int64_t columns, std::optional<Part> rows);

  WeightPacker packer;
};
} // namespace

/// The condition that this is thread 0.
static scf::IfOp buildIfFirst(OpBuilder &builder, Location loc) {
  Value thread = ThreadIdOp::create(builder, loc);
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value first = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                      thread, zero);
  return scf::IfOp::create(builder, loc, first, /*withElseRegion=*/false);
}

/// `view` with its columns as runs x columns of a tile.
static Value splitRuns(OpBuilder &builder, Location loc, Value view,
                       unsigned dim, const Division &division, Value begin,
                       int64_t columns) {
  auto type = cast<MemRefType>(view.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] = division.runs;
  shape.insert(shape.begin() + dim + 1, division.run);
  SmallVector<ReassociationIndices> groups(type.getRank());
  for (auto [index, group] : llvm::enumerate(groups)) {
    group.push_back(index + (index > dim));
    if (index == dim)
      group.push_back(dim + 1);
  }
  Value runs = memref::ExpandShapeOp::create(builder, loc, shape, view, groups);
  SmallVector<OpFoldResult> sizes = memref::getMixedSizes(builder, loc, runs);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  offsets[dim + 1] = begin;
  sizes[dim + 1] = builder.getIndexAttr(columns);
  return memref::SubViewOp::create(builder, loc, runs, offsets, sizes, strides);
}

/// Whether the runs of a tile may be one op: of what it reads only the
/// packed weight has columns.
static bool canJoinRuns(LinalgOp op, const Division &division,
                        OpOperand *packedOperand) {
  AffineExpr column = getAffineDimExpr(*division.columnLoop, op.getContext());
  return division.runs > 1 && packedOperand &&
         linalg::isaContractionOpInterface(op) &&
         llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *input) {
           return input == packedOperand ||
                  !llvm::is_contained(
                      op.getMatchingIndexingMap(input).getResults(), column);
         });
}

/// The tile at `begin` of every run as one op with one more loop, the last one,
/// so that each row of the other operand is read once for all runs.
static void buildJoinedRuns(OpBuilder &builder, LinalgOp op,
                            const Division &division, Value begin,
                            int64_t columns, std::optional<Part> rows,
                            OpOperand *packedOperand, Value panels) {
  Location loc = op.getLoc();
  unsigned loops = op.getNumLoops();
  AffineExpr column = builder.getAffineDimExpr(*division.columnLoop);
  AffineExpr run = builder.getAffineDimExpr(loops);
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    SmallVector<AffineExpr> results;
    if (&operand == packedOperand) {
      AffineExpr depth =
          map.getResult(0) == column ? map.getResult(1) : map.getResult(0);
      results = {run, depth, column};
      operands.push_back(
          WeightPacker::buildRuns(builder, loc, panels, begin, columns));
    } else {
      Value view = buildView(builder, op, operand,
                             rows ? ArrayRef<Part>(*rows) : ArrayRef<Part>());
      results = llvm::to_vector(map.getResults());
      auto found = llvm::find(results, column);
      if (found != results.end()) {
        unsigned dim = found - results.begin();
        results.insert(found, run);
        view = splitRuns(builder, loc, view, dim, division, begin, columns);
      }
      operands.push_back(view);
    }
    maps.push_back(AffineMap::get(loops + 1, 0, results, builder.getContext()));
  }
  SmallVector<utils::IteratorType> types = op.getIteratorTypesArray();
  types.push_back(utils::IteratorType::parallel);
  unsigned inputs = op.getNumDpsInputs();
  auto joined = linalg::GenericOp::create(
      builder, loc, ArrayRef(operands).take_front(inputs),
      ArrayRef(operands).drop_front(inputs), maps, types);
  IRMapping mapping;
  op->getRegion(0).cloneInto(&joined.getRegion(), mapping);
  keepTile(op, joined);
}

void Distributor::buildColumnTile(OpBuilder &builder, LinalgOp op, Value begin,
                                  int64_t columns, std::optional<Part> rows) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = op.getLoc();
  Division division = Division::get(op);
  auto [packed, operand] = packer.find(op);
  if (canJoinRuns(op, division, operand))
    return buildJoinedRuns(builder, op, division, begin, columns, rows, operand,
                           packed);
  Value run, column = begin;
  if (division.runs > 1) {
    auto loop = scf::ForOp::create(
        builder, loc, arith::ConstantIndexOp::create(builder, loc, 0),
        arith::ConstantIndexOp::create(builder, loc, division.runs),
        arith::ConstantIndexOp::create(builder, loc, 1));
    builder.setInsertionPointToStart(loop.getBody());
    run = loop.getInductionVar();
    Value first = arith::MulIOp::create(
        builder, loc, run,
        arith::ConstantIndexOp::create(builder, loc, division.run));
    column = arith::AddIOp::create(builder, loc, first, begin);
  }
  SmallVector<Part> parts = {
      {*division.columnLoop, column, builder.getIndexAttr(columns)}};
  if (rows)
    parts.push_back(*rows);
  Value panel;
  if (packed) {
    if (!run)
      run = arith::ConstantIndexOp::create(builder, loc, 0);
    panel = WeightPacker::buildPanel(
        builder, loc, packed, run, begin, columns,
        op.getMatchingIndexingMap(operand).getResults().back() !=
            getAffineDimExpr(*division.columnLoop, op.getContext()));
  }
  buildPart(builder, op, parts, operand, panel);
}

void Distributor::buildTiles(OpBuilder &builder, ArrayRef<LinalgOp> group,
                             bool alone) {
  LinalgOp leader = group.front();
  Location loc = leader.getLoc();
  Division division = Division::get(leader);
  OpBuilder::InsertionGuard guard(builder);
  ColumnTiles tiles{division.run, division.kernel.getColumns(),
                    division.kind == Division::Kind::columns && !alone};
  // Each op has a loop of its own for the rows.
  Value begin, size;
  if (division.kind == Division::Kind::other && !alone)
    std::tie(begin, size) =
        buildShare(builder, loc,
                   buildLoopSize(builder, leader, division.kernel.getSplit()),
                   division.kernel.getGrain());
  // Tapes come from far away; the contraction before their readers is time
  // enough.
  SmallVector<OpOperand *> readLater = findOperandsReadLater(group);
  buildColumnTiles(builder, loc, tiles, [&](Value column, int64_t columns) {
    for (OpOperand *operand : readLater) {
      auto op = cast<LinalgOp>(operand->getOwner());
      Division own = Division::get(op);
      if (own.runs != 1)
        continue;
      SmallVector<Part> parts = {
          {*own.columnLoop, column, builder.getIndexAttr(columns)}};
      if (begin)
        parts.push_back({unsigned(own.kernel.getSplit()), begin, size});
      buildPrefetch(builder, loc, buildView(builder, op, *operand, parts));
    }
    for (LinalgOp op : group) {
      std::optional<Part> rows;
      if (begin)
        rows = Part{unsigned(getKernel(op).getSplit()), begin, size};
      buildColumnTile(builder, op, column, columns, rows);
    }
  });
}

/// The thread's share of columns, some rows of all ops at a time.
void Distributor::buildRows(OpBuilder &builder, ArrayRef<LinalgOp> group) {
  OpBuilder::InsertionGuard guard(builder);
  LinalgOp leader = *llvm::find_if(
      group, [](LinalgOp op) { return Division::get(op).isByRows(op); });
  Location loc = leader.getLoc();
  KernelAttr kernel = getKernel(leader);
  Value begin, size;
  std::tie(begin, size) = buildShare(
      builder, loc, buildLoopSize(builder, leader, kernel.getSplit()),
      kernel.getGrain());
  auto getColumns = [&](LinalgOp op) {
    return Part{unsigned(getKernel(op).getSplit()), begin, size};
  };
  for (LinalgOp op : group)
    if (!Division::get(op).isByRows(op))
      buildPart(builder, op, getColumns(op));

  OpFoldResult rows = buildLoopSize(builder, leader, 0);
  std::optional<int64_t> known = getConstantIntValue(rows);
  int64_t most = kernel.getRows();
  if (known)
    most = std::min(most, std::max<int64_t>(*known, 1));
  Value end = getValueOrCreateConstantIndexOp(builder, loc, rows);
  Value step = arith::ConstantIndexOp::create(builder, loc, most);
  auto loop = scf::ForOp::create(
      builder, loc, arith::ConstantIndexOp::create(builder, loc, 0), end, step);
  builder.setInsertionPointToStart(loop.getBody());
  Value row = loop.getInductionVar();
  OpFoldResult count = builder.getIndexAttr(most);
  if (!known || *known % most != 0)
    count =
        arith::MinUIOp::create(builder, loc, step,
                               arith::SubIOp::create(builder, loc, end, row))
            .getResult();
  for (LinalgOp op : group)
    if (Division::get(op).isByRows(op))
      buildPart(builder, op, {getColumns(op), Part{0, row, count}});
}

/// The thread's share of an op that is not tiled.
void Distributor::buildWhole(OpBuilder &builder, LinalgOp op) {
  Division division = Division::get(op);
  unsigned loop = division.kernel.getSplit();
  auto [begin, size] =
      buildShare(builder, op.getLoc(), buildLoopSize(builder, op, loop),
                 division.kernel.getGrain());
  buildPart(builder, op, Part{loop, begin, size});
}

void Distributor::flush(SmallVectorImpl<LinalgOp> &group, bool alone) {
  if (group.empty())
    return;
  OpBuilder builder(group.back());
  Location loc = group.front().getLoc();
  Division division = Division::get(group.front());
  bool hasContraction = llvm::any_of(
      group, [](LinalgOp op) { return linalg::isaContractionOpInterface(op); });
  bool isTiled = division.isTiled() &&
                 (hasContraction || division.kind == Division::Kind::columns);
  if (division.kind == Division::Kind::first && !alone)
    builder.setInsertionPointToStart(buildIfFirst(builder, loc).thenBlock());
  bool isByRows = llvm::any_of(
      group, [](LinalgOp op) { return Division::get(op).isByRows(op); });
  if (isByRows && !alone) {
    buildRows(builder, group);
    for (LinalgOp op : llvm::reverse(group))
      op.erase();
  } else if (isTiled) {
    buildTiles(builder, group, alone || division.kind == Division::Kind::first);
    for (LinalgOp op : llvm::reverse(group))
      op.erase();
  } else {
    for (LinalgOp op : group) {
      if (division.kind == Division::Kind::first || alone) {
        // As it is.
        if (!alone)
          op->moveBefore(builder.getInsertionBlock(),
                         builder.getInsertionPoint());
        op->removeAttr(attr::kKernel);
      } else {
        buildWhole(builder, op);
        op.erase();
      }
    }
  }
  group.clear();
}

/// Whether nothing in `op` is given to threads in shares.
static bool isForFirst(Operation *op) {
  return op->getNumResults() == 0 &&
         !op->walk([](Operation *inner) {
              bool isShared =
                  isa<BarrierOp>(inner) ||
                  (isa<LinalgOp>(inner) && getKernel(inner).getSplit() >= 0);
              return isShared ? WalkResult::interrupt() : WalkResult::advance();
            }).wasInterrupted();
}

void Distributor::runRegions(Operation *op, bool alone) {
  if (!alone && isForFirst(op) && mayWrite(op)) {
    OpBuilder builder(op);
    scf::IfOp first = buildIfFirst(builder, op->getLoc());
    op->moveBefore(first.thenYield());
    alone = true;
  }
  for (Region &region : op->getRegions())
    for (Block &block : region)
      run(block, alone);
}

void Distributor::run(Block &block, bool alone) {
  SmallVector<LinalgOp> group;
  // What is made for an op stands before it.
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto linalgOp = dyn_cast<LinalgOp>(op)) {
      if (!linalgOp.hasPureBufferSemantics()) {
        flush(group, alone);
        continue;
      }
      packer.pack(linalgOp, alone);
      if (!llvm::all_of(group, [&](LinalgOp first) {
            return canShareTiles(first, linalgOp) ||
                   canShareRows(first, linalgOp);
          }))
        flush(group, alone);
      group.push_back(linalgOp);
      continue;
    }
    if (op.getNumRegions() != 0) {
      flush(group, alone);
      runRegions(&op, alone);
      continue;
    }
    if (isa<BarrierOp>(op)) {
      flush(group, alone);
      if (alone)
        op.erase();
      continue;
    }
    if (isMemoryEffectFree(&op) || isa<memref::AllocOp, memref::AllocaOp>(op))
      continue;
    flush(group, alone);
    if (!alone && op.getNumResults() == 0 && mayWrite(&op)) {
      OpBuilder builder(&op);
      scf::IfOp first = buildIfFirst(builder, op.getLoc());
      op.moveBefore(first.thenYield());
    }
  }
  flush(group, alone);
}

namespace {
struct DistributeWork : gradopt::impl::DistributeWorkBase<DistributeWork> {
  using DistributeWorkBase::DistributeWorkBase;

  void runOnOperation() override {
    if (failed(verifyKernels(getOperation())))
      return signalPassFailure();
    Distributor distributor(getOperation());
    for (Block &block : getOperation().getBody())
      distributor.run(block, /*alone=*/false);
  }
};
} // namespace
