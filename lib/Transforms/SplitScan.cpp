//===- SplitScan.cpp - A scan over segments of time -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What is computed here is stated so that others can follow it: `BoundSlices`
// sees that each slice is inside of its tensor, and the planner of the arena
// finds a bound of each size that grows with the number of steps.

#include "SplitScan.h"
#include "Contractions.h"
#include "ScanUtils.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::gradopt;

static int64_t getStaticSize(OpFoldResult size) {
  return getConstantIntValue(size).value_or(ShapedType::kDynamic);
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

namespace {
/// Arithmetic on sizes, done at once where it is known.
class SizeBuilder {
public:
  SizeBuilder(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {
    bindSymbols(builder.getContext(), first, second);
  }

  OpFoldResult get(int64_t value) { return builder.getIndexAttr(value); }
  Value toValue(OpFoldResult size) {
    return getValueOrCreateConstantIndexOp(builder, loc, size);
  }
  OpFoldResult add(OpFoldResult lhs, OpFoldResult rhs) {
    return apply(first + second, lhs, rhs);
  }
  OpFoldResult subtract(OpFoldResult lhs, OpFoldResult rhs) {
    return apply(first - second, lhs, rhs);
  }
  /// Affine expressions have a constant on the right; so has what is said here
  /// of such a product or quotient.
  OpFoldResult multiply(OpFoldResult lhs, OpFoldResult rhs) {
    if (std::optional<int64_t> factor = getConstantIntValue(rhs))
      return apply(first * *factor, lhs, rhs);
    return arith::MulIOp::create(builder, loc, toValue(lhs), toValue(rhs))
        .getResult();
  }
  OpFoldResult divide(OpFoldResult lhs, OpFoldResult rhs) {
    if (std::optional<int64_t> divisor = getConstantIntValue(rhs))
      return apply(first.floorDiv(*divisor), lhs, rhs);
    return arith::FloorDivSIOp::create(builder, loc, toValue(lhs), toValue(rhs))
        .getResult();
  }
  OpFoldResult minimum(OpFoldResult lhs, OpFoldResult rhs) {
    return affine::makeComposedFoldedAffineMin(
        builder, loc,
        AffineMap::get(0, 2, {first, second}, builder.getContext()),
        {lhs, rhs});
  }

private:
  OpFoldResult apply(AffineExpr expr, OpFoldResult lhs, OpFoldResult rhs) {
    return affine::makeComposedFoldedAffineApply(builder, loc, expr,
                                                 {lhs, rhs});
  }

  OpBuilder &builder;
  Location loc;
  AffineExpr first, second;
};
} // namespace

SegmentLength gradopt::getSquareRootLength(OpBuilder &builder, ScanOp scan) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(scan);
  if (int64_t steps = scan.getStaticCount(); ShapedType::isStatic(steps)) {
    int64_t root = 1;
    while ((root + 1) <= steps / (root + 1))
      ++root;
    return {builder.getIndexAttr(root), Value()};
  }
  // The root of a number below 2^52 is rounded to a whole one only if it is
  // one.
  Location loc = getHelperLoc(scan);
  Type i64 = builder.getI64Type();
  Value count = arith::IndexCastOp::create(builder, loc, i64, scan.getCount());
  Value wide =
      arith::SIToFPOp::create(builder, loc, builder.getF64Type(), count);
  Value root = math::SqrtOp::create(builder, loc, wide);
  Value whole = arith::FPToSIOp::create(builder, loc, i64, root);
  Value index =
      arith::IndexCastOp::create(builder, loc, builder.getIndexType(), whole);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value steps = arith::MaxSIOp::create(builder, loc, index, one);
  // (k + 1)² is above the count, so that it is k² + 2k at most.
  Value two = arith::ConstantIndexOp::create(builder, loc, 2);
  return {steps, arith::AddIOp::create(builder, loc, steps, two).getResult()};
}

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

Value gradopt::sliceSteps(OpBuilder &builder, Location loc, Value sequence,
                          OpFoldResult offset, OpFoldResult length) {
  auto type = cast<RankedTensorType>(sequence.getType());
  if (isZeroInteger(offset) && !type.isDynamicDim(0) &&
      type.getDimSize(0) == getStaticSize(length))
    return sequence;
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, loc, sequence);
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  offsets[0] = offset;
  sizes[0] = length;
  return tensor::ExtractSliceOp::create(
      builder, loc,
      ScanOp::getSequenceType(ScanOp::getSliceType(type),
                              getStaticSize(length)),
      sequence, offsets, sizes, strides);
}

