//===- CountedLoops.cpp - Loops that count their iterations ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CountedLoops.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

bool CountedLoop::isCandidate(Operation *op) {
  if (!isa<scf::ForOp, scf::WhileOp>(op))
    return false;
  bool hasTensors = false;
  for (Region &region : op->getRegions())
    for (BlockArgument argument : region.getArguments()) {
      Type type = argument.getType();
      hasTensors |= isa<RankedTensorType>(type);
      if (!type.isIntOrIndexOrFloat() && !isa<TensorType, ComplexType>(type))
        return false;
    }
  for (Operation &nested : op->getRegions().back().front())
    hasTensors |= isa<tensor::ExtractSliceOp, tensor::ExtractOp>(nested);
  return hasTensors;
}

LogicalResult CountedLoop::match(Obstacle &obstacle) {
  for (Value operand : op->getOperands())
    if (isa<UnrankedTensorType>(operand.getType()))
      return obstacle.set(op, "carry",
                          "it carries a tensor of unknown rank, and a carry of "
                          "a scan has a rank");
  return isa<scf::ForOp>(op) ? matchFor(obstacle) : matchWhile(obstacle);
}

LogicalResult CountedLoop::matchFor(Obstacle &obstacle) {
  auto loop = cast<scf::ForOp>(op);
  body = loop.getBody();
  for (auto [init, argument, result] : llvm::zip_equal(
           loop.getInitArgs(), loop.getRegionIterArgs(), loop.getResults()))
    variables.push_back({init, {argument}, {result}, std::nullopt});

  std::optional<LinearExpr> lower = indices.evaluate(loop.getLowerBound());
  std::optional<LinearExpr> upper = indices.evaluate(loop.getUpperBound());
  std::optional<LinearExpr> stride = indices.evaluate(loop.getStep());
  if (!lower || !upper || !stride || !stride->isConstant() ||
      stride->constant <= 0)
    return obstacle.set(op, "bounds",
                        "its step is not known to be a positive constant");
  if (loop.getUnsignedCmp() &&
      !(indices.isNonNegative(*lower, /*hasIteration=*/false) &&
        indices.isNonNegative(*upper, /*hasIteration=*/false)))
    return obstacle.set(op, "bounds",
                        "its bounds are compared as unsigned numbers and may "
                        "be negative");
  LinearExpr counter = *lower + LinearExpr::getStep(stride->constant);
  counters.push_back({loop.getInductionVar(), counter});
  indices.setValue(loop.getInductionVar(), counter);
  setCount(*upper - *lower, stride->constant);
  findCounters();
  return success();
}

LogicalResult CountedLoop::matchWhile(Obstacle &obstacle) {
  auto loop = cast<scf::WhileOp>(op);
  body = loop.getAfterBody();
  Block *before = loop.getBeforeBody();
  for (Operation &nested : before->without_terminator())
    if (!isMemoryEffectFree(&nested))
      return obstacle.set(&nested, "condition",
                          "'" + nested.getName().getStringRef() +
                              "' has an effect in front of the condition");
  for (auto [init, argument] :
       llvm::zip_equal(loop.getInits(), before->getArguments()))
    variables.push_back({init, {argument}, {}, std::nullopt});

  scf::ConditionOp condition = loop.getConditionOp();
  for (auto [forwarded, argument, result] : llvm::zip_equal(
           condition.getArgs(), body->getArguments(), loop.getResults())) {
    auto variable = dyn_cast<BlockArgument>(forwarded);
    if (variable && variable.getOwner() == before) {
      variables[variable.getArgNumber()].args.push_back(argument);
      variables[variable.getArgNumber()].results.push_back(result);
      continue;
    }
    if (!indices.isInvariant(forwarded)) {
      Operation *definition = forwarded.getDefiningOp();
      return obstacle.set(definition, "condition",
                          "'" + definition->getName().getStringRef() +
                              "' computes a result in front of the condition, "
                              "and the body of a scan comes after it");
    }
    constants.push_back({argument, forwarded});
    constants.push_back({result, forwarded});
    indices.setValue(argument, LinearExpr::get(LoopConstant{forwarded}));
    indices.setSizesOf(argument, forwarded);
  }
  findCounters();
  return matchCondition(condition.getCondition(), obstacle);
}

