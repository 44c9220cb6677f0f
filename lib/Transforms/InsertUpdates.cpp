//===- InsertUpdates.cpp - Optimizer ops ----------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepEditing.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
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

struct InsertUpdates : gradopt::impl::InsertUpdatesBase<InsertUpdates> {
  using InsertUpdatesBase::InsertUpdatesBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  /// The optimizer attribute of the options and the recipe, null for none.
  FailureOr<Attribute> getOptimizer();
  LogicalResult update(FunctionOpInterface function, Attribute optimizer);
};

/// Builds the updates of one function with one optimizer.
class Updater {
public:
  Updater(FunctionOpInterface function, Operation *returnOp)
      : function(function), returnOp(returnOp), builder(returnOp) {}

  LogicalResult run(SgdAttr sgd, ArrayRef<Parameter> parameters);
  LogicalResult run(AdamAttr adam, ArrayRef<Parameter> parameters);

private:
  /// Adds the learning rate as an argument.
  LogicalResult addLearningRate(FloatAttr initial,
                                ArrayRef<Parameter> parameters);
  /// Finds or adds the number of updates made so far, and returns it with this
  /// one as a result.
  LogicalResult countStep();
  Location getLoc(const Parameter &parameter) {
    return getOriginOf(parameter.gradient, parameter.name, "", kPass);
  }
  LogicalResult returnUpdated(const Parameter &parameter, Value value);

  FunctionOpInterface function;
  Operation *returnOp;
  OpBuilder builder;
  Value learningRate, step;
};

} // namespace

//===----------------------------------------------------------------------===//
// One function
//===----------------------------------------------------------------------===//

LogicalResult Updater::addLearningRate(FloatAttr initial,
                                       ArrayRef<Parameter> parameters) {
  auto values =
      llvm::map_to_vector(parameters, [](const Parameter &parameter) -> Value {
        return parameter.arg;
      });
  auto type = RankedTensorType::get({}, getScalarType(values));
  auto value = FloatAttr::get(builder.getF64Type(), initial.getValueAsDouble());
  FailureOr<Value> arg =
      appendArgument(function, type, {Role::Hyper, "learning_rate"},
                     NamedAttribute(attr::kInit, value));
  if (failed(arg))
    return failure();
  learningRate = *arg;
  return success();
}

LogicalResult Updater::returnUpdated(const Parameter &parameter, Value value) {
  Attribute param =
      function.getArgAttr(parameter.arg.getArgNumber(), attr::kParam);
  return appendResult(
      function, returnOp, value,
      builder.getDictionaryAttr(builder.getNamedAttr(attr::kParam, param)));
}

LogicalResult Updater::countStep() {
  auto type = RankedTensorType::get({}, builder.getI64Type());
  Value count;
  if (auto index = findArg(function, {Role::StepCount, ""})) {
    count = function.getArgument(*index);
  } else {
    FailureOr<Value> arg =
        appendArgument(function, type, {Role::StepCount, ""});
    if (failed(arg))
      return failure();
    count = *arg;
  }
  Location loc = withOrigin(function.getLoc(), "", "", "", kPass);
  auto one = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, int64_t(1)));
  step = arith::AddIOp::create(builder, loc, count, one);
  return success();
}

LogicalResult Updater::run(SgdAttr sgd, ArrayRef<Parameter> parameters) {
  if (failed(addLearningRate(sgd.getLearningRate(), parameters)))
    return failure();
  for (const Parameter &parameter : parameters) {
    Location loc = getLoc(parameter);
    auto op = SgdOp::create(builder, loc, parameter.arg.getType(),
                            parameter.arg, parameter.gradient, learningRate);
    if (failed(returnUpdated(parameter, op.getResult())))
      return failure();
  }
  return success();
}

LogicalResult Updater::run(AdamAttr adam, ArrayRef<Parameter> parameters) {
  if (failed(addLearningRate(adam.getLearningRate(), parameters)) ||
      failed(countStep()))
    return failure();
  MLIRContext *context = builder.getContext();
  auto inF64 = [&](FloatAttr value) {
    return FloatAttr::get(builder.getF64Type(), value.getValueAsDouble());
  };
  SmallVector<std::pair<Value, DictionaryAttr>> states;
  for (const Parameter &parameter : parameters) {
    Location loc = getLoc(parameter);
    Type type = parameter.arg.getType();
    std::string m = parameter.name + "/m", v = parameter.name + "/v";
    NamedRole mRole{Role::OptimizerState, m}, vRole{Role::OptimizerState, v};
    FailureOr<Value> oldM = appendArgument(function, type, mRole);
    FailureOr<Value> oldV = appendArgument(function, type, vRole);
    if (failed(oldM) || failed(oldV))
      return failure();
    auto op = AdamOp::create(builder, loc, type, type, type, parameter.arg,
                             parameter.gradient, *oldM, *oldV, step,
                             learningRate, inF64(adam.getBeta1()),
                             inF64(adam.getBeta2()), inF64(adam.getEpsilon()));
    if (failed(returnUpdated(parameter, op.getResult())))
      return failure();
    states.push_back(
        {op.getNewM(), builder.getDictionaryAttr(getRoleAttr(context, mRole))});
    states.push_back(
        {op.getNewV(), builder.getDictionaryAttr(getRoleAttr(context, vRole))});
  }
  for (auto [value, attributes] : states)
    if (failed(appendResult(function, returnOp, value, attributes)))
      return failure();
  return appendResult(
      function, returnOp, step,
      builder.getDictionaryAttr(getRoleAttr(context, {Role::StepCount, ""})));
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
                               ArrayRef<Parameter> parameters, bool isAdam) {
  NamedRole rate{Role::Hyper, "learning_rate"}, count{Role::StepCount, ""};
  if (findArg(function, rate))
    return describe(rate);
  // An argument alone is fine: a model may read the count.
  if (isAdam && findResult(function, count))
    return describe(count);
  for (const Parameter &parameter : parameters) {
    NamedRole updated{Role::Param, parameter.name};
    if (findResult(function, updated))
      return describe(updated);
    for (StringRef slot : {"/m", "/v"}) {
      std::string name = parameter.name + slot.str();
      NamedRole state{Role::OptimizerState, name};
      if (isAdam && findArg(function, state))
        return describe(state);
    }
  }
  return "";
}