ScanOp gradopt::cloneSteps(OpBuilder &builder, ScanOp scan, OpFoldResult count,
                           OpFoldResult first, ValueRange inits,
                           ValueRange inputs) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = getHelperLoc(scan);
  SmallVector<Type> outputTypes;
  for (Value slice : scan.getYieldedOutputs())
    outputTypes.push_back(ScanOp::getSequenceType(
        cast<RankedTensorType>(slice.getType()), getStaticSize(count)));
  Value countValue = getValueOrCreateConstantIndexOp(builder, loc, count);
  auto steps = ScanOp::create(
      builder, scan.getLoc(), countValue, inits, inputs, outputTypes,
      scan.getHistories(), scan.getInputReverse(), scan.getOutputReverse(),
      scan.getHistoryReverse(), scan.getNameAttr(), scan.getCarryNamesAttr());
  steps->setDiscardableAttrs(scan->getDiscardableAttrDictionary());

  builder.setInsertionPointToEnd(&steps.getBody().front());
  IRMapping mapping;
  mapping.map(scan.getBody().getArguments(), steps.getBody().getArguments());
  SizeBuilder sizes(builder, loc);
  mapping.map(scan.getStepIndex(),
              sizes.toValue(sizes.add(first, steps.getStepIndex())));
  for (Operation &op : scan.getBody().front())
    builder.clone(op, mapping);
  return steps;
}

namespace {
/// Splits one scan.
class ScanSplitter {
public:
  ScanSplitter(RewriterBase &rewriter, ScanOp scan, TailPlace place)
      : rewriter(rewriter), scan(scan), place(place), loc(getHelperLoc(scan)),
        sizes(rewriter, loc) {}

  FailureOr<SplitScan> split(SegmentLength length);

private:
  bool hasTail() { return !isZeroInteger(rest); }
  /// Whether the tail has the last rows of what goes in this direction.
  bool hasLastRows(bool reverse) {
    return (place == TailPlace::LastSteps) != reverse;
  }
  OpFoldResult getFullOffset(bool reverse) {
    return hasLastRows(reverse) ? sizes.get(0) : rest;
  }
  OpFoldResult getTailOffset(bool reverse) {
    return hasLastRows(reverse) ? full : sizes.get(0);
  }

  void buildOuter(ValueRange inits);
  void buildTail(ValueRange inits);
  Value expand(Value sequence);
  Value collapse(Value sequence);
  Value getRowsAfter(ScanOp piece, unsigned history, OpFoldResult steps);
  Value assemble(Type type, bool reverse, Value fullRows, Value tailRows,
                 Value init);

  RewriterBase &rewriter;
  ScanOp scan;
  TailPlace place;
  Location loc;
  SizeBuilder sizes;
  /// The numbers of all steps, of those of a segment, of full segments, of
  /// steps in these, and of the steps in the tail.
  OpFoldResult total, steps, segments, full, rest;
  SplitScan result;
};
} // namespace

static SmallVector<ReassociationIndices> getGroups(int64_t rank) {
  SmallVector<ReassociationIndices> groups = {{0, 1}};
  for (int64_t dim : llvm::seq<int64_t>(1, rank))
    groups.push_back({dim + 1});
  return groups;
}

