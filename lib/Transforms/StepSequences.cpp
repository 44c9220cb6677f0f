//===- StepSequences.cpp - Values of all steps of a scan ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepSequences.h"
#include "HistoryRows.h"
#include "ScanEditor.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;

StepSequences::StepSequences(ScanOp scan)
    : scan(scan), reverse(runsInReverse(scan)) {}

bool StepSequences::isConstant(Value value) {
  return !isDefinedIn(value, scan.getBody());
}

bool StepSequences::hasConstantSizes(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.hasStaticShape())
    return true;
  // Tried where it leaves no trace.
  Block scratch;
  OpBuilder trial(scan.getContext());
  trial.setInsertionPointToEnd(&scratch);
  return llvm::all_of(llvm::seq(type.getRank()), [&](int64_t dim) {
    return !type.isDynamicDim(dim) ||
           succeeded(scan.reifyBodyDim(trial, value, dim));
  });
}

bool StepSequences::canKeep(Value value) {
  return value.getParentRegion() == &scan.getBody() &&
         (isa<RankedTensorType>(value.getType()) ||
          value.getType().isIntOrIndexOrFloat()) &&
         hasConstantSizes(value);
}

/// The position of `value` among `values` with the direction, if it is there.
static std::optional<unsigned> find(ValueRange values, ArrayRef<bool> reverse,
                                    Value value, bool direction) {
  for (auto [i, present, presentDirection] : llvm::enumerate(values, reverse))
    if (present == value && presentDirection == direction)
      return i;
  return std::nullopt;
}

std::optional<unsigned> StepSequences::findInput(Value value) {
  return find(scan.getSliceArgs(), scan.getInputReverse(), value, reverse);
}

std::optional<unsigned> StepSequences::findOutput(Value value) {
  return find(scan.getYieldedOutputs(), scan.getOutputReverse(), value,
              reverse);
}

std::optional<StepSequences::CarryRows> StepSequences::findRows(Value value) {
  for (auto [i, carry, direction] :
       llvm::enumerate(scan.getHistories(), scan.getHistoryReverse())) {
    if (direction != reverse)
      continue;
    if (scan.getCarryArgs()[carry] == value)
      return CarryRows{static_cast<unsigned>(i), false};
    if (scan.getYieldedCarries()[carry] == value)
      return CarryRows{static_cast<unsigned>(i), true};
  }
  return std::nullopt;
}

/// Whether two slices of tensors of one type have no element in common.
static bool areDisjoint(OffsetSizeAndStrideOpInterface lhs,
                        OffsetSizeAndStrideOpInterface rhs) {
  for (unsigned dim : llvm::seq(lhs.getStaticOffsets().size())) {
    int64_t first = lhs.getStaticOffsets()[dim],
            firstSize = lhs.getStaticSizes()[dim],
            second = rhs.getStaticOffsets()[dim],
            secondSize = rhs.getStaticSizes()[dim];
    if (lhs.getStaticStrides()[dim] != 1 || rhs.getStaticStrides()[dim] != 1 ||
        ShapedType::isDynamicShape({first, firstSize, second, secondSize}))
      continue;
    if (first + firstSize <= second || second + secondSize <= first)
      return true;
  }
  return false;
}

std::optional<StepSequences::Place> StepSequences::findPlace(Value value) {
  auto isFixed = [&](OffsetSizeAndStrideOpInterface slice) {
    return llvm::all_of(slice->getOperands().drop_front(
                            slice.getOffsetSizeAndStrideStartOperandIndex()),
                        [&](Value place) { return isConstant(place); });
  };
  if (auto slice = value.getDefiningOp<tensor::ExtractSliceOp>();
      slice && !isConstant(slice.getSource()) && isFixed(slice) &&
      isKept(slice.getSource()))
    return Place{slice.getSource(), slice};

  // What was inserted is still there if what came later went elsewhere.
  for (Operation *user : value.getUsers()) {
    auto inserted = dyn_cast<tensor::InsertSliceOp>(user);
    if (!inserted || inserted.getSource() != value || !isFixed(inserted) ||
        inserted->getParentRegion() != &scan.getBody())
      continue;
    Value whole = inserted.getResult();
    while (whole && !hasOutput(whole)) {
      Value next;
      for (Operation *later : whole.getUsers()) {
        auto insert = dyn_cast<tensor::InsertSliceOp>(later);
        if (insert && insert.getDest() == whole &&
            areDisjoint(inserted, insert))
          next = insert.getResult();
      }
      whole = next;
    }
    if (whole)
      return Place{whole, inserted};
  }
  return std::nullopt;
}

