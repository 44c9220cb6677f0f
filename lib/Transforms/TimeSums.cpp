//===- TimeSums.cpp - What a sum over the steps of a scan is made of ------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TimeSums.h"
#include "Contractions.h"
#include "LinalgPayload.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

std::optional<Accumulation> mlir::gradopt::matchAccumulation(Value value) {
  auto op = value.getDefiningOp<LinalgOp>();
  if (!op || !op.hasPureTensorSemantics() || !isMemoryEffectFree(op))
    return std::nullopt;
  OpOperand *init = op.getTiedOpOperand(cast<OpResult>(value));
  BlockArgument out = op.getMatchingBlockArgument(init);
  Operation *add = op.getMatchingYieldValue(init)->get().getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(add) || !out.hasOneUse() ||
      !add->getResult(0).hasOneUse() || *out.user_begin() != add)
    return std::nullopt;
  return Accumulation{op, init,
                      add->getOperand(add->getOperand(0) == out ? 1 : 0)};
}

std::optional<std::pair<Value, Value>>
mlir::gradopt::matchAnySum(Operation *op) {
  if (isa<arith::AddFOp, arith::AddIOp>(op))
    return std::pair(op->getOperand(0), op->getOperand(1));
  return matchSum(op);
}

bool mlir::gradopt::isZero(Value value) {
  return isZeroTensor(value) || matchPattern(value, m_Zero());
}

/// The only operand in which the op that makes `value` is linear, whatever the
/// others are: it moves or negates elements, or multiplies them by a constant.
static OpOperand *getLinearOperand(Value value) {
  Operation *op = value.getDefiningOp();
  // A marker says what its value is; that is true of the sum as well.
  if (isa<tensor::ExtractSliceOp, tensor::CastOp, tensor::ExpandShapeOp,
          tensor::CollapseShapeOp, tensor::ExtractOp, arith::NegFOp, GradientOp,
          linalg::TransposeOp, linalg::BroadcastOp>(op))
    return &op->getOpOperand(0);
  if (isa<tensor::FromElementsOp>(op))
    return op->getNumOperands() == 1 ? &op->getOpOperand(0) : nullptr;
  if (isa<arith::MulFOp>(op)) {
    for (unsigned other : {0, 1})
      if (isFiniteConstant(op->getOperand(other)))
        return &op->getOpOperand(1 - other);
    return nullptr;
  }
  auto generic = dyn_cast<LinalgOp>(op);
  if (!generic || !isPointwise(op))
    return nullptr;
  return findLinearInput(generic, cast<OpResult>(value));
}

/// A sum of values that are nowhere else kept.
static bool keepsMore(const TimeSum *sum, StepSequences &sequences) {
  return sum->kind == TimeSum::Kind::Sequence && !sequences.isKept(sum->value);
}

static int64_t getRank(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

TimeSum *TimeSums::fail(Value value, const Twine &why) {
  // The first reason is that of the op that is really in the way.
  if (!reason.empty())
    return nullptr;
  if (Operation *op = value.getDefiningOp())
    reason = ("'" + op->getName().getStringRef() + "' " + why).str();
  else
    reason = ("a value of the scan itself " + why).str();
  return nullptr;
}

TimeSum *TimeSums::plan(Value value) {
  auto known = planned.find(value);
  if (known != planned.end())
    return known->second;
  TimeSum *sum = planOp(value);
  // One sequence is less than two, or than a larger one.
  bool prefersSequence = sum && !sum->parts.empty() && getRank(value) <= 1 &&
                         llvm::all_of(sum->parts, [&](TimeSum *part) {
                           return keepsMore(part, sequences);
                         });
  if (!sum || prefersSequence)
    if (TimeSum *sequence = planSequence(value))
      sum = sequence;
  if (sum)
    planned[value] = sum;
  return sum;
}

TimeSum *TimeSums::planOp(Value value) {
  if (isZero(value))
    return make(TimeSum::Kind::Zero, value);
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<tensor::EmptyOp>(op) && sequences.hasConstantSizes(value))
    return make(TimeSum::Kind::Empty, value);
  if (!op || op->getBlock() != body)
    return nullptr;

  if (auto summands = matchAnySum(op)) {
    TimeSum *lhs = plan(summands->first);
    TimeSum *rhs = lhs ? plan(summands->second) : nullptr;
    if (!rhs)
      return nullptr;
    TimeSum *sum = make(TimeSum::Kind::Add, value);
    sum->parts = {lhs, rhs};
    return sum;
  }
  // The one op that is no sum of smaller ones: duplicates of a row are added in
  // its own order, which is that of the steps.
  if (auto scatter = dyn_cast<ScatterAddOp>(op)) {
    TimeSum *sum = make(TimeSum::Kind::Scatter, value);
    sum->read = {scatter.getUpdates(), scatter.getIndices()};
    for (Value read : sum->read)
      if (!sequences.canKeep(read))
        return fail(value, sequences.isConstant(read)
                               ? "reads rows that are the same at every step"
                               : "reads rows whose number may change from step "
                                 "to step");
    return sum;
  }
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
    if (!llvm::all_of(insert->getOperands().drop_front(2),
                      [&](Value place) { return sequences.isConstant(place); }))
      return fail(value, "writes to another place at each step");
    TimeSum *source = plan(insert.getSource());
    TimeSum *dest = source ? plan(insert.getDest()) : nullptr;
    if (!dest)
      return nullptr;
    TimeSum *sum = make(TimeSum::Kind::Insert, value);
    sum->parts = {source, dest};
    return sum;
  }
  if (OpOperand *operand = getLinearOperand(value))
    if (TimeSum *sum = planLinear(*operand, value))
      return sum;
  if (std::optional<Accumulation> accumulation = matchAccumulation(value)) {
    TimeSum *sum = planReduction(*accumulation);
    TimeSum *init = sum ? plan(accumulation->init->get()) : nullptr;
    if (!init)
      return nullptr;
    if (init->kind != TimeSum::Kind::Zero)
      sum->parts = {init};
    return sum;
  }
  if (auto generic = dyn_cast<LinalgOp>(op); generic && isPointwise(op))
    return planPointwise(generic, value);
  return nullptr;
}

