//===- MathExpansion.cpp - Elementary functions in line -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MathExpansion.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// Exponentials
//===----------------------------------------------------------------------===//

namespace {
/// x = n ln 2 + r with |r| <= ln(2) / 2.
struct Reduction {
  /// n + bias in the place of an exponent, modulo the width.
  Value power;
  Value r;
};
} // namespace

/// Reduces factor * x, where r is divided by the factor, a power of two. Added
/// to 1.5 * 2^mantissa, a number is rounded to an integer in the low bits.
static Reduction reduce(MathBuilder &b, Value x, double factor, int bias) {
  const FloatConstants &c = b.getConstants();
  Value shift = b.real(std::ldexp(1.5, c.mantissaBits) + bias);
  Value shifted = b.fma(x, b.real(c.log2e * factor), shift);
  Value n = b.sub(shifted, shift);
  Value r = b.fma(n, b.real(-c.ln2High / factor), x);
  r = b.fma(n, b.real(-c.ln2Low / factor), r);
  return {b.shiftLeft(b.toBits(shifted), c.mantissaBits), r};
}

/// (exp(factor * r) - 1) / factor.
static Value buildExpM1OfRest(MathBuilder &b, Value r, double factor) {
  SmallVector<double> terms;
  double scale = factor;
  for (double term : b.getConstants().expTerms) {
    terms.push_back(term * scale);
    scale *= factor;
  }
  return b.fma(b.mul(r, r), b.polynomial(r, terms), r);
}

Value gradopt::expandExp(MathBuilder &b, Value x) {
  const FloatConstants &c = b.getConstants();
  x = b.atLeast(c.expMin, b.atMost(c.expMax, x));
  auto [power, r] = reduce(b, x, 1.0, 2 * c.exponentBias);
  Value y = b.add(buildExpM1OfRest(b, r, 1.0), b.real(1.0));
  // 2^n may be no number where the result is one. The first product is normal,
  // so that the second rounds once, to a subnormal if need be.
  double half = std::ldexp(1.0, (c.exponentBias + 1) / 2);
  Value second = b.select(b.isNegative(x), b.real(1.0 / half), b.real(half));
  Value first = b.fromBits(b.subBits(power, b.toBits(second)));
  return b.mul(b.mul(y, first), second);
}

Value gradopt::expandExpM1(MathBuilder &b, Value x) {
  const FloatConstants &c = b.getConstants();
  Value bounded = b.atLeast(c.expm1Min, b.atMost(c.expMax, x));
  auto [power, r] = reduce(b, bounded, 1.0, 2 * c.exponentBias);
  Value p = buildExpM1OfRest(b, r, 1.0);
  // The largest 2^n is no number, the smallest halves are none either.
  Value isLarge = b.compare(arith::CmpFPredicate::OGT, x, b.real(1.0));
  Value half = b.select(isLarge, b.real(0.5), b.real(1.0));
  Value twice = b.select(isLarge, b.real(2.0), b.real(1.0));
  Value scale = b.fromBits(b.subBits(power, b.toBits(twice)));
  Value y = b.mul(b.fma(scale, p, b.sub(scale, half)), twice);
  return b.copySign(y, x);
}

Value gradopt::expandTanh(MathBuilder &b, Value x) {
  const FloatConstants &c = b.getConstants();
  Value sign = b.integer(b.bitsOf(-0.0));
  Value mask = b.integer(~b.bitsOf(-0.0));
  Value bits = b.toBits(x);
  Value a = b.atMost(c.tanhMax, b.fromBits(b.andBits(bits, mask)));
  // tanh(a) = h / (h + 1) with h = (exp(2 a) - 1) / 2.
  auto [power, r] = reduce(b, a, 2.0, c.exponentBias);
  Value p = buildExpM1OfRest(b, r, 2.0);
  Value scale = b.fromBits(power);
  Value h = b.fma(scale, p, b.fma(scale, b.real(0.5), b.real(-0.5)));
  Value y = b.div(h, b.add(h, b.real(1.0)));
  return b.fromBits(b.orBits(b.toBits(y), b.andBits(bits, sign)));
}

