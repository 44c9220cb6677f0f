//===- ExpandCells.cpp - Named layers to scans ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Transforms/Passes.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/xxhash.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_EXPANDCELLS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {
class CellExpansion {
public:
  explicit CellExpansion(RecurrentCellOpInterface cell)
      : cell(cell), directions(cell.getDirections()),
        states(cell.getStateNames()), listener(cell.getLayerName(), "forward",
                                               cell->getName().getStringRef()),
        builder(cell->getContext(), &listener), loc(getLoc()) {
    builder.setInsertionPoint(cell);
  }

  /// The values that take the place of the layer's results.
  SmallVector<Value> build();

private:
  std::string getScanName(unsigned direction);
  Location getLoc() {
    return withOrigin(cell.getLoc(), listener.layer, /*gate=*/"",
                      listener.direction, listener.source);
  }

  ScanOp buildScan(unsigned direction);
  void buildBody(ScanOp scan, unsigned direction);
  Value buildInitialState(Value given, RankedTensorType type);
  Value buildZoneout(ScanOp scan, unsigned direction, unsigned state,
                     Value newValue, Value oldValue);
  Value buildSelect(Value time, Value active, Value inactive);
  Value joinOutputs(ValueRange outputs);

  RecurrentCellOpInterface cell;
  SmallVector<bool> directions;
  SmallVector<StringRef> states;
  OriginListener listener;
  OpBuilder builder;
  Location loc;
  Value count, sequence;
};
} // namespace

/// The second direction has the name that PyTorch gives its parameters.
std::string CellExpansion::getScanName(unsigned direction) {
  StringRef layer = cell.getLayerName();
  if (layer.empty() || direction == 0)
    return layer.str();
  return (layer + "_reverse").str();
}

Value CellExpansion::buildInitialState(Value given, RankedTensorType type) {
  if (given)
    return given;
  SmallVector<Value> sizes;
  for (int64_t size : type.getShape())
    if (ShapedType::isDynamic(size)) // the batch
      sizes.push_back(
          tensor::DimOp::create(builder, loc, cell.getSequence(), 1));
  Value empty = tensor::EmptyOp::create(builder, loc, type, sizes);
  Value zero = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(type.getElementType()));
  return linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
}

/// `active` in the rows whose length is above `time`, else `inactive`, which is
/// zero if null. If `time` is null, `active` is a sequence and holds all times.
Value CellExpansion::buildSelect(Value time, Value active, Value inactive) {
  auto type = cast<RankedTensorType>(active.getType());
  Value empty = tensor::EmptyOp::create(
      builder, loc, buildSizes(builder, loc, active), type.getElementType());
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineMap> maps{identity.getSubMap({time ? 0u : 1u}), identity};
  SmallVector<Value> inputs{cell.getSequenceLengths(), active};
  if (inactive) {
    inputs.push_back(inactive);
    maps.push_back(identity);
  }
  maps.push_back(identity);
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, type, inputs, empty, maps, iterators,
             [&](OpBuilder &b, Location loc, ValueRange args) {
               Value now =
                   time ? time : linalg::IndexOp::create(b, loc, 0).getResult();
               Value length = arith::IndexCastOp::create(
                   b, loc, b.getIndexType(), args[0]);
               Value isActive = arith::CmpIOp::create(
                   b, loc, arith::CmpIPredicate::slt, now, length);
               Value other =
                   inactive ? args[2]
                            : arith::ConstantOp::create(
                                  b, loc, b.getZeroAttr(type.getElementType()))
                                  .getResult();
               Value result =
                   arith::SelectOp::create(b, loc, isActive, args[1], other);
               linalg::YieldOp::create(b, loc, result);
             })
      .getResult(0);
}

Value CellExpansion::buildZoneout(ScanOp scan, unsigned direction,
                                  unsigned state, Value newValue,
                                  Value oldValue) {
  ArrayRef<double> rates = cell.getZoneoutRates();
  if (rates.empty() || rates[state] == 0)
    return newValue;
  // The same in every program that has this layer, whatever else is in it.
  std::string id =
      (cell.getLayerName() +
       (directions[direction] ? "/reverse/" : "/forward/") + states[state])
          .str();
  auto [key, step] = cell.getZoneoutRandom();
  return ZoneoutOp::create(builder, loc, newValue, oldValue,
                           builder.getF64FloatAttr(rates[state]),
                           builder.getI64IntegerAttr(static_cast<int64_t>(
                               llvm::xxh3_64bits(id) >> 1)),
                           key, step, scan.getStepIndex());
}

