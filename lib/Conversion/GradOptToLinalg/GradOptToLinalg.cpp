//===- GradOptToLinalg.cpp - Expand gradopt ops ---------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_CONVERTGRADOPTTOLINALG
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {

struct ForwardGradient : OpRewritePattern<GradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GradientOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, op.getValue());
    return success();
  }
};

struct ConvertGradOptToLinalg
    : gradopt::impl::ConvertGradOptToLinalgBase<ConvertGradOptToLinalg> {
  using ConvertGradOptToLinalgBase::ConvertGradOptToLinalgBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ForwardGradient>(&getContext());
    populateClipToLinalgPatterns(patterns);
    populateObservationToLinalgPatterns(patterns);
    populateUpdateToLinalgPatterns(patterns);
    populateModelToLinalgPatterns(patterns);
    populateRandomToLinalgPatterns(patterns);

    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addIllegalOp<GradientOp, ClipByValueOp, ClipByNormOp,
                        ClipByGlobalNormOp, ClipCotangentOp, NormOp,
                        CountNonfiniteOp, CountOverflowOp, CheckFiniteOp, SgdOp,
                        MomentumOp, RmspropOp, AdamOp, AdamWOp, EmbeddingOp,
                        ScatterAddOp, CrossEntropyOp, MeanSquaredErrorOp,
                        DropoutOp, ZoneoutOp>();
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
