//===- LoopIndices.cpp - Integers in a counted loop -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopIndices.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::gradopt;

/// Chains of scalar ops that are longer are not followed.
static constexpr unsigned kMaxDepth = 64;

//===----------------------------------------------------------------------===//
// Linear expressions
//===----------------------------------------------------------------------===//

LinearExpr LinearExpr::operator+(const LinearExpr &other) const {
  LinearExpr sum = *this;
  sum.constant += other.constant;
  sum.step += other.step;
  for (auto &[value, coefficient] : other.terms) {
    auto *found = llvm::find_if(sum.terms, [&, &value = value](auto &term) {
      return term.first == value;
    });
    if (found == sum.terms.end())
      sum.terms.push_back({value, coefficient});
    else if ((found->second += coefficient) == 0)
      sum.terms.erase(found);
  }
  return sum;
}

LinearExpr LinearExpr::operator*(int64_t factor) const {
  if (factor == 0)
    return get(0);
  LinearExpr product = *this;
  product.constant *= factor;
  product.step *= factor;
  for (auto &term : product.terms)
    term.second *= factor;
  return product;
}

//===----------------------------------------------------------------------===//
// Tensors of one element
//===----------------------------------------------------------------------===//

static bool hasOneElement(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() && tensor.getNumElements() == 1;
}

bool mlir::gradopt::holdsOneInteger(Type type) {
  return type.isIntOrIndex() ||
         (hasOneElement(type) &&
          cast<RankedTensorType>(type).getElementType().isIntOrIndex());
}

Value mlir::gradopt::unwrapScalarOnce(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    // A scalar in the body of a linalg op is the element of its operand.
    auto op =
        dyn_cast_or_null<linalg::LinalgOp>(argument.getOwner()->getParentOp());
    if (!op || !op.hasPureTensorSemantics())
      return {};
    OpOperand *operand = op.getMatchingOpOperand(argument);
    if (op.isDpsInit(operand) && op.getNumReductionLoops() != 0)
      return {};
    Value source = operand->get();
    return hasOneElement(source.getType()) || source.getType().isIntOrIndex()
               ? source
               : Value();
  }
  Operation *op = value.getDefiningOp();
  if (auto extract = dyn_cast<tensor::ExtractOp>(op))
    return hasOneElement(extract.getTensor().getType()) ? extract.getTensor()
                                                        : Value();
  if (!hasOneElement(value.getType()))
    return {};
  if (isa<tensor::FromElementsOp, tensor::SplatOp, linalg::FillOp>(op))
    return op->getOperand(0);
  if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp,
          tensor::ExtractSliceOp>(op))
    return hasOneElement(op->getOperand(0).getType()) ? op->getOperand(0)
                                                      : Value();
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (linalgOp && linalgOp.hasPureTensorSemantics() &&
      linalgOp.getNumReductionLoops() == 0)
    return linalgOp.getBlock()->getTerminator()->getOperand(
        cast<OpResult>(value).getResultNumber());
  return {};
}

Value mlir::gradopt::unwrapScalar(Value value) {
  for (unsigned i = 0; i < kMaxDepth; ++i) {
    Value source = unwrapScalarOnce(value);
    if (!source)
      break;
    value = source;
  }
  return value;
}

//===----------------------------------------------------------------------===//
// What is invariant
//===----------------------------------------------------------------------===//

bool LoopIndices::isInvariant(Value value) {
  if (auto found = given.find(value); found != given.end())
    return found->second.isInvariant();
  if (!loop->isAncestor(value.getParentBlock()->getParentOp()))
    return true;
  Operation *op = value.getDefiningOp();
  // Only what stands in the loop itself is moved.
  if (!op || op->getParentOp() != loop)
    return false;
  auto [entry, inserted] = invariant.try_emplace(value, false);
  if (!inserted)
    return entry->second;
  bool result = isMemoryEffectFree(op) && isSpeculatable(op) &&
                llvm::all_of(op->getOperands(), [&](Value operand) {
                  return isInvariant(operand);
                });
  if (result && op->getNumRegions() > 0) {
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    result = llvm::all_of(captured,
                          [&](Value capture) { return isInvariant(capture); });
  }
  invariant[value] = result;
  return result;
}

bool LoopIndices::dependsOnIteration(Value value) {
  SmallVector<Value> worklist = {value};
  llvm::DenseSet<Value> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!seen.insert(next).second || isInvariant(next))
      continue;
    if (given.contains(next))
      return true;
    if (Value source = unwrapScalarOnce(next))
      worklist.push_back(source);
    else if (Operation *op = next.getDefiningOp();
             op && next.getType().isIntOrIndex() && op->getNumRegions() == 0)
      llvm::append_range(worklist, op->getOperands());
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Signs
//===----------------------------------------------------------------------===//

bool LoopIndices::isTermwiseNonNegative(const LinearExpr &expr) const {
  if (expr.constant < 0)
    return false;
  return llvm::all_of(expr.terms, [](auto &term) {
    return term.second >= 0 && term.first.dim >= 0;
  });
}

bool LoopIndices::isNonNegative(const LinearExpr &expr,
                                bool hasIteration) const {
  LinearExpr least = expr;
  least.step = 0;
  if (expr.step != 0) {
    // Linear, so that it is least in the first iteration or in the last.
    if (!hasIteration || (expr.step < 0 && !count))
      return false;
    if (expr.step < 0)
      least = least + (*count + LinearExpr::get(-1)) * expr.step;
  }
  if (isTermwiseNonNegative(least))
    return true;
  // There is an iteration.
  return hasIteration && count &&
         isTermwiseNonNegative(least - *count + LinearExpr::get(1));
}

//===----------------------------------------------------------------------===//
// Materialization
//===----------------------------------------------------------------------===//

/// A constant in a loop, as an index.
static Value materializeConstant(OpBuilder &builder, Location loc,
                                 const LoopConstant &constant) {
  Value value = constant.value;
  if (constant.dim >= 0)
    return tensor::DimOp::create(builder, loc, value, constant.dim);
  if (auto type = dyn_cast<RankedTensorType>(value.getType())) {
    Value zero = type.getRank() == 0
                     ? Value()
                     : arith::ConstantIndexOp::create(builder, loc, 0);
    value = tensor::ExtractOp::create(builder, loc, value,
                                      SmallVector<Value>(type.getRank(), zero));
  }
  if (value.getType().isIndex())
    return value;
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                    value);
}

Value LoopIndices::materialize(OpBuilder &builder, Location loc,
                               const LinearExpr &expr, Value iteration) {
  Value sum;
  auto add = [&](Value value, int64_t coefficient) {
    if (coefficient == -1 && sum) {
      sum = arith::SubIOp::create(builder, loc, sum, value);
      return;
    }
    if (coefficient != 1)
      value = arith::MulIOp::create(
          builder, loc, value,
          arith::ConstantIndexOp::create(builder, loc, coefficient));
    sum = sum ? arith::AddIOp::create(builder, loc, sum, value) : value;
  };
  for (auto &[value, coefficient] : expr.terms)
    add(materializeConstant(builder, loc, value), coefficient);
  if (expr.constant != 0 || (expr.terms.empty() && expr.step != 1))
    add(arith::ConstantIndexOp::create(builder, loc, expr.constant), 1);
  if (expr.step != 0)
    add(iteration, expr.step);
  return sum;
}
