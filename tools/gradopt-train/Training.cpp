//===- Training.cpp - The training loop -----------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Training.h"
#include "gradopt_train/Events.h"
#include "gradopt_train/Interrupt.h"
#include "gradopt_train/Progress.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <deque>
#include <set>

using namespace mlir::gradopt;
using namespace gradopt::train;

static int fail(const std::string &message) {
  std::fprintf(stderr, "gradopt-train: %s\n", message.c_str());
  return 1;
}

static gradopt_policy convertPolicy(Policy policy) {
  // The numbers are the same by definition of the dialect's enum.
  return static_cast<gradopt_policy>(policy);
}

/// What the thresholds of clips are called.
static constexpr char kClipPrefix[] = "clip.";

/// The training loss that is reported in the end is the mean over so many
/// steps.
static constexpr size_t kRecentSteps = 20;

/// Copies every parameter into the program that evaluates.
static void copyParameters(Runner &from, Runner &to) {
  for (uint32_t i = 0; i < gradopt_instance_count(to.get()); ++i) {
    const gradopt_manifest_entry *entry = gradopt_instance_entry(to.get(), i);
    if (entry->role != GRADOPT_ROLE_PARAM)
      continue;
    int64_t source = gradopt_instance_find(from.get(), GRADOPT_ROLE_PARAM,
                                           gradopt_instance_name(to.get(), i));
    if (source < 0)
      continue;
    std::memcpy(gradopt_instance_data(to.get(), i),
                gradopt_instance_data(from.get(), source),
                gradopt_entry_elements(entry, 0, 0) *
                    gradopt_element_size(entry->element_type));
  }
}

/// The mean loss over the batches that are held out; NaN if there are none, or
/// if a signal came.
static Expected<double> evaluate(Model &model, Runner &training,
                                 const DataSource &source,
                                 const InterruptGuard &interrupt) {
  Expected<std::unique_ptr<Runner>> made =
      Runner::create(model.getEvaluation(), source);
  if (!made.ok())
    return made.status();
  Runner &runner = **made;
  copyParameters(training, runner);
  gradopt_instance_set_policy(runner.get(), GRADOPT_REPORT, 0);
  double sum = 0;
  int64_t units = 0;
  for (int64_t i = 0; i < source.evaluationBatches(); ++i) {
    if (interrupt.interrupted())
      return std::nan("");
    BatchInfo info = source.fillEvaluation(i, runner.getInputs());
    if (info.restart)
      runner.zeroStates();
    if (gradopt_instance_run(runner.get(), info.time, info.batch, nullptr) !=
        GRADOPT_OK)
      return Status::error(gradopt_last_error());
    sum += runner.getScalar(GRADOPT_ROLE_LOSS, "") * info.units;
    units += info.units;
  }
  return units == 0 ? std::nan("") : sum / units;
}

namespace {
/// One run: what the loop needs from step to step.
struct Run {
  Model &model;
  DataSource &source;
  RunFolder &folder;
  const TrainingOptions &options;
  std::unique_ptr<Runner> runner;
  std::unique_ptr<EventWriter> events;
  /// Losses of the last steps and how many units each is the mean of.
  std::deque<std::pair<double, int64_t>> recent;

  Status begin();
  Status load();
  Status checkClip();
  Status save(uint64_t position);
  Status save() { return save(source.position()); }
  int stop(uint64_t position);
  Status recordEvents(uint64_t step, const gradopt_step_report &report);
  double getRecentLoss() const;
  bool isClipped(double norm);
};
} // namespace

Status Run::begin() {
  Expected<std::unique_ptr<Runner>> made =
      Runner::create(model.getStep(), source);
  if (!made.ok())
    return made.status();
  runner = std::move(*made);
  gradopt_instance *instance = runner->get();
  if (gradopt_instance_initialize(instance, options.seed) != GRADOPT_OK)
    return Status::error(gradopt_last_error());
  gradopt_instance_set_policy(instance, convertPolicy(model.getPolicy()),
                              GRADOPT_DEFAULT_MAX_CONSECUTIVE_SKIPS);
  if (options.checkpoint) {
    Status status = load();
    if (!status.ok())
      return status;
  }
  if (options.learningRate) {
    Status status = runner->setHyper("learning_rate", *options.learningRate);
    if (!status.ok())
      return Status::error("--lr: " + status.message());
  }
  return Status();
}

