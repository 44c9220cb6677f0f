//===- InsertUpdates.cpp - Optimizer ops ----------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepEditing.h"
#include "gradopt/IR/Groups.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>

namespace mlir::gradopt {
#define GEN_PASS_DEF_INSERTUPDATES
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-insert-updates";

namespace {

/// A parameter to be updated.
struct Parameter {
  std::string name;
  BlockArgument arg;
  /// The gradient as it is returned: behind its clips.
  Value gradient;
};

/// What the options and the recipe say.
struct Plan {
  OptimizerAttrInterface optimizer;
  ArrayAttr groups;
  ScheduleAttr schedule;
};

struct InsertUpdates : gradopt::impl::InsertUpdatesBase<InsertUpdates> {
  using InsertUpdatesBase::InsertUpdatesBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  /// The optimizer of the options and the recipe, null for none.
  FailureOr<OptimizerAttrInterface> getOptimizer(RecipeOp recipe);
  LogicalResult update(FunctionOpInterface function, const Plan &plan);
};

/// Builds the updates of one function.
class Updater {
public:
  Updater(FunctionOpInterface function, Operation *returnOp, const Plan &plan)
      : function(function), returnOp(returnOp), plan(plan), builder(returnOp) {}

  LogicalResult run(ArrayRef<Parameter> parameters);

private:
  LogicalResult addRate(const Twine &name, FloatAttr initial, Type elementType,
                        Value &rate);
  LogicalResult addRates(ArrayRef<Parameter> parameters);
  /// Finds or adds the number of batches so far, and counts this one.
  LogicalResult countStep();
  /// Numbers the updates, and lets only each `batches`-th step take effect.
  LogicalResult countBatches(int64_t batches);
  LogicalResult update(const Parameter &parameter);
  LogicalResult returnUpdated(Value oldValue, Value newValue,
                              NamedAttribute name);

  /// `newValue`, or `oldValue` in a step in which no update takes effect.
  Value select(Location loc, Value newValue, Value oldValue) {
    return takesEffect ? arith::SelectOp::create(builder, loc, takesEffect,
                                                 newValue, oldValue)
                             .getResult()
                       : newValue;
  }
  Location getStepLoc() {
    return withOrigin(function.getLoc(), "", "", "", kPass);
  }

