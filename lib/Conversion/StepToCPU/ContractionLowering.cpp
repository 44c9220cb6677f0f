//===- ContractionLowering.cpp - Loops of a contraction -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionLowering.h"
#include "IndexBuilder.h"
#include "StridedOperand.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::gradopt;

/// Packed rows of A take so many bytes of a thread's stack at most, and so do
/// packed panels of B.
static constexpr int64_t kMaxPackedBytes = 512 * 1024;
/// So many tiles beside each other do not repay packing what they share.
static constexpr int64_t kFewTiles = 2;
/// So many panels of B are packed at once: a row of a large B is a page of its
/// own.
static constexpr int64_t kPanels = 4;

static int64_t getKnownSize(Value size) {
  return getConstantIntValue(size).value_or(ShapedType::kDynamic);
}

namespace {
class ContractionLowering {
public:
  ContractionLowering(linalg::LinalgOp op, const ContractionShape &shape,
                      const CPUTarget &target, Scratch &scratch)
      : op(op), shape(shape), target(target), scratch(scratch),
        builder(op->getLoc(), op), index(builder),
        element(getElementTypeOrSelf(shape.out->get())),
        wanted(op->getAttrOfType<KernelAttr>(attr::kKernel)) {}

  LogicalResult lower();

private:
  void readOperands();
  void readInitialWriter(std::optional<InitialWriter> writer);
  CollapsedLoops collapse(ArrayRef<unsigned> loops, bool keepInnermost = false);
  LogicalResult chooseTile();
  void buildOuterLoops(ArrayRef<CollapsedLoops::Outer> loops, Value isFirst);
  void buildOuterLoop(CollapsedLoops::Outer outer,
                      function_ref<void(Value)> body);
  void buildMatrices();
  void buildProduct(Value isFirst);
  void buildPackedColumns();
  void buildColumns();
  void buildColumnLoops(ArrayRef<CollapsedLoops::Outer> loops,
                        function_ref<void()> body);
  void buildTiles(const Tile &shared, const TileFactors &factors);

  bool isUnit(const StridedOperand &operand, unsigned loop) {
    return isConstantIntValue(operand.strides[loop], 1);
  }
  Matrix buildMatrix(const StridedOperand &operand,
                     const CollapsedLoops &matrixRows,
                     const CollapsedLoops &matrixColumns);

  linalg::LinalgOp op;
  const ContractionShape &shape;
  const CPUTarget &target;
  Scratch &scratch;
  ImplicitLocOpBuilder builder;
  IndexBuilder index;
  Type element;
  KernelAttr wanted;

  SmallVector<Value> sizes;
  StridedOperand left, right, out, start;
  InitialValue initial;
  CollapsedLoops rows, columns, depths;
  RegisterTile tile;
  bool isLeftPacked = false;
  bool isRightPacked = false;

  // Of the product of two matrices that is being built.
  Matrix leftMatrix, rightMatrix;
  Value outMatrix;
  std::optional<RowTiles> rowTiles;
  // Of the part of it that is being built: a block of the depth, and tiles of
  // rows.
  Value firstDepth, depth, isFirst;
  Value beginTile, endTile;
};
} // namespace

//===----------------------------------------------------------------------===//
// What there is
//===----------------------------------------------------------------------===//

void ContractionLowering::readOperands() {
  sizes = buildLoopSizes(builder, op);
  // Where there are no rows this loop of one iteration is it.
  sizes.push_back(index.constant(1));
  auto read = [&](StridedOperand &operand, Value buffer, AffineMap map) {
    operand = StridedOperand::get(builder, buffer, map);
    operand.strides.push_back(index.constant(0));
  };
  for (auto [operand, source] :
       {std::pair(&left, shape.left), std::pair(&right, shape.right),
        std::pair(&out, shape.out)})
    read(*operand, source->get(), op.getMatchingIndexingMap(source));
}

void ContractionLowering::readInitialWriter(
    std::optional<InitialWriter> writer) {
  if (wanted && wanted.getOverwrite()) {
    initial.kind = InitialValue::Zero;
  } else if (writer && !writer->map) {
    initial.value = writer->value;
    initial.kind = matchPattern(initial.value, m_AnyZeroFloat())
                       ? InitialValue::Zero
                       : InitialValue::Scalar;
  } else if (writer) {
    start = StridedOperand::get(builder, writer->value, writer->map);
    start.strides.push_back(index.constant(0));
    initial.kind = findLoop(writer->map, shape.columns.back())
                       ? InitialValue::Elements
                       : InitialValue::Row;
  }
}

CollapsedLoops ContractionLowering::collapse(ArrayRef<unsigned> loops,
                                             bool keepInnermost) {
  SmallVector<const StridedOperand *> operands = {&left, &right, &out};
  if (start.base)
    operands.push_back(&start);
  return collapseLoops(builder, loops, sizes, operands, keepInnermost);
}

