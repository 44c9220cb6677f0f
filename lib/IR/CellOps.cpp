//===- CellOps.cpp - Named recurrent layers -------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Origins.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

namespace {
/// The operands and results that the cells have in common.
struct CellValues {
  Value x, h0, wIh, wHh, biasIh, biasHh, y;
  SmallVector<std::pair<StringRef, Value>> states;
};
} // namespace

template <typename Cell>
static CellValues getValues(Cell cell) {
  return {cell.getX(),      cell.getH0(),     cell.getWIh(), cell.getWHh(),
          cell.getBiasIh(), cell.getBiasHh(), cell.getY(),   {}};
}

/// `gates` is the number of blocks of columns in the weights; `columns` says
/// their width for messages.
static LogicalResult verifyCell(Operation *op, const CellValues &values,
                                unsigned gates, StringRef columns) {
  auto x = cast<RankedTensorType>(values.x.getType());
  auto h0 = cast<RankedTensorType>(values.h0.getType());
  if (x.getRank() != 3 || x.isDynamicDim(2))
    return op->emitOpError()
           << "x must have three dimensions T × B × I with a static I, got "
           << x;
  if (h0.getRank() != 2 || h0.isDynamicDim(1))
    return op->emitOpError()
           << "h0 must have two dimensions B × H with a static H, got " << h0;
  Type elementType = x.getElementType();
  int64_t time = x.getDimSize(0), batch = x.getDimSize(1),
          inputs = x.getDimSize(2), hidden = h0.getDimSize(1), width;
  if (llvm::MulOverflow(hidden, int64_t(gates), width))
    return op->emitOpError() << "h0 has too large a hidden size: " << h0;

  if (failed(verifyTensor(op, "h0", h0, {batch, hidden}, elementType,
                          "B × H with the B of x")) ||
      failed(verifyTensor(op, "w_ih", values.wIh.getType(), {inputs, width},
                          elementType, ("I × " + columns).str())) ||
      failed(verifyTensor(op, "w_hh", values.wHh.getType(), {hidden, width},
                          elementType, ("H × " + columns).str())))
    return failure();
  for (auto [name, bias] : {std::pair("bias_ih", values.biasIh),
                            std::pair("bias_hh", values.biasHh)})
    if (bias && failed(verifyTensor(op, name, bias.getType(), {width},
                                    elementType, columns)))
      return failure();
  for (auto [name, state] : values.states)
    if (failed(verifyTensor(op, name, state.getType(), {batch, hidden},
                            elementType, "B × H, as h0")))
      return failure();
  return verifyTensor(op, "y", values.y.getType(), {time, batch, hidden},
                      elementType, "T × B × H");
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// sigmoid(x). The usual 1/(1 + exp(−x)) has the derivative
/// exp(−x)/(1 + exp(−x))², which is 0 · Inf = NaN where x is very negative;
/// this form saturates like tanh.
static Value buildSigmoid(OpBuilder &builder, Location loc, Value x) {
  Value half = arith::ConstantOp::create(
      builder, loc, builder.getFloatAttr(x.getType(), 0.5));
  Value scaled = arith::MulFOp::create(builder, loc, x, half);
  Value tanh = math::TanhOp::create(builder, loc, scaled);
  Value product = arith::MulFOp::create(builder, loc, tanh, half);
  return arith::AddFOp::create(builder, loc, product, half);
}

using BuildScalar = function_ref<Value(OpBuilder &, Location, ValueRange)>;

/// One elementwise op over `inputs`, all of the shape of `empty`.
static Value buildPointwise(OpBuilder &builder, Location loc, ValueRange inputs,
                            Value empty, BuildScalar buildScalar) {
  int64_t rank = cast<RankedTensorType>(empty.getType()).getRank();
  SmallVector<AffineMap> maps(inputs.size() + 1,
                              builder.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, empty.getType(), inputs, empty, maps, iterators,
      [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
        Value result = buildScalar(nested, nestedLoc, args.drop_back());
        linalg::YieldOp::create(nested, nestedLoc, result);
      });
  return generic.getResult(0);
}

namespace {
/// Builds what the cells' steps share.
class StepBuilder {
public:
  StepBuilder(OpBuilder &builder, Operation *cell, StringRef layer, Value input)
      : builder(builder), cellLoc(cell->getLoc()), layer(layer),
        source(cell->getName().getStringRef()), input(input) {}

  /// The location of an op that belongs to `gate`, or to none.
  Location getLoc(StringRef gate = "") const {
    return withOrigin(cellLoc, layer, gate, "forward", source);
  }

  /// An uninitialized tensor of batch × `width`.
  Value buildEmpty(int64_t width) const {
    auto inputType = cast<RankedTensorType>(input.getType());
    SmallVector<Value> sizes;
    if (inputType.isDynamicDim(0))
      sizes.push_back(tensor::DimOp::create(builder, getLoc(), input, 0));
    return tensor::EmptyOp::create(
        builder, getLoc(), ArrayRef<int64_t>{inputType.getDimSize(0), width},
        inputType.getElementType(), sizes);
  }

  /// input · w_ih + h · w_hh + the biases that are not null.
  Value buildPreactivation(const CellValues &values, Value h) const {
    Location loc = getLoc();
    auto weights = cast<RankedTensorType>(values.wIh.getType());
    Value empty = buildEmpty(weights.getDimSize(1));
    Value start;
    if (Value bias = buildBias(values)) {
      start = linalg::BroadcastOp::create(builder, loc, bias, empty,
                                          ArrayRef<int64_t>{0})
                  ->getResult(0);
    } else {
      Value zero = arith::ConstantOp::create(
          builder, loc, builder.getZeroAttr(weights.getElementType()));
      start = linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
    }
    Value z = linalg::MatmulOp::create(builder, loc, start.getType(),
                                       ValueRange{input, values.wIh}, start)
                  .getResult(0);
    return linalg::MatmulOp::create(builder, loc, z.getType(),
                                    ValueRange{h, values.wHh}, z)
        .getResult(0);
  }

private:
  /// The sum of the biases, null without any. It is added before the broadcast:
  /// so it does not depend on the time step and is hoisted out of the loop.
  Value buildBias(const CellValues &values) const {
    if (!values.biasIh || !values.biasHh)
      return values.biasIh ? values.biasIh : values.biasHh;
    auto type = cast<RankedTensorType>(values.biasIh.getType());
    Value empty = tensor::EmptyOp::create(builder, getLoc(), type.getShape(),
                                          type.getElementType());
    return buildPointwise(
        builder, getLoc(), {values.biasIh, values.biasHh}, empty,
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          return arith::AddFOp::create(b, loc, args[0], args[1]);
        });
  }

  OpBuilder &builder;
  Location cellLoc;
  StringRef layer, source;
  Value input;
};
} // namespace

