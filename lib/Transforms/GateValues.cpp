//===- GateValues.cpp - Gates before their activation -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A gate is what the origins of ops say. Its value before the activation is
// found from the gate's result: backward through ops that depend on one value
// only, element by element, to the first of these values.

#include "Clips.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::gradopt;

/// The gate that an op belongs to, empty if none or if it was fused of several.
static StringRef getGate(Operation *op) {
  SmallVector<OriginAttr> origins;
  collectOrigins(op->getLoc(), origins);
  StringRef gate;
  for (OriginAttr origin : origins) {
    if (origin.getGate().empty() || origin.getGate() == gate)
      continue;
    if (!gate.empty())
      return {};
    gate = origin.getGate();
  }
  return gate;
}

namespace {

class GateFinder {
public:
  GateFinder(RewriterBase &rewriter, ScanOp scan)
      : rewriter(rewriter), body(scan.getBody().front()) {}

  SmallVector<GateValue> find();

private:
  bool isActive(Value value);
  Operation *getBodyOp(Operation *op) {
    return body.findAncestorOpInBlock(*op);
  }
  GateValue findBehind(StringRef gate, Value output);
  SmallVector<OpOperand *> getActivated(Operation *op);
  SmallVector<OpOperand *> getActivated(linalg::LinalgOp op);
  Value findCut(linalg::LinalgOp op);
  OpOperand *split(linalg::LinalgOp op, Value cut);

  RewriterBase &rewriter;
  Block &body;
  llvm::DenseMap<Value, bool> active;
};

} // namespace

/// Whether a derivative could flow to the value: constants, and what is made of
/// them alone, are not what an activation acts on.
bool GateFinder::isActive(Value value) {
  if (!isa<FloatType>(getElementTypeOrSelf(value.getType())))
    return false;
  Operation *op = value.getDefiningOp();
  if (!op)
    return true;
  if (op->hasTrait<OpTrait::ConstantLike>())
    return false;
  auto known = active.find(value);
  if (known != active.end())
    return known->second;
  auto isActiveValue = [&](Value operand) { return isActive(operand); };
  bool result = llvm::any_of(op->getOperands(), isActiveValue) ||
                llvm::any_of(getCapturedValues(op), isActiveValue);
  active[value] = result;
  return result;
}

/// The value in the body of an elementwise op through which alone its result
/// depends on what is active: the first one in the order of computation.
Value GateFinder::findCut(linalg::LinalgOp op) {
  Block &block = *op.getBlock();
  Value result = block.getTerminator()->getOperand(0);
  auto isSource = [&](Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    if (argument && argument.getOwner() == &block)
      return isActive(op.getMatchingOpOperand(argument)->get());
    return value.getParentBlock() != &block && isActive(value);
  };
  // Whether the result depends on a source other than through `cut`.
  auto goesAround = [&](Value cut) {
    SmallVector<Value> work{result};
    llvm::DenseSet<Value> seen{cut};
    while (!work.empty()) {
      Value value = work.pop_back_val();
      if (!seen.insert(value).second)
        continue;
      if (isSource(value))
        return true;
      Operation *def = value.getDefiningOp();
      if (def && def->getBlock() == &block)
        llvm::append_range(work, def->getOperands());
    }
    return false;
  };
  for (BlockArgument argument : block.getArguments())
    if (isSource(argument) && !goesAround(argument))
      return argument;
  for (Operation &nested : block.without_terminator())
    for (Value value : nested.getResults())
      if (isa<FloatType>(value.getType()) && !goesAround(value))
        return value;
  return result;
}

/// What `value` depends on in `block`, ops and arguments, not going beyond
/// `known`.
static llvm::DenseSet<Value> getDependencies(Block &block, Value value,
                                             Value known) {
  llvm::DenseSet<Value> needed;
  SmallVector<Value> work{value};
  while (!work.empty()) {
    Value next = work.pop_back_val();
    if (next.getParentBlock() != &block || !needed.insert(next).second ||
        next == known)
      continue;
    if (Operation *def = next.getDefiningOp())
      llvm::append_range(work, def->getOperands());
  }
  return needed;
}

