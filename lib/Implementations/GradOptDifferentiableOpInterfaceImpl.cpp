//===- GradOptDifferentiableOpInterfaceImpl.cpp - Derivatives of models ---===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseDerivatives.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Lengths.h"
#include "gradopt/Implementations/Implementations.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectRegistry.h"
#include <limits>

using namespace mlir;
using namespace mlir::gradopt;

/// `dy` divided by the number of elements of `mean` that count: what each of
/// them gets of the cotangent of a mean. Without any it is infinite, but then
/// there is none that gets it.
static Value buildMeanCotangent(OpBuilder &builder, Location loc, Value dy,
                                Value mean, Value lengths) {
  Value count = buildCountedElements(builder, loc,
                                     buildSizes(builder, loc, mean), lengths);
  Value scalar = tensor::ExtractOp::create(builder, loc, dy, ValueRange());
  count = arith::SIToFPOp::create(builder, loc, scalar.getType(), count);
  return arith::DivFOp::create(builder, loc, scalar, count);
}

/// In the body of a generic over positions: `value` where they count, else 0.
static Value selectCounted(OpBuilder &builder, Location loc, Value lengths,
                           Value value) {
  if (!lengths)
    return value;
  Elementwise e(builder, loc);
  return e.select(buildIsCounted(builder, loc, lengths), value,
                  e.constant(value, 0));
}

/// A generic without initial values, by element of `like`.
static Value buildElementwise(
    OpBuilder &builder, Location loc, Value like, ValueRange inputs,
    ArrayRef<AffineMap> inputMaps,
    llvm::function_ref<Value(OpBuilder &, Location, ValueRange)> build) {
  auto type = cast<RankedTensorType>(like.getType());
  Value empty =
      tensor::EmptyOp::create(builder, loc, buildSizes(builder, loc, like),
                              type.getElementType(), type.getEncoding());
  SmallVector<AffineMap> maps(inputMaps);
  maps.push_back(builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, type, inputs, empty, maps, loops,
             [&](OpBuilder &b, Location loc, ValueRange args) {
               linalg::YieldOp::create(b, loc, build(b, loc, args));
             })
      .getResult(0);
}

/// A generic that collects over the last dimension of its first input, starting
/// from `init`. The other inputs have the remaining dimensions.
static Value buildRowReduction(
    OpBuilder &builder, Location loc, ValueRange inputs, TypedAttr init,
    llvm::function_ref<Value(OpBuilder &, Location, ValueRange)> build) {
  int64_t rank = cast<RankedTensorType>(inputs.front().getType()).getRank();
  AffineMap row = builder.getMultiDimIdentityMap(rank).dropResult(rank - 1);
  SmallVector<AffineMap> maps(inputs.size() + 1, row);
  maps.front() = builder.getMultiDimIdentityMap(rank);
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  loops.back() = utils::IteratorType::reduction;

  SmallVector<OpFoldResult> sizes = buildSizes(builder, loc, inputs.front());
  sizes.pop_back();
  Value empty = tensor::EmptyOp::create(builder, loc, sizes, init.getType());
  Value start = arith::ConstantOp::create(builder, loc, init);
  Value filled =
      linalg::FillOp::create(builder, loc, start, empty).getResult(0);
  return linalg::GenericOp::create(
             builder, loc, filled.getType(), inputs, filled, maps, loops,
             [&](OpBuilder &b, Location loc, ValueRange args) {
               linalg::YieldOp::create(b, loc, build(b, loc, args));
             })
      .getResult(0);
}

namespace {

struct GradientModel
    : DifferentiableOpInterface::ExternalModel<GradientModel, GradientOp> {
  FailureOr<SmallVector<Value>>
  buildVJP(Operation *, OpBuilder &, ValueRange cotangents, ValueRange) const {
    return SmallVector<Value>{cotangents.front()};
  }
};

struct EmbeddingModel
    : DifferentiableOpInterface::ExternalModel<EmbeddingModel, EmbeddingOp> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange) const {
    auto embedding = cast<EmbeddingOp>(op);
    return SmallVector<Value>{ScatterAddOp::create(
        builder, op->getLoc(), embedding.getTable().getType(),
        cotangents.front(), embedding.getIndices())};
  }
};

