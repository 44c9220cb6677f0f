//===- InsertAccumulation.cpp - Gradients over several batches ------------===//
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

namespace mlir::gradopt {
#define GEN_PASS_DEF_INSERTACCUMULATION
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-insert-accumulation";

namespace {
struct InsertAccumulation
    : gradopt::impl::InsertAccumulationBase<InsertAccumulation> {
  using InsertAccumulationBase::InsertAccumulationBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  LogicalResult accumulate(FunctionOpInterface function, int64_t count);
};

/// The sums of one function.
class Accumulator {
public:
  Accumulator(FunctionOpInterface function, Operation *returnOp, int64_t count)
      : function(function), returnOp(returnOp), batches(count) {}

  /// Counts the batch, and finds out whether it is the last one of its sum.
  LogicalResult countBatch();
  /// Makes the mean of a gradient, which is result #`index`.
  LogicalResult sum(unsigned index, StringRef parameter);
  LogicalResult returnCount();

private:
  FunctionOpInterface function;
  Operation *returnOp;
  int64_t batches;
  Value count, isLast;
};
} // namespace

static DictionaryAttr getDictionary(MLIRContext *context, NamedRole role) {
  return DictionaryAttr::get(context, getRoleAttr(context, role));
}

LogicalResult Accumulator::countBatch() {
  auto builder = OpBuilder::atBlockBegin(&function.getFunctionBody().front());
  Location loc = withOrigin(function.getLoc(), "", "", "", kPass);
  auto type = RankedTensorType::get({}, builder.getI64Type());
  NamedRole role{Role::StepCount, ""};
  std::optional<unsigned> index = findArg(function, role);
  if (!index) {
    if (failed(appendArgument(function, type, role)))
      return failure();
    index = function.getNumArguments() - 1;
  }
  auto one = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, int64_t(1)));
  count =
      arith::AddIOp::create(builder, loc, function.getArgument(*index), one);
  isLast = buildIsMultiple(builder, loc, count, batches);
  return success();
}

LogicalResult Accumulator::sum(unsigned index, StringRef parameter) {
  // What marks the gradient comes to mark the mean, so that clips and monitors
  // find that.
  Value gradient = returnOp->getOperand(index);
  auto marker = gradient.getDefiningOp<GradientOp>();
  OpBuilder builder(marker ? marker.getOperation() : returnOp);
  Value part = marker ? marker.getValue() : gradient;
  auto type = cast<RankedTensorType>(part.getType());
  Location loc = getOriginOf(gradient, parameter, "backward", kPass);

  std::string name = (parameter + "/sum").str();
  NamedRole role{Role::OptimizerState, name};
  FailureOr<Value> old = appendArgument(function, type, role);
  if (failed(old))
    return failure();
  auto buildConstant = [&](double value) -> Value {
    auto number = builder.getFloatAttr(type.getElementType(), value);
    return arith::ConstantOp::create(
        builder, loc, DenseElementsAttr::get(type, Attribute(number)));
  };
  Value total = arith::AddFOp::create(builder, loc, *old, part);
  Value mean =
      arith::DivFOp::create(builder, loc, total, buildConstant(batches));
  Value next =
      arith::SelectOp::create(builder, loc, isLast, buildConstant(0.0), total);
  if (marker)
    marker.getValueMutable().assign(mean);
  else
    returnOp->setOperand(index, mean);
  return appendResult(function, returnOp, next,
                      getDictionary(function.getContext(), role));
}

LogicalResult Accumulator::returnCount() {
  return appendResult(
      function, returnOp, count,
      getDictionary(function.getContext(), {Role::StepCount, ""}));
}

/// What the function has that comes behind accumulation, in words.
static std::string findPresent(FunctionOpInterface function,
                               Operation *returnOp) {
  NamedRole count{Role::StepCount, ""};
  if (findResult(function, count))
    return "the result " + describe(count);
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
    auto role = getResultRole(function, i);
    if (!role || role->role != Role::Grad)
      continue;
    NamedRole updated{Role::Param, role->name};
    if (findResult(function, updated))
      return "the result " + describe(updated);
    std::string name = (role->name + "/sum").str();
    NamedRole sum{Role::OptimizerState, name};
    if (findArg(function, sum))
      return "the argument " + describe(sum);
    Value gradient = returnOp->getOperand(i);
    if (traceGradient(gradient) != gradient)
      return ("a clip of the gradient of '" + role->name + "'").str();
  }
  return "";
}

LogicalResult InsertAccumulation::accumulate(FunctionOpInterface function,
                                             int64_t count) {
  Operation *returnOp = getOnlyReturn(function, kPass);
  if (!returnOp || failed(checkNoCallers(function, "sums of gradients")) ||
      failed(checkGradients(function, findGradients(function),
                            /*inBody=*/true)))
    return failure();
  std::string present = findPresent(function, returnOp);
  if (!present.empty())
    return function.emitError()
           << "cannot accumulate gradients in '" << function.getName()
           << "': it has " << present
           << " already; run this pass once, before gradients are clipped and "
              "used";

  Accumulator accumulator(function, returnOp, count);
  if (failed(accumulator.countBatch()))
    return failure();
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
    auto role = getResultRole(function, i);
    if (role && role->role == Role::Grad &&
        failed(accumulator.sum(i, role->name)))
      return failure();
  }
  Builder builder(&getContext());
  function->setAttr(attr::kAccumulate, builder.getI64IntegerAttr(count));
  return accumulator.returnCount();
}

LogicalResult InsertAccumulation::run() {
  ModuleOp module = getOperation();
  FailureOr<RecipeOp> recipe = findRecipe(module);
  if (failed(recipe))
    return failure();
  int64_t count = batches;
  if (count < 0)
    return emitError(module.getLoc())
           << "option 'batches' of '" << kPass << "' is a number of batches of "
           << "at least 1, or 0 for what the recipe says, got " << count;
  if (*recipe) {
    if (count == 0)
      count = recipe->getAccumulate().value_or(1);
    recipe->removeAccumulateAttr();
  }
  if (count <= 1)
    return success();

  bool any = false;
  for (auto function : module.getOps<FunctionOpInterface>()) {
    if (!returnsGradients(function))
      continue;
    any = true;
    if (failed(accumulate(function, count)))
      return failure();
  }
  if (any)
    return success();
  return emitError(module.getLoc())
         << "nothing to accumulate: no function returns a gradient as "
            "'gradopt.grad = \"PARAMETER\"'; run gradopt-differentiate first";
}
