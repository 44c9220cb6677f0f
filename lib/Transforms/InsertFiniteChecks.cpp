//===- InsertFiniteChecks.cpp - Checks and the guard ----------------------===//
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
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_INSERTFINITECHECKS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-insert-finite-checks";

namespace {

/// A value of which a step returns the next one.
struct Updated {
  Value oldValue, newValue;
  /// What its records are called before the quantity.
  std::string record;
  /// The operands of the return that get the guarded value.
  SmallVector<unsigned> results;
};

struct InsertFiniteChecks
    : gradopt::impl::InsertFiniteChecksBase<InsertFiniteChecks> {
  using InsertFiniteChecksBase::InsertFiniteChecksBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  /// With `overflow` the numbers beyond this part of the range are counted.
  LogicalResult guard(FunctionOpInterface function,
                      ArrayRef<GradientSite> sites, FloatAttr overflow);
};

} // namespace

//===----------------------------------------------------------------------===//
// What is updated
//===----------------------------------------------------------------------===//

/// What the records of a result of this role are called before the quantity;
/// empty if it is not the next value of an argument.
static std::string getRecordName(NamedRole role) {
  switch (role.role) {
  case Role::Param:
  case Role::OptimizerState:
    return ("update/" + role.name).str();
  case Role::State:
    return ("state/" + role.name).str();
  case Role::ClipState:
    // For the runtime it is a state like those of the model.
    return ("state/clip/" + role.name).str();
  case Role::StepCount:
    // It is guarded, but an integer has no record of this kind.
    return "step_count";
  default:
    return "";
  }
}

/// Adds the results that have an argument's name.
static LogicalResult findNamed(FunctionOpInterface function,
                               Operation *returnOp,
                               SmallVectorImpl<Updated> &updated) {
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
    auto role = getResultRole(function, i);
    if (!role)
      continue;
    std::string record = getRecordName(*role);
    if (record.empty())
      continue;
    // The attribute's verifier has seen that the argument exists.
    Value oldValue = function.getArgument(*findArg(function, *role));
    Value newValue = returnOp->getOperand(i);
    if (oldValue.getType() != newValue.getType())
      return function.emitError()
             << describe(*role) << " has type " << oldValue.getType()
             << " as an argument and " << newValue.getType()
             << " as a result; a skipped step returns the old value, so both "
                "must have one type";
    updated.push_back({oldValue, newValue, record, {i}});
  }
  return success();
}

