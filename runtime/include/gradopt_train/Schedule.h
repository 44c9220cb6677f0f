//===- Schedule.h - Learning rates from step to step ------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_SCHEDULE_H
#define GRADOPT_TRAIN_SCHEDULE_H

#include "gradopt_train/Status.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>

namespace gradopt::train {

/// How a learning rate changes after the warm-up. The numbers are those of the
/// dialect's ScheduleKind.
enum class ScheduleKind { Constant = 0, Cosine = 1, Step = 2, Plateau = 3 };

/// The parts of `#gradopt.schedule`, whose description has the formulas.
struct Schedule {
  ScheduleKind kind = ScheduleKind::Constant;
  int64_t warmup = 0;
  int64_t steps = 0;
  int64_t every = 0;
  int64_t patience = 0;
  double factor = 0.1;
  double floor = 0.0;
};

/// What the learning rate of step `step` = 1, 2, … is multiplied with. A
/// plateau schedule has come down `reductions` times before it.
double scheduleFactor(const Schedule &schedule, uint64_t step,
                      uint64_t reductions);

/// One line for people, e.g. "cosine, warmup 100, steps 1000, floor 0.1".
std::string describeSchedule(const Schedule &schedule);

/// The losses of a run's evaluations, as far as decisions depend on them.
struct EvaluationHistory {
  double lowest = std::numeric_limits<double>::infinity();
  uint64_t lowestStep = 0;  ///< after which `lowest` was measured; 0: none yet
  uint64_t sinceLowest = 0; ///< evaluations after the lowest one
  uint64_t sinceReduction = 0; ///< those after the last reduction, too
  uint64_t reductions = 0;     ///< of the learning rate, by a plateau schedule
  uint64_t lastStep = 0;       ///< of the last evaluation

  /// Takes the loss of an evaluation after `step`; NaN is no new minimum.
  /// Counts a reduction if the schedule is one of plateaus and its patience is
  /// over. Returns whether the loss is the lowest so far.
  bool add(double loss, uint64_t step, const Schedule &schedule);
};

/// Key of a history in a checkpoint's metadata.
inline constexpr char evaluationsKey[] = "gradopt.evaluations";

/// The value of that key, and back: bit for bit. Without the key the history is
/// empty.
std::string encodeHistory(const EvaluationHistory &history);
Expected<EvaluationHistory>
decodeHistory(const std::map<std::string, std::string> &metadata);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_SCHEDULE_H
