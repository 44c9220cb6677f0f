//===- BoundSlices.cpp - Keep slices inside of their tensors --------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SizeSamples.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_BOUNDSLICES
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// A slice that may reach outside of `whole`.
struct Slice {
  // The interface's methods are not const.
  mutable OffsetSizeAndStrideOpInterface op;
  Value whole;
  /// The dimensions in which it may.
  SmallVector<int64_t> moved;
  /// Those of them in which it may be greater than the tensor.
  llvm::SmallDenseSet<int64_t> shortened;
};

/// Where a slice goes instead.
struct Place {
  SmallVector<OpFoldResult> offsets, lengths, strides;
};
} // namespace

//===----------------------------------------------------------------------===//
// What may reach outside
//===----------------------------------------------------------------------===//

/// Whether offset + (length − 1) · stride + 1 ≤ size.
static bool isInside(OpFoldResult offset, OpFoldResult length, int64_t stride,
                     Value whole, int64_t dim) {
  using Bounds = ValueBoundsConstraintSet;
  Builder builder(whole.getContext());
  AffineExpr start = builder.getAffineSymbolExpr(0);
  AffineExpr count = builder.getAffineSymbolExpr(1);
  AffineMap end = AffineMap::get(0, 2, start + (count - 1) * stride + 1);
  Bounds::Variable operands[] = {offset, length};
  return Bounds::compare(Bounds::Variable(end, operands),
                         Bounds::ComparisonOperator::LE,
                         Bounds::Variable(whole, dim));
}

/// Finds out in which dimensions the slice may reach outside.
static LogicalResult analyze(Slice &slice, SizeSamples &sizes) {
  using Bounds = ValueBoundsConstraintSet;
  Builder builder(slice.op.getContext());
  OpFoldResult zero = builder.getIndexAttr(0);
  auto type = cast<RankedTensorType>(slice.whole.getType());
  SmallVector<OpFoldResult> offsets = slice.op.getMixedOffsets();
  SmallVector<OpFoldResult> lengths = slice.op.getMixedSizes();
  SmallVector<OpFoldResult> strides = slice.op.getMixedStrides();
  for (int64_t dim : llvm::seq(type.getRank())) {
    OpFoldResult offset = offsets[dim], length = lengths[dim];
    std::optional<int64_t> stride = getConstantIntValue(strides[dim]);
    if (!stride || *stride <= 0)
      return slice.op->emitOpError()
             << "has a stride that is not a positive constant in dimension #"
             << dim << ": it cannot be kept inside of the tensor";
    // The op's verifier has looked at these.
    bool isConstant = !type.isDynamicDim(dim) && getConstantIntValue(offset) &&
                      getConstantIntValue(length);
    // All of the dimension.
    SizeSample part = sizes.get(length);
    bool isWhole = isZeroInteger(offset) && *stride == 1 && part &&
                   part == sizes.get(slice.whole, dim);
    if (isConstant || isWhole)
      continue;
    if (Bounds::compare(offset, Bounds::ComparisonOperator::GE, zero) &&
        isInside(offset, length, *stride, slice.whole, dim))
      continue;
    slice.moved.push_back(dim);
    if (!isInside(zero, length, *stride, slice.whole, dim) &&
        !(*stride == 1 && part && part == sizes.get(slice.whole, dim)))
      slice.shortened.insert(dim);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Moving it
//===----------------------------------------------------------------------===//

static Place buildPlace(ImplicitLocOpBuilder &b, const Slice &slice) {
  auto op = slice.op;
  Place place{op.getMixedOffsets(), op.getMixedSizes(), op.getMixedStrides()};
  auto toValue = [&](OpFoldResult index) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), index);
  };
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  for (int64_t dim : slice.moved) {
    Value size = toValue(tensor::getMixedSize(b, b.getLoc(), slice.whole, dim));
    Value length = toValue(place.lengths[dim]);
    int64_t step = *getConstantIntValue(place.strides[dim]);
    Value stride = arith::ConstantIndexOp::create(b, step);
    if (slice.shortened.contains(dim)) {
      Value fitting =
          step == 1 ? size
                    : arith::CeilDivSIOp::create(b, size, stride).getResult();
      length = arith::MinSIOp::create(b, length, fitting);
      place.lengths[dim] = length;
    }
    Value extent = length;
    if (step != 1) {
      Value gaps = arith::SubIOp::create(b, length, one);
      gaps = arith::MulIOp::create(b, gaps, stride);
      extent = arith::AddIOp::create(b, gaps, one);
    }
    Value last = arith::SubIOp::create(b, size, extent);
    Value offset = arith::MinSIOp::create(b, toValue(place.offsets[dim]), last);
    place.offsets[dim] = arith::MaxSIOp::create(b, offset, zero).getResult();
  }
  return place;
}

