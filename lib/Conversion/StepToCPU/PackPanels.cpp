//===- PackPanels.cpp - Matrices in the order of use ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackPanels.h"
#include "IndexBuilder.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::gradopt;

static constexpr int64_t kAlignment = 64;

Value Scratch::get(Kind kind, Type element, int64_t size) {
  memref::AllocaOp &buffer = buffers[{kind, element}];
  auto type = MemRefType::get({size}, element);
  if (!buffer) {
    OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
    buffer = memref::AllocaOp::create(builder, function.getLoc(), type,
                                      builder.getI64IntegerAttr(kAlignment));
  } else if (buffer.getType().getDimSize(0) < size) {
    // Its users are casts, which state their own sizes.
    buffer.getResult().setType(type);
  }
  return buffer;
}

//===----------------------------------------------------------------------===//
// Tiles of rows
//===----------------------------------------------------------------------===//

RowTiles::RowTiles(ImplicitLocOpBuilder &builder, Value rows, int64_t largest)
    : largest(largest) {
  IndexBuilder index(builder);
  count = index.ceilDiv(rows, largest);
  Value divisor = index.max(count, index.constant(1));
  size = index.div(rows, divisor);
  extra = index.rem(rows, divisor);
}

Value RowTiles::getStart(ImplicitLocOpBuilder &builder, Value tile) const {
  IndexBuilder index(builder);
  return index.add(index.mul(tile, size), index.min(tile, extra));
}

void RowTiles::forEach(ImplicitLocOpBuilder &builder, Value begin, Value end,
                       function_ref<void(int64_t, Value)> body) const {
  IndexBuilder index(builder);
  std::optional<int64_t> rows = getConstantIntValue(size);
  if (rows) {
    Value middle = index.max(begin, index.min(end, extra));
    index.loop(begin, middle, 1,
               [&](Value tile) { body(*rows + 1, getStart(builder, tile)); });
    index.loop(middle, end, 1,
               [&](Value tile) { body(*rows, getStart(builder, tile)); });
    return;
  }
  index.loop(begin, end, 1, [&](Value tile) {
    Value start = getStart(builder, tile);
    Value larger = index.select(index.isLess(tile, extra), index.constant(1),
                                index.constant(0));
    SmallVector<int64_t> cases =
        llvm::to_vector(llvm::seq<int64_t>(1, largest));
    auto choice = scf::IndexSwitchOp::create(
        builder, TypeRange(), index.add(size, larger), cases, cases.size());
    OpBuilder::InsertionGuard guard(builder);
    for (auto [i, region] : llvm::enumerate(choice.getCaseRegions())) {
      builder.setInsertionPointToStart(&region.emplaceBlock());
      body(cases[i], start);
      scf::YieldOp::create(builder);
    }
    builder.setInsertionPointToStart(&choice.getDefaultRegion().emplaceBlock());
    body(largest, start);
    scf::YieldOp::create(builder);
  });
}

//===----------------------------------------------------------------------===//
// B
//===----------------------------------------------------------------------===//

/// `lanes` vectors as the rows of a square, transposed: in each round blocks of
/// half the size change places.
static SmallVector<Value> buildTranspose(ImplicitLocOpBuilder &builder,
                                         SmallVector<Value> rows) {
  int64_t lanes = rows.size();
  for (int64_t half = lanes / 2; half != 0; half /= 2) {
    SmallVector<int64_t> lower, upper;
    for (int64_t i = 0; i != lanes; ++i) {
      lower.push_back(i & half ? lanes + i - half : i);
      upper.push_back(i & half ? lanes + i : i + half);
    }
    for (int64_t i = 0; i != lanes; ++i) {
      if (i & half)
        continue;
      Value a = rows[i], b = rows[i + half];
      rows[i] = vector::ShuffleOp::create(builder, a, b, lower);
      rows[i + half] = vector::ShuffleOp::create(builder, a, b, upper);
    }
  }
  return rows;
}

namespace {
struct RightPacker {
  /// Rows of B are the panel's.
  void copyRows(bool isMasked) {
    SmallVector<Value> masks(tile.vectors);
    if (isMasked)
      for (int64_t j = 0; j != tile.vectors; ++j)
        masks[j] = buildMask(builder, columns, j * tile.lanes, tile.lanes);
    Value zero = arith::ConstantOp::create(builder, builder.getZeroAttr(type));
    index.loop(depth, [&](Value k) {
      for (int64_t j = 0; j != tile.vectors; ++j) {
        SmallVector<Value> position = right.at(
            index.add(firstDepth, k), index.add(firstColumn, j * tile.lanes));
        Value value =
            masks[j]
                ? vector::MaskedLoadOp::create(builder, type, right.buffer,
                                               position, masks[j], zero)
                      .getResult()
                : vector::LoadOp::create(builder, type, right.buffer, position)
                      .getResult();
        vector::StoreOp::create(builder, value, panel,
                                ValueRange{k, index.constant(j * tile.lanes)});
      }
    });
  }

