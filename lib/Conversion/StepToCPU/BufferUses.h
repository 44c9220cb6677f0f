//===- BufferUses.h - When a buffer is used ---------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_BUFFERUSES_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_BUFFERUSES_H

#include "BufferAccess.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {

/// That an op reads or writes a buffer or a view of it.
struct BufferUse {
  OpOperand *operand;
  BufferView view;
  bool isRead, isWrite;
};

/// All uses of a buffer.
struct BufferUses {
  std::vector<BufferUse> uses;
  /// The first and the last op of the buffer's block that, or in which one,
  /// uses it.
  Operation *first = nullptr, *last = nullptr;
  /// The first such op or view in the block.
  Operation *earliest = nullptr;

  /// Nothing if an op takes the buffer of which it is not known what it does
  /// with it.
  static std::optional<BufferUses> get(memref::AllocOp alloc);
};

/// Whether both views certainly have no element in common.
bool areDisjoint(const BufferView &a, const BufferView &b);

/// Whether both are the same elements.
bool areSame(const BufferView &a, const BufferView &b);

/// Gives each value that overwrites a whole buffer of `block` a buffer of its
/// own, so that each has its own lifetime.
void splitBuffers(RewriterBase &rewriter, Block &block);

/// Lets what is made in a buffer only to be copied be made where it is copied
/// to.
void forwardCopies(RewriterBase &rewriter, Block &block);

/// Lets buffers that are written row by row take the place of columns of others
/// whose rows are read for the last time in the same step of a loop.
void reuseRows(RewriterBase &rewriter, Block &block);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_BUFFERUSES_H
