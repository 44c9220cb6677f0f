//===- GemmKernel.cpp - Tiles in vector registers -------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GemmKernel.h"
#include "IndexBuilder.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::gradopt;

/// Steps of the depth in one iteration.
static constexpr int64_t kUnroll = 4;

RegisterTile RegisterTile::choose(const CPUTarget &target, unsigned bits,
                                  int64_t rows, int64_t columns, int64_t depth,
                                  KernelAttr wanted) {
  RegisterTile tile;
  tile.lanes = std::max<int64_t>(1, target.getLanes(bits));
  // The rest holds two vectors of B, an element of A and what is on the way.
  int64_t sums = std::max<int64_t>(1, target.vectorRegisters * 3 / 4);
  int64_t widest = sums;
  if (!ShapedType::isDynamic(columns))
    widest =
        std::clamp<int64_t>(llvm::divideCeil(columns, tile.lanes), 1, sums);
  int64_t mostRows = sums / std::min<int64_t>(2, widest);
  int64_t room = sums;
  if (wanted && wanted.getRows() != 0) {
    mostRows = wanted.getRows();
    room = target.vectorRegisters - 3;
  }
  tile.rows = mostRows;
  if (!ShapedType::isDynamic(rows) && rows > 0)
    tile.rows = llvm::divideCeil(rows, llvm::divideCeil(rows, mostRows));
  // Few rows leave room for more columns; with too few sums each FMA waits for
  // the one before.
  tile.vectors = std::clamp<int64_t>(room / tile.rows, 1, widest);
  if (wanted && wanted.getColumns() != 0)
    tile.vectors = std::min<int64_t>(
        widest, llvm::divideCeil(wanted.getColumns(), tile.lanes));

  // A panel of B of two vectors takes three quarters of the first cache at
  // most; usually half of it, as blocks are made equally deep.
  int64_t most =
      std::max<int64_t>(1, target.l1Bytes * 3 / 4 / (2 * target.vectorBytes));
  if (wanted && wanted.getDepth() != 0)
    most = wanted.getDepth();
  tile.depth = most;
  if (!ShapedType::isDynamic(depth) && depth > 0) {
    int64_t blocks = llvm::divideCeil(depth, most);
    if (wanted && wanted.getDepth() != 0) {
      tile.depth = std::min(depth, most);
    } else {
      // Blocks that are all equal have no end that is found out when it runs.
      for (int64_t more = blocks; more <= blocks + blocks / 2; ++more)
        if (depth % more == 0) {
          blocks = more;
          break;
        }
      tile.depth = llvm::divideCeil(depth, blocks);
    }
  }
  return tile;
}

Value gradopt::buildMask(ImplicitLocOpBuilder &builder, Value columns,
                         int64_t offset, int64_t lanes) {
  // What is left behind the offset may be less than nothing: no lane.
  IndexBuilder index(builder);
  Value left = index.sub(columns, index.constant(offset));
  std::optional<int64_t> known = getConstantIntValue(left);
  if (known && *known >= lanes)
    return Value();
  return vector::CreateMaskOp::create(
      builder, VectorType::get(lanes, builder.getI1Type()), left);
}

/// `buffer` from `position` on. Not a subview, which would be folded into what
/// reads it: so that rows of a tile are constant distances from one address.
static Value buildOrigin(ImplicitLocOpBuilder &builder, Value buffer,
                         ArrayRef<Value> position) {
  IndexBuilder index(builder);
  auto metadata = memref::ExtractStridedMetadataOp::create(builder, buffer);
  SmallVector<OpFoldResult> strides = metadata.getConstifiedMixedStrides();
  Value offset = getValueOrCreateConstantIndexOp(
      builder, builder.getLoc(), metadata.getConstifiedMixedOffset());
  for (auto [stride, begin] : llvm::zip_equal(strides, position))
    offset = index.add(
        offset, index.mul(begin, getValueOrCreateConstantIndexOp(
                                     builder, builder.getLoc(), stride)));
  return memref::ReinterpretCastOp::create(
      builder, metadata.getBaseBuffer(), getAsOpFoldResult(offset),
      metadata.getConstifiedMixedSizes(), strides);
}

