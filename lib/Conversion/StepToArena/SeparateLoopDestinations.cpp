//===- SeparateLoopDestinations.cpp - Destinations of insertions ----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SeparateDestinations.h"
#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SubsetOpInterface.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_SEPARATELOOPDESTINATIONS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// Whether a loop around `op` leaves `value` as it is, and `value` holds
/// something.
static bool isConstantInLoop(Operation *op, Value value) {
  auto loop = op->getParentOfType<LoopLikeOpInterface>();
  return loop && loop.isDefinedOutsideOfLoop(value) &&
         !value.getDefiningOp<tensor::EmptyOp>();
}

namespace {
struct SeparateLoopDestinations
    : gradopt::impl::SeparateLoopDestinationsBase<SeparateLoopDestinations> {
  using SeparateLoopDestinationsBase::SeparateLoopDestinationsBase;

  void runOnOperation() override {
    getOperation()->walk([](SubsetInsertionOpInterface insertion) {
      OpOperand &destination = insertion.getDestinationOperand();
      if (!isa<RankedTensorType>(destination.get().getType()) ||
          !isConstantInLoop(insertion, destination.get()))
        return;
      OpBuilder builder(insertion);
      destination.set(
          buildOwnCopy(builder, insertion.getLoc(), destination.get()));
    });
  }
};
} // namespace