void CellExpansion::buildBody(ScanOp scan, unsigned direction) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&scan.getBody().front());
  SmallVector<Value> old(scan.getCarryArgs().begin(),
                         scan.getCarryArgs().end());
  SmallVector<Value> next =
      cell.buildStep(builder, scan.getSliceArgs().front(), old, direction);
  for (auto [state, before] : llvm::enumerate(old))
    next[state] = buildZoneout(scan, direction, state, next[state], before);

  // The output of a step is the first of its next states.
  Value output = next.front();
  if (cell.getSequenceLengths()) {
    Value time = scan.getStepIndex();
    if (directions[direction]) {
      Value one = arith::ConstantIndexOp::create(builder, loc, 1);
      Value last = arith::SubIOp::create(builder, loc, count, one);
      time = arith::SubIOp::create(builder, loc, last, time);
    }
    for (auto [after, before] : llvm::zip_equal(next, old))
      after = buildSelect(time, after, before);
    // Of the state that is carried on, so that its cotangent is complete where
    // the step is differentiated.
    output = buildSelect(time, next.front(), /*inactive=*/{});
  }
  next.push_back(output);
  YieldOp::create(builder, loc, next);
}

ScanOp CellExpansion::buildScan(unsigned direction) {
  std::string name = getScanName(direction);
  listener.layer = name;
  loc = getLoc();
  SmallVector<Value> inits = cell.getInitialStates(direction);
  for (auto [state, init] : llvm::enumerate(inits))
    init = buildInitialState(
        init,
        cast<RankedTensorType>(
            cell->getResult(1 + direction * states.size() + state).getType()));
  bool reverse = directions[direction];
  auto length = cast<RankedTensorType>(sequence.getType()).getDimSize(0);
  Type outputType = ScanOp::getSequenceType(
      cast<RankedTensorType>(inits.front().getType()), length);
  auto scan =
      ScanOp::create(builder, loc, count, inits, sequence, outputType,
                     /*histories=*/{}, reverse, reverse, /*historyReverse=*/{},
                     name.empty() ? StringAttr() : builder.getStringAttr(name),
                     builder.getStrArrayAttr(states));
  buildBody(scan, direction);
  return scan;
}

/// The outputs of all directions side by side.
Value CellExpansion::joinOutputs(ValueRange outputs) {
  if (outputs.size() == 1)
    return outputs.front();
  auto type = cast<RankedTensorType>(cell->getResult(0).getType());
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, loc, cell.getSequence());
  sizes.back() = builder.getIndexAttr(type.getShape().back());
  Value joined =
      tensor::EmptyOp::create(builder, loc, sizes, type.getElementType());
  // A slice of no rows does not verify.
  if (type.getDimSize(0) == 0)
    return joined;
  SmallVector<OpFoldResult> offsets(3, builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(3, builder.getIndexAttr(1));
  int64_t offset = 0;
  for (Value output : outputs) {
    int64_t width = cast<RankedTensorType>(output.getType()).getShape().back();
    offsets.back() = builder.getIndexAttr(offset);
    sizes.back() = builder.getIndexAttr(width);
    joined = tensor::InsertSliceOp::create(builder, loc, output, joined,
                                           offsets, sizes, strides);
    offset += width;
  }
  return joined;
}

SmallVector<Value> CellExpansion::build() {
  sequence = cell.getSequence();
  count = getValueOrCreateConstantIndexOp(
      builder, loc, tensor::getMixedSize(builder, loc, sequence, 0));
  // Once for all directions. What padding holds goes nowhere else.
  if (cell.getSequenceLengths())
    sequence = buildSelect(/*time=*/{}, sequence, /*inactive=*/{});

  SmallVector<Value> outputs, finalStates;
  for (unsigned direction : llvm::seq<unsigned>(directions.size())) {
    ScanOp scan = buildScan(direction);
    outputs.push_back(scan.getOutputs().front());
    llvm::append_range(finalStates, scan.getFinalCarries());
  }
  listener.layer = cell.getLayerName().str();
  loc = getLoc();
  SmallVector<Value> results{joinOutputs(outputs)};
  llvm::append_range(results, finalStates);
  return results;
}

void mlir::gradopt::expandCell(RewriterBase &rewriter,
                               RecurrentCellOpInterface cell) {
  rewriter.replaceOp(cell, CellExpansion(cell).build());
}

namespace {
struct ExpandCells : gradopt::impl::ExpandCellsBase<ExpandCells> {
  using ExpandCellsBase::ExpandCellsBase;

  void runOnOperation() override {
    SmallVector<RecurrentCellOpInterface> cells;
    getOperation()->walk(
        [&](RecurrentCellOpInterface cell) { cells.push_back(cell); });
    IRRewriter rewriter(&getContext());
    for (RecurrentCellOpInterface cell : cells) {
      expandCell(rewriter, cell);
      ++numExpanded;
    }
  }
};
} // namespace
