//===- RaisedRows.cpp - Rows of tensors instead of slices -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RaisedRows.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::gradopt;

RankedTensorType mlir::gradopt::dropDim(RankedTensorType type, int64_t dim) {
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + dim);
  return RankedTensorType::get(shape, type.getElementType(),
                               type.getEncoding());
}

Value mlir::gradopt::castTensor(OpBuilder &builder, Location loc, Value value,
                                Type type) {
  if (value.getType() == type)
    return value;
  return tensor::CastOp::create(builder, loc, type, value);
}

static Value transpose(OpBuilder &builder, Location loc, Value value,
                       ArrayRef<int64_t> permutation) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, value);
  SmallVector<OpFoldResult> permuted;
  for (int64_t dim : permutation)
    permuted.push_back(sizes[dim]);
  Value empty = tensor::EmptyOp::create(
      builder, loc, permuted,
      cast<RankedTensorType>(value.getType()).getElementType());
  return linalg::TransposeOp::create(builder, loc, value, empty, permutation)
      ->getResult(0);
}

Value mlir::gradopt::moveDimToFront(OpBuilder &builder, Location loc,
                                    Value value, int64_t dim) {
  if (dim == 0)
    return value;
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  SmallVector<int64_t> permutation = {dim};
  for (int64_t i = 0; i < rank; ++i)
    if (i != dim)
      permutation.push_back(i);
  return transpose(builder, loc, value, permutation);
}

Value mlir::gradopt::moveFrontToDim(OpBuilder &builder, Location loc,
                                    Value value, int64_t dim) {
  if (dim == 0)
    return value;
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  SmallVector<int64_t> permutation;
  for (int64_t i = 1; i < rank; ++i)
    permutation.push_back(i);
  permutation.insert(permutation.begin() + dim, 0);
  return transpose(builder, loc, value, permutation);
}

Value mlir::gradopt::buildUniformRow(OpBuilder &builder, Location loc,
                                     Value value, int64_t dim) {
  auto type = cast<RankedTensorType>(value.getType());
  RankedTensorType rowType = dropDim(type, dim);
  SplatElementsAttr splat;
  if (matchPattern(value, m_Constant(&splat)))
    return arith::ConstantOp::create(builder, loc, splat.resizeSplat(rowType));
  auto fill = value.getDefiningOp<linalg::FillOp>();
  if (!fill && !value.getDefiningOp<tensor::EmptyOp>())
    return {};
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, value);
  sizes.erase(sizes.begin() + dim);
  Value row = tensor::EmptyOp::create(
      builder, loc, sizes, rowType.getElementType(), rowType.getEncoding());
  if (fill)
    row = linalg::FillOp::create(builder, loc, fill.value(), row).getResult(0);
  return castTensor(builder, loc, row, rowType);
}

/// The groups that take dimension `dim`, of size 1, of `rank` ones together
/// with a neighbour.
static SmallVector<ReassociationIndices> joinUnitDim(int64_t rank,
                                                     int64_t dim) {
  SmallVector<ReassociationIndices> groups;
  if (rank == 1)
    return groups;
  int64_t first = std::min(dim, rank - 2);
  for (int64_t i = 0; i < rank; ++i) {
    if (i != first + 1)
      groups.emplace_back();
    groups.back().push_back(i);
  }
  return groups;
}

/// `type` with size 1 in dimension `dim`.
static RankedTensorType withUnitDim(RankedTensorType type, int64_t dim) {
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] = 1;
  return type.clone(shape);
}

static Value collapseUnitDim(OpBuilder &builder, Location loc, Value value,
                             int64_t dim) {
  auto type = cast<RankedTensorType>(value.getType());
  value = castTensor(builder, loc, value, withUnitDim(type, dim));
  return tensor::CollapseShapeOp::create(builder, loc, dropDim(type, dim),
                                         value,
                                         joinUnitDim(type.getRank(), dim));
}

static Value expandUnitDim(OpBuilder &builder, Location loc, Value value,
                           RankedTensorType type, int64_t dim) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, value);
  sizes.insert(sizes.begin() + dim, builder.getIndexAttr(1));
  Value expanded =
      tensor::ExpandShapeOp::create(builder, loc, withUnitDim(type, dim), value,
                                    joinUnitDim(type.getRank(), dim), sizes);
  return castTensor(builder, loc, expanded, type);
}