  FunctionOpInterface function;
  Operation *returnOp;
  const Plan &plan;
  OpBuilder builder;
  Value learningRate;
  llvm::StringMap<Value> groupRates;
  /// The step count behind this step, if that is to be returned; the number of
  /// this update; whether it takes effect, null if it always does.
  Value count, number, takesEffect;
  /// What is returned behind the parameters.
  SmallVector<std::tuple<Value, Value, NamedAttribute>> states;
};

} // namespace

//===----------------------------------------------------------------------===//
// Learning rates and the step count
//===----------------------------------------------------------------------===//

LogicalResult Updater::addRate(const Twine &name, FloatAttr initial,
                               Type elementType, Value &rate) {
  auto value = FloatAttr::get(builder.getF64Type(), initial.getValueAsDouble());
  FailureOr<Value> arg = appendArgument(
      function, RankedTensorType::get({}, elementType),
      {Role::Hyper, name.str()}, NamedAttribute(attr::kInit, value));
  if (failed(arg))
    return failure();
  rate = *arg;
  return success();
}

LogicalResult Updater::addRates(ArrayRef<Parameter> parameters) {
  auto values =
      llvm::map_to_vector(parameters, [](const Parameter &parameter) -> Value {
        return parameter.arg;
      });
  Type type = getScalarType(values);
  if (failed(addRate("learning_rate", plan.optimizer.getLearningRate(), type,
                     learningRate)))
    return failure();
  for (const Parameter &parameter : parameters) {
    GroupAttr group = findGroup(plan.groups, parameter.name);
    if (!group || !group.getLearningRate() ||
        groupRates.contains(group.getName()))
      continue;
    if (failed(addRate("learning_rate." + group.getName(),
                       group.getLearningRate(), type,
                       groupRates[group.getName()])))
      return failure();
  }
  return success();
}

LogicalResult Updater::countStep() {
  NamedRole role{Role::StepCount, ""};
  std::optional<unsigned> index = findArg(function, role);
  // A model that reads the count expects it to go on.
  if (!plan.optimizer.countsSteps() && !index)
    return success();
  auto type = RankedTensorType::get({}, builder.getI64Type());
  if (!index) {
    if (failed(appendArgument(function, type, role)))
      return failure();
    index = function.getNumArguments() - 1;
  }
  auto one = arith::ConstantOp::create(
      builder, getStepLoc(), DenseElementsAttr::get(type, int64_t(1)));
  count = arith::AddIOp::create(builder, getStepLoc(),
                                function.getArgument(*index), one);
  if (plan.optimizer.countsSteps())
    number = count;
  return success();
}

LogicalResult Updater::countBatches(int64_t batches) {
  Location loc = getStepLoc();
  NamedRole role{Role::StepCount, ""};
  std::optional<unsigned> arg = findArg(function, role);
  std::optional<unsigned> result = findResult(function, role);
  if (!arg || !result)
    return function.emitError()
           << "'" << function.getName() << "' has " << attr::kAccumulate
           << " but does not return " << attr::kStepCount
           << ", by which it would know when to update: let "
              "gradopt-insert-accumulation make both";
  takesEffect =
      buildIsMultiple(builder, loc, returnOp->getOperand(*result), batches);

  // A clip's state goes with the clipped gradients, of which only each
  // `batches`-th is used.
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
    auto state = getResultRole(function, i);
    if (!state || state->role != Role::ClipState)
      continue;
    Value old = function.getArgument(*findArg(function, *state));
    returnOp->setOperand(i, select(loc, returnOp->getOperand(i), old));
  }
  if (!plan.optimizer.countsSteps())
    return success();
  // Counted from the batches before this one, it is never 0, for which a bias
  // correction would be a division by zero.
  auto type = RankedTensorType::get({}, builder.getI64Type());
  auto buildCount = [&](int64_t value) {
    return arith::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::get(type, value));
  };
  Value before = arith::DivSIOp::create(
      builder, loc, function.getArgument(*arg), buildCount(batches));
  number = arith::AddIOp::create(builder, loc, before, buildCount(1));
  return success();
}

//===----------------------------------------------------------------------===//
// The updates of one function
//===----------------------------------------------------------------------===//

LogicalResult Updater::returnUpdated(Value oldValue, Value newValue,
                                     NamedAttribute name) {
  Value value = select(newValue.getLoc(), newValue, oldValue);
  return appendResult(function, returnOp, value,
                      builder.getDictionaryAttr(name));
}

LogicalResult Updater::update(const Parameter &parameter) {
  Type type = parameter.arg.getType();
  SmallVector<NamedAttribute> names;
  SmallVector<Value> oldStates;
  for (StringRef slot : plan.optimizer.getSlots()) {
    std::string name = parameter.name + "/" + slot.str();
    NamedRole role{Role::OptimizerState, name};
    FailureOr<Value> state = appendArgument(function, type, role);
    if (failed(state))
      return failure();
    oldStates.push_back(*state);
    names.push_back(getRoleAttr(builder.getContext(), role));
  }

  GroupAttr group = findGroup(plan.groups, parameter.name);
  Value rate = learningRate;
  if (group && group.getLearningRate())
    rate = groupRates.lookup(group.getName());
  FloatAttr decay;
  if (group && plan.optimizer.getDecay())
    decay = group.getWeightDecay();

  Location loc = getOriginOf(parameter.gradient, parameter.name, "", kPass);
  ParameterUpdateOpInterface op = plan.optimizer.buildUpdate(
      builder, loc, parameter.arg, parameter.gradient, oldStates, number, rate,
      decay);
  // An optimizer of another dialect may break its own word.
  SmallVector<OpResult> newStates;
  if (op)
    newStates = op.getUpdatedState();
  auto hasType = [&](OpResult value) { return value.getType() == type; };
  if (!op || newStates.size() != oldStates.size() ||
      !hasType(op.getUpdatedParameter()) || !llvm::all_of(newStates, hasType))
    return function.emitError()
           << "the optimizer " << plan.optimizer << " does not update '"
           << parameter.name << "' and its " << oldStates.size()
           << " states to values of the type " << type;

  if (failed(returnUpdated(
          parameter.arg, op.getUpdatedParameter(),
          NamedAttribute(attr::kParam,
                         function.getArgAttr(parameter.arg.getArgNumber(),
                                             attr::kParam)))))
    return failure();
  for (auto [oldState, newState, name] :
       llvm::zip_equal(oldStates, newStates, names))
    states.push_back({oldState, newState, name});
  return success();
}

