//===- ApproximateMath.cpp - Functions as polynomials ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MathExpansion.h"
#include "gradopt/Conversion/CPUTarget.h"
#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_APPROXIMATEMATH
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// How the function of `op` is built, null if libm computes it.
static Value (*getExpansion(Operation *op))(MathBuilder &, Value) {
  if (isa<math::ExpOp>(op))
    return expandExp;
  if (isa<math::ExpM1Op>(op))
    return expandExpM1;
  if (isa<math::TanhOp>(op))
    return expandTanh;
  if (isa<math::LogOp>(op))
    return expandLog;
  if (isa<math::Log1pOp>(op))
    return expandLog1p;
  return nullptr;
}

static bool isLibraryCall(Operation *op) {
  return isa<math::AcosOp, math::AcoshOp, math::AsinOp, math::AsinhOp,
             math::Atan2Op, math::AtanOp, math::AtanhOp, math::CbrtOp,
             math::CosOp, math::CoshOp, math::ErfOp, math::ErfcOp, math::Exp2Op,
             math::ExpM1Op, math::ExpOp, math::Log10Op, math::Log1pOp,
             math::Log2Op, math::LogOp, math::PowFOp, math::SinOp,
             math::SincosOp, math::SinhOp, math::TanOp, math::TanhOp>(op);
}

namespace {
struct ApproximateMath : gradopt::impl::ApproximateMathBase<ApproximateMath> {
  using ApproximateMathBase::ApproximateMathBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isLibraryCall(op))
        ops.push_back(op);
    });
    if (ops.empty())
      return markAllAnalysesPreserved();
    bool useFma = CPUTarget::get(getOperation()).fma;
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops) {
      Type type = op->getResult(0).getType();
      Type element = getElementTypeOrSelf(type);
      bool isVector = isa<VectorType>(type);
      auto expansion = getExpansion(op);
      if (expansion && (isVector || element == type) &&
          (element.isF32() || element.isF64())) {
        rewriter.setInsertionPoint(op);
        MathBuilder builder(rewriter, op->getLoc(), type, useFma);
        rewriter.replaceOp(op, expansion(builder, op->getOperand(0)));
      } else if (isVector) {
        reportCalls(op);
      }
    }
  }

  void reportCalls(Operation *op) {
    auto function = op->getParentOfType<FunctionOpInterface>();
    remark::missed(op->getLoc(),
                   remark::RemarkOpts::name("scalar-calls")
                       .category(getArgument())
                       .function(function ? function.getName() : StringRef()))
        << remark::reason("'{0}' of {1} is computed by a call of libm for each "
                          "element",
                          op->getName().getStringRef(),
                          op->getResult(0).getType());
  }
};
} // namespace
