//===- GradOptBatchableOpInterfaceImpl.cpp - gradopt ops on all steps -----===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Norms, losses and counts give one value for a whole tensor, and random
// choices depend on the step: none of them says for a sequence what it says for
// a step.

#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Implementations/Implementations.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// The same op on sequences. `Rule::isSame` says when it is the same; operand
/// number `Rule::valueNumber` alone may vary.
template <typename Rule, typename OpTy, StepWork work>
struct SameOpModel : BatchableOpInterface::ExternalModel<Rule, OpTy> {
  StepWork getStepWork(Operation *) const { return work; }

  bool isBatchable(Operation *op, const StepBatch &batch) const {
    for (OpOperand &operand : op->getOpOperands())
      if (operand.getOperandNumber() != Rule::valueNumber &&
          batch.varies(operand.get()))
        return false;
    return Rule::isSame(cast<OpTy>(op));
  }

  SmallVector<Value> buildBatch(Operation *op, OpBuilder &builder,
                                const StepBatch &batch) const {
    SmallVector<Value> operands(op->getOperands());
    operands[Rule::valueNumber] =
        batch.getSequence(builder, op->getLoc(), operands[Rule::valueNumber]);
    SmallVector<Type> types;
    for (Type type : op->getResultTypes())
      types.push_back(batch.getSequenceType(cast<RankedTensorType>(type)));
    return builder
        .create(op->getLoc(), op->getName().getIdentifier(), operands, types,
                op->getAttrs())
        ->getResults();
  }
};

struct EmbeddingModel
    : SameOpModel<EmbeddingModel, EmbeddingOp, StepWork::Other> {
  static constexpr unsigned valueNumber = 1;
  static bool isSame(EmbeddingOp) { return true; }
};

/// No view: there is one marker for a gradient, in the scan or outside.
struct GradientModel
    : SameOpModel<GradientModel, GradientOp, StepWork::Pointwise> {
  static constexpr unsigned valueNumber = 0;
  static bool isSame(GradientOp) { return true; }
};

struct ClipByValueModel
    : SameOpModel<ClipByValueModel, ClipByValueOp, StepWork::Pointwise> {
  static constexpr unsigned valueNumber = 0;
  static bool isSame(ClipByValueOp) { return true; }
};

/// A row of a step is a row of the sequence.
struct ClipByNormModel
    : SameOpModel<ClipByNormModel, ClipByNormOp, StepWork::Other> {
  static constexpr unsigned valueNumber = 0;
  static bool isSame(ClipByNormOp op) { return op.getRows(); }
};

struct ClipCotangentModel
    : SameOpModel<ClipCotangentModel, ClipCotangentOp, StepWork::Pointwise> {
  static constexpr unsigned valueNumber = 0;
  static bool isSame(ClipCotangentOp op) { return !op.getWhole(); }
};
} // namespace

void gradopt::registerGradOptBatchableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, GradOptDialect *) {
    EmbeddingOp::attachInterface<EmbeddingModel>(*context);
    GradientOp::attachInterface<GradientModel>(*context);
    ClipByValueOp::attachInterface<ClipByValueModel>(*context);
    ClipByNormOp::attachInterface<ClipByNormModel>(*context);
    ClipCotangentOp::attachInterface<ClipCotangentModel>(*context);
  });
}
