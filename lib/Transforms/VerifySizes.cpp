//===- VerifySizes.cpp - Check that sizes agree ---------------------------===//
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
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_VERIFYSIZES
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kLetters =
    " (T is the number of time steps, B the size of the batch)";

static int64_t getRank(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

namespace {
/// Checks one op. Each method fails after an error.
class SizeChecker {
public:
  SizeChecker(SizeSamples &sizes, Operation *op) : sizes(sizes), op(op) {}

  LogicalResult check();

private:
  LogicalResult checkEqual(const Twine &name, SizeSample size,
                           const Twine &otherName, SizeSample other);
  LogicalResult checkDim(const Twine &name, Value tensor, int64_t dim,
                         const Twine &otherName, Value other, int64_t otherDim);
  LogicalResult checkDims(const Twine &name, Value tensor,
                          const Twine &otherName, Value other);
  LogicalResult checkLoops(linalg::LinalgOp linalgOp);
  LogicalResult checkElementwise();
  LogicalResult checkScan(ScanOp scan);
  LogicalResult checkCell(RecurrentCellOpInterface cell);
  LogicalResult checkLengths(Value lengths, Value positions);
  LogicalResult checkSlice(OffsetSizeAndStrideOpInterface slice, Value whole);
  LogicalResult checkInserted(tensor::InsertSliceOp insert);
  LogicalResult checkExpanded(tensor::ExpandShapeOp expand);
  LogicalResult checkConcat(tensor::ConcatOp concat);

  SizeSamples &sizes;
  Operation *op;
};
} // namespace

LogicalResult SizeChecker::checkEqual(const Twine &name, SizeSample size,
                                      const Twine &otherName,
                                      SizeSample other) {
  if (!size || !other || *size == *other)
    return success();
  return op->emitOpError() << "sizes must agree: " << name << " is "
                           << describe(size) << ", but " << otherName << " is "
                           << describe(other) << kLetters;
}

LogicalResult SizeChecker::checkDim(const Twine &name, Value tensor,
                                    int64_t dim, const Twine &otherName,
                                    Value other, int64_t otherDim) {
  return checkEqual("dimension #" + Twine(dim) + " of " + name,
                    sizes.get(tensor, dim),
                    "dimension #" + Twine(otherDim) + " of " + otherName,
                    sizes.get(other, otherDim));
}

/// The dimensions that both have.
LogicalResult SizeChecker::checkDims(const Twine &name, Value tensor,
                                     const Twine &otherName, Value other) {
  for (int64_t dim : llvm::seq(std::min(getRank(tensor), getRank(other))))
    if (failed(checkDim(name, tensor, dim, otherName, other, dim)))
      return failure();
  return success();
}

LogicalResult SizeChecker::checkLoops(linalg::LinalgOp linalgOp) {
  /// Where the size of a loop was seen first.
  struct Seen {
    Value tensor;
    unsigned operand;
    int64_t dim;
  };
  SmallVector<std::optional<Seen>> loops(linalgOp.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    AffineMap map = linalgOp.getMatchingIndexingMap(&operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
      auto loop = dyn_cast<AffineDimExpr>(expr);
      if (!loop || !sizes.get(operand.get(), dim))
        continue;
      std::optional<Seen> &first = loops[loop.getPosition()];
      if (!first) {
        first = {operand.get(), operand.getOperandNumber(), int64_t(dim)};
        continue;
      }
      if (failed(checkDim("operand #" + Twine(first->operand), first->tensor,
                          first->dim,
                          "operand #" + Twine(operand.getOperandNumber()),
                          operand.get(), dim)))
        return failure();
    }
  }
  return success();
}

LogicalResult SizeChecker::checkElementwise() {
  OpOperand *first = nullptr;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    if (!first) {
      first = &operand;
      continue;
    }
    if (failed(checkDims(
            "operand #" + Twine(first->getOperandNumber()), first->get(),
            "operand #" + Twine(operand.getOperandNumber()), operand.get())))
      return failure();
  }
  return success();
}

LogicalResult SizeChecker::checkScan(ScanOp scan) {
  SizeSample count = sizes.get(OpFoldResult(scan.getCount()));
  for (auto [i, input] : llvm::enumerate(scan.getInputs()))
    if (failed(checkEqual("the count of steps", count,
                          "dimension #0 of input #" + Twine(i),
                          sizes.get(input, 0))))
      return failure();
  for (auto [i, init, next] :
       llvm::enumerate(scan.getInits(), scan.getYieldedCarries()))
    if (failed(checkDims("the initial value of " + scan.getCarryName(i), init,
                         "what is yielded for it", next)))
      return failure();
  return success();
}

LogicalResult SizeChecker::checkLengths(Value lengths, Value positions) {
  if (!lengths)
    return success();
  return checkDim("the lengths", lengths, 0, "the sequence", positions, 1);
}

LogicalResult SizeChecker::checkCell(RecurrentCellOpInterface cell) {
  Value sequence = cell.getSequence();
  if (failed(checkLengths(cell.getSequenceLengths(), sequence)))
    return failure();
  SmallVector<StringRef> names = cell.getStateNames();
  for (unsigned direction : llvm::seq<unsigned>(cell.getDirections().size()))
    for (auto [i, state] : llvm::enumerate(cell.getInitialStates(direction)))
      if (state && failed(checkDim("the initial state " + names[i], state, 0,
                                   "the sequence", sequence, 1)))
        return failure();
  return success();
}

