//===- Differentiate.cpp - Loss function to gradients ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepEditing.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Groups.h"
#include "gradopt/IR/Roles.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Transforms/BackwardOrigins.h"
#include "gradopt/Transforms/Passes.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {

/// The loss function and the name of what is made of it.
struct Target {
  func::FuncOp function;
  std::string result;
  /// The recipe, if the function is its model.
  RecipeOp recipe;

  bool isFrozen(StringRef parameter) {
    GroupAttr group =
        recipe ? findGroup(recipe.getGroupsAttr(), parameter) : GroupAttr();
    return group && group.getFrozen();
  }
};

struct Parameter {
  BlockArgument argument;
  std::string name;
};

struct Differentiate : gradopt::impl::DifferentiateBase<Differentiate> {
  using DifferentiateBase::DifferentiateBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  FailureOr<Target> findTarget();
  FailureOr<SmallVector<Value>> buildGradients(func::FuncOp function,
                                               ArrayRef<Parameter> parameters,
                                               Value loss);
};

} // namespace

/// Random choices of one id would choose the same elements.
static LogicalResult verifyRandomIds(func::FuncOp function) {
  llvm::DenseMap<int64_t, Operation *> known;
  auto verify = [&](Operation *op, int64_t id) -> WalkResult {
    auto [other, isNew] = known.try_emplace(id, op);
    if (isNew)
      return WalkResult::advance();
    InFlightDiagnostic diag =
        op->emitOpError("has id ")
        << id
        << ", like another random choice of this function, so that both would "
           "choose the same elements; give each its own id and each layer "
           "its own name, and call a function that makes one once only";
    diag.attachNote(other->second->getLoc()) << "the other one is here";
    return WalkResult::interrupt();
  };
  return failure(function
                     .walk([&](Operation *op) -> WalkResult {
                       if (auto dropout = dyn_cast<DropoutOp>(op))
                         return verify(op, dropout.getId());
                       if (auto zoneout = dyn_cast<ZoneoutOp>(op))
                         return verify(op, zoneout.getId());
                       return WalkResult::advance();
                     })
                     .wasInterrupted());
}

FailureOr<Target> Differentiate::findTarget() {
  ModuleOp module = getOperation();
  FailureOr<RecipeOp> recipe = findRecipe(module);
  if (failed(recipe))
    return failure();
  if (model.empty() && !*recipe)
    return emitError(module.getLoc(),
                     "no model to differentiate: give the symbol of a "
                     "loss function as the option model, or add a "
                     "gradopt.recipe");
  std::string name =
      model.empty() ? (*recipe).getModel().str() : model.getValue();
  std::string resultName = result;
  if (resultName.empty())
    resultName = *recipe ? (*recipe).getStepName() : name + "_step";

  Location loc = *recipe ? (*recipe).getLoc() : module.getLoc();
  auto function =
      dyn_cast_or_null<func::FuncOp>(SymbolTable::lookupSymbolIn(module, name));
  if (!function)
    return emitError(loc) << "there is no function @" << name
                          << " to differentiate";
  if (!function.getBody().hasOneBlock())
    return function.emitOpError(
        "cannot be differentiated: it must have a body of one block");
  if (Operation *other = SymbolTable::lookupSymbolIn(module, resultName)) {
    InFlightDiagnostic diag =
        emitError(loc) << "the function to be made would be named @"
                       << resultName
                       << ", but that symbol is taken; give another one as the "
                          "recipe's result or the option result";
    diag.attachNote(other->getLoc()) << "@" << resultName << " is here";
    return diag;
  }
  bool isModel = *recipe && (*recipe).getModel() == name;
  return Target{function, resultName, isModel ? *recipe : RecipeOp()};
}

static FailureOr<unsigned> findLoss(func::FuncOp function) {
  SmallVector<unsigned> found;
  for (unsigned i : llvm::seq(function.getNumResults()))
    if (function.getResultAttr(i, attr::kLoss))
      found.push_back(i);
  if (found.size() != 1)
    return function.emitOpError("marks ")
           << found.size()
           << " results with gradopt.loss; exactly one is to be minimized";
  auto type = dyn_cast<RankedTensorType>(function.getResultTypes()[found[0]]);
  if (!type || type.getRank() != 0 || !isDifferentiableType(type))
    return function.emitOpError("has a loss of type ")
           << function.getResultTypes()[found[0]]
           << "; a loss is a tensor<f32> or tensor<f64>";
  return found[0];
}

/// The parameters of `function`, the target's or a copy of it, that are
/// trained.
static FailureOr<SmallVector<Parameter>> findParameters(func::FuncOp function,
                                                        Target &target) {
  SmallVector<Parameter> parameters;
  bool anyFrozen = false;
  for (BlockArgument argument : function.getArguments()) {
    auto param = function.getArgAttrOfType<ParamAttr>(argument.getArgNumber(),
                                                      attr::kParam);
    if (!param)
      continue;
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type || !isDifferentiableType(type) || !type.hasStaticShape())
      return function.emitOpError("parameter \"")
             << param.getName() << "\" is a " << argument.getType()
             << "; a parameter is a tensor of f32 or f64 of static shape";
    if (target.isFrozen(param.getName())) {
      anyFrozen = true;
      continue;
    }
    parameters.push_back({argument, param.getName().str()});
  }
  if (parameters.empty() && anyFrozen)
    return target.recipe.emitOpError(
        "freezes every parameter of the model; there is nothing to "
        "differentiate with respect to");
  if (parameters.empty())
    return function.emitOpError(
        "has no argument marked gradopt.param; there is nothing to "
        "differentiate with respect to");
  return parameters;
}

