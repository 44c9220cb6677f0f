//===- ReverseMode.cpp - Reverse accumulation over a block ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

bool gradopt::isDifferentiableType(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    type = tensor.getElementType();
  return type.isF32() || type.isF64();
}

SizeOrigin gradopt::traceSize(Builder &builder, Value tensor, int64_t dim) {
  while (true) {
    auto type = cast<RankedTensorType>(tensor.getType());
    if (!type.isDynamicDim(dim))
      return {builder.getIndexAttr(type.getDimSize(dim)), {}, 0};
    Operation *op = tensor.getDefiningOp();
    Value next;
    if (auto destination = dyn_cast_or_null<DestinationStyleOpInterface>(op)) {
      next = destination.getTiedOpOperand(cast<OpResult>(tensor))->get();
    } else if (auto cast = dyn_cast_or_null<tensor::CastOp>(op)) {
      next = cast.getSource();
    } else if (auto insert = dyn_cast_or_null<tensor::InsertSliceOp>(op)) {
      next = insert.getDest();
    } else if (auto collapse = dyn_cast_or_null<tensor::CollapseShapeOp>(op)) {
      ReassociationIndices group = collapse.getReassociationIndices()[dim];
      if (group.size() == 1) {
        next = collapse.getSrc();
        dim = group.front();
      }
    } else if (auto empty = dyn_cast_or_null<tensor::EmptyOp>(op)) {
      return {empty.getMixedSizes()[dim], {}, 0};
    } else if (auto expand = dyn_cast_or_null<tensor::ExpandShapeOp>(op)) {
      return {expand.getMixedOutputShape()[dim], {}, 0};
    } else if (auto extract = dyn_cast_or_null<tensor::ExtractSliceOp>(op)) {
      llvm::SmallBitVector dropped = extract.getDroppedDims();
      int64_t kept = dim;
      for (auto [source, size] : llvm::enumerate(extract.getMixedSizes()))
        if (!dropped.test(source) && kept-- == 0)
          return {size, {}, 0};
    } else if (op && OpTrait::hasElementwiseMappableTraits(op)) {
      for (Value operand : op->getOperands())
        if (!next && isa<RankedTensorType>(operand.getType()))
          next = operand;
    }
    if (!next || !isa<RankedTensorType>(next.getType()))
      return {{}, tensor, dim};
    tensor = next;
  }
}

SmallVector<OpFoldResult> gradopt::buildSizes(OpBuilder &builder, Location loc,
                                              Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim : llvm::seq(type.getRank())) {
    SizeOrigin origin = traceSize(builder, tensor, dim);
    if (origin.tensor)
      origin.size =
          tensor::DimOp::create(builder, loc, origin.tensor, origin.dim)
              .getResult();
    else if (type.isDynamicDim(dim))
      // A size that is dynamic in the type stays so, or types would differ.
      origin.size = getValueOrCreateConstantIndexOp(builder, loc, origin.size);
    sizes.push_back(origin.size);
  }
  return sizes;
}

Value gradopt::buildZero(OpBuilder &builder, Location loc, Value like) {
  auto type = dyn_cast<RankedTensorType>(like.getType());
  Type elementType = type ? type.getElementType() : like.getType();
  Value zero = arith::ConstantOp::create(builder, loc,
                                         builder.getFloatAttr(elementType, 0));
  if (!type)
    return zero;
  Value empty =
      tensor::EmptyOp::create(builder, loc, buildSizes(builder, loc, like),
                              elementType, type.getEncoding());
  return linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
}

Value gradopt::buildSum(OpBuilder &builder, Location loc, Value lhs,
                        Value rhs) {
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  return arith::AddFOp::create(builder, loc, lhs, rhs);
}

bool gradopt::isDefinedIn(Value value, Region &region) {
  for (Region *at = value.getParentRegion(); at;) {
    if (at == &region)
      return true;
    Operation *parent = at->getParentOp();
    at = parent ? parent->getParentRegion() : nullptr;
  }
  return false;
}

llvm::SetVector<Value> gradopt::getCapturedValues(Operation *op) {
  llvm::SetVector<Value> captured;
  auto isOwn = [&](Value value) {
    return llvm::any_of(op->getRegions(), [&](Region &region) {
      return isDefinedIn(value, region);
    });
  };
  for (Region &region : op->getRegions())
    region.walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        if (!isOwn(operand))
          captured.insert(operand);
    });
  return captured;
}

