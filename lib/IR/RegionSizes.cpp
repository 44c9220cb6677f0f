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
  if (isa<RegionBranchOpInterface>(op) && !isa<LoopLikeOpInterface>(op))
    return getDimOfBranches(shaped, dim);
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    return getDim(destination.getTiedOpOperand(shaped)->get(), dim);
  if (auto toTensor = dyn_cast<bufferization::ToTensorOp>(op))
    return getDim(toTensor.getBuffer(), dim);
  if (auto toBuffer = dyn_cast<bufferization::ToBufferOp>(op))
    return getDim(toBuffer.getTensor(), dim);
  if (auto cast = dyn_cast<memref::CastOp>(op);
      cast && isa<MemRefType>(cast.getSource().getType()))
    return getDim(cast.getSource(), dim);
  if (auto alloc = dyn_cast<memref::AllocOp>(op))
    return getIndex(alloc.getMixedSizes()[dim]);
  if (auto subview = dyn_cast<memref::SubViewOp>(op)) {
    llvm::SmallBitVector dropped = subview.getDroppedDims();
    for (auto [i, size] : llvm::enumerate(subview.getMixedSizes()))
      if (!dropped.test(i) && dim-- == 0)
        return getIndex(size);
    return failure();
  }
  if (auto expand = dyn_cast<memref::ExpandShapeOp>(op))
    return getIndex(expand.getMixedOutputShape()[dim]);
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

/// Where a size comes from, followed as far as it goes: through the loops
/// around it, and to the size that a view of memory was made with.
static SizeOrigin traceFar(Builder &builder, OpFoldResult size) {
  while (true) {
    auto value = dyn_cast<Value>(size);
    auto dimOp = value ? value.getDefiningOp<tensor::DimOp>() : nullptr;
    std::optional<int64_t> index;
    if (dimOp)
      index = dimOp.getConstantIndex();
    auto type = dimOp ? dyn_cast<RankedTensorType>(dimOp.getSource().getType())
                      : nullptr;
    if (!type || !index || *index < 0 || *index >= type.getRank())
      return {size, {}, 0};

    SizeOrigin origin = traceSize(builder, dimOp.getSource(), *index);
    while (origin.tensor) {
      Value from;
      int64_t dim = origin.dim;
      Operation *op = origin.tensor.getDefiningOp();
      if (auto argument = dyn_cast<BlockArgument>(origin.tensor)) {
        auto scan =
            dyn_cast_or_null<ScanOp>(argument.getOwner()->getParentOp());
        unsigned carry = argument.getArgNumber() - 1;
        if (scan && carry < scan.getNumCarries()) {
          from = scan.getInits()[carry];
        } else if (scan) {
          from = scan.getInputs()[carry - scan.getNumCarries()];
          ++dim;
        }
      } else if (auto scan = dyn_cast<ScanOp>(op)) {
        unsigned carry = cast<OpResult>(origin.tensor).getResultNumber();
        if (carry < scan.getNumCarries()) {
          from = scan.getInits()[carry];
        } else if (dim == 0 &&
                   carry < scan.getNumCarries() + scan.getNumOutputs()) {
          origin = {scan.getCount(), {}, 0};
          break;
        }
      } else if (auto gradient = dyn_cast<GradientOp>(op)) {
        from = gradient.getValue();
      } else if (auto alloc = dyn_cast<bufferization::AllocTensorOp>(op)) {
        from = alloc.getCopy();
        if (!from) {
          origin = {
              alloc.getDynamicSizes()[alloc.getIndexOfDynamicSize(dim)], {}, 0};
          break;
        }
      } else if (auto toTensor = dyn_cast<bufferization::ToTensorOp>(op)) {
        auto view = toTensor.getBuffer().getDefiningOp<memref::ViewOp>();
        if (view && view.getType().isDynamicDim(dim)) {
          origin = {
              view.getSizes()[view.getType().getDynamicDimIndex(dim)], {}, 0};
          break;
        }
      }
      if (!from)
        return origin;
      origin = traceSize(builder, from, dim);
    }
    if (origin.size == size)
      return origin;
    size = origin.size;
  }
}

bool mlir::gradopt::isSameSize(Builder &builder, OpFoldResult a,
                               OpFoldResult b) {
  if (isEqualConstantIntOrValue(a, b))
    return true;
  SizeOrigin x = traceFar(builder, a), y = traceFar(builder, b);
  if (x.tensor || y.tensor)
    return x.tensor == y.tensor && x.dim == y.dim;
  return isEqualConstantIntOrValue(x.size, y.size);
}

/// Branches may give tensors of different sizes.
FailureOr<OpFoldResult> RegionDims::getDimOfBranches(OpResult shaped,
                                                     int64_t dim) {
  FailureOr<OpFoldResult> size = failure();
  for (Region &region : shaped.getOwner()->getRegions()) {
    if (!region.hasOneBlock())
      return failure();
    Operation *end = region.front().getTerminator();
    if (end->getNumOperands() != shaped.getOwner()->getNumResults())
      return failure();
    FailureOr<OpFoldResult> given =
        getDim(end->getOperand(shaped.getResultNumber()), dim);
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

  Value source;
  std::optional<int64_t> dim;
  if (auto ofTensor = dyn_cast<tensor::DimOp>(op)) {
    source = ofTensor.getSource();
    dim = ofTensor.getConstantIndex();
  } else if (auto ofBuffer = dyn_cast<memref::DimOp>(op)) {
    source = ofBuffer.getSource();
    dim = ofBuffer.getConstantIndex();
  }
  if (source) {
    auto type = cast<ShapedType>(source.getType());
    if (!type.hasRank() || !dim || *dim < 0 || *dim >= type.getRank())
      return failure();
    return getDim(source, *dim);
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
