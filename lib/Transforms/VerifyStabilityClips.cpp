//===- VerifyStabilityClips.cpp - Gradients reach updates by clips -------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepFlow.h"
#include "VerifyStability.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {

/// A value that is a gradient as it is before a clip or, where `isClipped`,
/// behind one.
struct Gradient {
  SmallVector<unsigned, 1> sites;
  bool isClipped = false;
};

/// What the data of a value comes from, as far back as its gradients.
struct Reach {
  /// The clips on the way.
  llvm::SmallSetVector<Operation *, 2> clips;
  llvm::SmallDenseSet<unsigned> sites;
  /// The first gradient, and the first argument that holds data, on a path
  /// without a clip.
  Value raw, leaf;
  /// An update op stands on the way; what it goes by is another matter.
  bool isUpdated = false;
};

class ClipRules {
public:
  ClipRules(const Step &step, const ClipDemand &demand,
            SmallVectorImpl<Problem> &problems);

  void verify();

private:
  void addClips();
  void addGradients();
  bool isAsked();
  bool isOfKind(Operation *clip);
  bool isNeutral(BlockArgument arg);
  Reach reach(Value value, bool isClipped = false);
  llvm::SmallDenseSet<unsigned> getSites(Operation *clip);

  void verifySink(const Sink &sink, bool isAsked);
  void verifyName(const Sink &sink, const Reach &found);
  void verifyJoint(Operation *clip);
  void verifyTimeSteps();
  void noteClips(Problem &problem, Value raw);

  const Step &step;
  FunctionOpInterface function;
  const ClipDemand &demand;
  SmallVectorImpl<Problem> &problems;
  /// The clips of gradients of parameters.
  SmallVector<Operation *> clips;
  llvm::DenseMap<Value, Gradient> gradients;
  /// What a clip takes.
  llvm::DenseSet<Value> taken;
  /// The parameters and states of updates.
  llvm::DenseSet<Value> updated;
  /// For each site, what goes by its gradient and has been found at fault.
  llvm::SmallDenseSet<unsigned> reported;
};

} // namespace

static bool isInLoop(Operation *op) {
  return op->getParentOfType<LoopLikeOpInterface>() != nullptr;
}

/// The name of the argument that is the threshold of a clip; empty if it is
/// none.
static StringRef getThresholdName(FunctionOpInterface function,
                                  Operation *clip) {
  auto arg = dyn_cast<BlockArgument>(getClipThreshold(clip));
  if (!arg || arg.getOwner() != &function.getFunctionBody().front())
    return "";
  auto role = getArgRole(function, arg.getArgNumber());
  return role && role->role == Role::Hyper ? role->name : "";
}

/// The kind of clip that an argument `gradopt.hyper = "clip.KIND.threshold"`
/// says is for all gradients.
static std::optional<ClipKind> getKindOfThreshold(StringRef name) {
  if (!name.consume_front("clip."))
    return std::nullopt;
  StringRef label = name.take_until([](char c) { return c == '.'; });
  // A second clip of a kind has a number.
  label = label.rtrim("0123456789");
  if (name.take_until([](char c) { return c == '.'; }) != label)
    label.consume_back("_");
  return symbolizeClipKind(label);
}

//===----------------------------------------------------------------------===//
// What there is in a step
//===----------------------------------------------------------------------===//

ClipRules::ClipRules(const Step &step, const ClipDemand &demand,
                     SmallVectorImpl<Problem> &problems)
    : step(step), function(step.function), demand(demand), problems(problems) {
  for (ParameterUpdateOpInterface update : step.updates) {
    updated.insert(update.getParameterMutable().get());
    for (OpOperand *state : update.getStateMutable())
      updated.insert(state->get());
  }
  addClips();
  addGradients();
}

