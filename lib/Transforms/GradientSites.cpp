//===- GradientSites.cpp - Where gradients are ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepEditing.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace mlir::gradopt;

Value mlir::gradopt::getClipOperand(OpResult result) {
  Operation *op = result.getOwner();
  if (auto clip = dyn_cast<ClipByValueOp>(op))
    return clip.getValue();
  if (auto clip = dyn_cast<ClipByNormOp>(op))
    return result == clip.getResult() ? clip.getValue() : Value();
  if (auto clip = dyn_cast<ClipByGlobalNormOp>(op))
    return result == clip.getNorm()
               ? Value()
               : clip.getValues()[result.getResultNumber()];
  return {};
}

Value mlir::gradopt::getClipThreshold(Operation *op) {
  if (auto clip = dyn_cast<ClipByValueOp>(op))
    return clip.getThreshold();
  if (auto clip = dyn_cast<ClipByNormOp>(op))
    return clip.getThreshold();
  if (auto clip = dyn_cast<ClipByGlobalNormOp>(op))
    return clip.getThreshold();
  return {};
}

Value mlir::gradopt::traceGradient(Value value) {
  Value marked;
  while (auto result = dyn_cast<OpResult>(value)) {
    if (auto marker = dyn_cast<GradientOp>(result.getOwner())) {
      marked = result;
      value = marker.getValue();
    } else if (Value operand = getClipOperand(result)) {
      value = operand;
    } else {
      break;
    }
  }
  return marked ? marked : value;
}

Value mlir::gradopt::getClipped(OpOperand &use) {
  for (OpResult result : use.getOwner()->getResults())
    if (getClipOperand(result) == use.get())
      return result;
  return {};
}

bool mlir::gradopt::isGradientUse(FunctionOpInterface function,
                                  OpOperand &use) {
  Operation *user = use.getOwner();
  if (auto update = dyn_cast<ParameterUpdateOpInterface>(user))
    return &update.getGradientMutable() == &use;
  return user->getParentOp() == function &&
         user->hasTrait<OpTrait::ReturnLike>() &&
         use.getOperandNumber() < function.getNumResults() &&
         function.getResultAttr(use.getOperandNumber(), attr::kGrad);
}

/// The group of a parameter: the part of its name before the last dot.
static StringRef getGroup(StringRef name) {
  size_t dot = name.rfind('.');
  return dot == StringRef::npos ? StringRef() : name.take_front(dot);
}

std::string mlir::gradopt::getParameterName(FunctionOpInterface function,
                                            ParameterUpdateOpInterface update) {
  auto arg = dyn_cast<BlockArgument>(update.getParameterMutable().get());
  if (!arg || arg.getOwner() != &function.getFunctionBody().front())
    return "parameter";
  auto role = getArgRole(function, arg.getArgNumber());
  if (role && role->role == Role::Param)
    return role->name.str();
  return ("arg" + Twine(arg.getArgNumber())).str();
}

SmallVector<GradientSite>
mlir::gradopt::findGradients(FunctionOpInterface function) {
  SmallVector<GradientSite> sites;
  if (function.isExternal())
    return sites;
  llvm::DenseSet<Value> known;
  llvm::StringSet<> names;
  auto add = [&](Value gradient, StringRef name, StringRef group) {
    if (!known.insert(gradient).second)
      return;
    std::string unique = name.str();
    for (unsigned n = 1; !names.insert(unique).second; ++n)
      unique = (name + "_" + Twine(n)).str();
    sites.push_back({gradient, std::move(unique), group.str()});
  };

  for (auto marker : function.getFunctionBody().getOps<GradientOp>()) {
    // One that marks a marked gradient again adds nothing.
    if (traceGradient(marker.getResult()) != marker.getResult())
      continue;
    add(marker.getResult(), marker.getOf(),
        marker.getGroup().value_or(getGroup(marker.getOf())));
  }
  // What a marker is given is the same gradient where it is used unmarked.
  for (GradientSite &site : sites)
    known.insert(
        traceGradient(site.gradient.getDefiningOp<GradientOp>().getValue()));

  for (Block &block : function.getFunctionBody()) {
    if (block.empty() || !block.back().hasTrait<OpTrait::ReturnLike>())
      continue;
    for (OpOperand &use : block.back().getOpOperands()) {
      if (!isGradientUse(function, use))
        continue;
      auto name = function.getResultAttrOfType<StringAttr>(
          use.getOperandNumber(), attr::kGrad);
      if (name)
        add(traceGradient(use.get()), name, getGroup(name));
    }
  }

  function.walk([&](ParameterUpdateOpInterface update) {
    std::string name = getParameterName(function, update);
    add(traceGradient(update.getGradientMutable().get()), name, getGroup(name));
  });
  return sites;
}

const GradientSite &mlir::gradopt::findSite(ArrayRef<GradientSite> sites,
                                            Value value) {
  Value gradient = traceGradient(value);
  const GradientSite *site =
      llvm::find_if(sites, [&](const GradientSite &site) {
        auto marker = site.gradient.getDefiningOp<GradientOp>();
        return site.gradient == gradient ||
               (marker && traceGradient(marker.getValue()) == gradient);
      });
  assert(site != sites.end() && "not a gradient of this function");
  return *site;
}

/// One value that is returned as two gradients is one operand of a joint clip:
/// the norm would be too small. Marked, it is two values.
static LogicalResult checkDistinct(FunctionOpInterface function) {
  Region &body = function.getFunctionBody();
  if (body.empty())
    return success();
  Operation *returnOp = body.back().getTerminator();
  llvm::DenseMap<Value, StringRef> names;
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
    auto name = function.getResultAttrOfType<StringAttr>(i, attr::kGrad);
    if (!name || i >= returnOp->getNumOperands())
      continue;
    auto [known, isNew] =
        names.try_emplace(returnOp->getOperand(i), name.getValue());
    if (!isNew)
      return emitError(returnOp->getLoc())
             << "one value is returned as the gradients of '" << known->second
             << "' and '" << name.getValue()
             << "'; give each its own 'gradopt.gradient', so that both count";
  }
  return success();
}

LogicalResult mlir::gradopt::checkGradients(FunctionOpInterface function,
                                            ArrayRef<GradientSite> sites,
                                            bool inBody) {
  if (failed(checkDistinct(function)))
    return failure();
  for (const GradientSite &site : sites) {
    auto type = dyn_cast<RankedTensorType>(site.gradient.getType());
    if (!type ||
        !(type.getElementType().isF32() || type.getElementType().isF64()))
      return emitError(site.gradient.getLoc())
             << "the gradient of '" << site.name << "' has type "
             << site.gradient.getType()
             << "; gradients are ranked tensors of f32 or f64";
    Value gradient = site.gradient;
    if (inBody && gradient.getParentRegion() != &function.getFunctionBody())
      return emitError(site.gradient.getLoc())
             << "the gradient of '" << site.name
             << "' is computed inside another op's region, where nothing can "
                "be recorded; move it to the body of '"
             << function.getName() << "'";
  }
  return success();
}

LogicalResult mlir::gradopt::emitNoGradients(ModuleOp module) {
  return emitError(module.getLoc())
         << "no gradients found: run gradopt-differentiate, or mark each "
            "gradient by 'gradopt.gradient' or the result that returns it by "
            "'gradopt.grad = \"PARAMETER\"'";
}
