//===- ElementwiseBatchableOpInterfaceImpl.cpp - arith, math on all steps -===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Implementations/Implementations.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::gradopt;

/// The op on scalars, element by element: what is constant in time is not
/// repeated in memory.
static Value buildGeneric(Operation *op, OpBuilder &builder,
                          const StepBatch &batch) {
  Location loc = op->getLoc();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  AffineMap all = builder.getMultiDimIdentityMap(type.getRank() + 1);
  for (Value operand : op->getOperands()) {
    if (!isa<RankedTensorType>(operand.getType()))
      continue;
    Value sequence = batch.lookupSequence(operand);
    inputs.push_back(sequence ? sequence : operand);
    maps.push_back(sequence ? all : all.dropResult(0));
  }
  Value like = *llvm::find_if(op->getOperands(), [](Value operand) {
    return isa<RankedTensorType>(operand.getType());
  });
  Value empty = batch.buildEmpty(builder, loc, like, type.getElementType());
  maps.push_back(all);
  SmallVector<utils::IteratorType> loops(type.getRank() + 1,
                                         utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, empty.getType(), inputs, empty, maps, loops,
             [&](OpBuilder &b, Location loc, ValueRange args) {
               IRMapping known;
               Value time;
               SmallVector<Value> operands;
               for (Value operand : op->getOperands()) {
                 if (isa<RankedTensorType>(operand.getType())) {
                   operands.push_back(args.front());
                   args = args.drop_front();
                   continue;
                 }
                 if (batch.varies(operand) && !time)
                   time = linalg::IndexOp::create(b, loc, 0);
                 operands.push_back(
                     batch.buildScalar(b, loc, operand, time, known));
               }
               Operation *scalar =
                   b.create(loc, op->getName().getIdentifier(), operands,
                            type.getElementType(), op->getAttrs());
               linalg::YieldOp::create(b, loc, scalar->getResults());
             })
      .getResult(0);
}

namespace {
/// For every op that does the same to each element.
struct ElementwiseModel
    : BatchableOpInterface::FallbackModel<ElementwiseModel> {
  static StepWork getStepWork(Operation *) { return StepWork::Pointwise; }

  static bool isBatchable(Operation *op, const StepBatch &) {
    return op->getNumResults() == 1 &&
           isa<RankedTensorType>(op->getResult(0).getType()) &&
           llvm::all_of(op->getOperandTypes(), [](Type type) {
             return isa<RankedTensorType>(type) || type.isIntOrIndexOrFloat();
           });
  }

  static SmallVector<Value> buildBatch(Operation *op, OpBuilder &builder,
                                       const StepBatch &batch) {
    auto type = batch.getSequenceType(
        cast<RankedTensorType>(op->getResult(0).getType()));
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      if (Value sequence = batch.lookupSequence(operand);
          sequence && isa<RankedTensorType>(operand.getType()))
        operands.push_back(sequence);
    Value result;
    if (operands.size() == op->getNumOperands())
      result = builder
                   .create(op->getLoc(), op->getName().getIdentifier(),
                           operands, type, op->getAttrs())
                   ->getResult(0);
    else
      result = buildGeneric(op, builder, batch);
    if (result.getType() != type)
      result = tensor::CastOp::create(builder, op->getLoc(), type, result);
    return {result};
  }
};
} // namespace

static void attach(MLIRContext *context, Dialect *dialect) {
  for (RegisteredOperationName name : context->getRegisteredOperations())
    if (name.getDialectNamespace() == dialect->getNamespace() &&
        name.hasTrait<OpTrait::Elementwise>() &&
        name.hasTrait<OpTrait::Scalarizable>() &&
        name.hasTrait<OpTrait::Vectorizable>() &&
        name.hasTrait<OpTrait::Tensorizable>())
      name.attachInterface<ElementwiseModel>();
}

void gradopt::registerElementwiseBatchableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(
      +[](MLIRContext *context, arith::ArithDialect *dialect) {
        attach(context, dialect);
      });
  registry.addExtension(+[](MLIRContext *context, math::MathDialect *dialect) {
    attach(context, dialect);
  });
}
