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
  return verifyThreshold(*this, getThreshold());
}

LogicalResult ClipByGlobalNormOp::verify() {
  if (failed(verifyOneElementType(*this, getValues())))
    return failure();
  return verifyThreshold(*this, getThreshold());
}