LogicalResult CountedLoop::matchCondition(Value condition, Obstacle &obstacle) {
  auto compare = unwrapScalar(condition).getDefiningOp<arith::CmpIOp>();
  if (!compare) {
    Operation *definition = unwrapScalar(condition).getDefiningOp();
    return obstacle.set(
        definition ? definition : op, "condition",
        "its condition does not compare a counter with a bound");
  }
  std::optional<LinearExpr> lhs = indices.evaluate(compare.getLhs());
  std::optional<LinearExpr> rhs = indices.evaluate(compare.getRhs());
  using Predicate = arith::CmpIPredicate;
  Predicate predicate = compare.getPredicate();
  if (!lhs || !rhs)
    return obstacle.set(compare, "condition",
                        "its condition compares what is neither a counter that "
                        "a constant is added to nor constant");
  auto startsNonNegative = [&](const LinearExpr &expr) {
    LinearExpr start = expr;
    start.step = 0;
    return expr.step >= 0 &&
           indices.isNonNegative(start, /*hasIteration=*/false);
  };
  bool isUnsigned = llvm::is_contained(
      {Predicate::ult, Predicate::ule, Predicate::ugt, Predicate::uge},
      predicate);
  if (isUnsigned && !(startsNonNegative(*lhs) && startsNonNegative(*rhs)))
    return obstacle.set(compare, "condition",
                        "its condition compares numbers as unsigned that may "
                        "be negative");
  // The loop goes on while what is left is positive.
  LinearExpr left;
  switch (predicate) {
  case Predicate::slt:
  case Predicate::ult:
    left = *rhs - *lhs;
    break;
  case Predicate::sle:
  case Predicate::ule:
    left = *rhs - *lhs + LinearExpr::get(1);
    break;
  case Predicate::sgt:
  case Predicate::ugt:
    left = *lhs - *rhs;
    break;
  case Predicate::sge:
  case Predicate::uge:
    left = *lhs - *rhs + LinearExpr::get(1);
    break;
  case Predicate::ne: {
    left = *rhs - *lhs;
    if (left.step > 0)
      left = left * -1;
    LinearExpr start = left;
    start.step = 0;
    // Otherwise it may pass the bound by and never end.
    if (left.step == -1 && indices.isNonNegative(start, /*hasIteration=*/false))
      break;
    return obstacle.set(compare, "condition",
                        "its counter is not known to meet the bound that it "
                        "is compared with");
  }
  case Predicate::eq:
    return obstacle.set(compare, "condition",
                        "it goes on while two numbers are equal");
  }
  if (left.step >= 0)
    return obstacle.set(compare, "condition",
                        "its counter does not approach the bound by a constant "
                        "in each iteration");
  int64_t stride = -left.step;
  left.step = 0;
  setCount(left, stride);
  return success();
}

void CountedLoop::setCount(const LinearExpr &newDistance, int64_t newStep) {
  distance = newDistance;
  step = newStep;
  if (step == 1)
    indices.setCount(distance);
  else if (distance.isConstant())
    indices.setCount(
        LinearExpr::get(llvm::divideCeilSigned(distance.constant, step)));
}

/// Finds the variables that stay and those that count, until no more are found:
/// one may count in terms of another one.
void CountedLoop::findCounters() {
  for (LoopVariable &variable : variables)
    for (Value argument : variable.args)
      indices.setSizesOf(argument, variable.init);
  bool changed = true;
  while (changed) {
    changed = false;
    for (auto [variable, next] : llvm::zip_equal(variables, getNext())) {
      if (variable.value || variable.args.empty())
        continue;
      bool isInteger = holdsOneInteger(variable.init.getType());
      if (llvm::is_contained(variable.args, next)) {
        variable.isInvariant = true;
        variable.value = isInteger
                             ? indices.evaluate(variable.init)
                             : LinearExpr::get(LoopConstant{variable.init});
      } else if (isInteger) {
        std::optional<LinearExpr> init = indices.evaluate(variable.init);
        LinearExpr self = LinearExpr::get(LoopConstant{variable.args.front()});
        for (Value argument : variable.args)
          indices.setValue(argument, self);
        std::optional<LinearExpr> following = indices.evaluate(next);
        for (Value argument : variable.args)
          indices.clearValue(argument);
        if (!init || !following)
          continue;
        LinearExpr change = *following - self;
        LinearExpr previous = *following + LinearExpr::get(-following->step);
        if (change.isConstant())
          variable.value = *init + LinearExpr::getStep(change.constant);
        else if (LinearExpr before =
                     previous - LinearExpr::getStep(previous.step);
                 before == *init)
          // What another counter was one iteration ago.
          variable.value = previous;
      }
      if (!variable.value)
        continue;
      changed = true;
      for (Value argument : variable.args) {
        indices.setValue(argument, *variable.value);
        counters.push_back({argument, *variable.value});
      }
    }
  }
}

Value CountedLoop::buildCount(OpBuilder &builder) const {
  if (distance.isConstant())
    return arith::ConstantIndexOp::create(
        builder, getLoc(),
        std::max<int64_t>(llvm::divideCeilSigned(distance.constant, step), 0));
  Value count =
      LoopIndices::materialize(builder, getLoc(), distance, /*iteration=*/{});
  if (step != 1)
    count = arith::CeilDivSIOp::create(
        builder, getLoc(), count,
        arith::ConstantIndexOp::create(builder, getLoc(), step));
  if (indices.isNonNegative(distance, /*hasIteration=*/false))
    return count;
  return arith::MaxSIOp::create(
      builder, getLoc(), count,
      arith::ConstantIndexOp::create(builder, getLoc(), 0));
}

Value mlir::gradopt::convertIndex(OpBuilder &builder, Location loc, Value index,
                                  Type type) {
  Type scalar = getElementTypeOrSelf(type);
  Value value = index;
  if (scalar != index.getType())
    value = arith::IndexCastOp::create(builder, loc, scalar, index);
  if (isa<RankedTensorType>(type))
    value = tensor::FromElementsOp::create(builder, loc, type, value);
  return value;
}
