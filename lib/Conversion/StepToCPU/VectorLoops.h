//===- VectorLoops.h - Loops of buffers as vector code ----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_VECTORLOOPS_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_VECTORLOOPS_H

#include "gradopt/Conversion/CPUTarget.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/DenseSet.h"

namespace mlir::gradopt {

/// How what an operand gives changes along the loop that becomes vectors.
enum class Access {
  /// Not at all: one element for all lanes.
  Uniform,
  /// The next lane is the next element in memory.
  Contiguous,
  /// Each lane is loaded by itself.
  Scattered
};

/// The loop of an op that becomes vectors, and what that means for its operands
/// and its body.
struct VectorLoop {
  linalg::GenericOp op;
  unsigned loop = 0;
  /// By operand.
  SmallVector<Access> accesses;
  /// Values of the body that differ from lane to lane.
  llvm::DenseSet<Value> varying;
  /// Widths of the narrowest and the widest of what becomes vectors.
  unsigned narrowBits = 64, wideBits = 8;
  /// The loop along which the scattered operands are contiguous, where there is
  /// one: blocks of both loops are loaded along it and transposed.
  std::optional<unsigned> transposedLoop;

  bool hasReductions() { return op.getNumReductionLoops() != 0; }
};

/// Finds the loop of `op`, or says why no loop can become vectors.
FailureOr<VectorLoop> findVectorLoop(linalg::GenericOp op, std::string &reason);

/// Whether a vector load at the last of `indices` reads what each lane of the
/// body of `op` reads there: the last index is that of `loop` and a number that
/// all lanes share.
bool isUnitStep(Value index, unsigned loop,
                const llvm::DenseSet<Value> &varying);

/// Whether the elements of a row of `type` lie side by side in memory and can
/// be loaded as a vector.
bool hasContiguousRows(MemRefType type);

/// Makes one loop of those that run through memory without a gap, in every
/// operand, so that short rows make full vectors too.
linalg::GenericOp collapseLoops(RewriterBase &rewriter, linalg::GenericOp op);

/// Replaces the op by loops over vectors.
void buildVectorLoops(RewriterBase &rewriter, VectorLoop &loop,
                      const CPUTarget &target);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_VECTORLOOPS_H
