//===- ObservationOps.cpp - What a step says about itself -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

LogicalResult NormOp::verify() {
  return verifyOneElementType(*this, getValues());
}

LogicalResult CountNonfiniteOp::verify() {
  return verifyOneElementType(*this, getValues());
}

LogicalResult CountOverflowOp::verify() {
  double beyond = getBeyond().convertToDouble();
  if (!(beyond > 0.0 && beyond < 1.0))
    return emitOpError() << "beyond is a part of the type's range, above 0 and "
                            "below 1, got "
                         << beyond;
  return verifyOneElementType(*this, getValues());
}

LogicalResult CheckFiniteOp::verify() {
  return verifyOneElementType(*this, getValues());
}

LogicalResult RecordOp::verify() {
  if (getName().empty())
    return emitOpError("needs a name by which the runtime finds the value");
  RankedTensorType type = getValue().getType();
  if (type.getRank() > 1)
    return emitOpError() << "value must have at most one dimension, got "
                         << type;
  if (!isa_and_nonnull<FunctionOpInterface>((*this)->getParentOp()))
    return emitOpError("must stand in a function's body: make what is watched "
                       "for every time step an output of its scan, and record "
                       "that");
  for (Block &block : *(*this)->getParentRegion())
    for (auto other : block.getOps<RecordOp>()) {
      // Each pair is looked at from both sides and reported at its second op.
      if (other == *this)
        return success();
      if (other.getName() == getName()) {
        InFlightDiagnostic diag = emitOpError()
                                  << "named \"" << getName()
                                  << "\" stands twice in one function";
        diag.attachNote(other.getLoc()) << "the first is here";
        return diag;
      }
    }
  return success();
}
