//===- TensorBatchableOpInterfaceImpl.cpp - tensor over all steps ---------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Implementations/Implementations.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::gradopt;

static RankedTensorType getResultType(Operation *op, const StepBatch &batch) {
  return batch.getSequenceType(
      cast<RankedTensorType>(op->getResult(0).getType()));
}

/// `sizes` behind the size, the offset or the stride of time.
static SmallVector<OpFoldResult> withTime(OpFoldResult time,
                                          ArrayRef<OpFoldResult> others) {
  SmallVector<OpFoldResult> all = {time};
  llvm::append_range(all, others);
  return all;
}

static SmallVector<ReassociationIndices>
withTime(ArrayRef<ReassociationIndices> groups) {
  SmallVector<ReassociationIndices> all = {{0}};
  for (const ReassociationIndices &group : groups)
    all.push_back(
        llvm::map_to_vector<2>(group, [](int64_t dim) { return dim + 1; }));
  return all;
}

/// Whether none of the operands from number `first` on varies.
static bool areConstant(Operation *op, unsigned first, const StepBatch &batch) {
  return llvm::none_of(op->getOperands().drop_front(first),
                       [&](Value value) { return batch.varies(value); });
}

namespace {
template <typename Model, typename OpTy, StepWork work>
struct TensorModel : BatchableOpInterface::ExternalModel<Model, OpTy> {
  StepWork getStepWork(Operation *) const { return work; }

  /// Offsets, sizes and the like are the same for all steps.
  bool isBatchable(Operation *op, const StepBatch &batch) const {
    return areConstant(op, Model::numTensors, batch);
  }

