//===- PointwiseGroups.h - What may become one elementwise op ----*- C++
//-*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_POINTWISEGROUPS_H
#define GRADOPT_LIB_TRANSFORMS_POINTWISEGROUPS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::gradopt {

/// Whether `op` may be a member of a group: an elementwise generic on tensors,
/// each of whose results has one element for each of its iterations.
bool canJoinGroup(linalg::GenericOp op);

/// Elementwise ops of one block over one iteration space, in block order, that
/// can be computed at one place: nothing else needs one of them and is needed
/// by another.
struct PointwiseGroup {
  SmallVector<linalg::GenericOp> members;
  /// For each member the loop of the group that each of its loops is.
  SmallVector<SmallVector<unsigned>> loops;
};

/// Two ops that belong together and stay apart.
struct KeptApart {
  linalg::GenericOp first, second;
  /// The op that needs one and is needed by the other; null if the two do not
  /// have the same iteration space.
  Operation *between;
};

/// The groups of two and more members in `block`.
SmallVector<PointwiseGroup>
findPointwiseGroups(Block &block, SmallVectorImpl<KeptApart> &keptApart);

/// The values that change from step to step of the innermost loop around
/// `block` are those for which this holds; outside of loops all but constants.
/// Made for values that are defined in `block` or outside of it.
class StepValues {
public:
  explicit StepValues(Block &block);
  bool changes(Value value) const;

private:
  Block &block;
  Region *loop = nullptr;
  llvm::DenseSet<Operation *> constant;
};

/// Puts the ops of a block in an order in which each stands behind what it
/// needs. Ops with side effects keep their order, and all ops theirs where that
/// is possible.
void sortByDependence(Block &block);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_POINTWISEGROUPS_H