/// Puts the checkpoint into the instance. Hyperparameters that the command line
/// gives win over those of the checkpoint, which win over the recipe's.
Status Run::load() {
  gradopt_instance *instance = runner->get();
  std::vector<std::pair<const char *, double>> given;
  for (uint32_t i = 0; i < gradopt_instance_count(instance); ++i)
    if (gradopt_instance_entry(instance, i)->role == GRADOPT_ROLE_HYPER) {
      const char *name = gradopt_instance_name(instance, i);
      given.push_back({name, runner->getScalar(GRADOPT_ROLE_HYPER, name)});
    }
  Status status = checkClip();
  if (status.ok())
    status = loadInstance(*options.checkpoint, instance, source.time(),
                          source.batch());
  if (status.ok())
    status = source.restorePosition(options.checkpoint->info.metadata);
  if (!status.ok())
    return status;
  for (auto [name, value] : given) {
    bool isClip = llvm::StringRef(name).starts_with(kClipPrefix);
    if (isClip && options.clipGiven) {
      status = runner->setHyper(name, value);
      if (!status.ok())
        return status;
      continue;
    }
    double loaded = runner->getScalar(GRADOPT_ROLE_HYPER, name);
    bool isRate = llvm::StringRef(name) == "learning_rate";
    if (loaded != value && !(isRate && options.learningRate))
      std::fprintf(stderr,
                   "gradopt-train: %s stays %g as in the checkpoint, not %g as "
                   "in the recipe; %s changes it\n",
                   name, loaded, value, isClip ? "--clip" : "--lr");
  }
  return Status();
}

