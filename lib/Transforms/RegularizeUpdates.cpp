//===- RegularizeUpdates.cpp - Decay and bounds behind updates ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Regularization.h"
#include "gradopt/IR/Groups.h"
#include "gradopt/IR/Origins.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <limits>

using namespace mlir;
using namespace mlir::gradopt;
using utils::IteratorType;

static constexpr StringLiteral kPass = "gradopt-insert-regularization";

//===----------------------------------------------------------------------===//
// Building blocks
//===----------------------------------------------------------------------===//

static Value buildNumber(ImplicitLocOpBuilder &b, double value, Type type) {
  return arith::ConstantOp::create(b, b.getFloatAttr(type, value));
}

static Value widen(ImplicitLocOpBuilder &b, Value value) {
  if (value.getType().isF64())
    return value;
  return arith::ExtFOp::create(b, b.getF64Type(), value);
}

static Value narrow(ImplicitLocOpBuilder &b, Value value, Type type) {
  if (value.getType() == type)
    return value;
  return arith::TruncFOp::create(b, type, value);
}

using BodyFn = function_ref<Value(ImplicitLocOpBuilder &, ValueRange)>;

/// A generic over `inputs` and the result `init`, with a map for each. The body
/// gets an element of each of them, and returns the one of the result.
static Value buildGeneric(ImplicitLocOpBuilder &b, ValueRange inputs,
                          Value init, ArrayRef<AffineMap> maps,
                          ArrayRef<IteratorType> iterators, BodyFn body) {
  return linalg::GenericOp::create(
             b, init.getType(), inputs, init, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               ImplicitLocOpBuilder inner(loc, builder);
               linalg::YieldOp::create(inner, body(inner, args));
             })
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// Decoupled decay
//===----------------------------------------------------------------------===//

/// The learning rate by which `update` goes: an argument of the function that
/// is called so.
static Value findLearningRate(FunctionOpInterface function,
                              ParameterUpdateOpInterface update) {
  for (Value operand : update->getOperands()) {
    auto arg = dyn_cast<BlockArgument>(operand);
    if (!arg || arg.getOwner() != &function.getFunctionBody().front())
      continue;
    auto role = getArgRole(function, arg.getArgNumber());
    if (role && role->role == Role::Hyper &&
        (role->name == "learning_rate" ||
         role->name.starts_with("learning_rate.")))
      return arg;
  }
  return {};
}

/// `value` − rate · weight · `old`.
static Value buildDecay(ImplicitLocOpBuilder &b, Value value, Value old,
                        Value rate, double weight) {
  auto type = cast<RankedTensorType>(value.getType());
  Value scalar = tensor::ExtractOp::create(b, rate, ValueRange());
  Value product = arith::MulFOp::create(b, widen(b, scalar),
                                        buildNumber(b, weight, b.getF64Type()));
  Value factor = narrow(b, product, type.getElementType());

  unsigned rank = type.getRank();
  AffineMap identity = b.getMultiDimIdentityMap(rank);
  AffineMap none = AffineMap::get(rank, 0, b.getContext());
  Value empty =
      tensor::EmptyOp::create(b, type.getShape(), type.getElementType());
  return buildGeneric(
      b, {value, old, factor}, empty, {identity, identity, none, identity},
      SmallVector<IteratorType>(rank, IteratorType::parallel),
      [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        Value decay = arith::MulFOp::create(b, args[2], args[1]);
        return arith::SubFOp::create(b, args[0], decay);
      });
}

//===----------------------------------------------------------------------===//
// Bounds of columns
//===----------------------------------------------------------------------===//

/// `value` with each column whose l2 norm is above `bound` scaled down to it. A
/// column that is not finite stays as it is, for the step's check to find.
static Value buildMaxNorm(ImplicitLocOpBuilder &b, Value value, double bound) {
  auto type = cast<RankedTensorType>(value.getType());
  Type f64 = b.getF64Type();
  AffineMap identity = b.getMultiDimIdentityMap(2);
  AffineMap column = identity.getMinorSubMap(1);
  auto sumsType = RankedTensorType::get(type.getShape().back(), f64);
  Value zeros =
      arith::ConstantOp::create(b, DenseElementsAttr::get(sumsType, 0.0));
  Value squares =
      buildGeneric(b, value, zeros, {identity, column},
                   {IteratorType::reduction, IteratorType::parallel},
                   [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                     Value wide = widen(b, args[0]);
                     Value square = arith::MulFOp::create(b, wide, wide);
                     return arith::AddFOp::create(b, args[1], square);
                   });

  Value limit = buildNumber(b, bound, f64);
  Value infinity = buildNumber(b, std::numeric_limits<double>::infinity(), f64);
  AffineMap line = b.getMultiDimIdentityMap(1);
  // 1, to which no quotient of the bound and a larger norm rounds, where the
  // column stays.
  Value one = buildNumber(b, 1.0, f64);
  Value factors = buildGeneric(
      b, squares, tensor::EmptyOp::create(b, sumsType.getShape(), f64),
      {line, line}, IteratorType::parallel,
      [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        Value norm = math::SqrtOp::create(b, args[0]);
        Value longer =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, norm, limit);
        Value finite =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, norm, infinity);
        Value scales = arith::AndIOp::create(b, longer, finite);
        Value quotient = arith::DivFOp::create(b, limit, norm);
        return arith::SelectOp::create(b, scales, quotient, one);
      });

  Value empty =
      tensor::EmptyOp::create(b, type.getShape(), type.getElementType());
  return buildGeneric(
      b, {value, factors}, empty, {identity, column, identity},
      {IteratorType::parallel, IteratorType::parallel},
      [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        Value product = arith::MulFOp::create(b, widen(b, args[0]), args[1]);
        Value scaled = narrow(b, product, type.getElementType());
        Value stays =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, args[1], one);
        return arith::SelectOp::create(b, stays, args[0], scaled);
      });
}