/// Adds what the function returns of a parameter update without saying so by an
/// attribute.
static LogicalResult findUpdates(FunctionOpInterface function,
                                 Operation *returnOp,
                                 ArrayRef<GradientSite> sites,
                                 SmallVectorImpl<Updated> &updated) {
  llvm::DenseSet<unsigned> named;
  for (const Updated &entry : updated)
    named.insert(entry.results.begin(), entry.results.end());

  auto add = [&](Value oldValue, Value newValue, const Twine &record) {
    SmallVector<unsigned> results;
    for (OpOperand &use : newValue.getUses())
      if (use.getOwner() == returnOp && !named.contains(use.getOperandNumber()))
        results.push_back(use.getOperandNumber());
    llvm::sort(results);
    if (!results.empty())
      updated.push_back({oldValue, newValue, record.str(), results});
  };

  WalkResult walk = function.walk([&](ParameterUpdateOpInterface update) {
    Value parameter = update.getParameterMutable().get();
    Value result = update.getUpdatedParameter();
    // What the function computes from this update and returns under the
    // parameter's name is guarded in its place.
    bool isNamed = llvm::any_of(updated, [&](const Updated &entry) {
      return entry.oldValue == parameter;
    });
    bool isReturned = llvm::is_contained(returnOp->getOperands(), result);
    if (!isNamed && !isReturned) {
      update->emitError() << "the updated parameter is not returned by '"
                          << function.getName()
                          << "', so that no guard can hold it back; return it, "
                             "or mark the argument and the result by "
                             "'gradopt.param'";
      return WalkResult::interrupt();
    }
    StringRef name = findSite(sites, update.getGradientMutable().get()).name;
    add(parameter, result, "update/" + name);
    for (auto [i, pair] : llvm::enumerate(llvm::zip_equal(
             update.getStateMutable(), update.getUpdatedState())))
      add(std::get<0>(pair)->get(), std::get<1>(pair),
          "update/" + name + "/state" + Twine(i));
    return WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// The guard
//===----------------------------------------------------------------------===//

static bool isFloatTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type &&
         (type.getElementType().isF32() || type.getElementType().isF64());
}

/// Whether `recorded` is the same count as `count`.
static bool isCountOf(Value recorded, Value count) {
  return recorded.getDefiningOp() &&
         OperationEquivalence::isEquivalentTo(
             recorded.getDefiningOp(), count.getDefiningOp(),
             OperationEquivalence::IgnoreLocations);
}

/// Wraps the new values in a guard that `ok` opens, and returns its results in
/// their place.
static void insertGuard(OpBuilder &builder, Location loc, Operation *returnOp,
                        Value ok, ArrayRef<Updated> updated) {
  auto oldValues = llvm::map_to_vector(
      updated, [](const Updated &entry) { return entry.oldValue; });
  SmallVector<Value> yielded{ok};
  for (const Updated &entry : updated)
    yielded.push_back(entry.newValue);

  auto guard = GuardOp::create(builder, loc, oldValues);
  OpBuilder::InsertionGuard saved(builder);
  builder.setInsertionPointToEnd(&guard.getBody().front());
  YieldOp::create(builder, loc, yielded);
  for (auto [entry, result] : llvm::zip_equal(updated, guard.getResults()))
    for (unsigned index : entry.results)
      returnOp->setOperand(index, result);
}

LogicalResult InsertFiniteChecks::guard(FunctionOpInterface function,
                                        ArrayRef<GradientSite> sites,
                                        FloatAttr overflow) {
  Operation *returnOp = getOnlyReturn(function, kPass);
  if (!returnOp || failed(checkGradients(function, sites, /*inBody=*/true)))
    return failure();
  WalkResult walk = function.walk([&](GuardOp present) {
    present.emitError() << "'" << function.getName()
                        << "' has a guard already; '" << kPass
                        << "' inserts one that holds all updated values, so "
                           "run it once, on a step without a guard";
    return WalkResult::interrupt();
  });
  if (walk.wasInterrupted())
    return failure();

  SmallVector<Updated> updated;
  if (failed(findNamed(function, returnOp, updated)) ||
      failed(findUpdates(function, returnOp, sites, updated)))
    return failure();
  if (updated.empty())
    return function.emitError()
           << "'" << function.getName()
           << "' has gradients but no updated value to guard: mark the "
              "arguments that hold parameters and the results that return "
              "their next values by 'gradopt.param', or give the recipe an "
              "optimizer";

  OpBuilder builder(returnOp);
  RecordNames records(function);
  SmallVector<Value> counts;
  std::string taken;
  auto record = [&](Location loc, const Twine &name, Value count) {
    if (!records.record(builder, loc, name, count) &&
        !isCountOf(records.lookup(name.str()), count) && taken.empty())
      taken = name.str();
  };
  auto check = [&](Value value, const Twine &subject, StringRef layer,
                   StringRef direction) {
    if (!isFloatTensor(value))
      return;
    Location loc = getOriginOf(value, layer, direction, kPass);
    auto type = RankedTensorType::get({}, builder.getI64Type());
    counts.push_back(CountNonfiniteOp::create(builder, loc, type, value));
    record(loc, subject + "/nonfinite", counts.back());
    if (overflow)
      record(loc, subject + "/overflow",
             CountOverflowOp::create(builder, loc, type, value, overflow));
    ++numChecks;
  };
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i)
    if (function.getResultAttr(i, attr::kLoss))
      check(returnOp->getOperand(i), "loss", "", "forward");
  for (const GradientSite &site : sites)
    check(site.gradient, "gradient/" + site.name, site.name, "backward");
  for (const Updated &entry : updated)
    check(entry.newValue, entry.record, "", "");
  // A count that is not in the record would name the wrong value, or none.
  if (!taken.empty())
    return function.emitError()
           << "'" << function.getName() << "' has two values to record as '"
           << taken
           << "'; rename the parameter, state or record that is called so";

  // No count is negative and none is near the largest i64: their sum is zero
  // only if all are.
  Location loc = withOrigin(function.getLoc(), "", "", "", kPass);
  Value sum;
  for (Value count : counts) {
    Value scalar = tensor::ExtractOp::create(builder, loc, count, ValueRange());
    sum = sum ? arith::AddIOp::create(builder, loc, sum, scalar).getResult()
              : scalar;
  }
  auto zero =
      arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(0));
  Value ok =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, sum, zero);
  insertGuard(builder, loc, returnOp, ok, updated);
  return success();
}

