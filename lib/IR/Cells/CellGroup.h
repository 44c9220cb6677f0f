//===- CellGroup.h - The values of a named layer ----------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_IR_CELLS_CELLGROUP_H
#define GRADOPT_LIB_IR_CELLS_CELLGROUP_H

#include "gradopt/IR/GradOptOps.h"

namespace mlir::gradopt {

/// The values of one direction of a layer. What the layer does not have is null
/// or empty.
struct CellGroup {
  Value wIh, wHh, biasIh, biasHh, projection;
  SmallVector<Value> peepholes;
  /// One of each for every state, h first.
  SmallVector<Value> initial, final;
};

/// What all layers have.
template <typename Cell>
CellGroup getCommonGroup(Cell cell, unsigned direction) {
  CellGroup group;
  if (direction == 0) {
    group.wIh = cell.getWIh();
    group.wHh = cell.getWHh();
    group.biasIh = cell.getBiasIh();
    group.biasHh = cell.getBiasHh();
    group.initial = {cell.getH0()};
    group.final = {cell.getHN()};
  } else {
    group.wIh = cell.getReverseWIh();
    group.wHh = cell.getReverseWHh();
    group.biasIh = cell.getReverseBiasIh();
    group.biasHh = cell.getReverseBiasHh();
    group.initial = {cell.getReverseH0()};
    group.final = {cell.getReverseHN()};
  }
  return group;
}

/// The weights of a group with the names that PyTorch gives them.
SmallVector<std::pair<StringRef, Value>> nameWeights(const CellGroup &group);

/// A layer as its verifier sees it. The second group is that of the reverse
/// direction beside the forward one, with null for all that is not given.
struct CellValues {
  Value x, lengths, y;
  unsigned gates;
  bool reverse;
  StringRef name;
  CellGroup groups[2];
  SmallVector<StringRef> states;
  ArrayRef<double> zoneout;
  Value zoneoutKey, zoneoutStep;
};

template <typename Cell>
CellValues getCellValues(Cell cell, unsigned gates, const CellGroup &forward,
                         const CellGroup &reverse) {
  return {cell.getX(),          cell.getLengths(),
          cell.getY(),          gates,
          cell.getReverse(),    cell.getLayerName(),
          {forward, reverse},   cell.getStateNames(),
          cell.getZoneout(),    cell.getZoneoutKey(),
          cell.getZoneoutStep()};
}

/// An error at `op` unless it is a layer with `gates` blocks of columns in its
/// weights.
LogicalResult verifyCell(Operation *op, const CellValues &cell);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_IR_CELLS_CELLGROUP_H
