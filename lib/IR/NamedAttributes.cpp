//===- NamedAttributes.cpp - Verification of named attributes -------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptDialect.h"
#include "gradopt/IR/Policies.h"
#include "gradopt/IR/Roles.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// An argument or a result of a function.
struct Place {
  // The interface's methods are not const.
  mutable FunctionOpInterface function;
  bool isResult;
  unsigned index;

  DictionaryAttr getAttributes() const {
    return isResult ? function.getResultAttrDict(index)
                    : function.getArgAttrDict(index);
  }
  Type getType() const {
    return isResult ? function.getResultTypes()[index]
                    : function.getArgumentTypes()[index];
  }
  StringRef getKind() const { return isResult ? "result" : "argument"; }
  InFlightDiagnostic emitError() const {
    return function->emitOpError() << getKind() << " #" << index << ": ";
  }
};

enum class ValueKind { String, Unit, Param };
/// Which sizes may be dynamic.
enum class Sizes {
  /// None.
  Static,
  /// None, since there are no dimensions.
  Scalar,
  /// The first, which is the batch.
  Batch,
  /// The first, which is time, and the second, which is the batch.
  TimeAndBatch
};
enum class Elements { Any, Float, I64 };

struct RoleRule {
  Role role;
  ValueKind value;
  bool onArgument, onResult;
  Elements elements;
  Sizes sizes;
};
} // namespace

// The table in the dialect's description, and what the runtime can hold.
static constexpr RoleRule kRules[] = {
    {Role::Input, ValueKind::String, true, false, Elements::Any,
     Sizes::TimeAndBatch},
    {Role::Param, ValueKind::Param, true, true, Elements::Float, Sizes::Static},
    {Role::State, ValueKind::String, true, true, Elements::Any, Sizes::Batch},
    {Role::Random, ValueKind::Unit, true, false, Elements::I64, Sizes::Static},
    {Role::Hyper, ValueKind::String, true, false, Elements::Float,
     Sizes::Scalar},
    {Role::OptimizerState, ValueKind::String, true, true, Elements::Any,
     Sizes::Static},
    {Role::StepCount, ValueKind::Unit, true, true, Elements::I64,
     Sizes::Scalar},
    {Role::ClipState, ValueKind::String, true, true, Elements::Any,
     Sizes::Static},
    {Role::Loss, ValueKind::Unit, false, true, Elements::Float, Sizes::Scalar},
    {Role::Metric, ValueKind::String, false, true, Elements::Any,
     Sizes::Scalar},
    {Role::Output, ValueKind::String, false, true, Elements::Any,
     Sizes::TimeAndBatch},
    {Role::Grad, ValueKind::String, false, true, Elements::Float,
     Sizes::Static},
};

static const RoleRule *findRule(StringRef attribute) {
  for (const RoleRule &rule : kRules)
    if (getRoleAttrName(rule.role) == attribute)
      return &rule;
  return nullptr;
}

static bool sameShape(Type lhs, Type rhs) {
  auto left = cast<ShapedType>(lhs), right = cast<ShapedType>(rhs);
  return left.getShape() == right.getShape() &&
         left.getElementType() == right.getElementType();
}

//===----------------------------------------------------------------------===//
// One attribute and its value's type
//===----------------------------------------------------------------------===//

static LogicalResult verifyValue(const Place &place, const RoleRule &rule,
                                 NamedAttribute attribute) {
  StringRef name = attribute.getName();
  switch (rule.value) {
  case ValueKind::Unit:
    if (!isa<UnitAttr>(attribute.getValue()))
      return place.emitError() << name << " is a mark and has no value, got "
                               << attribute.getValue();
    return success();
  case ValueKind::Param:
    if (!isa<ParamAttr>(attribute.getValue()))
      return place.emitError()
             << name << " must be #gradopt.param<\"name\", …>, got "
             << attribute.getValue();
    return success();
  case ValueKind::String:
    auto value = dyn_cast<StringAttr>(attribute.getValue());
    if (!value)
      return place.emitError() << name << " must be a name in quotes, got "
                               << attribute.getValue();
    if (value.empty())
      return place.emitError() << name << " must not be an empty name";
    return success();
  }
  llvm_unreachable("not a kind of value");
}