//===----------------------------------------------------------------------===//
// Policies
//===----------------------------------------------------------------------===//

/// What the option `name` asks for; nothing if it is "none".
static FailureOr<std::optional<Policy>>
parsePolicy(Location loc, StringRef name, StringRef text, bool canBeNone) {
  std::optional<Policy> policy = symbolizePolicy(text);
  if (policy || text.empty() || (canBeNone && text == "none"))
    return policy;
  return emitError(loc) << "unknown policy '" << text << "'; '" << name
                        << "' is " << kPolicyNames
                        << (canBeNone ? ", or none" : "");
}

/// The policies that a function names itself.
static Policies getPolicies(FunctionOpInterface function) {
  auto get = [&](StringRef name) -> std::optional<Policy> {
    auto attribute = function->getAttrOfType<PolicyAttr>(name);
    return attribute ? std::optional<Policy>(attribute.getValue())
                     : std::nullopt;
  };
  return {get(attr::kOnNonfinite), get(attr::kOnOverflow),
          get(attr::kOnDivergence)};
}

static void setPolicies(FunctionOpInterface function, const Policies &policies,
                        PolicyOptionsAttr options) {
  auto set = [&](StringRef name, std::optional<Policy> policy) {
    function->removeAttr(name);
    if (policy)
      function->setAttr(name, PolicyAttr::get(function.getContext(), *policy));
  };
  set(attr::kOnNonfinite, policies.onNonfinite);
  set(attr::kOnOverflow, policies.onOverflow);
  set(attr::kOnDivergence, policies.onDivergence);
  if (options)
    function->setAttr(attr::kPolicyOptions, options);
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

LogicalResult InsertFiniteChecks::run() {
  ModuleOp module = getOperation();
  FailureOr<RecipeOp> recipe = findRecipe(module);
  if (failed(recipe))
    return failure();
  auto nonfiniteOption = parsePolicy(module.getLoc(), "on-nonfinite",
                                     onNonfinite, /*canBeNone=*/false);
  auto overflowOption = parsePolicy(module.getLoc(), "on-overflow", onOverflow,
                                    /*canBeNone=*/true);
  auto divergenceOption = parsePolicy(module.getLoc(), "on-divergence",
                                      onDivergence, /*canBeNone=*/true);
  if (failed(nonfiniteOption) || failed(overflowOption) ||
      failed(divergenceOption))
    return failure();
  Policies byRecipe;
  PolicyOptionsAttr recipeOptions;
  if (*recipe) {
    byRecipe = recipe->getPolicies();
    recipeOptions = recipe->getPolicyOptionsAttr();
    recipe->removeOnNonfiniteAttr();
    recipe->removeOnOverflowAttr();
    recipe->removeOnDivergenceAttr();
    recipe->removePolicyOptionsAttr();
  }
  // What a function names itself stays where nothing else is asked for.
  auto choose = [](std::optional<Policy> &policy,
                   std::optional<Policy> fromRecipe, StringRef option,
                   std::optional<Policy> fromOption) {
    if (fromRecipe)
      policy = fromRecipe;
    if (!option.empty())
      policy = fromOption;
  };

  bool any = false;
  for (auto function : module.getOps<FunctionOpInterface>()) {
    SmallVector<GradientSite> sites = findGradients(function);
    if (sites.empty())
      continue;
    any = true;
    Policies policies = getPolicies(function);
    choose(policies.onNonfinite, byRecipe.onNonfinite, onNonfinite,
           *nonfiniteOption);
    choose(policies.onOverflow, byRecipe.onOverflow, onOverflow,
           *overflowOption);
    choose(policies.onDivergence, byRecipe.onDivergence, onDivergence,
           *divergenceOption);
    Location loc = *recipe ? recipe->getLoc() : function.getLoc();
    if (!policies.onNonfinite)
      policies.onNonfinite = Policy::skip;
    if (failed(verifyPolicies([&] { return emitError(loc); }, policies)))
      return failure();
    auto options =
        recipeOptions
            ? recipeOptions
            : function->getAttrOfType<PolicyOptionsAttr>(attr::kPolicyOptions);
    FloatAttr overflow;
    if (policies.onOverflow)
      overflow =
          (options ? options : PolicyOptionsAttr::getDefault(&getContext()))
              .getOverflowFraction();
    if (failed(guard(function, sites, overflow)))
      return failure();
    setPolicies(function, policies, options);
  }
  return any ? success() : emitNoGradients(module);
}
