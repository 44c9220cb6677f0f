//===- Model.cpp - A model compiled for training --------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "Policies.h"
#include "gradopt-gradcheck/Model.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Roles.h"
#include "gradopt/Pipelines/Pipelines.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "model-file/ModelFile.h"

using namespace mlir;
using namespace mlir::gradopt;
using ::gradopt::train::ArrayInfo;
using ::gradopt::train::Schedule;

FailureOr<Model> Model::read(ModelFile &file) {
  Model model;
  // A module without a `module` op has no position of its own.
  Location start =
      FileLineColLoc::get(&file.getContext(), file.getPath(), 1, 1);
  model.module = file.parse();
  if (!model.module || failed(model.findLoss(start)) ||
      failed(model.findStaticSizes()) || failed(model.checkHypers()) ||
      failed(model.prepare()))
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

LogicalResult Model::checkHypers() {
  func::FuncOp loss = getLoss();
  for (BlockArgument argument : loss.getArguments()) {
    unsigned i = argument.getArgNumber();
    auto name = loss.getArgAttrOfType<StringAttr>(i, attr::kHyper);
    if (name && !loss.getArgAttr(i, attr::kInit))
      return emitError(argument.getLoc())
             << "the hyperparameter \"" << name.getValue()
             << "\" has no initial value: write gradopt.init = NUMBER beside "
                "gradopt.hyper";
  }
  return success();
}

LogicalResult Model::prepare() {
  PassManager pm(module->getContext());
  buildPrepareModelPipeline(pm, PrepareModelOptions());
  return pm.run(*module);
}

func::FuncOp Model::getLoss() {
  return module->lookupSymbol<func::FuncOp>(lossName);
}

RecipeOp Model::getRecipe() { return *module->getOps<RecipeOp>().begin(); }

static gradopt_element_type convertType(Type type) {
  if (type.isF32())
    return GRADOPT_F32;
  if (type.isF64())
    return GRADOPT_F64;
  if (type.isInteger(1))
    return GRADOPT_I1;
  return type.isInteger(32) ? GRADOPT_I32 : GRADOPT_I64;
}

/// Finds time and batch among the dimensions, static ones as well: those of the
/// first two, or with gradopt.dims of the first, that have the model's sizes.
ArrayInfo Model::describe(StringRef name, Type valueType,
                          StringAttr letters) const {
  auto type = cast<RankedTensorType>(valueType);
  ArrayInfo info{name.str(), convertType(type.getElementType()),
                 std::vector<int64_t>(type.getShape())};
  StringRef left = letters ? letters.getValue() : StringRef();
  for (auto [d, dim] : llvm::enumerate(info.dims)) {
    if (ShapedType::isDynamic(dim)) {
      bool isTime = letters ? left.front() == 'T' : d == 0;
      left = left.drop_front(letters ? 1 : 0);
      dim = isTime ? GRADOPT_DIM_TIME : GRADOPT_DIM_BATCH;
    } else if (!letters && d == 0 && staticTime == dim) {
      dim = GRADOPT_DIM_TIME;
    } else if (d == (letters ? 0 : 1) && staticBatch == dim) {
      dim = GRADOPT_DIM_BATCH;
    }
  }
  return info;
}

std::vector<ArrayInfo> Model::getInputs() {
  std::vector<ArrayInfo> inputs;
  func::FuncOp loss = getLoss();
  for (unsigned i = 0, e = loss.getNumArguments(); i < e; ++i) {
    std::optional<NamedRole> role = getArgRole(loss, i);
    if (role && role->role == Role::Input &&
        isa<RankedTensorType>(loss.getArgumentTypes()[i]))
      inputs.push_back(
          describe(role->name, loss.getArgumentTypes()[i],
                   loss.getArgAttrOfType<StringAttr>(i, attr::kDims)));
  }
  return inputs;
}

std::vector<ArrayInfo> Model::getOutputs() {
  std::vector<ArrayInfo> outputs;
  func::FuncOp loss = getLoss();
  for (unsigned i = 0, e = loss.getNumResults(); i < e; ++i) {
    std::optional<NamedRole> role = getResultRole(loss, i);
    if (role && role->role == Role::Output &&
        isa<RankedTensorType>(loss.getResultTypes()[i]))
      outputs.push_back(
          describe(role->name, loss.getResultTypes()[i],
                   loss.getResultAttrOfType<StringAttr>(i, attr::kDims)));
  }
  return outputs;
}

std::map<std::string, int64_t> Model::getIndexLimits() {
  std::map<std::string, int64_t> limits;
  func::FuncOp loss = getLoss();
  for (BlockArgument argument : loss.getArguments()) {
    std::optional<NamedRole> role = getArgRole(loss, argument.getArgNumber());
    if (role && role->role == Role::Input &&
        getElementTypeOrSelf(argument).isInteger()) {
      IntegerRange range = getIntegerRange(argument);
      if (!range.isLengths && range.limit != 0)
        limits[role->name.str()] = range.limit;
    }
  }
  return limits;
}

std::string Model::getLossLengths() {
  func::FuncOp loss = getLoss();
  std::optional<unsigned> result = findResult(loss, {Role::Loss, ""});
  SetVector<Operation *> slice;
  BackwardSliceOptions options;
  options.inclusive = true;
  Value value = loss.front().getTerminator()->getOperand(*result);
  if (failed(getBackwardSlice(value, &slice, options)))
    return "";
  // What stands nearest to the loss comes last.
  for (Operation *op : llvm::reverse(slice)) {
    // A layer counts steps too, but takes no mean over them.
    if (isa<RecurrentCellOpInterface>(op))
      continue;
    for (OpOperand &operand : op->getOpOperands()) {
      auto argument = dyn_cast<BlockArgument>(operand.get());
      if (!argument || argument.getOwner() != &loss.front() ||
          !getCountedSequence(operand))
        continue;
      std::optional<NamedRole> role = getArgRole(loss, argument.getArgNumber());
      if (role && role->role == Role::Input)
        return role->name.str();
    }
  }
  return "";
}

/// Lowers `function` of a copy of `module` and compiles it.
static FailureOr<std::unique_ptr<CompiledStep>> compile(ModuleOp module,
                                                        StringRef function,
                                                        bool isEvaluation,
                                                        Lowering lowering) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager pm(copy->getContext());
  PrepareModelOptions prepare;
  prepare.evaluation = isEvaluation;
  buildPrepareModelPipeline(pm, prepare);
  buildFuseRecurrentBackwardPipeline(pm, FuseRecurrentBackwardOptions());
  return CompiledStep::lowerAndCreate(*copy, pm, function, ReferenceFloat::asIs,
                                      CompileEffort::full, lowering);
}