LogicalResult InsertUpdates::update(FunctionOpInterface function,
                                    Attribute optimizer) {
  Operation *returnOp = getOnlyReturn(function, kPass);
  if (!returnOp || failed(checkNoCallers(function, "the learning rate")) ||
      failed(checkGradients(function, findGradients(function),
                            /*inBody=*/false)))
    return failure();
  SmallVector<Parameter> parameters = getParameters(function, returnOp);
  std::string present =
      findPresent(function, parameters, isa<AdamAttr>(optimizer));
  if (!present.empty())
    return function.emitError()
           << "cannot insert updates into '" << function.getName()
           << "': it has " << present
           << " already; run this pass once, on a step that updates nothing";
  numUpdates += parameters.size();
  Updater updater(function, returnOp);
  if (auto sgd = dyn_cast<SgdAttr>(optimizer))
    return updater.run(sgd, parameters);
  return updater.run(cast<AdamAttr>(optimizer), parameters);
}

//===----------------------------------------------------------------------===//
// Which optimizer
//===----------------------------------------------------------------------===//

static FloatAttr getLearningRate(Attribute optimizer) {
  if (auto sgd = dyn_cast_or_null<SgdAttr>(optimizer))
    return sgd.getLearningRate();
  if (auto adam = dyn_cast_or_null<AdamAttr>(optimizer))
    return adam.getLearningRate();
  return {};
}

FailureOr<Attribute> InsertUpdates::getOptimizer() {
  ModuleOp module = getOperation();
  FailureOr<RecipeOp> recipe = findRecipe(module);
  if (failed(recipe))
    return failure();
  Attribute part = *recipe ? recipe->getOptimizerAttr() : Attribute();
  if (part)
    recipe->removeOptimizerAttr();

  FloatAttr rate = getLearningRate(part);
  if (learningRate != 0.0)
    rate = Builder(module).getF64FloatAttr(learningRate);
  if (optimizer.empty() && !part) {
    if (learningRate != 0.0)
      return emitError(module.getLoc())
             << "option 'learning-rate' of '" << kPass
             << "' belongs to an optimizer: give 'optimizer', or one in a "
                "recipe";
    return Attribute();
  }
  if (!optimizer.empty() && optimizer != "sgd" && optimizer != "adam")
    return emitError(module.getLoc())
           << "unknown optimizer '" << optimizer << "'; there are sgd and adam";
  if (!rate)
    return emitError(module.getLoc())
           << "optimizer '" << optimizer
           << "' needs a learning rate: give 'learning-rate'";
  double value = rate.getValueAsDouble();
  if (!std::isfinite(value) || value <= 0.0)
    return emitError(module.getLoc())
           << "the learning rate is " << value
           << "; it must be a finite number above zero";

  MLIRContext *context = &getContext();
  if (optimizer == "sgd" || (optimizer.empty() && isa<SgdAttr>(part)))
    return Attribute(SgdAttr::get(context, rate));
  Builder builder(context);
  AdamAttr own = optimizer.empty() ? cast<AdamAttr>(part) : AdamAttr();
  // The defaults of Kingma and Ba, as in #gradopt.adam.
  return Attribute(AdamAttr::get(
      context, rate, own ? own.getBeta1() : builder.getF64FloatAttr(0.9),
      own ? own.getBeta2() : builder.getF64FloatAttr(0.999),
      own ? own.getEpsilon() : builder.getF64FloatAttr(1.0e-8)));
}

LogicalResult InsertUpdates::run() {
  FailureOr<Attribute> chosen = getOptimizer();
  if (failed(chosen))
    return failure();
  if (!*chosen)
    return success();
  bool any = false;
  for (auto function : getOperation().getOps<FunctionOpInterface>()) {
    bool hasGradient = false;
    for (unsigned i = 0, e = function.getNumResults(); i < e; ++i)
      hasGradient |= bool(function.getResultAttr(i, attr::kGrad));
    if (!hasGradient || function.isExternal())
      continue;
    any = true;
    if (failed(update(function, *chosen)))
      return failure();
  }
  if (any)
    return success();
  return emitError(getOperation().getLoc())
         << "nothing to update: no function returns a gradient as "
            "'gradopt.grad = \"PARAMETER\"'; run gradopt-differentiate first";
}
