//===- MoveBehindScan.cpp - Ops of a step for all steps at once -----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MoveBehindScan.h"
#include "Contractions.h"
#include "HistoryRows.h"
#include "ScanEditor.h"
#include "StepAnalysis.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

using namespace mlir;
using namespace mlir::gradopt;

using OpSet = llvm::SetVector<Operation *>;

std::optional<unsigned> gradopt::findInput(ScanOp scan, Value value) {
  for (auto [i, slice] : llvm::enumerate(scan.getSliceArgs()))
    if (slice == value)
      return i;
  return std::nullopt;
}

/// The output of this direction that is made of `value`.
static std::optional<unsigned> findOutput(ScanOp scan, Value value,
                                          bool reverse) {
  for (auto [i, yielded] : llvm::enumerate(scan.getYieldedOutputs()))
    if (yielded == value && scan.getOutputReverse()[i] == reverse)
      return i;
  return std::nullopt;
}

void gradopt::moveConstants(RewriterBase &rewriter, ScanOp scan,
                            const OpSet &ops) {
  rewriter.setInsertionPoint(scan);
  for (auto dim :
       llvm::make_early_inc_range(scan.getBody().getOps<tensor::DimOp>())) {
    auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!type || !index || *index < 0 || *index >= type.getRank())
      continue;
    FailureOr<OpFoldResult> size =
        scan.reifyBodyDim(rewriter, dim.getSource(), *index);
    if (succeeded(size))
      rewriter.replaceOp(
          dim, getValueOrCreateConstantIndexOp(rewriter, dim.getLoc(), *size));
  }
  moveLoopInvariantCode(scan);

  StepAnalysis analysis(scan);
  SmallVector<OpOperand *> written;
  for (auto op : scan.getBody().getOps<linalg::LinalgOp>())
    for (OpOperand &operand : op->getOpOperands()) {
      Operation *producer = operand.get().getDefiningOp();
      // Ops on inputs may be done again behind the scan.
      bool mayMove = ops.contains(op) || ops.contains(producer) ||
                     analysis.isAvailable(op, false) ||
                     analysis.isAvailable(op, true);
      if (mayMove && !analysis.isRead(operand) &&
          !isa_and_nonnull<tensor::EmptyOp>(producer))
        written.push_back(&operand);
    }
  for (OpOperand *operand : written) {
    auto type = cast<RankedTensorType>(operand->get().getType());
    SmallVector<OpFoldResult> sizes;
    for (int64_t dim : llvm::seq(type.getRank()))
      sizes.push_back(
          type.isDynamicDim(dim)
              ? *scan.reifyBodyDim(rewriter, operand->get(), dim)
              : OpFoldResult(rewriter.getIndexAttr(type.getDimSize(dim))));
    for (auto [dim, size] : llvm::enumerate(sizes))
      if (type.isDynamicDim(dim))
        size = getValueOrCreateConstantIndexOp(rewriter, scan.getLoc(), size);
    Value empty =
        tensor::EmptyOp::create(rewriter, operand->getOwner()->getLoc(), sizes,
                                type.getElementType(), type.getEncoding());
    rewriter.modifyOpInPlace(operand->getOwner(), [&] { operand->set(empty); });
  }
}

void gradopt::forEachNeeded(Operation *op, const StepBatch &batch,
                            llvm::function_ref<void(Value)> callback) {
  for (Value operand : getStepOperands(op, batch))
    batch.collectNeeded(operand, callback);
}

void gradopt::buildBatch(OpBuilder &builder, Operation *op, StepBatch &batch) {
  SmallVector<Value> sequences =
      cast<BatchableOpInterface>(op).buildBatch(builder, batch);
  for (auto [result, sequence] : llvm::zip_equal(op->getResults(), sequences))
    batch.setSequence(result, sequence);
}

namespace {
/// Gives the ops behind a scan the values of its steps.
class StepTape {
public:
  StepTape(ScanOp scan, const OpSet &ops, bool reverse, StringRef pass)
      : scan(scan), ops(ops), reverse(reverse), pass(pass), analysis(scan),
        rewriter(scan.getContext()), editor(rewriter, scan) {}

  /// Asks for what the op needs.
  void addOperands(Operation *op);
  /// Replaces the scan by one that gives all that was asked for.
  ScanOp finish() { return scan = editor.finish(); }
  /// Sets the sequence of a value that was asked for.
  void resolve(OpBuilder &builder, Value value, StepBatch &batch);

private:
  enum class Source { Input, Output, Before, After, Again };
  struct Tape {
    Source source;
    unsigned number;
  };

  void add(Value value);
  Tape choose(Value value);
  bool isCheapAgain(Operation *op);

  ScanOp scan;
  const OpSet &ops;
  bool reverse;
  StringRef pass;
  StepAnalysis analysis;
  IRRewriter rewriter;
  ScanEditor editor;
  llvm::DenseMap<Value, Tape> tapes;
};
} // namespace

void StepTape::addOperands(Operation *op) {
  forEachNeeded(op, analysis.getBatch(reverse),
                [&](Value value) { add(value); });
}

void StepTape::add(Value value) {
  if (ops.contains(value.getDefiningOp()) || tapes.contains(value))
    return;
  Tape tape = choose(value);
  tapes[value] = tape;
  if (tape.source == Source::Again)
    addOperands(value.getDefiningOp());
}

