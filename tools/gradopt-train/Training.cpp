//===- Training.cpp - The training loop -----------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Training.h"
#include "gradopt_train/Checkpoint.h"
#include "gradopt_train/Events.h"
#include "gradopt_train/Interrupt.h"
#include "gradopt_train/Progress.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <deque>

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

/// The training loss that is reported in the end is the mean over so many steps.
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

/// The mean loss over the batches that are held out, NaN if there are none.
static Expected<double> evaluate(Model &model, Runner &training,
                                 const DataSource &source) {
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
  Status save();
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
  std::optional<int64_t> resumedStep;
  if (options.resume) {
    Expected<Checkpoint> checkpoint = readCheckpoint(folder.checkpointPath());
    if (!checkpoint.ok())
      return checkpoint.status();
    Status status = loadInstance(*checkpoint, instance, source.time(),
                                 source.batch());
    if (status.ok())
      status = source.restorePosition(checkpoint->info.metadata);
    if (!status.ok())
      return status;
    resumedStep = gradopt_instance_step(instance);
  }
  if (options.learningRate) {
    int64_t rate = gradopt_instance_find(instance, GRADOPT_ROLE_HYPER,
                                         "learning_rate");
    if (rate < 0)
      return Status::error("--lr: the model's recipe has no optimizer");
    void *data = gradopt_instance_data(instance, rate);
    if (gradopt_instance_entry(instance, rate)->element_type == GRADOPT_F64)
      *static_cast<double *>(data) = *options.learningRate;
    else
      *static_cast<float *>(data) = *options.learningRate;
  }
  Expected<std::unique_ptr<EventWriter>> writer =
      EventWriter::create(folder.path(), resumedStep);
  if (!writer.ok())
    return writer.status();
  events = std::move(*writer);
  return Status();
}

Status Run::save() {
  return saveInstance(folder.checkpointPath(), runner->get(), source.time(),
                      source.batch(), options.seed, source.savePosition());
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
  return norm > runner->getScalar(GRADOPT_ROLE_HYPER,
                                  "clip.global_norm.threshold");
}

/// The last lines: the result beside what a predictor that learned nothing gets.
static int finish(Run &run, uint64_t done) {
  Metric metric = run.source.metric();
  const char *unit = metricName(metric);
  double training = metricValue(metric, run.getRecentLoss());
  double result = training;
  std::printf("%llu steps done\n", static_cast<unsigned long long>(done));
  std::printf("%-10s %.4f %s\n", "training", training, unit);
  if (run.source.evaluationBatches() > 0) {
    Expected<double> loss = evaluate(run.model, *run.runner, run.source);
    if (!loss.ok())
      return fail(loss.message());
    result = metricValue(metric, *loss);
    std::printf("%-10s %.4f %s\n", "held out", result, unit);
  }
  std::printf("%-10s %.4f %s (%s)\n", "baseline", run.source.baseline(), unit,
              run.source.baselineName().c_str());
  std::printf("%.3f %s\n", result, unit);
  return 0;
}

int mlir::gradopt::runTraining(Model &model, DataSource &source,
                               RunFolder &folder,
                               const TrainingOptions &options) {
  Run run{model, source, folder, options, nullptr, nullptr, {}};
  Status status = run.begin();
  if (!status.ok())
    return fail(status.message());
  gradopt_instance *instance = run.runner->get();
  uint64_t first = gradopt_instance_step(instance);
  if (first >= options.steps)
    std::printf("the run has %llu steps already\n",
                static_cast<unsigned long long>(first));

  InterruptGuard interrupt;
  ProgressPrinter::Options printing;
  printing.terminal = isTerminal(stderr);
  printing.columns = terminalColumns(stderr);
  ProgressPrinter progress(printing, source.metric(), first, options.steps);
  char line[512];
  uint64_t step = first;
  while (step < options.steps && !interrupt.interrupted()) {
    BatchInfo info = source.next(run.runner->getInputs());
    if (info.restart)
      run.runner->zeroStates();
    gradopt_step_report report;
    gradopt_status ran =
        gradopt_instance_run(instance, info.time, info.batch, &report);
    if (ran != GRADOPT_OK && ran != GRADOPT_STOPPED)
      return fail(gradopt_last_error());
    ++step;
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
    if (!status.ok()) {
      progress.finish();
      return fail(status.message());
    }
    if (ran == GRADOPT_STOPPED) {
      progress.finish();
      return fail("the run was stopped; " + folder.path() +
                  " holds its events" +
                  (options.checkpointEvery ? " and last checkpoint" : ""));
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
  if (interrupt.interrupted() && step < options.steps) {
    std::printf("interrupted after step %llu of %llu; the checkpoint is in %s: "
                "run the same command with --resume to go on\n",
                static_cast<unsigned long long>(step),
                static_cast<unsigned long long>(options.steps),
                folder.checkpointPath().c_str());
    return 130;
  }
  return finish(run, step);
}
