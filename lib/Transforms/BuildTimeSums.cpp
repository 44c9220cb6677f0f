//===- BuildTimeSums.cpp - Sums over time behind a scan -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"
#include "LinalgPayload.h"
#include "TimeSums.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

static Value buildAdd(OpBuilder &builder, Location loc, Value lhs, Value rhs) {
  if (isa<FloatType>(getElementTypeOrSelf(lhs.getType())))
    return arith::AddFOp::create(builder, loc, lhs, rhs);
  return arith::AddIOp::create(builder, loc, lhs, rhs);
}

/// What is known of a size may differ between the parts of a sum.
static Value addTo(OpBuilder &builder, Location loc, Value init, Value value) {
  if (!init)
    return value;
  return buildAdd(builder, loc, init, castTo(builder, value, init.getType()));
}

/// An indexing map with time as the outermost loop.
static AffineMap addTime(AffineMap map, bool isSequence) {
  SmallVector<AffineExpr> results;
  if (isSequence)
    results.push_back(getAffineDimExpr(0, map.getContext()));
  llvm::append_range(results, map.shiftDims(1).getResults());
  return AffineMap::get(map.getNumDims() + 1, map.getNumSymbols(), results,
                        map.getContext());
}

/// Whether ops with these maps of two operands and a result multiply matrices
/// or vectors: each loop that is summed over goes through both, and an element
/// of one is used more than once.
static bool isMatrixProduct(ArrayRef<AffineMap> maps) {
  bool reuses = false;
  for (AffineMap map : maps)
    if (!map.isProjectedPermutation())
      return false;
  for (unsigned dim : llvm::seq(maps.front().getNumDims())) {
    bool inLhs = maps[0].isFunctionOfDim(dim),
         inRhs = maps[1].isFunctionOfDim(dim),
         inResult = maps[2].isFunctionOfDim(dim);
    if (inResult ? !inLhs && !inRhs : !inLhs || !inRhs)
      return false;
    reuses |= inLhs != inRhs;
  }
  return reuses;
}

Value TimeSums::buildZero(OpBuilder &builder, Value value) {
  Location loc = value.getLoc();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return arith::ConstantOp::create(builder, loc,
                                     builder.getZeroAttr(value.getType()));
  return buildZeros(builder, loc, sequences.getSizes(builder, value),
                    type.getElementType());
}

Value TimeSums::build(OpBuilder &builder, const TimeSum &sum, Value init) {
  if (Value known = built.lookup(&sum))
    return addTo(builder, sum.value.getLoc(), init, known);
  Value result;
  switch (sum.kind) {
  case TimeSum::Kind::Zero:
  case TimeSum::Kind::Empty:
    if (init)
      return init;
    if (sequences.isConstant(sum.value))
      return sum.value;
    if (sum.kind == TimeSum::Kind::Zero)
      result = buildZero(builder, sum.value);
    else
      result = tensor::EmptyOp::create(
          builder, sum.value.getLoc(), sequences.getSizes(builder, sum.value),
          getElementTypeOrSelf(sum.value.getType()));
    break;
  case TimeSum::Kind::Add:
    result = build(builder, *sum.parts[1], build(builder, *sum.parts[0], init));
    break;
  case TimeSum::Kind::Reduction:
    result = buildReduction(
        builder, sum,
        sum.parts.empty() ? init : build(builder, *sum.parts.front(), init));
    break;
  case TimeSum::Kind::Linear:
    result =
        addTo(builder, sum.value.getLoc(), init, buildLinear(builder, sum));
    break;
  case TimeSum::Kind::Insert:
    result = buildInsert(builder, sum, init);
    break;
  case TimeSum::Kind::Scatter:
    result =
        addTo(builder, sum.value.getLoc(), init, buildScatter(builder, sum));
    break;
  case TimeSum::Kind::Sequence:
    result = buildSequenceSum(builder, sum, init);
    break;
  }
  if (!init)
    built[&sum] = result;
  return result;
}