void ClipRules::addClips() {
  function.walk([&](Operation *op) {
    if (!getClipThreshold(op) || isInLoop(op))
      return;
    clips.push_back(op);
    for (OpResult result : op->getResults())
      if (Value operand = getClipOperand(result)) {
        taken.insert(operand);
        gradients.try_emplace(operand);
      }
  });
}

void ClipRules::addGradients() {
  for (auto [i, site] : llvm::enumerate(step.sites)) {
    auto marker = site.gradient.getDefiningOp<GradientOp>();
    if (!marker)
      continue;
    Gradient &marked = gradients[site.gradient];
    marked.sites.push_back(i);
    // One that marks what a clip has made is behind that clip.
    Value operand = marker.getValue();
    marked.isClipped = traceGradient(operand) != operand;
    if (!marked.isClipped)
      gradients[operand].sites.push_back(i);
  }
  // What an update goes by, and what is returned, may be computed from clipped
  // gradients.
  for (auto [i, site] : llvm::enumerate(step.sites)) {
    if (site.gradient.getDefiningOp<GradientOp>())
      continue;
    Gradient gradient;
    if (!taken.contains(site.gradient)) {
      Reach sources = reach(site.gradient);
      gradient.isClipped =
          !sources.raw && !sources.leaf && !sources.clips.empty();
    }
    gradient.sites.push_back(i);
    gradients[site.gradient] = gradient;
  }
}

/// Whether every gradient is to be clipped.
bool ClipRules::isAsked() {
  if (demand.none)
    return false;
  if (demand.kind || demand.pending)
    return true;
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i) {
    auto role = getArgRole(function, i);
    if (role && role->role == Role::Hyper && getKindOfThreshold(role->name))
      return true;
  }
  return llvm::any_of(clips, [&](Operation *clip) {
    return !getThresholdName(function, clip).starts_with("clip.group.");
  });
}

/// Whether a clip is of the kind that is asked for.
bool ClipRules::isOfKind(Operation *clip) {
  if (!demand.kind)
    return true;
  switch (*demand.kind) {
  case ClipKind::value:
    return isa<ClipByValueOp>(clip);
  case ClipKind::norm:
    return isa<ClipByNormOp>(clip);
  case ClipKind::group_norm:
  case ClipKind::global_norm:
    return isa<ClipByGlobalNormOp>(clip);
  }
  llvm_unreachable("not a kind of clip");
}

/// Whether an argument of the function holds nothing of a gradient: it is a
/// parameter, a state of the optimizer, or a factor.
bool ClipRules::isNeutral(BlockArgument arg) {
  auto type = dyn_cast<ShapedType>(arg.getType());
  if (updated.contains(arg) || !type || (type.hasRank() && type.getRank() == 0))
    return true;
  auto role = getArgRole(function, arg.getArgNumber());
  if (!role)
    return false;
  switch (role->role) {
  case Role::Param:
  case Role::OptimizerState:
  case Role::StepCount:
  case Role::ClipState:
  case Role::Hyper:
  case Role::Random:
    return true;
  default:
    return false;
  }
}

//===----------------------------------------------------------------------===//
// Paths
//===----------------------------------------------------------------------===//

