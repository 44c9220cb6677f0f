//===- Lengths.cpp - Positions that count ---------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/Lengths.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

Value gradopt::buildIsCounted(OpBuilder &builder, Location loc, Value lengths) {
  Value time = linalg::IndexOp::create(builder, loc, 0);
  Value row = linalg::IndexOp::create(builder, loc, 1);
  Value length = tensor::ExtractOp::create(builder, loc, lengths, row);
  time = arith::IndexCastOp::create(builder, loc, length.getType(), time);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, time,
                               length);
}

/// The sum of the lengths, each within 0 and the number of time steps.
static Value buildCountedPositions(OpBuilder &builder, Location loc,
                                   OpFoldResult steps, Value lengths) {
  Type i64 = builder.getI64Type();
  Value time = arith::IndexCastOp::create(
      builder, loc, i64, getValueOrCreateConstantIndexOp(builder, loc, steps));
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(0));
  Value empty = tensor::EmptyOp::create(builder, loc, ArrayRef<int64_t>{}, i64);
  Value none = linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
  SmallVector<AffineMap> maps{builder.getMultiDimIdentityMap(1),
                              AffineMap::get(1, 0, builder.getContext())};
  auto sum = linalg::GenericOp::create(
      builder, loc, none.getType(), lengths, none, maps,
      utils::IteratorType::reduction,
      [&](OpBuilder &b, Location loc, ValueRange args) {
        Value length = args[0];
        if (length.getType() != i64)
          length = arith::ExtSIOp::create(b, loc, i64, length);
        length = arith::MaxSIOp::create(b, loc, length, zero);
        length = arith::MinSIOp::create(b, loc, length, time);
        Value next = arith::AddIOp::create(b, loc, args[1], length);
        linalg::YieldOp::create(b, loc, next);
      });
  return tensor::ExtractOp::create(builder, loc, sum.getResult(0),
                                   ValueRange());
}

Value gradopt::buildCountedElements(OpBuilder &builder, Location loc,
                                    ArrayRef<OpFoldResult> sizes,
                                    Value lengths) {
  Value others = arith::ConstantIndexOp::create(builder, loc, 1);
  for (OpFoldResult size : sizes.drop_front(lengths ? 2 : 0))
    others = builder.createOrFold<arith::MulIOp>(
        loc, others, getValueOrCreateConstantIndexOp(builder, loc, size));
  others =
      arith::IndexCastOp::create(builder, loc, builder.getI64Type(), others);
  if (!lengths)
    return others;
  Value positions = buildCountedPositions(builder, loc, sizes.front(), lengths);
  return arith::MulIOp::create(builder, loc, positions, others);
}
