//===- VerifyStability.cpp - Check that a step cannot explode ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyStability.h"
#include "FiniteConditions.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/PassManager.h"
#include <cmath>

namespace mlir::gradopt {
#define GEN_PASS_DEF_VERIFYSTABILITY
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-verify-stability";

namespace {
struct VerifyStability : gradopt::impl::VerifyStabilityBase<VerifyStability> {
  using VerifyStabilityBase::VerifyStabilityBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
    if (!fix)
      markAllAnalysesPreserved();
  }

private:
  LogicalResult run();
  LogicalResult getDemand(ClipDemand &demand);
  LogicalResult findProblems(const ClipDemand &demand,
                             SmallVectorImpl<Problem> &problems);
  LogicalResult mend(const ClipDemand &demand,
                     SmallVectorImpl<Problem> &problems);
  LogicalResult insertClip(const ClipDemand &demand);
};
} // namespace

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

static bool returnsParameters(FunctionOpInterface function) {
  return llvm::any_of(llvm::seq(function.getNumResults()), [&](unsigned i) {
    auto role = getResultRole(function, i);
    return role && role->role == Role::Param;
  });
}

/// Whether nothing is left of the ops that say what is a gradient, a clip, an
/// update or a check, in a step that had them.
static bool isExpanded(FunctionOpInterface function) {
  bool hasGuard = false;
  WalkResult walk = function.walk([&](Operation *op) {
    hasGuard |= isa<GuardOp>(op);
    return isa<GradientOp, ParameterUpdateOpInterface>(op) ||
                   isFiniteCheck(op) || getClipThreshold(op)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return !walk.wasInterrupted() &&
         (hasGuard || function->hasAttr(attr::kDifferentiated));
}

static void findSinks(Step &step) {
  FunctionOpInterface function = step.function;
  for (ParameterUpdateOpInterface update : step.updates) {
    std::string name = getParameterName(function, update);
    step.sinks.push_back({update.getLoc(), "the update of '" + name + "'", name,
                          &update.getGradientMutable(), /*isGradient=*/true});
  }
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
    auto role = getResultRole(function, i);
    if (!role || role->role != Role::Param)
      continue;
    OpOperand &use = lookThroughGuard(step.returnOp->getOpOperand(i));
    if (use.get().getDefiningOp())
      step.sinks.push_back({use.get().getLoc(),
                            ("the next value of '" + role->name + "'").str(),
                            role->name.str(), &use, /*isGradient=*/false});
  }
  if (!step.updates.empty() || returnsParameters(function))
    return;
  for (OpOperand &use : step.returnOp->getOpOperands()) {
    auto role = getResultRole(function, use.getOperandNumber());
    if (role && role->role == Role::Grad)
      step.sinks.push_back(
          {step.returnOp->getLoc(),
           ("the returned gradient of '" + role->name + "'").str(),
           role->name.str(), &use, /*isGradient=*/true});
  }
}

/// The step in `function`; nothing if it is none.
static FailureOr<std::optional<Step>> getStep(FunctionOpInterface function) {
  if (function.isExternal())
    return std::optional<Step>();
  SmallVector<GradientSite> sites = findGradients(function);
  bool updates = returnsParameters(function);
  if (sites.empty() && !updates)
    return std::optional<Step>();
  if (updates && isExpanded(function))
    return function.emitError()
           << "nothing can be said about the stability of '"
           << function.getName()
           << "': its clips and checks have been expanded into plain "
              "arithmetic; run '"
           << kPass << "' before convert-gradopt-to-linalg";
  if (sites.empty())
    return function.emitError()
           << "'" << function.getName()
           << "' returns next values of parameters, but nothing in it is known "
              "as a gradient; mark each gradient by 'gradopt.gradient'";
  Operation *returnOp = getOnlyReturn(function, kPass);
  if (!returnOp || failed(checkGradients(function, sites, /*inBody=*/false)))
    return failure();

  Step step{function, returnOp, std::move(sites), {}, {}};
  function.walk([&](ParameterUpdateOpInterface update) {
    step.updates.push_back(update);
  });
  findSinks(step);
  return std::optional<Step>(std::move(step));
}

LogicalResult
VerifyStability::findProblems(const ClipDemand &demand,
                              SmallVectorImpl<Problem> &problems) {
  bool any = false;
  for (auto function : getOperation().getOps<FunctionOpInterface>()) {
    FailureOr<std::optional<Step>> found = getStep(function);
    if (failed(found))
      return failure();
    if (!*found)
      continue;
    any = true;
    const Step &step = **found;
    gradopt::verifyClips(step, demand, problems);
    verifyScale(step, problems);
    verifyGuards(step, problems);
  }
  return any ? success() : emitNoGradients(getOperation());
}

//===----------------------------------------------------------------------===//
// Mending
//===----------------------------------------------------------------------===//

LogicalResult VerifyStability::insertClip(const ClipDemand &demand) {
  InsertGradientClippingOptions options;
  if (demand.kind) {
    options.kind = kind;
    options.threshold = threshold;
  }
  OpPassManager manager(ModuleOp::getOperationName());
  manager.addPass(createInsertGradientClipping(options));
  return runPipeline(manager, getOperation());
}

/// The condition of `guard` is true only if `value` is finite, too.
static void addCheck(GuardOp guard, Value value) {
  Operation *yield = guard.getYield();
  OpBuilder builder(yield);
  Location loc = getOriginOf(value, "", "", kPass);
  Value isFinite =
      CheckFiniteOp::create(builder, loc, builder.getI1Type(), value);
  yield->setOperand(
      0, arith::AndIOp::create(builder, loc, guard.getOk(), isFinite));
}

LogicalResult VerifyStability::mend(const ClipDemand &demand,
                                    SmallVectorImpl<Problem> &problems) {
  auto needs = [&](Mend mend) {
    return llvm::any_of(
        problems, [&](const Problem &problem) { return problem.mend == mend; });
  };
  // Each round takes up what the one before has left. Uses first, since a clip
  // that is there may be all that is needed.
  if (needs(Mend::UseClip)) {
    for (Problem &problem : problems)
      if (problem.mend == Mend::UseClip)
        problem.use->set(problem.value);
    problems.clear();
    if (failed(findProblems(demand, problems)))
      return failure();
  }
  if (needs(Mend::InsertClip) && (demand.kind || demand.pending)) {
    if (demand.kind && std::isnan(threshold))
      return emitError(getOperation().getLoc())
             << "a clip is missing, and 'fix' needs its threshold, as in "
                "'fix kind=global_norm threshold=1.0'";
    problems.clear();
    if (failed(insertClip(demand)) || failed(findProblems(demand, problems)))
      return failure();
  }
  if (needs(Mend::InsertGuard)) {
    OpPassManager manager(ModuleOp::getOperationName());
    manager.addPass(createInsertFiniteChecks());
    problems.clear();
    if (failed(runPipeline(manager, getOperation())) ||
        failed(findProblems(demand, problems)))
      return failure();
  }
  if (needs(Mend::AddCheck)) {
    for (Problem &problem : problems)
      if (problem.mend == Mend::AddCheck)
        addCheck(problem.guard, problem.value);
    problems.clear();
    return findProblems(demand, problems);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

LogicalResult VerifyStability::getDemand(ClipDemand &demand) {
  Location loc = getOperation().getLoc();
  if (!std::isnan(threshold) && (!fix || kind.empty() || kind == "none"))
    return emitError(loc) << "option 'threshold' of '" << kPass
                          << "' is that of a clip to insert: it goes with "
                             "'fix' and 'kind'";
  FailureOr<RecipeOp> recipe = findRecipe(getOperation());
  if (failed(recipe))
    return failure();
  if (*recipe && recipe->getClipAttr())
    demand.pending = llvm::any_of(
        recipe->getClipAttr().getAsRange<ClipAttr>(),
        [](ClipAttr clip) { return clip.getAt() == ClipPlacement::gradient; });
  demand.none = kind == "none";
  if (kind.empty() || demand.none)
    return success();
  demand.kind = symbolizeClipKind(kind);
  if (!demand.kind)
    return emitError(loc)
           << "unknown kind of clip '" << kind
           << "'; there are value, norm, group_norm, global_norm and none";
  return success();
}

LogicalResult VerifyStability::run() {
  ClipDemand demand;
  SmallVector<Problem> problems;
  if (failed(getDemand(demand)) || failed(findProblems(demand, problems)) ||
      (fix && failed(mend(demand, problems))))
    return failure();
  for (const Problem &problem : problems) {
    InFlightDiagnostic diag = emitError(problem.loc) << problem.message;
    for (const auto &[loc, text] : problem.notes)
      diag.attachNote(loc) << text;
  }
  return success(problems.empty());
}
