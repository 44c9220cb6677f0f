//===- TensorSizes.h - Sizes and slices of tensors --------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_TENSORSIZES_H
#define GRADOPT_LIB_TRANSFORMS_TENSORSIZES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::gradopt {

/// The slices of `stack` along `dim` that have the sizes of `types`, in front
/// of the insertion point.
SmallVector<Value> buildSlices(OpBuilder &builder, Location loc, Value stack,
                               int64_t dim, TypeRange types);

/// A size of `tensor` at the insertion point, an attribute if its type has it:
/// what it was made with, if that is known, or a `tensor.dim`.
OpFoldResult getSize(OpBuilder &builder, Location loc, Value tensor,
                     int64_t dim);

/// Whether two tensors are known to be of the same size in these dimensions.
bool haveSameSize(Value lhs, int64_t lhsDim, Value rhs, int64_t rhsDim);

/// `type` with another size of one dimension.
RankedTensorType withSize(RankedTensorType type, int64_t dim, int64_t size);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_TENSORSIZES_H