TimeSum *TimeSums::plan(const Accumulation &accumulation) {
  return planReduction(accumulation);
}

TimeSum *TimeSums::planReduction(const Accumulation &accumulation) {
  auto [op, init, summand] = accumulation;
  Value value = op.getTiedOpResult(init);
  LinalgPayload payload(op, init, summand);
  if (payload.usesInit)
    return fail(value, "reads what it adds to");
  TimeSum *sum = make(TimeSum::Kind::Reduction, value);
  for (OpOperand *input : payload.inputs)
    sum->read.push_back(input->get());
  llvm::append_range(sum->read, payload.captured);
  llvm::erase_if(sum->read,
                 [&](Value read) { return sequences.isConstant(read); });
  // Without it nothing says how often its result is to be added.
  if (sum->read.empty())
    return fail(value, "adds the same at every step");
  for (Value read : sum->read)
    if (!sequences.canKeep(read))
      return fail(value, "reads a value that cannot be kept for every step");
  for (Value captured : payload.captured)
    if (!sequences.isConstant(captured) && isa<ShapedType>(captured.getType()))
      return fail(value,
                  "reads elements of a tensor of the step in its region");
  if (!sequences.hasConstantSizes(value))
    return fail(value, "has a result whose sizes are not known before the "
                       "first step");
  return sum;
}

/// Of a value larger than what it is made of, only that is kept.
TimeSum *TimeSums::planPointwise(LinalgOp op, Value value) {
  OpOperand *init = op.getTiedOpOperand(cast<OpResult>(value));
  Value yielded = op.getMatchingYieldValue(init)->get();
  for (OpOperand *input : LinalgPayload(op, init, yielded).inputs)
    if (!sequences.isConstant(input->get()) &&
        getRank(input->get()) >= getRank(value) &&
        !sequences.isKept(input->get()))
      return nullptr;
  return getRank(value) <= 1 || sequences.isKept(value)
             ? nullptr
             : planReduction({op, init, yielded});
}

TimeSum *TimeSums::planLinear(OpOperand &operand, Value value) {
  auto destination = dyn_cast<DestinationStyleOpInterface>(operand.getOwner());
  for (OpOperand &other : operand.getOwner()->getOpOperands())
    if (&other != &operand && !sequences.isConstant(other.get()) &&
        !(destination && destination.isDpsInit(&other)))
      return nullptr;
  if (destination && !sequences.hasConstantSizes(value))
    return nullptr;
  if (!llvm::all_of(getCapturedValues(operand.getOwner()), [&](Value captured) {
        return sequences.isConstant(captured);
      }))
    return nullptr;
  TimeSum *part = plan(operand.get());
  if (!part)
    return nullptr;
  TimeSum *sum = make(TimeSum::Kind::Linear, value);
  sum->operand = operand.getOperandNumber();
  sum->parts = {part};
  return sum;
}

TimeSum *TimeSums::planSequence(Value value) {
  if (sequences.isConstant(value))
    return fail(value, "gives the same at every step");
  if (!isa<FloatType, IntegerType, IndexType>(
          getElementTypeOrSelf(value.getType())) ||
      !sequences.canKeep(value))
    return fail(value, "makes a value that cannot be kept for every step");
  if (getRank(value) > 1 && !sequences.isKept(value)) {
    std::string type;
    llvm::raw_string_ostream(type) << value.getType();
    return fail(value, "makes a " + type +
                           " that would have to be kept for every step");
  }
  TimeSum *sum = make(TimeSum::Kind::Sequence, value);
  sum->read = {value};
  return sum;
}

void TimeSums::needSequences(const TimeSum &sum) {
  for (Value read : sum.read)
    sequences.need(read);
  for (const TimeSum *part : sum.parts)
    needSequences(*part);
}