/// What `place` should be, for messages: "a tensor of f32 or f64 …".
static std::string describe(const RoleRule &rule) {
  if (rule.role == Role::Random)
    return "tensor<2xi64>";
  StringRef elements = rule.elements == Elements::Float ? "f32 or f64"
                       : rule.elements == Elements::I64
                           ? "i64"
                           : "f32, f64, i1, i32 or i64";
  std::string text = (rule.sizes == Sizes::Scalar ? "a scalar (tensor without "
                                                    "dimensions) of "
                                                  : "a ranked tensor of ") +
                     elements.str();
  if (rule.sizes == Sizes::Static)
    text += " with static sizes";
  return text;
}

static bool isAllowedElement(Elements elements, Type type) {
  bool isFloat = type.isF32() || type.isF64();
  switch (elements) {
  case Elements::Float:
    return isFloat;
  case Elements::I64:
    return type.isSignlessInteger(64);
  case Elements::Any:
    return isFloat || type.isSignlessInteger(1) || type.isSignlessInteger(32) ||
           type.isSignlessInteger(64);
  }
  llvm_unreachable("not a set of elements");
}

static LogicalResult verifyType(const Place &place, const RoleRule &rule,
                                StringRef name) {
  // A bufferized step keeps the names on memrefs.
  auto type = dyn_cast<ShapedType>(place.getType());
  bool isAllowed = type && isa<RankedTensorType, MemRefType>(type) &&
                   isAllowedElement(rule.elements, type.getElementType());
  if (isAllowed && rule.sizes == Sizes::Scalar)
    isAllowed = type.getRank() == 0;
  if (isAllowed && rule.sizes == Sizes::Static)
    isAllowed = type.hasStaticShape();
  if (isAllowed && rule.role == Role::Random)
    isAllowed = type.getShape() == ArrayRef<int64_t>{2};
  if (!isAllowed) {
    if (rule.role == Role::Loss)
      return place.emitError() << "a loss that is no scalar: it must be "
                                  "tensor<f32> or tensor<f64>, got "
                               << place.getType();
    return place.emitError() << name << " must be " << describe(rule)
                             << ", got " << place.getType();
  }

  // With gradopt.dims the sizes are verified there.
  if (place.getAttributes().contains(attr::kDims))
    return success();
  int64_t numDynamic = rule.sizes == Sizes::Batch          ? 1
                       : rule.sizes == Sizes::TimeAndBatch ? 2
                                                           : 0;
  for (int64_t i = numDynamic; i < type.getRank(); ++i)
    if (type.isDynamicDim(i))
      return place.emitError()
             << "dimension #" << i << " of " << place.getType()
             << " must be static: only sizes of time and batch may be dynamic; "
                "if it is one of these, say so with gradopt.dims";
  return success();
}

/// The shape that a parameter's initializer needs.
static LogicalResult verifyInitializer(const Place &place, ParamAttr param) {
  ArrayRef<int64_t> shape = cast<ShapedType>(place.getType()).getShape();
  StringRef need;
  switch (param.getInit()) {
  case Initializer::zeros:
  case Initializer::constant:
  case Initializer::uniform:
  case Initializer::normal:
  case Initializer::truncated_normal:
    break;
  case Initializer::xavier:
  case Initializer::he:
    if (shape.empty())
      need = "at least one dimension";
    break;
  case Initializer::orthogonal:
    if (shape.size() < 2)
      need = "at least two dimensions";
    break;
  case Initializer::identity:
    if (shape.size() != 2)
      need = "two dimensions";
    break;
  case Initializer::forget_bias:
    if (shape.size() != 1 || shape.back() % 4 != 0)
      need = "one dimension, which 4, the number of gates, divides";
    break;
  }
  if (need.empty())
    return success();
  return place.emitError() << "the initializer "
                           << stringifyInitializer(param.getInit())
                           << " of parameter \"" << param.getName()
                           << "\" needs " << need << ", got "
                           << place.getType();
}

//===----------------------------------------------------------------------===//
// What an attribute refers to
//===----------------------------------------------------------------------===//

static LogicalResult verifyUnique(const Place &place, NamedRole role) {
  for (unsigned i = 0; i < place.index; ++i) {
    Place other{place.function, place.isResult, i};
    if (!(getRole(other.getAttributes()) == role))
      continue;
    StringRef attribute = getRoleAttrName(role.role);
    if (role.name.empty())
      return place.emitError() << attribute << " stands on " << place.getKind()
                               << " #" << i << " already";
    return place.emitError()
           << attribute << " \"" << role.name << "\" is the name of "
           << place.getKind() << " #" << i
           << " already: a name must be unique in its role";
  }
  return success();
}

