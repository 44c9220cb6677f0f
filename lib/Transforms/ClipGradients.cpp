//===- ClipGradients.cpp - Clips of gradients of parameters -------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Clips.h"
#include "gradopt/IR/Groups.h"
#include "gradopt/IR/Origins.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Dominance.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {

/// A gradient, and what a clip puts in its place.
struct Target {
  GradientSite site;
  /// The gradient behind the clips that are there already.
  Value value;
  /// The uses that get the clipped value.
  SmallVector<OpOperand *> uses;

  bool isFirstClip() const { return value == site.gradient; }
};

/// Gradients that one clip op looks at.
struct Joint {
  std::string name;
  SmallVector<Target> targets;
  /// The clip goes before this op.
  Operation *point = nullptr;

  SmallVector<Value> getValues() const {
    return llvm::map_to_vector(
        targets, [](const Target &target) { return target.value; });
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Where it goes
//===----------------------------------------------------------------------===//

static bool isObservation(Operation *op) {
  return op->hasTrait<gradopt::Observation>();
}

/// The gradient behind its clips. A clip that is not all that uses the gradient
/// is a use like another one: then everything gets the new clip.
static Value skipClips(Value value) {
  while (true) {
    OpOperand *only = nullptr;
    for (OpOperand &use : value.getUses()) {
      if (isObservation(use.getOwner()))
        continue;
      if (only)
        return value;
      only = &use;
    }
    Value next = only ? getClipped(*only) : Value();
    if (!next)
      return value;
    value = next;
  }
}

/// The ops of the function that compute `values`.
static llvm::DenseSet<Operation *> getComputation(ArrayRef<Value> values) {
  llvm::DenseSet<Operation *> ops;
  SmallVector<Value> work(values);
  while (!work.empty()) {
    Operation *def = work.pop_back_val().getDefiningOp();
    if (!def || !ops.insert(def).second)
      continue;
    def->walk([&](Operation *nested) {
      llvm::append_range(work, nested->getOperands());
    });
  }
  return ops;
}

/// Finds the uses of a gradient that get the clipped value.
static LogicalResult findUses(FunctionOpInterface function,
                              const llvm::DenseSet<Operation *> &computation,
                              Target &target) {
  for (OpOperand &use : target.value.getUses())
    if (!isObservation(use.getOwner()))
      target.uses.push_back(&use);

  auto marker = target.site.gradient.getDefiningOp<GradientOp>();
  if (marker) {
    if (!target.isFirstClip())
      return success();
    // Other uses of what is marked belong to the computation of gradients.
    for (OpOperand &use : marker.getValue().getUses())
      if (isGradientUse(function, use))
        target.uses.push_back(&use);
    if (target.uses.empty() && marker.use_empty())
      return marker.emitError()
             << "the gradient of '" << target.site.name
             << "' is marked, but nothing uses the result of this op, so that "
                "a clip has no effect; use the result in place of the operand";
    return success();
  }

  // The update of a parameter, and the gradient of another one, may both be
  // computed from this value: only the user knows which is meant to be clipped.
  for (OpOperand *use : target.uses) {
    for (Operation *user = use->getOwner(); user != function;
         user = user->getParentOp()) {
      if (!computation.contains(user))
        continue;
      InFlightDiagnostic diag =
          emitError(target.value.getLoc())
          << "the gradient of '" << target.site.name
          << "' is also used to compute another gradient; mark it by "
             "'gradopt.gradient' and use the marked value where the clipped "
             "one is meant";
      diag.attachNote(use->getOwner()->getLoc()) << "it is used here";
      return diag;
    }
  }
  return success();
}

/// The first op that may use `value`.
static Operation *getFirstPoint(Value value) {
  if (Operation *def = value.getDefiningOp())
    return def->getNextNode();
  return &value.getParentBlock()->front();
}

/// Finds where the clip of these gradients goes.
static LogicalResult findPoint(Joint &joint, const DominanceInfo &dominance) {
  SmallVector<Value> values = joint.getValues();
  for (Target &last : joint.targets) {
    Operation *point = getFirstPoint(last.value);
    if (!point || !llvm::all_of(values, [&](Value value) {
          return dominance.properlyDominates(value, point);
        }))
      continue;
    joint.point = point;
    for (Target &target : joint.targets) {
      for (OpOperand *use : target.uses) {
        if (dominance.dominates(point, use->getOwner()))
          continue;
        InFlightDiagnostic diag =
            emitError(target.value.getLoc())
            << "the gradient of '" << target.site.name
            << "' is used before the point where it can be clipped, so this "
               "use would go unclipped; move the use after all gradients that "
               "are clipped together";
        diag.attachNote(use->getOwner()->getLoc()) << "it is used here";
        diag.attachNote(last.value.getLoc())
            << "the gradient of '" << last.site.name << "' is the last of them";
        return diag;
      }
    }
    return success();
  }
  return emitError(values.front().getLoc())
         << "the gradient of '" << joint.targets.front().site.name
         << "' cannot be clipped together with the others: there is no point "
            "where all of them have been computed";
}

/// Clips of a norm need one element type.
static LogicalResult checkElementTypes(const Joint &joint) {
  const Target &first = joint.targets.front();
  Type type = getElementTypeOrSelf(first.value.getType());
  for (const Target &target : joint.targets) {
    Type other = getElementTypeOrSelf(target.value.getType());
    if (other == type)
      continue;
    InFlightDiagnostic diag =
        emitError(target.value.getLoc())
        << "the gradient of '" << target.site.name << "' has elements of type "
        << other << " and is clipped together with that of '" << first.site.name
        << "' of type " << type << "; give all of them one type";
    diag.attachNote(first.value.getLoc())
        << "the gradient of '" << first.site.name << "'";
    return diag;
  }
  return success();
}

/// The gradients that each clip op looks at.
static SmallVector<Joint> getJoints(ArrayRef<GradientSite> sites,
                                    const ClipRequest &request) {
  SmallVector<Joint> joints;
  llvm::StringMap<unsigned> indices;
  for (const GradientSite &site : sites) {
    if (request.group && !matchesName(request.group.getMatch(), site.name))
      continue;
    // A gradient without a group is a group of its own. '/' keeps the names of
    // groups and gradients apart.
    std::string key = "/" + site.name, name = site.name;
    if (request.kind == ClipKind::global_norm)
      key = name = "global";
    else if (request.kind == ClipKind::group_norm && request.group)
      key = name = request.group.getName().str();
    else if (request.kind == ClipKind::group_norm && !site.group.empty())
      key = name = site.group;
    auto [entry, inserted] = indices.try_emplace(key, joints.size());
    if (inserted)
      joints.push_back({name, {}});
    joints[entry->second].targets.push_back(
        {site, skipClips(site.gradient), {}});
  }
  return joints;
}

//===----------------------------------------------------------------------===//
// Insertion
//===----------------------------------------------------------------------===//

/// The threshold of all clips of `request` in a function: an argument of a step
/// that gradopt made, else a constant.
static FailureOr<Value> buildThreshold(FunctionOpInterface function,
                                       const ClipRequest &request,
                                       Type elementType) {
  if (function->hasAttr(attr::kDifferentiated)) {
    std::string label = request.group ? "group." + request.group.getName().str()
                                      : stringifyClipKind(request.kind).str();
    return appendThreshold(function, label, request.threshold, elementType);
  }
  auto builder = OpBuilder::atBlockBegin(&function.getFunctionBody().front());
  auto value = DenseElementsAttr::get(
      RankedTensorType::get({}, elementType),
      builder.getFloatAttr(elementType, request.threshold));
  Location loc =
      withOrigin(function.getLoc(), "", "", "backward", kClippingPass);
  return Value(arith::ConstantOp::create(builder, loc, value));
}

/// Inserts the clip of `joint`; its results in order, and the norm if it
/// computes one.
static std::pair<SmallVector<Value>, Value>
buildClip(OpBuilder &builder, Location loc, const Joint &joint,
          const ClipRequest &request, Value threshold) {
  SmallVector<Value> values = joint.getValues();
  switch (request.kind) {
  case ClipKind::value: {
    auto clip = ClipByValueOp::create(builder, loc, values[0].getType(),
                                      values[0], threshold);
    return {{clip.getResult()}, Value()};
  }
  case ClipKind::norm: {
    auto clip = ClipByNormOp::create(builder, loc, values[0].getType(),
                                     threshold.getType(), request.p, values[0],
                                     threshold);
    return {{clip.getResult()}, clip.getNorm()};
  }
  case ClipKind::group_norm:
  case ClipKind::global_norm: {
    auto clip = ClipByGlobalNormOp::create(
        builder, loc, ValueRange(values).getTypes(), threshold.getType(),
        request.p, values, threshold);
    return {SmallVector<Value>(clip.getResults()), clip.getNorm()};
  }
  }
  llvm_unreachable("not a kind of clip");
}

LogicalResult mlir::gradopt::clipGradients(FunctionOpInterface function,
                                           const ClipRequest &request,
                                           llvm::Statistic &numClips) {
  bool differentiated = function->hasAttr(attr::kDifferentiated);
  SmallVector<GradientSite> sites = findGradients(function);
  if (failed(checkGradients(function, sites, /*inBody=*/differentiated)))
    return failure();

  auto gradients = llvm::map_to_vector(
      sites, [](const GradientSite &site) { return site.gradient; });
  llvm::DenseSet<Operation *> computation = getComputation(gradients);
  SmallVector<Joint> joints = getJoints(sites, request);
  if (joints.empty())
    return success();
  DominanceInfo dominance(function);
  for (Joint &joint : joints) {
    for (Target &target : joint.targets)
      if (failed(findUses(function, computation, target)))
        return failure();
    if (failed(checkElementTypes(joint)) || failed(findPoint(joint, dominance)))
      return failure();
  }

  FailureOr<Value> threshold =
      buildThreshold(function, request, getScalarType(gradients));
  if (failed(threshold))
    return failure();
  RecordNames records(function);
  for (Joint &joint : joints) {
    SmallVector<Value> values = joint.getValues();
    OpBuilder builder(joint.point);
    StringRef layer = joint.targets.size() == 1
                          ? StringRef(joint.targets.front().site.name)
                          : StringRef();
    Location loc = getOriginOf(values, layer, "backward", kClippingPass);
    auto [clipped, norm] = buildClip(builder, loc, joint, request, *threshold);
    for (auto [target, value] : llvm::zip_equal(joint.targets, clipped))
      for (OpOperand *use : target.uses)
        use->set(value);
    ++numClips;

    // A record tells the norm of the gradients as they are before any clip.
    bool first = llvm::all_of(joint.targets, [](const Target &target) {
      return target.isFirstClip();
    });
    if (norm && differentiated && first) {
      StringRef suffix = request.p == NormKind::l1     ? "_l1"
                         : request.p == NormKind::linf ? "_linf"
                                                       : "";
      records.record(builder, loc, "gradient/" + joint.name + "/norm" + suffix,
                     norm);
    }
  }
  return success();
}
