//===- LinalgVJP.cpp - The derivative of a structured op ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgVJP.h"
#include "ElementwiseDerivatives.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::gradopt;

/// Builds a generic over the op's loops that reads the op's operands and
/// `extras`. Its body starts with a copy of the op's body; `buildBody` gives
/// what it yields, or null if there is nothing to build.
FailureOr<Value> LinalgVJP::buildGeneric(ArrayRef<Extra> extras, Value init,
                                         AffineMap initMap, bool accumulates,
                                         BuildBody buildBody) {
  SmallVector<Extra> inputs;
  for (OpOperand &operand : op->getOpOperands())
    inputs.push_back({operand.get(), getMap(operand)});
  llvm::append_range(inputs, extras);

  Region region;
  auto *block = new Block();
  region.push_back(block);
  for (const Extra &input : inputs)
    block->addArgument(getElementTypeOrSelf(input.value), loc);
  Value out = block->addArgument(getElementTypeOrSelf(init), loc);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(block);
    IRMapping mapping;
    mapping.map(body->getArguments(),
                block->getArguments().take_front(body->getNumArguments()));
    for (Operation &nested : body->without_terminator())
      builder.clone(nested, mapping);
    FailureOr<Value> yielded = buildBody(
        mapping, *block,
        block->getArguments().drop_front(op->getNumOperands()).drop_back());
    if (failed(yielded))
      return failure();
    if (!*yielded)
      return Value();
    if (accumulates)
      yielded = buildSum(builder, loc, out, *yielded);
    linalg::YieldOp::create(builder, loc, *yielded);
    eraseDeadOps(*block);
  }

  // An input that nothing reads stays only where it gives a loop its bound: so
  // that it is not kept for the reverse pass, and contractions are recognized.
  auto getMaps = [&] {
    SmallVector<AffineMap> maps;
    for (const Extra &input : inputs)
      maps.push_back(input.map);
    maps.push_back(initMap);
    return maps;
  };
  for (unsigned i = 0; i < inputs.size();) {
    Extra input = inputs[i];
    if (block->getArgument(i).use_empty()) {
      inputs.erase(inputs.begin() + i);
      if (inversePermutation(
              concatAffineMaps(getMaps(), builder.getContext()))) {
        block->eraseArgument(i);
        continue;
      }
      inputs.insert(inputs.begin() + i, input);
    }
    ++i;
  }

  SmallVector<Value> operands;
  for (const Extra &input : inputs)
    operands.push_back(input.value);
  SmallVector<utils::IteratorType> iterators(op.getNumLoops(),
                                             utils::IteratorType::reduction);
  for (AffineExpr loop : initMap.getResults())
    iterators[cast<AffineDimExpr>(loop).getPosition()] =
        utils::IteratorType::parallel;
  auto generic = linalg::GenericOp::create(
      builder, loc, init.getType(), operands, init, getMaps(), iterators);
  generic.getRegion().takeBody(region);
  return generic.getResult(0);
}

FailureOr<Value>
LinalgVJP::buildOperandCotangent(OpOperand &operand,
                                 ArrayRef<ActiveResult> results) {
  if (op.isDpsInit(&operand)) {
    unsigned index = operand.getOperandNumber() - op.getNumDpsInputs();
    if (isReduced(index)) {
      for (const ActiveResult &result : results) {
        if (result.index != index)
          continue;
        if (result.kind == ActiveResult::Sum)
          return result.cotangent;
        Elementwise e(builder, loc);
        return e.select(
            e.compare(result.isResult, operand.get(), op->getResult(index)),
            result.share, e.constant(result.share, 0));
      }
      return Value();
    }
  }
  if (!getArgument(operand))
    return Value();

  AffineMap map = getMap(operand);
  if (!map.isProjectedPermutation())
    return op->emitOpError("has no derivative with respect to operand #")
           << operand.getOperandNumber()
           << ": its indexing map is not a projected permutation of the loops";
  return buildCotangent(operand.get(), getArgument(operand), map, results);
}

/// 1/x if both are powers of two, so that dividing by x is exact.
static std::optional<APFloat> getExactInverse(Value x) {
  APFloat value(0.0f);
  if (!matchPattern(x, m_ConstantFloat(&value)))
    return std::nullopt;
  APFloat inverse(value.getSemantics());
  if (!value.getExactInverse(&inverse))
    return std::nullopt;
  return inverse;
}