/// A sequence of the full segments' steps as one of segments.
Value ScanSplitter::expand(Value sequence) {
  auto type = cast<RankedTensorType>(sequence.getType());
  auto slice = ScanOp::getSliceType(type);
  sequence = castTo(rewriter, sequence,
                    ScanOp::getSequenceType(slice, getStaticSize(full)));
  SmallVector<OpFoldResult> shape = {segments, steps};
  llvm::append_range(
      shape, llvm::drop_begin(tensor::getMixedSizes(rewriter, loc, sequence)));
  return tensor::ExpandShapeOp::create(
      rewriter, loc,
      ScanOp::getSequenceType(
          ScanOp::getSequenceType(slice, getStaticSize(steps)),
          getStaticSize(segments)),
      sequence, getGroups(type.getRank()), shape);
}

Value ScanSplitter::collapse(Value sequence) {
  auto type = cast<RankedTensorType>(sequence.getType());
  return tensor::CollapseShapeOp::create(
      rewriter, loc,
      ScanOp::getSequenceType(ScanOp::getSliceType(ScanOp::getSliceType(type)),
                              getStaticSize(full)),
      sequence, getGroups(type.getRank() - 1));
}

/// The carry after each step of a piece.
Value ScanSplitter::getRowsAfter(ScanOp piece, unsigned history,
                                 OpFoldResult steps) {
  int64_t offset = piece.getHistoryReverse()[history] ? 0 : 1;
  return sliceSteps(rewriter, loc, piece.getHistoryResults()[history],
                    sizes.get(offset), steps);
}

void ScanSplitter::buildOuter(ValueRange inits) {
  SmallVector<Value> inputs;
  for (auto [input, reverse] :
       llvm::zip_equal(scan.getInputs(), scan.getInputReverse()))
    inputs.push_back(expand(hasTail() ? sliceSteps(rewriter, loc, input,
                                                   getFullOffset(reverse), full)
                                      : input));

  // A history becomes an output: the carry after each step.
  auto getType = [&](Type slice) {
    return ScanOp::getSequenceType(
        ScanOp::getSequenceType(cast<RankedTensorType>(slice),
                                getStaticSize(steps)),
        getStaticSize(segments));
  };
  SmallVector<Type> outputTypes;
  for (Value slice : scan.getYieldedOutputs())
    outputTypes.push_back(getType(slice.getType()));
  for (int64_t carry : scan.getHistories())
    outputTypes.push_back(getType(scan.getInits()[carry].getType()));
  SmallVector<bool> outputReverse(scan.getOutputReverse());
  llvm::append_range(outputReverse, scan.getHistoryReverse());

  auto outer = ScanOp::create(
      rewriter, scan.getLoc(), sizes.toValue(segments), inits, inputs,
      outputTypes, /*histories=*/{}, scan.getInputReverse(), outputReverse,
      /*historyReverse=*/{}, scan.getNameAttr(), scan.getCarryNamesAttr());
  outer->setDiscardableAttrs(scan->getDiscardableAttrDictionary());

  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToEnd(&outer.getBody().front());
  OpFoldResult first = sizes.multiply(outer.getStepIndex(), steps);
  if (place == TailPlace::FirstSteps)
    first = sizes.add(rest, first);
  ScanOp segment = cloneSteps(rewriter, scan, steps, first,
                              SmallVector<Value>(outer.getCarryArgs()),
                              SmallVector<Value>(outer.getSliceArgs()));
  SmallVector<Value> yielded(segment.getFinalCarries());
  llvm::append_range(yielded, segment.getOutputs());
  for (unsigned history : llvm::seq(scan.getNumHistories()))
    yielded.push_back(getRowsAfter(segment, history, steps));
  YieldOp::create(rewriter, loc, yielded);

  result.outer = outer;
  result.segment = segment;
}

void ScanSplitter::buildTail(ValueRange inits) {
  SmallVector<Value> inputs;
  for (auto [input, reverse] :
       llvm::zip_equal(scan.getInputs(), scan.getInputReverse()))
    inputs.push_back(
        sliceSteps(rewriter, loc, input, getTailOffset(reverse), rest));
  result.tail = cloneSteps(rewriter, scan, rest,
                           place == TailPlace::LastSteps ? full : sizes.get(0),
                           inits, inputs);
}

