//===- StepSequences.h - Values of all steps of a scan ----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_STEPSEQUENCES_H
#define GRADOPT_LIB_TRANSFORMS_STEPSEQUENCES_H

#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::gradopt {

/// What the body of a scan computes, as sequences behind the scan: one slice
/// for each step, all in the same order of time. Nothing is kept twice: inputs,
/// outputs and histories serve as they are, and a slice of a value that is
/// kept, or what was inserted into one, is taken from its sequence.
class StepSequences {
public:
  explicit StepSequences(ScanOp scan);

  /// Whether the value is the same at every step.
  bool isConstant(Value value);

  /// Whether the values of all steps can be had: it is a ranked tensor or a
  /// scalar of the body itself whose sizes are those of the first step.
  bool canKeep(Value value);
  /// Whether all its dynamic sizes are known before the first step.
  bool hasConstantSizes(Value value);

  /// Whether there will be a sequence without a further output.
  bool isKept(Value value);
  /// Asks for a sequence of a value that can be kept.
  void need(Value value);

  /// Gives the scan the outputs and histories that are asked for, and returns
  /// the scan that has them.
  ScanOp keep(RewriterBase &rewriter);

  /// The sequence of a value that was asked for, that of a scalar one of rank
  /// 1. `builder` stands behind the scan.
  Value get(OpBuilder &builder, Value value);
  /// The sizes of a tensor of the body, behind the scan.
  SmallVector<OpFoldResult> getSizes(OpBuilder &builder, Value value);

private:
  std::optional<unsigned> findInput(Value value);
  std::optional<unsigned> findOutput(Value value);
  /// A carry of which this is the value before or after a step, with its
  /// history.
  struct CarryRows {
    unsigned history;
    bool after;
  };
  std::optional<CarryRows> findRows(Value value);
  /// Another value of the body, and where in it this one is at every step.
  struct Place {
    Value whole;
    OffsetSizeAndStrideOpInterface slice;
  };
  std::optional<Place> findPlace(Value value);
  bool hasOutput(Value value) {
    return needed.contains(value) || findOutput(value);
  }

  ScanOp scan;
  bool reverse;
  llvm::SetVector<Value> needed;
  /// The tensors that scalars are kept as.
  llvm::SmallDenseMap<Value, Value> wrapped;
  llvm::DenseMap<Value, Value> sequences;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_STEPSEQUENCES_H
