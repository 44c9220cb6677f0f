//===- LoopIndexEvaluation.cpp - Linear integers in a counted loop --------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopIndices.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;
using namespace mlir::gradopt;

/// Chains of ops that are longer are not followed.
static constexpr unsigned kMaxDepth = 64;
/// The bits from which on a type is taken not to wrap around.
static constexpr unsigned kMinWidth = 32;

void LoopIndices::setValue(Value value, const LinearExpr &expr) {
  given[value] = expr;
  known.clear();
  invariant.clear();
}

std::optional<LinearExpr> LoopIndices::evaluateBefore(OpFoldResult value) {
  inBody = false;
  known.clear();
  std::optional<LinearExpr> result = evaluate(value);
  inBody = true;
  known.clear();
  return result;
}

std::optional<LinearExpr> LoopIndices::evaluateDimBefore(Value tensor,
                                                         int64_t dim) {
  inBody = false;
  known.clear();
  std::optional<LinearExpr> result = evaluateDim(tensor, dim);
  inBody = true;
  known.clear();
  return result;
}

std::optional<LinearExpr> LoopIndices::evaluate(OpFoldResult value) {
  if (auto attr = dyn_cast<Attribute>(value))
    return LinearExpr::get(cast<IntegerAttr>(attr).getInt());
  return evaluate(cast<Value>(value));
}

std::optional<LinearExpr> LoopIndices::evaluate(Value value) {
  if (auto found = given.find(value); found != given.end())
    return found->second;
  if (auto found = known.find(value); found != known.end())
    return found->second;
  if (!holdsOneInteger(value.getType()))
    return std::nullopt;
  std::optional<LinearExpr> result;
  if (depth < kMaxDepth) {
    ++depth;
    result = evaluateUncached(value);
    --depth;
  }
  if (!result && isInvariant(value))
    result = LinearExpr::get(LoopConstant{value});
  known[value] = result;
  return result;
}

std::optional<LinearExpr> LoopIndices::evaluateUncached(Value value) {
  Type type = getElementTypeOrSelf(value.getType());
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant))) {
    if (constant.getBitWidth() > 64)
      return std::nullopt;
    return LinearExpr::get(constant.getBitWidth() == 1
                               ? static_cast<int64_t>(constant.getZExtValue())
                               : constant.getSExtValue());
  }
  if (type.isInteger(1)) {
    std::optional<bool> condition = evaluateCondition(value);
    if (!condition)
      return std::nullopt;
    return LinearExpr::get(*condition ? 1 : 0);
  }
  if (type.isInteger() && type.getIntOrFloatBitWidth() < kMinWidth)
    return std::nullopt;
  if (Value source = unwrapScalarOnce(value))
    return evaluate(source);
  if (Operation *op = value.getDefiningOp())
    return evaluateOp(op, value);
  return std::nullopt;
}

std::optional<LinearExpr>
LoopIndices::pickSmaller(std::optional<LinearExpr> lhs,
                         std::optional<LinearExpr> rhs, bool smaller,
                         bool isUnsigned) {
  if (!lhs || !rhs)
    return std::nullopt;
  if (isUnsigned &&
      !(isNonNegative(*lhs, inBody) && isNonNegative(*rhs, inBody)))
    return std::nullopt;
  if (isNonNegative(*rhs - *lhs, inBody))
    return smaller ? lhs : rhs;
  if (isNonNegative(*lhs - *rhs, inBody))
    return smaller ? rhs : lhs;
  return std::nullopt;
}

std::optional<LinearExpr> LoopIndices::evaluateAffine(AffineExpr expr,
                                                      unsigned numDims,
                                                      ValueRange operands) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return LinearExpr::get(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return evaluate(operands[dim.getPosition()]);
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return evaluate(operands[numDims + symbol.getPosition()]);
  auto binary = cast<AffineBinaryOpExpr>(expr);
  std::optional<LinearExpr> lhs =
      evaluateAffine(binary.getLHS(), numDims, operands);
  std::optional<LinearExpr> rhs =
      evaluateAffine(binary.getRHS(), numDims, operands);
  if (!lhs || !rhs)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add)
    return *lhs + *rhs;
  if (expr.getKind() == AffineExprKind::Mul && rhs->isConstant())
    return *lhs * rhs->constant;
  return std::nullopt;
}