struct CrossEntropyModel
    : DifferentiableOpInterface::ExternalModel<CrossEntropyModel,
                                               CrossEntropyOp> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange) const {
    auto entropy = cast<CrossEntropyOp>(op);
    Location loc = op->getLoc();
    Value logits = entropy.getLogits(), targets = entropy.getTargets();
    Value lengths = entropy.getLengths();
    auto type = cast<RankedTensorType>(logits.getType());
    auto elementType = cast<FloatType>(type.getElementType());
    int64_t rank = type.getRank();

    TypedAttr lowest = builder.getFloatAttr(
        elementType, APFloat::getInf(elementType.getFloatSemantics(),
                                     /*Negative=*/true));
    Value largest = buildRowReduction(
        builder, loc, logits, lowest,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value logit = selectCounted(b, loc, lengths, args[0]);
          return arith::MaximumFOp::create(b, loc, args[1], logit);
        });

    // In f64, so that the number of classes does not cost accuracy.
    auto buildExp = [&](OpBuilder &b, Location loc, Value x, Value largest) {
      x = selectCounted(b, loc, lengths, x);
      Value shifted = arith::SubFOp::create(b, loc, x, largest);
      return math::ExpOp::create(b, loc, shifted).getResult();
    };
    Type wide = builder.getF64Type();
    Value sum = buildRowReduction(
        builder, loc, {logits, largest}, builder.getFloatAttr(wide, 0),
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value term = buildExp(b, loc, args[0], args[1]);
          if (term.getType() != wide)
            term = arith::ExtFOp::create(b, loc, wide, term);
          return arith::AddFOp::create(b, loc, args[2], term);
        });

    Value scale =
        buildMeanCotangent(builder, loc, cotangents.front(), targets, lengths);
    AffineMap all = builder.getMultiDimIdentityMap(rank);
    AffineMap row = all.dropResult(rank - 1);
    AffineMap none = AffineMap::get(rank, 0, {}, builder.getContext());
    return SmallVector<Value>{buildElementwise(
        builder, loc, logits, {logits, largest, sum, targets, scale},
        {all, row, row, row, none},
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Elementwise e(b, loc);
          Value sum = args[2];
          if (sum.getType() != elementType)
            sum = e.create<arith::TruncFOp>(elementType, sum);
          Value softmax = e.div(buildExp(b, loc, args[0], args[1]), sum);
          Type indexType = args[3].getType();
          Value position = e.create<arith::IndexCastOp>(
              indexType, linalg::IndexOp::create(b, loc, rank - 1));
          Value isTarget = e.create<arith::CmpIOp>(arith::CmpIPredicate::eq,
                                                   position, args[3]);
          Value difference = e.select(
              isTarget, e.sub(softmax, e.constant(softmax, 1)), softmax);
          // A target outside the classes makes the loss NaN, and its gradient.
          Value classes = e.create<arith::ConstantOp>(
              b.getIntegerAttr(indexType, type.getDimSize(rank - 1)));
          Value isClass = e.create<arith::CmpIOp>(arith::CmpIPredicate::ult,
                                                  args[3], classes);
          Value nan =
              e.constant(softmax, std::numeric_limits<double>::quiet_NaN());
          Value gradient = e.select(isClass, e.mul(args[4], difference), nan);
          return selectCounted(b, loc, lengths, gradient);
        })};
  }
};

struct MeanSquaredErrorModel
    : DifferentiableOpInterface::ExternalModel<MeanSquaredErrorModel,
                                               MeanSquaredErrorOp> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    auto error = cast<MeanSquaredErrorOp>(op);
    Location loc = op->getLoc();
    Value prediction = error.getPrediction(), target = error.getTarget();
    Value lengths = error.getLengths();
    // Of one value with itself the error is zero whatever it is.
    if (prediction == target)
      return SmallVector<Value>(wanted.size());

    int64_t rank = cast<RankedTensorType>(prediction.getType()).getRank();
    Value scale = buildMeanCotangent(builder, loc, cotangents.front(),
                                     prediction, lengths);
    AffineMap all = builder.getMultiDimIdentityMap(rank);
    AffineMap none = AffineMap::get(rank, 0, {}, builder.getContext());
    SmallVector<Value> result;
    for (Value value : wanted) {
      Value other = value == prediction ? target : prediction;
      result.push_back(buildElementwise(
          builder, loc, value, {value, other, scale}, {all, all, none},
          [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
            Elementwise e(b, loc);
            Value difference = e.sub(selectCounted(b, loc, lengths, args[0]),
                                     selectCounted(b, loc, lengths, args[1]));
            Value gradient = e.mul(args[2], e.add(difference, difference));
            return selectCounted(b, loc, lengths, gradient);
          }));
    }
    return result;
  }
};

/// The mask is drawn again, from what the op drew it from.
struct DropoutModel
    : DifferentiableOpInterface::ExternalModel<DropoutModel, DropoutOp> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange) const {
    auto dropout = cast<DropoutOp>(op);
    return SmallVector<Value>{DropoutOp::create(
        builder, op->getLoc(), cotangents.front(), dropout.getRateAttr(),
        dropout.getIdAttr(), dropout.getKey(), dropout.getStep(),
        dropout.getIndex())};
  }
};

struct ZoneoutModel
    : DifferentiableOpInterface::ExternalModel<ZoneoutModel, ZoneoutOp> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    auto zoneout = cast<ZoneoutOp>(op);
    Location loc = op->getLoc();
    Value dy = cotangents.front();
    // Whichever is taken, it is the same value.
    if (zoneout.getNewValue() == zoneout.getOldValue())
      return SmallVector<Value>{dy};
    Value zero = buildZero(builder, loc, dy);
    SmallVector<Value> result;
    for (Value value : wanted) {
      bool isNew = value == zoneout.getNewValue();
      result.push_back(ZoneoutOp::create(
          builder, loc, isNew ? dy : zero, isNew ? zero : dy,
          zoneout.getRateAttr(), zoneout.getIdAttr(), zoneout.getKey(),
          zoneout.getStep(), zoneout.getIndex()));
    }
    return result;
  }
};

/// For ops that act on gradients and have none themselves.
template <typename OpTy>
struct RejectedModel
    : DifferentiableOpInterface::ExternalModel<RejectedModel<OpTy>, OpTy> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &, ValueRange,
                                         ValueRange) const {
    return op->emitOpError(
        "has no derivative; it is for gradients and cannot stand between a "
        "parameter and the loss");
  }
};

template <typename... OpTys>
void reject(MLIRContext &context) {
  (OpTys::template attachInterface<RejectedModel<OpTys>>(context), ...);
}

} // namespace

void gradopt::registerGradOptDifferentiableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, GradOptDialect *) {
    GradientOp::attachInterface<GradientModel>(*context);
    EmbeddingOp::attachInterface<EmbeddingModel>(*context);
    CrossEntropyOp::attachInterface<CrossEntropyModel>(*context);
    MeanSquaredErrorOp::attachInterface<MeanSquaredErrorModel>(*context);
    DropoutOp::attachInterface<DropoutModel>(*context);
    ZoneoutOp::attachInterface<ZoneoutModel>(*context);
    reject<ClipByValueOp, ClipByNormOp, ClipByGlobalNormOp, NormOp,
           ScatterAddOp>(*context);
  });
}
