//===- RunEvents.cpp - What a run writes for TensorBoard ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Run.h"
#include "gradopt_train/EventTags.h"

#include <cmath>
#include <cstdio>

using namespace mlir::gradopt;
using namespace ::gradopt::train;

/// Profiles of norms through time are large: by default a run has so many.
static constexpr uint64_t kProfiles = 500;

static constexpr char kThroughTime[] = "through_time/";

/// Whether a record counts elements that are not finite.
static bool isCount(llvm::StringRef record) {
  return record.ends_with("/nonfinite");
}

static std::string formatNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

Status Run::beginEvents() {
  const int64_t first = static_cast<int64_t>(getStep()) + 1;
  // What earlier files hold from the first step on is forgotten.
  Expected<std::unique_ptr<EventWriter>> writer = EventWriter::create(
      folder.path(), checkpoint ? std::optional<int64_t>(first) : std::nullopt);
  if (!writer.ok())
    return writer.status();
  events = std::move(*writer);
  for (uint32_t i = 0; i < runner->size(); ++i) {
    const gradopt_manifest_entry &entry = runner->entry(i);
    if (entry.role == GRADOPT_ROLE_RECORD && entry.rank == 1 &&
        (entry.element_type == GRADOPT_F32 ||
         entry.element_type == GRADOPT_F64) &&
        llvm::StringRef(runner->name(i)).starts_with(kThroughTime))
      profiles.push_back(
          {i,
           TimeProfile(runner->name(i), gradopt_entry_elements(
                                            &entry, runner->getMaxTime(), 0))});
  }
  Text text{tags::settings, {}, 2};
  auto tell = [&](const std::string &name, const std::string &value) {
    text.cells.insert(text.cells.end(), {name, value});
  };
  // TensorBoard reads Markdown, in which "#" and "<" mean something.
  auto quote = [](const std::string &value) { return "`" + value + "`"; };
  tell("model", quote(options.model));
  tell("data", quote(options.data));
  tell("steps", std::to_string(options.steps));
  tell("batch rows", std::to_string(source.batch()));
  tell("time steps", std::to_string(source.time()));
  tell("seed", std::to_string(seed));
  tell("threads", std::to_string(options.threads));
  for (auto [index, rate] : rates)
    tell(runner->name(index), formatNumber(rate));
  tell("optimizer (at a rate of 1)", quote(model.getOptimizerText()));
  tell("schedule", quote(model.getScheduleText()));
  tell("accumulate", std::to_string(model.getAccumulate()));
  tell("metric", metricName(source.metric()));
  return events->add(first - 1, {{}, {}, {text}});
}

void Run::addScalars(const gradopt_step_report &report, double seconds,
                     Summary &summary) const {
  auto add = [&](const std::string &tag, double value) {
    summary.scalars.push_back({tag, static_cast<float>(value)});
  };
  add(tags::loss, runner->getScalar(GRADOPT_ROLE_LOSS, ""));
  add(tags::skippedSteps, report.total_skips);
  add(tags::stepSeconds, seconds);
  for (uint32_t i = 0; i < runner->size(); ++i) {
    const gradopt_manifest_entry &entry = runner->entry(i);
    std::string name = runner->name(i);
    if (entry.role == GRADOPT_ROLE_HYPER)
      add(name, runner->getScalar(i));
    if (entry.role == GRADOPT_ROLE_METRIC)
      add("metric/" + name, runner->getScalar(i));
    // A count is an event only where there is something to count.
    if (entry.role == GRADOPT_ROLE_RECORD && entry.rank == 0 &&
        !(isCount(name) && runner->getScalar(i) == 0))
      add(name, runner->getScalar(i));
  }
  std::optional<double> norm = getGradientNorm();
  if (std::optional<double> threshold = getGlobalThreshold(); norm && threshold)
    add(tags::clipFactor, *norm > *threshold  ? *threshold / *norm
                          : std::isnan(*norm) ? *norm
                                              : 1.0);
}

void Run::addProfiles(bool write, int64_t time, Summary &summary) {
  for (auto &[index, profile] : profiles) {
    const gradopt_manifest_entry &entry = runner->entry(index);
    const void *norms = runner->data(index);
    const int64_t count = gradopt_entry_elements(&entry, time, 0);
    if (entry.element_type == GRADOPT_F64)
      profile.add(static_cast<const double *>(norms), count);
    else
      profile.add(static_cast<const float *>(norms), count);
    if (!write)
      continue;
    // Of no time steps there is no profile.
    if (Histogram histogram = profile.take(); !histogram.bars.empty())
      summary.histograms.push_back(std::move(histogram));
  }
}

void Run::addParameters(Summary &summary) const {
  for (uint32_t i = 0; i < runner->size(); ++i) {
    const gradopt_manifest_entry &entry = runner->entry(i);
    if (entry.role != GRADOPT_ROLE_PARAM)
      continue;
    std::string tag = tags::parameterPrefix + runner->name(i);
    int64_t elements = gradopt_entry_elements(&entry, 0, 0);
    const void *values = runner->data(i);
    Histogram histogram =
        entry.element_type == GRADOPT_F64
            ? countValues(tag, static_cast<const double *>(values), elements)
            : countValues(tag, static_cast<const float *>(values), elements);
    // Without a finite value there is none to show.
    if (!histogram.bars.empty())
      summary.histograms.push_back(std::move(histogram));
  }
}

Status Run::recordStep(const gradopt_step_report &report, int64_t time,
                       double seconds) {
  Summary summary;
  addScalars(report, seconds, summary);
  const bool isBad = report.action != GRADOPT_ACTION_COMMITTED;
  uint64_t every = options.throughTimeEvery
                       ? options.throughTimeEvery
                       : (options.steps + kProfiles - 1) / kProfiles;
  addProfiles(isBad || isDue(every) || getStep() == options.steps, time,
              summary);
  if (isDue(options.histogramsEvery))
    addParameters(summary);
  if (isBad) {
    char line[512];
    gradopt_format_report(&report, line, sizeof(line));
    summary.scalars.push_back(
        {tags::policyAction, static_cast<float>(report.action)});
    summary.texts.push_back({tags::policy, {line}, 0});
  }
  return events->add(static_cast<int64_t>(getStep()), summary);
}

Status Run::recordEnd(const std::string &how) {
  return events->add(static_cast<int64_t>(getStep()),
                     {{}, {}, {{tags::end, {how}, 0}}});
}