//===----------------------------------------------------------------------===//
// Logarithms
//===----------------------------------------------------------------------===//

/// log(x + low) of a normal number x. `exponent` is added to the exponent of x.
static Value buildLog(MathBuilder &b, Value x, Value exponent, Value low) {
  const FloatConstants &c = b.getConstants();
  // x = 2^k m, m from sqrt(1/2) to sqrt(2).
  int64_t least = b.bitsOf(0.70710678118654752440);
  Value bits = b.addBits(b.toBits(x), b.integer(b.bitsOf(1.0) - least));
  Value shift = b.real(std::ldexp(1.5, c.mantissaBits));
  Value biased = b.addBits(b.shiftRight(bits, c.mantissaBits), b.toBits(shift));
  Value k = b.sub(b.fromBits(biased),
                  b.real(std::ldexp(1.5, c.mantissaBits) + c.exponentBias));
  if (exponent)
    k = b.add(k, exponent);
  Value m = b.fromBits(
      b.addBits(b.andBits(bits, b.integer((int64_t(1) << c.mantissaBits) - 1)),
                b.integer(least)));
  // log(1 + f) = f - f^2 / 2 + s (f^2 / 2 + R(s^2)), s = f / (2 + f).
  Value f = b.sub(m, b.real(1.0));
  Value s = b.div(f, b.add(f, b.real(2.0)));
  Value z = b.mul(s, s);
  Value rest = b.mul(z, b.polynomial(z, c.logTerms));
  Value half = b.mul(b.mul(f, f), b.real(0.5));
  Value tail = b.mul(k, b.real(c.ln2Low));
  if (low)
    tail = b.add(tail, low);
  Value y = b.fma(s, b.add(half, rest), tail);
  y = b.sub(f, b.sub(half, y));
  return b.fma(k, b.real(c.ln2High), y);
}

/// `y`, or what the logarithm of x is where x is no positive finite number.
static Value fixLog(MathBuilder &b, Value x, Value y) {
  double infinity = std::numeric_limits<double>::infinity();
  Value isFinite = b.compare(arith::CmpFPredicate::OLT, x, b.real(infinity));
  y = b.select(isFinite, y, x);
  Value isZero = b.compare(arith::CmpFPredicate::OEQ, x, b.real(0.0));
  Value other = b.select(isZero, b.real(-infinity),
                         b.real(std::numeric_limits<double>::quiet_NaN()));
  // A NaN is not at most 0.
  Value isOther = b.compare(arith::CmpFPredicate::OLE, x, b.real(0.0));
  return b.select(isOther, other, y);
}

Value gradopt::expandLog(MathBuilder &b, Value x) {
  const FloatConstants &c = b.getConstants();
  // Subnormal numbers are made normal.
  int power = c.mantissaBits + 2;
  Value isSmall = b.compare(arith::CmpFPredicate::OLT, x,
                            b.real(std::ldexp(1.0, 1 - c.exponentBias)));
  Value normal = b.select(isSmall, b.mul(x, b.real(std::ldexp(1.0, power))), x);
  Value exponent = b.select(isSmall, b.real(-power), b.real(0.0));
  return fixLog(b, x, buildLog(b, normal, exponent, Value()));
}

Value gradopt::expandLog1p(MathBuilder &b, Value x) {
  Value one = b.real(1.0);
  Value u = b.add(x, one);
  // What rounding took from the sum, exactly.
  Value part = b.sub(u, one);
  Value low = b.add(b.sub(one, b.sub(u, part)), b.sub(x, part));
  Value y = fixLog(b, u, buildLog(b, u, Value(), b.div(low, u)));
  // log1p(-0) is -0.
  return b.copySign(y, x);
}