/// A result that is the next value of an argument has that argument's type.
static LogicalResult verifyUpdatedValue(const Place &place, NamedRole role) {
  std::optional<unsigned> old = findArg(place.function, role);
  StringRef attribute = getRoleAttrName(role.role);
  if (!old) {
    InFlightDiagnostic diag = place.emitError() << attribute;
    if (!role.name.empty())
      diag << " \"" << role.name << "\"";
    return diag << " is the next value of an argument, but no argument has "
                   "this attribute";
  }
  Type oldType = place.function.getArgumentTypes()[*old];
  if (!isa<ShapedType>(oldType) || !sameShape(oldType, place.getType()))
    return place.emitError() << "is the next value of argument #" << *old
                             << " and must have its type " << oldType
                             << ", got " << place.getType();
  return success();
}

static LogicalResult verifyGradient(const Place &place, NamedRole role) {
  std::optional<unsigned> param =
      findArg(place.function, {Role::Param, role.name});
  if (!param)
    return place.emitError()
           << attr::kGrad << " names no parameter: there is "
           << "no argument gradopt.param \"" << role.name << "\"";
  Type type = place.function.getArgumentTypes()[*param];
  if (!isa<ShapedType>(type) || !sameShape(type, place.getType()))
    return place.emitError() << "the gradient of \"" << role.name
                             << "\" must have the parameter's type " << type
                             << ", got " << place.getType();
  return success();
}

static LogicalResult verifyOptimizerState(const Place &place, NamedRole role) {
  auto [param, slot] = role.name.rsplit('/');
  if (param.empty() || slot.empty())
    return place.emitError()
           << attr::kOptimizerState
           << " must read \"parameter/slot\", such as \"lstm.weight_hh/m\", "
              "got \""
           << role.name << "\"";
  if (!findArg(place.function, {Role::Param, param}))
    return place.emitError()
           << attr::kOptimizerState << " names no parameter: there is no "
           << "argument gradopt.param \"" << param << "\"";
  return success();
}

/// A function with a loss is a model or a step, and everything in it is found
/// by its name.
static LogicalResult verifyAllArgumentsNamed(FunctionOpInterface function) {
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
    if (!getArgRole(function, i))
      return function->emitOpError()
             << "argument #" << i
             << " has no name: each argument of a model needs one of "
                "gradopt.input, gradopt.param, gradopt.state, gradopt.random "
                "and gradopt.hyper";
  return success();
}

//===----------------------------------------------------------------------===//
// Attributes beside a role
//===----------------------------------------------------------------------===//

static LogicalResult verifyInit(const Place &place, Attribute value) {
  if (place.isResult || !place.getAttributes().contains(attr::kHyper))
    return place.emitError()
           << attr::kInit << " belongs to an argument with gradopt.hyper";
  auto number = dyn_cast<FloatAttr>(value);
  if (!number || number.getValue().isNaN())
    return place.emitError()
           << attr::kInit << " must be a floating-point number, got " << value;
  return success();
}

static LogicalResult verifyDims(const Place &place, Attribute value) {
  std::optional<NamedRole> role = getRole(place.getAttributes());
  if (!role || (role->role != Role::Input && role->role != Role::Output &&
                role->role != Role::State))
    return place.emitError()
           << attr::kDims
           << " belongs to a gradopt.input, gradopt.output or gradopt.state";
  auto letters = dyn_cast<StringAttr>(value);
  StringRef allowed = role->role == Role::State ? "B" : "TB";
  if (!letters ||
      letters.getValue().find_first_not_of(allowed) != StringRef::npos)
    return place.emitError()
           << attr::kDims << " must be a string of the letters "
           << (role->role == Role::State ? "B (a state has no time)"
                                         : "T and B")
           << ", got " << value;
  // A type without rank is an error of the role.
  auto type = dyn_cast<ShapedType>(place.getType());
  if (!type || !type.hasRank())
    return success();
  if (letters.size() != static_cast<size_t>(type.getNumDynamicDims()))
    return place.emitError()
           << attr::kDims << " has " << letters.size()
           << " letters, but the number of dynamic dimensions of "
           << place.getType() << " is " << type.getNumDynamicDims();
  return success();
}

//===----------------------------------------------------------------------===//
// The dialect's hooks
//===----------------------------------------------------------------------===//

