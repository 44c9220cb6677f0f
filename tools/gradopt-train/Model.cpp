//===- Model.cpp - A model compiled for training --------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Roles.h"
#include "gradopt/Pipelines/Pipelines.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::gradopt;

FailureOr<Model> Model::read(MLIRContext &context,
                             const llvm::SourceMgr &sources) {
  Model model;
  StringRef path =
      sources.getMemoryBuffer(sources.getMainFileID())->getBufferIdentifier();
  // A module without a `module` op has no position of its own.
  Location file = FileLineColLoc::get(&context, path, 1, 1);
  model.module = parseSourceFile<ModuleOp>(sources, &context);
  if (!model.module || failed(model.findLoss(file)) ||
      failed(model.findStaticSizes()))
    return failure();
  return model;
}

LogicalResult Model::findLoss(Location file) {
  FailureOr<RecipeOp> recipe = findRecipe(*module);
  if (failed(recipe))
    return failure();
  if (!*recipe)
    return emitError(file)
           << "the model has no gradopt.recipe, which says how it is trained";
  lossName = recipe->getModel().str();
  stepName = recipe->getStepName();
  // The recipe's verifier has found the function.
  auto loss = module->lookupSymbol<func::FuncOp>(lossName);
  if (loss.isExternal())
    return loss.emitError() << "the model @" << lossName
                            << " is only declared: training needs its body";
  return success();
}

LogicalResult Model::findStaticSizes() {
  auto loss = module->lookupSymbol<func::FuncOp>(lossName);
  std::string first;
  for (unsigned i = 0, e = loss.getNumArguments(); i < e; ++i) {
    auto type = dyn_cast<RankedTensorType>(loss.getArgumentTypes()[i]);
    std::optional<NamedRole> role = getArgRole(loss, i);
    if (!type || !role || role->role != Role::Input || type.getRank() < 2 ||
        loss.getArgAttr(i, attr::kDims))
      continue;
    std::optional<int64_t> time, batch;
    if (!type.isDynamicDim(0))
      time = type.getDimSize(0);
    if (!type.isDynamicDim(1))
      batch = type.getDimSize(1);
    if (!first.empty() && (time != staticTime || batch != staticBatch))
      return emitError(loss.getArgument(i).getLoc())
             << "the inputs \"" << first << "\" and \"" << role->name
             << "\" have other sizes of time and batch, their first two "
                "dimensions: an input without one of these says so by "
                "gradopt.dims (\"B\", or \"\" if all its sizes are static)";
    first = role->name;
    staticTime = time;
    staticBatch = batch;
  }
  return success();
}

int64_t Model::getVocabularyLimit(ArrayRef<StringRef> names) {
  auto loss = module->lookupSymbol<func::FuncOp>(lossName);
  int64_t limit = 0;
  for (StringRef name : names) {
    std::optional<unsigned> arg = findArg(loss, {Role::Input, name});
    if (!arg)
      continue;
    for (Operation *user : loss.getArgument(*arg).getUsers()) {
      int64_t rows = 0;
      if (auto embedding = dyn_cast<EmbeddingOp>(user))
        rows = cast<RankedTensorType>(embedding.getTable().getType())
                   .getDimSize(0);
      else if (auto entropy = dyn_cast<CrossEntropyOp>(user))
        rows = cast<RankedTensorType>(entropy.getLogits().getType())
                   .getShape()
                   .back();
      if (rows > 0 && (limit == 0 || rows < limit))
        limit = rows;
    }
  }
  return limit;
}

/// Lowers `function` of a copy of `module` and compiles it.
static FailureOr<std::unique_ptr<CompiledStep>>
compileFunction(ModuleOp module, StringRef function, bool isEvaluation) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager pm(copy->getContext());
  PrepareModelOptions prepare;
  prepare.evaluation = isEvaluation;
  buildPrepareModelPipeline(pm, prepare);
  return CompiledStep::lowerAndCreate(*copy, pm, function);
}

LogicalResult Model::compile(StringRef clip) {
  FailureOr<std::unique_ptr<CompiledStep>> loss =
      compileFunction(*module, lossName, /*isEvaluation=*/true);
  if (failed(loss))
    return failure();
  evaluation = std::move(*loss);

  OwningOpRef<ModuleOp> training = module->clone();
  PassManager pm(module->getContext());
  TrainingStepOptions options;
  options.clip = clip.str();
  buildTrainingStepPipeline(pm, options);
  if (failed(pm.run(*training)))
    return failure();
  auto made = training->lookupSymbol<func::FuncOp>(stepName);
  if (auto chosen = made->getAttrOfType<PolicyAttr>(attr::kOnNonfinite))
    policy = chosen.getValue();
  FailureOr<std::unique_ptr<CompiledStep>> whole =
      compileFunction(*training, stepName, /*isEvaluation=*/false);
  if (failed(whole))
    return failure();
  step = std::move(*whole);
  return success();
}