//===----------------------------------------------------------------------===//
// RnnOp
//===----------------------------------------------------------------------===//

LogicalResult RnnOp::verify() {
  CellValues values = getValues(*this);
  values.states = {{"h_n", getHN()}};
  return verifyCell(*this, values, /*gates=*/1, "H");
}

StringRef RnnOp::getLayerName() { return getName().value_or(""); }

Value RnnOp::getSequence() { return getX(); }

SmallVector<Value> RnnOp::getInitialStates(unsigned direction) {
  return {getH0()};
}

SmallVector<StringRef> RnnOp::getStateNames() { return {"h"}; }

SmallVector<Value> RnnOp::buildStep(OpBuilder &builder, Value input,
                                    ValueRange states, unsigned direction) {
  StepBuilder step(builder, *this, getLayerName(), input);
  Value z = step.buildPreactivation(getValues(*this), states[0]);
  RnnActivation activation = getActivation();
  if (activation == RnnActivation::identity)
    return {z};
  int64_t hidden = getHN().getType().getDimSize(1);
  return {buildPointwise(
      builder, step.getLoc(), z, step.buildEmpty(hidden),
      [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
        if (activation == RnnActivation::tanh)
          return math::TanhOp::create(b, loc, args[0]);
        // maximumf, unlike maxnumf, does not hide a NaN.
        Value zero =
            arith::ConstantOp::create(b, loc, b.getZeroAttr(args[0].getType()));
        return arith::MaximumFOp::create(b, loc, args[0], zero);
      })};
}

//===----------------------------------------------------------------------===//
// LstmOp
//===----------------------------------------------------------------------===//

LogicalResult LstmOp::verify() {
  CellValues values = getValues(*this);
  values.states = {{"c0", getC0()}, {"h_n", getHN()}, {"c_n", getCN()}};
  return verifyCell(*this, values, /*gates=*/4, "4H");
}

