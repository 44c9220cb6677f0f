//===- Contractions.h - Contractions and sums of tensors --------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_CONTRACTIONS_H
#define GRADOPT_LIB_TRANSFORMS_CONTRACTIONS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>
#include <utility>

namespace mlir::gradopt {

/// `op` if it is a contraction of two tensors that adds products of floats to
/// its init, in whatever form (matmul, contract, generic); null otherwise. The
/// indexing maps are projected permutations.
linalg::LinalgOp getContraction(Operation *op);

/// Whether each element of the op's results follows from one element of each
/// operand: elementwise ops on tensors of any dialect, and linalg ops whose
/// loops are all parallel and whose maps are projected permutations. A fill, an
/// empty tensor and what only moves data (slices) are none.
bool isPointwise(Operation *op);

/// init + the sum over products of elements of `lhs` and `rhs`, as a
/// `linalg.contract`. `maps` are those of lhs, rhs and init.
Value buildContraction(OpBuilder &builder, Location loc, Value lhs, Value rhs,
                       Value init, ArrayRef<AffineMap> maps);

/// `value` as a `type` in which other sizes are static, if it has not got it.
Value castTo(OpBuilder &builder, Value value, Type type);

/// A tensor of zeros: a fill of an empty one.
Value buildZeros(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> sizes,
                 Type elementType);

/// Whether every element of `tensor` is known to be +0 or -0.
bool isZeroTensor(Value tensor);

/// The summands of an elementwise sum of two tensors, in arith or linalg.
std::optional<std::pair<Value, Value>> matchSum(Operation *op);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_CONTRACTIONS_H
