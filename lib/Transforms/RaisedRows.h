//===- RaisedRows.h - Rows of tensors instead of slices ---------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_RAISEDROWS_H
#define GRADOPT_LIB_TRANSFORMS_RAISEDROWS_H

#include "LoopSequences.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::gradopt {

/// The type of a tensor without dimension `dim`.
RankedTensorType dropDim(RankedTensorType type, int64_t dim);

/// `value` as a value of `type`, which differs in what is known of its sizes.
Value castTensor(OpBuilder &builder, Location loc, Value value, Type type);

/// `value` with dimension `dim` moved to the front, or the front to `dim`.
Value moveDimToFront(OpBuilder &builder, Location loc, Value value,
                     int64_t dim);
Value moveFrontToDim(OpBuilder &builder, Location loc, Value value,
                     int64_t dim);

/// Any row of `value`, without dimension `dim`, if all of them are the same and
/// known to be: those of a splat, of a fill, or of a tensor that holds nothing
/// yet.
Value buildUniformRow(OpBuilder &builder, Location loc, Value value,
                      int64_t dim);

/// What `op` reads of a row, of which `row` is the value without dimension
/// `dim`.
Value readRow(OpBuilder &builder, Operation *op, int64_t dim, Value row,
              bool isWhole);

/// The row after `op` has written to it. `row` is null if it writes all of it.
Value writeRow(OpBuilder &builder, Operation *op, int64_t dim, Value row);

/// The op that made all of one row of `tensor`, whose index is constant, if
/// that is known.
tensor::InsertSliceOp findRowInsertion(LoopIndices &indices, Value tensor,
                                       int64_t dim, const LinearExpr &index);

/// The tensor whose elements are those of `value`, in that order.
Value skipReshapes(Value value);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_RAISEDROWS_H
