//===- LowerContractions.cpp - Contractions as vector code ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionLowering.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/GradOptDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_LOWERCONTRACTIONS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr llvm::StringLiteral kPass = "gradopt-lower-contractions";

namespace {
struct LowerContractions
    : gradopt::impl::LowerContractionsBase<LowerContractions> {
  using LowerContractionsBase::LowerContractionsBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    CPUTarget target = CPUTarget::get(function);
    SmallVector<linalg::LinalgOp> contractions;
    function.walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics() && isContraction(op))
        contractions.push_back(op);
    });
    Scratch scratch(function);
    for (linalg::LinalgOp op : contractions) {
      StringRef reason;
      FailureOr<ContractionShape> shape = matchContraction(op, reason);
      if (failed(shape)) {
        remark::missed(op->getLoc(), remark::RemarkOpts::name("contraction")
                                         .category(kPass)
                                         .function(function.getName()))
            << remark::reason("this contraction stays a loop over numbers: {0}",
                              reason);
        continue;
      }
      if (failed(lowerContraction(op, *shape, target, scratch)))
        return signalPassFailure();
    }
  }
};
} // namespace
