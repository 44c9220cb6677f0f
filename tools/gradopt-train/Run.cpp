//===- Run.cpp - A training run -------------------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Run.h"
#include "Setup.h"
#include "gradopt_train/EventTags.h"

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
static constexpr char kGroupRatePrefix[] = "learning_rate.";

/// Keys of a checkpoint's metadata for what a run was made with.
static constexpr char kAccumulateKey[] = "gradopt.accumulate";
static constexpr char kScheduleKey[] = "gradopt.schedule";
static constexpr char kOptimizerKey[] = "gradopt.optimizer";
static constexpr char kBatchKey[] = "gradopt.batch";

static bool isClip(llvm::StringRef hyper) {
  return hyper.starts_with(kClipPrefix);
}

Status Run::begin() {
  Expected<std::unique_ptr<Runner>> made =
      Runner::create(model.getStep(), source, seed, options.threads);
  if (!made.ok())
    return made.status();
  runner = std::move(*made);
  runner->weighBy(model.getLossLengths());
  gradopt_instance_set_policy(runner->get(), convertPolicy(model.getPolicy()),
                              GRADOPT_DEFAULT_MAX_CONSECUTIVE_SKIPS);
  Status status = setThreshold(model, *runner);
  if (!status.ok())
    return status;
  if (checkpoint)
    status = load();
  else if (!options.init.empty())
    status = loadParameters(model, options, nullptr, *runner);
  if (!status.ok())
    return status;
  status = setLearningRate(options, *runner);
  findRates();
  return status;
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
    status = checkPlan();
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
    bool isRate = name == kLearningRate;
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

void Run::savePlan(std::map<std::string, std::string> &metadata) const {
  metadata[kAccumulateKey] = std::to_string(model.getAccumulate());
  metadata[kScheduleKey] = model.getScheduleText();
  metadata[kOptimizerKey] = model.getOptimizerText();
  metadata[kBatchKey] = std::to_string(source.batch());
}

/// Refuses a batch size or a number of batches to an update that the stored
/// states or sums are not made for, and says what else the recipe changed.
Status Run::checkPlan() const {
  std::map<std::string, std::string> now;
  savePlan(now);
  const std::map<std::string, std::string> &stored = checkpoint->info.metadata;
  auto changed = [&](const char *key) {
    auto entry = stored.find(key);
    return entry != stored.end() && entry->second != now[key];
  };
  if (changed(kAccumulateKey))
    return Status::error(
        "a resumed run keeps its accumulate, whose sums the checkpoint holds: "
        "the checkpoint has accumulate = " +
        stored.at(kAccumulateKey) + ", the recipe " + now[kAccumulateKey] +
        "; change it back, or begin a run in another folder");
  bool hasRows = false;
  for (uint32_t i = 0; i < runner->size(); ++i) {
    const gradopt_manifest_entry &entry = runner->entry(i);
    hasRows |= entry.role == GRADOPT_ROLE_STATE &&
               llvm::is_contained(llvm::ArrayRef(entry.dims, entry.rank),
                                  GRADOPT_DIM_BATCH);
  }
  if (hasRows && changed(kBatchKey))
    return Status::error("--batch: the run that the checkpoint saves has " +
                         stored.at(kBatchKey) +
                         " batch rows, and a state for each; give --batch=" +
                         stored.at(kBatchKey) + ", not " + now[kBatchKey] +
                         ", or begin a run in another folder");
  if (changed(kScheduleKey))
    std::fprintf(stderr,
                 "gradopt-train: the schedule is that of the recipe now, %s, "
                 "not %s as in the checkpoint\n",
                 now[kScheduleKey].c_str(), stored.at(kScheduleKey).c_str());
  if (changed(kOptimizerKey))
    std::fprintf(stderr,
                 "gradopt-train: the optimizer's constants are those of the "
                 "recipe now, not those in the checkpoint\n");
  return Status();
}

void Run::findRates() {
  for (uint32_t i = 0; i < runner->size(); ++i) {
    std::string name = runner->name(i);
    if (runner->entry(i).role == GRADOPT_ROLE_HYPER &&
        (name == kLearningRate ||
         llvm::StringRef(name).starts_with(kGroupRatePrefix)))
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
  savePlan(metadata);
  if (history.lastStep != 0)
    metadata[evaluationsKey] = encodeHistory(history);
  return saveInstance(path, runner->get(), source.time(), source.batch(), seed,
                      metadata);
}

std::optional<double> Run::getGradientNorm() const {
  int64_t index = gradopt_instance_find(runner->get(), GRADOPT_ROLE_RECORD,
                                        tags::globalNorm);
  if (index < 0)
    return std::nullopt;
  return runner->getScalar(static_cast<uint32_t>(index));
}

std::optional<double> Run::getGlobalThreshold() const {
  int64_t index = gradopt_instance_find(runner->get(), GRADOPT_ROLE_HYPER,
                                        tags::globalThreshold);
  if (index < 0)
    return std::nullopt;
  return runner->getScalar(static_cast<uint32_t>(index));
}

std::optional<bool> Run::isClipped(std::optional<double> norm) const {
  std::optional<double> threshold = getGlobalThreshold();
  if (!norm || !threshold)
    return std::nullopt;
  return *norm > *threshold;
}

Expected<std::optional<Results>>
Run::evaluateNow(const InterruptGuard &interrupt) {
  if (!evaluator) {
    auto made =
        Runner::create(model.getEvaluation(), source, seed, options.threads);
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
      {tags::heldOutLoss, static_cast<float>((*results)->loss)}};
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