namespace {
struct TileBuilder {
  TileBuilder(ImplicitLocOpBuilder &builder, const Tile &tile,
              const TileFactors &factors, Value matrix)
      : builder(builder), index(builder), tile(tile), factors(factors) {
    element = cast<MemRefType>(matrix.getType()).getElementType();
    out = buildOrigin(builder, matrix, {tile.row, tile.column});
    SmallVector<Value> first = {factors.leftRow};
    if (!factors.isLeftPacked)
      first = factors.left.at(factors.leftRow, factors.leftDepth);
    left = {buildOrigin(builder, factors.left.buffer, first),
            factors.left.isTransposed};
    right = buildOrigin(builder, factors.right,
                        {factors.rightDepth, factors.rightColumn});
    type = VectorType::get(tile.lanes, element);
    zero = arith::ConstantOp::create(builder, builder.getZeroAttr(type));
  }

  Value load(Value buffer, ArrayRef<Value> position, Value mask) {
    if (!mask)
      return vector::LoadOp::create(builder, type, buffer, position);
    return vector::MaskedLoadOp::create(builder, type, buffer, position, mask,
                                        zero);
  }

  /// Lines of C on their way into the cache while the sums are computed.
  void prefetch() {
    int64_t step = std::max<int64_t>(1, CPUTarget::kCacheLineBytes * 8 /
                                            element.getIntOrFloatBitWidth());
    for (int64_t i = 0; i != tile.rows; ++i)
      for (int64_t j = 0; j < tile.vectors * tile.lanes; j += step)
        memref::PrefetchOp::create(
            builder, out, ValueRange{index.constant(i), index.constant(j)},
            /*isWrite=*/true, /*localityHint=*/3, /*isDataCache=*/true);
  }

  Value loadLeft(int64_t i, Value k) {
    if (factors.isLeftPacked)
      return memref::LoadOp::create(builder, left.buffer,
                                    index.add(index.mul(k, tile.rows), i));
    return memref::LoadOp::create(builder, left.buffer,
                                  left.at(index.constant(i), k));
  }

  /// A mask for each vector of columns, null where it has all of its lanes.
  SmallVector<Value> buildMasks(bool isMasked) {
    SmallVector<Value> masks(tile.vectors);
    if (isMasked)
      for (int64_t j = 0; j != tile.vectors; ++j)
        masks[j] = buildMask(builder, tile.columns, j * tile.lanes, tile.lanes);
    return masks;
  }

  /// The products of one k, each added to its sum.
  void addProducts(Value k, ArrayRef<Value> masks,
                   MutableArrayRef<Value> sums) {
    SmallVector<Value> columns;
    for (int64_t j = 0; j != tile.vectors; ++j)
      columns.push_back(
          load(right, {k, index.constant(j * tile.lanes)}, masks[j]));
    if (factors.isRightStreamed)
      memref::PrefetchOp::create(
          builder, right,
          ValueRange{index.add(k, factors.depth), index.constant(0)},
          /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
    for (int64_t i = 0; i != tile.rows; ++i) {
      Value row = vector::BroadcastOp::create(builder, type, loadLeft(i, k));
      for (int64_t j = 0; j != tile.vectors; ++j) {
        Value &sum = sums[i * tile.vectors + j];
        sum = vector::FMAOp::create(builder, row, columns[j], sum);
      }
    }
  }

  /// Every element's products are added in the order of k, beginning with zero.
  SmallVector<Value> sum() {
    SmallVector<Value> masks = buildMasks(tile.isRightMasked);
    SmallVector<Value> sums(tile.rows * tile.vectors, zero);
    // A longer body keeps more loads under way, some percent where A or B come
    // from the second cache. What is left over has to be known.
    std::optional<int64_t> depth = getConstantIntValue(factors.depth);
    int64_t unroll = depth ? kUnroll : 1;
    int64_t whole = depth ? *depth / unroll * unroll : 0;
    Value end = depth ? index.constant(whole) : factors.depth;
    auto loop = scf::ForOp::create(builder, index.constant(0), end,
                                   index.constant(unroll), sums);
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(loop.getBody());
      SmallVector<Value> next(loop.getRegionIterArgs());
      for (int64_t k = 0; k != unroll; ++k)
        addProducts(index.add(loop.getInductionVar(), k), masks, next);
      scf::YieldOp::create(builder, next);
    }
    sums = loop.getResults();
    if (depth)
      for (int64_t k = whole; k != *depth; ++k)
        addProducts(index.constant(k), masks, sums);
    return sums;
  }