Matrix ContractionLowering::buildMatrix(const StridedOperand &operand,
                                        const CollapsedLoops &matrixRows,
                                        const CollapsedLoops &matrixColumns) {
  Value rowStride = operand.strides[matrixRows.loop];
  Value columnStride = operand.strides[matrixColumns.loop];
  if (!isConstantIntValue(columnStride, 1) && isConstantIntValue(rowStride, 1))
    return {operand.buildMatrix(builder, matrixColumns.size, matrixRows.size,
                                columnStride, rowStride),
            /*isTransposed=*/true};
  return {operand.buildMatrix(builder, matrixRows.size, matrixColumns.size,
                              rowStride, columnStride)};
}

LogicalResult ContractionLowering::chooseTile() {
  int64_t rowCount = getKnownSize(rows.size);
  int64_t columnCount = getKnownSize(columns.size);
  unsigned bits = element.getIntOrFloatBitWidth();
  tile = RegisterTile::choose(target, bits, rowCount, columnCount,
                              getKnownSize(depths.size), wanted);
  // What nobody asked for fits: for few rows a tile may be wide.
  if (!wanted || (wanted.getColumns() == 0 && wanted.getDepth() == 0))
    tile.vectors = std::clamp<int64_t>(kMaxPackedBytes / (bits / 8) /
                                           (tile.depth * tile.lanes),
                                       1, tile.vectors);
  if (tile.rows > target.vectorRegisters / tile.vectors)
    return op->emitOpError()
           << "a tile of " << tile.rows << " rows and " << tile.getColumns()
           << " columns, as gradopt.kernel asks for, takes " << tile.rows
           << " x " << tile.vectors << " vector registers, and the target has "
           << target.vectorRegisters << "; ask for a smaller one, or for none";
  if (tile.depth >
      kMaxPackedBytes / (bits / 8) / std::max(tile.rows, tile.getColumns()))
    return op->emitOpError()
           << "a block of depth " << tile.depth
           << ", as gradopt.kernel asks for, takes more than "
           << kMaxPackedBytes << " bytes for a tile of " << tile.rows
           << " rows and " << tile.getColumns()
           << " columns; ask for a smaller depth, or for none";

  if (!isUnit(right, columns.loop)) {
    isRightPacked = true;
  } else if (ShapedType::isDynamic(rowCount) ||
             rowCount > kFewTiles * tile.rows) {
    // Unless it is a panel as it is.
    std::optional<int64_t> stride =
        getConstantIntValue(right.strides[depths.loop]);
    isRightPacked = !stride || *stride > tile.getColumns();
  }
  isLeftPacked = !isUnit(left, depths.loop) &&
                 (ShapedType::isDynamic(columnCount) ||
                  columnCount > kFewTiles * tile.getColumns());
  return success();
}