/// Everything but integers: a derivative that would flow through a type that
/// has none, such as f16, is an error where it arrives and never dropped.
static bool canBeActive(Type type) {
  return !isa<IntegerType, IndexType, NoneType>(getElementTypeOrSelf(type));
}

void gradopt::propagateActivity(Block &block, llvm::DenseSet<Value> &active) {
  auto isActive = [&](Value value) { return active.contains(value); };
  for (Operation &op : block) {
    if (llvm::none_of(op.getOperands(), isActive) &&
        llvm::none_of(getCapturedValues(&op), isActive))
      continue;
    for (Value result : op.getResults())
      if (canBeActive(result.getType()))
        active.insert(result);
  }
}

void gradopt::eraseDeadOps(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void ReverseMode::accumulate(Value value, Value cotangent) {
  if (!cotangent || !active.contains(value))
    return;
  Value &sum = cotangents[value];
  sum = buildSum(builder, cotangent.getLoc(), sum, cotangent);
}

static LogicalResult emitNoDerivative(Operation *op) {
  InFlightDiagnostic diag = op->emitOpError("has no derivative; ");
  if (isa<CallOpInterface>(op))
    return diag << "inline the call first, by gradopt-prepare-model";
  if (isa<LoopLikeOpInterface>(op))
    return diag << "state the loop as a gradopt.scan";
  return diag << "implement DifferentiableOpInterface for it or keep it off "
                 "the way from the parameters to the loss";
}

/// Whether `op` writes to a buffer that it was given.
static bool writesBuffer(Operation *op) {
  auto effects = getEffectsRecursively(op);
  return effects && llvm::any_of(*effects, [](const auto &effect) {
           return isa<MemoryEffects::Write>(effect.getEffect()) &&
                  effect.getValue();
         });
}

LogicalResult ReverseMode::run(Block &block, Finish finish, Visit visit) {
  // What goes through a buffer comes back as a value that depends on nothing.
  auto isActive = [&](Value value) { return active.contains(value); };
  for (Operation &op : block)
    if ((llvm::any_of(op.getOperands(), isActive) ||
         llvm::any_of(getCapturedValues(&op), isActive)) &&
        writesBuffer(&op))
      return op.emitOpError("writes a value that depends on a parameter to a "
                            "buffer, where its derivative is lost; keep it in "
                            "tensors");

  // Collected first: reverse code may be built into the same block, and an op
  // may be replaced when it is visited.
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    if (llvm::any_of(op.getResults(),
                     [&](Value value) { return active.contains(value); }))
      ops.push_back(&op);

  for (Operation *op : llvm::reverse(ops)) {
    if (llvm::none_of(op->getResults(),
                      [&](Value value) { return getCotangent(value); }))
      continue;
    if (visit)
      visit(op);

    SmallVector<Value> resultCotangents;
    for (Value result : op->getResults()) {
      Value cotangent = getCotangent(result);
      if (cotangent && finish)
        cotangents[result] = cotangent = finish(result, cotangent);
      resultCotangents.push_back(cotangent);
    }

    llvm::SetVector<Value> wanted;
    auto want = [&](Value value) {
      if (active.contains(value))
        wanted.insert(value);
    };
    llvm::for_each(op->getOperands(), want);
    llvm::for_each(getCapturedValues(op), want);
    for (Value value : wanted)
      if (!isDifferentiableType(value.getType()))
        return op->emitOpError("needs a derivative with respect to a value of ")
               << value.getType()
               << "; only f32, f64 and ranked tensors of them have one";

    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    if (!differentiable)
      return emitNoDerivative(op);
    Location loc = op->getLoc();
    FailureOr<SmallVector<Value>> result = differentiable.buildVJP(
        builder, resultCotangents, wanted.getArrayRef());
    if (failed(result))
      return failure();
    for (auto [value, cotangent] : llvm::zip_equal(wanted, *result)) {
      if (cotangent && cotangent.getType() != value.getType())
        return emitError(loc)
               << "the derivative of this op with respect to a "
               << value.getType() << " is a " << cotangent.getType()
               << "; its DifferentiableOpInterface is wrong";
      accumulate(value, cotangent);
    }
  }
  return success();
}
