//===- Capacity.cpp - Bounds of sizes for given capacities ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A size that is computed for the capacities bounds that of every call only if
// it does not shrink when time or batch grow: 10 − T does.

#include "Capacity.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::gradopt;

static std::optional<int64_t> getConstant(Value value) {
  APInt constant;
  if (!matchPattern(value, m_ConstantInt(&constant)) ||
      constant.getSignificantBits() > 64)
    return std::nullopt;
  return constant.getSExtValue();
}

//===----------------------------------------------------------------------===//
// What never is negative
//===----------------------------------------------------------------------===//

/// Whether an affine expression is not negative where its operands are not.
static bool isNonNegative(AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue() >= 0;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  return !binary ||
         (isNonNegative(binary.getLHS()) && isNonNegative(binary.getRHS()));
}

static bool isNonNegative(Value value, const IRMapping &capacity) {
  // Time and batch.
  if (isa<BlockArgument>(value))
    return capacity.contains(value);
  if (std::optional<int64_t> constant = getConstant(value))
    return *constant >= 0;
  Operation *op = value.getDefiningOp();
  auto isOperandNonNegative = [&](Value operand) {
    return isNonNegative(operand, capacity);
  };
  if (isa<memref::DimOp>(op))
    return true;
  if (isa<arith::MaxSIOp>(op))
    return llvm::any_of(op->getOperands(), isOperandNonNegative);
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op))
    return isNonNegative(apply.getAffineMap().getResult(0)) &&
           llvm::all_of(op->getOperands(), isOperandNonNegative);
  return isa<arith::AddIOp, arith::MulIOp, arith::MinSIOp, arith::MinUIOp,
             arith::MaxUIOp, arith::DivSIOp, arith::DivUIOp, arith::CeilDivSIOp,
             arith::CeilDivUIOp, arith::FloorDivSIOp, arith::IndexCastOp,
             arith::IndexCastUIOp, arith::SIToFPOp, arith::FPToSIOp,
             math::SqrtOp>(op) &&
         llvm::all_of(op->getOperands(), isOperandNonNegative);
}

//===----------------------------------------------------------------------===//
// What does not shrink
//===----------------------------------------------------------------------===//

/// Whether an affine expression does not shrink when its operands grow.
static bool isMonotone(AffineExpr expr, bool operandsNonNegative) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return true;
  AffineExpr lhs = binary.getLHS(), rhs = binary.getRHS();
  auto constant = dyn_cast<AffineConstantExpr>(rhs);
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return isMonotone(lhs, operandsNonNegative) &&
           isMonotone(rhs, operandsNonNegative);
  case AffineExprKind::Mul:
    if (constant)
      return constant.getValue() >= 0 && isMonotone(lhs, operandsNonNegative);
    return operandsNonNegative && isNonNegative(lhs) && isNonNegative(rhs) &&
           isMonotone(lhs, true) && isMonotone(rhs, true);
  case AffineExprKind::FloorDiv:
  case AffineExprKind::CeilDiv:
    return constant && constant.getValue() > 0 &&
           isMonotone(lhs, operandsNonNegative);
  default:
    return false;
  }
}

/// Whether an op's result does not shrink when its operands grow. A product is
/// looked at by itself.
static bool isMonotone(Operation *op, const IRMapping &capacity) {
  if (matchPattern(op, m_Constant()))
    return true;
  auto isOperandNonNegative = [&](Value operand) {
    return isNonNegative(operand, capacity);
  };
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op))
    return isMonotone(apply.getAffineMap().getResult(0),
                      llvm::all_of(op->getOperands(), isOperandNonNegative));
  if (isa<arith::AddIOp, arith::MaxSIOp>(op))
    return true;
  if (isa<arith::SubIOp>(op))
    return getConstant(op->getOperand(1)).has_value();
  if (isa<arith::DivSIOp, arith::CeilDivSIOp, arith::FloorDivSIOp>(op))
    return getConstant(op->getOperand(1)).value_or(0) > 0;
  if (isa<arith::SIToFPOp, math::SqrtOp, arith::FPToSIOp>(op))
    return true;
  // What wraps around has no order.
  auto isWide = [](Type type) {
    return type.isIndex() || type.getIntOrFloatBitWidth() >= 32;
  };
  if (isa<arith::IndexCastOp>(op))
    return isWide(op->getOperand(0).getType()) &&
           isWide(op->getResult(0).getType());
  if (!llvm::all_of(op->getOperands(), isOperandNonNegative))
    return false;
  if (isa<arith::DivUIOp, arith::CeilDivUIOp>(op))
    return getConstant(op->getOperand(1)).value_or(0) > 0;
  if (isa<arith::IndexCastUIOp>(op))
    return isWide(op->getOperand(0).getType()) &&
           isWide(op->getResult(0).getType());
  return isa<arith::MaxUIOp, arith::MinUIOp>(op);
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

/// The bound of a product, one of whose factors is not negative.
static Value buildProduct(OpBuilder &builder, arith::MulIOp op,
                          IRMapping &capacity) {
  if (!isNonNegative(op.getLhs(), capacity) &&
      !isNonNegative(op.getRhs(), capacity))
    return {};
  SmallVector<Value, 2> factors;
  for (Value operand : op->getOperands()) {
    Value factor = buildCapacity(builder, operand, capacity);
    if (!factor)
      return {};
    // A negative bound of one factor is none of the product.
    if (!isNonNegative(operand, capacity)) {
      Value zero = arith::ConstantOp::create(
          builder, op.getLoc(), builder.getZeroAttr(operand.getType()));
      factor = arith::MaxSIOp::create(builder, op.getLoc(), factor, zero);
    }
    factors.push_back(factor);
  }
  Value product =
      arith::MulIOp::create(builder, op.getLoc(), factors[0], factors[1]);
  capacity.map(op.getResult(), product);
  return product;
}