LogicalResult Updater::run(ArrayRef<Parameter> parameters) {
  auto batches = function->getAttrOfType<IntegerAttr>(attr::kAccumulate);
  if (failed(addRates(parameters)) ||
      failed(batches ? countBatches(batches.getInt()) : countStep()))
    return failure();
  for (const Parameter &parameter : parameters)
    if (failed(update(parameter)))
      return failure();
  for (auto [oldState, newState, name] : states)
    if (failed(returnUpdated(oldState, newState, name)))
      return failure();
  if (plan.schedule)
    function->setAttr(attr::kSchedule, plan.schedule);
  if (!count)
    return success();
  NamedAttribute name =
      getRoleAttr(builder.getContext(), {Role::StepCount, ""});
  return appendResult(function, returnOp, count,
                      builder.getDictionaryAttr(name));
}

/// The parameters whose gradients the function returns.
static SmallVector<Parameter> getParameters(FunctionOpInterface function,
                                            Operation *returnOp) {
  SmallVector<Parameter> parameters;
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
    auto role = getResultRole(function, i);
    if (!role || role->role != Role::Grad)
      continue;
    // The attribute's verifier has seen that it exists and has this type.
    BlockArgument arg =
        function.getArgument(*findArg(function, {Role::Param, role->name}));
    parameters.push_back({role->name.str(), arg, returnOp->getOperand(i)});
  }
  return parameters;
}

/// The first argument or result that the updates would add a second time, in
/// words.
static std::string findPresent(FunctionOpInterface function,
                               ArrayRef<Parameter> parameters,
                               const Plan &plan) {
  auto isPresent = [&](Role role, const Twine &name) {
    std::string text = name.str();
    NamedRole named{role, text};
    return findArg(function, named) ? describe(named) : std::string();
  };
  std::string present = isPresent(Role::Hyper, "learning_rate");
  // An argument alone is fine: a model may read the count.
  NamedRole count{Role::StepCount, ""};
  if (present.empty() && findResult(function, count) &&
      !function->hasAttr(attr::kAccumulate))
    present = describe(count);
  for (const Parameter &parameter : parameters) {
    if (!present.empty())
      break;
    NamedRole updated{Role::Param, parameter.name};
    if (findResult(function, updated))
      return describe(updated);
    GroupAttr group = findGroup(plan.groups, parameter.name);
    if (group && group.getLearningRate())
      present = isPresent(Role::Hyper, "learning_rate." + group.getName());
    for (StringRef slot : plan.optimizer.getSlots())
      if (present.empty())
        present = isPresent(Role::OptimizerState, parameter.name + "/" + slot);
  }
  return present;
}

LogicalResult InsertUpdates::update(FunctionOpInterface function,
                                    const Plan &plan) {
  Operation *returnOp = getOnlyReturn(function, kPass);
  if (!returnOp || failed(checkNoCallers(function, "the learning rate")) ||
      failed(checkGradients(function, findGradients(function),
                            /*inBody=*/false)))
    return failure();
  SmallVector<Parameter> parameters = getParameters(function, returnOp);
  std::string present = findPresent(function, parameters, plan);
  if (!present.empty())
    return function.emitError()
           << "cannot insert updates into '" << function.getName()
           << "': it has " << present
           << " already; run this pass once, on a step that updates nothing";
  numUpdates += parameters.size();
  return Updater(function, returnOp, plan).run(parameters);
}