  /// In the place of columns behind the last one that one is read.
  Value getColumn(Value column) {
    return index.min(index.add(firstColumn, column), last);
  }

  /// Squares of columns that lie densely; the last one overlaps the one before.
  void transposeSquares() {
    Value lastSquare = index.sub(depth, index.constant(tile.lanes));
    index.loop(index.ceilDiv(depth, tile.lanes), [&](Value square) {
      Value k = index.min(index.mul(square, tile.lanes), lastSquare);
      index.loop(index.constant(0), index.constant(tile.getColumns()),
                 tile.lanes, [&](Value column) {
                   SmallVector<Value> rows;
                   for (int64_t i = 0; i != tile.lanes; ++i)
                     rows.push_back(vector::LoadOp::create(
                         builder, type, right.buffer,
                         right.at(index.add(firstDepth, k),
                                  getColumn(index.add(column, i)))));
                   rows = buildTranspose(builder, rows);
                   for (auto [i, row] : llvm::enumerate(rows))
                     vector::StoreOp::create(
                         builder, row, panel,
                         ValueRange{index.add(k, i), column});
                 });
    });
  }

  void copyElements() {
    index.loop(depth, [&](Value k) {
      index.loop(index.constant(tile.getColumns()), [&](Value column) {
        Value value = memref::LoadOp::create(
            builder, right.buffer,
            right.at(index.add(firstDepth, k), getColumn(column)));
        memref::StoreOp::create(builder, value, panel, ValueRange{k, column});
      });
    });
  }

  ImplicitLocOpBuilder &builder;
  IndexBuilder index;
  const RegisterTile &tile;
  const Matrix &right;
  VectorType type;
  Value panel;
  Value firstDepth, depth, firstColumn, columns;
  Value last;
};
} // namespace

Value gradopt::packRight(ImplicitLocOpBuilder &builder, Scratch &scratch,
                         const RegisterTile &tile, const Matrix &right,
                         bool isUnit, Value firstDepth, Value depth,
                         Value firstColumn, Value columns, Value end) {
  IndexBuilder index(builder);
  Type element = cast<MemRefType>(right.buffer.getType()).getElementType();
  int64_t width = tile.getColumns();
  Value memory = scratch.get(Scratch::Right, element, tile.depth * width);
  Value panel = memref::ReinterpretCastOp::create(
      builder, MemRefType::get({tile.depth, width}, element), memory,
      /*offset=*/0, ArrayRef<int64_t>{tile.depth, width},
      ArrayRef<int64_t>{width, 1});
  RightPacker packer{builder,
                     index,
                     tile,
                     right,
                     VectorType::get(tile.lanes, element),
                     panel,
                     firstDepth,
                     depth,
                     firstColumn,
                     columns,
                     index.sub(end, index.constant(1))};
  if (!right.isTransposed) {
    index.branch(
        index.isLess(columns, index.constant(width)),
        [&] { packer.copyRows(/*isMasked=*/true); },
        [&] { packer.copyRows(/*isMasked=*/false); });
  } else if (!isUnit || !llvm::isPowerOf2_64(tile.lanes)) {
    packer.copyElements();
  } else {
    index.branch(
        index.isLess(depth, index.constant(tile.lanes)),
        [&] { packer.copyElements(); }, [&] { packer.transposeSquares(); });
  }
  return panel;
}

//===----------------------------------------------------------------------===//
// A
//===----------------------------------------------------------------------===//

Value gradopt::packLeft(ImplicitLocOpBuilder &builder, Scratch &scratch,
                        const RowTiles &tiles, int64_t size, const Matrix &left,
                        bool isUnit, Value begin, Value end, Value firstDepth,
                        Value depth) {
  IndexBuilder index(builder);
  Type element = cast<MemRefType>(left.buffer.getType()).getElementType();
  Value memory = scratch.get(Scratch::Left, element, size);
  Value packed = memref::ReinterpretCastOp::create(
      builder, MemRefType::get({size}, element), memory, /*offset=*/0,
      ArrayRef<int64_t>{size}, ArrayRef<int64_t>{1});
  Value origin = tiles.getStart(builder, begin);
  tiles.forEach(builder, begin, end, [&](int64_t rows, Value row) {
    Value offset = index.mul(index.sub(row, origin), depth);
    auto type = VectorType::get(rows, element);
    index.loop(depth, [&](Value k) {
      Value from = index.add(firstDepth, k);
      Value to = index.add(offset, index.mul(k, rows));
      if (isUnit) {
        Value value = vector::LoadOp::create(builder, type, left.buffer,
                                             left.at(row, from));
        vector::StoreOp::create(builder, value, packed, to);
        return;
      }
      for (int64_t i = 0; i != rows; ++i) {
        Value value = memref::LoadOp::create(builder, left.buffer,
                                             left.at(index.add(row, i), from));
        memref::StoreOp::create(builder, value, packed, index.add(to, i));
      }
    });
  });
  return packed;
}