/// The first parameter that `op` depends on. Every op with a derivative to be
/// built depends on one.
static StringRef findReaching(Operation *op, ArrayRef<Parameter> parameters) {
  llvm::SetVector<Operation *> slice;
  llvm::DenseSet<Value> values;
  slice.insert(op);
  for (unsigned i = 0; i < slice.size(); ++i) {
    auto visit = [&](Value value) {
      values.insert(value);
      if (Operation *def = value.getDefiningOp())
        slice.insert(def);
    };
    llvm::for_each(slice[i]->getOperands(), visit);
    llvm::for_each(getCapturedValues(slice[i]), visit);
  }
  for (const Parameter &parameter : parameters)
    if (values.contains(parameter.argument))
      return parameter.name;
  return "";
}

FailureOr<SmallVector<Value>>
Differentiate::buildGradients(func::FuncOp function,
                              ArrayRef<Parameter> parameters, Value loss) {
  Block &body = function.getBody().front();
  llvm::DenseSet<Value> active;
  for (const Parameter &parameter : parameters)
    active.insert(parameter.argument);
  propagateActivity(body, active);

  OpBuilder builder(body.getTerminator());
  BackwardOrigins origins(builder, /*layer=*/"", getArgument());
  ReverseMode mode(builder, active);
  auto type = cast<RankedTensorType>(loss.getType());
  Location loc = loss.getLoc();
  mode.accumulate(
      loss, arith::ConstantOp::create(
                builder, loc,
                DenseElementsAttr::get(type, Attribute(builder.getFloatAttr(
                                                 type.getElementType(), 1)))));

  // An error is at the op that has no derivative, perhaps deep in a region; the
  // parameter that needs it is known here.
  Operation *current = nullptr;
  ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error && current)
      diagnostic.attachNote(current->getLoc())
          << "parameter \"" << findReaching(current, parameters)
          << "\" reaches the loss through this op";
    return failure();
  });
  auto visit = [&](Operation *op) {
    current = op;
    origins.setSource(op->getName().getStringRef());
  };
  if (failed(mode.run(body, /*finish=*/{}, visit)))
    return failure();

  origins.setSource(getArgument());
  SmallVector<Value> gradients;
  for (const Parameter &parameter : parameters) {
    Location paramLoc = withOrigin(parameter.argument.getLoc(), parameter.name,
                                   "", "backward", getArgument());
    Value gradient = mode.getCotangent(parameter.argument);
    if (!gradient)
      gradient = buildZero(builder, paramLoc, parameter.argument);
    StringRef group = StringRef(parameter.name).rsplit('.').first;
    bool hasGroup = !group.empty() && group.size() < parameter.name.size();
    gradients.push_back(GradientOp::create(
        builder, paramLoc, gradient, builder.getStringAttr(parameter.name),
        hasGroup ? builder.getStringAttr(group) : StringAttr()));
  }
  return gradients;
}

static bool isBackward(Operation *op) {
  SmallVector<OriginAttr> origins;
  collectOrigins(op->getLoc(), origins);
  return !origins.empty() && origins.front().getDirection() == "backward";
}

static unsigned countForwardResults(func::FuncOp function) {
  unsigned results = 0;
  function.walk([&](ScanOp scan) {
    if (!isBackward(scan))
      results += scan->getNumResults();
  });
  return results;
}

LogicalResult Differentiate::run() {
  FailureOr<Target> target = findTarget();
  if (failed(target))
    return failure();
  FailureOr<unsigned> lossIndex = findLoss(target->function);
  if (failed(lossIndex) || failed(findParameters(target->function, *target)))
    return failure();

  func::FuncOp function = target->function.clone();
  function.setName(target->result);
  function.setPublic();
  getOperation().insert(std::next(target->function->getIterator()), function);
  auto fail = [&] {
    function.erase();
    return failure();
  };
  SmallVector<RecurrentCellOpInterface> cells;
  function.walk([&](RecurrentCellOpInterface cell) { cells.push_back(cell); });
  IRRewriter rewriter(&getContext());
  for (RecurrentCellOpInterface cell : cells)
    expandCell(rewriter, cell);
  if (failed(verifyRandomIds(function)))
    return fail();

  unsigned before = countForwardResults(function);
  FailureOr<SmallVector<Parameter>> parameters =
      findParameters(function, *target);
  Operation *end = function.getBody().front().getTerminator();
  FailureOr<SmallVector<Value>> gradients =
      buildGradients(function, *parameters, end->getOperand(*lossIndex));
  if (failed(gradients))
    return fail();

  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attrs;
  Builder builder(&getContext());
  for (auto [gradient, parameter] : llvm::zip_equal(*gradients, *parameters)) {
    types.push_back(gradient.getType());
    attrs.push_back(builder.getDictionaryAttr(builder.getNamedAttr(
        attr::kGrad, builder.getStringAttr(parameter.name))));
  }
  SmallVector<unsigned> places(types.size(), function.getNumResults());
  end->insertOperands(end->getNumOperands(), *gradients);
  if (failed(function.insertResults(places, types, attrs)))
    return fail();
  eraseDeadOps(function.getBody().front());
  function.walk([&](ScanOp scan) { numScans += isBackward(scan); });
  numTape += countForwardResults(function) - before;
  function->setAttr(attr::kDifferentiated, builder.getUnitAttr());
  if (target->recipe)
    removeFromGroups(target->recipe, GroupPart::Frozen);
  return success();
}
