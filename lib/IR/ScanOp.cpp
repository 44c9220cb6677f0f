//===- ScanOp.cpp - The loop over time ------------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

OperandRange ScanOp::getYieldedCarries() {
  return getYield()->getOperands().take_front(getNumCarries());
}

OperandRange ScanOp::getYieldedOutputs() {
  return getYield()->getOperands().drop_front(getNumCarries());
}

std::string ScanOp::getCarryName(unsigned carry) {
  if (std::optional<ArrayAttr> names = getCarryNames())
    return cast<StringAttr>((*names)[carry]).getValue().str();
  return "carry" + std::to_string(carry);
}

RankedTensorType ScanOp::getSliceType(RankedTensorType sequence) {
  return RankedTensorType::get(sequence.getShape().drop_front(),
                               sequence.getElementType(),
                               sequence.getEncoding());
}

RankedTensorType ScanOp::getSequenceType(RankedTensorType slice,
                                         int64_t length) {
  SmallVector<int64_t> shape = {length};
  llvm::append_range(shape, slice.getShape());
  return RankedTensorType::get(shape, slice.getElementType(),
                               slice.getEncoding());
}

/// The step count that `count` or the lengths of sequences tell, or kDynamic.
/// `histories` are one longer than the others.
static int64_t findStaticCount(Value count, TypeRange sequences,
                               TypeRange histories) {
  APInt constant;
  if (matchPattern(count, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  for (Type type : sequences)
    if (int64_t length = cast<RankedTensorType>(type).getDimSize(0);
        ShapedType::isStatic(length))
      return length;
  for (Type type : histories)
    if (int64_t length = cast<RankedTensorType>(type).getDimSize(0);
        ShapedType::isStatic(length))
      return length - 1;
  return ShapedType::kDynamic;
}

int64_t ScanOp::getStaticCount() {
  SmallVector<Type> sequences(getInputs().getTypes());
  llvm::append_range(sequences, getOutputs().getTypes());
  return findStaticCount(getCount(), sequences, getHistoryResults().getTypes());
}

//===----------------------------------------------------------------------===//
// Builders
//===----------------------------------------------------------------------===//

void ScanOp::build(OpBuilder &builder, OperationState &state, Value count,
                   ValueRange inits, ValueRange inputs, TypeRange outputTypes,
                   ArrayRef<int64_t> histories, ArrayRef<bool> inputReverse,
                   ArrayRef<bool> outputReverse, ArrayRef<bool> historyReverse,
                   StringAttr name, ArrayAttr carryNames) {
  OpBuilder::InsertionGuard guard(builder);
  state.addOperands(count);
  state.addOperands(inits);
  state.addOperands(inputs);

  auto directions = [&](ArrayRef<bool> reverse, size_t number) {
    SmallVector<bool> all(reverse);
    if (all.empty())
      all.resize(number, false);
    assert(all.size() == number && "expected one direction for each");
    return builder.getDenseBoolArrayAttr(all);
  };
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.operandSegmentSizes = {1, static_cast<int32_t>(inits.size()),
                                    static_cast<int32_t>(inputs.size())};
  properties.name = name;
  properties.carry_names = carryNames;
  properties.input_reverse = directions(inputReverse, inputs.size());
  properties.output_reverse = directions(outputReverse, outputTypes.size());
  properties.histories = builder.getDenseI64ArrayAttr(histories);
  properties.history_reverse = directions(historyReverse, histories.size());

  SmallVector<Type> sequences(inputs.getTypes());
  llvm::append_range(sequences, outputTypes);
  int64_t steps = findStaticCount(count, sequences, {});
  state.addTypes(inits.getTypes());
  state.addTypes(outputTypes);
  for (int64_t carry : histories)
    state.addTypes(
        getSequenceType(cast<RankedTensorType>(inits[carry].getType()),
                        ShapedType::isDynamic(steps) ? steps : steps + 1));

  Block *body = builder.createBlock(state.addRegion());
  body->addArgument(builder.getIndexType(), state.location);
  for (Value init : inits)
    body->addArgument(init.getType(), init.getLoc());
  for (Value input : inputs)
    body->addArgument(getSliceType(cast<RankedTensorType>(input.getType())),
                      input.getLoc());
}

void YieldOp::build(OpBuilder &, OperationState &) {}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

/// The parts that the numbers and names in attributes describe.
static LogicalResult verifyAttributes(ScanOp op) {
  if (op.getInputReverse().size() != op.getInputs().size())
    return op.emitOpError("gives ")
           << op.getInputReverse().size() << " directions to "
           << op.getInputs().size() << " inputs; each input has one";
  if (op.getHistoryReverse().size() != op.getNumHistories())
    return op.emitOpError("gives ")
           << op.getHistoryReverse().size() << " directions to "
           << op.getNumHistories() << " histories; each history has one";
  size_t numResults =
      op.getNumCarries() + op.getNumOutputs() + op.getNumHistories();
  if (op->getNumResults() != numResults)
    return op.emitOpError("has ")
           << op->getNumResults() << " results but " << op.getNumCarries()
           << " carries, " << op.getNumOutputs() << " outputs and "
           << op.getNumHistories() << " histories; each of them is a result";
  if (std::optional<ArrayAttr> names = op.getCarryNames()) {
    if (names->size() != op.getNumCarries())
      return op.emitOpError("names ")
             << names->size() << " carries but has " << op.getNumCarries();
    llvm::SmallSet<StringRef, 8> seen;
    for (StringRef name : names->getAsValueRange<StringAttr>())
      if (name.empty() || !seen.insert(name).second)
        return op.emitOpError("needs carry names that are not empty and differ "
                              "from each other; got \"")
               << name << "\"" << (name.empty() ? "" : " twice");
  }
  return success();
}

/// The types of operands and results, each alone.
static LogicalResult verifySequences(ScanOp op) {
  for (auto [i, init, result] :
       llvm::enumerate(op.getInits(), op.getFinalCarries())) {
    if (isa<UnrankedTensorType>(init.getType()))
      return op.emitOpError("carry #")
             << i << " is a tensor of unknown rank; a carry has a rank";
    if (init.getType() != result.getType())
      return op.emitOpError("carry #")
             << i << " begins as " << init.getType() << " but ends as "
             << result.getType() << "; a carry has one type";
  }
  for (auto [i, input] : llvm::enumerate(op.getInputs()))
    if (cast<RankedTensorType>(input.getType()).getRank() == 0)
      return op.emitOpError("input #")
             << i << " has no dimension; its first dimension must be time";
  for (auto [i, output] : llvm::enumerate(op.getOutputs())) {
    auto type = dyn_cast<RankedTensorType>(output.getType());
    if (!type || type.getRank() == 0)
      return op.emitOpError("output #")
             << i << " is " << output.getType()
             << "; it must be a ranked tensor whose first dimension is time";
  }
  for (auto [i, carry, history] :
       llvm::enumerate(op.getHistories(), op.getHistoryResults())) {
    if (carry < 0 || carry >= op.getNumCarries())
      return op.emitOpError("history #")
             << i << " is of carry " << carry << ", but there are "
             << op.getNumCarries() << " carries";
    auto carryType = dyn_cast<RankedTensorType>(op.getInits()[carry].getType());
    if (!carryType)
      return op.emitOpError("history #")
             << i << " is of carry " << carry
             << ", which is not a tensor; only tensors have a history";
    auto type = dyn_cast<RankedTensorType>(history.getType());
    if (!type || type.getRank() == 0 || ScanOp::getSliceType(type) != carryType)
      return op.emitOpError("history #")
             << i << " is " << history.getType() << ", but a history of carry "
             << carry << " has rows of " << carryType;
  }
  return success();
}

/// That all lengths in time agree, where they are known.
static LogicalResult verifyLengths(ScanOp op) {
  int64_t steps = op.getStaticCount();
  if (ShapedType::isDynamic(steps))
    return success();
  if (steps < 0)
    return op.emitOpError("has ")
           << steps << " steps; the step count must not be negative";
  auto verify = [&](StringRef what, ValueRange values,
                    int64_t expected) -> LogicalResult {
    for (auto [i, value] : llvm::enumerate(values)) {
      int64_t length = cast<RankedTensorType>(value.getType()).getDimSize(0);
      if (ShapedType::isStatic(length) && length != expected)
        return op.emitOpError() << what << " #" << i << " has length " << length
                                << " in time, but with " << steps
                                << " steps it must be " << expected;
    }
    return success();
  };
  return success(
      succeeded(verify("input", op.getInputs(), steps)) &&
      succeeded(verify("output", op.getOutputs(), steps)) &&
      succeeded(verify("history", op.getHistoryResults(), steps + 1)));
}

/// The block arguments and what is yielded.
static LogicalResult verifyBody(ScanOp op) {
  SmallVector<Type> expected = {IndexType::get(op.getContext())};
  llvm::append_range(expected, op.getInits().getTypes());
  for (Value input : op.getInputs())
    expected.push_back(
        ScanOp::getSliceType(cast<RankedTensorType>(input.getType())));
  Block &body = op.getBody().front();
  if (body.getNumArguments() != expected.size())
    return op.emitOpError("body has ")
           << body.getNumArguments() << " arguments, but it needs "
           << expected.size()
           << ": the step index, each carry and a slice of each input";
  for (auto [argument, type] : llvm::zip_equal(body.getArguments(), expected))
    if (argument.getType() != type)
      return op.emitOpError("body argument #")
             << argument.getArgNumber() << " is " << argument.getType()
             << ", but it must be " << type;

  auto yield = dyn_cast<YieldOp>(body.back());
  if (!yield)
    return op.emitOpError("body must end with a gradopt.yield");
  if (yield->getNumOperands() != op.getNumCarries() + op.getNumOutputs()) {
    InFlightDiagnostic error = yield.emitOpError("gives ")
                               << yield->getNumOperands()
                               << " values, but its scan has "
                               << op.getNumCarries() << " carries and "
                               << op.getNumOutputs() << " outputs";
    error.attachNote(op.getLoc()) << "the scan is here";
    return error;
  }
  for (auto [i, value, init] :
       llvm::enumerate(op.getYieldedCarries(), op.getInits()))
    if (value.getType() != init.getType())
      return yield.emitOpError("carry #")
             << i << " is " << init.getType() << ", but its next value is "
             << value.getType();
  for (auto [i, value, output] :
       llvm::enumerate(op.getYieldedOutputs(), op.getOutputs())) {
    Type slice = ScanOp::getSliceType(cast<RankedTensorType>(output.getType()));
    if (value.getType() != slice)
      return yield.emitOpError("output #")
             << i << " has slices of " << slice << ", but what is yielded is "
             << value.getType();
  }
  return success();
}

// The body is looked at here and not after its ops were verified: the interface
// for control flow would otherwise be first to complain, in its own words.
LogicalResult ScanOp::verify() {
  if (failed(verifyAttributes(*this)) || failed(verifySequences(*this)) ||
      failed(verifyLengths(*this)))
    return failure();
  return verifyBody(*this);
}

//===----------------------------------------------------------------------===//
// Interfaces
//===----------------------------------------------------------------------===//

Speculation::Speculatability ScanOp::getSpeculatability() {
  // It always ends, so that only the ops in the body matter.
  return Speculation::RecursivelySpeculatable;
}

SmallVector<Region *> ScanOp::getLoopRegions() { return {&getBody()}; }

std::optional<SmallVector<Value>> ScanOp::getLoopInductionVars() {
  return SmallVector<Value>{getStepIndex()};
}

std::optional<SmallVector<OpFoldResult>> ScanOp::getLoopLowerBounds() {
  return SmallVector<OpFoldResult>{Builder(getContext()).getIndexAttr(0)};
}

std::optional<SmallVector<OpFoldResult>> ScanOp::getLoopSteps() {
  return SmallVector<OpFoldResult>{Builder(getContext()).getIndexAttr(1)};
}

std::optional<SmallVector<OpFoldResult>> ScanOp::getLoopUpperBounds() {
  return SmallVector<OpFoldResult>{getCount()};
}

std::optional<APInt> ScanOp::getStaticTripCount() {
  int64_t steps = getStaticCount();
  if (ShapedType::isDynamic(steps))
    return std::nullopt;
  return APInt(64, steps);
}

Block::BlockArgListType ScanOp::getRegionIterArgs() { return getCarryArgs(); }

std::optional<MutableArrayRef<OpOperand>> ScanOp::getYieldedValuesMutable() {
  return getYield()->getOpOperands().take_front(getNumCarries());
}

std::optional<ResultRange> ScanOp::getLoopResults() {
  return getFinalCarries();
}

// The edges of control flow, as analyses see them. Outputs and histories hold
// values of many steps: no lattice of one value says what they are. So the edge
// by which a scan of no steps gives its results says nothing about them, and
// what flows forward into them is not known. The edge from the yield has the
// outputs, so that what is yielded is seen to be needed whenever they are. A
// history has no operand of its own on that edge: where there is one, the edges
// into the op say nothing, and all of it is needed if any of its results is.

OperandRange ScanOp::getEntrySuccessorOperands(RegionSuccessor) {
  return getInits().take_front(getNumHistories() == 0 ? getNumCarries() : 0);
}

void ScanOp::getSuccessorRegions(RegionBranchPoint point,
                                 SmallVectorImpl<RegionSuccessor> &regions) {
  if (point.isParent()) {
    unsigned number =
        getEntrySuccessorOperands(RegionSuccessor(&getBody())).size();
    regions.emplace_back(&getBody(), getCarryArgs().take_front(number));
    regions.emplace_back(getOperation(), getFinalCarries().take_front(number));
    return;
  }
  regions.emplace_back(&getBody(), getCarryArgs());
  regions.emplace_back(getOperation(),
                       getResults().drop_back(getNumHistories()));
}

bool ScanOp::areTypesCompatible(Type lhs, Type rhs) {
  if (lhs == rhs)
    return true;
  // A slice and the output that it becomes a part of.
  auto sequence = dyn_cast<RankedTensorType>(rhs);
  return sequence && sequence.getRank() > 0 && getSliceType(sequence) == lhs;
}

void ScanOp::getRegionInvocationBounds(
    ArrayRef<Attribute> operands, SmallVectorImpl<InvocationBounds> &bounds) {
  auto count = dyn_cast_or_null<IntegerAttr>(operands.front());
  if (!count || count.getValue().isNegative() ||
      !count.getValue().isIntN(sizeof(unsigned) * CHAR_BIT)) {
    bounds.push_back(InvocationBounds::getUnknown());
    return;
  }
  unsigned steps = count.getValue().getZExtValue();
  bounds.emplace_back(steps, steps);
}

MutableOperandRange
YieldOp::getMutableSuccessorOperands(RegionSuccessor successor) {
  if (auto scan = dyn_cast<ScanOp>((*this)->getParentOp()))
    return successor.isParent()
               ? getValuesMutable()
               : getValuesMutable().slice(0, scan.getNumCarries());
  // The first operand of a guard's yield is its condition. A yield without it
  // is an error of the guard's verifier.
  unsigned first = std::min(getNumOperands(), 1u);
  return getValuesMutable().slice(first, getNumOperands() - first);
}
