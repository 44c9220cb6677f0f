//===- RegionSizes.cpp - Sizes of what regions make -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/RegionSizes.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/ShapedOpInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// Remembers what a builder inserts.
struct Recorder : OpBuilder::Listener {
  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    inserted.push_back(op);
  }
  SmallVector<Operation *> inserted;
};

/// Follows a size out of the regions of an op. What computes it is built in a
/// block of its own first, so that a size that turns out to depend on the body
/// leaves no trace.
class RegionDims {
public:
  explicit RegionDims(Operation *root)
      : root(root), builder(root->getContext()) {
    builder.setInsertionPointToEnd(&scratch);
  }

  FailureOr<OpFoldResult> reify(OpBuilder &target, Value shaped, int64_t dim);

private:
  bool isOutside(Value value) {
    return llvm::none_of(root->getRegions(), [&](Region &region) {
      return region.isAncestor(value.getParentRegion());
    });
  }
  FailureOr<OpFoldResult> getDim(Value shaped, int64_t dim);
  FailureOr<OpFoldResult> getDim(OpResult shaped, int64_t dim);
  FailureOr<OpFoldResult> getDimOfBranches(OpResult shaped, int64_t dim);
  FailureOr<OpFoldResult> getProduct(Value shaped, ArrayRef<int64_t> dims);
  FailureOr<OpFoldResult> getDimFromInterface(OpResult shaped, int64_t dim);
  FailureOr<OpFoldResult> getIndex(OpFoldResult index);

  Operation *root;
  Block scratch;
  OpBuilder builder;
  IRMapping indices;
};
} // namespace

/// Whether one of the regions of an op runs, at most once, and gives its
/// results.
static bool isBranch(Operation *op) {
  return isa<RegionBranchOpInterface>(op) && !isa<LoopLikeOpInterface>(op);
}

/// What a region gives for a result of its op; null if that is not known.
static Value getYielded(Region &region, OpResult result) {
  if (!region.hasOneBlock())
    return {};
  Operation *end = region.front().getTerminator();
  if (end->getNumOperands() != result.getOwner()->getNumResults())
    return {};
  return end->getOperand(result.getResultNumber());
}

/// The tensor or buffer, and its dimension, whose size `value` is, if it is
/// one.
static std::optional<std::pair<Value, int64_t>> getReadSize(Value value) {
  auto read = value.getDefiningOp<ShapedDimOpInterface>();
  if (!read)
    return std::nullopt;
  auto type = cast<ShapedType>(read.getShapedValue().getType());
  std::optional<int64_t> dim = getConstantIntValue(read.getDimension());
  if (!type.hasRank() || !dim || *dim < 0 || *dim >= type.getRank())
    return std::nullopt;
  return std::make_pair(read.getShapedValue(), *dim);
}

/// What a buffer, or a tensor that is one, has a size from: the size that it
/// was made with, or the dimension of what it is a view of. Neither where that
/// is not known.
static SizeOrigin followBuffer(OpResult shaped, int64_t dim) {
  Operation *op = shaped.getOwner();
  if (isa<bufferization::ToTensorOp, bufferization::ToBufferOp>(op))
    return {{}, op->getOperand(0), dim};
  if (auto cast = dyn_cast<memref::CastOp>(op);
      cast && isa<MemRefType>(cast.getSource().getType()))
    return {{}, cast.getSource(), dim};
  if (auto alloc = dyn_cast<bufferization::AllocTensorOp>(op)) {
    if (alloc.getCopy())
      return {{}, alloc.getCopy(), dim};
    return {alloc.getDynamicSizes()[alloc.getIndexOfDynamicSize(dim)], {}, 0};
  }
  if (auto alloc = dyn_cast<memref::AllocOp>(op))
    return {alloc.getMixedSizes()[dim], {}, 0};
  if (auto view = dyn_cast<memref::ViewOp>(op))
    return {view.getSizes()[view.getType().getDynamicDimIndex(dim)], {}, 0};
  if (auto subview = dyn_cast<memref::SubViewOp>(op)) {
    llvm::SmallBitVector dropped = subview.getDroppedDims();
    for (auto [i, size] : llvm::enumerate(subview.getMixedSizes()))
      if (!dropped.test(i) && dim-- == 0)
        return {size, {}, 0};
  }
  if (auto expand = dyn_cast<memref::ExpandShapeOp>(op))
    return {expand.getMixedOutputShape()[dim], {}, 0};
  if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op)) {
    ReassociationIndices group = collapse.getReassociationIndices()[dim];
    if (group.size() == 1)
      return {{}, collapse.getSrc(), group.front()};
  }
  return {};
}

