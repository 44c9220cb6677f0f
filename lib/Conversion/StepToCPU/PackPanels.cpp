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
  /// Rows of B are the panels': of all of them at once, since what lies in one
  /// row is read best together.
  void copyRows(bool isMasked) {
    int64_t width = tile.getColumns();
    Value zero = arith::ConstantOp::create(builder, builder.getZeroAttr(type));
    SmallVector<Value> masks(panels * tile.vectors);
    if (isMasked)
      for (auto [i, mask] : llvm::enumerate(masks))
        mask = buildMask(builder, columns, i * tile.lanes, tile.lanes);
    index.loop(depth, [&](Value k) {
      for (auto [i, mask] : llvm::enumerate(masks)) {
        int64_t column = i * tile.lanes;
        SmallVector<Value> from =
            right.at(index.add(firstDepth, k), index.add(firstColumn, column));
        Value value =
            mask ? vector::MaskedLoadOp::create(builder, type, right.buffer,
                                                from, mask, zero)
                       .getResult()
                 : vector::LoadOp::create(builder, type, right.buffer, from)
                       .getResult();
        vector::StoreOp::create(
            builder, value, panel,
            ValueRange{index.add(k, column / width * tile.depth),
                       index.constant(column % width)});
      }
    });
  }

  /// Goes over columns of the panels, given as a panel's first row and a column
  /// in it, and as a column of B: in the place of columns behind the last one
  /// that one is read.
  void forEachColumn(int64_t step,
                     function_ref<void(Value, Value, Value)> body) {
    index.loop(index.ceilDiv(columns, tile.getColumns()), [&](Value i) {
      Value begin = index.add(firstColumn, index.mul(i, tile.getColumns()));
      index.loop(index.constant(0), index.constant(tile.getColumns()), step,
                 [&](Value column) {
                   body(index.mul(i, tile.depth), column,
                        index.add(begin, column));
                 });
    });
  }

  /// Squares of columns that lie densely; the last one overlaps the one before.
  void transposeSquares() {
    Value lastSquare = index.sub(depth, index.constant(tile.lanes));
    forEachColumn(tile.lanes, [&](Value row, Value column, Value from) {
      index.loop(index.ceilDiv(depth, tile.lanes), [&](Value square) {
        Value k = index.min(index.mul(square, tile.lanes), lastSquare);
        SmallVector<Value> rows;
        for (int64_t i = 0; i != tile.lanes; ++i)
          rows.push_back(vector::LoadOp::create(
              builder, type, right.buffer,
              right.at(index.add(firstDepth, k),
                       index.min(index.add(from, i), last))));
        rows = buildTranspose(builder, rows);
        for (auto [i, value] : llvm::enumerate(rows))
          vector::StoreOp::create(
              builder, value, panel,
              ValueRange{index.add(index.add(row, k), i), column});
      });
    });
  }

  void copyElements() {
    forEachColumn(1, [&](Value row, Value column, Value from) {
      index.loop(depth, [&](Value k) {
        Value value = memref::LoadOp::create(
            builder, right.buffer,
            right.at(index.add(firstDepth, k), index.min(from, last)));
        memref::StoreOp::create(builder, value, panel,
                                ValueRange{index.add(row, k), column});
      });
    });
  }

  ImplicitLocOpBuilder &builder;
  IndexBuilder index;
  const RegisterTile &tile;
  int64_t panels;
  const Matrix &right;
  VectorType type;
  Value panel;
  Value firstDepth, depth, firstColumn, columns;
  Value last;
};
} // namespace

Value gradopt::packRight(ImplicitLocOpBuilder &builder, Scratch &scratch,
                         const RegisterTile &tile, int64_t panels,
                         const Matrix &right, bool isUnit, Value firstDepth,
                         Value depth, Value firstColumn, Value columns,
                         Value end) {
  IndexBuilder index(builder);
  Type element = cast<MemRefType>(right.buffer.getType()).getElementType();
  int64_t width = tile.getColumns(), rows = panels * tile.depth;
  Value memory = scratch.get(Scratch::Right, element, rows * width);
  Value panel = memref::ReinterpretCastOp::create(
      builder, MemRefType::get({rows, width}, element), memory,
      /*offset=*/0, ArrayRef<int64_t>{rows, width},
      ArrayRef<int64_t>{width, 1});
  RightPacker packer{
      builder,     index,      tile,
      panels,      right,      VectorType::get(tile.lanes, element),
      panel,       firstDepth, depth,
      firstColumn, columns,    index.sub(end, index.constant(1))};
  if (!right.isTransposed) {
    index.branch(
        index.isLess(columns, index.constant(panels * width)),
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