/// `computed` is known as `result`. If it is a·x + b of another value x that
/// the derivative needs, such as the tanh inside of a sigmoid, that follows
/// from `result` as well, and what x is made of is not kept.
static void readThroughAffine(OpBuilder &builder, Value computed,
                              Value result) {
  Location loc = computed.getLoc();
  auto isConstant = [](Value value) {
    return matchPattern(value, m_Constant());
  };
  // From x to what is known of it; built where it is used.
  SmallVector<std::function<Value(Value)>> steps;
  while (Operation *op = computed.getDefiningOp()) {
    if (op->getNumOperands() != 2 ||
        isConstant(op->getOperand(0)) == isConstant(op->getOperand(1)))
      return;
    bool isFirst = isConstant(op->getOperand(0));
    Value constant = op->getOperand(isFirst ? 0 : 1);
    computed = op->getOperand(isFirst ? 1 : 0);
    if (isa<arith::AddFOp>(op)) {
      steps.push_back([&builder, loc, constant](Value known) -> Value {
        return arith::SubFOp::create(builder, loc, known, constant);
      });
    } else if (std::optional<APFloat> inverse = getExactInverse(constant);
               inverse && isa<arith::MulFOp>(op)) {
      steps.push_back([&builder, loc, inverse](Value known) -> Value {
        Value factor = arith::ConstantOp::create(
            builder, loc, builder.getFloatAttr(known.getType(), *inverse));
        return arith::MulFOp::create(builder, loc, known, factor);
      });
    } else {
      return;
    }
    if (!computed.getDefiningOp())
      return;
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : computed.getUses())
      if (use.getOwner() != op)
        uses.push_back(&use);
    if (uses.empty())
      continue;
    // The cotangents come behind all that the body computed.
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfterValue(computed);
    Value known = result;
    for (const auto &step : steps)
      known = step(known);
    for (OpOperand *use : uses)
      use->set(known);
    return;
  }
}

FailureOr<Value> LinalgVJP::buildCotangent(Value value, Value element,
                                           AffineMap map,
                                           ArrayRef<ActiveResult> results) {
  SmallVector<Extra> extras;
  for (const ActiveResult &result : results) {
    if (result.kind == ActiveResult::Extremum)
      extras.push_back({op->getResult(result.index), result.map});
    extras.push_back({result.kind == ActiveResult::Extremum ? result.share
                                                            : result.cotangent,
                      result.map});
  }
  // What was computed is read rather than computed once more.
  SmallVector<unsigned> finished;
  for (unsigned index : llvm::seq(op->getNumResults()))
    if (!isReduced(index)) {
      finished.push_back(index);
      extras.push_back(
          {op->getResult(index), getMap(*op.getDpsInitOperand(index))});
    }

  bool accumulates = !map.isPermutation();
  bool isScalar = !isa<RankedTensorType>(value.getType());
  Type elementType = getElementTypeOrSelf(value);
  Value init;
  if (isScalar)
    init =
        tensor::EmptyOp::create(builder, loc, ArrayRef<int64_t>{}, elementType);
  if (accumulates)
    init = buildZero(builder, loc, isScalar ? init : value);
  else if (!isScalar)
    init = tensor::EmptyOp::create(
        builder, loc, buildSizes(builder, loc, value), elementType,
        cast<RankedTensorType>(value.getType()).getEncoding());

  FailureOr<Value> cotangent = buildGeneric(
      extras, init, map, accumulates,
      [&](IRMapping &mapping, Block &block,
          ValueRange extras) -> FailureOr<Value> {
        llvm::DenseSet<Value> active;
        for (OpOperand &other : op->getOpOperands())
          if (getArgument(other) && llvm::is_contained(wanted, other.get()) &&
              !(op.isDpsInit(&other) &&
                isReduced(other.getOperandNumber() - op.getNumDpsInputs())))
            active.insert(mapping.lookup(getArgument(other)));
        active.insert(captures.begin(), captures.end());
        propagateActivity(block, active);

        ReverseMode mode(builder, active);
        for (const ActiveResult &result : results) {
          Value yielded = body->getTerminator()->getOperand(result.index);
          if (result.kind != ActiveResult::Extremum) {
            mode.accumulate(mapping.lookupOrDefault(yielded), extras.front());
            extras = extras.drop_front();
            continue;
          }
          Value candidate = mapping.lookupOrDefault(result.candidate);
          Elementwise e(builder, loc);
          Value tie = e.compare(result.isResult, candidate, extras[0]);
          mode.accumulate(candidate,
                          e.select(tie, extras[1], e.constant(candidate, 0)));
          extras = extras.drop_front(2);
        }
        if (failed(mode.run(block)))
          return failure();
        for (auto [index, result] : llvm::zip_equal(finished, extras)) {
          Value yielded = body->getTerminator()->getOperand(index);
          if (yielded.getDefiningOp() && yielded.getParentBlock() == body) {
            Value computed = mapping.lookup(yielded);
            computed.replaceAllUsesWith(result);
            readThroughAffine(builder, computed, result);
          }
        }
        return mode.getCotangent(mapping.lookupOrDefault(element));
      });
  if (succeeded(cotangent) && *cotangent && isScalar)
    return tensor::ExtractOp::create(builder, loc, *cotangent, ValueRange())
        .getResult();
  return cotangent;
}
