//===- CellGroup.cpp - The values of a named layer ------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CellGroup.h"

#include "../Verify.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPeepholes[] = {"peephole_i", "peephole_f",
                                               "peephole_o"};

SmallVector<std::pair<StringRef, Value>>
gradopt::nameWeights(const CellGroup &group) {
  SmallVector<std::pair<StringRef, Value>> weights{{"weight_ih", group.wIh},
                                                   {"weight_hh", group.wHh},
                                                   {"bias_ih", group.biasIh},
                                                   {"bias_hh", group.biasHh}};
  for (auto [name, value] : llvm::zip(kPeepholes, group.peepholes))
    weights.push_back({name, value});
  weights.push_back({"weight_hr", group.projection});
  llvm::erase_if(weights, [](const auto &weight) { return !weight.second; });
  return weights;
}

namespace {
/// The sizes of a layer, and the words for those that follow from its kind.
struct CellSizes {
  Type elementType;
  int64_t time, batch, inputs, hidden, projected, width;
  std::string projectedText, widthText;
};
} // namespace

/// The sizes, from x and the weights of the state.
static FailureOr<CellSizes> getSizes(Operation *op, const CellValues &cell) {
  auto x = cast<RankedTensorType>(cell.x.getType());
  if (x.getRank() != 3 || x.isDynamicDim(2))
    return op->emitOpError()
           << "x must have three dimensions T × B × I with a static I, got "
           << x;
  if (x.getDimSize(1) == 0)
    return op->emitOpError()
           << "x must have at least one batch row where their "
              "number is static, got "
           << x;
  const CellGroup &group = cell.groups[0];
  CellSizes sizes;
  sizes.elementType = x.getElementType();
  sizes.time = x.getDimSize(0);
  sizes.batch = x.getDimSize(1);
  sizes.inputs = x.getDimSize(2);
  sizes.projectedText = group.projection ? "P" : "H";
  sizes.widthText = cell.gates == 1 ? "H" : std::to_string(cell.gates) + "H";

  auto weight = cast<RankedTensorType>(group.wHh.getType());
  bool fits = weight.getRank() == 2 && weight.hasStaticShape() &&
              !llvm::is_contained(weight.getShape(), 0) &&
              weight.getDimSize(1) % cell.gates == 0;
  if (fits) {
    sizes.projected = weight.getDimSize(0);
    sizes.width = weight.getDimSize(1);
    sizes.hidden = sizes.width / cell.gates;
    fits = group.projection || sizes.projected == sizes.hidden;
  }
  if (!fits)
    return op->emitOpError()
           << "w_hh must be " << sizes.projectedText << " × " << sizes.widthText
           << " with static sizes above 0, got " << weight;
  return sizes;
}

/// The layer is bidirectional if it has the weights of a second direction. Then
/// it has all of that direction, else nothing.
static LogicalResult verifyDirections(Operation *op, const CellValues &cell) {
  auto [forward, reverse] = cell.groups;
  if (bool(reverse.wIh) != bool(reverse.wHh))
    return op->emitOpError("reverse_weights needs both w_ih and w_hh");
  bool isBidirectional = bool(reverse.wIh);
  if (isBidirectional && cell.reverse)
    return op->emitOpError("has reverse_weights and is marked reverse; a "
                           "bidirectional layer has no mark");

  auto check = [&](StringRef name, bool inForward,
                   bool inReverse) -> LogicalResult {
    if (inReverse && !isBidirectional)
      return op->emitOpError()
             << "has " << name << " for a reverse direction, but no "
             << "reverse_weights";
    if (isBidirectional && inForward != inReverse)
      return op->emitOpError()
             << "is bidirectional and has " << name << " in the "
             << (inForward ? "forward" : "reverse")
             << " direction only; give it in both or in none";
    return success();
  };
  if (failed(check("bias_ih", bool(forward.biasIh), bool(reverse.biasIh))) ||
      failed(check("bias_hh", bool(forward.biasHh), bool(reverse.biasHh))) ||
      failed(check("peepholes", !forward.peepholes.empty(),
                   !reverse.peepholes.empty())) ||
      failed(check("projection", bool(forward.projection),
                   bool(reverse.projection))))
    return failure();
  // States may be given for one direction alone: that of the other cannot be
  // carried from one window of a sequence to the next.
  for (const CellGroup &group : cell.groups) {
    bool hasFirst = bool(group.initial.front());
    for (auto [name, initial] : llvm::zip_equal(cell.states, group.initial)) {
      if (initial && &group == &cell.groups[1] && !isBidirectional)
        return op->emitOpError(
            "has an initial state for a reverse direction, but no "
            "reverse_weights");
      if (bool(initial) != hasFirst)
        return op->emitOpError()
               << "has an initial state " << (hasFirst ? "h" : name)
               << " without " << (hasFirst ? name : "h")
               << "; give all initial states of a direction or none";
    }
  }
  for (Value final : reverse.final)
    if (bool(final) != isBidirectional)
      return op->emitOpError()
             << (final ? "has final states of a reverse direction, but no "
                         "reverse_weights"
                       : "is bidirectional and needs the final states of its "
                         "reverse direction as results");
  return success();
}

