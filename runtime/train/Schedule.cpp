//===- Schedule.cpp - Learning rates from step to step --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Schedule.h"

#include "Encoding.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <sstream>

using namespace gradopt::train;

static constexpr double pi = 3.14159265358979323846;

double gradopt::train::scheduleFactor(const Schedule &schedule, uint64_t step,
                                      uint64_t reductions) {
  auto n = static_cast<double>(step);
  auto warmup = static_cast<double>(schedule.warmup);
  double ramp = step < uint64_t(schedule.warmup) ? n / warmup : 1.0;
  // Steps after the first one that the warm-up does not hold back.
  double after = std::max(0.0, n - warmup - 1);
  switch (schedule.kind) {
  case ScheduleKind::Constant:
    return ramp;
  case ScheduleKind::Cosine: {
    double length = static_cast<double>(schedule.steps) - warmup;
    double share = length > 0 ? std::min(1.0, after / length) : 1.0;
    return ramp * (schedule.floor +
                   (1 - schedule.floor) * (1 + std::cos(pi * share)) / 2);
  }
  case ScheduleKind::Step: {
    double drops = schedule.every > 0
                       ? std::floor(after / static_cast<double>(schedule.every))
                       : 0;
    return ramp * std::max(schedule.floor, std::pow(schedule.factor, drops));
  }
  case ScheduleKind::Plateau:
    return ramp *
           std::max(schedule.floor,
                    std::pow(schedule.factor, static_cast<double>(reductions)));
  }
  return ramp;
}

std::string gradopt::train::describeSchedule(const Schedule &schedule) {
  std::string text;
  auto add = [&](const char *name, double value) {
    char buffer[64];
    std::snprintf(buffer, sizeof(buffer), ", %s %g", name, value);
    text += buffer;
  };
  auto count = [&](const char *name, int64_t value) {
    text += std::string(", ") + name + " " + std::to_string(value);
  };
  switch (schedule.kind) {
  case ScheduleKind::Constant:
    text = "constant";
    break;
  case ScheduleKind::Cosine:
    text = "cosine";
    count("steps", schedule.steps);
    break;
  case ScheduleKind::Step:
    text = "step";
    count("every", schedule.every);
    add("factor", schedule.factor);
    break;
  case ScheduleKind::Plateau:
    text = "plateau";
    count("patience", schedule.patience);
    add("factor", schedule.factor);
    break;
  }
  if (schedule.warmup > 0)
    count("warmup", schedule.warmup);
  if (schedule.floor > 0)
    add("floor", schedule.floor);
  return text;
}

bool EvaluationHistory::add(double loss, uint64_t step,
                            const Schedule &schedule) {
  lastStep = step;
  if (loss < lowest) {
    lowest = loss;
    lowestStep = step;
    sinceLowest = sinceReduction = 0;
    return true;
  }
  ++sinceLowest;
  ++sinceReduction;
  if (schedule.kind == ScheduleKind::Plateau &&
      sinceReduction >= uint64_t(schedule.patience)) {
    ++reductions;
    sinceReduction = 0;
  }
  return false;
}

std::string gradopt::train::encodeHistory(const EvaluationHistory &history) {
  uint64_t bits;
  std::memcpy(&bits, &history.lowest, sizeof(bits));
  std::string text = hexadecimal(bits, 16);
  for (uint64_t number :
       {history.lowestStep, history.sinceLowest, history.sinceReduction,
        history.reductions, history.lastStep})
    text += " " + std::to_string(number);
  return text;
}

Expected<EvaluationHistory> gradopt::train::decodeHistory(
    const std::map<std::string, std::string> &metadata) {
  EvaluationHistory history;
  auto entry = metadata.find(evaluationsKey);
  if (entry == metadata.end())
    return history;
  Status damaged = Status::error(
      "the checkpoint's entry '" + std::string(evaluationsKey) +
      "' is damaged: it is '" + entry->second + "', not six numbers");
  std::istringstream words(entry->second);
  std::string word;
  words >> word;
  std::optional<uint64_t> bits = parseUnsigned(word, 16);
  if (!bits)
    return damaged;
  std::memcpy(&history.lowest, &*bits, sizeof(history.lowest));
  for (uint64_t *number :
       {&history.lowestStep, &history.sinceLowest, &history.sinceReduction,
        &history.reductions, &history.lastStep}) {
    word.clear();
    words >> word;
    std::optional<uint64_t> value = parseUnsigned(word);
    if (!value)
      return damaged;
    *number = *value;
  }
  if (words >> word)
    return damaged;
  return history;
}