Value TimeSums::buildReduction(OpBuilder &builder, const TimeSum &sum,
                               Value init) {
  auto op = cast<LinalgOp>(sum.value.getDefiningOp());
  OpOperand *oldInit = op.getTiedOpOperand(cast<OpResult>(sum.value));
  std::optional<Accumulation> accumulation = matchAccumulation(sum.value);
  Value scalar = accumulation ? accumulation->summand
                              : op.getMatchingYieldValue(oldInit)->get();
  LinalgPayload payload(op, oldInit, scalar);
  if (!init)
    init = buildZero(builder, sum.value);

  SmallVector<Value> inputs, oldArguments;
  SmallVector<AffineMap> maps;
  unsigned numSequences = 0;
  auto addInput = [&](Value value, AffineMap map, Value argument) {
    bool isSequence = !sequences.isConstant(value);
    numSequences += isSequence;
    inputs.push_back(isSequence ? sequences.get(builder, value) : value);
    maps.push_back(addTime(map, isSequence));
    oldArguments.push_back(argument);
  };
  for (OpOperand *input : payload.inputs)
    addInput(input->get(), op.getMatchingIndexingMap(input),
             op.getMatchingBlockArgument(input));
  for (Value captured : payload.captured)
    if (!sequences.isConstant(captured))
      addInput(captured,
               AffineMap::get(op.getNumLoops(), 0, builder.getContext()),
               captured);
  maps.push_back(addTime(op.getMatchingIndexingMap(oldInit), false));

  if (payload.isProduct(op) && numSequences == 2 && isMatrixProduct(maps))
    return buildContraction(builder, op.getLoc(), inputs[0], inputs[1], init,
                            maps);

  SmallVector<utils::IteratorType> iterators = {utils::IteratorType::reduction};
  llvm::append_range(iterators, op.getIteratorTypesArray());
  return linalg::GenericOp::create(
             builder, op.getLoc(), init.getType(), inputs, init, maps,
             iterators,
             [&](OpBuilder &inner, Location loc, ValueRange arguments) {
               IRMapping mapping;
               mapping.map(oldArguments, arguments.drop_back());
               Value summand = payload.clone(inner, mapping, /*outerLoops=*/1);
               linalg::YieldOp::create(
                   inner, loc, buildAdd(inner, loc, arguments.back(), summand));
             })
      .getResult(0);
}

Value TimeSums::buildLinear(OpBuilder &builder, const TimeSum &sum) {
  Operation *op = sum.value.getDefiningOp();
  Value part = build(builder, *sum.parts.front(), Value());
  Value empty;
  if (isa<DestinationStyleOpInterface>(op))
    empty = tensor::EmptyOp::create(builder, op->getLoc(),
                                    sequences.getSizes(builder, sum.value),
                                    getElementTypeOrSelf(sum.value.getType()));
  part = castTo(builder, part, sum.parts.front()->value.getType());
  Operation *copy = builder.clone(*op);
  copy->setOperand(sum.operand, part);
  if (empty)
    cast<DestinationStyleOpInterface>(copy).setDpsInitOperand(0, empty);
  return copy->getResult(0);
}

Value TimeSums::buildInsert(OpBuilder &builder, const TimeSum &sum,
                            Value init) {
  auto op = sum.value.getDefiningOp<tensor::InsertSliceOp>();
  Value part;
  if (init)
    part = tensor::ExtractSliceOp::create(
        builder, op.getLoc(), op.getSourceType(), init, op.getMixedOffsets(),
        op.getMixedSizes(), op.getMixedStrides());
  part = build(builder, *sum.parts[0], part);
  Value dest = build(builder, *sum.parts[1], init);
  return tensor::InsertSliceOp::create(builder, op.getLoc(), part, dest,
                                       op.getMixedOffsets(), op.getMixedSizes(),
                                       op.getMixedStrides());
}

Value TimeSums::buildScatter(OpBuilder &builder, const TimeSum &sum) {
  auto op = sum.value.getDefiningOp<ScatterAddOp>();
  return ScatterAddOp::create(builder, op.getLoc(), op.getType(),
                              sequences.get(builder, op.getUpdates()),
                              sequences.get(builder, op.getIndices()));
}

Value TimeSums::buildSequenceSum(OpBuilder &builder, const TimeSum &sum,
                                 Value init) {
  Location loc = sum.value.getLoc();
  Value sequence = sequences.get(builder, sum.value);
  auto type = cast<RankedTensorType>(sequence.getType());
  auto resultType = ScanOp::getSliceType(type);
  bool isScalar = !isa<RankedTensorType>(sum.value.getType());
  if (!init)
    init = isScalar ? buildZeros(builder, loc, {}, type.getElementType())
                    : buildZero(builder, sum.value);
  else if (isScalar)
    init = tensor::FromElementsOp::create(builder, loc, resultType, init);

  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  iterators.front() = utils::IteratorType::reduction;
  AffineMap all = builder.getMultiDimIdentityMap(type.getRank());
  Value result =
      linalg::GenericOp::create(
          builder, loc, init.getType(), sequence, init,
          {all, all.dropResult(0)}, iterators,
          [&](OpBuilder &inner, Location loc, ValueRange arguments) {
            linalg::YieldOp::create(
                inner, loc, buildAdd(inner, loc, arguments[1], arguments[0]));
          })
          .getResult(0);
  if (!isScalar)
    return result;
  return tensor::ExtractOp::create(builder, loc, result, ValueRange());
}
