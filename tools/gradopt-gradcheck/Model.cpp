//===- Model.cpp - Loss functions and their gradients ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Groups.h"
#include "gradopt/IR/Roles.h"
#include "gradopt/Transforms/Passes.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::gradopt;

FailureOr<SmallVector<func::FuncOp>>
gradopt::findLossFunctions(ModuleOp module, StringRef name) {
  FailureOr<RecipeOp> recipe = findRecipe(module);
  if (failed(recipe))
    return failure();
  std::string chosen = name.str();
  if (chosen.empty() && *recipe)
    chosen = (*recipe).getModel().str();
  SmallVector<func::FuncOp> functions;
  if (chosen.empty()) {
    for (auto function : module.getOps<func::FuncOp>())
      if (!function.isExternal() && findResult(function, {Role::Loss, ""}))
        functions.push_back(function);
    if (functions.empty())
      return emitError(module.getLoc())
             << "no function has a result marked gradopt.loss";
    return functions;
  }
  auto function = module.lookupSymbol<func::FuncOp>(chosen);
  if (!function || function.isExternal())
    return emitError(module.getLoc())
           << "@" << chosen << " is no function with a body in this module";
  if (!findResult(function, {Role::Loss, ""}))
    return function.emitOpError()
           << "has no result marked gradopt.loss, so there is nothing to "
              "differentiate";
  functions.push_back(function);
  return functions;
}

Value gradopt::getCountedSequence(OpOperand &use) {
  Operation *user = use.getOwner();
  if (auto cell = dyn_cast<RecurrentCellOpInterface>(user))
    return cell.getSequenceLengths() == use.get() ? cell.getSequence()
                                                  : Value();
  if (auto entropy = dyn_cast<CrossEntropyOp>(user))
    return entropy.getLengths() == use.get() ? entropy.getLogits() : Value();
  if (auto error = dyn_cast<MeanSquaredErrorOp>(user))
    return error.getLengths() == use.get() ? error.getPrediction() : Value();
  return {};
}

IntegerRange gradopt::getIntegerRange(Value argument) {
  int64_t limit = 0;
  llvm::SetVector<Value> values;
  values.insert(argument);
  for (size_t i = 0; i < values.size(); ++i) {
    for (OpOperand &use : values[i].getUses()) {
      if (Value sequence = getCountedSequence(use))
        return {cast<RankedTensorType>(sequence.getType()).getDimSize(0),
                /*isLengths=*/true};
      Operation *user = use.getOwner();
      Value sized;
      int64_t dim = 0;
      if (auto embedding = dyn_cast<EmbeddingOp>(user)) {
        sized = embedding.getTable();
      } else if (auto entropy = dyn_cast<CrossEntropyOp>(user);
                 entropy &&
                 use.getOperandNumber() ==
                     entropy.getTargetsMutable().getOperandNumber()) {
        sized = entropy.getLogits();
        dim = cast<RankedTensorType>(sized.getType()).getRank() - 1;
      } else if (auto scan = dyn_cast<ScanOp>(user)) {
        // After the count come carries and inputs, in the order of the block's
        // arguments after the step index.
        values.insert(scan.getBody().getArgument(use.getOperandNumber()));
      } else if (user->getNumResults() == 1 &&
                 getElementTypeOrSelf(user->getResult(0)) ==
                     getElementTypeOrSelf(argument)) {
        values.insert(user->getResult(0));
      }
      if (!sized)
        continue;
      int64_t rows = cast<RankedTensorType>(sized.getType()).getDimSize(dim);
      if (rows > 0 && (limit == 0 || rows < limit))
        limit = rows;
    }
  }
  return {limit, /*isLengths=*/false};
}

