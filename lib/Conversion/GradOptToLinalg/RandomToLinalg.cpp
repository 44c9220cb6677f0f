//===- RandomToLinalg.cpp - Random choices to linalg ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// docs/runtime.md says which bits are drawn; runtime/core/random.c draws the
// same ones.

#include "Expansion.h"
#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;
using namespace mlir::gradopt;

/// Word 3 of the counter, which keeps the uses of one stream apart.
static constexpr uint32_t kUseChoice = 4;

static Value buildInteger(ImplicitLocOpBuilder &b, uint64_t value,
                          unsigned width) {
  return arith::ConstantOp::create(
      b, b.getIntegerAttr(b.getIntegerType(width), APInt(width, value)));
}

//===----------------------------------------------------------------------===//
// The stream
//===----------------------------------------------------------------------===//

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
static Value buildMix(ImplicitLocOpBuilder &b, Value z) {
  auto fold = [&](unsigned shift) {
    Value high = arith::ShRUIOp::create(b, z, buildInteger(b, shift, 64));
    z = arith::XOrIOp::create(b, z, high);
  };
  auto mul = [&](uint64_t factor) {
    z = arith::MulIOp::create(b, z, buildInteger(b, factor, 64));
  };
  fold(30);
  mul(UINT64_C(0xBF58476D1CE4E5B9));
  fold(27);
  mul(UINT64_C(0x94D049BB133111EB));
  fold(31);
  return z;
}

/// The stream that follows from another one and a number, such as an id.
static Value buildSubstream(ImplicitLocOpBuilder &b, Value stream,
                            Value number) {
  Value golden = buildInteger(b, UINT64_C(0x9E3779B97F4A7C15), 64);
  Value mixed = buildMix(b, arith::AddIOp::create(b, number, golden));
  return buildMix(b, arith::XOrIOp::create(b, stream, mixed));
}

/// The stream of one op at one step. What does not change within a scan comes
/// first, so that it can leave the loop.
template <typename OpTy>
static Value buildStream(ImplicitLocOpBuilder &b, OpTy op) {
  auto getWord = [&](int64_t index) -> Value {
    Value position = arith::ConstantIndexOp::create(b, index);
    return tensor::ExtractOp::create(b, op.getKey(), position);
  };
  Value stream = buildSubstream(b, getWord(0), getWord(1));
  stream = buildSubstream(b, stream, buildInteger(b, op.getId(), 64));
  stream = buildSubstream(b, stream, buildExtractScalar(b, op.getStep()));
  Value index = buildInteger(b, 0, 64);
  if (op.getIndex())
    index = arith::IndexCastOp::create(b, b.getI64Type(), op.getIndex());
  return buildSubstream(b, stream, index);
}

//===----------------------------------------------------------------------===//
// The draws
//===----------------------------------------------------------------------===//

static Value buildLow(ImplicitLocOpBuilder &b, Value wide) {
  return arith::TruncIOp::create(b, b.getI32Type(), wide);
}

static Value buildHigh(ImplicitLocOpBuilder &b, Value wide) {
  return buildLow(b, arith::ShRUIOp::create(b, wide, buildInteger(b, 32, 64)));
}