/// Follows `value` back to its gradients. With `isClipped` it is already what a
/// clip takes.
Reach ClipRules::reach(Value value, bool isClipped) {
  Reach reach;
  SmallVector<std::pair<Value, bool>> work{{value, isClipped}};
  llvm::DenseSet<Value> seen[2];
  while (!work.empty()) {
    Value current;
    std::tie(current, isClipped) = work.pop_back_val();
    if (!seen[isClipped].insert(current).second)
      continue;
    auto found = gradients.find(current);
    if (found != gradients.end()) {
      const Gradient &gradient = found->second;
      reach.sites.insert(gradient.sites.begin(), gradient.sites.end());
      if (!gradient.isClipped) {
        if (!isClipped && !reach.raw)
          reach.raw = current;
        // What only a clip takes has its name further back.
        if (!isClipped || !gradient.sites.empty())
          continue;
      }
    }

    if (auto result = dyn_cast<OpResult>(current)) {
      Operation *op = result.getOwner();
      if (getClipThreshold(op)) {
        if (Value operand = getClipOperand(result)) {
          bool counts = !isInLoop(op) && isOfKind(op);
          if (counts)
            reach.clips.insert(op);
          work.push_back({operand, isClipped || counts});
        }
        continue;
      }
      if (isa<ParameterUpdateOpInterface>(op)) {
        reach.isUpdated = true;
        continue;
      }
      if (op->hasTrait<gradopt::Observation>())
        continue;
    } else if (auto arg = cast<BlockArgument>(current);
               arg.getOwner() == &function.getFunctionBody().front()) {
      if (!isClipped && !reach.leaf && !isNeutral(arg))
        reach.leaf = arg;
      continue;
    }
    SmallVector<Value> sources;
    appendSources(current, sources);
    for (Value source : sources)
      work.push_back({source, isClipped});
  }
  return reach;
}

llvm::SmallDenseSet<unsigned> ClipRules::getSites(Operation *clip) {
  llvm::SmallDenseSet<unsigned> sites;
  for (OpResult result : clip->getResults())
    if (Value operand = getClipOperand(result)) {
      Reach found = reach(operand, /*isClipped=*/true);
      sites.insert(found.sites.begin(), found.sites.end());
    }
  return sites;
}

//===----------------------------------------------------------------------===//
// The rules
//===----------------------------------------------------------------------===//

/// Says of the clips of the step why they do not count for the gradient `raw`,
/// which is null where none is known.
void ClipRules::noteClips(Problem &problem, Value raw) {
  for (Operation *clip : clips) {
    bool takes = llvm::any_of(clip->getResults(), [&](OpResult result) {
      return raw && getClipOperand(result) == raw;
    });
    if (!isOfKind(clip))
      problem.addNote(clip->getLoc(), "this clip is of another kind than '" +
                                          stringifyClipKind(*demand.kind) +
                                          "'");
    else if (takes)
      problem.addNote(clip->getLoc(), "this clip takes it, but the path leads "
                                      "around the clip");
    else
      problem.addNote(clip->getLoc(), "this clip takes other values");
  }
}

void ClipRules::verifySink(const Sink &sink, bool isAsked) {
  Value value = sink.use->get();
  Reach found = reach(value);
  bool isTaken = found.raw && taken.contains(found.raw);
  if (!isAsked && !isTaken)
    return;
  bool unclipped = sink.isGradient && (found.leaf || found.clips.empty());
  if (!found.raw && !unclipped)
    return verifyName(sink, found);
  reported.insert(found.sites.begin(), found.sites.end());

  Problem problem{sink.loc,
                  sink.text +
                      " goes by a gradient that does not pass a clip on every "
                      "path; use the clipped gradient alone, or let "
                      "gradopt-insert-gradient-clipping insert the clip"};
  if (found.raw)
    problem.addNote(found.raw.getLoc(), "the gradient before its clip");
  else if (found.leaf)
    problem.addNote(found.leaf.getLoc(),
                    "it is computed from this argument past every clip");
  noteClips(problem, found.raw);

  problem.mend = isTaken ? Mend::None : Mend::InsertClip;
  DominanceInfo dominance(function);
  for (Operation *clip : isTaken ? ArrayRef(clips) : ArrayRef<Operation *>())
    for (OpResult result : clip->getResults())
      if (getClipOperand(result) == value && isOfKind(clip) &&
          dominance.properlyDominates(result, sink.use->getOwner())) {
        problem.mend = Mend::UseClip;
        problem.use = sink.use;
        problem.value = result;
      }
  problems.push_back(std::move(problem));
}