/// A length that is computed and too great is a slip; a constant one that is
/// greater than a short sequence is not, nor is a table for so many time steps.
LogicalResult SizeChecker::checkSlice(OffsetSizeAndStrideOpInterface slice,
                                      Value whole) {
  for (auto [dim, length] : llvm::enumerate(slice.getMixedSizes())) {
    SizeSample size = sizes.get(length), limit = sizes.get(whole, dim);
    bool isConstant = getConstantIntValue(length) ||
                      !cast<ShapedType>(whole.getType()).isDynamicDim(dim);
    if (isConstant || !size || !limit)
      continue;
    for (auto [part, all] : llvm::zip_equal(*size, *limit))
      if (part > all)
        return op->emitOpError()
               << "the slice must not be greater than the tensor: in dimension "
                  "#"
               << dim << " the slice has size " << describe(size)
               << ", the tensor " << describe(limit) << kLetters;
  }
  return success();
}

LogicalResult SizeChecker::checkInserted(tensor::InsertSliceOp insert) {
  llvm::SmallBitVector dropped = insert.getDroppedDims();
  int64_t dim = 0;
  for (auto [i, length] : llvm::enumerate(insert.getMixedSizes())) {
    if (dropped.test(i))
      continue;
    if (failed(checkEqual("dimension #" + Twine(dim) + " of what is inserted",
                          sizes.get(insert.getSource(), dim),
                          "size #" + Twine(i) + " of the slice",
                          sizes.get(length))))
      return failure();
    ++dim;
  }
  return success();
}

LogicalResult SizeChecker::checkExpanded(tensor::ExpandShapeOp expand) {
  for (auto [dim, group] : llvm::enumerate(expand.getReassociationIndices())) {
    SizeSample product = std::array<int64_t, 4>{1, 1, 1, 1};
    for (int64_t part : group) {
      SizeSample factor = sizes.get(expand.getMixedOutputShape()[part]);
      if (!factor)
        product.reset();
      if (!product)
        break;
      for (auto [all, one] : llvm::zip_equal(*product, *factor))
        all *= one;
    }
    if (failed(checkEqual("dimension #" + Twine(dim) + " of the operand",
                          sizes.get(expand.getSrc(), dim),
                          "the product of the sizes it becomes", product)))
      return failure();
  }
  return success();
}

LogicalResult SizeChecker::checkConcat(tensor::ConcatOp concat) {
  Value first = concat.getInputs().front();
  for (auto [i, input] : llvm::enumerate(concat.getInputs()))
    for (int64_t dim : llvm::seq(getRank(input)))
      if (dim != static_cast<int64_t>(concat.getDim()) &&
          failed(checkDim("operand #0", first, dim, "operand #" + Twine(i),
                          input, dim)))
        return failure();
  return success();
}

LogicalResult SizeChecker::check() {
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return checkLoops(linalgOp);
  if (OpTrait::hasElementwiseMappableTraits(op))
    return checkElementwise();
  if (auto cell = dyn_cast<RecurrentCellOpInterface>(op))
    return checkCell(cell);
  if (auto scan = dyn_cast<ScanOp>(op))
    return checkScan(scan);
  if (auto loss = dyn_cast<MeanSquaredErrorOp>(op)) {
    if (failed(checkLengths(loss.getLengths(), loss.getPrediction())))
      return failure();
    return checkDims("the prediction", loss.getPrediction(), "the target",
                     loss.getTarget());
  }
  if (auto loss = dyn_cast<CrossEntropyOp>(op)) {
    if (failed(checkLengths(loss.getLengths(), loss.getLogits())))
      return failure();
    return checkDims("the logits", loss.getLogits(), "the targets",
                     loss.getTargets());
  }
  if (auto scatter = dyn_cast<ScatterAddOp>(op))
    return checkDims("the updates", scatter.getUpdates(), "the indices",
                     scatter.getIndices());
  if (auto zoneout = dyn_cast<ZoneoutOp>(op))
    return checkDims("the new value", zoneout.getNewValue(), "the old value",
                     zoneout.getOldValue());
  if (auto extract = dyn_cast<tensor::ExtractSliceOp>(op))
    return checkSlice(extract, extract.getSource());
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
    if (failed(checkInserted(insert)))
      return failure();
    return checkSlice(insert, insert.getDest());
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return checkExpanded(expand);
  if (auto concat = dyn_cast<tensor::ConcatOp>(op))
    return checkConcat(concat);
  if (auto cast = dyn_cast<tensor::CastOp>(op)) {
    auto type = dyn_cast<RankedTensorType>(cast.getType());
    for (int64_t dim : llvm::seq(type ? getRank(cast.getSource()) : 0))
      if (!type.isDynamicDim(dim) &&
          failed(checkDim("the operand", cast.getSource(), dim, "the result",
                          cast.getDest(), dim)))
        return failure();
  }
  return success();
}

namespace {
struct VerifySizes : gradopt::impl::VerifySizesBase<VerifySizes> {
  using VerifySizesBase::VerifySizesBase;

  void runOnOperation() override {
    SmallVector<FunctionOpInterface> functions;
    getOperation()->walk(
        [&](FunctionOpInterface function) { functions.push_back(function); });
    for (FunctionOpInterface function : functions) {
      auto hasRole = [&](unsigned i) { return !!getArgRole(function, i); };
      if (function.isExternal() ||
          llvm::none_of(llvm::seq(function.getNumArguments()), hasRole))
        continue;
      SmallVector<Operation *> ops;
      function.getFunctionBody().walk<WalkOrder::PreOrder>(
          [&](Operation *op) { ops.push_back(op); });
      SizeSamples sizes(function);
      for (Operation *op : ops)
        if (failed(SizeChecker(sizes, op).check()))
          signalPassFailure();
    }
    markAllAnalysesPreserved();
  }
};
} // namespace
