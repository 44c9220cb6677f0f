//===- ScanTape.cpp - What a reverse scan keeps ---------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanTape.h"
#include "../Transforms/HistoryRows.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {

class ScanTape {
public:
  ScanTape(OpBuilder &builder, ScanOp &scan, Block &reverseBody)
      : builder(builder), scan(scan), reverseBody(reverseBody),
        loc(scan.getLoc()) {}

  LogicalResult replaceUses();
  SmallVector<ReverseInput> buildInputs();

private:
  /// A value of the forward body and the reverse body's argument for it.
  struct Kept {
    Value value;
    BlockArgument argument;
  };

  bool isForward(Value value) { return isDefinedIn(value, scan.getBody()); }
  bool isCheap(Value value);
  bool computeIsCheap(Value value);
  Value getValue(Value value);
  Value getSize(Value value, int64_t dim);
  Value buildSize(Value value, int64_t dim);
  Value keep(Value value);

  ReverseInput getHistoryInput(unsigned carry, bool after);
  std::optional<bool> findHistory(unsigned carry);

  OpBuilder &builder;
  ScanOp &scan;
  Block &reverseBody;
  Location loc;
  IRMapping mapping;
  llvm::DenseMap<Value, bool> cheap;
  llvm::DenseMap<std::pair<Value, int64_t>, Value> sizes;
  SmallVector<Kept> kept;
  bool isKept = true;
  llvm::SmallDenseMap<std::pair<Value, unsigned>, Value> rows;
};

} // namespace

/// The dimension that the op asks for, if it is known and there is one.
static std::optional<int64_t> getKnownDim(tensor::DimOp op) {
  auto type = dyn_cast<RankedTensorType>(op.getSource().getType());
  std::optional<int64_t> index = op.getConstantIndex();
  if (!type || !index || *index < 0 || *index >= type.getRank())
    return std::nullopt;
  return index;
}

/// Whether the reverse body computes the value again: it is made of what is
/// there anyway, by ops that cost nothing beside those of a step.
bool ScanTape::isCheap(Value value) {
  auto known = cheap.find(value);
  if (known != cheap.end())
    return known->second;
  bool result = computeIsCheap(value);
  cheap[value] = result;
  return result;
}

bool ScanTape::computeIsCheap(Value value) {
  if (!isForward(value) || value == scan.getStepIndex())
    return true;
  bool isTensor = isa<RankedTensorType>(value.getType());
  Operation *op = value.getDefiningOp();
  if (!op)
    return isTensor;
  if (op->hasTrait<OpTrait::ConstantLike>())
    return true;
  auto isCheapValue = [&](Value operand) { return isCheap(operand); };
  if (auto dim = dyn_cast<tensor::DimOp>(op))
    return isCheap(dim.getIndex());
  // Of these the scalar is kept if need be, and not the tensor.
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    return isCheap(fill.getOutputs().front());
  if (auto splat = dyn_cast<tensor::SplatOp>(op))
    return llvm::all_of(splat.getDynamicSizes(), isCheapValue);
  if (isa<tensor::EmptyOp, tensor::FromElementsOp, tensor::ExtractSliceOp,
          tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(op))
    return llvm::all_of(op->getOperands(), isCheapValue);
  auto isScalar = [](Type type) { return type.isIntOrIndexOrFloat(); };
  return isPure(op) && op->getNumRegions() == 0 &&
         llvm::all_of(op->getResultTypes(), isScalar) &&
         llvm::all_of(op->getOperandTypes(), isScalar) &&
         llvm::all_of(op->getOperands(), isCheapValue);
}

/// The value in the reverse body for one of the forward body or from outside.
Value ScanTape::getValue(Value value) {
  if (!isForward(value))
    return value;
  if (Value mapped = mapping.lookupOrNull(value))
    return mapped;
  if (value == scan.getStepIndex()) {
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    Value last = arith::SubIOp::create(builder, loc, scan.getCount(), one);
    Value step =
        arith::SubIOp::create(builder, loc, last, reverseBody.getArgument(0));
    mapping.map(value, step);
    return step;
  }
  Operation *op = value.getDefiningOp();
  if (!op || !isCheap(value))
    return keep(value);
  if (auto dim = dyn_cast<tensor::DimOp>(op))
    if (std::optional<int64_t> index = getKnownDim(dim))
      return getSize(dim.getSource(), *index);
  for (Value operand : op->getOperands())
    getValue(operand);
  builder.clone(*op, mapping);
  return mapping.lookup(value);
}

