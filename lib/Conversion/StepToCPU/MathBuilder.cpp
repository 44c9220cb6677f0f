//===- MathBuilder.cpp - Arithmetic on numbers and vectors ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MathExpansion.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace mlir::gradopt;

// Minimax polynomials (Remez) of the relative error. Their coefficients are
// rounded from the lowest on, each time with a new fit of the others.
static constexpr double kExpTermsF32[] = {
    0.5,         0x1.55553cp-3,  0x1.5554f2p-5,
    0x1.1137p-7, 0x1.6d4186p-10, 0x1.6beda4p-13};
static constexpr double kLogTermsF32[] = {0x1.55557ap-1, 0x1.995e82p-2,
                                          0x1.31ef3ap-2};
static constexpr double kExpTermsF64[] = {0.5,
                                          0x1.555555555555dp-3,
                                          0x1.555555555556bp-5,
                                          0x1.111111110e58fp-7,
                                          0x1.6c16c16c0b715p-10,
                                          0x1.a01a01b5b3a9ap-13,
                                          0x1.a01a01dd4a246p-16,
                                          0x1.71ddebff244e9p-19,
                                          0x1.27e473be1d433p-22,
                                          0x1.af7832373efa1p-26,
                                          0x1.209f4166e337ep-29};
static constexpr double kLogTermsF64[] = {
    0x1.5555555555592p-1, 0x1.999999997f872p-2, 0x1.249249427e4f1p-2,
    0x1.c71c516de5c8cp-3, 0x1.7466659ae5252p-3, 0x1.399d3e9119a9cp-3,
    0x1.2f37c31b1005cp-3};

static constexpr double kLog2E = 0x1.71547652b82fep+0;

static constexpr FloatConstants kF32 = {
    23,   127,   kLog2E, 0x1.62e4p-1,  0x1.7f7d1cp-20, -104.0,
    89.0, -18.0, 9.1,    kExpTermsF32, kLogTermsF32};
static constexpr FloatConstants kF64 = {
    52,    1023,  kLog2E, 0x1.62e42feep-1, 0x1.a39ef35793c76p-33, -746.0,
    710.0, -38.0, 20.0,   kExpTermsF64,    kLogTermsF64};

const FloatConstants &FloatConstants::get(FloatType type) {
  return type.isF32() ? kF32 : kF64;
}

MathBuilder::MathBuilder(OpBuilder &builder, Location loc, Type type,
                         bool useFma)
    : builder(builder), loc(loc), type(type),
      element(cast<FloatType>(getElementTypeOrSelf(type))),
      constants(FloatConstants::get(element)), useFma(useFma) {
  bitsType = builder.getIntegerType(element.getWidth());
  if (auto vector = dyn_cast<VectorType>(type))
    bitsType = vector.cloneWith(std::nullopt, bitsType);
}

static Value buildConstant(OpBuilder &builder, Location loc, Type type,
                           TypedAttr number) {
  if (auto vector = dyn_cast<VectorType>(type))
    number = DenseElementsAttr::get(vector, number);
  return arith::ConstantOp::create(builder, loc, type, number);
}

Value MathBuilder::real(double value) {
  return buildConstant(builder, loc, type,
                       builder.getFloatAttr(element, value));
}

Value MathBuilder::integer(int64_t value) {
  auto integer = builder.getIntegerType(element.getWidth());
  return buildConstant(
      builder, loc, bitsType,
      IntegerAttr::get(integer, APInt(element.getWidth(), value,
                                      /*isSigned=*/true,
                                      /*implicitTrunc=*/true)));
}

int64_t MathBuilder::bitsOf(double value) {
  return builder.getFloatAttr(element, value)
      .getValue()
      .bitcastToAPInt()
      .getSExtValue();
}

Value MathBuilder::add(Value a, Value b) {
  return arith::AddFOp::create(builder, loc, a, b);
}
Value MathBuilder::sub(Value a, Value b) {
  return arith::SubFOp::create(builder, loc, a, b);
}
Value MathBuilder::mul(Value a, Value b) {
  return arith::MulFOp::create(builder, loc, a, b);
}
Value MathBuilder::div(Value a, Value b) {
  return arith::DivFOp::create(builder, loc, a, b);
}

Value MathBuilder::fma(Value a, Value b, Value c) {
  if (useFma)
    return math::FmaOp::create(builder, loc, a, b, c);
  return add(mul(a, b), c);
}

Value MathBuilder::polynomial(Value x, ArrayRef<double> coefficients) {
  // Pairs of neighbours, then pairs of pairs (Estrin): a short chain, since
  // chains and not units bound the loops around these functions.
  SmallVector<Value> terms;
  for (double coefficient : coefficients)
    terms.push_back(real(coefficient));
  for (Value power = x; terms.size() > 1;) {
    SmallVector<Value> pairs;
    for (size_t i = 0; i + 1 < terms.size(); i += 2)
      pairs.push_back(fma(terms[i + 1], power, terms[i]));
    if (terms.size() % 2)
      pairs.push_back(terms.back());
    terms = std::move(pairs);
    if (terms.size() > 1)
      power = mul(power, power);
  }
  return terms.front();
}

Value MathBuilder::compare(arith::CmpFPredicate predicate, Value a, Value b) {
  return arith::CmpFOp::create(builder, loc, predicate, a, b);
}
Value MathBuilder::isNegative(Value x) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                               toBits(x), integer(0));
}
Value MathBuilder::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(builder, loc, condition, a, b);
}

Value MathBuilder::atMost(double bound, Value x) {
  Value limit = real(bound);
  return select(compare(arith::CmpFPredicate::OLT, limit, x), limit, x);
}
Value MathBuilder::atLeast(double bound, Value x) {
  Value limit = real(bound);
  return select(compare(arith::CmpFPredicate::OGT, limit, x), limit, x);
}

Value MathBuilder::toBits(Value x) {
  return arith::BitcastOp::create(builder, loc, bitsType, x);
}
Value MathBuilder::fromBits(Value bits) {
  return arith::BitcastOp::create(builder, loc, type, bits);
}
Value MathBuilder::addBits(Value a, Value b) {
  return arith::AddIOp::create(builder, loc, a, b);
}
Value MathBuilder::subBits(Value a, Value b) {
  return arith::SubIOp::create(builder, loc, a, b);
}
Value MathBuilder::andBits(Value a, Value b) {
  return arith::AndIOp::create(builder, loc, a, b);
}
Value MathBuilder::orBits(Value a, Value b) {
  return arith::OrIOp::create(builder, loc, a, b);
}
Value MathBuilder::shiftLeft(Value bits, int64_t count) {
  return arith::ShLIOp::create(builder, loc, bits, integer(count));
}
Value MathBuilder::shiftRight(Value bits, int64_t count) {
  return arith::ShRUIOp::create(builder, loc, bits, integer(count));
}

Value MathBuilder::copySign(Value y, Value x) {
  return math::CopySignOp::create(builder, loc, y, x);
}
