//===- DisableDropout.cpp - Dropout for evaluation ------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_DISABLEDROPOUT
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// rate · old + (1 − rate) · new
static Value buildExpectation(OpBuilder &builder, ZoneoutOp op) {
  Location loc = withOrigin(op.getLoc(), /*layer=*/"", /*gate=*/"",
                            /*direction=*/"", op->getName().getStringRef());
  RankedTensorType type = op.getType();
  double rate = op.getRate().convertToDouble();
  auto buildFloat = [&](double value) {
    return arith::ConstantOp::create(
        builder, loc, builder.getFloatAttr(type.getElementType(), value));
  };
  Value keepsOld = buildFloat(rate), takesNew = buildFloat(1.0 - rate);
  Value empty = tensor::EmptyOp::create(
      builder, loc, tensor::getMixedSizes(builder, loc, op.getNewValue()),
      type.getElementType());
  SmallVector<AffineMap> maps(3,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, type, ValueRange{op.getOldValue(), op.getNewValue()},
             empty, maps, loops,
             [&](OpBuilder &b, Location loc, ValueRange args) {
               Value old = arith::MulFOp::create(b, loc, keepsOld, args[0]);
               Value next = arith::MulFOp::create(b, loc, takesNew, args[1]);
               Value sum = arith::AddFOp::create(b, loc, old, next);
               linalg::YieldOp::create(b, loc, sum);
             })
      .getResult(0);
}

namespace {
struct DisableDropout : gradopt::impl::DisableDropoutBase<DisableDropout> {
  using DisableDropoutBase::DisableDropoutBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<RecurrentCellOpInterface> cells;
    getOperation()->walk([&](RecurrentCellOpInterface cell) {
      if (!cell.getZoneoutRates().empty())
        cells.push_back(cell);
    });
    for (RecurrentCellOpInterface cell : cells)
      expandCell(rewriter, cell);

    getOperation()->walk(
        [&](DropoutOp op) { rewriter.replaceOp(op, op.getValue()); });
    getOperation()->walk([&](ZoneoutOp op) {
      rewriter.setInsertionPoint(op);
      rewriter.replaceOp(op, buildExpectation(rewriter, op));
    });
  }
};
} // namespace
