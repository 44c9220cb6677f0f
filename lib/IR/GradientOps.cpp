//===- GradientOps.cpp - Gradients and their clips ------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "gradopt/IR/GradOptOps.h"

using namespace mlir;
using namespace mlir::gradopt;

LogicalResult GradientOp::verify() {
  if (getOf().empty())
    return emitOpError("of must name what this is the gradient of");
  if (getGroup() && getGroup()->empty())
    return emitOpError("group must not be empty: leave it out");
  if (getOf() == "global" || getGroup() == StringRef("global"))
    return emitOpError("'global' is the name of all gradients together in the "
                       "record; give it another one");
  return success();
}

LogicalResult ClipByValueOp::verify() {
  return verifyThreshold(*this, getThreshold());
}

LogicalResult ClipByNormOp::verify() {
  RankedTensorType value = getValue().getType();
  ArrayRef<int64_t> shape;
  if (getRows()) {
    if (value.getRank() == 0)
      return emitOpError("has no rows to clip: value is a scalar");
    shape = value.getShape().drop_back();
  }
  if (failed(verifyTensor(
          *this, "norm", getNorm().getType(), shape,
          cast<RankedTensorType>(getThreshold().getType()).getElementType(),
          getRows() ? "value without its last dimension" : "a scalar")))
    return failure();
  return verifyThreshold(*this, getThreshold());
}

LogicalResult ClipByGlobalNormOp::verify() {
  if (failed(verifyOneElementType(*this, getValues())))
    return failure();
  return verifyThreshold(*this, getThreshold());
}

LogicalResult ClipCotangentOp::verify() {
  if (getWhole() && getBy() == CotangentClipKind::value)
    return emitOpError("by value looks at no norm: leave out whole");
  if (!getWhole() && getBy() != CotangentClipKind::value &&
      getValue().getType().getRank() == 0)
    return emitOpError("has no rows to clip: value is a scalar; write whole");
  return verifyThreshold(*this, getThreshold());
}
