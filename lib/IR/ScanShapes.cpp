//===- ScanShapes.cpp - Sizes of what a scan gives ------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
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

/// Follows a size out of the body. What computes it is built in a block of its
/// own first, so that a size that turns out to depend on the body leaves no
/// trace.
class BodyDims {
public:
  explicit BodyDims(ScanOp scan) : scan(scan), builder(scan.getContext()) {
    builder.setInsertionPointToEnd(&scratch);
  }

  FailureOr<OpFoldResult> reify(OpBuilder &target, Value shaped, int64_t dim);

private:
  bool isOutside(Value value) {
    return !scan.getBody().isAncestor(value.getParentRegion());
  }
  FailureOr<OpFoldResult> getDim(Value shaped, int64_t dim);
  FailureOr<OpFoldResult> getDim(OpResult shaped, int64_t dim);
  FailureOr<OpFoldResult> getProduct(Value shaped, ArrayRef<int64_t> dims);
  FailureOr<OpFoldResult> getDimFromInterface(OpResult shaped, int64_t dim);
  FailureOr<OpFoldResult> getIndex(OpFoldResult index);

  ScanOp scan;
  Block scratch;
  OpBuilder builder;
  IRMapping indices;
};
} // namespace

FailureOr<OpFoldResult> BodyDims::getDim(Value shaped, int64_t dim) {
  auto type = cast<ShapedType>(shaped.getType());
  if (!type.isDynamicDim(dim))
    return OpFoldResult(builder.getIndexAttr(type.getDimSize(dim)));
  if (isOutside(shaped)) {
    if (isa<MemRefType>(type))
      return memref::getMixedSize(builder, scan.getLoc(), shaped, dim);
    return tensor::getMixedSize(builder, scan.getLoc(), shaped, dim);
  }
  if (auto result = dyn_cast<OpResult>(shaped))
    return getDim(result, dim);
  auto argument = cast<BlockArgument>(shaped);
  if (argument.getOwner() != &scan.getBody().front())
    return failure();
  unsigned carry = argument.getArgNumber() - 1;
  if (carry < scan.getNumCarries())
    return getDim(scan.getInits()[carry], dim);
  return getDim(scan.getInputs()[carry - scan.getNumCarries()], dim + 1);
}

FailureOr<OpFoldResult> BodyDims::getDim(OpResult shaped, int64_t dim) {
  Operation *op = shaped.getOwner();
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

FailureOr<OpFoldResult> BodyDims::getProduct(Value shaped,
                                             ArrayRef<int64_t> dims) {
  Value product;
  for (int64_t dim : dims) {
    FailureOr<OpFoldResult> size = getDim(shaped, dim);
    if (failed(size))
      return failure();
    Value factor =
        getValueOrCreateConstantIndexOp(builder, scan.getLoc(), *size);
    product =
        product ? arith::MulIOp::create(builder, scan.getLoc(), product, factor)
                : factor;
  }
  return OpFoldResult(product);
}

/// Asks the op, which may only answer with ops beside it, and follows these.
FailureOr<OpFoldResult> BodyDims::getDimFromInterface(OpResult shaped,
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

FailureOr<OpFoldResult> BodyDims::getIndex(OpFoldResult index) {
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

FailureOr<OpFoldResult> BodyDims::reify(OpBuilder &target, Value shaped,
                                        int64_t dim) {
  FailureOr<OpFoldResult> size = getDim(shaped, dim);
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

FailureOr<OpFoldResult> ScanOp::reifyBodyDim(OpBuilder &builder, Value shaped,
                                             int64_t dim) {
  return BodyDims(*this).reify(builder, shaped, dim);
}

FailureOr<OpFoldResult> ScanOp::reifyDimOfResult(OpBuilder &builder,
                                                 int resultIndex, int dim) {
  unsigned index = resultIndex;
  auto type = dyn_cast<RankedTensorType>(getResult(index).getType());
  if (!type)
    return failure();
  if (!type.isDynamicDim(dim))
    return OpFoldResult(builder.getIndexAttr(type.getDimSize(dim)));
  if (index < getNumCarries())
    return tensor::getMixedSize(builder, getLoc(), getInits()[index], dim);
  index -= getNumCarries();

  bool isHistory = index >= getNumOutputs();
  if (dim == 0) {
    if (int64_t steps = getStaticCount(); ShapedType::isStatic(steps))
      return OpFoldResult(builder.getIndexAttr(isHistory ? steps + 1 : steps));
    if (!isHistory)
      return OpFoldResult(getCount());
    Value one = arith::ConstantIndexOp::create(builder, getLoc(), 1);
    return OpFoldResult(
        arith::AddIOp::create(builder, getLoc(), getCount(), one).getResult());
  }
  if (isHistory)
    return tensor::getMixedSize(
        builder, getLoc(), getInits()[getHistories()[index - getNumOutputs()]],
        dim - 1);
  return reifyBodyDim(builder, getYieldedOutputs()[index], dim - 1);
}

FailureOr<SmallVector<OpFoldResult>>
ScanOp::reifyShapeOfResult(OpBuilder &builder, int resultIndex) {
  SmallVector<OpFoldResult> shape;
  auto type = dyn_cast<RankedTensorType>(getResult(resultIndex).getType());
  for (int64_t dim = 0, rank = type ? type.getRank() : 0; dim < rank; ++dim)
    shape.push_back(
        reifyDimOfResult(builder, resultIndex, dim).value_or(OpFoldResult()));
  return shape;
}

LogicalResult ScanOp::reifyResultShapes(OpBuilder &builder,
                                        ReifiedRankedShapedTypeDims &shapes) {
  for (OpResult result : (*this)->getResults())
    shapes.push_back(*reifyShapeOfResult(builder, result.getResultNumber()));
  return success();
}
