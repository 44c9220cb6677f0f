//===- Norms.cpp - Norms of tensors and of their rows ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expansion.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;
using utils::IteratorType;

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// The magnitude of an element in f64.
static Value buildMagnitude(ImplicitLocOpBuilder &b, ValueRange args) {
  Value magnitude = math::AbsFOp::create(b, args[0]);
  return convertFloat(b, magnitude, b.getF64Type());
}

/// The larger of two magnitudes; NaN if one is.
static Value buildLarger(ImplicitLocOpBuilder &b, ValueRange args) {
  return arith::MaximumFOp::create(b, args[0], args[1]);
}

/// The square of an element in f64. Squares of f32 fit into it.
static Value buildSquare(ImplicitLocOpBuilder &b, ValueRange args) {
  Value wide = convertFloat(b, args[0], b.getF64Type());
  return arith::MulFOp::create(b, wide, wide);
}

/// Squares of f64 do not fit: elements are divided by the power of two of the
/// largest one, which is exact.
static Value buildScale(ImplicitLocOpBuilder &b, Value largest) {
  auto bits = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  };
  Value exponent = arith::AndIOp::create(
      b, arith::BitcastOp::create(b, b.getI64Type(), largest),
      bits(0x7FF0000000000000));
  // Of zero and subnormals: the smallest normal number.
  exponent = arith::MaxUIOp::create(b, exponent, bits(0x0010000000000000));
  return arith::BitcastOp::create(b, b.getF64Type(), exponent);
}

static Value buildInverse(ImplicitLocOpBuilder &b, Value scale) {
  return arith::DivFOp::create(b, buildFloat(b, 1.0, b.getF64Type()), scale);
}

static Value buildScaledSquare(ImplicitLocOpBuilder &b, Value element,
                               Value inverse) {
  Value wide = convertFloat(b, element, b.getF64Type());
  Value scaled = arith::MulFOp::create(b, wide, inverse);
  return arith::MulFOp::create(b, scaled, scaled);
}

/// The root of a sum of scaled squares; what is not finite is in `largest`.
static Value buildScaledRoot(ImplicitLocOpBuilder &b, Value scale, Value sum,
                             Value largest) {
  Value norm = arith::MulFOp::create(b, scale, math::SqrtOp::create(b, sum));
  Value finite = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, largest,
                                       buildFloat(b, INFINITY, b.getF64Type()));
  return arith::SelectOp::create(b, finite, norm, largest);
}

static bool isF32(Value tensor) { return getElementTypeOrSelf(tensor).isF32(); }

//===----------------------------------------------------------------------===//
// Norms of tensors
//===----------------------------------------------------------------------===//

Value gradopt::buildNorm(ImplicitLocOpBuilder &b, NormKind kind,
                         ValueRange tensors) {
  if (kind == NormKind::l1)
    return sumAll(b, tensors, buildMagnitude);
  // The root is an op on tensors, too: of a scalar, all threads would have to
  // wait for it.
  Type f64 = b.getF64Type();
  auto map = [&](ValueRange tensors, ElementFn body) -> Value {
    return buildElementwise(b, tensors, {}, f64,
                            [&](ImplicitLocOpBuilder &b, ValueRange args) {
                              return SmallVector<Value>{body(b, args)};
                            })
        .front();
  };
  if (kind == NormKind::l2 && llvm::all_of(tensors, isF32))
    return map(sumAll(b, tensors, buildSquare),
               [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                 return math::SqrtOp::create(b, args[0]);
               });
  Value largest = reduceAll(b, tensors, buildFloat(b, 0.0, b.getF64Type()),
                            buildMagnitude, buildLarger);
  if (kind == NormKind::linf)
    return largest;
  Value inverse =
      buildInverse(b, buildScale(b, buildExtractScalar(b, largest)));
  Value sum = sumAll(b, tensors, [&](ImplicitLocOpBuilder &b, ValueRange args) {
    return buildScaledSquare(b, args[0], inverse);
  });
  return map({sum, largest}, [](ImplicitLocOpBuilder &b, ValueRange args) {
    return buildScaledRoot(b, buildScale(b, args[1]), args[0], args[1]);
  });
}

//===----------------------------------------------------------------------===//
// Norms of rows
//===----------------------------------------------------------------------===//

/// Reduces each row of `tensor`, in order, in f64 and starting from 0.
/// `element` gets an element, then one of each of `rows`.
static Value reduceRows(ImplicitLocOpBuilder &b, Value tensor, ValueRange rows,
                        ElementFn element, ElementFn combine) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, b.getLoc(), tensor);
  unsigned rank = sizes.size();
  sizes.pop_back();
  Value init = buildFilled(b, sizes, buildFloat(b, 0.0, b.getF64Type()));
  AffineMap all = b.getMultiDimIdentityMap(rank);
  SmallVector<AffineMap> maps(rows.size() + 2, all.dropResult(rank - 1));
  maps.front() = all;
  SmallVector<IteratorType> iterators(rank, IteratorType::parallel);
  iterators.back() = IteratorType::reduction;
  SmallVector<Value> inputs{tensor};
  llvm::append_range(inputs, rows);
  return linalg::GenericOp::create(
             b, init.getType(), inputs, init, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               ImplicitLocOpBuilder inner(loc, builder);
               Value value = element(inner, args.drop_back());
               Value next = combine(inner, {args.back(), value});
               linalg::YieldOp::create(inner, next);
             })
      .getResult(0);
}

Value gradopt::buildRowNorms(ImplicitLocOpBuilder &b, NormKind kind,
                             Value tensor) {
  Type f64 = b.getF64Type();
  // One value for each row from those of `rows`.
  auto map = [&](ValueRange rows, ElementFn body) -> Value {
    return buildElementwise(b, rows, {}, f64,
                            [&](ImplicitLocOpBuilder &b, ValueRange args) {
                              return SmallVector<Value>{body(b, args)};
                            })
        .front();
  };
  if (kind == NormKind::l1)
    return reduceRows(b, tensor, {}, buildMagnitude, buildAdd);
  if (kind == NormKind::l2 && isF32(tensor)) {
    Value sums = reduceRows(b, tensor, {}, buildSquare, buildAdd);
    return map(sums, [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
      return math::SqrtOp::create(b, args[0]);
    });
  }
  Value largest = reduceRows(b, tensor, {}, buildMagnitude, buildLarger);
  if (kind == NormKind::linf)
    return largest;
  Value inverses = map(largest, [](ImplicitLocOpBuilder &b, ValueRange args) {
    return buildInverse(b, buildScale(b, args[0]));
  });
  Value sums = reduceRows(
      b, tensor, inverses,
      [](ImplicitLocOpBuilder &b, ValueRange args) {
        return buildScaledSquare(b, args[0], args[1]);
      },
      buildAdd);
  return map({sums, largest}, [](ImplicitLocOpBuilder &b, ValueRange args) {
    return buildScaledRoot(b, buildScale(b, args[1]), args[0], args[1]);
  });
}
