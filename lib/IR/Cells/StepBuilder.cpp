//===- StepBuilder.cpp - What the steps of layers share -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepBuilder.h"

#include "gradopt/IR/Origins.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;

Value gradopt::buildSigmoid(OpBuilder &builder, Location loc, Value x) {
  Value half = arith::ConstantOp::create(
      builder, loc, builder.getFloatAttr(x.getType(), 0.5));
  Value scaled = arith::MulFOp::create(builder, loc, x, half);
  Value tanh = math::TanhOp::create(builder, loc, scaled);
  Value product = arith::MulFOp::create(builder, loc, tanh, half);
  return arith::AddFOp::create(builder, loc, product, half);
}

Location StepBuilder::getLoc(StringRef gate) const {
  if (gate.empty())
    return loc;
  return withOrigin(loc, /*layer=*/"", gate, /*direction=*/"", /*source=*/"");
}

OpFoldResult StepBuilder::getBatch() {
  if (!batch)
    batch = tensor::getMixedSize(builder, loc, input, 0);
  return batch;
}

Value StepBuilder::buildEmpty(int64_t width) {
  Value &empty = empties[width];
  if (!empty)
    empty = tensor::EmptyOp::create(builder, loc,
                                    {getBatch(), builder.getIndexAttr(width)},
                                    getElementTypeOrSelf(input.getType()));
  return empty;
}

/// One elementwise op over `inputs`, whose dimensions are the last ones of
/// `empty`.
static Value buildGeneric(OpBuilder &builder, Location loc, ValueRange inputs,
                          Value empty, BuildScalar buildScalar) {
  int64_t rank = cast<RankedTensorType>(empty.getType()).getRank();
  SmallVector<AffineMap> maps;
  for (Value input : inputs)
    maps.push_back(AffineMap::getMinorIdentityMap(
        rank, cast<RankedTensorType>(input.getType()).getRank(),
        builder.getContext()));
  maps.push_back(builder.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, empty.getType(), inputs, empty, maps, iterators,
      [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
        Value result = buildScalar(nested, nestedLoc, args.drop_back());
        linalg::YieldOp::create(nested, nestedLoc, result);
      });
  return generic.getResult(0);
}

Value StepBuilder::buildPointwise(ValueRange inputs, int64_t width,
                                  StringRef gate, BuildScalar buildScalar) {
  return buildGeneric(builder, getLoc(gate), inputs, buildEmpty(width),
                      buildScalar);
}

Value StepBuilder::buildBiasSum(Value first, Value second) const {
  if (!first || !second)
    return first ? first : second;
  auto type = cast<RankedTensorType>(first.getType());
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                        type.getElementType());
  return buildGeneric(builder, loc, {first, second}, empty,
                      [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                        return arith::AddFOp::create(b, loc, args[0], args[1]);
                      });
}

Value StepBuilder::buildProduct(Value value, Value weight, Value bias,
                                StringRef gate) {
  auto type = cast<RankedTensorType>(weight.getType());
  Value empty = buildEmpty(type.getDimSize(1));
  Location gateLoc = getLoc(gate);
  Value start;
  if (bias) {
    start = linalg::BroadcastOp::create(builder, gateLoc, bias, empty,
                                        ArrayRef<int64_t>{0})
                ->getResult(0);
  } else {
    Value zero = arith::ConstantOp::create(
        builder, gateLoc, builder.getZeroAttr(type.getElementType()));
    start = linalg::FillOp::create(builder, gateLoc, zero, empty).getResult(0);
  }
  return addProduct(start, value, weight, gate);
}

Value StepBuilder::addProduct(Value sum, Value value, Value weight,
                              StringRef gate) const {
  return linalg::MatmulOp::create(builder, getLoc(gate), sum.getType(),
                                  ValueRange{value, weight}, sum)
      .getResult(0);
}

Value StepBuilder::buildColumns(Value value, int64_t first, int64_t count,
                                StringRef gate) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t last = type.getRank() - 1;
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0)),
      strides(type.getRank(), builder.getIndexAttr(1)), sizes;
  SmallVector<int64_t> shape(type.getShape());
  shape[last] = count;
  offsets[last] = builder.getIndexAttr(first);
  // What is dynamic in a step is the batch.
  for (int64_t size : shape)
    sizes.push_back(ShapedType::isDynamic(size)
                        ? getBatch()
                        : OpFoldResult(builder.getIndexAttr(size)));
  return tensor::ExtractSliceOp::create(
      builder, getLoc(gate), type.clone(shape), value, offsets, sizes, strides);
}
