//===- LinalgBatchableOpInterfaceImpl.cpp - linalg over all steps ---------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Transforms/Contractions.h"
#include "gradopt/Implementations/Implementations.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

/// The map of an operand in loops of which the first is time.
static AffineMap addTime(AffineMap map, bool varies) {
  AffineMap shifted = map.shiftDims(1);
  if (!varies)
    return shifted;
  return shifted.insertResult(getAffineDimExpr(0, map.getContext()), 0);
}

/// The body of `op` for time 0 of the loops, with what varies in it.
static void buildBody(OpBuilder &builder, Location loc, LinalgOp op,
                      const StepBatch &batch,
                      ArrayRef<BlockArgument> bodyArguments, ValueRange values,
                      ArrayRef<OpOperand *> scalars) {
  IRMapping mapping;
  mapping.map(bodyArguments, values);
  Value time;
  IRMapping known;
  auto getTime = [&] {
    if (!time)
      time = linalg::IndexOp::create(builder, loc, 0);
    return time;
  };
  auto getScalar = [&](Value value) {
    return batch.buildScalar(builder, loc, value, getTime(), known);
  };
  for (OpOperand *operand : scalars)
    mapping.map(op.getMatchingBlockArgument(operand),
                getScalar(operand->get()));
  for (Value captured : getCapturedValues(op)) {
    if (!batch.varies(captured))
      continue;
    if (isa<RankedTensorType>(captured.getType()))
      getTime();
    else
      mapping.map(captured, getScalar(captured));
  }

  Block *body = op.getBlock();
  for (Operation &inner : *body) {
    Operation *clone = builder.clone(inner, mapping);
    clone->walk(
        [](linalg::IndexOp index) { index.setDim(index.getDim() + 1); });
    SmallVector<tensor::ExtractOp> extracts;
    clone->walk([&](tensor::ExtractOp extract) {
      if (batch.varies(extract.getTensor()))
        extracts.push_back(extract);
    });
    for (tensor::ExtractOp extract : extracts) {
      extract.getIndicesMutable().assign([&] {
        SmallVector<Value> indices = {time};
        llvm::append_range(indices, extract.getIndices());
        return indices;
      }());
      extract.getTensorMutable().assign(
          batch.lookupSequence(extract.getTensor()));
    }
  }
}

static SmallVector<Value> buildGeneric(LinalgOp op, OpBuilder &builder,
                                       const StepBatch &batch) {
  Location loc = op.getLoc();
  SmallVector<Value> inputs, inits;
  SmallVector<AffineMap> maps;
  SmallVector<OpOperand *> scalars;
  SmallVector<BlockArgument> bodyArguments;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    Value value = operand->get();
    if (batch.varies(value) && !isa<RankedTensorType>(value.getType())) {
      scalars.push_back(operand);
      continue;
    }
    Value sequence = batch.lookupSequence(value);
    inputs.push_back(sequence ? sequence : value);
    maps.push_back(
        addTime(op.getMatchingIndexingMap(operand), sequence != nullptr));
    bodyArguments.push_back(op.getMatchingBlockArgument(operand));
  }
  unsigned numInputArguments = bodyArguments.size();
  unsigned numArguments = op.getBlock()->getNumArguments();
  for (OpOperand &operand : op.getDpsInitsMutable()) {
    inits.push_back(batch.getSequence(builder, loc, operand.get()));
    maps.push_back(addTime(op.getMatchingIndexingMap(&operand), true));
    // Some bodies have no argument for what is only written.
    if (operand.getOperandNumber() < numArguments)
      bodyArguments.push_back(op.getMatchingBlockArgument(&operand));
  }
  SmallVector<utils::IteratorType> loops = op.getIteratorTypesArray();
  loops.insert(loops.begin(), utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, ValueRange(inits).getTypes(), inputs, inits, maps, loops,
      [&](OpBuilder &b, Location loc, ValueRange args) {
        SmallVector<Value> values(args.take_front(numInputArguments));
        llvm::append_range(
            values, args.drop_front(inputs.size())
                        .take_front(bodyArguments.size() - numInputArguments));
        buildBody(b, loc, op, batch, bodyArguments, values, scalars);
      });
  return SmallVector<Value>(generic.getResults());
}

/// A contraction of which a factor varies, with one element type, which is what
/// `linalg.contract` says.
static bool isPlainContraction(LinalgOp op, const StepBatch &batch) {
  if (!getContraction(op))
    return false;
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  Type type = getElementTypeOrSelf(op->getResult(0).getType());
  return (batch.lookupSequence(lhs) || batch.lookupSequence(rhs)) &&
         getElementTypeOrSelf(lhs.getType()) == type &&
         getElementTypeOrSelf(rhs.getType()) == type;
}

static Value buildBatchedContraction(LinalgOp op, OpBuilder &builder,
                                     const StepBatch &batch) {
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    Value sequence = batch.lookupSequence(operand->get());
    operands.push_back(sequence ? sequence : operand->get());
    maps.push_back(
        addTime(op.getMatchingIndexingMap(operand), sequence != nullptr));
  }
  OpOperand &init = *op.getDpsInitOperand(0);
  maps.push_back(addTime(op.getMatchingIndexingMap(&init), true));
  return buildContraction(builder, op.getLoc(), operands[0], operands[1],
                          batch.getSequence(builder, op.getLoc(), init.get()),
                          maps);
}

/// Casts what has other static sizes than the results of a step say.
static void castResults(OpBuilder &builder, Operation *op,
                        const StepBatch &batch, SmallVector<Value> &sequences) {
  for (auto [result, sequence] : llvm::zip_equal(op->getResults(), sequences))
    sequence =
        castTo(builder, sequence,
               batch.getSequenceType(cast<RankedTensorType>(result.getType())));
}

namespace {
struct LinalgModel : BatchableOpInterface::FallbackModel<LinalgModel> {
  static StepWork getStepWork(Operation *op) {
    return isPointwise(op) || isa<linalg::FillOp>(op) ? StepWork::Pointwise
                                                      : StepWork::Other;
  }

  static bool isBatchable(Operation *op, const StepBatch &batch) {
    auto linalgOp = cast<LinalgOp>(op);
    if (!linalgOp.hasPureTensorSemantics())
      return false;
    // A tensor that the body reads elements of gets time as one more index.
    for (Value captured : getCapturedValues(op))
      if (batch.varies(captured) && !captured.getType().isIntOrIndexOrFloat() &&
          !llvm::all_of(captured.getUses(), [&](OpOperand &use) {
            return !op->isProperAncestor(use.getOwner()) ||
                   isa<tensor::ExtractOp>(use.getOwner());
          }))
        return false;
    return true;
  }

  static SmallVector<Value> buildBatch(Operation *op, OpBuilder &builder,
                                       const StepBatch &batch) {
    auto linalgOp = cast<LinalgOp>(op);
    SmallVector<Value> sequences =
        isPlainContraction(linalgOp, batch)
            ? SmallVector<Value>{buildBatchedContraction(linalgOp, builder,
                                                         batch)}
            : buildGeneric(linalgOp, builder, batch);
    castResults(builder, op, batch, sequences);
    return sequences;
  }
};
} // namespace

void gradopt::registerLinalgBatchableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    for (RegisteredOperationName name : context->getRegisteredOperations())
      if (name.hasInterface<LinalgOp>())
        name.attachInterface<LinalgModel>();
  });
}