/// All rows of an output, or of the history of a carry that began as `init`.
Value ScanSplitter::assemble(Type type, bool reverse, Value fullRows,
                             Value tailRows, Value init) {
  if (!tailRows && !init)
    return castTo(rewriter, fullRows, type);
  auto rowsType = cast<RankedTensorType>(fullRows.getType());
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(rewriter, loc, fullRows);
  SmallVector<OpFoldResult> offsets(shape.size(), sizes.get(0));
  SmallVector<OpFoldResult> strides(shape.size(), sizes.get(1));
  shape[0] = init ? sizes.add(total, sizes.get(1)) : total;
  Value all = tensor::EmptyOp::create(
      rewriter, loc, shape, rowsType.getElementType(), rowsType.getEncoding());
  auto insert = [&](Value rows, OpFoldResult offset, OpFoldResult number) {
    offsets[0] = offset;
    shape[0] = number;
    all = tensor::InsertSliceOp::create(rewriter, loc, rows, all, offsets,
                                        shape, strides);
  };
  OpFoldResult shift = sizes.get(init && !reverse ? 1 : 0);
  if (init)
    insert(init, reverse ? total : sizes.get(0), sizes.get(1));
  insert(fullRows, sizes.add(getFullOffset(reverse), shift), full);
  if (tailRows)
    insert(tailRows, sizes.add(getTailOffset(reverse), shift), rest);
  return castTo(rewriter, all, type);
}

FailureOr<SplitScan> ScanSplitter::split(SegmentLength length) {
  steps = length.steps;
  if (std::optional<int64_t> constant = getConstantIntValue(steps))
    steps = sizes.get(*constant);
  int64_t count = scan.getStaticCount();
  if (ShapedType::isStatic(count) && !isa<Value>(steps) &&
      getStaticSize(steps) >= count)
    return failure();

  rewriter.setInsertionPoint(scan);
  total = ShapedType::isStatic(count) ? sizes.get(count)
                                      : OpFoldResult(scan.getCount());
  if (isOneInteger(steps)) {
    segments = full = total;
    rest = sizes.get(0);
  } else {
    segments = sizes.divide(total, steps);
    if (length.mostSegments)
      segments = sizes.minimum(segments, length.mostSegments);
    full = sizes.multiply(segments, steps);
    // Nothing else says so where the factors are values.
    if (isa<Value>(steps))
      full = sizes.minimum(full, total);
    rest = sizes.minimum(
        sizes.subtract(total, full),
        isa<Value>(steps) ? steps : sizes.get(getStaticSize(steps) - 1));
  }

  if (place == TailPlace::LastSteps) {
    buildOuter(scan.getInits());
    if (hasTail())
      buildTail(result.outer.getFinalCarries());
  } else if (hasTail()) {
    buildTail(scan.getInits());
    buildOuter(result.tail.getFinalCarries());
  } else {
    buildOuter(scan.getInits());
  }

  bool tailIsLast = result.tail && place == TailPlace::LastSteps;
  SmallVector<Value> replacements(
      (tailIsLast ? result.tail : result.outer).getFinalCarries());
  for (auto [i, output, reverse] :
       llvm::enumerate(scan.getOutputs(), scan.getOutputReverse()))
    replacements.push_back(assemble(
        output.getType(), reverse, collapse(result.outer.getOutputs()[i]),
        result.tail ? result.tail.getOutputs()[i] : Value(), Value()));
  for (auto [i, carry, history, reverse] :
       llvm::enumerate(scan.getHistories(), scan.getHistoryResults(),
                       scan.getHistoryReverse()))
    replacements.push_back(
        assemble(history.getType(), reverse,
                 collapse(result.outer.getOutputs()[scan.getNumOutputs() + i]),
                 result.tail ? getRowsAfter(result.tail, i, rest) : Value(),
                 scan.getInits()[carry]));
  result.segmentSteps = steps;
  result.tailSteps = rest;
  rewriter.replaceOp(scan, replacements);
  return result;
}

FailureOr<SplitScan> gradopt::splitScan(RewriterBase &rewriter, ScanOp scan,
                                        SegmentLength length, TailPlace place) {
  OpBuilder::InsertionGuard guard(rewriter);
  return ScanSplitter(rewriter, scan, place).split(length);
}
