//===- StepAnalysis.cpp - What in a step depends on what ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepAnalysis.h"
#include "Contractions.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

StepAnalysis::StepAnalysis(ScanOp scan)
    : scan(scan), body(&scan.getBody().front()) {
  findConstants();
  for (bool reverse : {false, true}) {
    findAvailable(reverse);
    findMovable(reverse);
  }
  findWanted();
  findCarryDependences();
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

bool StepAnalysis::isConstant(Value value) const {
  if (!isDefinedIn(value, scan.getBody()))
    return true;
  Operation *op = value.getDefiningOp();
  return op && constants.contains(op);
}

/// Whether a size is known before the loop. Tried where it leaves no trace.
static bool isKnownSize(ScanOp scan, Value tensor, int64_t dim) {
  Block scratch;
  OpBuilder builder(scan.getContext());
  builder.setInsertionPointToEnd(&scratch);
  return succeeded(scan.reifyBodyDim(builder, tensor, dim));
}

bool StepAnalysis::hasKnownSizes(Value value) const {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && llvm::all_of(llvm::seq(type.getRank()), [&](int64_t dim) {
           return !type.isDynamicDim(dim) || isKnownSize(scan, value, dim);
         });
}

void StepAnalysis::findConstants() {
  for (Operation &op : body->without_terminator()) {
    if (auto dim = dyn_cast<tensor::DimOp>(op)) {
      auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
      std::optional<int64_t> index = dim.getConstantIndex();
      if (type && index && *index >= 0 && *index < type.getRank() &&
          isKnownSize(scan, dim.getSource(), *index)) {
        constants.insert(&op);
        continue;
      }
    }
    auto isKnown = [&](Value value) { return isConstant(value); };
    if (isPure(&op) && llvm::all_of(op.getOperands(), isKnown) &&
        llvm::all_of(getCapturedValues(&op), isKnown))
      constants.insert(&op);
  }
}

StepBatch StepAnalysis::getBatch(bool reverse) const {
  return StepBatch(scan.getStepIndex(), scan.getCount(), scan.getStaticCount(),
                   reverse, [this](Value value) { return !isConstant(value); });
}

bool StepAnalysis::isRead(OpOperand &use) const {
  auto op = dyn_cast<linalg::LinalgOp>(use.getOwner());
  return !op || op->getBlock() != body || !op.hasPureTensorSemantics() ||
         !op.isDpsInit(&use) || op.payloadUsesValueFromOperand(&use) ||
         !hasKnownSizes(use.get());
}

/// The op of the body that has a use in it or in its regions.
Operation *StepAnalysis::getOwner(OpOperand &use) const {
  return body->findAncestorOpInBlock(*use.getOwner());
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

bool StepAnalysis::isBatchable(Operation *op, bool reverse) const {
  auto batchable = dyn_cast<BatchableOpInterface>(op);
  if (!batchable || !isMemoryEffectFree(op) || op->getNumResults() == 0 ||
      !llvm::all_of(op->getResultTypes(),
                    [](Type type) { return isa<RankedTensorType>(type); }) ||
      !batchable.isBatchable(getBatch(reverse)))
    return false;
  // What is only written to is replaced by a tensor of its sizes.
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    for (OpOperand &init : linalgOp.getDpsInitsMutable())
      if (!linalgOp.payloadUsesValueFromOperand(&init) &&
          !hasKnownSizes(init.get()))
        return false;
  return true;
}

bool StepAnalysis::isAvailable(Value value, bool reverse) const {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    unsigned first = 1 + scan.getNumCarries(), number = argument.getArgNumber();
    return argument.getOwner() == body && number >= first &&
           scan.getInputReverse()[number - first] == reverse;
  }
  return available[reverse].contains(value.getDefiningOp());
}

bool StepAnalysis::isKnown(Value value, bool reverse) const {
  bool known = true;
  getBatch(reverse).collectNeeded(
      value, [&](Value needed) { known &= isAvailable(needed, reverse); });
  return known;
}

bool StepAnalysis::hasAvailableProducts(linalg::LinalgOp contraction,
                                        bool reverse) const {
  return isBatchable(contraction, reverse) &&
         llvm::all_of(contraction.getDpsInputs(),
                      [&](Value input) { return isKnown(input, reverse); });
}

void StepAnalysis::findAvailable(bool reverse) {
  StepBatch batch = getBatch(reverse);
  for (Operation &op : body->without_terminator())
    if (!constants.contains(&op) &&
        llvm::all_of(
            getStepOperands(&op, batch),
            [&](Value operand) { return isKnown(operand, reverse); }) &&
        isBatchable(&op, reverse))
      available[reverse].insert(&op);
}

void StepAnalysis::findMovable(bool reverse) {
  Operation *yield = scan.getYield();
  for (Operation &op : llvm::reverse(body->without_terminator())) {
    if (constants.contains(&op) ||
        (!isScalarStep(&op) && !isBatchable(&op, reverse)))
      continue;
    bool isNeeded = false, canMove = true;
    for (OpOperand &use : op.getUses()) {
      if (!isRead(use))
        continue;
      if (use.getOwner() != yield) {
        isNeeded = true;
        canMove &= movable[reverse].contains(getOwner(use));
      } else if (use.getOperandNumber() < scan.getNumCarries()) {
        canMove = false;
      } else {
        unsigned output = use.getOperandNumber() - scan.getNumCarries();
        if (scan.getOutputs()[output].use_empty())
          continue;
        isNeeded = true;
        canMove &= scan.getOutputReverse()[output] == reverse;
      }
    }
    if (isNeeded && canMove)
      movable[reverse].insert(&op);
  }
}

/// Whether the carry is a sum over time that nothing reads on the way.
bool StepAnalysis::isSum(unsigned carry) const {
  Value value = scan.getCarryArgs()[carry];
  if (!isa<RankedTensorType>(value.getType()) ||
      llvm::is_contained(scan.getHistories(), carry))
    return false;
  while (true) {
    // A sum may also write to where it reads.
    Operation *user = nullptr;
    for (OpOperand &use : value.getUses()) {
      if (user && use.getOwner() != user)
        return false;
      user = use.getOwner();
    }
    if (!user || user->getBlock() != body)
      return false;
    if (user == scan.getYield())
      return value.hasOneUse() &&
             value.getUses().begin()->getOperandNumber() == carry &&
             value != scan.getCarryArgs()[carry];
    if (linalg::LinalgOp contraction = getContraction(user)) {
      if (!value.hasOneUse() ||
          contraction.getDpsInitOperand(0)->get() != value)
        return false;
    } else {
      auto summands = matchSum(user);
      if (!summands ||
          (summands->first == value) == (summands->second == value))
        return false;
    }
    value = user->getResult(0);
  }
}

void StepAnalysis::findWanted() {
  Operation *yield = scan.getYield();
  SmallVector<bool> isSumCarry;
  for (unsigned carry : llvm::seq(scan.getNumCarries()))
    isSumCarry.push_back(isSum(carry));
  for (Operation &op : llvm::reverse(body->without_terminator())) {
    bool isNeeded = !isMemoryEffectFree(&op);
    for (OpOperand &use : op.getUses()) {
      if (!isRead(use))
        continue;
      unsigned number = use.getOperandNumber();
      if (use.getOwner() != yield)
        isNeeded |= wanted.contains(getOwner(use));
      else if (number < scan.getNumCarries())
        isNeeded |= !isSumCarry[number];
      else
        isNeeded |=
            !scan.getOutputs()[number - scan.getNumCarries()].use_empty();
    }
    if (isNeeded)
      wanted.insert(&op);
  }
}

void StepAnalysis::findCarryDependences() {
  Operation *yield = scan.getYield();
  for (Operation &op : body->without_terminator()) {
    auto depends = [&](Value value) {
      if (auto argument = dyn_cast<BlockArgument>(value))
        return argument.getOwner() == body && argument.getArgNumber() > 0 &&
               argument.getArgNumber() <= scan.getNumCarries();
      return depending.contains(
          body->findAncestorOpInBlock(*value.getDefiningOp()));
    };
    if (llvm::any_of(op.getOperands(), depends) ||
        llvm::any_of(getCapturedValues(&op), depends))
      depending.insert(&op);
  }
  for (Operation &op : llvm::reverse(body->without_terminator()))
    if (llvm::any_of(op.getUses(), [&](OpOperand &use) {
          return use.getOwner() == yield
                     ? use.getOperandNumber() < scan.getNumCarries()
                     : feeding.contains(getOwner(use));
        }))
      feeding.insert(&op);
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

static StepWork getWork(Operation *op) {
  return cast<BatchableOpInterface>(op).getStepWork();
}

llvm::SetVector<Operation *> StepAnalysis::planAfter(bool reverse) const {
  llvm::SetVector<Operation *> moved;
  for (Operation &op : body->without_terminator()) {
    if (!movable[reverse].contains(&op) || isScalarStep(&op))
      continue;
    // Through scalars as well.
    StepBatch batch = getBatch(reverse);
    bool follows = false;
    for (Value operand : getStepOperands(&op, batch))
      batch.collectNeeded(operand, [&](Value needed) {
        follows |= moved.contains(needed.getDefiningOp());
      });
    if (follows || getWork(&op) == StepWork::Other)
      moved.insert(&op);
  }
  return moved;
}

llvm::SetVector<Operation *> StepAnalysis::planBefore(bool reverse) const {
  llvm::DenseSet<Operation *> behind;
  for (bool direction : {false, true})
    behind.insert_range(planAfter(direction));

  // Ops that cost more than they read, and elementwise ops on their results: a
  // bias is added where what it is added to is written.
  StepBatch batch = getBatch(reverse);
  llvm::DenseSet<Operation *> hoisted, views;
  for (Operation &op : body->without_terminator()) {
    if (!available[reverse].contains(&op))
      continue;
    bool follows = false;
    for (Value operand : getStepOperands(&op, batch))
      follows |= hoisted.contains(operand.getDefiningOp()) ||
                 views.contains(operand.getDefiningOp());
    StepWork work = getWork(&op);
    if (work == StepWork::View) {
      if (follows)
        views.insert(&op);
    } else if ((follows || work == StepWork::Other) && wanted.contains(&op) &&
               !behind.contains(&op)) {
      hoisted.insert(&op);
    }
  }
  // And what they are made of.
  llvm::SetVector<Operation *> result;
  for (Operation &op : llvm::reverse(body->without_terminator())) {
    if (!hoisted.contains(&op))
      continue;
    for (Value operand : getStepOperands(&op, batch))
      batch.collectNeeded(operand, [&](Value needed) {
        if (Operation *producer = needed.getDefiningOp())
          hoisted.insert(producer);
      });
    result.insert(&op);
  }
  SmallVector<Operation *> ordered(llvm::reverse(result));
  return {ordered.begin(), ordered.end()};
}

//===----------------------------------------------------------------------===//
// Reasons
//===----------------------------------------------------------------------===//

Operation *StepAnalysis::findBlockerBefore(Operation *op) const {
  while (true) {
    if (!isScalarStep(op) && !isBatchable(op, false))
      return op;
    StepBatch batch = getBatch(false);
    Operation *next = nullptr;
    for (Value operand : getStepOperands(op, batch))
      batch.collectNeeded(operand, [&](Value needed) {
        Operation *producer = needed.getDefiningOp();
        if (producer)
          producer = body->findAncestorOpInBlock(*producer);
        if (producer && !isAvailable(producer, false) &&
            !isAvailable(producer, true))
          next = producer;
      });
    if (!next)
      return nullptr;
    op = next;
  }
}

Operation *StepAnalysis::findBlockerAfter(Operation *op) const {
  while (true) {
    if (!isScalarStep(op) && !isBatchable(op, false))
      return op;
    Operation *next = nullptr;
    for (OpOperand &use : op->getUses()) {
      Operation *user = getOwner(use);
      if (isRead(use) && user != scan.getYield() && !isMovable(user, false) &&
          !isMovable(user, true))
        next = user;
    }
    if (!next)
      return nullptr;
    op = next;
  }
}
