//===- LinalgDifferentiableOpInterfaceImpl.cpp - Derivatives of linalg ----===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseDerivatives.h"
#include "LinalgVJP.h"
#include "gradopt/Implementations/Implementations.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::gradopt;

static FailureOr<SmallVector<Value>> buildLinalgVJP(linalg::LinalgOp op,
                                                    OpBuilder &builder,
                                                    ValueRange cotangents,
                                                    ValueRange wanted) {
  LinalgVJP vjp(builder, op, wanted);
  if (failed(vjp.findCaptures()))
    return failure();

  SmallVector<ActiveResult> results;
  for (auto [index, cotangent] : llvm::enumerate(cotangents)) {
    if (!cotangent)
      continue;
    FailureOr<ActiveResult> result = vjp.classify(index, cotangent);
    if (failed(result))
      return failure();
    results.push_back(*result);
  }
  for (ActiveResult &result : results)
    vjp.countTies(result);

  SmallVector<Value> sums;
  for (Value value : wanted) {
    Value sum;
    for (OpOperand &operand : op->getOpOperands()) {
      if (operand.get() != value)
        continue;
      FailureOr<Value> part = vjp.buildOperandCotangent(operand, results);
      if (failed(part))
        return failure();
      sum = buildSum(builder, op.getLoc(), sum, *part);
    }
    if (llvm::is_contained(vjp.getCaptures(), value)) {
      AffineMap none =
          AffineMap::get(op.getNumLoops(), 0, {}, builder.getContext());
      FailureOr<Value> part = vjp.buildCotangent(value, value, none, results);
      if (failed(part))
        return failure();
      sum = buildSum(builder, op.getLoc(), sum, *part);
    }
    sums.push_back(sum);
  }
  return sums;
}

/// Of softmax along a dimension, y_i·(dy_i − Σ_j y_j·dy_j): by its result, so
/// that neither the exponentials nor their sums are kept.
static Value buildSoftmaxVJP(linalg::SoftmaxOp op, OpBuilder &builder,
                             Value dy) {
  Location loc = op.getLoc();
  Value y = op->getResult(0);
  auto type = cast<RankedTensorType>(y.getType());
  int64_t rank = type.getRank(), dimension = op.getDimension();
  AffineMap all = builder.getMultiDimIdentityMap(rank);
  AffineMap others = all.dropResult(dimension);
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  SmallVector<OpFoldResult> sizes = buildSizes(builder, loc, y);
  Value empty =
      tensor::EmptyOp::create(builder, loc, sizes, type.getElementType());
  sizes.erase(sizes.begin() + dimension);
  Value zero = buildZero(
      builder, loc,
      tensor::EmptyOp::create(builder, loc, sizes, type.getElementType()));

  SmallVector<utils::IteratorType> reduction(loops);
  reduction[dimension] = utils::IteratorType::reduction;
  Value sum = linalg::GenericOp::create(
                  builder, loc, zero.getType(), ValueRange{y, dy}, zero,
                  ArrayRef<AffineMap>{all, all, others}, reduction,
                  [](OpBuilder &b, Location loc, ValueRange args) {
                    Elementwise e(b, loc);
                    Value next = e.add(args[2], e.mul(args[0], args[1]));
                    linalg::YieldOp::create(b, loc, next);
                  })
                  .getResult(0);
  return linalg::GenericOp::create(
             builder, loc, type, ValueRange{y, dy, sum}, empty,
             ArrayRef<AffineMap>{all, all, others, all}, loops,
             [](OpBuilder &b, Location loc, ValueRange args) {
               Elementwise e(b, loc);
               Value dx = e.mul(args[0], e.sub(args[1], args[2]));
               linalg::YieldOp::create(b, loc, dx);
             })
      .getResult(0);
}

namespace {
template <typename OpTy>
struct LinalgModel
    : DifferentiableOpInterface::ExternalModel<LinalgModel<OpTy>, OpTy> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    return buildLinalgVJP(cast<linalg::LinalgOp>(op), builder, cotangents,
                          wanted);
  }
};

struct SoftmaxModel
    : DifferentiableOpInterface::ExternalModel<SoftmaxModel,
                                               linalg::SoftmaxOp> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    auto softmax = cast<linalg::SoftmaxOp>(op);
    // What it is written to is not read.
    SmallVector<Value> result(wanted.size());
    for (auto [value, cotangent] : llvm::zip_equal(wanted, result))
      if (value == softmax.getInput())
        cotangent = buildSoftmaxVJP(softmax, builder, cotangents.front());
    return result;
  }
};
} // namespace

template <typename... OpTys>
static void attachToAll(MLIRContext &context) {
  (OpTys::template attachInterface<LinalgModel<OpTys>>(context), ...);
}

void gradopt::registerLinalgDifferentiableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    attachToAll<
#define GET_OP_LIST
#include "mlir/Dialect/Linalg/IR/LinalgStructuredOps.cpp.inc"
        >(*context);
    linalg::SoftmaxOp::attachInterface<SoftmaxModel>(*context);
  });
}
