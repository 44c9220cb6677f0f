//===- TimeSums.h - Sums over the steps of a scan ---------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_TIMESUMS_H
#define GRADOPT_LIB_TRANSFORMS_TIMESUMS_H

#include "StepSequences.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace mlir::gradopt {

/// How the sum of a value over the steps of a scan is computed behind it: an
/// op of the body once more, over time too or on the sum of its operand.
struct TimeSum {
  enum class Kind {
    /// The value is zero at every step.
    Zero,
    /// The value is an empty tensor.
    Empty,
    /// The sum of the sums of two values.
    Add,
    /// A linalg op that adds what it computes to its init, or a pointwise one
    /// whose results are added: time is one more reduction loop.
    Reduction,
    /// An op that is linear in one operand, on the sum of that operand.
    Linear,
    /// The sum of what is inserted, in the sum of what it is inserted into.
    Insert,
    /// One op over the rows of all steps.
    Scatter,
    /// The values of all steps are kept and summed.
    Sequence,
  };
  Kind kind;
  /// What is summed. The result of an op, unless it is kept.
  Value value;
  /// The sums of which this one is made.
  SmallVector<TimeSum *, 2> parts;
  /// The values of the body whose sequences are read.
  SmallVector<Value> read;
  /// Of `Linear`: the number of the operand.
  unsigned operand = 0;
};

/// Whether every element of `value`, a tensor or a number, floats or integers,
/// is known to be zero.
bool isZero(Value value);

/// A linalg op that yields `out + summand` for one of its results.
struct Accumulation {
  linalg::LinalgOp op;
  OpOperand *init;
  Value summand;
};
/// Matches floats and integers. `init` has no other use in the op's body.
std::optional<Accumulation> matchAccumulation(Value value);

/// The summands of a sum of floats or integers, scalars or tensors.
std::optional<std::pair<Value, Value>> matchAnySum(Operation *op);

/// Plans the sums of values of a scan's body over its steps, and builds them
/// behind the scan.
class TimeSums {
public:
  TimeSums(ScanOp scan, StepSequences &sequences)
      : body(&scan.getBody().front()), sequences(sequences) {}

  /// Plans the sum of a value. Null if it stays in the scan; `reason` then says
  /// why and `culprit` is the op in the way.
  TimeSum *plan(Value value);
  /// The same of what `accumulation` adds to the carry.
  TimeSum *plan(const Accumulation &accumulation);
  std::string reason;

  /// Asks for the sequences that a sum reads.
  void needSequences(const TimeSum &sum);

  /// init + the sum. A null `init` is zero. `builder` stands behind the scan,
  /// which has the sequences.
  Value build(OpBuilder &builder, const TimeSum &sum, Value init);

private:
  TimeSum *make(TimeSum::Kind kind, Value value) {
    return &sums.emplace_back(TimeSum{kind, value, {}, {}, 0});
  }
  TimeSum *fail(Value value, const Twine &why);
  TimeSum *planOp(Value value);
  TimeSum *planReduction(const Accumulation &accumulation);
  TimeSum *planPointwise(linalg::LinalgOp op, Value value);
  TimeSum *planLinear(OpOperand &operand, Value value);
  TimeSum *planSequence(Value value);

  Value buildReduction(OpBuilder &builder, const TimeSum &sum, Value init);
  Value buildLinear(OpBuilder &builder, const TimeSum &sum);
  Value buildInsert(OpBuilder &builder, const TimeSum &sum, Value init);
  Value buildScatter(OpBuilder &builder, const TimeSum &sum);
  Value buildSequenceSum(OpBuilder &builder, const TimeSum &sum, Value init);
  Value buildZero(OpBuilder &builder, Value value);

  Block *body;
  StepSequences &sequences;
  std::deque<TimeSum> sums;
  llvm::DenseMap<Value, TimeSum *> planned;
  llvm::DenseMap<const TimeSum *, Value> built;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_TIMESUMS_H