/// Whether to do an op of the step again behind the scan, for all steps, rather
/// than to keep its result.
bool StepTape::isCheapAgain(Operation *op) {
  auto batchable = dyn_cast_or_null<BatchableOpInterface>(op);
  if (!batchable)
    return false;
  auto isBehind = [&](Operation *user) {
    if (ops.contains(user))
      return true;
    return llvm::any_of(user->getResults(), [&](Value result) {
      auto known = tapes.find(result);
      return known != tapes.end() && known->second.source == Source::Again;
    });
  };
  // Nothing in the loop needs it, and it is made of inputs.
  if (analysis.isAvailable(op, reverse) &&
      llvm::all_of(op->getUses(), [&](OpOperand &use) {
        return !analysis.isRead(use) || isBehind(use.getOwner());
      }))
    return true;

  if (batchable.getStepWork() != StepWork::View)
    return false;
  StepBatch batch = analysis.getBatch(reverse);
  SmallVector<Value> operands = getStepOperands(op, batch);
  if (operands.size() != 1 || !batchable.isBatchable(batch))
    return false;
  Value source = operands.front();
  std::optional<unsigned> input = findInput(scan, source);
  if ((input && scan.getInputReverse()[*input] == reverse) ||
      findOutput(scan, source, reverse) || tapes.contains(source) ||
      ops.contains(source.getDefiningOp()))
    return true;
  // One tape instead of several.
  for (Operation *user : source.getUsers()) {
    auto view = dyn_cast<BatchableOpInterface>(user);
    if (view && user != op && view.getStepWork() == StepWork::View &&
        llvm::any_of(user->getUsers(), isBehind))
      return true;
  }
  return false;
}

StepTape::Tape StepTape::choose(Value value) {
  if (std::optional<unsigned> input = findInput(scan, value))
    if (scan.getInputReverse()[*input] == reverse)
      return {Source::Input, *input};
  if (std::optional<unsigned> output = findOutput(scan, value, reverse))
    return {Source::Output, *output};
  if (isCheapAgain(value.getDefiningOp()))
    return {Source::Again, 0};
  if (isa<RankedTensorType>(value.getType())) {
    for (auto [carry, argument] : llvm::enumerate(scan.getCarryArgs()))
      if (argument == value)
        return {Source::Before, editor.addHistory(carry, reverse)};
    for (auto [carry, next] : llvm::enumerate(scan.getYieldedCarries()))
      if (next == value)
        return {Source::After, editor.addHistory(carry, reverse)};
    return {Source::Output, editor.addOutput(value, reverse)};
  }
  // Sequences consist of tensors.
  rewriter.setInsertionPointAfterValue(value);
  Value tensor = tensor::FromElementsOp::create(
      rewriter,
      withOrigin(value.getLoc(), scan.getName().value_or(""), "", "", pass),
      RankedTensorType::get({}, value.getType()), value);
  return {Source::Output, editor.addOutput(tensor, reverse)};
}

void StepTape::resolve(OpBuilder &builder, Value value, StepBatch &batch) {
  if (batch.lookupSequence(value))
    return;
  Tape tape = tapes.at(value);
  if (tape.source == Source::Again) {
    Operation *op = value.getDefiningOp();
    forEachNeeded(op, batch,
                  [&](Value needed) { resolve(builder, needed, batch); });
    buildBatch(builder, op, batch);
    return;
  }
  Value sequence;
  if (tape.source == Source::Input)
    sequence = scan.getInputs()[tape.number];
  else if (tape.source == Source::Output)
    sequence = scan.getOutputs()[tape.number];
  else
    sequence = buildHistoryRows(builder, scan.getLoc(), scan,
                                scan.getHistoryResults()[tape.number], reverse,
                                /*after=*/tape.source == Source::After);
  auto slice = dyn_cast<RankedTensorType>(value.getType());
  if (!slice)
    slice = RankedTensorType::get({}, value.getType());
  batch.setSequence(value,
                    castTo(builder, sequence, batch.getSequenceType(slice)));
}

ScanOp gradopt::moveBehindScan(RewriterBase &rewriter, ScanOp scan,
                               const OpSet &ops, bool reverse, StringRef pass) {
  StepTape tape(scan, ops, reverse, pass);
  // Users first: they tell what else is needed behind the scan only.
  for (Operation *op : llvm::reverse(ops))
    tape.addOperands(op);
  scan = tape.finish();

  rewriter.setInsertionPointAfter(scan);
  StepBatch batch(
      scan.getStepIndex(), scan.getCount(), scan.getStaticCount(), reverse,
      [&](Value value) { return isDefinedIn(value, scan.getBody()); });
  for (Operation *op : ops) {
    forEachNeeded(op, batch,
                  [&](Value value) { tape.resolve(rewriter, value, batch); });
    buildBatch(rewriter, op, batch);
  }
  for (auto [i, output] : llvm::enumerate(scan.getOutputs())) {
    Value yielded = scan.getYieldedOutputs()[i];
    if (ops.contains(yielded.getDefiningOp()) && !output.use_empty())
      rewriter.replaceAllUsesWith(
          output,
          castTo(rewriter, batch.lookupSequence(yielded), output.getType()));
  }
  return scan;
}