LogicalResult ContractionLowering::lower() {
  std::optional<InitialWriter> writer;
  if (!wanted || !wanted.getOverwrite())
    writer = findInitialWriter(op, shape);
  readOperands();
  readInitialWriter(writer);
  auto dropUnitLoops = [&](ArrayRef<unsigned> loops) {
    SmallVector<unsigned> kept;
    llvm::copy_if(loops, std::back_inserter(kept), [&](unsigned loop) {
      return !isConstantIntValue(sizes[loop], 1);
    });
    if (kept.empty())
      kept.push_back(sizes.size() - 1);
    return kept;
  };
  rows = collapse(dropUnitLoops(shape.rows));
  columns = collapse(shape.columns, /*keepInnermost=*/true);
  depths = collapse(dropUnitLoops(shape.depths));
  if (failed(chooseTile()))
    return failure();

  SmallVector<CollapsedLoops::Outer> loops;
  for (unsigned batch : shape.batches)
    loops.push_back({batch, sizes[batch]});
  llvm::append_range(loops, rows.outer);
  // Elsewhere they are loops within those of rows, which are read once for all.
  if (isRightPacked)
    llvm::append_range(loops, columns.outer);
  for (CollapsedLoops::Outer outer : depths.outer) {
    // An empty sum is what it begins with, which has to be written.
    if (initial.kind != InitialValue::Memory) {
      Value isEmpty = index.isEqual(outer.size, index.constant(0));
      depths.size = index.select(isEmpty, index.constant(0), depths.size);
      outer.size = index.max(outer.size, index.constant(1));
    }
    loops.push_back(outer);
  }
  buildOuterLoops(loops, /*isFirst=*/Value());
  if (writer)
    writer->op->erase();
  op->erase();
  return success();
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void ContractionLowering::buildOuterLoops(ArrayRef<CollapsedLoops::Outer> loops,
                                          Value isFirst) {
  if (loops.empty())
    return buildProduct(isFirst);
  CollapsedLoops::Outer outer = loops.front();
  buildOuterLoop(outer, [&](Value iteration) {
    Value isStillFirst = isFirst;
    if (llvm::is_contained(shape.depths, outer.loop)) {
      Value here = index.isEqual(iteration, index.constant(0));
      isStillFirst = isFirst ? index.both(isFirst, here) : here;
    }
    buildOuterLoops(loops.drop_front(), isStillFirst);
  });
}

/// A loop in whose body the operands begin where its iteration does.
void ContractionLowering::buildOuterLoop(CollapsedLoops::Outer outer,
                                         function_ref<void(Value)> body) {
  index.loop(outer.size, [&](Value iteration) {
    std::pair<StridedOperand *, Value> offsets[] = {{&left, left.offset},
                                                    {&right, right.offset},
                                                    {&out, out.offset},
                                                    {&start, start.offset}};
    for (auto [operand, offset] : offsets)
      if (operand->base)
        operand->offset = index.add(
            offset, index.mul(iteration, operand->strides[outer.loop]));
    body(iteration);
    for (auto [operand, offset] : offsets)
      operand->offset = offset;
  });
}

void ContractionLowering::buildMatrices() {
  if (isUnit(right, columns.loop))
    rightMatrix = {right.buildMatrix(builder, depths.size, columns.size,
                                     right.strides[depths.loop],
                                     right.strides[columns.loop])};
  else
    rightMatrix = {right.buildMatrix(builder, columns.size, depths.size,
                                     right.strides[columns.loop],
                                     right.strides[depths.loop]),
                   /*isTransposed=*/true};
  outMatrix = out.buildMatrix(builder, rows.size, columns.size,
                              out.strides[rows.loop], index.constant(1));
  if (start.base)
    initial.value = start.buildMatrix(
        builder, rows.size,
        initial.kind == InitialValue::Row ? index.constant(1) : columns.size,
        start.strides[rows.loop], index.constant(1));
}

void ContractionLowering::buildProduct(Value isFirstProduct) {
  leftMatrix = buildMatrix(left, rows, depths);
  // Within outer loops of columns they are other ones.
  if (isRightPacked || columns.outer.empty())
    buildMatrices();
  rowTiles.emplace(builder, rows.size, tile.rows);

  // Blocks of the depth of nearly the same size, and at least one if there is
  // something to be written in any case.
  Value most = index.constant(tile.depth);
  Value blocks = index.ceilDiv(depths.size, most);
  Value one = index.constant(1);
  if (initial.kind != InitialValue::Memory)
    blocks = index.max(blocks, one);
  if (!wanted || wanted.getDepth() == 0)
    most = index.ceilDiv(depths.size, index.max(blocks, one));
  int64_t known = getKnownSize(depths.size);
  bool isEven = !ShapedType::isDynamic(known) && known % tile.depth == 0;
  index.loop(blocks, [&](Value block) {
    firstDepth = index.mul(block, most);
    depth = isEven && known != 0
                ? most
                : index.min(most, index.sub(depths.size, firstDepth));
    Value here = index.isEqual(block, index.constant(0));
    isFirst = isFirstProduct ? index.both(isFirstProduct, here) : here;

    // Blocks of rows: packed ones stay in the second cache while B passes by;
    // others are read from further away, and save packing B over and over.
    int64_t bytes = element.getIntOrFloatBitWidth() / 8;
    int64_t room =
        (isLeftPacked ? std::min(target.l2Bytes * 3 / 4, kMaxPackedBytes)
                      : target.l2Bytes * 4) /
        bytes / tile.depth;
    int64_t largest = std::max<int64_t>(1, room / tile.rows);
    int64_t rowCount = getKnownSize(rows.size);
    int64_t packedRows = largest * tile.rows;
    if (!ShapedType::isDynamic(rowCount) &&
        rowCount <= std::max(room, tile.rows)) {
      largest = llvm::divideCeil(rowCount, tile.rows);
      packedRows = rowCount;
    }
    Value count = rowTiles->getCount();
    Value rowBlocks = index.ceilDiv(count, std::max<int64_t>(largest, 1));
    Value size = index.ceilDiv(count, index.max(rowBlocks, one));
    index.loop(rowBlocks, [&](Value rowBlock) {
      beginTile = index.mul(rowBlock, size);
      endTile = index.min(index.add(beginTile, size), count);
      Matrix unpacked = leftMatrix;
      if (isLeftPacked)
        leftMatrix = {packLeft(
            builder, scratch, *rowTiles, packedRows * tile.depth, unpacked,
            isUnit(left, rows.loop), beginTile, endTile, firstDepth, depth)};
      if (isRightPacked)
        buildPackedColumns();
      else
        buildColumns();
      leftMatrix = unpacked;
    });
  });
}

void ContractionLowering::buildPackedColumns() {
  int64_t width = tile.getColumns();
  int64_t known = getKnownSize(columns.size);
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  int64_t panels = std::clamp<int64_t>(
      kMaxPackedBytes / bytes / (tile.depth * width), 1, kPanels);
  if (!ShapedType::isDynamic(known))
    panels = std::clamp<int64_t>(llvm::divideCeil(known, width), 1, panels);
  // How many of at most `most` columns there are from `first` on.
  auto countColumns = [&](Value first, Value end, int64_t most) -> Value {
    if (!ShapedType::isDynamic(known) && known % most == 0)
      return index.constant(most);
    return index.min(index.constant(most), index.sub(end, first));
  };
  index.loop(index.ceilDiv(columns.size, panels * width), [&](Value group) {
    Value first = index.mul(group, panels * width);
    Value count = countColumns(first, columns.size, panels * width);
    TileFactors factors;
    factors.right = packRight(builder, scratch, tile, panels, rightMatrix,
                              isUnit(right, depths.loop), firstDepth, depth,
                              first, count, columns.size);
    factors.rightColumn = index.constant(0);
    index.loop(index.ceilDiv(count, width), [&](Value panel) {
      factors.rightDepth = index.mul(panel, tile.depth);
      Value offset = index.mul(panel, width);
      Tile shared;
      shared.vectors = tile.vectors;
      shared.lanes = tile.lanes;
      shared.column = index.add(first, offset);
      shared.columns = countColumns(offset, count, width);
      buildTiles(shared, factors);
    });
  });
}

void ContractionLowering::buildColumns() {
  TileFactors factors;
  factors.rightDepth = firstDepth;
  factors.isRightStreamed =
      columns.outer.empty() &&
      isConstantIntValue(right.strides[depths.loop], tile.getColumns());
  auto build = [&](Value column, Value count, int64_t vectors, bool isMasked) {
    Tile shared;
    shared.vectors = vectors;
    shared.lanes = tile.lanes;
    shared.column = column;
    shared.columns = count;
    shared.isRightMasked = isMasked;
    factors.rightColumn = column;
    buildTiles(shared, factors);
  };
  int64_t width = tile.getColumns();
  Value whole =
      index.mul(index.div(columns.size, index.constant(width)), width);
  index.loop(index.constant(0), whole, width, [&](Value column) {
    build(column, index.constant(width), tile.vectors, /*isMasked=*/false);
  });
  Value left = index.sub(columns.size, whole);
  int64_t known = getKnownSize(left);
  if (!ShapedType::isDynamic(known)) {
    if (known != 0)
      build(whole, left, llvm::divideCeil(known, tile.lanes),
            /*isMasked=*/known % tile.lanes != 0);
    return;
  }
  // How many vectors are left is not known: one at a time.
  index.loop(whole, columns.size, tile.lanes, [&](Value column) {
    build(column, index.sub(columns.size, column), 1, /*isMasked=*/true);
  });
}

void ContractionLowering::buildColumnLoops(
    ArrayRef<CollapsedLoops::Outer> loops, function_ref<void()> body) {
  if (loops.empty())
    return body();
  buildOuterLoop(loops.front(),
                 [&](Value) { buildColumnLoops(loops.drop_front(), body); });
}

void ContractionLowering::buildTiles(const Tile &shared,
                                     const TileFactors &factors) {
  Value origin = rowTiles->getStart(builder, beginTile);
  rowTiles->forEach(builder, beginTile, endTile, [&](int64_t size, Value row) {
    Tile part = shared;
    part.rows = size;
    part.row = row;
    TileFactors partFactors = factors;
    partFactors.left = leftMatrix;
    partFactors.isLeftPacked = isLeftPacked;
    partFactors.leftRow =
        isLeftPacked ? index.mul(index.sub(row, origin), depth) : row;
    partFactors.leftDepth = firstDepth;
    partFactors.depth = depth;
    if (isRightPacked)
      return buildTile(builder, part, partFactors, outMatrix, initial, isFirst);
    buildColumnLoops(columns.outer, [&] {
      if (!columns.outer.empty())
        buildMatrices();
      partFactors.right = rightMatrix.buffer;
      buildTile(builder, part, partFactors, outMatrix, initial, isFirst);
    });
  });
}

LogicalResult gradopt::lowerContraction(linalg::LinalgOp op,
                                        const ContractionShape &shape,
                                        const CPUTarget &target,
                                        Scratch &scratch) {
  return ContractionLowering(op, shape, target, scratch).lower();
}