  SmallVector<Value> buildBatch(Operation *op, OpBuilder &builder,
                                const StepBatch &batch) const {
    return {Model::build(cast<OpTy>(op), builder, op->getLoc(), batch)};
  }
};

struct CastModel : TensorModel<CastModel, tensor::CastOp, StepWork::View> {
  bool isBatchable(Operation *op, const StepBatch &) const {
    return isa<RankedTensorType>(op->getOperand(0).getType()) &&
           isa<RankedTensorType>(op->getResult(0).getType());
  }
  static Value build(tensor::CastOp op, OpBuilder &builder, Location loc,
                     const StepBatch &batch) {
    return tensor::CastOp::create(
        builder, loc, getResultType(op, batch),
        batch.getSequence(builder, loc, op.getSource()));
  }
};

struct ExtractSliceModel
    : TensorModel<ExtractSliceModel, tensor::ExtractSliceOp, StepWork::View> {
  static constexpr unsigned numTensors = 1;
  static Value build(tensor::ExtractSliceOp op, OpBuilder &builder,
                     Location loc, const StepBatch &batch) {
    return tensor::ExtractSliceOp::create(
        builder, loc, getResultType(op, batch),
        batch.getSequence(builder, loc, op.getSource()),
        withTime(builder.getIndexAttr(0), op.getMixedOffsets()),
        withTime(batch.getCount(), op.getMixedSizes()),
        withTime(builder.getIndexAttr(1), op.getMixedStrides()));
  }
};

struct InsertSliceModel : TensorModel<InsertSliceModel, tensor::InsertSliceOp,
                                      StepWork::Pointwise> {
  static constexpr unsigned numTensors = 2;
  static Value build(tensor::InsertSliceOp op, OpBuilder &builder, Location loc,
                     const StepBatch &batch) {
    return tensor::InsertSliceOp::create(
        builder, loc, batch.getSequence(builder, loc, op.getSource()),
        batch.getSequence(builder, loc, op.getDest()),
        withTime(builder.getIndexAttr(0), op.getMixedOffsets()),
        withTime(batch.getCount(), op.getMixedSizes()),
        withTime(builder.getIndexAttr(1), op.getMixedStrides()));
  }
};

struct ExpandShapeModel
    : TensorModel<ExpandShapeModel, tensor::ExpandShapeOp, StepWork::View> {
  static constexpr unsigned numTensors = 1;
  static Value build(tensor::ExpandShapeOp op, OpBuilder &builder, Location loc,
                     const StepBatch &batch) {
    return tensor::ExpandShapeOp::create(
        builder, loc, getResultType(op, batch),
        batch.getSequence(builder, loc, op.getSrc()),
        withTime(op.getReassociationIndices()),
        withTime(batch.getCount(), op.getMixedOutputShape()));
  }
};

struct CollapseShapeModel
    : TensorModel<CollapseShapeModel, tensor::CollapseShapeOp, StepWork::View> {
  static constexpr unsigned numTensors = 1;
  static Value build(tensor::CollapseShapeOp op, OpBuilder &builder,
                     Location loc, const StepBatch &batch) {
    return tensor::CollapseShapeOp::create(
        builder, loc, getResultType(op, batch),
        batch.getSequence(builder, loc, op.getSrc()),
        withTime(op.getReassociationIndices()));
  }
};

struct ConcatModel
    : TensorModel<ConcatModel, tensor::ConcatOp, StepWork::Pointwise> {
  bool isBatchable(Operation *, const StepBatch &) const { return true; }
  static Value build(tensor::ConcatOp op, OpBuilder &builder, Location loc,
                     const StepBatch &batch) {
    SmallVector<Value> inputs;
    for (Value input : op.getInputs())
      inputs.push_back(batch.getSequence(builder, loc, input));
    return tensor::ConcatOp::create(builder, loc, getResultType(op, batch),
                                    op.getDim() + 1, inputs);
  }
};

struct PadModel : TensorModel<PadModel, tensor::PadOp, StepWork::Pointwise> {
  static constexpr unsigned numTensors = 1;
  bool isBatchable(Operation *op, const StepBatch &batch) const {
    Value padding = cast<tensor::PadOp>(op).getConstantPaddingValue();
    return padding &&
           (isDefinedIn(padding, op->getRegion(0)) || !batch.varies(padding)) &&
           areConstant(op, numTensors, batch);
  }
  static Value build(tensor::PadOp op, OpBuilder &builder, Location loc,
                     const StepBatch &batch) {
    Value padding = op.getConstantPaddingValue();
    // A constant of the pad's own body stays behind with it.
    if (isDefinedIn(padding, op.getRegion()))
      padding = builder.clone(*padding.getDefiningOp())->getResult(0);
    OpFoldResult none = builder.getIndexAttr(0);
    return tensor::PadOp::create(
        builder, loc, getResultType(op, batch),
        batch.getSequence(builder, loc, op.getSource()),
        withTime(none, op.getMixedLowPad()),
        withTime(none, op.getMixedHighPad()), padding, op.getNofold());
  }
};

/// One scalar for every element of the result.
template <typename OpTy>
struct ScalarModel : TensorModel<ScalarModel<OpTy>, OpTy, StepWork::Pointwise> {
  bool isBatchable(Operation *op, const StepBatch &batch) const {
    if (isa<tensor::FromElementsOp>(op))
      return op->getNumOperands() == 1;
    return areConstant(op, 1, batch);
  }
  static Value build(OpTy op, OpBuilder &builder, Location loc,
                     const StepBatch &batch) {
    Value scalar = op->getOperand(0);
    auto type = getResultType(op, batch);
    SmallVector<OpFoldResult> sizes = {batch.getCount()};
    for (auto [dim, size] : llvm::enumerate(type.getShape().drop_front()))
      sizes.push_back(ShapedType::isStatic(size)
                          ? OpFoldResult(builder.getIndexAttr(size))
                          : op->getOperand(1 +
                                           type.getDynamicDimIndex(dim + 1) -
                                           type.isDynamicDim(0)));
    Value empty = tensor::EmptyOp::create(
        builder, loc, sizes, type.getElementType(), type.getEncoding());
    SmallVector<utils::IteratorType> loops(type.getRank(),
                                           utils::IteratorType::parallel);
    return linalg::GenericOp::create(
               builder, loc, type, ValueRange(), empty,
               builder.getMultiDimIdentityMap(type.getRank()), loops,
               [&](OpBuilder &b, Location loc, ValueRange) {
                 IRMapping known;
                 Value time = linalg::IndexOp::create(b, loc, 0);
                 linalg::YieldOp::create(
                     b, loc, batch.buildScalar(b, loc, scalar, time, known));
               })
        .getResult(0);
  }
};
} // namespace

void gradopt::registerTensorBatchableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    tensor::CastOp::attachInterface<CastModel>(*context);
    tensor::ExtractSliceOp::attachInterface<ExtractSliceModel>(*context);
    tensor::InsertSliceOp::attachInterface<InsertSliceModel>(*context);
    tensor::ExpandShapeOp::attachInterface<ExpandShapeModel>(*context);
    tensor::CollapseShapeOp::attachInterface<CollapseShapeModel>(*context);
    tensor::ConcatOp::attachInterface<ConcatModel>(*context);
    tensor::PadOp::attachInterface<PadModel>(*context);
    tensor::SplatOp::attachInterface<ScalarModel<tensor::SplatOp>>(*context);
    tensor::FromElementsOp::attachInterface<
        ScalarModel<tensor::FromElementsOp>>(*context);
  });
}