/// Builds the part of an elementwise op that computes `result`, a value of its
/// body. With `input` it takes the tensor of `known`, another value of the
/// body, as its last input.
static linalg::GenericOp buildPart(RewriterBase &rewriter, linalg::LinalgOp op,
                                   Value init, Value result, Value known = {},
                                   Value input = {}) {
  Block &block = *op.getBlock();
  llvm::DenseSet<Value> needed = getDependencies(block, result, known);
  SmallVector<Value> inputs, values;
  SmallVector<AffineMap> maps;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(operand);
    if (!needed.contains(argument) || argument == known)
      continue;
    inputs.push_back(operand->get());
    values.push_back(argument);
    maps.push_back(op.getMatchingIndexingMap(operand));
  }
  unsigned rank = op.getNumLoops();
  AffineMap identity = rewriter.getMultiDimIdentityMap(rank);
  if (input) {
    inputs.push_back(input);
    values.push_back(known);
    maps.push_back(identity);
  }
  maps.push_back(identity);
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
      rewriter, op.getLoc(), init.getType(), inputs, init, maps, iterators,
      [&](OpBuilder &b, Location loc, ValueRange args) {
        IRMapping mapping;
        mapping.map(values, args.drop_back());
        for (Operation &nested : block.without_terminator())
          if (llvm::any_of(nested.getResults(), [&](Value value) {
                return needed.contains(value) && value != known;
              }))
            b.clone(nested, mapping);
        linalg::YieldOp::create(b, loc, mapping.lookupOrDefault(result));
      });
}

/// Makes two ops of one: the first computes `cut`, the second the rest of it.
/// Returns where the second one takes it.
OpOperand *GateFinder::split(linalg::LinalgOp op, Value cut) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Value init = op.getDpsInits().front(), empty = init;
  if (getElementTypeOrSelf(init.getType()) != cut.getType())
    empty = tensor::EmptyOp::create(
        rewriter, op.getLoc(),
        tensor::getMixedSizes(rewriter, op.getLoc(), init), cut.getType());
  Value computed = buildPart(rewriter, op, empty, cut).getResult(0);
  Value result = op.getBlock()->getTerminator()->getOperand(0);
  linalg::GenericOp rest = buildPart(rewriter, op, init, result, cut, computed);
  rewriter.replaceOp(op, rest);
  active.clear();
  return rest.getDpsInputOperand(rest.getNumDpsInputs() - 1);
}

SmallVector<OpOperand *> GateFinder::getActivated(linalg::LinalgOp op) {
  Block *block = op.getBlock();
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops() ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity() ||
      !block->getArguments().back().use_empty() ||
      llvm::any_of(*block, [](Operation &nested) {
        return nested.getNumRegions() != 0;
      }))
    return {};
  Value cut = findCut(op);
  if (cut == block->getTerminator()->getOperand(0))
    return {};
  if (auto argument = dyn_cast<BlockArgument>(cut)) {
    OpOperand *operand = op.getMatchingOpOperand(argument);
    if (op.getMatchingIndexingMap(operand).isIdentity())
      return {operand};
  }
  return {split(op, cut)};
}

/// The operands of `op` that are the one value on which its result depends,
/// each element on the same one. Empty if there is no such value.
SmallVector<OpOperand *> GateFinder::getActivated(Operation *op) {
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return getActivated(linalgOp);
  if (!OpTrait::hasElementwiseMappableTraits(op) || op->getNumResults() != 1)
    return {};
  SmallVector<OpOperand *> operands;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isActive(operand.get()))
      continue;
    if (!operands.empty() && operands.front()->get() != operand.get())
      return {};
    operands.push_back(&operand);
  }
  return operands;
}

GateValue GateFinder::findBehind(StringRef gate, Value output) {
  GateValue found{gate.str(), output, {}};
  while (true) {
    Operation *op = found.value.getDefiningOp();
    if (!op || op->getBlock() != &body)
      return found;
    // In front of the clips that are there already, which act before a new one
    // on what flows back.
    if (auto clip = dyn_cast<ClipCotangentOp>(op)) {
      found.value = clip.getValue();
      found.uses = {&clip.getValueMutable()};
      continue;
    }
    if (getGate(op) != gate)
      return found;
    SmallVector<OpOperand *> operands = getActivated(op);
    if (operands.empty())
      return found;
    found.value = operands.front()->get();
    found.uses = operands;
  }
}

SmallVector<GateValue> GateFinder::find() {
  // What a gate gives to the rest of the step.
  SmallVector<std::pair<std::string, Value>> outputs;
  for (Operation &op : body) {
    StringRef gate = getGate(&op);
    if (gate.empty())
      continue;
    for (Value result : op.getResults()) {
      bool isOutput = !result.use_empty() && isActive(result) &&
                      isa<RankedTensorType>(result.getType());
      for (Operation *user : result.getUsers())
        isOutput &= getGate(getBodyOp(user)) != gate;
      if (isOutput)
        outputs.push_back({gate.str(), result});
    }
  }
  SmallVector<GateValue> values;
  for (auto &[gate, output] : outputs)
    values.push_back(findBehind(gate, output));
  return values;
}

SmallVector<GateValue> mlir::gradopt::findGateValues(RewriterBase &rewriter,
                                                     ScanOp scan) {
  return GateFinder(rewriter, scan).find();
}
