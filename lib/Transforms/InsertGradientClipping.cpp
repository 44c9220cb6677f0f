//===- InsertGradientClipping.cpp - Clips before uses of gradients --------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Clips.h"
#include "gradopt/IR/Groups.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

namespace mlir::gradopt {
#define GEN_PASS_DEF_INSERTGRADIENTCLIPPING
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {
struct InsertGradientClipping
    : gradopt::impl::InsertGradientClippingBase<InsertGradientClipping> {
  using InsertGradientClippingBase::InsertGradientClippingBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  LogicalResult getOptions(SmallVectorImpl<ClipRequest> &requests);
  FailureOr<FunctionOpInterface> findModel(RecipeOp recipe,
                                           const ClipRequest &request);
  LogicalResult clipModel(RecipeOp recipe, ArrayRef<ClipRequest> requests);
  LogicalResult clipSteps(ArrayRef<FunctionOpInterface> functions,
                          ArrayRef<ClipRequest> requests);
};
} // namespace

FailureOr<Value> mlir::gradopt::appendThreshold(FunctionOpInterface function,
                                                StringRef label,
                                                double threshold,
                                                Type elementType) {
  if (failed(
          checkNoCallers(function, "the threshold of a clip as an argument")))
    return failure();
  std::string name = ("clip." + label + ".threshold").str();
  for (unsigned n = 2; findArg(function, {Role::Hyper, name}); ++n)
    name = ("clip." + label + "_" + Twine(n) + ".threshold").str();
  NamedAttribute init(
      attr::kInit,
      FloatAttr::get(Float64Type::get(function.getContext()), threshold));
  return appendArgument(function, RankedTensorType::get({}, elementType),
                        {Role::Hyper, name}, init);
}

//===----------------------------------------------------------------------===//
// What to insert
//===----------------------------------------------------------------------===//

static ClipRequest getRequest(ClipAttr clip, GroupAttr group = {}) {
  return {clip.getKind(),  clip.getThreshold().getValueAsDouble(),
          clip.getP(),     clip.getAt(),
          clip.getEvery(), group};
}

/// The clip that the options ask for.
LogicalResult
InsertGradientClipping::getOptions(SmallVectorImpl<ClipRequest> &requests) {
  Location loc = getOperation().getLoc();
  if (kind.empty()) {
    if (std::isnan(threshold) && p.empty() && at.empty() && every == 0)
      return success();
    return emitError(loc) << "options 'threshold', 'p', 'at' and 'every' of '"
                          << kClippingPass
                          << "' belong to a clip: give its 'kind' too";
  }
  if (kind == "none")
    return success();

  std::optional<ClipKind> clipKind = symbolizeClipKind(kind);
  if (!clipKind)
    return emitError(loc)
           << "unknown kind of clip '" << kind
           << "'; there are value, norm, group_norm, global_norm and none";
  if (!(threshold >= 0.0))
    return emitError(loc)
           << "a clip needs a threshold: a number that is not negative, as in "
              "'kind=global_norm threshold=1.0'";
  std::optional<NormKind> normKind =
      symbolizeNormKind(p.empty() ? StringRef("l2") : StringRef(p));
  if (!normKind)
    return emitError(loc) << "unknown norm '" << p
                          << "'; 'p' is l1, l2 or linf";
  if (*clipKind == ClipKind::value && !p.empty())
    return emitError(loc)
           << "'p' chooses a norm and does not go with 'kind=value', which "
              "bounds every element";
  std::optional<ClipPlacement> placement = symbolizeClipPlacement(
      at.empty() ? StringRef("gradient") : StringRef(at));
  if (!placement)
    return emitError(loc) << "unknown placement '" << at
                          << "'; 'at' is gradient, time_step, chunk or gate";
  // What else does not go together says the attribute.
  auto limit = FloatAttr::get(Float64Type::get(&getContext()), threshold);
  int64_t steps = every;
  auto clip =
      ClipAttr::getChecked([&] { return emitError(loc); }, &getContext(),
                           *clipKind, limit, *normKind, *placement, steps);
  if (!clip)
    return failure();
  requests.push_back(getRequest(clip));
  return success();
}

LogicalResult InsertGradientClipping::run() {
  ModuleOp module = getOperation();
  FailureOr<RecipeOp> found = findRecipe(module);
  if (failed(found))
    return failure();
  RecipeOp recipe = *found;
  SmallVector<ClipRequest> requests;
  if (failed(getOptions(requests)))
    return failure();

  SmallVector<FunctionOpInterface> steps;
  for (auto function : module.getOps<FunctionOpInterface>())
    if (!findGradients(function).empty())
      steps.push_back(function);

  // The clips of a recipe that act on gradients wait for these, if its model
  // has not been differentiated.
  bool waits = false;
  if (kind.empty() && recipe) {
    Operation *step = SymbolTable::lookupSymbolIn(module, recipe.getStepName());
    waits = steps.empty() && !(step && step->hasAttr(attr::kDifferentiated));
    SmallVector<Attribute> left;
    if (ArrayAttr clips = recipe.getClipAttr())
      for (auto clip : clips.getAsRange<ClipAttr>()) {
        if (waits && clip.getAt() == ClipPlacement::gradient)
          left.push_back(clip);
        else
          requests.push_back(getRequest(clip));
      }
    if (ArrayAttr groups = waits ? ArrayAttr() : recipe.getGroupsAttr())
      for (auto group : groups.getAsRange<GroupAttr>())
        if (group.getClip())
          requests.push_back(getRequest(group.getClip(), group));
    if (left.empty())
      recipe.removeClipAttr();
    else
      recipe.setClipAttr(ArrayAttr::get(&getContext(), left));
  } else if (recipe) {
    recipe.removeClipAttr();
  }
  if (recipe && !waits)
    removeFromGroups(recipe, GroupPart::Clip);

  auto onGradients = [](const ClipRequest &request) {
    return request.at == ClipPlacement::gradient;
  };
  auto middle = std::stable_partition(
      requests.begin(), requests.end(),
      [&](const ClipRequest &request) { return !onGradients(request); });
  ArrayRef<ClipRequest> ofModel(requests.begin(), middle);
  ArrayRef<ClipRequest> ofSteps(middle, requests.end());
  if (!ofModel.empty() && failed(clipModel(recipe, ofModel)))
    return failure();
  if (ofSteps.empty())
    return success();
  if (steps.empty())
    return emitNoGradients(module);
  return clipSteps(steps, ofSteps);
}

//===----------------------------------------------------------------------===//
// Where to insert it
//===----------------------------------------------------------------------===//

/// The model that a clip in its recurrences is for.
FailureOr<FunctionOpInterface>
InsertGradientClipping::findModel(RecipeOp recipe, const ClipRequest &request) {
  ModuleOp module = getOperation();
  SmallVector<FunctionOpInterface> models, steps;
  for (auto function : module.getOps<FunctionOpInterface>()) {
    bool isModel = recipe ? function.getName() == recipe.getModel()
                          : !function->hasAttr(attr::kDifferentiated) &&
                                findResult(function, {Role::Loss, ""});
    bool isStep = recipe ? function.getName() == recipe.getStepName()
                         : function->hasAttr(attr::kDifferentiated);
    if (isStep || (isModel && !findGradients(function).empty()))
      steps.push_back(function);
    else if (isModel && !function.isExternal())
      models.push_back(function);
  }
  StringRef place = stringifyClipPlacement(request.at);
  if (!steps.empty()) {
    InFlightDiagnostic diag =
        emitError(recipe ? recipe.getLoc() : module.getLoc())
        << "a clip at " << place
        << " acts on a model before it is differentiated, but there is a step "
           "already: run '"
        << kClippingPass
        << "' before gradopt-differentiate, and behind it once more for clips "
           "of gradients";
    diag.attachNote(steps.front().getLoc()) << "the step is here";
    return diag;
  }
  if (models.size() == 1)
    return models.front();
  return emitError(recipe ? recipe.getLoc() : module.getLoc())
         << "a clip at " << place << " acts on a model, but there "
         << (models.empty() ? "is no function" : "are several functions")
         << " with a result gradopt.loss and a body; name one by 'model = @…' "
            "of a gradopt.recipe";
}

LogicalResult
InsertGradientClipping::clipModel(RecipeOp recipe,
                                  ArrayRef<ClipRequest> requests) {
  FailureOr<FunctionOpInterface> model = findModel(recipe, requests.front());
  if (failed(model))
    return failure();
  SmallVector<RecurrentCellOpInterface> cells;
  model->walk([&](RecurrentCellOpInterface cell) { cells.push_back(cell); });
  IRRewriter rewriter(&getContext());
  for (RecurrentCellOpInterface cell : cells)
    expandCell(rewriter, cell);
  for (const ClipRequest &request : requests)
    if (failed(clipCotangents(*model, request, numClips)))
      return failure();
  return success();
}

LogicalResult
InsertGradientClipping::clipSteps(ArrayRef<FunctionOpInterface> functions,
                                  ArrayRef<ClipRequest> requests) {
  for (const ClipRequest &request : requests) {
    auto isMatched = [&](const GradientSite &site) {
      return matchesName(request.group.getMatch(), site.name);
    };
    if (request.group && llvm::none_of(functions, [&](auto function) {
          return llvm::any_of(findGradients(function), isMatched);
        }))
      return emitError(getOperation().getLoc())
             << "the clip of group \"" << request.group.getName()
             << "\" finds no gradient whose name matches \""
             << request.group.getMatch() << "\"; mark the gradients of its "
             << "parameters by 'gradopt.gradient'";
  }
  for (FunctionOpInterface function : functions)
    for (const ClipRequest &request : requests)
      if (failed(clipGradients(function, request, numClips)))
        return failure();
  return success();
}
