//===- MathExpansion.h - Elementary functions in line -----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each function is one sequence of arith and math.fma ops without a branch, the
// same for a number and for vectors of any length. docs/vector-math.md has the
// formulas and the errors.
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOCPU_MATHEXPANSION_H
#define GRADOPT_LIB_CONVERSION_STEPTOCPU_MATHEXPANSION_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/ArrayRef.h"

namespace mlir::gradopt {

/// What the functions must know of f32 or f64.
struct FloatConstants {
  int mantissaBits;
  int exponentBias;
  /// ln 2 = ln2High + ln2Low, where products of ln2High with exponents are
  /// exact.
  double log2e, ln2High, ln2Low;
  /// Below expMin exp is 0, above expMax it is infinite.
  double expMin, expMax;
  /// Below it expm1 is -1.
  double expm1Min;
  /// Above it tanh is 1.
  double tanhMax;
  /// exp(r) = 1 + r + e[0] r^2 + e[1] r^3 ... for |r| <= ln(2) / 2.
  ArrayRef<double> expTerms;
  /// 2 atanh(s) = 2 s + s (l[0] s^2 + l[1] s^4 ...) for s = (m - 1) / (m + 1),
  /// m from sqrt(1/2) to sqrt(2).
  ArrayRef<double> logTerms;

  static const FloatConstants &get(FloatType type);
};

/// Builds arithmetic on one type, f32, f64 or vectors of them.
class MathBuilder {
public:
  MathBuilder(OpBuilder &builder, Location loc, Type type, bool useFma);

  Value real(double value);
  Value integer(int64_t value);
  /// The bits of a number as an integer constant.
  int64_t bitsOf(double value);

  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  /// a * b + c, rounded once if the target can.
  Value fma(Value a, Value b, Value c);
  /// c[0] + c[1] x + c[2] x^2 ...
  Value polynomial(Value x, ArrayRef<double> coefficients);

  Value compare(arith::CmpFPredicate predicate, Value a, Value b);
  /// The sign bit.
  Value isNegative(Value x);
  Value select(Value condition, Value a, Value b);
  /// NaN if x is NaN, which min and max of the hardware do in this order only.
  Value atMost(double bound, Value x);
  Value atLeast(double bound, Value x);

  Value toBits(Value x);
  Value fromBits(Value bits);
  Value addBits(Value a, Value b);
  Value subBits(Value a, Value b);
  Value andBits(Value a, Value b);
  Value orBits(Value a, Value b);
  Value shiftLeft(Value bits, int64_t count);
  Value shiftRight(Value bits, int64_t count);
  /// |y| with the sign of x.
  Value copySign(Value y, Value x);

  const FloatConstants &getConstants() const { return constants; }

private:
  OpBuilder &builder;
  Location loc;
  Type type, bitsType;
  FloatType element;
  const FloatConstants &constants;
  bool useFma;
};

Value expandExp(MathBuilder &b, Value x);
Value expandExpM1(MathBuilder &b, Value x);
Value expandTanh(MathBuilder &b, Value x);
Value expandLog(MathBuilder &b, Value x);
Value expandLog1p(MathBuilder &b, Value x);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOCPU_MATHEXPANSION_H