/// The bound of a minimum: that of any of its operands is one.
static Value buildMinimum(OpBuilder &builder, arith::MinSIOp op,
                          IRMapping &capacity) {
  Value lhs = buildCapacity(builder, op.getLhs(), capacity);
  Value rhs = buildCapacity(builder, op.getRhs(), capacity);
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  return arith::MinSIOp::create(builder, op.getLoc(), lhs, rhs);
}

static Value buildMinimum(OpBuilder &builder, affine::AffineMinOp op,
                          IRMapping &capacity) {
  bool operandsNonNegative =
      llvm::all_of(op->getOperands(), [&](Value operand) {
        return isNonNegative(operand, capacity);
      });
  Value minimum;
  for (unsigned i : llvm::seq(op.getMap().getNumResults())) {
    AffineMap map = op.getMap().getSubMap({i});
    SmallVector<Value> operands(op->getOperands());
    affine::canonicalizeMapAndOperands(&map, &operands);
    if (!isMonotone(map.getResult(0), operandsNonNegative))
      continue;
    for (Value &operand : operands)
      operand = buildCapacity(builder, operand, capacity);
    if (llvm::is_contained(operands, Value()))
      continue;
    Value bound =
        affine::AffineApplyOp::create(builder, op.getLoc(), map, operands);
    minimum = minimum
                  ? arith::MinSIOp::create(builder, op.getLoc(), minimum, bound)
                        .getResult()
                  : bound;
  }
  return minimum;
}

/// The size of a dimension of a view that says its sizes: a slice, or one with
/// dimensions split.
static OpFoldResult getViewSize(Value view, int64_t dim) {
  if (auto expand = view.getDefiningOp<memref::ExpandShapeOp>())
    return expand.getMixedOutputShape()[dim];
  auto slice = view.getDefiningOp<memref::SubViewOp>();
  if (!slice)
    return {};
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  for (auto [i, size] : llvm::enumerate(slice.getMixedSizes()))
    if (!dropped.test(i) && dim-- == 0)
      return size;
  return {};
}

/// The bound of one dimension of a buffer. The step makes all of its buffers
/// itself: each is a view of the arena, a slice of such a view, or one with
/// dimensions split or joined.
static Value buildDimCapacity(OpBuilder &builder, Location loc, Value buffer,
                              int64_t dim, IRMapping &capacity) {
  auto type = cast<MemRefType>(buffer.getType());
  if (!type.isDynamicDim(dim))
    return arith::ConstantIndexOp::create(builder, loc, type.getDimSize(dim));
  if (auto view = buffer.getDefiningOp<memref::ViewOp>())
    return buildCapacity(
        builder,
        view.getSizes()[llvm::count_if(type.getShape().take_front(dim),
                                       ShapedType::isDynamic)],
        capacity);
  if (OpFoldResult size = getViewSize(buffer, dim)) {
    if (std::optional<int64_t> constant = getConstantIntValue(size))
      return arith::ConstantIndexOp::create(builder, loc, *constant);
    return buildCapacity(builder, cast<Value>(size), capacity);
  }
  auto collapse = buffer.getDefiningOp<memref::CollapseShapeOp>();
  if (!collapse)
    return {};
  Value product;
  for (int64_t joined : collapse.getReassociationIndices()[dim]) {
    Value factor =
        buildDimCapacity(builder, loc, collapse.getSrc(), joined, capacity);
    if (!factor)
      return {};
    product =
        product
            ? arith::MulIOp::create(builder, loc, product, factor).getResult()
            : factor;
  }
  return product;
}

Value gradopt::buildCapacity(OpBuilder &builder, Value size,
                             IRMapping &capacity) {
  if (Value known = capacity.lookupOrNull(size))
    return known;
  Operation *op = size.getDefiningOp();
  if (!op)
    return {};
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    std::optional<int64_t> index = dim.getConstantIndex();
    Value bound = index ? buildDimCapacity(builder, dim.getLoc(),
                                           dim.getSource(), *index, capacity)
                        : Value();
    if (bound)
      capacity.map(size, bound);
    return bound;
  }
  if (auto product = dyn_cast<arith::MulIOp>(op))
    return buildProduct(builder, product, capacity);
  Value minimum;
  if (auto ofTwo = dyn_cast<arith::MinSIOp>(op))
    minimum = buildMinimum(builder, ofTwo, capacity);
  else if (auto ofMany = dyn_cast<affine::AffineMinOp>(op))
    minimum = buildMinimum(builder, ofMany, capacity);
  if (minimum)
    capacity.map(size, minimum);
  if (isa<arith::MinSIOp, affine::AffineMinOp>(op))
    return minimum;
  if (!isMonotone(op, capacity))
    return {};
  for (Value operand : op->getOperands())
    if (!buildCapacity(builder, operand, capacity))
      return {};
  builder.clone(*op, capacity);
  return capacity.lookup(size);
}
