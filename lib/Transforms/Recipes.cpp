//===- Recipes.cpp - The recipe of a module and its groups ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepEditing.h"

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

void mlir::gradopt::removeFromGroups(RecipeOp recipe, GroupPart part) {
  ArrayAttr groups = recipe.getGroupsAttr();
  if (!groups)
    return;
  SmallVector<Attribute> left;
  for (auto group : groups.getAsRange<GroupAttr>()) {
    FloatAttr rate = group.getLearningRate(), decay = group.getWeightDecay();
    ClipAttr clip = group.getClip();
    bool frozen = group.getFrozen();
    switch (part) {
    case GroupPart::LearningRate:
      rate = {};
      break;
    case GroupPart::WeightDecay:
      decay = {};
      break;
    case GroupPart::Clip:
      clip = {};
      break;
    case GroupPart::Frozen:
      frozen = false;
      break;
    }
    if (rate || decay || clip || frozen)
      left.push_back(GroupAttr::get(recipe.getContext(), group.getName(),
                                    group.getMatch(), rate, decay, clip,
                                    frozen));
  }
  if (left.empty())
    recipe.removeGroupsAttr();
  else
    recipe.setGroupsAttr(ArrayAttr::get(recipe.getContext(), left));
}
