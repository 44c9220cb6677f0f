//===- TensorDifferentiableOpInterfaceImpl.cpp - Derivatives of tensor ----===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Implementations/Implementations.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::gradopt;

static OpFoldResult buildIndexSum(OpBuilder &builder, Location loc,
                                  OpFoldResult a, OpFoldResult b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y)
    return builder.getIndexAttr(*x + *y);
  return arith::AddIOp::create(builder, loc,
                               getValueOrCreateConstantIndexOp(builder, loc, a),
                               getValueOrCreateConstantIndexOp(builder, loc, b))
      .getResult();
}

/// What of `dy` belongs to a tensor like `like` that stands at these offsets.
static Value buildSlice(OpBuilder &builder, Location loc, Value dy, Value like,
                        ArrayRef<OpFoldResult> offsets) {
  // A slice of no rows does not verify.
  if (llvm::is_contained(cast<RankedTensorType>(like.getType()).getShape(), 0))
    return buildZero(builder, loc, like);
  SmallVector<OpFoldResult> strides(offsets.size(), builder.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(
      builder, loc, cast<RankedTensorType>(like.getType()), dy, offsets,
      buildSizes(builder, loc, like), strides);
}

namespace {

/// For an op of one result; `Rule::build` gives the cotangent of one operand.
template <typename Rule, typename OpTy>
struct TensorModel : DifferentiableOpInterface::ExternalModel<Rule, OpTy> {
  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    SmallVector<Value> result;
    for (Value value : wanted) {
      Value sum;
      for (OpOperand &operand : op->getOpOperands()) {
        if (operand.get() != value)
          continue;
        FailureOr<Value> part =
            Rule::build(builder, op->getLoc(), cast<OpTy>(op),
                        cotangents.front(), operand.getOperandNumber());
        if (failed(part))
          return failure();
        sum = buildSum(builder, op->getLoc(), sum, *part);
      }
      result.push_back(sum);
    }
    return result;
  }
};

struct CastRule : TensorModel<CastRule, tensor::CastOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::CastOp op, Value dy, unsigned) {
    return Value(
        tensor::CastOp::create(builder, loc, op.getSource().getType(), dy));
  }
};

struct ExtractSliceRule
    : TensorModel<ExtractSliceRule, tensor::ExtractSliceOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::ExtractSliceOp op, Value dy, unsigned) {
    Value zero = buildZero(builder, loc, op.getSource());
    return Value(tensor::InsertSliceOp::create(
        builder, loc, dy, zero, op.getMixedOffsets(), op.getMixedSizes(),
        op.getMixedStrides()));
  }
};

struct InsertSliceRule : TensorModel<InsertSliceRule, tensor::InsertSliceOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::InsertSliceOp op, Value dy,
                                unsigned operand) {
    if (operand == op.getSourceMutable().getOperandNumber())
      return Value(tensor::ExtractSliceOp::create(
          builder, loc, op.getSourceType(), dy, op.getMixedOffsets(),
          op.getMixedSizes(), op.getMixedStrides()));
    Value zero = buildZero(builder, loc, op.getSource());
    return Value(tensor::InsertSliceOp::create(
        builder, loc, zero, dy, op.getMixedOffsets(), op.getMixedSizes(),
        op.getMixedStrides()));
  }
};

struct ExpandShapeRule : TensorModel<ExpandShapeRule, tensor::ExpandShapeOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::ExpandShapeOp op, Value dy, unsigned) {
    return Value(tensor::CollapseShapeOp::create(
        builder, loc, op.getSrcType(), dy, op.getReassociationIndices()));
  }
};

struct CollapseShapeRule
    : TensorModel<CollapseShapeRule, tensor::CollapseShapeOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::CollapseShapeOp op, Value dy,
                                unsigned) {
    return Value(tensor::ExpandShapeOp::create(
        builder, loc, op.getSrcType(), dy, op.getReassociationIndices(),
        buildSizes(builder, loc, op.getSrc())));
  }
};

struct SplatRule : TensorModel<SplatRule, tensor::SplatOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::SplatOp op, Value dy, unsigned) {
    int64_t rank = op.getType().getRank();
    Value empty = tensor::EmptyOp::create(builder, loc, ArrayRef<int64_t>{},
                                          op.getInput().getType());
    Value zero = buildZero(builder, loc, empty);
    SmallVector<AffineMap> maps{
        builder.getMultiDimIdentityMap(rank),
        AffineMap::get(rank, 0, {}, builder.getContext())};
    SmallVector<utils::IteratorType> loops(rank,
                                           utils::IteratorType::reduction);
    auto sum = linalg::GenericOp::create(
        builder, loc, zero.getType(), dy, zero, maps, loops,
        [](OpBuilder &b, Location loc, ValueRange args) {
          Value sum = arith::AddFOp::create(b, loc, args[1], args[0]);
          linalg::YieldOp::create(b, loc, sum);
        });
    return Value(tensor::ExtractOp::create(builder, loc, sum.getResult(0),
                                           ValueRange()));
  }
};

