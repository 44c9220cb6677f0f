//===- StepBatch.h - All steps of a scan at once ----------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_INTERFACES_STEPBATCH_H
#define GRADOPT_INTERFACES_STEPBATCH_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/DenseMap.h"
#include <functional>

namespace mlir::gradopt {

/// What one step of an op costs.
enum class StepWork {
  /// It gives a name to an operand or a part of it: a slice, a cast, a reshape.
  View,
  /// It reads and writes each element once.
  Pointwise,
  /// Anything else: a contraction, a reduction, a gather.
  Other
};

/// The values of a loop's body for all of its steps at once. A tensor that
/// varies from step to step has a sequence: a tensor whose first dimension is
/// time and whose row t is the value at time t. A scalar has none: it is
/// computed again for each t in the body of the op that needs it.
class StepBatch {
public:
  /// `count` steps, `staticCount` of them if that is not dynamic; step s is at
  /// time s, or `count` − 1 − s in `reverse`. `varies` tells which values
  /// differ between steps; the others are defined outside of the loop.
  StepBatch(Value stepIndex, Value count, int64_t staticCount, bool reverse,
            std::function<bool(Value)> varies)
      : stepIndex(stepIndex), count(count), staticCount(staticCount),
        reverse(reverse), isVarying(std::move(varies)) {}

  bool varies(Value value) const { return isVarying(value); }
  bool isReverse() const { return reverse; }
  Value getStepIndex() const { return stepIndex; }
  OpFoldResult getCount() const;

  /// The type of a sequence of such slices.
  RankedTensorType getSequenceType(RankedTensorType slice) const;

  /// Says what the sequence of a varying value is: of a tensor, or of a scalar
  /// that is kept as a tensor of rank 0 for each step.
  void setSequence(Value value, Value sequence) { sequences[value] = sequence; }
  /// Null if `value` has no sequence.
  Value lookupSequence(Value value) const { return sequences.lookup(value); }

  /// The sequence of a tensor; one that is constant in time is repeated.
  Value getSequence(OpBuilder &builder, Location loc, Value tensor) const;

  /// The sizes of the sequence of a tensor.
  SmallVector<OpFoldResult> getSizes(OpBuilder &builder, Location loc,
                                     Value tensor) const;

  /// A tensor for a sequence of slices with the sizes of `like`.
  Value buildEmpty(OpBuilder &builder, Location loc, Value like,
                   Type elementType) const;

  /// A scalar at time `time`, by ops that are built where `builder` stands: in
  /// the body of an op over all steps. `known` holds what is there already.
  Value buildScalar(OpBuilder &builder, Location loc, Value scalar, Value time,
                    IRMapping &known) const;

  /// The values whose sequences an op needs that has the varying `value` as an
  /// operand: the value itself if it is a tensor, else the tensors that the
  /// scalar is computed from, and scalars that are not computed from others.
  void collectNeeded(Value value,
                     llvm::function_ref<void(Value)> callback) const;

private:
  Value stepIndex, count;
  int64_t staticCount;
  bool reverse;
  std::function<bool(Value)> isVarying;
  llvm::DenseMap<Value, Value> sequences;
};

/// Whether `op` computes scalars from scalars or reads one element of a tensor,
/// without an effect: `StepBatch` computes it again where it is needed.
bool isScalarStep(Operation *op);

/// The values that vary from step to step and that `op` reads, as operands or
/// in its regions. What an op writes to without reading it is not one.
SmallVector<Value> getStepOperands(Operation *op, const StepBatch &batch);

} // namespace mlir::gradopt

#endif // GRADOPT_INTERFACES_STEPBATCH_H