FailureOr<OpFoldResult> RegionDims::getDim(Value shaped, int64_t dim) {
  auto type = cast<ShapedType>(shaped.getType());
  if (!type.isDynamicDim(dim))
    return OpFoldResult(builder.getIndexAttr(type.getDimSize(dim)));
  if (isOutside(shaped)) {
    if (isa<MemRefType>(type))
      return memref::getMixedSize(builder, root->getLoc(), shaped, dim);
    return tensor::getMixedSize(builder, root->getLoc(), shaped, dim);
  }
  if (auto result = dyn_cast<OpResult>(shaped))
    return getDim(result, dim);
  auto argument = cast<BlockArgument>(shaped);
  auto scan = dyn_cast_or_null<ScanOp>(argument.getOwner()->getParentOp());
  if (!scan)
    return failure();
  unsigned carry = argument.getArgNumber() - 1;
  if (carry < scan.getNumCarries())
    return getDim(scan.getInits()[carry], dim);
  return getDim(scan.getInputs()[carry - scan.getNumCarries()], dim + 1);
}

FailureOr<OpFoldResult> RegionDims::getDim(OpResult shaped, int64_t dim) {
  Operation *op = shaped.getOwner();
  if (isBranch(op))
    return getDimOfBranches(shaped, dim);
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    return getDim(destination.getTiedOpOperand(shaped)->get(), dim);
  SizeOrigin origin = followBuffer(shaped, dim);
  if (origin.tensor)
    return getDim(origin.tensor, origin.dim);
  if (origin.size)
    return getIndex(origin.size);
  if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op))
    return getProduct(collapse.getSrc(),
                      collapse.getReassociationIndices()[dim]);
  if (op->hasTrait<OpTrait::Elementwise>() ||
      op->hasTrait<OpTrait::SameOperandsAndResultType>() ||
      op->hasTrait<OpTrait::SameOperandsAndResultShape>())
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        if (FailureOr<OpFoldResult> size = getDim(operand, dim);
            succeeded(size))
          return size;
  return getDimFromInterface(shaped, dim);
}

namespace {
/// Follows sizes to where they come from, however far that is.
class SizeTracer {
public:
  explicit SizeTracer(Builder &builder) : builder(builder) {}

  SizeOrigin trace(OpFoldResult size);
  static bool areSame(SizeOrigin a, SizeOrigin b);

private:
  SizeOrigin trace(Value shaped, int64_t dim);
  SizeOrigin follow(Value shaped, int64_t dim);
  SizeOrigin followScan(ScanOp scan, unsigned result, int64_t dim);
  SizeOrigin followBranches(OpResult shaped, int64_t dim);

  Builder &builder;
  /// A branch is gone through once, however many others lead to it.
  DenseMap<std::pair<Value, int64_t>, SizeOrigin> branches;
};
} // namespace

bool SizeTracer::areSame(SizeOrigin a, SizeOrigin b) {
  if (a.tensor || b.tensor)
    return a.tensor == b.tensor && a.dim == b.dim;
  return isEqualConstantIntOrValue(a.size, b.size);
}

