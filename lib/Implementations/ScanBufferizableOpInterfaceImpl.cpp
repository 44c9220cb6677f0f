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

/// The results whose buffer a carry's rows are.
static SmallVector<OpResult> getResultsInRows(ScanOp scan, unsigned carry) {
  SmallVector<OpResult> results = {
      cast<OpResult>(scan.getFinalCarries()[carry])};
  if (std::optional<unsigned> history = findHistory(scan, carry))
    results.push_back(cast<OpResult>(scan.getHistoryResults()[*history]));
  for (auto [i, output] : llvm::enumerate(scan.getOutputs()))
    if (findCarryOfOutput(scan, i) == carry)
      results.push_back(cast<OpResult>(output));
  return results;
}

/// The carry in whose rows a result lies.
static std::optional<unsigned> findCarryOfResult(ScanOp scan, unsigned number) {
  if (number < scan.getNumCarries())
    return number;
  number -= scan.getNumCarries();
  if (number < scan.getNumOutputs())
    return findCarryOfOutput(scan, number);
  number -= scan.getNumOutputs();
  int64_t carry = scan.getHistories()[number];
  if (findHistory(scan, carry) == number)
    return carry;
  return std::nullopt;
}

/// Whether something in the body is made in the place of an input's slice.
static bool isOverwritten(BlockArgument slice, const AnalysisState &state) {
  SmallVector<Value> places = {slice};
  llvm::SmallDenseSet<Value> seen = {slice};
  while (!places.empty()) {
    Value place = places.pop_back_val();
    for (OpOperand &use : place.getUses()) {
      if (state.bufferizesToMemoryWrite(use))
        return true;
      for (AliasingValue alias : state.getAliasingValues(use))
        if (seen.insert(alias.value).second)
          places.push_back(alias.value);
    }
  }
  return false;
}

/// Whether the body may make values in the place of an input's slices: nothing
/// else uses the input, and the step makes it itself. Where that is not so, a
/// slice is copied in its step, which takes less memory than a copy of the
/// input.
static bool isConsumed(ScanOp scan, unsigned input,
                       const AnalysisState &state) {
  Value value = scan.getInputs()[input];
  Operation *producer = value.getDefiningOp();
  return value.hasOneUse() && producer &&
         !isa<ToTensorOp, arith::ConstantOp>(producer) &&
         isOverwritten(scan.getSliceArgs()[input], state);
}

/// The type of an output that consists of a carry's rows.
static FailureOr<BufferLikeType>
getOutputRowsType(ScanOp scan, unsigned output,
                  const BufferizationOptions &options) {
  int64_t count = scan.getStaticCount();
  auto type =
      cast<RankedTensorType>(scan.getYieldedOutputs()[output].getType());
  FailureOr<MemRefType> rows =
      getAllocType(scan,
                   ScanOp::getSequenceType(
                       type, ShapedType::isDynamic(count) ? count : count + 1),
                   options);
  if (failed(rows))
    return failure();
  return cast<BufferLikeType>(getRowsType(*rows, count));
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
  bool bufferizesToMemoryWrite(Operation *op, OpOperand &operand,
                               const AnalysisState &state) const {
    auto scan = cast<ScanOp>(op);
    unsigned first = op->getNumOperands() - scan.getInputs().size();
    return operand.getOperandNumber() >= first &&
           isConsumed(scan, operand.getOperandNumber() - first, state);
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

  bool isWritable(Operation *op, Value value,
                  const AnalysisState &state) const {
    auto scan = cast<ScanOp>(op);
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      // A row of a carry must stay as it is, and so must an input that is used
      // elsewhere.
      unsigned carry = argument.getArgNumber() - 1;
      if (carry < scan.getNumCarries())
        return !findRowsReverse(scan, carry);
      return isConsumed(scan, carry - scan.getNumCarries(), state);
    }
    // The final value of a carry is one of its rows, if these are kept, and its
    // history and outputs are the rows.
    auto result = cast<OpResult>(value);
    std::optional<unsigned> carry =
        findCarryOfResult(scan, result.getResultNumber());
    return !carry ||
           llvm::all_of(getResultsInRows(scan, *carry), [&](OpResult other) {
             return other == result || other.use_empty();
           });
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
    if (auto result = dyn_cast<OpResult>(value)) {
      unsigned output = result.getResultNumber() - scan.getNumCarries();
      if (output < scan.getNumOutputs() && findCarryOfOutput(scan, output))
        return getOutputRowsType(scan, output, options);
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
