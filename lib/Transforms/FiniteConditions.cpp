//===- FiniteConditions.cpp - What a condition says is finite ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FiniteConditions.h"
#include "StepEditing.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::gradopt;

bool mlir::gradopt::isFiniteCheck(Operation *op) {
  return isa<CheckFiniteOp, CountNonfiniteOp>(op);
}

//===----------------------------------------------------------------------===//
// Sets
//===----------------------------------------------------------------------===//

/// Both conditions are true.
static FiniteSet both(FiniteSet a, const FiniteSet &b) {
  a.values.insert(b.values.begin(), b.values.end());
  a.isNever |= b.isNever;
  return a;
}

/// One of the conditions is true.
static FiniteSet either(const FiniteSet &a, const FiniteSet &b) {
  if (a.isNever)
    return b;
  if (b.isNever)
    return a;
  FiniteSet result;
  for (Value value : a.values)
    if (b.values.contains(value))
      result.values.insert(value);
  return result;
}

static FiniteSet never() {
  FiniteSet result;
  result.isNever = true;
  return result;
}

//===----------------------------------------------------------------------===//
// Through NaN and Inf
//===----------------------------------------------------------------------===//

/// The operands of a scalar or elementwise op whose NaN and Inf come through to
/// its result.
static SmallVector<Value> getCarriers(Operation *op) {
  // Finite / Inf is finite, Inf / x is not.
  if (isa<arith::DivFOp>(op))
    return {op->getOperand(0)};
  if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::NegFOp,
          arith::ExtFOp, arith::TruncFOp, GradientOp, tensor::CastOp>(op))
    return SmallVector<Value>(op->getOperands());
  return {};
}

/// The same of a linalg op each of whose elements is computed from one element
/// of each operand.
static SmallVector<Value> getCarriers(linalg::LinalgOp op, unsigned result) {
  if (op.getNumParallelLoops() != op.getNumLoops())
    return {};
  SmallVector<Value> carriers;
  SmallVector<Value> work{op.getBlock()->getTerminator()->getOperand(result)};
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (Operation *def = value.getDefiningOp()) {
      if (def->getBlock() == op.getBlock())
        llvm::append_range(work, getCarriers(def));
      continue;
    }
    auto arg = cast<BlockArgument>(value);
    if (arg.getOwner() != op.getBlock())
      continue;
    OpOperand *operand = op.getMatchingOpOperand(arg);
    if (op.getMatchingIndexingMap(operand).isPermutation())
      carriers.push_back(operand->get());
  }
  return carriers;
}

static void addFinite(Value value, llvm::DenseSet<Value> &values) {
  SmallVector<Value> work{value};
  while (!work.empty()) {
    Value current = work.pop_back_val();
    if (!values.insert(current).second)
      continue;
    auto result = dyn_cast<OpResult>(current);
    if (!result)
      continue;
    Operation *op = result.getOwner();
    if (Value operand = getClipOperand(result))
      work.push_back(operand);
    else if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      llvm::append_range(work, getCarriers(linalgOp, result.getResultNumber()));
    else
      llvm::append_range(work, getCarriers(op));
  }
}

static FiniteSet getFinite(ValueRange checked) {
  FiniteSet result;
  for (Value value : checked)
    addFinite(value, result.values);
  return result;
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

static bool isScalar(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  return !shaped || (shaped.hasRank() && shaped.getRank() == 0);
}

/// The scalar that `value` is, in or out of a tensor of no dimensions and of
/// the body of a linalg op on such tensors.
static Value getScalar(Value value) {
  while (true) {
    if (auto arg = dyn_cast<BlockArgument>(value)) {
      auto op =
          dyn_cast_or_null<linalg::LinalgOp>(arg.getOwner()->getParentOp());
      if (!op || op.getNumLoops() != 0)
        return value;
      value = op.getMatchingOpOperand(arg)->get();
      continue;
    }
    auto result = cast<OpResult>(value);
    Operation *op = result.getOwner();
    if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
      if (!extract.getIndices().empty())
        return value;
      value = extract.getTensor();
    } else if (auto elements = dyn_cast<tensor::FromElementsOp>(op)) {
      if (!isScalar(elements.getType()))
        return value;
      value = elements.getElements().front();
    } else if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
      if (linalgOp.getNumLoops() != 0)
        return value;
      value = linalgOp.getBlock()->getTerminator()->getOperand(
          result.getResultNumber());
    } else {
      return value;
    }
  }
}

