//===- InsertRegularization.cpp - Penalties, decay and bounds ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Regularization.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_INSERTREGULARIZATION
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

namespace {
struct InsertRegularization
    : gradopt::impl::InsertRegularizationBase<InsertRegularization> {
  using InsertRegularizationBase::InsertRegularizationBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
};
} // namespace

static bool isPenalty(Attribute regularizer) {
  return isa<L1Attr, L2Attr>(regularizer);
}

/// The entries of `regularize` that are penalties, or those that are not.
static SmallVector<Attribute> choose(RecipeOp recipe, bool penalties) {
  SmallVector<Attribute> chosen;
  if (ArrayAttr all = recipe.getRegularizeAttr())
    llvm::copy_if(all, std::back_inserter(chosen), [&](Attribute regularizer) {
      return isPenalty(regularizer) == penalties;
    });
  return chosen;
}

static void setRegularize(RecipeOp recipe, ArrayRef<Attribute> left) {
  if (left.empty())
    recipe.removeRegularizeAttr();
  else
    recipe.setRegularizeAttr(ArrayAttr::get(recipe.getContext(), left));
}

LogicalResult InsertRegularization::run() {
  ModuleOp module = getOperation();
  FailureOr<RecipeOp> found = findRecipe(module);
  if (failed(found))
    return failure();
  RecipeOp recipe = *found;
  if (!recipe)
    return success();
  SmallVector<Attribute> penalties = choose(recipe, /*penalties=*/true);
  SmallVector<Attribute> others = choose(recipe, /*penalties=*/false);

  if (!penalties.empty()) {
    if (Operation *step =
            SymbolTable::lookupSymbolIn(module, recipe.getStepName())) {
      InFlightDiagnostic diag =
          recipe.emitError()
          << "the penalty " << penalties.front()
          << " belongs to the loss, of which the step @" << recipe.getStepName()
          << " is made already: run gradopt-insert-regularization before "
             "gradopt-differentiate";
      diag.attachNote(step->getLoc()) << "the step is here";
      return diag;
    }
    auto model = cast<func::FuncOp>(
        SymbolTable::lookupSymbolIn(module, recipe.getModelAttr().getAttr()));
    if (failed(insertPenalties(recipe, model, penalties)))
      return failure();
    numTerms += penalties.size();
    setRegularize(recipe, others);
    return success();
  }

  SmallVector<ParameterUpdateOpInterface> updates;
  module.walk(
      [&](ParameterUpdateOpInterface update) { updates.push_back(update); });
  if (updates.empty())
    return success();
  FailureOr<unsigned> inserted = regularizeUpdates(recipe, updates, others);
  if (failed(inserted))
    return failure();
  numTerms += *inserted;
  recipe.removeRegularizeAttr();
  removeFromGroups(recipe, GroupPart::WeightDecay);
  return success();
}