StringRef LstmOp::getLayerName() { return getName().value_or(""); }

Value LstmOp::getSequence() { return getX(); }

SmallVector<Value> LstmOp::getInitialStates(unsigned direction) {
  return {getH0(), getC0()};
}

SmallVector<StringRef> LstmOp::getStateNames() { return {"h", "c"}; }

SmallVector<Value> LstmOp::buildStep(OpBuilder &builder, Value input,
                                     ValueRange states, unsigned direction) {
  StepBuilder step(builder, *this, getLayerName(), input);
  Value z = step.buildPreactivation(getValues(*this), states[0]);
  RankedTensorType stateType = getHN().getType();
  int64_t hidden = stateType.getDimSize(1);
  Value empty = step.buildEmpty(hidden);
  OpFoldResult batch = tensor::getMixedSize(builder, step.getLoc(), input, 0);

  // The gates' order in the columns of z, which is PyTorch's.
  enum { I, F, G, O };
  static constexpr StringLiteral kGateNames[] = {"i", "f", "g", "o"};
  SmallVector<Value> gates;
  for (auto [index, name] : llvm::enumerate(kGateNames)) {
    Location loc = step.getLoc(name);
    Value block = tensor::ExtractSliceOp::create(
        builder, loc, stateType, z,
        ArrayRef<OpFoldResult>{
            builder.getIndexAttr(0),
            builder.getIndexAttr(static_cast<int64_t>(index) * hidden)},
        ArrayRef<OpFoldResult>{batch, builder.getIndexAttr(hidden)},
        ArrayRef<OpFoldResult>{builder.getIndexAttr(1),
                               builder.getIndexAttr(1)});
    gates.push_back(
        buildPointwise(builder, loc, block, empty,
                       [&, isCandidate = index == G](OpBuilder &b, Location loc,
                                                     ValueRange args) -> Value {
                         if (isCandidate)
                           return math::TanhOp::create(b, loc, args[0]);
                         return buildSigmoid(b, loc, args[0]);
                       }));
  }

  Value c = buildPointwise(
      builder, step.getLoc(), {gates[F], states[1], gates[I], gates[G]}, empty,
      [](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Value kept = arith::MulFOp::create(b, loc, args[0], args[1]);
        Value added = arith::MulFOp::create(b, loc, args[2], args[3]);
        return arith::AddFOp::create(b, loc, kept, added);
      });
  Value h =
      buildPointwise(builder, step.getLoc(), {gates[O], c}, empty,
                     [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                       Value squashed = math::TanhOp::create(b, loc, args[1]);
                       return arith::MulFOp::create(b, loc, args[0], squashed);
                     });
  return {h, c};
}

//===----------------------------------------------------------------------===//
// GruOp
//===----------------------------------------------------------------------===//

LogicalResult GruOp::verify() { return emitOpError("is not done yet"); }

StringRef GruOp::getLayerName() { return getName().value_or(""); }

Value GruOp::getSequence() { return getX(); }

SmallVector<Value> GruOp::getInitialStates(unsigned direction) {
  return {getH0()};
}

SmallVector<StringRef> GruOp::getStateNames() { return {"h"}; }

SmallVector<Value> GruOp::buildStep(OpBuilder &builder, Value input,
                                    ValueRange states, unsigned direction) {
  return {states[0]};
}

//===----------------------------------------------------------------------===//
// What the interface asks of every layer
//===----------------------------------------------------------------------===//

#define GRADOPT_CELL_METHODS(Cell)                                             \
  Value Cell::getSequenceLengths() { return getLengths(); }                    \
  SmallVector<bool> Cell::getDirections() { return {getReverse()}; }           \
  SmallVector<std::pair<StringRef, Value>> Cell::getWeights(unsigned) {        \
    return {};                                                                 \
  }                                                                            \
  ArrayRef<double> Cell::getZoneoutRates() { return getZoneout(); }            \
  std::pair<Value, Value> Cell::getZoneoutRandom() {                           \
    return {getZoneoutKey(), getZoneoutStep()};                                \
  }

GRADOPT_CELL_METHODS(RnnOp)
GRADOPT_CELL_METHODS(LstmOp)
GRADOPT_CELL_METHODS(GruOp)