static std::optional<APInt> getInteger(Value value) {
  APInt integer;
  if (matchPattern(getScalar(value), m_ConstantInt(&integer)))
    return integer;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Counts and conditions
//===----------------------------------------------------------------------===//

static FiniteSet getFiniteIf(Value condition, bool holds);

namespace {
/// The condition and the values of a select, or of a branch.
struct Choice {
  Value condition, ifTrue, ifFalse;
};
} // namespace

static std::optional<Choice> getChoice(Value value) {
  if (auto select = value.getDefiningOp<arith::SelectOp>()) {
    if (!isScalar(select.getCondition().getType()))
      return std::nullopt;
    return Choice{select.getCondition(), select.getTrueValue(),
                  select.getFalseValue()};
  }
  if (auto branch = value.getDefiningOp<scf::IfOp>()) {
    unsigned index = cast<OpResult>(value).getResultNumber();
    return Choice{branch.getCondition(), branch.thenYield().getOperand(index),
                  branch.elseYield().getOperand(index)};
  }
  return std::nullopt;
}

/// Whether an integer is a count: never below zero.
static bool isCount(Value value) {
  value = getScalar(value);
  if (std::optional<APInt> integer = getInteger(value))
    return !integer->isNegative();
  if (auto choice = getChoice(value))
    return isCount(choice->ifTrue) && isCount(choice->ifFalse);
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (isa<CountNonfiniteOp, arith::ExtUIOp>(op))
    return true;
  // Counts are far from the largest integer, and so is their sum.
  return isa<arith::AddIOp, arith::OrIOp, arith::MaxSIOp>(op) &&
         isCount(op->getOperand(0)) && isCount(op->getOperand(1));
}

/// What is finite if the integer `value`, maybe known to be a count, is zero.
static FiniteSet getFiniteIfZero(Value value, bool isKnownCount = false) {
  value = getScalar(value);
  if (std::optional<APInt> integer = getInteger(value))
    return integer->isZero() ? FiniteSet() : never();
  if (auto choice = getChoice(value))
    return either(both(getFiniteIf(choice->condition, true),
                       getFiniteIfZero(choice->ifTrue)),
                  both(getFiniteIf(choice->condition, false),
                       getFiniteIfZero(choice->ifFalse)));
  Operation *op = value.getDefiningOp();
  if (!op)
    return {};
  if (auto count = dyn_cast<CountNonfiniteOp>(op))
    return getFinite(count.getValues());
  if (auto extend = dyn_cast<arith::ExtUIOp>(op))
    return getFiniteIf(extend.getIn(), false);
  if (isa<arith::OrIOp>(op))
    return both(getFiniteIfZero(op->getOperand(0)),
                getFiniteIfZero(op->getOperand(1)));
  // Of numbers that are not negative all are zero if their sum is. The sum is
  // long: what is a part of a count is not asked again.
  if (isa<arith::AddIOp, arith::MaxSIOp>(op) &&
      (isKnownCount || isCount(value)))
    return both(getFiniteIfZero(op->getOperand(0), /*isKnownCount=*/true),
                getFiniteIfZero(op->getOperand(1), /*isKnownCount=*/true));
  return {};
}

/// Whether "count PREDICATE limit" says that the count is zero, or that it is
/// not.
static std::optional<bool> saysZero(arith::CmpIPredicate predicate,
                                    const APInt &limit) {
  using Predicate = arith::CmpIPredicate;
  bool zero = limit.isZero(), one = limit.isOne();
  if ((zero && (predicate == Predicate::eq || predicate == Predicate::sle ||
                predicate == Predicate::ule)) ||
      (one && (predicate == Predicate::slt || predicate == Predicate::ult)))
    return true;
  if ((zero && (predicate == Predicate::ne || predicate == Predicate::sgt ||
                predicate == Predicate::ugt)) ||
      (one && (predicate == Predicate::sge || predicate == Predicate::uge)))
    return false;
  return std::nullopt;
}

static FiniteSet getFiniteIf(arith::CmpIOp compare, bool holds) {
  Value count = compare.getLhs();
  std::optional<APInt> limit = getInteger(compare.getRhs());
  arith::CmpIPredicate predicate = compare.getPredicate();
  if (!limit) {
    limit = getInteger(compare.getLhs());
    count = compare.getRhs();
    switch (predicate) {
    case arith::CmpIPredicate::sge:
      predicate = arith::CmpIPredicate::sle;
      break;
    case arith::CmpIPredicate::uge:
      predicate = arith::CmpIPredicate::ule;
      break;
    case arith::CmpIPredicate::sgt:
      predicate = arith::CmpIPredicate::slt;
      break;
    case arith::CmpIPredicate::ugt:
      predicate = arith::CmpIPredicate::ult;
      break;
    case arith::CmpIPredicate::eq:
    case arith::CmpIPredicate::ne:
      break;
    default:
      return {};
    }
  }
  if (!limit)
    return {};
  std::optional<bool> zero = saysZero(predicate, *limit);
  bool isEquality = predicate == arith::CmpIPredicate::eq ||
                    predicate == arith::CmpIPredicate::ne;
  if (!zero || *zero != holds || (!isEquality && !isCount(count)))
    return {};
  return getFiniteIfZero(count);
}

/// What is finite if `condition` is true, or with `holds` = false, if it is
/// false.
static FiniteSet getFiniteIf(Value condition, bool holds) {
  condition = getScalar(condition);
  if (std::optional<APInt> constant = getInteger(condition))
    return constant->isZero() == holds ? never() : FiniteSet();
  if (auto choice = getChoice(condition))
    return either(both(getFiniteIf(choice->condition, true),
                       getFiniteIf(choice->ifTrue, holds)),
                  both(getFiniteIf(choice->condition, false),
                       getFiniteIf(choice->ifFalse, holds)));
  Operation *op = condition.getDefiningOp();
  if (!op)
    return {};
  if (auto check = dyn_cast<CheckFiniteOp>(op))
    return holds ? getFinite(check.getValues()) : FiniteSet();
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return getFiniteIf(compare, holds);
  if (isa<arith::AndIOp, arith::OrIOp>(op)) {
    FiniteSet a = getFiniteIf(op->getOperand(0), holds);
    FiniteSet b = getFiniteIf(op->getOperand(1), holds);
    return isa<arith::AndIOp>(op) == holds ? both(std::move(a), b)
                                           : either(a, b);
  }
  // Not, the only use of an exclusive or with a constant.
  if (isa<arith::XOrIOp>(op))
    if (std::optional<APInt> constant = getInteger(op->getOperand(1)))
      return getFiniteIf(op->getOperand(0), constant->isZero() == holds);
  return {};
}

FiniteSet mlir::gradopt::getFiniteIf(Value condition) {
  return ::getFiniteIf(condition, /*holds=*/true);
}