/// At the origin of a tensor.
static Place getFront(Builder &b, ArrayRef<OpFoldResult> lengths) {
  Place place;
  place.offsets.assign(lengths.size(), b.getIndexAttr(0));
  place.lengths.assign(lengths.begin(), lengths.end());
  place.strides.assign(lengths.size(), b.getIndexAttr(1));
  return place;
}

static Value buildExtract(ImplicitLocOpBuilder &b, Value from,
                          const Place &place, RankedTensorType type = {}) {
  if (!type)
    return tensor::ExtractSliceOp::create(b, from, place.offsets, place.lengths,
                                          place.strides);
  return tensor::ExtractSliceOp::create(b, type, from, place.offsets,
                                        place.lengths, place.strides);
}

static Value buildInsert(ImplicitLocOpBuilder &b, Value source, Value into,
                         const Place &place) {
  return tensor::InsertSliceOp::create(b, source, into, place.offsets,
                                       place.lengths, place.strides);
}

/// A tensor of zeros with the lengths that the slice asks for.
static Value buildZeros(ImplicitLocOpBuilder &b, const Slice &slice) {
  Type elementType = getElementTypeOrSelf(slice.whole);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(elementType));
  Value empty =
      tensor::EmptyOp::create(b, slice.op.getMixedSizes(), elementType);
  return linalg::FillOp::create(b, zero, empty).getResult(0);
}

static Value rebuild(ImplicitLocOpBuilder &b, const Slice &slice) {
  Place place = buildPlace(b, slice);
  Place front = getFront(b, slice.op.getMixedSizes());
  Place piece = getFront(b, place.lengths);
  if (auto extract = dyn_cast<tensor::ExtractSliceOp>(slice.op.getOperation())) {
    if (slice.shortened.empty())
      return buildExtract(b, slice.whole, place, extract.getType());
    Value part = buildExtract(b, slice.whole, place);
    Value padded = buildInsert(b, part, buildZeros(b, slice), piece);
    return buildExtract(b, padded, front, extract.getType());
  }
  Value source = cast<tensor::InsertSliceOp>(slice.op.getOperation()).getSource();
  if (!slice.shortened.empty()) {
    // With the dimensions of size 1 that the source may lack.
    Value all = buildInsert(b, source, buildZeros(b, slice), front);
    source = buildExtract(b, all, piece);
  }
  return buildInsert(b, source, slice.whole, place);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct BoundSlices : gradopt::impl::BoundSlicesBase<BoundSlices> {
  using BoundSlicesBase::BoundSlicesBase;

  void runOnOperation() override {
    SmallVector<FunctionOpInterface> functions;
    getOperation()->walk([&](FunctionOpInterface function) {
      if (!function.isExternal())
        functions.push_back(function);
    });
    for (FunctionOpInterface function : functions)
      if (failed(bound(function)))
        return signalPassFailure();
  }

  LogicalResult bound(FunctionOpInterface function) {
    // All are looked at before any is changed.
    SmallVector<Slice> slices;
    SizeSamples sizes(function);
    WalkResult walk = function.getFunctionBody().walk([&](Operation *op) {
      Slice slice;
      if (auto extract = dyn_cast<tensor::ExtractSliceOp>(op))
        slice = {extract, extract.getSource(), {}, {}};
      else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
        slice = {insert, insert.getDest(), {}, {}};
      else
        return WalkResult::advance();
      if (failed(analyze(slice, sizes)))
        return WalkResult::interrupt();
      if (!slice.moved.empty())
        slices.push_back(std::move(slice));
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return failure();

    IRRewriter rewriter(&getContext());
    for (Slice &slice : slices) {
      // What it is a slice of may have been one itself.
      if (auto extract = dyn_cast<tensor::ExtractSliceOp>(slice.op.getOperation()))
        slice.whole = extract.getSource();
      else
        slice.whole = cast<tensor::InsertSliceOp>(slice.op.getOperation()).getDest();
      rewriter.setInsertionPoint(slice.op);
      ImplicitLocOpBuilder b(
          withOrigin(slice.op->getLoc(), /*layer=*/"", /*gate=*/"",
                     /*direction=*/"", slice.op->getName().getStringRef()),
          rewriter);
      rewriter.replaceOp(slice.op, rebuild(b, slice));
    }
    return success();
  }
};
} // namespace
