//===- ContractionShape.h - Contractions as matrix products -----*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_CONTRACTIONSHAPE_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_CONTRACTIONSHAPE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::gradopt {

/// The loops of `C[m, n] += A[m, k] * B[k, n]` in an op that may have several
/// of each kind and order its operands in any way. Loops are listed from the
/// outer one to the inner one as memory has them: those of rows and columns as
/// in C, those of the depth as in B. The last column is the one whose elements
/// in C lie one behind the other.
struct ContractionShape {
  OpOperand *left;  ///< A
  OpOperand *right; ///< B
  OpOperand *out;   ///< C
  SmallVector<unsigned> batches;
  SmallVector<unsigned> rows;
  SmallVector<unsigned> columns;
  SmallVector<unsigned> depths;
};

/// Whether `op` adds products of two inputs to its output over some loop.
bool isContraction(linalg::LinalgOp op);

/// The shape of a contraction; if it is none that becomes vector code, nothing,
/// and `reason` says why.
FailureOr<ContractionShape> matchContraction(linalg::LinalgOp op,
                                             StringRef &reason);

/// An op before a contraction that does nothing but say what its sums are added
/// to.
struct InitialWriter {
  Operation *op;
  Value value;   ///< A number, or a buffer.
  AffineMap map; ///< From the contraction's loops to the buffer's dimensions.
};

/// The op before `op` that writes all of its output, with no op in between that
/// touches memory, if there is one.
std::optional<InitialWriter> findInitialWriter(linalg::LinalgOp op,
                                               const ContractionShape &shape);

/// The position of `loop` among the results of `map`, if it is there.
std::optional<unsigned> findLoop(AffineMap map, unsigned loop);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_CONTRACTIONSHAPE_H
