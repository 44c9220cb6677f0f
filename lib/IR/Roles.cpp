//===- Roles.cpp - Named arguments and results of a model or step ---------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/Roles.h"

using namespace mlir;
using namespace mlir::gradopt;

static constexpr Role kRoles[] = {
    Role::Input,     Role::Param,     Role::State,  Role::OptimizerState,
    Role::StepCount, Role::ClipState, Role::Hyper,  Role::Random,
    Role::Loss,      Role::Metric,    Role::Output, Role::Grad};

StringRef mlir::gradopt::getRoleAttrName(Role role) {
  switch (role) {
  case Role::Input:
    return attr::kInput;
  case Role::Param:
    return attr::kParam;
  case Role::State:
    return attr::kState;
  case Role::OptimizerState:
    return attr::kOptimizerState;
  case Role::StepCount:
    return attr::kStepCount;
  case Role::ClipState:
    return attr::kClipState;
  case Role::Hyper:
    return attr::kHyper;
  case Role::Random:
    return attr::kRandom;
  case Role::Loss:
    return attr::kLoss;
  case Role::Metric:
    return attr::kMetric;
  case Role::Output:
    return attr::kOutput;
  case Role::Grad:
    return attr::kGrad;
  case Role::Record:
    // The entries of the record have names of their own, no attribute.
    return "";
  }
  llvm_unreachable("not a role");
}

std::optional<NamedRole> mlir::gradopt::getRole(DictionaryAttr attributes) {
  if (!attributes)
    return std::nullopt;
  for (Role role : kRoles) {
    Attribute value = attributes.get(getRoleAttrName(role));
    if (auto name = dyn_cast_or_null<StringAttr>(value))
      return NamedRole{role, name.getValue()};
    if (auto param = dyn_cast_or_null<ParamAttr>(value))
      return NamedRole{role, param.getName()};
    if (value)
      return NamedRole{role, ""};
  }
  return std::nullopt;
}

std::optional<NamedRole> mlir::gradopt::getArgRole(FunctionOpInterface function,
                                                   unsigned index) {
  return getRole(function.getArgAttrDict(index));
}

std::optional<NamedRole>
mlir::gradopt::getResultRole(FunctionOpInterface function, unsigned index) {
  return getRole(function.getResultAttrDict(index));
}

std::optional<unsigned> mlir::gradopt::findArg(FunctionOpInterface function,
                                               NamedRole role) {
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
    if (getArgRole(function, i) == role)
      return i;
  return std::nullopt;
}

std::optional<unsigned> mlir::gradopt::findResult(FunctionOpInterface function,
                                                  NamedRole role) {
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i)
    if (getResultRole(function, i) == role)
      return i;
  return std::nullopt;
}

SmallVector<SizeKind> mlir::gradopt::getSizeKinds(ShapedType type, Role role,
                                                  StringAttr letters) {
  SmallVector<SizeKind> kinds;
  unsigned dynamic = 0;
  for (auto [index, size] : llvm::enumerate(type.getShape())) {
    if (!ShapedType::isDynamic(size)) {
      kinds.push_back(SizeKind::Static);
      continue;
    }
    bool time = letters ? letters.getValue()[dynamic] == 'T'
                        : index == 0 && role != Role::State;
    kinds.push_back(time ? SizeKind::Time : SizeKind::Batch);
    ++dynamic;
  }
  return kinds;
}
