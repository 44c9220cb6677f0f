//===- SizeSamples.cpp - Sizes for a few times and batches ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SizeSamples.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Roles.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <cmath>

using namespace mlir;
using namespace mlir::gradopt;

static SizeSample getSame(int64_t size) {
  return std::array<int64_t, 4>{size, size, size, size};
}

/// "T", "T + 1" or "T - 1", if the size is that.
static std::optional<std::string>
describe(const SizeSample &size, ArrayRef<int64_t> variable, StringRef letter) {
  int64_t more = (*size)[0] - variable[0];
  for (auto [value, base] : llvm::zip_equal(*size, variable))
    if (value - base != more)
      return std::nullopt;
  if (more == 0)
    return letter.str();
  return (letter + (more > 0 ? " + " : " - ") + Twine(std::abs(more))).str();
}

std::string gradopt::describe(const SizeSample &size) {
  if (size == getSame(size->front()))
    return std::to_string(size->front());
  if (std::optional<std::string> time = ::describe(size, kTimeSamples, "T"))
    return *time;
  if (std::optional<std::string> batch = ::describe(size, kBatchSamples, "B"))
    return *batch;
  return (Twine(size->front()) + " (for T = " + Twine(kTimeSamples[0]) +
          ", B = " + Twine(kBatchSamples[0]) + ")")
      .str();
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

SizeSample SizeSamples::get(OpFoldResult index) {
  if (auto attr = dyn_cast<Attribute>(index))
    return getSame(cast<IntegerAttr>(attr).getInt());
  Value value = cast<Value>(index);
  if (auto known = indices.find(value); known != indices.end())
    return known->second;
  SizeSample size = compute(value);
  indices[value] = size;
  return size;
}

/// Whether numbers of this type fit into an int64_t.
static bool isSmallInteger(Type type) {
  return type.isIndex() ||
         (type.isInteger() && type.getIntOrFloatBitWidth() <= 64);
}

SizeSample SizeSamples::compute(Value index) {
  Operation *op = index.getDefiningOp();
  if (!op || !isSmallInteger(index.getType()))
    return std::nullopt;
  if (auto whole = dyn_cast<arith::FPToSIOp>(op))
    return computeRoot(whole);
  APInt constant;
  if (matchPattern(index, m_ConstantInt(&constant)))
    return getSame(constant.getSExtValue());
  if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    std::optional<int64_t> number = dim.getConstantIndex();
    auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
    if (!type || !number || *number < 0 || *number >= type.getRank())
      return std::nullopt;
    return get(dim.getSource(), *number);
  }

  // Integer arithmetic of any dialect, by its folder.
  if (op->getNumRegions() > 0 || op->getNumOperands() == 0 ||
      !isMemoryEffectFree(op))
    return std::nullopt;
  SmallVector<SizeSample> operands;
  for (Value operand : op->getOperands()) {
    if (!isSmallInteger(operand.getType()))
      return std::nullopt;
    operands.push_back(get(OpFoldResult(operand)));
    if (!operands.back())
      return std::nullopt;
  }
  std::array<int64_t, 4> result;
  for (auto [i, size] : llvm::enumerate(result)) {
    SmallVector<Attribute> constants;
    for (auto [operand, known] : llvm::zip_equal(op->getOperands(), operands)) {
      Type type = operand.getType();
      unsigned width = type.isIndex() ? IndexType::kInternalStorageBitWidth
                                      : type.getIntOrFloatBitWidth();
      constants.push_back(IntegerAttr::get(
          type, APInt(width, static_cast<uint64_t>((*known)[i]),
                      /*isSigned=*/true, /*implicitTrunc=*/true)));
    }
    // Folding may change the op.
    Operation *copy = op->clone();
    SmallVector<OpFoldResult> folded;
    LogicalResult done = copy->fold(constants, folded);
    copy->destroy();
    unsigned number = cast<OpResult>(index).getResultNumber();
    if (failed(done) || number >= folded.size())
      return std::nullopt;
    auto attr = dyn_cast_or_null<IntegerAttr>(
        dyn_cast_if_present<Attribute>(folded[number]));
    if (!attr)
      return std::nullopt;
    size = attr.getValue().getSExtValue();
  }
  return result;
}