std::optional<LinearExpr> LoopIndices::evaluateOp(Operation *op, Value value) {
  auto operand = [&](unsigned i) { return evaluate(op->getOperand(i)); };
  if (isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op)) {
    std::optional<LinearExpr> lhs = operand(0), rhs = operand(1);
    if (!lhs || !rhs)
      return std::nullopt;
    if (isa<arith::AddIOp>(op))
      return *lhs + *rhs;
    if (isa<arith::SubIOp>(op))
      return *lhs - *rhs;
    if (rhs->isConstant())
      return *lhs * rhs->constant;
    if (lhs->isConstant())
      return *rhs * lhs->constant;
    return std::nullopt;
  }
  if (isa<arith::IndexCastOp, arith::TruncIOp, arith::ExtSIOp>(op)) {
    std::optional<LinearExpr> source = operand(0);
    // A bit is 0 or -1 with its sign.
    if (source &&
        getElementTypeOrSelf(op->getOperand(0).getType()).isInteger(1))
      return *source * -1;
    return source;
  }
  if (isa<arith::IndexCastUIOp, arith::ExtUIOp>(op)) {
    std::optional<LinearExpr> source = operand(0);
    if (source && isNonNegative(*source, inBody))
      return source;
    return std::nullopt;
  }
  if (isa<arith::MinSIOp, arith::MinUIOp, arith::MaxSIOp, arith::MaxUIOp>(op))
    return pickSmaller(operand(0), operand(1),
                       isa<arith::MinSIOp, arith::MinUIOp>(op),
                       isa<arith::MinUIOp, arith::MaxUIOp>(op));
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    std::optional<bool> condition = evaluateCondition(select.getCondition());
    if (!condition)
      return std::nullopt;
    return operand(*condition ? 1 : 2);
  }
  if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    std::optional<int64_t> number = dim.getConstantIndex();
    if (!number)
      return std::nullopt;
    return evaluateDim(dim.getSource(), *number);
  }
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op))
    return evaluateAffine(apply.getAffineMap().getResult(0),
                          apply.getAffineMap().getNumDims(),
                          apply.getMapOperands());
  if (isa<affine::AffineMinOp, affine::AffineMaxOp>(op)) {
    AffineMap map = isa<affine::AffineMinOp>(op)
                        ? cast<affine::AffineMinOp>(op).getMap()
                        : cast<affine::AffineMaxOp>(op).getMap();
    std::optional<LinearExpr> result;
    for (auto [i, expr] : llvm::enumerate(map.getResults())) {
      std::optional<LinearExpr> next =
          evaluateAffine(expr, map.getNumDims(), op->getOperands());
      result = i == 0 ? next
                      : pickSmaller(result, next, isa<affine::AffineMinOp>(op),
                                    /*isUnsigned=*/false);
    }
    return result;
  }
  return std::nullopt;
}

std::optional<bool> LoopIndices::evaluateCondition(Value value) {
  value = unwrapScalar(value);
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return !constant.isZero();
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (isa<arith::AndIOp, arith::OrIOp>(op)) {
    std::optional<bool> lhs = evaluateCondition(op->getOperand(0));
    std::optional<bool> rhs = evaluateCondition(op->getOperand(1));
    bool decides = isa<arith::OrIOp>(op);
    if (lhs == decides || rhs == decides)
      return decides;
    if (lhs && rhs)
      return !decides;
    return std::nullopt;
  }
  auto compare = dyn_cast<arith::CmpIOp>(op);
  if (!compare)
    return std::nullopt;
  std::optional<LinearExpr> lhs = evaluate(compare.getLhs());
  std::optional<LinearExpr> rhs = evaluate(compare.getRhs());
  if (!lhs || !rhs)
    return std::nullopt;
  auto nonNegative = [&](const LinearExpr &expr) {
    return isNonNegative(expr, inBody);
  };
  // Whether small < large, or small <= large with `orEqual`.
  auto order = [&](const LinearExpr &small, const LinearExpr &large,
                   bool orEqual) -> std::optional<bool> {
    LinearExpr gap = large - small + LinearExpr::get(orEqual ? 0 : -1);
    if (nonNegative(gap))
      return true;
    if (nonNegative(gap * -1 + LinearExpr::get(-1)))
      return false;
    return std::nullopt;
  };
  using Predicate = arith::CmpIPredicate;
  Predicate predicate = compare.getPredicate();
  bool isUnsigned = llvm::is_contained(
      {Predicate::ult, Predicate::ule, Predicate::ugt, Predicate::uge},
      predicate);
  if (isUnsigned && !(nonNegative(*lhs) && nonNegative(*rhs)))
    return std::nullopt;
  switch (predicate) {
  case Predicate::slt:
  case Predicate::ult:
    return order(*lhs, *rhs, /*orEqual=*/false);
  case Predicate::sle:
  case Predicate::ule:
    return order(*lhs, *rhs, /*orEqual=*/true);
  case Predicate::sgt:
  case Predicate::ugt:
    return order(*rhs, *lhs, /*orEqual=*/false);
  case Predicate::sge:
  case Predicate::uge:
    return order(*rhs, *lhs, /*orEqual=*/true);
  case Predicate::eq:
  case Predicate::ne: {
    bool isEqual = predicate == Predicate::eq;
    if (*lhs == *rhs)
      return isEqual;
    if (order(*lhs, *rhs, /*orEqual=*/false) == true ||
        order(*rhs, *lhs, /*orEqual=*/false) == true)
      return !isEqual;
    return std::nullopt;
  }
  }
  return std::nullopt;
}