/// A size of a tensor in the reverse body, if possible without the tensor: a
/// value whose size alone is needed is not kept.
Value ScanTape::getSize(Value value, int64_t dim) {
  if (Value known = sizes.lookup({value, dim}))
    return known;
  Value size = buildSize(value, dim);
  sizes[{value, dim}] = size;
  return size;
}

Value ScanTape::buildSize(Value value, int64_t dim) {
  SizeOrigin origin = traceSize(builder, value, dim);
  if (std::optional<int64_t> constant = getConstantIntValue(origin.size))
    return arith::ConstantIndexOp::create(builder, loc, *constant);
  if (!origin.tensor)
    return getValue(cast<Value>(origin.size));
  value = origin.tensor;
  dim = origin.dim;
  if (!isForward(value))
    return tensor::DimOp::create(builder, loc, value, dim);

  Operation *op = value.getDefiningOp();
  if (!op) {
    unsigned index = cast<BlockArgument>(value).getArgNumber() - 1;
    if (index < scan.getNumCarries())
      return getSize(scan.getInits()[index], dim);
    return getSize(scan.getInputs()[index - scan.getNumCarries()], dim + 1);
  }
  if (auto gradient = dyn_cast<GradientOp>(op))
    return getSize(gradient.getValue(), dim);
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    Value size = arith::ConstantIndexOp::create(builder, loc, 1);
    for (int64_t source : collapse.getReassociationIndices()[dim])
      size = arith::MulIOp::create(builder, loc, size,
                                   getSize(collapse.getSrc(), source));
    return size;
  }
  if (auto nested = dyn_cast<ScanOp>(op)) {
    unsigned index = cast<OpResult>(value).getResultNumber();
    if (index < nested.getNumCarries())
      return getSize(nested.getInits()[index], dim);
  }
  if (FailureOr<OpFoldResult> size = scan.reifyBodyDim(builder, value, dim);
      succeeded(size))
    return getValueOrCreateConstantIndexOp(builder, loc, *size);
  return tensor::DimOp::create(builder, loc, getValue(value), dim);
}

/// Makes the value an argument of the reverse body. Sequences consist of
/// tensors, so that a scalar is kept as a tensor of rank 0.
Value ScanTape::keep(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type && !value.getType().isIntOrIndexOrFloat()) {
    emitError(value.getLoc())
        << "the backward pass of a scan needs this value of type "
        << value.getType()
        << ", which cannot be kept for every step; only ranked tensors, floats "
           "and integers can";
    isKept = false;
    return value;
  }
  BlockArgument argument = reverseBody.addArgument(
      type ? type : RankedTensorType::get({}, value.getType()), loc);
  kept.push_back({value, argument});
  Value mapped = argument;
  if (!type)
    mapped = tensor::ExtractOp::create(builder, loc, argument, ValueRange());
  mapping.map(value, mapped);
  return mapped;
}

LogicalResult ScanTape::replaceUses() {
  eraseDeadOps(reverseBody);
  OpBuilder::InsertionGuard guard(builder);
  // In front of all that uses it. What is inserted here only ever takes what
  // was inserted before.
  builder.setInsertionPointToStart(&reverseBody);

  SmallVector<OpOperand *> uses;
  for (Operation &op : reverseBody)
    op.walk([&](Operation *nested) {
      for (OpOperand &operand : nested->getOpOperands())
        if (isForward(operand.get()))
          uses.push_back(&operand);
    });
  SmallVector<tensor::DimOp> resolved;
  for (OpOperand *use : uses) {
    auto dim = dyn_cast<tensor::DimOp>(use->getOwner());
    std::optional<int64_t> index;
    if (dim && use->getOperandNumber() == 0)
      index = getKnownDim(dim);
    if (index) {
      dim.replaceAllUsesWith(getSize(use->get(), *index));
      resolved.push_back(dim);
    } else {
      use->set(getValue(use->get()));
    }
  }
  for (tensor::DimOp dim : resolved)
    dim.erase();
  return success(isKept);
}

/// The direction of a history of this carry, preferably that of the scan.
std::optional<bool> ScanTape::findHistory(unsigned carry) {
  std::optional<bool> found;
  for (auto [present, reverse] :
       llvm::zip_equal(scan.getHistories(), scan.getHistoryReverse()))
    if (present == carry && (!found || reverse == runsInReverse(scan)))
      found = reverse;
  return found;
}