static LogicalResult verifyPlace(const Place &place, NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == attr::kInit)
    return verifyInit(place, attribute.getValue());
  if (name == attr::kDims)
    return verifyDims(place, attribute.getValue());

  const RoleRule *rule = findRule(name);
  if (!rule)
    return place.emitError()
           << name << " is not an attribute of arguments or results";
  if (!(place.isResult ? rule->onResult : rule->onArgument))
    return place.emitError() << name << " belongs to "
                             << (place.isResult ? "an argument, not a result"
                                                : "a result, not an argument");
  if (failed(verifyValue(place, *rule, attribute)) ||
      failed(verifyType(place, *rule, name)))
    return failure();

  NamedRole role = *getRole(place.getAttributes());
  if (role.role != rule->role)
    return place.emitError() << "has both " << getRoleAttrName(role.role)
                             << " and " << name << ": it can be only one";
  if (failed(verifyUnique(place, role)))
    return failure();
  if (auto param = dyn_cast<ParamAttr>(attribute.getValue());
      param && failed(verifyInitializer(place, param)))
    return failure();
  if (role.role == Role::OptimizerState &&
      failed(verifyOptimizerState(place, role)))
    return failure();
  if (place.isResult && rule->onArgument)
    return verifyUpdatedValue(place, role);
  if (role.role == Role::Grad)
    return verifyGradient(place, role);
  if (role.role == Role::Loss)
    return verifyAllArgumentsNamed(place.function);
  return success();
}

LogicalResult
GradOptDialect::verifyRegionArgAttribute(Operation *op, unsigned regionIndex,
                                         unsigned argIndex,
                                         NamedAttribute attribute) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return op->emitOpError()
           << attribute.getName() << " belongs to an argument of a function";
  return verifyPlace({function, /*isResult=*/false, argIndex}, attribute);
}

LogicalResult
GradOptDialect::verifyRegionResultAttribute(Operation *op, unsigned regionIndex,
                                            unsigned resultIndex,
                                            NamedAttribute attribute) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return op->emitOpError()
           << attribute.getName() << " belongs to a result of a function";
  return verifyPlace({function, /*isResult=*/true, resultIndex}, attribute);
}

LogicalResult
GradOptDialect::verifyOperationAttribute(Operation *op,
                                         NamedAttribute attribute) {
  StringRef name = attribute.getName();
  const bool isPolicy = name == attr::kOnNonfinite ||
                        name == attr::kOnOverflow ||
                        name == attr::kOnDivergence;
  if (isPolicy || name == attr::kDifferentiated ||
      name == attr::kPolicyOptions || name == attr::kSchedule ||
      name == attr::kAccumulate) {
    if (!isa<FunctionOpInterface>(op))
      return op->emitOpError() << name << " belongs to a function";
    if (name == attr::kDifferentiated && !isa<UnitAttr>(attribute.getValue()))
      return op->emitOpError() << name << " is a mark and has no value, got "
                               << attribute.getValue();
    if (name == attr::kSchedule && !isa<ScheduleAttr>(attribute.getValue()))
      return op->emitOpError() << name << " must be #gradopt.schedule<…>, got "
                               << attribute.getValue();
    if (name == attr::kAccumulate) {
      auto batches = dyn_cast<IntegerAttr>(attribute.getValue());
      if (!batches || !batches.getType().isSignlessInteger(64) ||
          batches.getInt() < 1)
        return op->emitOpError()
               << name << " must be a number of batches "
               << "(i64) of at least 1, got " << attribute.getValue();
    }
    if (isPolicy && !isa<PolicyAttr>(attribute.getValue()))
      return op->emitOpError()
             << name << " must be #gradopt.policy<…> of " << kPolicyNames
             << ", got " << attribute.getValue();
    if (name == attr::kPolicyOptions &&
        !isa<PolicyOptionsAttr>(attribute.getValue()))
      return op->emitOpError()
             << name << " must be #gradopt.policy_options<…>, got "
             << attribute.getValue();
    return success();
  }
  if (name == attr::kKernel) {
    if (!isa<KernelAttr>(attribute.getValue()))
      return op->emitOpError() << name << " must be #gradopt.kernel<…>, got "
                               << attribute.getValue();
    return success();
  }
  if (findRule(name) || name == attr::kInit || name == attr::kDims)
    return op->emitOpError()
           << name << " belongs to an argument or a result of a function";
  return op->emitOpError() << "unknown attribute " << name
                           << " of the gradopt dialect";
}
