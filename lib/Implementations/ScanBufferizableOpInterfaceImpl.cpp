//===- ScanBufferizableOpInterfaceImpl.cpp - Bufferization of a scan ------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanLowering.h"
#include "gradopt/Implementations/Implementations.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::gradopt;

/// The type of two slots for a carry.
static FailureOr<MemRefType> getSlotsType(ScanOp scan, Type carry,
                                          const BufferizationOptions &options) {
  return getAllocType(
      scan, ScanOp::getSequenceType(cast<RankedTensorType>(carry), 2), options);
}

namespace {
struct ScanModel
    : public BufferizableOpInterface::ExternalModel<ScanModel, ScanOp> {
  // Also a scan of scalars alone becomes a loop here.
  bool hasTensorSemantics(Operation *) const { return true; }

  bool bufferizesToAllocation(Operation *, Value value) const {
    return isa<OpResult>(value);
  }
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }
  AliasingOpOperandList getAliasingOpOperands(Operation *, Value,
                                              const AnalysisState &) const {
    return {};
  }
  bool isRepetitiveRegion(Operation *, unsigned) const { return true; }

  bool isWritable(Operation *op, Value value, const AnalysisState &) const {
    auto scan = cast<ScanOp>(op);
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      // A row of a history must stay as it is, and so must an input.
      unsigned carry = argument.getArgNumber() - 1;
      return carry < scan.getNumCarries() && !findHistory(scan, carry);
    }
    // The final value of a carry with a history is a row of that history.
    unsigned number = cast<OpResult>(value).getResultNumber();
    if (number < scan.getNumCarries()) {
      std::optional<unsigned> history = findHistory(scan, number);
      return !history || scan.getHistoryResults()[*history].use_empty();
    }
    number -= scan.getNumCarries();
    if (number < scan.getNumOutputs())
      return true;
    int64_t carry = scan.getHistories()[number - scan.getNumOutputs()];
    return scan.getFinalCarries()[carry].use_empty();
  }

  FailureOr<BufferLikeType>
  getBufferType(Operation *op, Value value, const BufferizationOptions &options,
                const BufferizationState &state,
                SmallVector<Value> &invocationStack) const {
    auto scan = cast<ScanOp>(op);
    unsigned carry = isa<BlockArgument>(value)
                         ? cast<BlockArgument>(value).getArgNumber() - 1
                         : cast<OpResult>(value).getResultNumber();
    if (carry < scan.getNumCarries()) {
      FailureOr<MemRefType> slots =
          getSlotsType(scan, value.getType(), options);
      if (failed(slots))
        return failure();
      return cast<BufferLikeType>(getRowType(*slots));
    }
    if (isa<OpResult>(value)) {
      FailureOr<MemRefType> type =
          getAllocType(scan, cast<TensorType>(value.getType()), options);
      if (failed(type))
        return failure();
      return cast<BufferLikeType>(*type);
    }
    FailureOr<BufferLikeType> input = bufferization::getBufferType(
        scan.getInputs()[carry - scan.getNumCarries()], options, state,
        invocationStack);
    if (failed(input))
      return failure();
    return cast<BufferLikeType>(getRowType(cast<MemRefType>(*input)));
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    return lowerBufferizedScan(cast<ScanOp>(op), rewriter, options, state);
  }
};

/// What is yielded is read at the end of the step, and copied.
struct YieldModel
    : public BufferizableOpInterface::ExternalModel<YieldModel, YieldOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }
  // The scan's bufferization replaces it.
  LogicalResult bufferize(Operation *, RewriterBase &,
                          const BufferizationOptions &,
                          BufferizationState &) const {
    return success();
  }
};
} // namespace

void gradopt::registerScanBufferizableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, GradOptDialect *) {
    ScanOp::attachInterface<ScanModel>(*context);
    YieldOp::attachInterface<YieldModel>(*context);
    // What `bufferize` creates.
    context->loadDialect<arith::ArithDialect, BufferizationDialect,
                         memref::MemRefDialect, scf::SCFDialect>();
  });
}