/// Refuses other kinds of clip than the checkpoint's, by --clip or without it,
/// which says more than the names of the tensors that differ.
Status Run::checkClip() {
  gradopt_instance *instance = runner->get();
  std::set<std::string> wanted, stored;
  for (uint32_t i = 0; i < gradopt_instance_count(instance); ++i)
    if (gradopt_instance_entry(instance, i)->role == GRADOPT_ROLE_HYPER &&
        llvm::StringRef(gradopt_instance_name(instance, i))
            .starts_with(kClipPrefix))
      wanted.insert(gradopt_instance_name(instance, i));
  const std::string prefix = "hyper:";
  for (const StoredTensor &tensor : options.checkpoint->tensors)
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

/// Saves the instance; it goes on with batch number `position`.
Status Run::save(uint64_t position) {
  std::map<std::string, std::string> metadata = source.savePosition();
  metadata[dataPositionKey] = std::to_string(position);
  return saveInstance(folder.checkpointPath(), runner->get(), source.time(),
                      source.batch(), options.seed, metadata);
}

/// Ends a run that its policy stopped. The step that stopped it changed nothing
/// and is taken back: to resume is to try it again.
int Run::stop(uint64_t position) {
  gradopt_instance *instance = runner->get();
  uint64_t step = gradopt_instance_step(instance);
  gradopt_instance_set_step(instance, step - 1);
  Status status = save(position);
  if (!status.ok())
    return fail("the run was stopped at step " + std::to_string(step) + "; " +
                status.message());
  return fail(
      "the run was stopped; " + folder.checkpointPath() +
      " holds the state before step " + std::to_string(step) +
      ": change what made it fail, for example by a lower --lr, and run "
      "the same command with --resume");
}

/// Every scalar that the step recorded, and the loss.
Status Run::recordEvents(uint64_t step, const gradopt_step_report &report) {
  gradopt_instance *instance = runner->get();
  std::vector<Scalar> scalars;
  scalars.push_back(
      {"loss", static_cast<float>(runner->getScalar(GRADOPT_ROLE_LOSS, ""))});
  scalars.push_back({"skipped_steps", static_cast<float>(report.total_skips)});
  for (uint32_t i = 0; i < gradopt_instance_count(instance); ++i) {
    const gradopt_manifest_entry *entry = gradopt_instance_entry(instance, i);
    if (entry->role != GRADOPT_ROLE_RECORD || entry->rank != 0)
      continue;
    const char *name = gradopt_instance_name(instance, i);
    scalars.push_back({name, static_cast<float>(runner->getScalar(
                                 GRADOPT_ROLE_RECORD, name))});
  }
  return events->addScalars(step, scalars);
}

double Run::getRecentLoss() const {
  double sum = 0;
  int64_t units = 0;
  for (auto [loss, count] : recent) {
    sum += loss * count;
    units += count;
  }
  return units == 0 ? std::nan("") : sum / units;
}

/// Whether the clip over all gradients bit in the last step.
bool Run::isClipped(double norm) {
  return norm >
         runner->getScalar(GRADOPT_ROLE_HYPER, "clip.global_norm.threshold");
}

/// The last lines: the result beside what a predictor that learned nothing
/// gets.
static int finish(Run &run, const InterruptGuard &interrupt, uint64_t done,
                  uint64_t skipped) {
  Metric metric = run.source.metric();
  const char *unit = metricName(metric);
  std::printf("%llu steps done", static_cast<unsigned long long>(done));
  if (skipped != 0)
    std::printf(", %llu of this start's skipped",
                static_cast<unsigned long long>(skipped));
  std::printf("\n");
  std::optional<double> result;
  if (!run.recent.empty() || skipped != 0) {
    result = metricValue(metric, run.getRecentLoss());
    std::printf("%-10s %.4f %s\n", "training", *result, unit);
  }
  if (run.source.evaluationBatches() > 0) {
    Expected<double> loss =
        evaluate(run.model, *run.runner, run.source, interrupt);
    if (!loss.ok())
      return fail(loss.message());
    if (interrupt.interrupted()) {
      std::printf("interrupted while evaluating; all steps are in %s\n",
                  run.folder.checkpointPath().c_str());
      return 130;
    }
    result = metricValue(metric, *loss);
    std::printf("%-10s %.4f %s\n", "held out", *result, unit);
  }
  if (std::optional<double> baseline = run.source.baseline())
    std::printf("%-10s %.4f %s (%s)\n", "baseline", *baseline, unit,
                run.source.baselineName().c_str());
  if (result)
    std::printf("%.3f %s\n", *result, unit);
  return 0;
}

int mlir::gradopt::runTraining(Model &model, DataSource &source,
                               RunFolder &folder,
                               const TrainingOptions &options) {
  Run run{model, source, folder, options, nullptr, nullptr, {}};
  InterruptGuard interrupt;
  Status status = run.begin();
  if (!status.ok())
    return fail(status.message());
  gradopt_instance *instance = run.runner->get();
  uint64_t first = gradopt_instance_step(instance);
  if (first >= options.steps) {
    std::printf("the checkpoint has %llu steps already, and --steps asks for "
                "%llu in all: no step is made\n",
                static_cast<unsigned long long>(first),
                static_cast<unsigned long long>(options.steps));
    return finish(run, interrupt, first, 0);
  }
  // What earlier files hold from the first step on is forgotten.
  Expected<std::unique_ptr<EventWriter>> writer = EventWriter::create(
      folder.path(),
      options.checkpoint ? std::optional<int64_t>(first + 1) : std::nullopt);
  if (!writer.ok())
    return fail(writer.message());
  run.events = std::move(*writer);

  ProgressPrinter::Options printing;
  printing.terminal = isTerminal(stderr);
  printing.columns = terminalColumns(stderr);
  ProgressPrinter progress(printing, source.metric(), first, options.steps);
  char line[512];
  uint64_t step = first, skipped = 0;
  while (step < options.steps && !interrupt.interrupted()) {
    uint64_t position = source.position();
    BatchInfo info = source.next(run.runner->getInputs());
    if (info.restart)
      run.runner->zeroStates();
    gradopt_step_report report;
    gradopt_status ran =
        gradopt_instance_run(instance, info.time, info.batch, &report);
    if (ran != GRADOPT_OK && ran != GRADOPT_STOPPED)
      return fail(gradopt_last_error());
    ++step;
    skipped = report.total_skips;
    double loss = run.runner->getScalar(GRADOPT_ROLE_LOSS, "");
    double norm =
        run.runner->getScalar(GRADOPT_ROLE_RECORD, "gradient/global/norm");
    progress.step(step, {loss, norm, run.isClipped(norm), info.units});
    if (report.action == GRADOPT_ACTION_COMMITTED) {
      run.recent.push_back({loss, info.units});
      if (run.recent.size() > kRecentSteps)
        run.recent.pop_front();
    } else {
      gradopt_format_report(&report, line, sizeof(line));
      progress.note(line);
    }
    status = run.recordEvents(step, report);
    if (ran == GRADOPT_STOPPED) {
      progress.finish();
      if (!status.ok())
        fail(status.message());
      return run.stop(position);
    }
    if (!status.ok()) {
      progress.finish();
      fail(status.message());
      status = run.save();
      return fail(status.ok()
                      ? "the run ends here; " + folder.checkpointPath() +
                            " holds its state after step " +
                            std::to_string(step)
                      : status.message());
    }
    if (options.checkpointEvery && step % options.checkpointEvery == 0) {
      status = run.save();
      if (!status.ok())
        progress.note("gradopt-train: " + status.message());
    }
  }
  progress.finish();
  status = run.save();
  if (!status.ok())
    return fail(status.message());
  if (step < options.steps) {
    std::printf("interrupted after step %llu of %llu; the checkpoint is in %s: "
                "run the same command with --resume to go on\n",
                static_cast<unsigned long long>(step),
                static_cast<unsigned long long>(options.steps),
                folder.checkpointPath().c_str());
    return 130;
  }
  return finish(run, interrupt, step, skipped);
}