struct ConcatRule : TensorModel<ConcatRule, tensor::ConcatOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::ConcatOp op, Value dy,
                                unsigned operand) {
    int64_t dim = op.getDim();
    SmallVector<OpFoldResult> offsets(op.getRank(), builder.getIndexAttr(0));
    for (Value before : op.getInputs().take_front(operand))
      offsets[dim] = buildIndexSum(builder, loc, offsets[dim],
                                   buildSizes(builder, loc, before)[dim]);
    Value input = op.getInputs()[operand];
    return buildSlice(builder, loc, dy, input, offsets);
  }
};

struct PadRule : TensorModel<PadRule, tensor::PadOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::PadOp op, Value dy, unsigned) {
    return buildSlice(builder, loc, dy, op.getSource(), op.getMixedLowPad());
  }

  FailureOr<SmallVector<Value>> buildVJP(Operation *op, OpBuilder &builder,
                                         ValueRange cotangents,
                                         ValueRange wanted) const {
    for (Value captured : getCapturedValues(op))
      if (llvm::is_contained(wanted, captured))
        return op->emitOpError(
            "has no derivative with respect to what it pads with; pad with a "
            "constant, or insert the tensor into one that is filled");
    return TensorModel::buildVJP(op, builder, cotangents, wanted);
  }
};

struct InsertRule : TensorModel<InsertRule, tensor::InsertOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::InsertOp op, Value dy,
                                unsigned operand) {
    if (operand == op.getScalarMutable().getOperandNumber())
      return Value(
          tensor::ExtractOp::create(builder, loc, dy, op.getIndices()));
    Value zero = buildZero(builder, loc, op.getScalar());
    return Value(
        tensor::InsertOp::create(builder, loc, zero, dy, op.getIndices()));
  }
};

struct ReshapeRule : TensorModel<ReshapeRule, tensor::ReshapeOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::ReshapeOp op, Value dy, unsigned) {
    SmallVector<Value> sizes = getValueOrCreateConstantIndexOp(
        builder, loc, buildSizes(builder, loc, op.getSource()));
    auto shapeType =
        RankedTensorType::get(sizes.size(), builder.getIndexType());
    Value shape =
        tensor::FromElementsOp::create(builder, loc, shapeType, sizes);
    return Value(tensor::ReshapeOp::create(
        builder, loc, op.getSource().getType(), dy, shape));
  }
};

struct FromElementsRule
    : TensorModel<FromElementsRule, tensor::FromElementsOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::FromElementsOp op, Value dy,
                                unsigned operand) {
    SmallVector<Value> indices(op.getType().getRank());
    for (auto [dim, index] :
         llvm::reverse(llvm::zip_equal(op.getType().getShape(), indices))) {
      index = arith::ConstantIndexOp::create(builder, loc, operand % dim);
      operand /= dim;
    }
    return Value(tensor::ExtractOp::create(builder, loc, dy, indices));
  }
};

struct ExtractRule : TensorModel<ExtractRule, tensor::ExtractOp> {
  static FailureOr<Value> build(OpBuilder &builder, Location loc,
                                tensor::ExtractOp op, Value dy, unsigned) {
    if (op.getTensor().getType().getRank() == 0)
      return Value(tensor::FromElementsOp::create(
          builder, loc, op.getTensor().getType(), dy));
    return op->emitOpError(
        "has no derivative: it reads one element of a tensor that depends on "
        "a parameter; use tensor.extract_slice or gradopt.embedding");
  }
};

} // namespace

void gradopt::registerTensorDifferentiableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    tensor::CastOp::attachInterface<CastRule>(*context);
    tensor::ExtractSliceOp::attachInterface<ExtractSliceRule>(*context);
    tensor::InsertSliceOp::attachInterface<InsertSliceRule>(*context);
    tensor::ExpandShapeOp::attachInterface<ExpandShapeRule>(*context);
    tensor::CollapseShapeOp::attachInterface<CollapseShapeRule>(*context);
    tensor::ConcatOp::attachInterface<ConcatRule>(*context);
    tensor::PadOp::attachInterface<PadRule>(*context);
    tensor::InsertOp::attachInterface<InsertRule>(*context);
    tensor::ReshapeOp::attachInterface<ReshapeRule>(*context);
    tensor::SplatOp::attachInterface<SplatRule>(*context);
    tensor::FromElementsOp::attachInterface<FromElementsRule>(*context);
    tensor::ExtractOp::attachInterface<ExtractRule>(*context);
  });
}