SizeOrigin SizeTracer::trace(OpFoldResult size) {
  auto value = dyn_cast<Value>(size);
  std::optional<std::pair<Value, int64_t>> read =
      value ? getReadSize(value) : std::nullopt;
  return read ? trace(read->first, read->second) : SizeOrigin{size, {}, 0};
}

SizeOrigin SizeTracer::trace(Value shaped, int64_t dim) {
  SizeOrigin origin = {{}, shaped, dim};
  while (origin.tensor) {
    SizeOrigin next = follow(origin.tensor, origin.dim);
    if (!next.tensor && !next.size)
      return origin;
    origin = next;
  }
  return trace(origin.size);
}

/// One step from a tensor or buffer to another one with that size, or to the
/// size; neither where there is none.
SizeOrigin SizeTracer::follow(Value shaped, int64_t dim) {
  auto type = cast<ShapedType>(shaped.getType());
  if (!type.isDynamicDim(dim))
    return {builder.getIndexAttr(type.getDimSize(dim)), {}, 0};
  if (isa<RankedTensorType>(type))
    if (SizeOrigin origin = traceSize(builder, shaped, dim);
        origin.tensor != shaped)
      return origin;
  if (auto argument = dyn_cast<BlockArgument>(shaped)) {
    auto scan = dyn_cast_or_null<ScanOp>(argument.getOwner()->getParentOp());
    if (!scan)
      return {};
    unsigned carry = argument.getArgNumber() - 1;
    if (carry < scan.getNumCarries())
      return {{}, scan.getInits()[carry], dim};
    return {{}, scan.getInputs()[carry - scan.getNumCarries()], dim + 1};
  }
  auto result = cast<OpResult>(shaped);
  if (auto scan = dyn_cast<ScanOp>(result.getOwner()))
    return followScan(scan, result.getResultNumber(), dim);
  if (auto gradient = dyn_cast<GradientOp>(result.getOwner()))
    return {{}, gradient.getValue(), dim};
  if (isBranch(result.getOwner()))
    return followBranches(result, dim);
  return followBuffer(result, dim);
}

SizeOrigin SizeTracer::followScan(ScanOp scan, unsigned result, int64_t dim) {
  if (result < scan.getNumCarries())
    return {{}, scan.getInits()[result], dim};
  unsigned output = result - scan.getNumCarries();
  if (output >= scan.getNumOutputs()) {
    unsigned history = output - scan.getNumOutputs();
    if (dim == 0) // One row more than there are steps.
      return {};
    return {{}, scan.getInits()[scan.getHistories()[history]], dim - 1};
  }
  if (dim == 0)
    return {scan.getCount(), {}, 0};
  return {{}, scan.getYieldedOutputs()[output], dim - 1};
}

SizeOrigin SizeTracer::followBranches(OpResult shaped, int64_t dim) {
  if (auto known = branches.find({shaped, dim}); known != branches.end())
    return known->second;
  std::optional<SizeOrigin> common;
  for (Region &region : shaped.getOwner()->getRegions()) {
    Value yielded = getYielded(region, shaped);
    SizeOrigin origin = yielded ? trace(yielded, dim) : SizeOrigin{};
    if (!yielded || (common && !areSame(*common, origin))) {
      common = SizeOrigin{};
      break;
    }
    common = origin;
  }
  return branches[{shaped, dim}] = common.value_or(SizeOrigin{});
}

bool mlir::gradopt::isSameSize(Builder &builder, OpFoldResult a,
                               OpFoldResult b) {
  if (isEqualConstantIntOrValue(a, b))
    return true;
  SizeTracer tracer(builder);
  return SizeTracer::areSame(tracer.trace(a), tracer.trace(b));
}

