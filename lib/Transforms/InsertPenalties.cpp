//===- InsertPenalties.cpp - l1 and l2 penalties of the loss --------------===//
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
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace mlir::gradopt;
using utils::IteratorType;

static constexpr StringLiteral kPass = "gradopt-insert-regularization";

static Value buildZeros(ImplicitLocOpBuilder &b, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, b.getF64Type());
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, 0.0));
}

/// Adds what `element` makes of each element, as f64, to `init`: over all
/// dimensions but the last `kept`.
static Value
buildSum(ImplicitLocOpBuilder &b, Value tensor, Value init, unsigned kept,
         function_ref<Value(ImplicitLocOpBuilder &, Value)> element) {
  unsigned rank = cast<RankedTensorType>(tensor.getType()).getRank();
  llvm::SmallBitVector reduced(rank, true);
  reduced.reset(rank - kept, rank);
  SmallVector<IteratorType> iterators(rank, IteratorType::parallel);
  for (unsigned dimension : reduced.set_bits())
    iterators[dimension] = IteratorType::reduction;
  AffineMap identity = b.getMultiDimIdentityMap(rank);
  return linalg::GenericOp::create(
             b, init.getType(), tensor, init,
             ArrayRef<AffineMap>{identity, identity.dropResults(reduced)},
             iterators,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               ImplicitLocOpBuilder inner(loc, builder);
               Value wide = args[0];
               if (!wide.getType().isF64())
                 wide = arith::ExtFOp::create(inner, inner.getF64Type(), wide);
               Value next =
                   arith::AddFOp::create(inner, args[1], element(inner, wide));
               linalg::YieldOp::create(inner, next);
             })
      .getResult(0);
}

/// Σ |p| or Σ p² of a parameter plus `total`, in f64: first over all dimensions
/// but the last, which vectorizes, then over that in order.
static Value buildPenaltySum(ImplicitLocOpBuilder &b, Attribute penalty,
                             Value parameter, Value total) {
  auto element = [&](ImplicitLocOpBuilder &b, Value x) -> Value {
    if (isa<L1Attr>(penalty))
      return math::AbsFOp::create(b, x);
    return arith::MulFOp::create(b, x, x);
  };
  auto type = cast<RankedTensorType>(parameter.getType());
  if (type.getRank() < 2)
    return buildSum(b, parameter, total, /*kept=*/0, element);
  Value partial = buildSum(b, parameter, buildZeros(b, type.getShape().back()),
                           /*kept=*/1, element);
  return buildSum(b, partial, total, /*kept=*/0,
                  [](ImplicitLocOpBuilder &, Value x) { return x; });
}

/// The penalty of the parameters that match and are trained; null if there are
/// none.
static Value buildPenalty(ImplicitLocOpBuilder &b, RecipeOp recipe,
                          func::FuncOp model, Attribute penalty) {
  auto l1 = dyn_cast<L1Attr>(penalty);
  auto l2 = dyn_cast<L2Attr>(penalty);
  StringRef match = l1 ? l1.getMatch() : l2.getMatch();
  double weight = l1 ? l1.getWeight().getValueAsDouble()
                     : l2.getWeight().getValueAsDouble() / 2.0;
  Value sum;
  for (BlockArgument arg : model.getArguments()) {
    auto param =
        model.getArgAttrOfType<ParamAttr>(arg.getArgNumber(), attr::kParam);
    if (!param || !matchesName(match, param.getName()))
      continue;
    GroupAttr group = findGroup(recipe.getGroupsAttr(), param.getName());
    if (group && group.getFrozen())
      continue;
    if (!sum)
      sum = buildZeros(b, {});
    b.setLoc(
        withOrigin(recipe.getLoc(), param.getName(), "", "forward", kPass));
    sum = buildPenaltySum(b, penalty, arg, sum);
  }
  if (!sum)
    return {};
  b.setLoc(withOrigin(recipe.getLoc(), "", "", "forward", kPass));
  auto type = cast<RankedTensorType>(sum.getType());
  Value scale =
      arith::ConstantOp::create(b, DenseElementsAttr::get(type, weight));
  return arith::MulFOp::create(b, sum, scale);
}

LogicalResult mlir::gradopt::insertPenalties(RecipeOp recipe,
                                             func::FuncOp model,
                                             ArrayRef<Attribute> penalties) {
  Operation *returnOp = getOnlyReturn(model, kPass);
  if (!returnOp)
    return failure();
  std::optional<unsigned> index = findResult(model, {Role::Loss, ""});
  if (!index)
    return model.emitError()
           << "'" << model.getName() << "' marks no result with " << attr::kLoss
           << ", to which a penalty could be added";

  ImplicitLocOpBuilder b(withOrigin(recipe.getLoc(), "", "", "forward", kPass),
                         returnOp);
  Value loss = returnOp->getOperand(*index);
  Type type = loss.getType();
  Type wideType = RankedTensorType::get({}, b.getF64Type());
  Value total = loss;
  if (type != wideType)
    total = arith::ExtFOp::create(b, wideType, total);
  for (Attribute attribute : penalties) {
    Value penalty = buildPenalty(b, recipe, model, attribute);
    if (!penalty)
      return recipe.emitError()
             << attribute << " matches only parameters that are frozen; leave "
             << "it out";
    total = arith::AddFOp::create(b, total, penalty);
  }
  if (type != wideType)
    total = arith::TruncFOp::create(b, type, total);
  returnOp->setOperand(*index, total);
  return success();
}