/// The square root of an index, rounded down: how a number of steps is split
/// evenly.
SizeSample SizeSamples::computeRoot(arith::FPToSIOp whole) {
  auto root = whole.getIn().getDefiningOp<math::SqrtOp>();
  auto wide = root ? root.getOperand().getDefiningOp<arith::SIToFPOp>()
                   : arith::SIToFPOp();
  if (!wide || !wide.getType().isF64())
    return std::nullopt;
  SizeSample size = get(OpFoldResult(wide.getIn()));
  if (!size || llvm::any_of(*size, [](int64_t n) { return n < 0; }))
    return std::nullopt;
  for (int64_t &number : *size)
    number = static_cast<int64_t>(std::sqrt(static_cast<double>(number)));
  return size;
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

SizeSample SizeSamples::get(Value tensor, int64_t dim) {
  if (auto known = dims.find({tensor, dim}); known != dims.end())
    return known->second;
  SizeSample size = compute(tensor, dim);
  dims[{tensor, dim}] = size;
  return size;
}

SizeSample SizeSamples::compute(Value tensor, int64_t dim) {
  if (!isa<RankedTensorType>(tensor.getType()))
    return std::nullopt;
  Builder builder(tensor.getContext());
  SizeOrigin origin = traceSize(builder, tensor, dim);
  if (!origin.tensor)
    return get(origin.size);
  if (origin.tensor != tensor)
    return get(origin.tensor, origin.dim);
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return computeArgument(argument, dim);
  return computeResult(cast<OpResult>(tensor), dim);
}

SizeSample SizeSamples::computeArgument(BlockArgument argument, int64_t dim) {
  Block *block = argument.getOwner();
  unsigned index = argument.getArgNumber();
  if (block == &function.getFunctionBody().front()) {
    std::optional<NamedRole> role = getArgRole(function, index);
    if (!role)
      return std::nullopt;
    SmallVector<SizeKind> kinds =
        getSizeKinds(cast<ShapedType>(argument.getType()), role->role,
                     function.getArgAttrOfType<StringAttr>(index, attr::kDims));
    return kinds[dim] == SizeKind::Time ? time : batch;
  }
  auto scan = dyn_cast_or_null<ScanOp>(block->getParentOp());
  if (!scan || index == 0)
    return std::nullopt;
  --index;
  if (index < scan.getNumCarries())
    return get(scan.getInits()[index], dim);
  return get(scan.getInputs()[index - scan.getNumCarries()], dim + 1);
}

SizeSample SizeSamples::computeResult(OpResult result, int64_t dim) {
  Operation *op = result.getOwner();
  unsigned index = result.getResultNumber();
  if (auto scan = dyn_cast<ScanOp>(op)) {
    if (index < scan.getNumCarries())
      return get(scan.getInits()[index], dim);
    index -= scan.getNumCarries();
    bool isHistory = index >= scan.getNumOutputs();
    if (dim > 0)
      return isHistory
                 ? get(scan.getInits()
                           [scan.getHistories()[index - scan.getNumOutputs()]],
                       dim - 1)
                 : get(scan.getYieldedOutputs()[index], dim - 1);
    SizeSample count = get(OpFoldResult(scan.getCount()));
    if (count && isHistory)
      for (int64_t &size : *count)
        ++size;
    return count;
  }
  // Every result of a layer has the batch of its input, the first also its
  // time.
  if (auto cell = dyn_cast<RecurrentCellOpInterface>(op)) {
    if (index == 0)
      return dim < 2 ? get(cell.getSequence(), dim) : std::nullopt;
    return dim == 0 ? get(cell.getSequence(), 1) : std::nullopt;
  }
  if (op->hasTrait<OpTrait::SameOperandsAndResultType>() ||
      op->hasTrait<OpTrait::SameOperandsAndResultShape>())
    return get(op->getOperand(0), dim);
  return askOp(result, dim);
}

/// An op can only answer with ops beside it, which are removed again.
SizeSample SizeSamples::askOp(OpResult result, int64_t dim) {
  auto reifiable =
      dyn_cast<ReifyRankedShapedTypeOpInterface>(result.getOwner());
  if (!reifiable)
    return std::nullopt;
  struct Recorder : OpBuilder::Listener {
    void notifyOperationInserted(Operation *op,
                                 OpBuilder::InsertPoint) override {
      inserted.push_back(op);
    }
    SmallVector<Operation *> inserted;
  } recorder;
  OpBuilder builder(reifiable, &recorder);
  FailureOr<OpFoldResult> answer =
      reifiable.reifyDimOfResult(builder, result.getResultNumber(), dim);
  SizeSample size;
  if (succeeded(answer) && *answer)
    size = get(*answer);
  for (Operation *op : llvm::reverse(recorder.inserted)) {
    for (Value value : op->getResults()) {
      indices.erase(value);
      auto type = dyn_cast<RankedTensorType>(value.getType());
      for (int64_t i = 0, rank = type ? type.getRank() : 0; i < rank; ++i)
        dims.erase({value, i});
    }
    op->erase();
  }
  return size;
}
