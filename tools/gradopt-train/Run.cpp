//===- Run.cpp - A training run -------------------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Run.h"
#include "Setup.h"

#include <cmath>
#include <cstdio>
#include <set>

using namespace mlir::gradopt;
using namespace ::gradopt::train;

static gradopt_policy convertPolicy(Policy policy) {
  // The numbers are the same by definition of the dialect's enum.
  return static_cast<gradopt_policy>(policy);
}

/// What the thresholds of clips are called.
static constexpr char kClipPrefix[] = "clip.";
static constexpr char kRate[] = "learning_rate";
static constexpr char kGroupRatePrefix[] = "learning_rate.";

static bool isClip(llvm::StringRef hyper) {
  return hyper.starts_with(kClipPrefix);
}

Status Run::begin() {
  Expected<std::unique_ptr<Runner>> made =
      Runner::create(model.getStep(), source, seed);
  if (!made.ok())
    return made.status();
  runner = std::move(*made);
  runner->weighBy(model.getLossLengths());
  gradopt_instance_set_policy(runner->get(), convertPolicy(model.getPolicy()),
                              GRADOPT_DEFAULT_MAX_CONSECUTIVE_SKIPS);
  if (auto threshold = model.getThreshold()) {
    Status status = runner->setHyper(threshold->first, threshold->second);
    if (!status.ok())
      return Status::error("--clip: " + status.message());
  }
  Status status;
  if (checkpoint)
    status = load();
  else if (!options.init.empty())
    status = loadParameters(model, options, nullptr, *runner);
  if (!status.ok())
    return status;
  if (options.learningRate) {
    status = runner->setHyper(kRate, *options.learningRate);
    if (!status.ok())
      return Status::error("--lr: " + status.message());
  }
  findRates();
  return Status();
}

/// Puts the checkpoint into the instance. Hyperparameters that the command line
/// gives win over those of the checkpoint, which win over the recipe's.
Status Run::load() {
  std::vector<std::pair<uint32_t, double>> given;
  for (uint32_t i = 0; i < runner->size(); ++i)
    if (runner->entry(i).role == GRADOPT_ROLE_HYPER)
      given.push_back({i, runner->getScalar(i)});
  Status status = checkClip();
  if (status.ok())
    status =
        loadInstance(*checkpoint, runner->get(), source.time(), source.batch());
  if (status.ok())
    status = source.restorePosition(checkpoint->info.metadata);
  if (!status.ok())
    return status;
  Expected<EvaluationHistory> kept = decodeHistory(checkpoint->info.metadata);
  if (!kept.ok())
    return kept.status();
  history = *kept;
  for (auto [index, value] : given) {
    std::string name = runner->name(index);
    if (isClip(name) && !options.clip.empty()) {
      runner->setScalar(index, value);
      continue;
    }
    double loaded = runner->getScalar(index);
    bool isRate = name == kRate;
    if (loaded == value || (isRate && options.learningRate))
      continue;
    std::fprintf(stderr,
                 "gradopt-train: %s stays %g as in the checkpoint, not %g as "
                 "in the recipe%s\n",
                 name.c_str(), loaded, value,
                 isRate         ? "; --lr changes it"
                 : isClip(name) ? "; --clip changes it"
                                : "");
  }
  return Status();
}

/// Refuses other kinds of clip than the checkpoint's, by --clip or without it,
/// which says more than the names of the tensors that differ.
Status Run::checkClip() {
  std::set<std::string> wanted, stored;
  for (uint32_t i = 0; i < runner->size(); ++i)
    if (runner->entry(i).role == GRADOPT_ROLE_HYPER && isClip(runner->name(i)))
      wanted.insert(runner->name(i));
  const std::string prefix = "hyper:";
  for (const StoredTensor &tensor : checkpoint->tensors)
    if (llvm::StringRef(tensor.name).starts_with(prefix + kClipPrefix))
      stored.insert(tensor.name.substr(prefix.size()));
  if (wanted == stored)
    return Status();
  auto list = [](const std::set<std::string> &names) {
    std::string text;
    for (const std::string &name : names)
      text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "no clip" : text;
  };
  return Status::error(
      "a resumed run keeps its kinds of clip, only a threshold "
      "can change: the checkpoint has " +
      list(stored) + ", this run " + list(wanted) +
      "; give the --clip that the run began with, or begin "
      "one in another folder");
}

