//===- VerifyStabilityGuards.cpp - Guards hold what is updated -----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FiniteConditions.h"
#include "StepFlow.h"
#include "VerifyStability.h"
#include "mlir/IR/Dominance.h"

using namespace mlir;
using namespace mlir::gradopt;

OpOperand &mlir::gradopt::lookThroughGuard(OpOperand &returned) {
  auto result = dyn_cast<OpResult>(returned.get());
  auto guard = result ? dyn_cast<GuardOp>(result.getOwner()) : GuardOp();
  // The first operand is the condition.
  return guard ? guard.getYield()->getOpOperand(result.getResultNumber() + 1)
               : returned;
}

namespace {

class GuardRules {
public:
  GuardRules(const Step &step, SmallVectorImpl<Problem> &problems)
      : step(step), function(step.function), problems(problems) {}

  void verify();

private:
  struct Held {
    std::string name;
    Value oldValue, newValue;
  };

  void hold(GuardOp guard, const std::string &name, Value oldValue,
            Value newValue);
  void verifyNamed(unsigned index, NamedRole role);
  void verifyUnnamed(unsigned index);
  void reportUnheld(Location loc, const std::string &name, Value newValue);
  void verifyCondition(GuardOp guard);
  void reportUnchecked(GuardOp guard, const FiniteSet &finite, Value value,
                       const Twine &name, Value oldValue);

  const Step &step;
  FunctionOpInterface function;
  SmallVectorImpl<Problem> &problems;
  /// What is updated, and the guards that hold it.
  SmallVector<Held> held;
  llvm::SmallSetVector<Operation *, 1> guards;
};

} // namespace

static bool isFloatTensor(Value value) {
  auto type = dyn_cast<ShapedType>(value.getType());
  return type && isa<FloatType>(type.getElementType());
}

static bool isUpdatedRole(Role role) {
  switch (role) {
  case Role::Param:
  case Role::State:
  case Role::OptimizerState:
  case Role::StepCount:
  case Role::ClipState:
    return true;
  default:
    return false;
  }
}

//===----------------------------------------------------------------------===//
// What is held
//===----------------------------------------------------------------------===//

void GuardRules::reportUnheld(Location loc, const std::string &name,
                              Value newValue) {
  Problem problem{loc, "the next value of " + name +
                           " is returned without a guard: a step that is not "
                           "finite would keep it; return it through the "
                           "gradopt.guard of the step, or let "
                           "gradopt-insert-finite-checks insert one"};
  problem.addNote(newValue.getLoc(), "the next value");
  bool hasGuard = false;
  function.walk([&](GuardOp guard) {
    problem.addNote(guard.getLoc(), "this guard does not hold it");
    hasGuard = true;
  });
  problem.mend = hasGuard ? Mend::None : Mend::InsertGuard;
  problems.push_back(std::move(problem));
}

void GuardRules::hold(GuardOp guard, const std::string &name, Value oldValue,
                      Value newValue) {
  guards.insert(guard);
  // A value that is returned twice is to be checked once.
  if (llvm::none_of(
          held, [&](const Held &entry) { return entry.newValue == newValue; }))
    held.push_back({name, oldValue, newValue});
}

/// A result that is the next value of an argument.
void GuardRules::verifyNamed(unsigned index, NamedRole role) {
  // The attribute's verifier has seen that the argument exists.
  Value oldValue = function.getArgument(*findArg(function, role));
  OpOperand &returned = step.returnOp->getOpOperand(index);
  if (returned.get() == oldValue)
    return;
  OpOperand &use = lookThroughGuard(returned);
  std::string name = describe(role);
  if (&use == &returned)
    return reportUnheld(step.returnOp->getLoc(), name, returned.get());

  auto guard = cast<GuardOp>(use.getOwner()->getParentOp());
  Value kept = guard.getOld()[use.getOperandNumber() - 1];
  if (kept != oldValue) {
    Problem problem{guard.getLoc(),
                    "this guard falls back to another value than the old one "
                    "of " +
                        name +
                        ": a skipped step would change it; give the guard the "
                        "argument"};
    problem.addNote(kept.getLoc(), "what it falls back to");
    problem.addNote(oldValue.getLoc(), "the argument");
    problems.push_back(std::move(problem));
  }
  hold(guard, name, oldValue, use.get());
}

