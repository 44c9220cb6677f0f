//===- ReverseMode.h - Reverse accumulation over a block --------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_INTERFACES_REVERSEMODE_H
#define GRADOPT_INTERFACES_REVERSEMODE_H

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::gradopt {

/// Whether gradients can flow through a value of this type: f32, f64, or a
/// tensor of them.
bool isDifferentiableType(Type type);

/// Where a size of a tensor comes from: `dim` of `tensor`, or if that is null
/// `size` itself.
struct SizeOrigin {
  OpFoldResult size;
  Value tensor;
  int64_t dim;
};

/// Goes from a tensor to those that it has its size from. What asks for the
/// size there does not keep the tensor itself alive.
SizeOrigin traceSize(Builder &builder, Value tensor, int64_t dim);

/// The sizes of a tensor, each taken where `traceSize` ends; attributes for
/// those that its type gives.
SmallVector<OpFoldResult> buildSizes(OpBuilder &builder, Location loc,
                                     Value tensor);

/// A zero of a differentiable type with the sizes of `like`.
Value buildZero(OpBuilder &builder, Location loc, Value like);

/// The sum of two values of one differentiable type; null stands for zero.
Value buildSum(OpBuilder &builder, Location loc, Value lhs, Value rhs);

/// Whether `value` is defined in `region` or a region inside. Any of them may
/// be one that no op holds yet.
bool isDefinedIn(Value value, Region &region);

/// The values that the regions of `op` use and do not define, each once, in
/// order of first use.
llvm::SetVector<Value> getCapturedValues(Operation *op);

/// Adds to `active` every value defined in `block` that depends on a value in
/// it, through operands or captures. Integers are never active.
void propagateActivity(Block &block, llvm::DenseSet<Value> &active);

/// Erases the ops of `block` that have no effect and that nothing uses.
void eraseDeadOps(Block &block);

/// Reverse accumulation over the ops of one block, whose VJPs it builds where
/// `builder` stands.
class ReverseMode {
public:
  /// `active` must be closed under `propagateActivity`.
  ReverseMode(OpBuilder &builder, const llvm::DenseSet<Value> &active)
      : builder(builder), active(active) {}

  /// Adds to a value's cotangent; null adds nothing.
  void accumulate(Value value, Value cotangent);

  /// The value's cotangent so far; null is zero.
  Value getCotangent(Value value) const { return cotangents.lookup(value); }

  /// Called with a value whose cotangent is complete, before its defining op is
  /// visited; returns what to go on with.
  using Finish = llvm::function_ref<Value(Value value, Value cotangent)>;

  /// Called with an op before anything is built for it.
  using Visit = llvm::function_ref<void(Operation *op)>;

  /// Visits the ops of `block` from the last to the first. Fails after an error
  /// at an op that has no derivative.
  LogicalResult run(Block &block, Finish finish = {}, Visit visit = {});

private:
  OpBuilder &builder;
  const llvm::DenseSet<Value> &active;
  llvm::DenseMap<Value, Value> cotangents;
};

} // namespace mlir::gradopt

#endif // GRADOPT_INTERFACES_REVERSEMODE_H