/// Branches may give tensors of different sizes.
FailureOr<OpFoldResult> RegionDims::getDimOfBranches(OpResult shaped,
                                                     int64_t dim) {
  FailureOr<OpFoldResult> size = failure();
  for (Region &region : shaped.getOwner()->getRegions()) {
    Value yielded = getYielded(region, shaped);
    if (!yielded)
      return failure();
    FailureOr<OpFoldResult> given = getDim(yielded, dim);
    if (failed(given) ||
        (succeeded(size) && !isSameSize(builder, *size, *given)))
      return failure();
    size = given;
  }
  return size;
}

FailureOr<OpFoldResult> RegionDims::getProduct(Value shaped,
                                               ArrayRef<int64_t> dims) {
  Value product;
  for (int64_t dim : dims) {
    FailureOr<OpFoldResult> size = getDim(shaped, dim);
    if (failed(size))
      return failure();
    Value factor =
        getValueOrCreateConstantIndexOp(builder, root->getLoc(), *size);
    product = product ? arith::MulIOp::create(builder, root->getLoc(), product,
                                              factor)
                      : factor;
  }
  return OpFoldResult(product);
}

/// Asks the op, which may only answer with ops beside it, and follows these.
FailureOr<OpFoldResult> RegionDims::getDimFromInterface(OpResult shaped,
                                                        int64_t dim) {
  auto reifiable =
      dyn_cast<ReifyRankedShapedTypeOpInterface>(shaped.getOwner());
  if (!reifiable)
    return failure();
  Recorder recorder;
  OpBuilder beside(reifiable, &recorder);
  FailureOr<SmallVector<OpFoldResult>> shape =
      reifiable.reifyShapeOfResult(beside, shaped.getResultNumber());
  FailureOr<OpFoldResult> size = failure();
  if (succeeded(shape) && dim < static_cast<int64_t>(shape->size()) &&
      (*shape)[dim])
    size = getIndex((*shape)[dim]);
  for (Operation *op : llvm::reverse(recorder.inserted)) {
    for (Value result : op->getResults())
      indices.erase(result);
    op->erase();
  }
  return size;
}

FailureOr<OpFoldResult> RegionDims::getIndex(OpFoldResult index) {
  auto value = dyn_cast<Value>(index);
  if (!value || isOutside(value))
    return index;
  if (Value known = indices.lookupOrNull(value))
    return OpFoldResult(known);
  Operation *op = value.getDefiningOp();
  if (!op)
    return failure();

  if (isa<ShapedDimOpInterface>(op)) {
    std::optional<std::pair<Value, int64_t>> read = getReadSize(value);
    if (!read)
      return failure();
    return getDim(read->first, read->second);
  }

  if (!isPure(op) || op->getNumRegions() > 0)
    return failure();
  for (Value operand : op->getOperands()) {
    if (!operand.getType().isIntOrIndex())
      return failure();
    FailureOr<OpFoldResult> size = getIndex(operand);
    if (failed(size))
      return failure();
    indices.map(operand,
                getValueOrCreateConstantIndexOp(builder, op->getLoc(), *size));
  }
  builder.clone(*op, indices);
  return OpFoldResult(indices.lookup(value));
}

FailureOr<OpFoldResult> RegionDims::reify(OpBuilder &target, Value shaped,
                                          int64_t dim) {
  FailureOr<OpFoldResult> size =
      shaped.getDefiningOp() == root
          ? getDimOfBranches(cast<OpResult>(shaped), dim)
          : getDim(shaped, dim);
  if (failed(size))
    return failure();
  auto value = dyn_cast<Value>(*size);
  if (!value || value.getParentBlock() != &scratch)
    return size;
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(scratch)))
    if (&op != value.getDefiningOp() && op.use_empty())
      op.erase();
  IRMapping mapping;
  for (Operation &op : scratch)
    target.clone(op, mapping);
  return OpFoldResult(mapping.lookup(value));
}

FailureOr<OpFoldResult> gradopt::reifyRegionDim(OpBuilder &builder,
                                                Operation *op, Value shaped,
                                                int64_t dim) {
  return RegionDims(op).reify(builder, shaped, dim);
}
