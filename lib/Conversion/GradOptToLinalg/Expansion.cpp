//===- Expansion.cpp - Building blocks of expansions ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expansion.h"
#include "gradopt/IR/Origins.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;
using utils::IteratorType;

ImplicitLocOpBuilder gradopt::getExpansionBuilder(RewriterBase &rewriter,
                                                  Operation *op) {
  rewriter.setInsertionPoint(op);
  return ImplicitLocOpBuilder(withOrigin(op->getLoc(), /*layer=*/"",
                                         /*gate=*/"", /*direction=*/"",
                                         op->getName().getStringRef()),
                              rewriter);
}

Value gradopt::buildFloat(ImplicitLocOpBuilder &b, double value, Type type) {
  return arith::ConstantOp::create(b, b.getFloatAttr(type, value));
}

Value gradopt::convertFloat(ImplicitLocOpBuilder &b, Value value, Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth();
  unsigned to = type.getIntOrFloatBitWidth();
  if (from < to)
    return arith::ExtFOp::create(b, type, value);
  if (from > to)
    return arith::TruncFOp::create(b, type, value);
  return value;
}

Value gradopt::buildExtractScalar(ImplicitLocOpBuilder &b, Value tensor) {
  return tensor::ExtractOp::create(b, tensor, ValueRange());
}

Value gradopt::buildScalarTensor(ImplicitLocOpBuilder &b, Value scalar) {
  return buildFilled(b, {}, scalar);
}

Value gradopt::buildFilled(ImplicitLocOpBuilder &b,
                           ArrayRef<OpFoldResult> sizes, Value scalar) {
  Value empty = tensor::EmptyOp::create(b, sizes, scalar.getType());
  return linalg::FillOp::create(b, scalar, empty).getResult(0);
}

SmallVector<Value> gradopt::buildElementwise(ImplicitLocOpBuilder &b,
                                             ValueRange tensors,
                                             ValueRange scalars,
                                             ArrayRef<Type> elementTypes,
                                             ElementsFn body) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, b.getLoc(), tensors.front());
  unsigned rank = sizes.size();
  AffineMap identity = b.getMultiDimIdentityMap(rank);
  SmallVector<AffineMap> maps(tensors.size(), identity);
  maps.append(scalars.size(), AffineMap::get(rank, 0, b.getContext()));
  maps.append(elementTypes.size(), identity);

  SmallVector<Value> inputs(tensors), inits;
  llvm::append_range(inputs, scalars);
  for (Type type : elementTypes)
    inits.push_back(tensor::EmptyOp::create(b, sizes, type));
  auto generic = linalg::GenericOp::create(
      b, TypeRange(inits), inputs, inits, maps,
      SmallVector<IteratorType>(rank, IteratorType::parallel),
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        ImplicitLocOpBuilder inner(loc, builder);
        linalg::YieldOp::create(inner,
                                body(inner, args.take_front(inputs.size())));
      });
  return SmallVector<Value>(generic.getResults());
}

Value gradopt::buildReduction(ImplicitLocOpBuilder &b, ValueRange tensors,
                              Value init,
                              const llvm::SmallBitVector &dimensions,
                              ElementFn element, ElementFn combine) {
  AffineMap identity = b.getMultiDimIdentityMap(dimensions.size());
  SmallVector<AffineMap> maps(tensors.size(), identity);
  maps.push_back(identity.dropResults(dimensions));
  SmallVector<IteratorType> iterators(dimensions.size(),
                                      IteratorType::parallel);
  for (unsigned dimension : dimensions.set_bits())
    iterators[dimension] = IteratorType::reduction;
  return linalg::GenericOp::create(
             b, init.getType(), tensors, init, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               ImplicitLocOpBuilder inner(loc, builder);
               Value value = element(inner, args.drop_back());
               Value next = combine(inner, {args.back(), value});
               linalg::YieldOp::create(inner, next);
             })
      .getResult(0);
}

/// The number of elements in each column: the product of all sizes but the
/// last.
static int64_t getColumnLength(RankedTensorType type) {
  if (type.getRank() == 0)
    return 1;
  int64_t length = 1;
  for (int64_t size : type.getShape().drop_back()) {
    if (ShapedType::isDynamic(size))
      return ShapedType::kDynamic;
    length = llvm::SaturatingMultiply<uint64_t>(length, size);
  }
  return length;
}

Value gradopt::reduceAll(ImplicitLocOpBuilder &b, ValueRange tensors,
                         Value neutral, ElementFn element, ElementFn combine,
                         llvm::function_ref<Value(int64_t)> narrow) {
  Value total = buildScalarTensor(b, neutral);
  for (Value tensor : tensors) {
    auto type = cast<RankedTensorType>(tensor.getType());
    unsigned rank = type.getRank();
    int64_t length = getColumnLength(type);
    llvm::SmallBitVector all(rank, true);
    // Columns of one element would only be a copy.
    if (length == 1) {
      total = buildReduction(b, tensor, total, all, element, combine);
      continue;
    }
    llvm::SmallBitVector leading(all);
    leading.reset(rank - 1);
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, b.getLoc(), tensor);
    Value partial = buildReduction(
        b, tensor,
        buildFilled(b, sizes.back(), narrow ? narrow(length) : neutral),
        leading, element, combine);
    total = buildReduction(
        b, partial, total, llvm::SmallBitVector(1, true),
        [](ImplicitLocOpBuilder &, ValueRange args) { return args[0]; },
        combine);
  }
  return total;
}

Value gradopt::buildAdd(ImplicitLocOpBuilder &b, ValueRange args) {
  return arith::AddFOp::create(b, args[0], args[1]);
}

Value gradopt::sumAll(ImplicitLocOpBuilder &b, ValueRange tensors,
                      ElementFn element) {
  return reduceAll(b, tensors, buildFloat(b, 0.0, b.getF64Type()), element,
                   buildAdd);
}