  /// What the sum at row `i` and vector `j` is added to; null is zero.
  Value loadInitial(const InitialValue &initial, int64_t i, int64_t j,
                    Value mask) {
    SmallVector<Value> position = {index.add(tile.row, i),
                                   index.add(tile.column, j * tile.lanes)};
    switch (initial.kind) {
    case InitialValue::Memory:
      return load(out, {index.constant(i), index.constant(j * tile.lanes)},
                  mask);
    case InitialValue::Zero:
      return Value();
    case InitialValue::Scalar:
      return vector::BroadcastOp::create(builder, type, initial.value);
    case InitialValue::Row:
      position[1] = index.constant(0);
      return vector::BroadcastOp::create(
          builder, type,
          memref::LoadOp::create(builder, initial.value, position));
    case InitialValue::Elements:
      return load(initial.value, position, mask);
    }
    llvm_unreachable("all kinds are handled");
  }

  /// All loads come before the first store: a load from a place 4 KB behind
  /// that of a store under way, as the next row often is, waits for it.
  void store(ValueRange sums, const InitialValue &initial, bool isMasked) {
    SmallVector<Value> masks = buildMasks(isMasked);
    SmallVector<Value> values(sums);
    for (int64_t j = 0; j != tile.vectors; ++j) {
      for (int64_t i = 0; i != tile.rows; ++i) {
        Value &value = values[i * tile.vectors + j];
        if (Value start = loadInitial(initial, i, j, masks[j]))
          value = arith::AddFOp::create(builder, start, value);
      }
    }
    for (int64_t j = 0; j != tile.vectors; ++j) {
      for (int64_t i = 0; i != tile.rows; ++i) {
        Value value = values[i * tile.vectors + j];
        SmallVector<Value> position = {index.constant(i),
                                       index.constant(j * tile.lanes)};
        if (masks[j])
          vector::MaskedStoreOp::create(builder, out, position, masks[j],
                                        value);
        else
          vector::StoreOp::create(builder, value, out, position);
      }
    }
  }

  ImplicitLocOpBuilder &builder;
  IndexBuilder index;
  const Tile &tile;
  const TileFactors &factors;
  // From the tile's first elements on.
  Matrix left;
  Value right, out;
  Type element;
  VectorType type;
  Value zero;
};
} // namespace

void gradopt::buildTile(ImplicitLocOpBuilder &builder, const Tile &tile,
                        const TileFactors &factors, Value out,
                        const InitialValue &initial, Value isFirst) {
  TileBuilder kernel(builder, tile, factors, out);
  IndexBuilder index(builder);
  kernel.prefetch();
  SmallVector<Value> sums = kernel.sum();
  auto store = [&](bool isMasked) {
    if (initial.kind == InitialValue::Memory)
      return kernel.store(sums, initial, isMasked);
    index.branch(
        isFirst, [&] { kernel.store(sums, initial, isMasked); },
        [&] { kernel.store(sums, InitialValue(), isMasked); });
  };
  int64_t width = tile.vectors * tile.lanes;
  std::optional<int64_t> columns = getConstantIntValue(tile.columns);
  if (columns)
    return store(/*isMasked=*/*columns < width);
  index.branch(
      index.isLess(tile.columns, index.constant(width)),
      [&] { store(/*isMasked=*/true); }, [&] { store(/*isMasked=*/false); });
}