void Run::findRates() {
  for (uint32_t i = 0; i < runner->size(); ++i) {
    std::string name = runner->name(i);
    if (runner->entry(i).role == GRADOPT_ROLE_HYPER &&
        (name == kRate || llvm::StringRef(name).starts_with(kGroupRatePrefix)))
      rates.push_back({i, runner->getScalar(i)});
  }
}

void Run::setRates() {
  double factor =
      scheduleFactor(model.getSchedule(), getStep() + 1, history.reductions);
  for (auto [index, rate] : rates)
    runner->setScalar(index, rate * factor);
}

Status Run::save(const std::string &path, uint64_t position) {
  // A checkpoint has the rates that the schedule begins with.
  for (auto [index, rate] : rates)
    runner->setScalar(index, rate);
  std::map<std::string, std::string> metadata = source.savePosition();
  metadata[dataPositionKey] = std::to_string(position);
  if (history.lastStep != 0)
    metadata[evaluationsKey] = encodeHistory(history);
  return saveInstance(path, runner->get(), source.time(), source.batch(), seed,
                      metadata);
}

/// Whether a record counts elements that are not finite.
static bool isCount(llvm::StringRef record) {
  return record.ends_with("/nonfinite");
}

Status Run::recordStep(const gradopt_step_report &report) {
  std::vector<Scalar> scalars;
  auto add = [&](const std::string &tag, double value) {
    scalars.push_back({tag, static_cast<float>(value)});
  };
  add("loss", runner->getScalar(GRADOPT_ROLE_LOSS, ""));
  for (auto [index, rate] : rates)
    add(runner->name(index), runner->getScalar(index));
  add("skipped_steps", report.total_skips);
  for (uint32_t i = 0; i < runner->size(); ++i) {
    const gradopt_manifest_entry &entry = runner->entry(i);
    std::string name = runner->name(i);
    if (entry.role == GRADOPT_ROLE_METRIC)
      add("metric/" + name, runner->getScalar(i));
    // A count is an event only where there is something to count.
    if (entry.role == GRADOPT_ROLE_RECORD && entry.rank == 0 &&
        !(isCount(name) && runner->getScalar(i) == 0))
      add(name, runner->getScalar(i));
  }
  return events->addScalars(getStep(), scalars);
}

bool Run::isClipped(double norm) const {
  return norm >
         runner->getScalar(GRADOPT_ROLE_HYPER, "clip.global_norm.threshold");
}

Expected<std::optional<Results>>
Run::evaluateNow(const InterruptGuard &interrupt) {
  if (!evaluator) {
    auto made = Runner::create(model.getEvaluation(), source, seed);
    if (!made.ok())
      return made.status();
    evaluator = std::move(*made);
    evaluator->weighBy(model.getLossLengths());
  }
  copyParameters(*runner, *evaluator);
  return evaluate(*evaluator, source, interrupt);
}

Status Run::evaluateIfDue(const InterruptGuard &interrupt,
                          ProgressPrinter *progress) {
  uint64_t step = getStep();
  if (!options.evaluateEvery || step == 0 ||
      step % options.evaluateEvery != 0 || history.lastStep == step)
    return Status();
  auto results = evaluateNow(interrupt);
  // After a signal it is done when the run goes on.
  if (!results.ok() || !*results)
    return results.status();
  bool isLowest = history.add((*results)->loss, step, model.getSchedule());
  std::vector<Scalar> scalars = {
      {"held_out/loss", static_cast<float>((*results)->loss)}};
  std::vector<std::string> names = evaluator->getMetricNames();
  for (size_t i = 0; i < names.size(); ++i)
    scalars.push_back({"held_out/metric/" + names[i],
                       static_cast<float>((*results)->metrics[i])});
  Status status = events->addScalars(step, scalars);
  if (!status.ok())
    return status;
  if (isLowest)
    status = save(folder.bestPath(), source.position());
  if (!status.ok())
    return status;
  char line[128];
  Metric metric = source.metric();
  std::snprintf(line, sizeof(line), "step %llu: held out %.4f %s%s",
                static_cast<unsigned long long>(step),
                metricValue(metric, (*results)->loss), metricName(metric),
                isLowest ? ", the lowest so far" : "");
  progress->note(line);
  return Status();
}