llvm::StringMap<IntegerRange> gradopt::getIntegerRanges(func::FuncOp function) {
  // A value that nothing bounds is anything of a few.
  constexpr int64_t kUnbounded = 4;
  llvm::StringMap<IntegerRange> ranges;
  for (BlockArgument argument : function.getArguments()) {
    std::optional<NamedRole> role =
        getArgRole(function, argument.getArgNumber());
    if (!role || !getElementTypeOrSelf(argument).isInteger())
      continue;
    IntegerRange range = getIntegerRange(argument);
    if (range.limit == 0 && !range.isLengths)
      range.limit = kUnbounded;
    ranges[role->name] = range;
  }
  return ranges;
}

llvm::StringSet<> gradopt::getFrozen(func::FuncOp function) {
  llvm::StringSet<> frozen;
  FailureOr<RecipeOp> recipe =
      findRecipe(function->getParentOfType<ModuleOp>());
  if (failed(recipe) || !*recipe || recipe->getModel() != function.getName())
    return frozen;
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i) {
    auto param = function.getArgAttrOfType<ParamAttr>(i, attr::kParam);
    if (!param)
      continue;
    GroupAttr group = findGroup(recipe->getGroupsAttr(), param.getName());
    if (group && group.getFrozen())
      frozen.insert(param.getName());
  }
  return frozen;
}

/// A copy of the function's module in which nothing else is public, so that
/// only what it needs is compiled.
static OwningOpRef<ModuleOp> copyModule(func::FuncOp function) {
  OwningOpRef<ModuleOp> copy = function->getParentOfType<ModuleOp>().clone();
  for (auto other : copy->getOps<func::FuncOp>())
    if (other.getName() != function.getName())
      other.setPrivate();
  return copy;
}

FailureOr<std::unique_ptr<CompiledStep>>
gradopt::compileFunction(func::FuncOp function, ReferenceFloat kind,
                         Lowering lowering) {
  OwningOpRef<ModuleOp> module = copyModule(function);
  PassManager pm(function.getContext());
  pm.addPass(createSymbolDCEPass());
  buildPrepareModelPipeline(pm, PrepareModelOptions());
  return CompiledStep::lowerAndCreate(*module, pm, function.getName(), kind,
                                      CompileEffort::full, lowering);
}

std::string gradopt::getGradientsName(func::FuncOp loss) {
  return (loss.getName() + "_gradients").str();
}

/// From a copy of the loss function's module to its gradients.
static void buildGradientsPipeline(OpPassManager &pm, func::FuncOp loss) {
  DifferentiateOptions options;
  options.model = loss.getName().str();
  options.result = getGradientsName(loss);
  pm.addPass(createSymbolDCEPass());
  buildPrepareModelPipeline(pm, PrepareModelOptions());
  pm.addPass(createRaiseLoops());
  pm.addPass(createExpandCells());
  pm.addPass(createDifferentiate(options));
  pm.addPass(createVerifyOrigins());
}

FailureOr<OwningOpRef<ModuleOp>> gradopt::differentiateLoss(func::FuncOp loss) {
  OwningOpRef<ModuleOp> module = copyModule(loss);
  PassManager pm(loss.getContext());
  buildGradientsPipeline(pm, loss);
  if (failed(pm.run(*module)))
    return failure();
  // As in gradopt-training-step. The loss function is not needed any more.
  module->lookupSymbol<func::FuncOp>(loss.getName()).setPrivate();
  PassManager simplify(loss.getContext());
  simplify.addPass(createSymbolDCEPass());
  simplify.addPass(createCanonicalizerPass());
  simplify.addPass(createCSEPass());
  if (failed(simplify.run(*module)))
    return failure();
  return module;
}

FailureOr<std::unique_ptr<CompiledStep>>
gradopt::compileGradients(func::FuncOp loss, ReferenceFloat kind,
                          CompileEffort effort, Lowering lowering) {
  OwningOpRef<ModuleOp> module = copyModule(loss);
  PassManager pm(loss.getContext());
  buildGradientsPipeline(pm, loss);
  return CompiledStep::lowerAndCreate(*module, pm, getGradientsName(loss), kind,
                                      effort, lowering);
}