/// Words 0 and 1, as one number, of a block of Philox4x32-10 (Salmon et al.,
/// SC 2011).
static Value buildPhilox(ImplicitLocOpBuilder &b, Value index, Value stream) {
  Value c0 = buildLow(b, index), c1 = buildHigh(b, index);
  Value c2 = buildInteger(b, 0, 32), c3 = buildInteger(b, kUseChoice, 32);
  Value k0 = buildLow(b, stream), k1 = buildHigh(b, stream);
  Value m0 = buildInteger(b, UINT32_C(0xD2511F53), 32);
  Value m1 = buildInteger(b, UINT32_C(0xCD9E8D57), 32);
  Value w0 = buildInteger(b, UINT32_C(0x9E3779B9), 32);
  Value w1 = buildInteger(b, UINT32_C(0xBB67AE85), 32);
  auto exclusiveOr = [&](Value x, Value y, Value z) -> Value {
    return arith::XOrIOp::create(b, arith::XOrIOp::create(b, x, y), z);
  };
  for (int round = 0; round < 10; ++round) {
    auto p0 = arith::MulUIExtendedOp::create(b, m0, c0);
    auto p1 = arith::MulUIExtendedOp::create(b, m1, c2);
    c0 = exclusiveOr(p1.getHigh(), c1, k0);
    c1 = p1.getLow();
    c2 = exclusiveOr(p0.getHigh(), c3, k1);
    c3 = p0.getLow();
    k0 = arith::AddIOp::create(b, k0, w0);
    k1 = arith::AddIOp::create(b, k1, w1);
  }
  Type i64 = b.getI64Type();
  Value high = arith::ExtUIOp::create(b, i64, c1);
  high = arith::ShLIOp::create(b, high, buildInteger(b, 32, 64));
  return arith::OrIOp::create(b, high, arith::ExtUIOp::create(b, i64, c0));
}

/// In the body of a generic over elements of these sizes, whether the uniform
/// draw of this one is below `rate`. It is compared as the integer of 53 bits
/// that it is made of.
static Value buildIsChosen(ImplicitLocOpBuilder &b, ValueRange sizes,
                           Value stream, double rate) {
  Value position = arith::ConstantIndexOp::create(b, 0);
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    position = arith::MulIOp::create(b, position, size);
    position =
        arith::AddIOp::create(b, position, linalg::IndexOp::create(b, dim));
  }
  position = arith::IndexCastOp::create(b, b.getI64Type(), position);
  Value bits = arith::ShRUIOp::create(b, buildPhilox(b, position, stream),
                                      buildInteger(b, 11, 64));
  auto bound = static_cast<uint64_t>(std::ceil(std::ldexp(rate, 53)));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, bits,
                               buildInteger(b, bound, 64));
}

/// `choose` gives the element, by whether it is chosen and those of `tensors`.
template <typename OpTy>
static Value buildChoice(
    ImplicitLocOpBuilder &b, OpTy op, ValueRange tensors,
    function_ref<Value(ImplicitLocOpBuilder &, Value chosen, ValueRange)>
        choose) {
  Value stream = buildStream(b, op);
  SmallVector<Value> sizes;
  for (OpFoldResult size :
       tensor::getMixedSizes(b, b.getLoc(), tensors.front()))
    sizes.push_back(getValueOrCreateConstantIndexOp(b, b.getLoc(), size));
  double rate = op.getRate().convertToDouble();
  return buildElementwise(
             b, tensors, stream, op.getType().getElementType(),
             [&](ImplicitLocOpBuilder &b, ValueRange args) {
               Value chosen = buildIsChosen(b, sizes, args.back(), rate);
               return SmallVector<Value>{choose(b, chosen, args.drop_back())};
             })
      .front();
}

namespace {

struct ExpandDropout : OpRewritePattern<DropoutOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DropoutOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    Type type = op.getType().getElementType();
    Value kept = buildFloat(b, 1.0 - op.getRate().convertToDouble(), type);
    Value zero = buildFloat(b, 0.0, type);
    rewriter.replaceOp(
        op,
        buildChoice(b, op, op.getValue(),
                    [&](ImplicitLocOpBuilder &b, Value chosen,
                        ValueRange args) -> Value {
                      Value scaled = arith::DivFOp::create(b, args[0], kept);
                      return arith::SelectOp::create(b, chosen, zero, scaled);
                    }));
    return success();
  }
};

struct ExpandZoneout : OpRewritePattern<ZoneoutOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ZoneoutOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b = getExpansionBuilder(rewriter, op);
    rewriter.replaceOp(op,
                       buildChoice(b, op, {op.getOldValue(), op.getNewValue()},
                                   [](ImplicitLocOpBuilder &b, Value chosen,
                                      ValueRange args) -> Value {
                                     return arith::SelectOp::create(
                                         b, chosen, args[0], args[1]);
                                   }));
    return success();
  }
};

} // namespace

void gradopt::populateRandomToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandDropout, ExpandZoneout>(patterns.getContext());
}
