//===- BufferAccess.h - What ops read and write of buffers ------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_BUFFERACCESS_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_BUFFERACCESS_H

#include "gradopt/IR/GradOptDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/MapVector.h"
#include <vector>

namespace mlir::gradopt {

/// A sum of values, each times a number, and a constant.
struct LinearForm {
  llvm::SmallMapVector<Value, int64_t, 4> terms;
  int64_t constant = 0;

  static LinearForm get(OpFoldResult value);
  LinearForm &add(const LinearForm &other, int64_t factor = 1);
  int64_t getFactor(Value value) const;
  /// The number that this is, if it is one.
  std::optional<int64_t> getConstant() const;
};

/// A buffer as a rectangle of another one, which is a view of nothing.
struct BufferView {
  /// What the rectangle is a part of: an allocation, an argument, or a typed
  /// view of bytes.
  Value root;
  /// Two views may overlap only if this is the same: the allocation, or the
  /// place in the arena.
  Value memory;
  /// Whether what follows is known.
  bool exact = true;
  /// By dimension of the root.
  SmallVector<LinearForm> offsets;
  SmallVector<OpFoldResult> sizes;
  /// The root's dimension of each of the view's.
  SmallVector<unsigned> dims;

  static BufferView get(Value buffer);
};

/// Which thread touches which part of a buffer.
struct Share {
  /// All of it, thread 0 all of it, or each thread what its share says.
  enum class Kind { all, first, split } kind = Kind::all;
  /// The root's dimension that is divided, where the first run begins in it,
  /// and its length.
  unsigned dim = 0;
  LinearForm begin;
  OpFoldResult length;
  int64_t grain = 1;
};

/// That an op reads or writes a part of a buffer.
struct BufferAccess {
  Operation *op;
  BufferView view;
  Share share;
  bool isWrite;
};

/// The plan of an op, or one for thread 0 alone.
KernelAttr getKernel(Operation *op);

/// The loop of the last dimension of what `op` writes, along which its columns
/// lie.
std::optional<unsigned> getColumnLoop(linalg::LinalgOp op);

/// Whether each thread can write elements of its own of all that `op` writes if
/// `loop` is divided.
bool isSplittable(linalg::LinalgOp op, unsigned loop);

/// Fails after an error if the plans of ops in `root` ask for what cannot be
/// done.
LogicalResult verifyKernels(Operation *root);

/// The size of a loop of `op` as its operands have it; null if that is not
/// known without asking a buffer.
OpFoldResult getLoopSize(linalg::LinalgOp op, unsigned loop);

/// Adds what `op` itself touches, regions included if it is one op of one or of
/// all threads.
void collectAccesses(Operation *op, std::vector<BufferAccess> &accesses);

/// Whether an op in `root`, or itself, writes to `memory` (see BufferView);
/// null is any.
bool mayWrite(Operation *root, Value memory = Value());

/// Whether it matters which of two threads comes first: one of both writes what
/// another thread touches. `iv` is null for accesses in the same iteration of
/// all loops; else `second` is in a later one of the loop of `iv`, in the very
/// next one if `next`.
bool isConflict(const BufferAccess &first, const BufferAccess &second, Value iv,
                bool next);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_BUFFERACCESS_H
