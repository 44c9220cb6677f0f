//===- VerifyRecipe.cpp - Check that the recipe was acted upon ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Transforms/Passes.h"
#include "gradopt/Transforms/Transforms.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_VERIFYRECIPE
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {
struct VerifyRecipe : gradopt::impl::VerifyRecipeBase<VerifyRecipe> {
  using VerifyRecipeBase::VerifyRecipeBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    FailureOr<RecipeOp> recipe = findRecipe(getOperation());
    if (failed(recipe))
      return signalPassFailure();
    if (!*recipe)
      return;
    auto verifyTaken = [&](StringAttr part, Attribute value, StringRef pass) {
      if (!value)
        return;
      recipe->emitError() << "part '" << part.getValue()
                          << "' was not acted upon: " << pass
                          << " takes it; run that pass or leave the part out";
      signalPassFailure();
    };
    verifyTaken(recipe->getOptimizerAttrName(), recipe->getOptimizerAttr(),
                "gradopt-insert-updates");
    verifyTaken(recipe->getScheduleAttrName(), recipe->getScheduleAttr(),
                "gradopt-insert-updates");
    verifyTaken(recipe->getAccumulateAttrName(), recipe->getAccumulateAttr(),
                "gradopt-insert-accumulation");
    verifyTaken(recipe->getRegularizeAttrName(), recipe->getRegularizeAttr(),
                "gradopt-insert-regularization");
    verifyTaken(recipe->getClipAttrName(), recipe->getClipAttr(),
                "gradopt-insert-gradient-clipping");
    verifyTaken(recipe->getMonitorAttrName(), recipe->getMonitorAttr(),
                "gradopt-insert-norm-monitors");
    verifyTaken(recipe->getOnNonfiniteAttrName(), recipe->getOnNonfiniteAttr(),
                "gradopt-insert-finite-checks");
    verifyTaken(recipe->getOnOverflowAttrName(), recipe->getOnOverflowAttr(),
                "gradopt-insert-finite-checks");
    verifyTaken(recipe->getOnDivergenceAttrName(),
                recipe->getOnDivergenceAttr(), "gradopt-insert-finite-checks");
    verifyTaken(recipe->getPolicyOptionsAttrName(),
                recipe->getPolicyOptionsAttr(), "gradopt-insert-finite-checks");
    if (ArrayAttr groups = recipe->getGroupsAttr())
      for (auto group : groups.getAsRange<GroupAttr>())
        verifyGroup(*recipe, group);
  }

private:
  void verifyGroup(RecipeOp recipe, GroupAttr group) {
    auto verifyTaken = [&](StringRef part, bool isLeft, StringRef pass) {
      if (!isLeft)
        return;
      recipe.emitError() << "'" << part << "' of group \"" << group.getName()
                         << "\" was not acted upon: " << pass
                         << " takes it; run that pass or leave the part out";
      signalPassFailure();
    };
    verifyTaken("frozen", group.getFrozen(), "gradopt-differentiate");
    verifyTaken("clip", bool(group.getClip()),
                "gradopt-insert-gradient-clipping");
    verifyTaken("learning_rate", bool(group.getLearningRate()),
                "gradopt-insert-updates");
    verifyTaken("weight_decay", bool(group.getWeightDecay()),
                "gradopt-insert-regularization");
  }
};
} // namespace
