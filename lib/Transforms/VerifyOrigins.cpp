//===- VerifyOrigins.cpp - Check where the ops of a step came from --------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_VERIFYORIGINS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// Whether `op` must say itself where it came from.
static bool needsOrigin(Operation *op) {
  // MLIR's folder gives constants an unknown location.
  if (op->hasTrait<OpTrait::ConstantLike>())
    return false;
  // The scalar ops in the body of a linalg op stand for it: named ones are not
  // even printed, and get no location when they are read again.
  return !isa_and_nonnull<linalg::LinalgOp>(op->getParentOp());
}

namespace {
struct VerifyOrigins : gradopt::impl::VerifyOriginsBase<VerifyOrigins> {
  using VerifyOriginsBase::VerifyOriginsBase;

  void runOnOperation() override {
    getOperation()->walk([&](FunctionOpInterface function) {
      if (!function->hasAttr(attr::kDifferentiated))
        return;
      function.getFunctionBody().walk([&](Operation *op) {
        if (!needsOrigin(op) || hasOrigin(op->getLoc()) ||
            hasFilePosition(op->getLoc()))
          return;
        InFlightDiagnostic diag = op->emitOpError()
                                  << "has no origin: the location of an op of "
                                     "a step must hold a #gradopt.origin or a "
                                     "position in a file";
        diag.attachNote(function.getLoc()) << "in this function";
        signalPassFailure();
      });
    });
    markAllAnalysesPreserved();
  }
};
} // namespace