static LogicalResult verifyGroup(Operation *op, const CellValues &cell,
                                 const CellGroup &group, StringRef prefix,
                                 const CellSizes &sizes) {
  auto verify = [&](const Twine &name, Value value, ArrayRef<int64_t> shape,
                    const Twine &meaning) {
    return success(!value || succeeded(verifyTensor(
                                 op, prefix + name, value.getType(), shape,
                                 sizes.elementType, meaning.str())));
  };
  const std::string &P = sizes.projectedText, &width = sizes.widthText;
  if (failed(verify("w_ih", group.wIh, {sizes.inputs, sizes.width},
                    "I × " + width)) ||
      failed(verify("w_hh", group.wHh, {sizes.projected, sizes.width},
                    P + " × " + width)) ||
      failed(verify("bias_ih", group.biasIh, {sizes.width}, width)) ||
      failed(verify("bias_hh", group.biasHh, {sizes.width}, width)) ||
      failed(verify("projection", group.projection,
                    {sizes.hidden, sizes.projected}, "H × P")))
    return failure();

  if (!group.peepholes.empty() &&
      group.peepholes.size() != std::size(kPeepholes))
    return op->emitOpError()
           << prefix << "peepholes must be three, of the gates i, f and o, got "
           << group.peepholes.size();
  for (auto [name, peephole] : llvm::zip(kPeepholes, group.peepholes))
    if (failed(verify(name, peephole, {sizes.hidden}, "H")))
      return failure();

  for (auto [index, name] : llvm::enumerate(cell.states)) {
    int64_t size = index == 0 ? sizes.projected : sizes.hidden;
    std::string meaning = "B × " + (index == 0 ? P : std::string("H"));
    if (failed(verify(name + "0", group.initial[index], {sizes.batch, size},
                      meaning + " with the B of x")) ||
        failed(verify(name + "_n", group.final[index], {sizes.batch, size},
                      meaning + " with the B of x")))
      return failure();
  }
  return success();
}

static LogicalResult verifyZoneout(Operation *op, const CellValues &cell) {
  if (cell.zoneout.empty()) {
    if (cell.zoneoutKey || cell.zoneoutStep)
      return op->emitOpError("has a key for zoneout, but no rates");
    return success();
  }
  if (cell.zoneout.size() != cell.states.size())
    return op->emitOpError()
           << "zoneout needs one rate for each state ("
           << llvm::join(cell.states, ", ") << "), got " << cell.zoneout.size();
  for (double rate : cell.zoneout)
    if (!(rate >= 0 && rate < 1))
      return op->emitOpError()
             << "a zoneout rate must be at least 0 and less than 1, got "
             << rate;
  if (!cell.zoneoutKey || !cell.zoneoutStep)
    return op->emitOpError("zoneout needs key(%key, %step)");
  Type i64 = IntegerType::get(op->getContext(), 64);
  if (failed(verifyTensor(op, "the key of zoneout", cell.zoneoutKey.getType(),
                          {2}, i64, "a key of random numbers")))
    return failure();
  if (cell.name.empty())
    return op->emitOpError("zoneout needs a name of the layer: which elements "
                           "are kept follows from it");
  return success();
}

LogicalResult gradopt::verifyCell(Operation *op, const CellValues &cell) {
  FailureOr<CellSizes> sizes = getSizes(op, cell);
  if (failed(sizes) || failed(verifyDirections(op, cell)) ||
      failed(verifyGroup(op, cell, cell.groups[0], "", *sizes)) ||
      failed(verifyGroup(op, cell, cell.groups[1], "reverse_", *sizes)))
    return failure();

  bool isBidirectional = bool(cell.groups[1].wIh);
  int64_t outputs;
  if (llvm::MulOverflow(sizes->projected, int64_t(isBidirectional ? 2 : 1),
                        outputs))
    return op->emitOpError()
           << "w_hh is too large: " << cell.groups[0].wHh.getType();
  if (failed(
          verifyTensor(op, "y", cell.y.getType(),
                       {sizes->time, sizes->batch, outputs}, sizes->elementType,
                       std::string("T × B × ") + (isBidirectional ? "2" : "") +
                           sizes->projectedText)))
    return failure();
  if (cell.lengths) {
    Type integer = getElementTypeOrSelf(cell.lengths.getType());
    if (failed(verifyTensor(op, "lengths", cell.lengths.getType(),
                            {sizes->batch}, integer,
                            "B, the time steps of each batch row")))
      return failure();
  }
  return verifyZoneout(op, cell);
}
