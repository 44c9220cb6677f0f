//===- StackTensors.h - Several tensors in one buffer -----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_STACKTENSORS_H
#define GRADOPT_LIB_TRANSFORMS_STACKTENSORS_H

#include "gradopt/IR/GradOptOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include <optional>

namespace mlir::gradopt {

/// Makes one tensor of several, one behind the other along a dimension, where
/// this copies nothing that is kept for each time step. The tensors are
///
/// - consecutive slices of one tensor: that tensor, or its slice;
/// - inputs of one scan, whose sequences can be stacked: one input;
/// - outputs of one scan, whose slices can be stacked in its body: one output;
/// - results of computations, which can be written straight into slices of a
///   buffer, or weights: inserted into an empty tensor, behind the last of
///   them, so that a scan in which they are constant does not do it again.
///
/// A stack that is there already is used again.
class TensorStacker {
public:
  /// Ops are made on behalf of the pass `source`.
  TensorStacker(RewriterBase &rewriter, StringRef source)
      : rewriter(rewriter), source(source) {}

  /// Whether `tensors`, which `user` uses, can be stacked in this order. If
  /// not, `reason` says why. Dimensions other than `dim` must be equal at run
  /// time where types leave them open.
  bool canStack(ArrayRef<Value> tensors, int64_t dim, Operation *user,
                std::string &reason);

  /// The order in which `tensors` lie in a tensor that is there already.
  std::optional<SmallVector<unsigned>> findOrder(ArrayRef<Value> tensors,
                                                 int64_t dim);

  /// The stack of the values of `uses`, for which `canStack` holds. Scans may
  /// be replaced, so that values that were read before are not valid any more.
  Value stack(ArrayRef<OpOperand *> uses, int64_t dim, Location loc);

  /// What tensors must have in common to be stacked, unless all are slices of
  /// one tensor.
  using Kind = std::pair<const void *, unsigned>;
  Kind getKind(Value tensor);

private:
  bool canInsert(Value tensor, std::string &reason);
  Value insertAll(ArrayRef<Value> tensors, int64_t dim, Location loc);
  Value sliceOfOne(ArrayRef<Value> slices, int64_t dim, Location loc);
  Value stackInputs(ArrayRef<OpOperand *> uses, int64_t dim, Location loc);
  Value stackOutputs(ArrayRef<OpOperand *> uses, int64_t dim, Location loc);
  void setInsertionPointBehind(ArrayRef<Value> tensors);

  RewriterBase &rewriter;
  StringRef source;
  /// Whether the tensors are computed in the body of a scan that is to output
  /// their stack: an input would be copied.
  bool forOutput = false;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_STACKTENSORS_H
