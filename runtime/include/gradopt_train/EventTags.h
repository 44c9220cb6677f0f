//===- EventTags.h - Tags that a run and its report share -------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_EVENTTAGS_H
#define GRADOPT_TRAIN_EVENTTAGS_H

/// Tags of the events of a run beside the names of records and of
/// hyperparameters; docs/training.md says what they hold.
namespace gradopt::train::tags {

inline constexpr char loss[] = "loss";
inline constexpr char heldOutLoss[] = "held_out/loss";
inline constexpr char skippedSteps[] = "skipped_steps";
inline constexpr char stepSeconds[] = "step_seconds";
inline constexpr char globalNorm[] = "gradient/global/norm";
inline constexpr char clipFactor[] = "gradient/global/clip_factor";
inline constexpr char globalThreshold[] = "clip.global_norm.threshold";
/// Of a bad step: why, as a text, and the number of the runtime's action.
inline constexpr char policy[] = "policy";
inline constexpr char policyAction[] = "policy/action";
/// In front of a parameter's name: a histogram of its values.
inline constexpr char parameterPrefix[] = "parameter/";
/// Texts: a table of what the run was started with, and how it ended.
inline constexpr char settings[] = "run/settings";
inline constexpr char end[] = "run/end";

} // namespace gradopt::train::tags

#endif // GRADOPT_TRAIN_EVENTTAGS_H
