//===- StepBuilder.h - What the steps of layers share -----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_IR_CELLS_STEPBUILDER_H
#define GRADOPT_LIB_IR_CELLS_STEPBUILDER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::gradopt {

/// Builds scalar arithmetic from the elements of some tensors.
using BuildScalar = function_ref<Value(OpBuilder &, Location, ValueRange)>;

/// sigmoid(x). The usual 1/(1 + exp(−x)) has the derivative
/// exp(−x)/(1 + exp(−x))², which is 0 · Inf = NaN where x is very negative;
/// this form saturates like tanh.
Value buildSigmoid(OpBuilder &builder, Location loc, Value x);

/// Builds one step of a layer on an input slice of batch × inputs.
class StepBuilder {
public:
  StepBuilder(OpBuilder &builder, Location loc, Value input)
      : builder(builder), loc(loc), input(input) {}

  /// The location of an op that belongs to `gate`, or to none.
  Location getLoc(StringRef gate = "") const;

  /// The sum of the biases, null without any. It is added before the broadcast:
  /// so it does not depend on the time step and is hoisted out of the loop.
  Value buildBiasSum(Value first, Value second) const;

  /// value · weight, in batch × columns, added to the bias if that is not null.
  Value buildProduct(Value value, Value weight, Value bias,
                     StringRef gate = "");

  /// `sum` + value · weight
  Value addProduct(Value sum, Value value, Value weight,
                   StringRef gate = "") const;

  /// A block of columns, that is of the last dimension.
  Value buildColumns(Value value, int64_t first, int64_t count,
                     StringRef gate = "");

  /// One elementwise op over tensors of batch × `width` and rows of `width`.
  Value buildPointwise(ValueRange inputs, int64_t width, StringRef gate,
                       BuildScalar buildScalar);

private:
  /// An uninitialized tensor of batch × `width`.
  Value buildEmpty(int64_t width);
  OpFoldResult getBatch();

  OpBuilder &builder;
  Location loc;
  Value input;
  OpFoldResult batch;
  llvm::SmallDenseMap<int64_t, Value> empties;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_IR_CELLS_STEPBUILDER_H
