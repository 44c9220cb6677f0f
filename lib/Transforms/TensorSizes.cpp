//===- TensorSizes.cpp - What the size of a tensor is known to be ---------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorSizes.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;
using namespace mlir::gradopt;

static OpFoldResult findSize(Value tensor, int64_t dim);

/// What a size that is read from a tensor was made with.
static OpFoldResult traceSize(OpFoldResult size) {
  auto value = dyn_cast_if_present<Value>(size);
  if (!value)
    return size;
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return IntegerAttr::get(IndexType::get(value.getContext()), *constant);
  auto read = value.getDefiningOp<tensor::DimOp>();
  std::optional<int64_t> index = read ? read.getConstantIndex() : std::nullopt;
  auto type = read ? dyn_cast<RankedTensorType>(read.getSource().getType())
                   : RankedTensorType();
  if (!index || !type || *index < 0 || *index >= type.getRank())
    return size;
  OpFoldResult traced = findSize(read.getSource(), *index);
  return traced ? traced : size;
}

/// The tensor, and its dimension, that has the size of this one; null if the
/// size ends here.
static std::pair<Value, int64_t> findSameSize(Value tensor, int64_t dim) {
  if (auto arg = dyn_cast<BlockArgument>(tensor)) {
    auto scan = dyn_cast_or_null<ScanOp>(arg.getOwner()->getParentOp());
    if (!scan)
      return {};
    unsigned carry = arg.getArgNumber() - 1;
    if (carry < scan.getNumCarries())
      return {scan.getInits()[carry], dim};
    return {scan.getInputs()[carry - scan.getNumCarries()], dim + 1};
  }
  Operation *op = tensor.getDefiningOp();
  auto result = cast<OpResult>(tensor);
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return {insert.getDest(), dim};
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    return {destination.getTiedOpOperand(result)->get(), dim};
  if (auto scan = dyn_cast<ScanOp>(op)) {
    unsigned number = result.getResultNumber();
    if (number < scan.getNumCarries())
      return {scan.getInits()[number], dim};
    number -= scan.getNumCarries();
    if (dim == 0)
      return {};
    if (number < scan.getNumOutputs())
      return {scan.getYieldedOutputs()[number], dim - 1};
    return {scan.getInits()[scan.getHistories()[number - scan.getNumOutputs()]],
            dim - 1};
  }
  if (op->getNumOperands() > 0 &&
      op->getOperand(0).getType() == tensor.getType() &&
      (op->hasTrait<OpTrait::SameOperandsAndResultType>() ||
       OpTrait::hasElementwiseMappableTraits(op)))
    return {op->getOperand(0), dim};
  return {};
}

/// What a size was made with, null if that is not known.
static OpFoldResult findSize(Value tensor, int64_t dim) {
  while (true) {
    auto type = cast<RankedTensorType>(tensor.getType());
    if (!type.isDynamicDim(dim))
      return IntegerAttr::get(IndexType::get(type.getContext()),
                              type.getDimSize(dim));
    if (auto empty = tensor.getDefiningOp<tensor::EmptyOp>())
      return traceSize(empty.getMixedSizes()[dim]);
    if (auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>()) {
      if (slice.getSourceType().getRank() != type.getRank())
        return {};
      return traceSize(slice.getMixedSizes()[dim]);
    }
    if (auto scan = tensor.getDefiningOp<ScanOp>())
      if (unsigned output = cast<OpResult>(tensor).getResultNumber();
          dim == 0 && output >= scan.getNumCarries() &&
          output < scan.getNumCarries() + scan.getNumOutputs())
        return traceSize(scan.getCount());
    auto [next, nextDim] = findSameSize(tensor, dim);
    if (!next) {
      // Equal sizes of one tensor must be found equal.
      for (Operation *user : tensor.getUsers())
        if (auto read = dyn_cast<tensor::DimOp>(user))
          if (read.getConstantIndex() == dim)
            return read.getResult();
      return {};
    }
    tensor = next;
    dim = nextDim;
  }
}

OpFoldResult mlir::gradopt::getSize(OpBuilder &builder, Location loc,
                                    Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return builder.getIndexAttr(type.getDimSize(dim));
  OpFoldResult size = findSize(tensor, dim);
  if (auto value = dyn_cast_if_present<Value>(size)) {
    Block *block = builder.getInsertionBlock();
    auto point = builder.getInsertionPoint();
    DominanceInfo dominance;
    if (point != block->end() && dominance.properlyDominates(value, &*point))
      return size;
  } else if (std::optional<int64_t> constant =
                 size ? getConstantIntValue(size) : std::nullopt) {
    // The type leaves it open, and so must what is made of it.
    return arith::ConstantIndexOp::create(builder, loc, *constant).getResult();
  }
  return tensor::DimOp::create(builder, loc, tensor, dim).getResult();
}

bool mlir::gradopt::haveSameSize(Value lhs, int64_t lhsDim, Value rhs,
                                 int64_t rhsDim) {
  if (lhs == rhs && lhsDim == rhsDim)
    return true;
  OpFoldResult left = findSize(lhs, lhsDim), right = findSize(rhs, rhsDim);
  return left && right && isEqualConstantIntOrValue(left, right);
}

RankedTensorType mlir::gradopt::withSize(RankedTensorType type, int64_t dim,
                                         int64_t size) {
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] = size;
  return RankedTensorType::get(shape, type.getElementType());
}

SmallVector<Value> mlir::gradopt::buildSlices(OpBuilder &builder, Location loc,
                                              Value stack, int64_t dim,
                                              TypeRange types) {
  auto type = cast<RankedTensorType>(stack.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0)),
      strides(type.getRank(), builder.getIndexAttr(1)), sizes;
  for (int64_t other : llvm::seq(type.getRank()))
    sizes.push_back(getSize(builder, loc, stack, other));
  SmallVector<Value> slices;
  int64_t offset = 0;
  for (Type part : types) {
    auto partType = cast<RankedTensorType>(part);
    offsets[dim] = builder.getIndexAttr(offset);
    sizes[dim] = builder.getIndexAttr(partType.getDimSize(dim));
    slices.push_back(tensor::ExtractSliceOp::create(
        builder, loc, partType, stack, offsets, sizes, strides));
    offset += partType.getDimSize(dim);
  }
  return slices;
}
