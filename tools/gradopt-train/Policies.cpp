//===- Policies.cpp - What happens after a bad step -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Policies.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt_train/EventTags.h"

#include <cstdio>

using namespace mlir;
using namespace mlir::gradopt;
using namespace ::gradopt::train;

/// A line about steps that are like an earlier one is printed again after so
/// many steps.
static constexpr uint64_t kQuietSteps = 100;

gradopt_policies mlir::gradopt::readPolicies(func::FuncOp step) {
  gradopt_policies policies = GRADOPT_DEFAULT_POLICIES;
  auto read = [&](gradopt_event event, StringRef name) {
    // The numbers are the same by definition of the dialect's enum.
    if (auto policy = step->getAttrOfType<PolicyAttr>(name))
      policies.on_event[event] = static_cast<uint32_t>(policy.getValue());
  };
  read(GRADOPT_NONFINITE, attr::kOnNonfinite);
  read(GRADOPT_OVERFLOW, attr::kOnOverflow);
  read(GRADOPT_DIVERGENCE, attr::kOnDivergence);
  auto options = step->getAttrOfType<PolicyOptionsAttr>(attr::kPolicyOptions);
  if (!options)
    options = PolicyOptionsAttr::getDefault(step.getContext());
  policies.carried_state = static_cast<uint32_t>(options.getCarriedState());
  policies.max_consecutive_skips = options.getSkips();
  policies.recover_after = options.getRecoverAfter();
  policies.roll_back_after = options.getRollBackAfter();
  policies.snapshot_every = options.getSnapshotEvery();
  policies.max_roll_backs = options.getRollBacks();
  policies.median_window = options.getMedianWindow();
  policies.median_warmup = options.getMedianWarmup();
  policies.divergence_factor = options.getDivergenceFactor().getValueAsDouble();
  policies.overflow_fraction = options.getOverflowFraction().getValueAsDouble();
  return policies;
}

static std::string format(const gradopt_step_report &report) {
  char line[1024];
  gradopt_format_report(&report, line, sizeof(line));
  return line;
}

void mlir::gradopt::addPolicyEvents(const gradopt_step_report &report,
                                    Summary &summary) {
  static constexpr const char *names[GRADOPT_EVENTS] = {
      "policy/nonfinite", "policy/overflow", "policy/divergence"};
  for (unsigned event = 0; event < GRADOPT_EVENTS; ++event)
    if (report.events & (1u << event))
      summary.scalars.push_back({names[event], 1});
  summary.scalars.push_back(
      {tags::policyAction, static_cast<float>(report.action)});
  Text &text = summary.texts.emplace_back();
  text.tag = tags::policy;
  text.cells.push_back(format(report));
}

/// Steps for which this is the same are alike for somebody who reads of them.
static std::string getKind(const gradopt_step_report &report) {
  return std::to_string(report.events) + " " + std::to_string(report.action) +
         " " + std::to_string(report.phase) + " " + report.name + " " +
         report.diverged;
}

void StepNotices::sayCount(const Kind &kind) {
  progress.note("step " + std::to_string(kind.said) + ": " +
                std::to_string(kind.counted) + " more such " +
                (kind.counted == 1 ? "step" : "steps") + " since then");
}

void StepNotices::badStep(const gradopt_step_report &report) {
  const bool isFirst = kinds.empty();
  auto [entry, isNew] = kinds.try_emplace(getKind(report));
  Kind &kind = entry->second;
  // What changes more than one step is always said.
  if (!isNew && report.action != GRADOPT_ACTION_ROLLED_BACK &&
      report.action != GRADOPT_ACTION_STOPPED &&
      report.step < kind.said + kQuietSteps) {
    ++kind.counted;
    return;
  }
  if (kind.counted > 0)
    sayCount(kind);
  kind = {report.step, 0};
  progress.note(format(report));
  if (isFirst)
    progress.note("what can be done about bad steps: docs/policies.md");
}

void StepNotices::clippedStep(uint64_t step, double norm, double threshold) {
  if (anyClipped)
    return;
  anyClipped = true;
  char line[160];
  std::snprintf(line, sizeof(line),
                "step %llu: gradients clipped, the first time: their norm %.3g "
                "is above the threshold %.3g (docs/clipping.md)",
                static_cast<unsigned long long>(step), norm, threshold);
  progress.note(line);
}

void StepNotices::finish() {
  for (auto &[name, kind] : kinds)
    if (kind.counted > 0)
      sayCount(kind);
  kinds.clear();
}