//===----------------------------------------------------------------------===//
// All updates
//===----------------------------------------------------------------------===//

namespace {
/// What comes behind the update of one parameter.
struct Behind {
  double decay = 0.0;
  SmallVector<double> bounds;
};
} // namespace

/// What the recipe says about a parameter; adds the regularizers that match it
/// to `used`.
static Behind findBehind(RecipeOp recipe, ArrayRef<Attribute> regularizers,
                         StringRef name, RankedTensorType type,
                         llvm::SmallPtrSetImpl<Attribute> &used) {
  Behind behind;
  GroupAttr group = findGroup(recipe.getGroupsAttr(), name);
  FloatAttr own = group ? group.getWeightDecay() : FloatAttr();
  for (Attribute regularizer : regularizers) {
    if (auto decay = dyn_cast<DecoupledDecayAttr>(regularizer)) {
      if (!matchesName(decay.getMatch(), name))
        continue;
      used.insert(regularizer);
      if (!own)
        behind.decay += decay.getWeight().getValueAsDouble();
      continue;
    }
    auto bound = cast<MaxNormAttr>(regularizer);
    if (type.getRank() != 2 || !matchesName(bound.getMatch(), name))
      continue;
    used.insert(regularizer);
    behind.bounds.push_back(bound.getWeight().getValueAsDouble());
  }
  if (own)
    behind.decay = own.getValueAsDouble();
  return behind;
}

/// The name of the parameter that is updated, if it is an argument with one.
static std::optional<StringRef> getName(FunctionOpInterface function,
                                        ParameterUpdateOpInterface update) {
  auto arg = dyn_cast<BlockArgument>(update.getParameterMutable().get());
  if (!function || !arg ||
      arg.getOwner() != &function.getFunctionBody().front())
    return std::nullopt;
  auto role = getArgRole(function, arg.getArgNumber());
  if (!role || role->role != Role::Param)
    return std::nullopt;
  return role->name;
}

FailureOr<unsigned>
mlir::gradopt::regularizeUpdates(RecipeOp recipe,
                                 ArrayRef<ParameterUpdateOpInterface> updates,
                                 ArrayRef<Attribute> regularizers) {
  unsigned inserted = 0;
  llvm::SmallPtrSet<Attribute, 4> used;
  for (ParameterUpdateOpInterface update : updates) {
    auto function = update->getParentOfType<FunctionOpInterface>();
    std::optional<StringRef> name = getName(function, update);
    OpResult result = update.getUpdatedParameter();
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!name || !type)
      continue;
    Behind behind = findBehind(recipe, regularizers, *name, type, used);

    SmallVector<OpOperand *> uses;
    for (OpOperand &use : result.getUses())
      uses.push_back(&use);
    ImplicitLocOpBuilder b(withOrigin(update->getLoc(), *name, "", "", kPass),
                           update->getContext());
    b.setInsertionPointAfter(update);
    Value value = result;
    if (behind.decay != 0.0) {
      Value rate = findLearningRate(function, update);
      if (!rate)
        return update->emitError()
               << "the decoupled decay of '" << *name
               << "' needs the learning rate of its update as an argument "
                  "gradopt.hyper = \"learning_rate\"";
      value = buildDecay(b, value, update.getParameterMutable().get(), rate,
                         behind.decay);
      ++inserted;
    }
    for (double bound : behind.bounds) {
      value = buildMaxNorm(b, value, bound);
      ++inserted;
    }
    for (OpOperand *use : uses)
      use->set(value);
  }
  for (Attribute regularizer : regularizers)
    if (!used.contains(regularizer))
      return recipe.emitError() << regularizer
                                << " matches no parameter that is updated; "
                                   "leave it out";
  return inserted;
}
