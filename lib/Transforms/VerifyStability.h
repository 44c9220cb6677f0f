//===- VerifyStability.h - The rules of a stable step --*- C++ -* --------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_VERIFYSTABILITY_H
#define GRADOPT_LIB_TRANSFORMS_VERIFYSTABILITY_H

#include "StepEditing.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::gradopt {

/// How a problem can be mended.
enum class Mend {
  None,
  /// `use` takes `value`, the result of the clip that it goes past.
  UseClip,
  /// A clip of the options or of the recipe.
  InsertClip,
  /// A guard, and the checks that belong to it.
  InsertGuard,
  /// The condition of `guard` covers `value`, too.
  AddCheck
};

/// A rule that a step breaks, and what there is to say about it.
struct Problem {
  Location loc;
  std::string message;
  SmallVector<std::pair<Location, std::string>> notes = {};
  Mend mend = Mend::None;
  OpOperand *use = nullptr;
  Value value = {};
  GuardOp guard = {};

  void addNote(Location at, const Twine &text) {
    notes.emplace_back(at, text.str());
  }
};

/// Where the data of a gradient ends up: the gradient operand of an update op,
/// the next value of a parameter that other ops compute, or, in a function that
/// updates nothing, a gradient that is returned.
struct Sink {
  Location loc;
  /// What it is in messages, and the parameter.
  std::string text, name;
  OpOperand *use;
  /// Whether the value is a gradient, and nothing but a gradient.
  bool isGradient;
};

/// A function that updates parameters, or has gradients by which others do.
struct Step {
  FunctionOpInterface function;
  Operation *returnOp;
  SmallVector<GradientSite> sites;
  SmallVector<ParameterUpdateOpInterface> updates;
  SmallVector<Sink> sinks;
};

/// The operand of `returnOp` as it goes into the guard that it comes from, if
/// it does.
OpOperand &lookThroughGuard(OpOperand &returned);

/// The clip that the options ask every gradient to go through.
struct ClipDemand {
  /// Nothing is asked, whatever step and recipe show.
  bool none = false;
  /// Null for any kind of clip.
  std::optional<ClipKind> kind;
  /// The recipe has a clip of gradients that no pass has acted upon.
  bool pending = false;
};

/// Every path from a gradient to an update goes through its clip.
void verifyClips(const Step &step, const ClipDemand &demand,
                 SmallVectorImpl<Problem> &problems);

/// What is clipped and what updates go by does not depend on the factor of the
/// loss, if the step has one.
void verifyScale(const Step &step, SmallVectorImpl<Problem> &problems);

/// Next values are held by guards that depend on checks of all gradients and of
/// all next values.
void verifyGuards(const Step &step, SmallVectorImpl<Problem> &problems);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_VERIFYSTABILITY_H