bool StepSequences::isKept(Value value) {
  if (needed.contains(value) || findInput(value) || findOutput(value) ||
      findRows(value))
    return true;
  return findPlace(value).has_value();
}

void StepSequences::need(Value value) {
  if (!isConstant(value))
    needed.insert(value);
}

ScanOp StepSequences::keep(RewriterBase &rewriter) {
  ScanEditor editor(rewriter, scan);
  bool changed = false;
  // A history has the values before a step and those after it.
  llvm::SmallDenseSet<Value> inHistory;
  for (auto [carry, argument, next] :
       llvm::enumerate(scan.getCarryArgs(), scan.getYieldedCarries())) {
    if (!needed.contains(argument) ||
        !isa<RankedTensorType>(argument.getType()) || findOutput(argument))
      continue;
    changed |= editor.addHistory(carry, reverse) >= scan.getNumHistories();
    inHistory.insert(argument);
    inHistory.insert(next);
  }
  for (Value value : needed) {
    if (inHistory.contains(value) || findInput(value) || findOutput(value) ||
        findRows(value))
      continue;
    if (findPlace(value))
      continue;
    Value kept = value;
    if (!isa<RankedTensorType>(value.getType())) {
      rewriter.setInsertionPointAfterValue(value);
      kept = tensor::FromElementsOp::create(
          rewriter, value.getLoc(), RankedTensorType::get({}, value.getType()),
          value);
      wrapped[value] = kept;
    }
    editor.addOutput(kept, reverse);
    changed = true;
  }
  if (changed)
    scan = editor.finish();
  return scan;
}

Value StepSequences::get(OpBuilder &builder, Value value) {
  if (Value wrapper = wrapped.lookup(value))
    value = wrapper;
  Value &known = sequences[value];
  if (known)
    return known;
  Location loc = value.getLoc();
  if (std::optional<unsigned> input = findInput(value))
    return known = scan.getInputs()[*input];
  if (std::optional<unsigned> output = findOutput(value))
    return known = scan.getOutputs()[*output];
  if (std::optional<CarryRows> rows = findRows(value))
    return known = buildHistoryRows(builder, loc, scan,
                                    scan.getHistoryResults()[rows->history],
                                    reverse, rows->after);

  Place place = *findPlace(value);
  Value whole = get(builder, place.whole);
  int64_t steps = cast<RankedTensorType>(whole.getType()).getDimSize(0);
  SmallVector<OpFoldResult> offsets = {builder.getIndexAttr(0)};
  SmallVector<OpFoldResult> sizes = {
      ShapedType::isDynamic(steps) ? OpFoldResult(scan.getCount())
                                   : OpFoldResult(builder.getIndexAttr(steps))};
  SmallVector<OpFoldResult> strides = {builder.getIndexAttr(1)};
  llvm::append_range(offsets, place.slice.getMixedOffsets());
  llvm::append_range(sizes, place.slice.getMixedSizes());
  llvm::append_range(strides, place.slice.getMixedStrides());
  Value result = tensor::ExtractSliceOp::create(
      builder, loc,
      ScanOp::getSequenceType(cast<RankedTensorType>(value.getType()), steps),
      whole, offsets, sizes, strides);
  return sequences[value] = result;
}

SmallVector<OpFoldResult> StepSequences::getSizes(OpBuilder &builder,
                                                  Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim : llvm::seq(type.getRank()))
    sizes.push_back(
        type.isDynamicDim(dim)
            ? *scan.reifyBodyDim(builder, value, dim)
            : OpFoldResult(builder.getIndexAttr(type.getDimSize(dim))));
  return sizes;
}
