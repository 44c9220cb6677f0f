//===- ElementwiseDerivatives.h - Tables of scalar rules --------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A rule is a function that gives the cotangent of one operand of an op. The
// same rule serves scalars and tensors, on which these ops work by element.

#ifndef GRADOPT_IMPLEMENTATIONS_ELEMENTWISEDERIVATIVES_H
#define GRADOPT_IMPLEMENTATIONS_ELEMENTWISEDERIVATIVES_H

#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::gradopt {

/// Builds arithmetic on scalars or, by element, on tensors.
class Elementwise {
public:
  /// `wanted` are the values that need a cotangent.
  Elementwise(OpBuilder &builder, Location loc, ValueRange wanted = {})
      : builder(builder), loc(loc), wanted(wanted) {}

  Value add(Value a, Value b) { return create<arith::AddFOp>(a, b); }
  Value sub(Value a, Value b) { return create<arith::SubFOp>(a, b); }
  Value mul(Value a, Value b) { return create<arith::MulFOp>(a, b); }
  Value div(Value a, Value b) { return create<arith::DivFOp>(a, b); }
  Value neg(Value a) { return create<arith::NegFOp>(a); }
  Value compare(arith::CmpFPredicate predicate, Value a, Value b) {
    return create<arith::CmpFOp>(predicate, a, b);
  }
  Value select(Value condition, Value a, Value b) {
    return create<arith::SelectOp>(condition, a, b);
  }

  /// A constant of the type and sizes of `like`.
  Value constant(Value like, double value);

  template <typename OpTy, typename... Args>
  Value create(Args &&...args) {
    return OpTy::create(builder, loc, std::forward<Args>(args)...);
  }

  bool isWanted(Value value) const { return llvm::is_contained(wanted, value); }

private:
  OpBuilder &builder;
  Location loc;
  ValueRange wanted;
};

using OperandRule =
    llvm::function_ref<Value(Elementwise &, Value cotangent, unsigned operand)>;

/// The VJP of an op of one result whose derivative `rule` gives operand by
/// operand; null is zero. Where the cotangent was set to zero by a select, so
/// is what comes out, even if the derivative there is NaN or infinite.
SmallVector<Value> buildElementwiseVJP(OpBuilder &builder, Operation *op,
                                       Value cotangent, ValueRange wanted,
                                       OperandRule rule);

template <auto rule>
struct RuleModel;

template <typename OpTy,
          Value (*rule)(Elementwise &, OpTy, Value cotangent, unsigned operand)>
struct RuleModel<rule>
    : DifferentiableOpInterface::ExternalModel<RuleModel<rule>, OpTy> {
  using Op = OpTy;

  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    return buildElementwiseVJP(
        builder, op, cotangents.front(), wanted,
        [&](Elementwise &e, Value cotangent, unsigned operand) {
          return rule(e, cast<OpTy>(op), cotangent, operand);
        });
  }
};

/// Attaches one rule each to the ops that they are for.
template <auto... rules>
void attachRules(MLIRContext &context) {
  (RuleModel<rules>::Op::template attachInterface<RuleModel<rules>>(context),
   ...);
}

} // namespace mlir::gradopt

#endif // GRADOPT_IMPLEMENTATIONS_ELEMENTWISEDERIVATIVES_H