ReverseInput ScanTape::getHistoryInput(unsigned carry, bool after) {
  bool reverse = *findHistory(carry);
  IRRewriter rewriter(builder.getContext());
  Value history = getOrAppendScanHistory(rewriter, scan, carry, reverse);
  Value &sequence = rows[{history, after}];
  if (!sequence)
    sequence = buildHistoryRows(builder, loc, scan, history, reverse, after);
  return {sequence, !reverse};
}

SmallVector<ReverseInput> ScanTape::buildInputs() {
  // A rewriter of its own: what is added to the forward scan is not backward.
  IRRewriter rewriter(builder.getContext());
  auto findCarry = [&](Value value) -> std::optional<unsigned> {
    for (auto [carry, argument] : llvm::enumerate(scan.getCarryArgs()))
      if (argument == value && isa<RankedTensorType>(value.getType()))
        return carry;
    return std::nullopt;
  };
  auto findYielded = [](OperandRange yielded,
                        Value value) -> std::optional<unsigned> {
    auto found = llvm::find(yielded, value);
    if (found == yielded.end())
      return std::nullopt;
    return std::distance(yielded.begin(), found);
  };

  // First what the forward scan has to give besides what it gives already, so
  // that it is complete when its results are used. A history serves both the
  // values before and those after each step.
  auto addHistory = [&](unsigned carry) {
    if (!findHistory(carry))
      getOrAppendScanHistory(rewriter, scan, carry, runsInReverse(scan));
  };
  for (const Kept &entry : kept)
    if (std::optional<unsigned> carry = findCarry(entry.value))
      addHistory(*carry);
  SmallVector<Value> outputs;
  llvm::SmallDenseMap<Value, unsigned> outputOf;
  for (const Kept &entry : kept) {
    Value value = entry.value;
    auto argument = dyn_cast<BlockArgument>(value);
    if (findCarry(value) ||
        (argument && argument.getArgNumber() > scan.getNumCarries()))
      continue;
    std::optional<unsigned> carry =
        findYielded(scan.getYieldedCarries(), value);
    if (carry && !isa<RankedTensorType>(value.getType()))
      carry = std::nullopt;
    if (findYielded(scan.getYieldedOutputs(), value) ||
        (carry && findHistory(*carry)))
      continue;
    if (carry) {
      addHistory(*carry);
      continue;
    }
    outputOf[value] = scan.getNumOutputs() + outputs.size();
    if (!isa<RankedTensorType>(value.getType())) {
      rewriter.setInsertionPointAfterValue(value);
      value = tensor::FromElementsOp::create(
          rewriter,
          withOrigin(value.getLoc(), scan.getName().value_or(""), "", "forward",
                     ScanOp::getOperationName()),
          cast<RankedTensorType>(entry.argument.getType()), value);
    }
    outputs.push_back(value);
  }
  SmallVector<bool> directions(outputs.size(), runsInReverse(scan));
  scan = appendScanOutputs(rewriter, scan, outputs, directions);

  SmallVector<ReverseInput> inputs;
  for (const Kept &entry : kept) {
    Value value = entry.value;
    auto argument = dyn_cast<BlockArgument>(value);
    if (argument && argument.getArgNumber() > scan.getNumCarries()) {
      unsigned index = argument.getArgNumber() - 1 - scan.getNumCarries();
      inputs.push_back(
          {scan.getInputs()[index], !scan.getInputReverse()[index]});
      continue;
    }
    if (std::optional<unsigned> carry = findCarry(value)) {
      inputs.push_back(getHistoryInput(*carry, /*after=*/false));
      continue;
    }
    std::optional<unsigned> output =
        findYielded(scan.getYieldedOutputs(), value);
    if (auto added = outputOf.find(value); added != outputOf.end())
      output = added->second;
    std::optional<unsigned> carry =
        findYielded(scan.getYieldedCarries(), value);
    if (carry && isa<RankedTensorType>(value.getType()) && findHistory(*carry))
      inputs.push_back(getHistoryInput(*carry, /*after=*/true));
    else
      inputs.push_back(
          {scan.getOutputs()[*output], !scan.getOutputReverse()[*output]});
  }
  return inputs;
}

FailureOr<SmallVector<ReverseInput>>
gradopt::buildScanTape(OpBuilder &builder, ScanOp &scan, Block &reverseBody) {
  ScanTape tape(builder, scan, reverseBody);
  if (failed(tape.replaceUses()))
    return failure();
  return tape.buildInputs();
}
