//===- IndexBuilder.h - Arithmetic on sizes ---------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_INDEXBUILDER_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_INDEXBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::gradopt {

/// Builds sizes and positions. What is known becomes a constant at once, so
/// that loops and branches over it need not be made.
class IndexBuilder {
public:
  explicit IndexBuilder(ImplicitLocOpBuilder &builder) : builder(builder) {}

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, value);
  }
  Value dim(Value buffer, int64_t i) {
    return builder.createOrFold<memref::DimOp>(buffer, constant(i));
  }
  Value add(Value a, Value b) {
    return builder.createOrFold<arith::AddIOp>(a, b);
  }
  Value add(Value a, int64_t b) { return add(a, constant(b)); }
  Value sub(Value a, Value b) {
    return builder.createOrFold<arith::SubIOp>(a, b);
  }
  Value mul(Value a, Value b) {
    return builder.createOrFold<arith::MulIOp>(a, b);
  }
  Value mul(Value a, int64_t b) { return mul(a, constant(b)); }
  Value min(Value a, Value b) {
    return builder.createOrFold<arith::MinUIOp>(a, b);
  }
  Value max(Value a, Value b) {
    return builder.createOrFold<arith::MaxUIOp>(a, b);
  }
  Value div(Value a, Value b) {
    return builder.createOrFold<arith::DivUIOp>(a, b);
  }
  Value rem(Value a, Value b) {
    return builder.createOrFold<arith::RemUIOp>(a, b);
  }
  /// Rounded up; not CeilDivUIOp, which has to be expanded once more.
  Value ceilDiv(Value a, Value b) {
    return div(add(a, sub(b, constant(1))), b);
  }
  Value ceilDiv(Value a, int64_t b) { return ceilDiv(a, constant(b)); }
  Value select(Value condition, Value a, Value b) {
    return builder.createOrFold<arith::SelectOp>(condition, a, b);
  }
  Value isEqual(Value a, Value b) {
    return builder.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, a, b);
  }
  Value isLess(Value a, Value b) {
    return builder.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ult, a, b);
  }
  Value both(Value a, Value b) {
    return builder.createOrFold<arith::AndIOp>(a, b);
  }

  /// A loop from `begin` to `end`; none where there is one iteration.
  void loop(Value begin, Value end, int64_t step,
            function_ref<void(Value)> body);
  void loop(Value end, function_ref<void(Value)> body) {
    loop(constant(0), end, 1, body);
  }
  /// A branch; none where the condition is known. Null is true.
  void branch(Value condition, function_ref<void()> then,
              function_ref<void()> otherwise);

private:
  ImplicitLocOpBuilder &builder;
};

/// Whether two sizes are the same sum or product of the same values.
bool isEqual(Value a, Value b);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_INDEXBUILDER_H
