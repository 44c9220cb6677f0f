//===- Recipes.cpp - Finding the recipe of a module -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Transforms/Transforms.h"

using namespace mlir;
using namespace mlir::gradopt;

FailureOr<RecipeOp> mlir::gradopt::findRecipe(ModuleOp module) {
  RecipeOp recipe;
  for (auto other : module.getOps<RecipeOp>()) {
    if (recipe) {
      InFlightDiagnostic diag =
          other.emitError("a module may have one gradopt.recipe: it would not "
                          "be clear which one the passes should follow");
      diag.attachNote(recipe.getLoc()) << "the first is here";
      return diag;
    }
    recipe = other;
  }
  return recipe;
}
