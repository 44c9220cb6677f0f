//===- StepBatch.cpp - All steps of a scan at once ------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Interfaces/StepBatch.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

static bool isScalar(Type type) { return type.isIntOrIndexOrFloat(); }

bool gradopt::isScalarStep(Operation *op) {
  if (op->getNumRegions() != 0 || op->getNumResults() == 0 ||
      !isMemoryEffectFree(op) || !llvm::all_of(op->getResultTypes(), isScalar))
    return false;
  return isa<tensor::ExtractOp>(op) ||
         llvm::all_of(op->getOperandTypes(), isScalar);
}

SmallVector<Value> gradopt::getStepOperands(Operation *op,
                                            const StepBatch &batch) {
  SmallVector<Value> result;
  auto add = [&](Value value) {
    if (batch.varies(value) && !llvm::is_contained(result, value))
      result.push_back(value);
  };
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  for (OpOperand &operand : op->getOpOperands())
    if (!linalgOp || !linalgOp.isDpsInit(&operand) ||
        linalgOp.payloadUsesValueFromOperand(&operand))
      add(operand.get());
  llvm::for_each(getCapturedValues(op), add);
  return result;
}

OpFoldResult StepBatch::getCount() const {
  if (ShapedType::isStatic(staticCount))
    return Builder(count.getContext()).getIndexAttr(staticCount);
  return count;
}

RankedTensorType StepBatch::getSequenceType(RankedTensorType slice) const {
  SmallVector<int64_t> shape = {staticCount};
  llvm::append_range(shape, slice.getShape());
  return RankedTensorType::get(shape, slice.getElementType(),
                               slice.getEncoding());
}

SmallVector<OpFoldResult> StepBatch::getSizes(OpBuilder &builder, Location loc,
                                              Value tensor) const {
  SmallVector<OpFoldResult> sizes;
  if (Value sequence = lookupSequence(tensor)) {
    sizes = buildSizes(builder, loc, sequence);
  } else {
    sizes = buildSizes(builder, loc, tensor);
    sizes.insert(sizes.begin(), OpFoldResult());
  }
  sizes.front() = getCount();
  return sizes;
}

Value StepBatch::buildEmpty(OpBuilder &builder, Location loc, Value like,
                            Type elementType) const {
  return tensor::EmptyOp::create(
      builder, loc, getSizes(builder, loc, like), elementType,
      cast<RankedTensorType>(like.getType()).getEncoding());
}

Value StepBatch::getSequence(OpBuilder &builder, Location loc,
                             Value tensor) const {
  if (Value sequence = lookupSequence(tensor))
    return sequence;
  Value empty =
      buildEmpty(builder, loc, tensor, getElementTypeOrSelf(tensor.getType()));
  Operation *op = tensor.getDefiningOp();
  if (isa_and_nonnull<tensor::EmptyOp>(op))
    return empty;
  if (auto fill = dyn_cast_or_null<linalg::FillOp>(op))
    return linalg::FillOp::create(builder, loc, fill.getInputs(), empty)
        .getResult(0);
  DenseElementsAttr constant;
  if (matchPattern(tensor, m_Constant(&constant)) && constant.isSplat()) {
    Value scalar = arith::ConstantOp::create(
        builder, loc, cast<TypedAttr>(constant.getSplatValue<Attribute>()));
    return linalg::FillOp::create(builder, loc, scalar, empty).getResult(0);
  }
  // What is repeated already is repeated along time as well.
  SmallVector<int64_t> dimensions = {0};
  if (auto broadcast = dyn_cast_or_null<linalg::BroadcastOp>(op)) {
    for (int64_t dim : broadcast.getDimensions())
      dimensions.push_back(dim + 1);
    tensor = broadcast.getInput();
  }
  return linalg::BroadcastOp::create(builder, loc, tensor, empty, dimensions)
      ->getResult(0);
}

void StepBatch::collectNeeded(Value value,
                              llvm::function_ref<void(Value)> callback) const {
  if (!varies(value) || value == stepIndex)
    return;
  Operation *op = value.getDefiningOp();
  if (op && isScalarStep(op)) {
    for (Value operand : op->getOperands())
      collectNeeded(operand, callback);
    return;
  }
  callback(value);
}

Value StepBatch::buildScalar(OpBuilder &builder, Location loc, Value scalar,
                             Value time, IRMapping &known) const {
  if (!varies(scalar))
    return scalar;
  if (Value value = known.lookupOrNull(scalar))
    return value;
  Value result;
  if (scalar == stepIndex) {
    result = time;
    if (reverse) {
      Value one = arith::ConstantIndexOp::create(builder, loc, 1);
      Value last = arith::SubIOp::create(builder, loc, count, one);
      result = arith::SubIOp::create(builder, loc, last, time);
    }
  } else if (Value sequence = lookupSequence(scalar)) {
    result = tensor::ExtractOp::create(builder, loc, sequence, time);
  } else {
    Operation *op = scalar.getDefiningOp();
    assert(op && isScalarStep(op) && "expected a sequence of this scalar");
    auto extract = dyn_cast<tensor::ExtractOp>(op);
    if (extract && varies(extract.getTensor())) {
      SmallVector<Value> indices = {time};
      for (Value index : extract.getIndices())
        indices.push_back(buildScalar(builder, loc, index, time, known));
      result = tensor::ExtractOp::create(
          builder, op->getLoc(), lookupSequence(extract.getTensor()), indices);
    } else {
      for (Value operand : op->getOperands())
        buildScalar(builder, loc, operand, time, known);
      builder.clone(*op, known);
      return known.lookup(scalar);
    }
  }
  known.map(scalar, result);
  return result;
}