/// A result without a role: it may be what an update has made.
void GuardRules::verifyUnnamed(unsigned index) {
  OpOperand &returned = step.returnOp->getOpOperand(index);
  OpOperand &inGuard = lookThroughGuard(returned);
  SmallVector<Value> work{inGuard.get()};
  llvm::DenseSet<Value> seen;
  while (!work.empty()) {
    Value value = work.pop_back_val();
    auto result = dyn_cast<OpResult>(value);
    if (!seen.insert(value).second)
      continue;
    // A report on an update is none.
    if (result && (isa<GuardOp>(result.getOwner()) ||
                   result.getOwner()->hasTrait<gradopt::Observation>()))
      continue;
    auto update = result
                      ? dyn_cast<ParameterUpdateOpInterface>(result.getOwner())
                      : ParameterUpdateOpInterface();
    if (!update) {
      appendSources(value, work);
      continue;
    }
    std::string name = "'" + getParameterName(function, update) + "'";
    if (&inGuard == &returned)
      return reportUnheld(update.getLoc(), name, returned.get());
    auto guard = cast<GuardOp>(inGuard.getOwner()->getParentOp());
    hold(guard, name, guard.getOld()[inGuard.getOperandNumber() - 1],
         inGuard.get());
    return;
  }
}

//===----------------------------------------------------------------------===//
// What is checked
//===----------------------------------------------------------------------===//

void GuardRules::reportUnchecked(GuardOp guard, const FiniteSet &finite,
                                 Value value, const Twine &name,
                                 Value oldValue) {
  Problem problem{guard.getLoc(),
                  ("the condition of this guard can be true while " + name +
                   " holds NaN or Inf; make it depend on a "
                   "gradopt.check_finite of it, joined by 'and'")
                      .str()};
  problem.addNote(value.getLoc(), "the value");
  if (oldValue && finite.values.contains(oldValue))
    problem.addNote(oldValue.getLoc(),
                    "what is checked instead is the old value");
  for (Operation *user : value.getUsers())
    if (isFiniteCheck(user))
      problem.addNote(user->getLoc(),
                      "it is checked here, but the condition can be true "
                      "whatever this check finds");
  DominanceInfo dominance(function);
  if (dominance.properlyDominates(value, guard.getYield())) {
    problem.mend = Mend::AddCheck;
    problem.guard = guard;
    problem.value = value;
  }
  problems.push_back(std::move(problem));
}

void GuardRules::verifyCondition(GuardOp guard) {
  FiniteSet finite = getFiniteIf(guard.getOk());
  if (finite.isNever) {
    Problem problem{guard.getLoc(),
                    "the condition of this guard is never true: no step would "
                    "change anything; make it depend on checks of the "
                    "gradients and of the new values"};
    problem.addNote(guard.getOk().getLoc(), "the condition");
    problems.push_back(std::move(problem));
    return;
  }
  for (const GradientSite &site : step.sites) {
    auto marker = site.gradient.getDefiningOp<GradientOp>();
    if (!finite.values.contains(site.gradient) &&
        !(marker && finite.values.contains(marker.getValue())))
      reportUnchecked(guard, finite, site.gradient,
                      "the gradient of '" + site.name + "'", {});
  }
  for (const Held &entry : held)
    if (isFloatTensor(entry.newValue) &&
        !finite.values.contains(entry.newValue))
      reportUnchecked(guard, finite, entry.newValue,
                      "the next value of " + entry.name, entry.oldValue);
}

void GuardRules::verify() {
  bool updates =
      !step.updates.empty() ||
      llvm::any_of(llvm::seq(function.getNumResults()), [&](unsigned i) {
        auto role = getResultRole(function, i);
        return role && (role->role == Role::Param ||
                        role->role == Role::OptimizerState);
      });
  // Before there are updates nothing is lost.
  if (!updates)
    return;
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
    auto role = getResultRole(function, i);
    if (!role)
      verifyUnnamed(i);
    else if (isUpdatedRole(role->role))
      verifyNamed(i, *role);
  }
  for (Operation *guard : guards)
    verifyCondition(cast<GuardOp>(guard));
}

void mlir::gradopt::verifyGuards(const Step &step,
                                 SmallVectorImpl<Problem> &problems) {
  GuardRules(step, problems).verify();
}
