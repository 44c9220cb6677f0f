//===- SliceSimplification.h - Tensors in pieces ----------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_SLICESIMPLIFICATION_H
#define GRADOPT_LIB_TRANSFORMS_SLICESIMPLIFICATION_H

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {

/// What the patterns below have done.
struct SliceCounts {
  /// Sums that became tensors with the pieces of both summands.
  unsigned joined = 0;
  /// Elementwise ops that became one for each piece.
  unsigned split = 0;
};

/// What `gradopt-simplify-slices` does. With `keepSums`, a sum with a
/// contraction is not split: the contraction can start from the other summand.
/// `counts` must outlive the patterns.
void populateSimplifySlicesPatterns(RewritePatternSet &patterns, bool keepSums,
                                    SliceCounts &counts);

/// Its part that splits elementwise ops where their operands are put together
/// or their results are taken apart.
void populateSplitPointwisePatterns(RewritePatternSet &patterns, bool keepSums,
                                    SliceCounts &counts);

/// Makes slices that are known to take all of a dimension say so: their size
/// there becomes that of the tensor itself, which the patterns see.
void useWholeSizes(Operation *root);

/// The part of a tensor that a slice op reads or writes.
struct Slice {
  SmallVector<OpFoldResult> offsets, sizes;

  /// The slice of an op, if it takes consecutive elements.
  static std::optional<Slice> get(OffsetSizeAndStrideOpInterface op);

  /// Whether two slices are known to be one, or to share no element.
  bool isSame(const Slice &other) const;
  bool isDisjoint(const Slice &other) const;
  /// This slice as one of what `outer` takes, if it is known to lie in there.
  std::optional<Slice> getWithin(const Slice &outer) const;
};

/// Whether two sizes are known to be the same.
bool isSameSize(OpFoldResult lhs, OpFoldResult rhs);

/// A tensor that is another one with pieces inserted, the first inserted first.
struct InsertChain {
  Value base;
  SmallVector<tensor::InsertSliceOp> inserts;
  SmallVector<Slice> slices;

  /// The inserts that `tensor` ends with. Of those of other than consecutive
  /// elements none is a part of it.
  static InsertChain get(Value tensor);
};

/// Where a tensor is cut: static intervals of one dimension, all others whole.
struct Cuts {
  int64_t dim;
  /// Offset and size of each, ascending and disjoint.
  SmallVector<std::pair<int64_t, int64_t>> pieces;

  /// The cuts at `slices` of `tensor`, if they are such intervals of which no
  /// two overlap. Equal ones count once.
  static std::optional<Cuts> get(Value tensor, ArrayRef<Slice> slices);
  /// Whether the pieces are the whole tensor.
  bool cover(Value tensor) const;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_SLICESIMPLIFICATION_H