/// Clipped or not, it is the gradient of this parameter that counts.
void ClipRules::verifyName(const Sink &sink, const Reach &found) {
  if (found.isUpdated)
    return;
  for (auto [i, site] : llvm::enumerate(step.sites)) {
    if (site.name != sink.name || !site.gradient.getDefiningOp<GradientOp>() ||
        found.sites.contains(i))
      continue;
    Problem problem{sink.loc, sink.text +
                                  " does not go by the gradient that is marked "
                                  "as that of '" +
                                  site.name +
                                  "'; use what this gradient's clip gives"};
    problem.addNote(site.gradient.getLoc(), "the gradient");
    for (Operation *clip : found.clips)
      problem.addNote(clip->getLoc(), "it goes by what this clip takes");
    problems.push_back(std::move(problem));
  }
}

/// A norm of all gradients leaves none out.
void ClipRules::verifyJoint(Operation *clip) {
  llvm::SmallDenseSet<unsigned> sites = getSites(clip);
  for (auto [i, site] : llvm::enumerate(step.sites)) {
    // What is computed from clipped gradients is no gradient of its own.
    auto marker = site.gradient.getDefiningOp<GradientOp>();
    if (sites.contains(i) || reported.contains(i) ||
        (!marker && gradients.lookup(site.gradient).isClipped))
      continue;
    Location loc = site.gradient.getLoc();
    for (const Sink &sink : step.sinks)
      if (sink.name == site.name)
        loc = sink.loc;
    Problem problem{loc, "the gradient of '" + site.name +
                             "' is missing from the global norm, which is that "
                             "of all gradients: a gradient that has exploded "
                             "would not scale the others; let the clip take "
                             "it, too"};
    problem.addNote(site.gradient.getLoc(), "the gradient");
    problem.addNote(clip->getLoc(), "the clip by the global norm");
    problems.push_back(std::move(problem));
  }
}

/// A derivative that is clipped at every time step has no other use.
void ClipRules::verifyTimeSteps() {
  function.walk([&](GradientOp marker) {
    if (!isInLoop(marker))
      return;
    SmallVector<OpOperand *> uses;
    for (Value value : {Value(marker.getValue()), Value(marker.getResult())})
      for (OpOperand &use : value.getUses())
        if (!use.getOwner()->hasTrait<gradopt::Observation>() &&
            !isa<GradientOp>(use.getOwner()))
          uses.push_back(&use);
    auto clip = llvm::find_if(
        uses, [](OpOperand *use) { return bool(getClipped(*use)); });
    if (clip == uses.end())
      return;
    for (OpOperand *use : uses) {
      if (getClipped(*use))
        continue;
      Problem problem{use->getOwner()->getLoc(),
                      ("the loss's derivative with respect to state '" +
                       marker.getOf() +
                       "' goes past its clip here, which acts at every time "
                       "step; use the clipped derivative")
                          .str()};
      problem.addNote(marker.getLoc(), "the derivative");
      problem.addNote((*clip)->getOwner()->getLoc(), "its clip");
      problem.mend = Mend::UseClip;
      problem.use = use;
      problem.value = getClipped(**clip);
      if (!DominanceInfo(function).properlyDominates(problem.value,
                                                     use->getOwner()))
        problem.mend = Mend::None;
      problems.push_back(std::move(problem));
    }
  });
}

void ClipRules::verify() {
  bool asked = isAsked();
  for (const Sink &sink : step.sinks)
    verifySink(sink, asked);

  for (Operation *clip : clips) {
    std::optional<ClipKind> kind =
        getKindOfThreshold(getThresholdName(function, clip));
    if (demand.kind == ClipKind::global_norm)
      kind = demand.kind;
    if (kind == ClipKind::global_norm && isa<ClipByGlobalNormOp>(clip))
      verifyJoint(clip);
  }
  verifyTimeSteps();
}

void mlir::gradopt::verifyClips(const Step &step, const ClipDemand &demand,
                                SmallVectorImpl<Problem> &problems) {
  if (!demand.none)
    ClipRules(step, demand, problems).verify();
}