LogicalResult Model::compileEvaluation() {
  FailureOr<std::unique_ptr<CompiledStep>> compiled =
      ::compile(*module, lossName, /*isEvaluation=*/true, lowering);
  if (failed(compiled))
    return failure();
  evaluation = std::move(*compiled);
  return success();
}

/// The hyperparameter of the recipe's clip and the threshold that `text` gives
/// it, if the recipe clips gradients in this way and no other: it may say more
/// than a kind.
static std::optional<std::pair<std::string, double>>
findThreshold(RecipeOp recipe, StringRef text) {
  auto [kind, number] = text.split('=');
  std::pair<std::string, double> threshold = {
      ("clip." + kind + ".threshold").str(), 0.0};
  if (number.getAsDouble(threshold.second) || !recipe.getClip() ||
      recipe.getClip()->size() != 1)
    return std::nullopt;
  auto clip = dyn_cast<ClipAttr>((*recipe.getClip())[0]);
  if (!clip || clip.getAt() != ClipPlacement::gradient ||
      stringifyClipKind(clip.getKind()) != kind)
    return std::nullopt;
  return threshold;
}

static Schedule convertSchedule(ScheduleAttr attribute) {
  Schedule schedule;
  // The numbers are the same by definition.
  schedule.kind =
      static_cast<::gradopt::train::ScheduleKind>(attribute.getKind());
  schedule.warmup = attribute.getWarmup();
  schedule.steps = attribute.getSteps();
  schedule.every = attribute.getEvery();
  schedule.patience = attribute.getPatience();
  schedule.factor = attribute.getFactor().getValueAsDouble();
  schedule.floor = attribute.getFloor().getValueAsDouble();
  return schedule;
}

static std::string print(Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  return text;
}

LogicalResult Model::compileStep(const StepOptions &choices) {
  auto optimizer =
      dyn_cast_or_null<OptimizerAttrInterface>(getRecipe().getOptimizerAttr());
  if (!optimizer)
    return emitError(getRecipe().getLoc())
           << "the recipe has no optimizer, which training needs: add one, "
              "such as optimizer = #gradopt.adam<learning_rate = 0.001>";
  optimizerText = print(optimizer.withLearningRate(
      FloatAttr::get(optimizer.getLearningRate().getType(), 1.0)));
  threshold = findThreshold(getRecipe(), choices.clip);
  OwningOpRef<ModuleOp> training = module->clone();
  PassManager pm(module->getContext());
  TrainingStepOptions options;
  if (!threshold)
    options.clip = choices.clip;
  options.onNonfinite = choices.onNonfinite;
  options.onOverflow = choices.onOverflow;
  options.onDivergence = choices.onDivergence;
  buildTrainingStepPipeline(pm, options);
  if (failed(pm.run(*training)))
    return failure();
  auto made = training->lookupSymbol<func::FuncOp>(stepName);
  policies = readPolicies(made);
  if (auto attribute = made->getAttrOfType<ScheduleAttr>(attr::kSchedule))
    schedule = convertSchedule(attribute), scheduleText = print(attribute);
  if (auto batches = made->getAttrOfType<IntegerAttr>(attr::kAccumulate))
    accumulate = batches.getInt();
  FailureOr<std::unique_ptr<CompiledStep>> compiled =
      ::compile(*training, stepName, /*isEvaluation=*/false, lowering);
  if (failed(compiled))
    return failure();
  step = std::move(*compiled);
  return success();
}