std::optional<LinearExpr> LoopIndices::evaluateDim(Value tensor, int64_t dim) {
  for (unsigned i = 0; i < kMaxDepth; ++i) {
    auto type = dyn_cast<RankedTensorType>(tensor.getType());
    if (!type || dim < 0 || dim >= type.getRank())
      return std::nullopt;
    if (!type.isDynamicDim(dim))
      return LinearExpr::get(type.getDimSize(dim));
    if (Value init = sizesOf.lookup(tensor)) {
      tensor = init;
      continue;
    }
    if (auto argument = dyn_cast<BlockArgument>(tensor)) {
      auto scan = dyn_cast<ScanOp>(argument.getOwner()->getParentOp());
      if (!scan)
        break;
      unsigned number = argument.getArgNumber() - 1;
      bool isCarry = number < scan.getNumCarries();
      tensor = isCarry ? scan.getInits()[number]
                       : scan.getInputs()[number - scan.getNumCarries()];
      dim += isCarry ? 0 : 1;
      continue;
    }
    Operation *op = tensor.getDefiningOp();
    if (auto empty = dyn_cast<tensor::EmptyOp>(op))
      return evaluate(empty.getDynamicSize(dim));
    if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
      tensor = insert.getDest();
    } else if (auto insert = dyn_cast<tensor::InsertOp>(op)) {
      tensor = insert.getDest();
    } else if (auto resize = dyn_cast<tensor::CastOp>(op)) {
      tensor = resize.getSource();
    } else if (auto select = dyn_cast<arith::SelectOp>(op)) {
      tensor = select.getTrueValue();
    } else if (auto style = dyn_cast<DestinationStyleOpInterface>(op)) {
      tensor = style.getTiedOpOperand(cast<OpResult>(tensor))->get();
    } else if (OpTrait::hasElementwiseMappableTraits(op)) {
      tensor = op->getOperand(0);
    } else if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
      llvm::SmallBitVector dropped = slice.getDroppedDims();
      int64_t from = 0;
      for (int64_t left = dim; dropped.test(from) || left > 0; ++from)
        left -= dropped.test(from) ? 0 : 1;
      return evaluate(slice.getMixedSizes()[from]);
    } else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
      return evaluate(expand.getMixedOutputShape()[dim]);
    } else if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
      // One size of those that are taken together may be unknown, beside ones.
      std::optional<int64_t> only;
      for (int64_t from : collapse.getReassociationIndices()[dim])
        if (collapse.getSrcType().getDimSize(from) != 1) {
          if (only)
            return std::nullopt;
          only = from;
        }
      if (!only)
        return LinearExpr::get(1);
      dim = *only;
      tensor = collapse.getSrc();
    } else if (auto scan = dyn_cast<ScanOp>(op)) {
      unsigned number = cast<OpResult>(tensor).getResultNumber();
      if (number < scan.getNumCarries())
        tensor = scan.getInits()[number];
      else if (number < scan.getNumCarries() + scan.getNumOutputs() && dim == 0)
        return evaluate(scan.getCount());
      else
        break;
    } else {
      break;
    }
  }
  if (!isInvariant(tensor))
    return std::nullopt;
  return LinearExpr::get(LoopConstant{tensor, dim});
}