//===----------------------------------------------------------------------===//
// Which optimizer
//===----------------------------------------------------------------------===//

/// One of gradopt's optimizers with its default constants; null if it is none.
static OptimizerAttrInterface getByName(MLIRContext *context, StringRef name) {
  static constexpr StringLiteral kNames[] = {"sgd", "momentum", "adam", "adamw",
                                             "rmsprop"};
  if (!llvm::is_contained(kNames, name))
    return {};
  // The learning rate, the only constant without a default, is replaced.
  std::string text = ("#gradopt." + name + "<learning_rate = 1.0>").str();
  return dyn_cast_or_null<OptimizerAttrInterface>(
      parseAttribute(text, context));
}

FailureOr<OptimizerAttrInterface> InsertUpdates::getOptimizer(RecipeOp recipe) {
  Location loc = recipe ? recipe.getLoc() : getOperation().getLoc();
  OptimizerAttrInterface part;
  if (recipe)
    part = dyn_cast_or_null<OptimizerAttrInterface>(recipe.getOptimizerAttr());
  if (part)
    recipe.removeOptimizerAttr();

  OptimizerAttrInterface chosen = part;
  if (!optimizer.empty()) {
    chosen = getByName(&getContext(), optimizer);
    if (!chosen)
      return emitError(loc)
             << "unknown optimizer '" << optimizer
             << "'; there are sgd, momentum, adam, adamw and rmsprop";
  }
  if (!chosen) {
    if (learningRate != 0.0)
      return emitError(loc)
             << "option 'learning-rate' of '" << kPass
             << "' belongs to an optimizer: give 'optimizer', or one in a "
                "recipe";
    return OptimizerAttrInterface();
  }

  FloatAttr rate = part ? part.getLearningRate() : FloatAttr();
  if (learningRate != 0.0)
    rate = Builder(&getContext()).getF64FloatAttr(learningRate);
  if (!rate)
    return emitError(loc) << "optimizer '" << optimizer
                          << "' needs a learning rate: give 'learning-rate'";
  double value = rate.getValueAsDouble();
  if (!std::isfinite(value) || value <= 0.0)
    return emitError(loc) << "the learning rate is " << value
                          << "; it must be a finite number above zero";
  auto result =
      dyn_cast_or_null<OptimizerAttrInterface>(chosen.withLearningRate(rate));
  if (!result)
    return emitError(loc) << "the optimizer " << chosen
                          << " has no form with another learning rate";

  // The recipe's verifier did not see an optimizer of the options.
  if (result.getDecay() && recipe && recipe.getRegularizeAttr())
    for (Attribute regularizer : recipe.getRegularizeAttr())
      if (isa<DecoupledDecayAttr>(regularizer))
        return recipe.emitError()
               << "would decay weights twice: by " << regularizer
               << " and by the weight_decay of the optimizer " << result
               << "; leave out one of them";
  return result;
}

LogicalResult InsertUpdates::run() {
  FailureOr<RecipeOp> recipe = findRecipe(getOperation());
  if (failed(recipe))
    return failure();
  FailureOr<OptimizerAttrInterface> optimizer = getOptimizer(*recipe);
  if (failed(optimizer))
    return failure();
  if (!*optimizer)
    return success();
  Plan plan{*optimizer, {}, {}};
  if (*recipe) {
    plan.groups = recipe->getGroupsAttr();
    plan.schedule = recipe->getScheduleAttr();
  }

  bool any = false;
  for (auto function : getOperation().getOps<FunctionOpInterface>()) {
    if (!returnsGradients(function))
      continue;
    any = true;
    if (failed(update(function, plan)))
      return failure();
  }
  if (!any)
    return emitError(getOperation().getLoc())
           << "nothing to update: no function returns a gradient as "
              "'gradopt.grad = \"PARAMETER\"'; run gradopt-differentiate first";
  if (*recipe) {
    recipe->removeScheduleAttr();
    removeFromGroups(*recipe, GroupPart::LearningRate);
    if (plan.optimizer.getDecay())
      removeFromGroups(*recipe, GroupPart::WeightDecay);
  }
  return success();
}
