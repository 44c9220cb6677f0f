//===- LinalgVJP.h - The derivative of a structured op -------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// One template serves every LinalgOp: the cotangent of an operand is a generic
// over the same loops, whose body is the op's body followed by its scalar VJP.
// A loop that the operand's map leaves out is a reduction.

#ifndef GRADOPT_LIB_IMPLEMENTATIONS_LINALGVJP_H
#define GRADOPT_LIB_IMPLEMENTATIONS_LINALGVJP_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::gradopt {

/// A result through which gradients flow.
struct ActiveResult {
  enum Kind {
    /// Each element is made in one iteration, its initial value an operand like
    /// another.
    Elementwise,
    /// out + f(ins)
    Sum,
    /// The maximum or minimum of out and f(ins).
    Extremum
  };
  Kind kind;
  unsigned index;
  AffineMap map;
  Value cotangent;
  /// Of an extremum: f(ins) in the op's body, how it compares with the result
  /// if it is the result, and the cotangent of one of those that tie.
  Value candidate = {};
  arith::CmpFPredicate isResult = arith::CmpFPredicate::AlwaysFalse;
  Value share = {};
};

/// A tensor that a generic reads besides the op's own operands.
struct Extra {
  Value value;
  AffineMap map;
};

class LinalgVJP {
public:
  LinalgVJP(OpBuilder &builder, linalg::LinalgOp op, ValueRange wanted)
      : builder(builder), op(op), loc(op.getLoc()), wanted(wanted),
        body(op.getBlock()) {}

  LogicalResult findCaptures();
  FailureOr<ActiveResult> classify(unsigned index, Value cotangent);
  void countTies(ActiveResult &result);
  FailureOr<Value> buildOperandCotangent(OpOperand &operand,
                                         ArrayRef<ActiveResult> results);
  /// The cotangent of `value`, which the op's body has as `element` and which
  /// is read through `map`.
  FailureOr<Value> buildCotangent(Value value, Value element, AffineMap map,
                                  ArrayRef<ActiveResult> results);
  ArrayRef<Value> getCaptures() { return captures; }

private:
  using BuildBody = llvm::function_ref<FailureOr<Value>(
      IRMapping &mapping, Block &block, ValueRange extras)>;

  AffineMap getMap(OpOperand &operand) {
    return op.getMatchingIndexingMap(&operand);
  }
  /// Whether a result element collects over several iterations.
  bool isReduced(unsigned result) {
    return !getMap(*op.getDpsInitOperand(result)).isPermutation();
  }
  /// The block argument of an operand, null if the body has none for it.
  Value getArgument(OpOperand &operand) {
    unsigned index = operand.getOperandNumber();
    return index < body->getNumArguments() ? body->getArgument(index) : Value();
  }
  bool dependsOn(Value value, llvm::function_ref<bool(Value)> isLeaf);
  bool findContributions(Value value, Value out,
                         SmallVectorImpl<Value> &contributions);
  FailureOr<Value> buildGeneric(ArrayRef<Extra> extras, Value init,
                                AffineMap initMap, bool accumulates,
                                BuildBody buildBody);

  OpBuilder &builder;
  linalg::LinalgOp op;
  Location loc;
  ValueRange wanted;
  Block *body;
  SmallVector<Value> captures;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_IMPLEMENTATIONS_LINALGVJP_H
