//===- LoopSequences.h - What a loop does row by row ------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_LOOPSEQUENCES_H
#define GRADOPT_LIB_TRANSFORMS_LOOPSEQUENCES_H

#include "CountedLoops.h"

namespace mlir::gradopt {

/// One row of a tensor: where its index in one dimension is one number.
struct RowIndex {
  int64_t dim = 0;
  /// ±s + what is constant.
  LinearExpr index;

  bool operator==(const RowIndex &other) const {
    return dim == other.dim && index == other.index;
  }
};

/// An op that reads or writes a part of one row of a tensor.
struct RowAccess {
  Operation *op;
  RowIndex row;
};

/// What an op of `tensor` reads or writes: `extract_slice`, `insert_slice`,
/// `extract`, `insert`.
struct SliceAccess {
  Value tensor;
  SmallVector<OpFoldResult> offsets, sizes, strides;
  /// The dimensions that the slice does not have.
  llvm::SmallBitVector dropped;
  bool isWrite;
};
std::optional<SliceAccess> getSliceAccess(Operation *op);

/// A tensor that a loop reads one row of in each iteration.
struct LoopInput {
  Value source;
  RowIndex row;
};

/// A tensor that the loop carries and writes one row of in each iteration.
struct LoopBuffer {
  unsigned variable;
  RowIndex row;
  /// In order.
  SmallVector<Operation *> writes;
  /// The input that is the row as it was before the loop, if that is needed.
  std::optional<unsigned> initialInput;
  /// Whether the row that was written in the iteration before is read.
  bool readsPrevious = false;
};

/// What an op that reads a row is replaced by.
struct RowRead {
  enum Kind {
    /// The slice of input `number`.
    input,
    /// The row that buffer `number` was given in the iteration before.
    previous,
    /// The row of buffer `number` after its first `version` writes.
    current
  };
  Kind kind;
  unsigned number, version = 0;
};

/// How a loop becomes a scan.
struct LoopPlan {
  SmallVector<LoopInput> inputs;
  SmallVector<LoopBuffer> buffers;
  SmallVector<unsigned> carries;
  DenseMap<Operation *, RowRead> reads;
  /// The buffer that an op writes.
  DenseMap<Operation *, unsigned> writes;
  /// The ops that read or write all of their row.
  llvm::DenseSet<Operation *> whole;
};

/// Finds out what the loop's values are for a scan, or what is in the way.
LogicalResult planScan(CountedLoop &loop, LoopPlan &plan, Obstacle &obstacle);

/// Whether a slice holds all of a row of the tensor, in its dimensions.
bool coversRow(LoopIndices &indices, const SliceAccess &access, int64_t dim);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_LOOPSEQUENCES_H