/// An access within the row alone.
static SliceAccess getInnerAccess(const SliceAccess &access, int64_t dim) {
  SliceAccess inner = access;
  inner.offsets.erase(inner.offsets.begin() + dim);
  inner.sizes.erase(inner.sizes.begin() + dim);
  inner.strides.erase(inner.strides.begin() + dim);
  return inner;
}

/// Where a slice has the dimension that is `dim` of the tensor.
static int64_t getSliceDim(const SliceAccess &access, int64_t dim) {
  int64_t position = dim;
  for (int64_t i = 0; i < dim; ++i)
    position -= access.dropped.test(i) ? 1 : 0;
  return position;
}

static SmallVector<Value> getIndices(OpBuilder &builder, Location loc,
                                     const SliceAccess &access) {
  return getValueOrCreateConstantIndexOp(builder, loc, access.offsets);
}

Value mlir::gradopt::readRow(OpBuilder &builder, Operation *op, int64_t dim,
                             Value row, bool isWhole) {
  Location loc = op->getLoc();
  SliceAccess access = *getSliceAccess(op);
  SliceAccess inner = getInnerAccess(access, dim);
  if (isa<tensor::ExtractOp>(op))
    return tensor::ExtractOp::create(builder, loc, row,
                                     getIndices(builder, loc, inner));

  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  bool keepsDim = !access.dropped.test(dim);
  int64_t position = getSliceDim(access, dim);
  RankedTensorType innerType = keepsDim ? dropDim(type, position) : type;
  Value value = isWhole ? castTensor(builder, loc, row, innerType)
                        : Value(tensor::ExtractSliceOp::create(
                              builder, loc, innerType, row, inner.offsets,
                              inner.sizes, inner.strides));
  return keepsDim ? expandUnitDim(builder, loc, value, type, position) : value;
}

Value mlir::gradopt::writeRow(OpBuilder &builder, Operation *op, int64_t dim,
                              Value row) {
  Location loc = op->getLoc();
  SliceAccess access = *getSliceAccess(op);
  SliceAccess inner = getInnerAccess(access, dim);
  RankedTensorType rowType =
      dropDim(cast<RankedTensorType>(access.tensor.getType()), dim);
  if (auto insert = dyn_cast<tensor::InsertOp>(op)) {
    if (rowType.getRank() == 0)
      return tensor::FromElementsOp::create(builder, loc, rowType,
                                            insert.getScalar());
    return tensor::InsertOp::create(builder, loc, insert.getScalar(), row,
                                    getIndices(builder, loc, inner));
  }
  Value source = cast<tensor::InsertSliceOp>(op).getSource();
  if (!access.dropped.test(dim))
    source = collapseUnitDim(builder, loc, source, getSliceDim(access, dim));
  if (!row)
    return castTensor(builder, loc, source, rowType);
  return tensor::InsertSliceOp::create(builder, loc, source, row, inner.offsets,
                                       inner.sizes, inner.strides);
}

tensor::InsertSliceOp mlir::gradopt::findRowInsertion(LoopIndices &indices,
                                                      Value tensor, int64_t dim,
                                                      const LinearExpr &index) {
  while (auto insert = tensor.getDefiningOp<tensor::InsertSliceOp>()) {
    SliceAccess access = *getSliceAccess(insert);
    std::optional<LinearExpr> offset =
        indices.evaluateBefore(access.offsets[dim]);
    std::optional<LinearExpr> size = indices.evaluateBefore(access.sizes[dim]);
    if (!offset || !size)
      return {};
    if (*offset == index && *size == LinearExpr::get(1))
      return coversRow(indices, access, dim) ? insert : tensor::InsertSliceOp();
    // Another row, before or behind.
    if (!indices.isNonNegative(*offset - index + LinearExpr::get(-1),
                               /*hasIteration=*/false) &&
        !indices.isNonNegative(index - *offset - *size,
                               /*hasIteration=*/false))
      return {};
    tensor = insert.getDest();
  }
  return {};
}

Value mlir::gradopt::skipReshapes(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}
