//===- LoopIndices.h - Integers in a counted loop ---------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_LOOPINDICES_H
#define GRADOPT_LIB_TRANSFORMS_LOOPINDICES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>

namespace mlir::gradopt {

/// An integer that is the same in all iterations: a scalar, the element of a
/// tensor that has one, or a size of a tensor if `dim` is not negative.
struct LoopConstant {
  Value value;
  int64_t dim = -1;

  bool operator==(const LoopConstant &other) const {
    return value == other.value && dim == other.dim;
  }
};

/// constant + step * s + the sum of coefficient * value, where s counts the
/// iterations from 0.
struct LinearExpr {
  int64_t constant = 0;
  int64_t step = 0;
  SmallVector<std::pair<LoopConstant, int64_t>, 2> terms;

  static LinearExpr get(int64_t constant) { return {constant, 0, {}}; }
  static LinearExpr get(LoopConstant value) { return {0, 0, {{value, 1}}}; }
  static LinearExpr getStep(int64_t step) { return {0, step, {}}; }

  bool isConstant() const { return step == 0 && terms.empty(); }
  bool isInvariant() const { return step == 0; }
  LinearExpr operator+(const LinearExpr &other) const;
  LinearExpr operator*(int64_t factor) const;
  LinearExpr operator-(const LinearExpr &other) const {
    return *this + other * -1;
  }
  bool operator==(const LinearExpr &other) const {
    LinearExpr difference = *this - other;
    return difference.isConstant() && difference.constant == 0;
  }
};

/// What the integers in a loop's body are in terms of the number of the
/// iteration. A value that does not fit into its type is no size or offset of a
/// tensor in memory, so types of 32 bits and more do not wrap around.
class LoopIndices {
public:
  explicit LoopIndices(Operation *loop) : loop(loop) {}

  /// Says what a value of the body is.
  void setValue(Value value, const LinearExpr &expr);
  void clearValue(Value value) {
    given.erase(value);
    known.clear();
    invariant.clear();
  }
  /// Says which sizes a tensor of the body has: those of `init`.
  void setSizesOf(Value tensor, Value init) { sizesOf[tensor] = init; }
  /// Says how many iterations there are. In the body there is at least one.
  void setCount(const LinearExpr &expr) {
    count = expr;
    known.clear();
  }
  const std::optional<LinearExpr> &getCount() const { return count; }

  /// Null if `value` is not linear in the number of the iteration.
  std::optional<LinearExpr> evaluate(Value value);
  std::optional<LinearExpr> evaluate(OpFoldResult value);
  std::optional<LinearExpr> evaluateDim(Value tensor, int64_t dim);
  /// The same in front of the loop, which may have no iteration.
  std::optional<LinearExpr> evaluateBefore(OpFoldResult value);
  std::optional<LinearExpr> evaluateDimBefore(Value tensor, int64_t dim);
  /// Whether a condition always holds (true), never does (false), or neither.
  std::optional<bool> evaluateCondition(Value value);

  /// Whether `expr` is known not to be negative: in the body, where s is one of
  /// the iterations, or in front of the loop, which may have none.
  bool isNonNegative(const LinearExpr &expr, bool hasIteration) const;

  /// Whether `value` is defined outside of the loop, or is what loop invariant
  /// code motion moves there.
  bool isInvariant(Value value);
  /// Whether `value` may depend on the number of the iteration other than
  /// through what tensors hold.
  bool dependsOnIteration(Value value);

  /// The value of `expr` as an index. `iteration` is s; null if expr has none.
  static Value materialize(OpBuilder &builder, Location loc,
                           const LinearExpr &expr, Value iteration);

private:
  std::optional<LinearExpr> evaluateUncached(Value value);
  std::optional<LinearExpr> evaluateOp(Operation *op, Value value);
  std::optional<LinearExpr> evaluateAffine(AffineExpr expr, unsigned numDims,
                                           ValueRange operands);
  std::optional<LinearExpr> pickSmaller(std::optional<LinearExpr> lhs,
                                        std::optional<LinearExpr> rhs,
                                        bool smaller, bool isUnsigned);
  bool isTermwiseNonNegative(const LinearExpr &expr) const;

  Operation *loop;
  std::optional<LinearExpr> count;
  DenseMap<Value, LinearExpr> given;
  DenseMap<Value, Value> sizesOf;
  DenseMap<Value, std::optional<LinearExpr>> known;
  DenseMap<Value, bool> invariant;
  /// Whether values are looked at in the body.
  bool inBody = true;
  unsigned depth = 0;
};

/// Whether `type` is an integer, an index, or a tensor that holds one.
bool holdsOneInteger(Type type);

/// The value from which `value` takes its one element unchanged, or null.
Value unwrapScalarOnce(Value value);

/// What a tensor of one element, or the scalar taken out of it, was made of:
/// looks through the ops that only wrap and unwrap.
Value unwrapScalar(Value value);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_LOOPINDICES_H
