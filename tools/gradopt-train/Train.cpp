//===- Train.cpp - The training loop --------------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Modes.h"
#include "PyTorchNames.h"
#include "Run.h"
#include "Setup.h"
#include "gradopt_train/Prefetcher.h"

#include <chrono>
#include <cstdio>

using namespace mlir;
using namespace mlir::gradopt;
using namespace ::gradopt::train;

/// The training results that are reported in the end are the mean over so many
/// steps.
static constexpr size_t kRecentSteps = 20;

static unsigned long long print(uint64_t number) { return number; }

/// Ends a run that its policy stopped. The step that stopped it changed nothing
/// and is taken back: to resume is to try it again.
static int stop(Run &run, uint64_t position) {
  uint64_t step = run.getStep();
  if (Status told = run.recordEnd("stopped by its policy at step " +
                                  std::to_string(step));
      !told.ok())
    fail(told.message());
  gradopt_instance_set_step(run.runner->get(), step - 1);
  std::string path = run.folder.checkpointPath();
  Status status = run.save(path, position);
  if (!status.ok())
    return fail("the run was stopped at step " + std::to_string(step) + "; " +
                status.message());
  return fail(
      "the run was stopped; " + path + " holds the state before step " +
      std::to_string(step) +
      ": change what made it fail, for example by a lower --lr, and run "
      "the same command with --resume");
}

/// Ends a run whose events or evaluations cannot go on.
static int abandon(Run &run, const Status &failure) {
  fail(failure.message());
  Status status = run.save();
  return fail(status.ok()
                  ? "the run ends here; " + run.folder.checkpointPath() +
                        " holds its state after step " +
                        std::to_string(run.getStep())
                  : status.message());
}

/// The last lines: the result beside what a predictor that learned nothing
/// gets.
static int finish(Run &run, const InterruptGuard &interrupt, uint64_t skipped) {
  Metric metric = run.source.metric();
  std::printf("%llu steps done", print(run.getStep()));
  if (skipped != 0)
    std::printf(", %llu of this start's skipped", print(skipped));
  std::printf("\n");
  if (run.isExhausted())
    std::printf("no lower loss in %llu evaluations: the run has ended early\n",
                print(run.history.sinceLowest));
  std::optional<double> result;
  if (!run.recent.empty() || skipped != 0) {
    Results training = meanOf(run.recent);
    result = training.loss;
    printResults("training", metric, run.runner->getMetricNames(), training);
  }
  if (run.source.evaluationBatches() > 0) {
    auto held = run.evaluateNow(interrupt);
    if (!held.ok())
      return fail(held.message());
    if (!*held) {
      std::printf("interrupted while evaluating; all steps are in %s\n",
                  run.folder.checkpointPath().c_str());
      return 130;
    }
    result = (*held)->loss;
    printResults("held out", metric, run.evaluator->getMetricNames(), **held);
  }
  if (run.history.lowestStep != 0)
    std::printf("%-10s %.4f %s after step %llu, in %s\n", "lowest",
                metricValue(metric, run.history.lowest), metricName(metric),
                print(run.history.lowestStep), run.folder.bestPath().c_str());
  printEnd(run.source, result);
  return 0;
}

/// How a run ended that nothing made fail.
static std::string describeEnd(const Run &run) {
  if (run.getStep() == run.options.steps)
    return "all steps are done";
  return run.isExhausted()
             ? "no lower loss in " + std::to_string(run.history.sinceLowest) +
                   " evaluations"
             : "interrupted";
}

/// Makes the steps up to --steps and saves the run. Returns an exit status, or
/// nothing if the run is to be finished.
static std::optional<int> makeSteps(Run &run, const InterruptGuard &interrupt,
                                    uint64_t &skipped) {
  const Options &options = run.options;
  uint64_t step = run.getStep();
  ProgressPrinter::Options printing;
  printing.terminal = isTerminal(stderr);
  printing.columns = terminalColumns(stderr);
  ProgressPrinter progress(printing, run.source.metric(), step, options.steps);
  auto prefetcher = Prefetcher::create(run.source);
  if (!prefetcher.ok())
    return fail(prefetcher.message());
  // A run that was interrupted while it evaluated has this to do first.
  Status status = run.evaluateIfDue(interrupt, &progress);
  if (!status.ok())
    return abandon(run, status);
  char line[512];
  while (step < options.steps && !run.isExhausted() &&
         !interrupt.interrupted()) {
    const auto started = std::chrono::steady_clock::now();
    uint64_t position = run.source.position();
    Expected<BatchInfo> batch = (*prefetcher)->next(run.runner->getInputs());
    if (!batch.ok())
      return abandon(run, batch.status());
    if (batch->restart)
      run.runner->zeroStates();
    run.setRates();
    gradopt_step_report report;
    gradopt_status ran = gradopt_instance_run(run.runner->get(), batch->time,
                                              batch->batch, &report);
    if (ran != GRADOPT_OK && ran != GRADOPT_STOPPED)
      return fail(gradopt_last_error());
    const std::chrono::duration<double> taken =
        std::chrono::steady_clock::now() - started;
    ++step;
    skipped = report.total_skips;
    Results results = run.runner->getResults(*batch);
    std::optional<double> norm = run.getGradientNorm();
    progress.step(step,
                  {results.loss, norm, run.isClipped(norm), batch->units});
    if (report.action == GRADOPT_ACTION_COMMITTED) {
      run.recent.push_back(results);
      if (run.recent.size() > kRecentSteps)
        run.recent.pop_front();
    } else {
      gradopt_format_report(&report, line, sizeof(line));
      progress.note(line);
    }
    status = run.recordStep(report, batch->time, taken.count());
    if (ran == GRADOPT_STOPPED) {
      progress.finish();
      if (!status.ok())
        fail(status.message());
      return stop(run, position);
    }
    if (status.ok())
      status = run.evaluateIfDue(interrupt, &progress);
    if (!status.ok()) {
      progress.finish();
      return abandon(run, status);
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
  status = run.recordEnd(describeEnd(run));
  if (!status.ok())
    return fail(status.message());
  if (step == options.steps || run.isExhausted())
    return std::nullopt;
  std::printf("interrupted after step %llu of %llu; the checkpoint is in %s: "
              "run the same command with --resume to go on\n",
              print(step), print(options.steps),
              run.folder.checkpointPath().c_str());
  return 130;
}

/// What the options ask of evaluations, and whether there is data for them.
static Status checkEvaluations(const Model &model, const Options &options,
                               const DataSource &source) {
  if (options.evaluateEvery && source.evaluationBatches() == 0)
    return Status::error("--evaluate-every: no data is held out to evaluate "
                         "on; give --hold-out=SHARE");
  if (model.getSchedule().kind == ::gradopt::train::ScheduleKind::Plateau &&
      !options.evaluateEvery)
    return Status::error("the recipe's schedule is a plateau, which goes by "
                         "the loss of evaluations: give --evaluate-every");
  return Status();
}

static int train(Run &run) {
  InterruptGuard interrupt;
  Status status = checkEvaluations(run.model, run.options, run.source);
  if (status.ok())
    status = run.begin();
  if (!status.ok())
    return fail(status.message());
  uint64_t first = run.getStep();
  if (first >= run.options.steps) {
    std::printf("the checkpoint has %llu steps already, and --steps asks for "
                "%llu in all: no step is made\n",
                print(first), print(run.options.steps));
    return finish(run, interrupt, 0);
  }
  if (run.isExhausted())
    return finish(run, interrupt, 0);
  status = run.beginEvents();
  if (!status.ok())
    return fail(status.message());
  uint64_t skipped = 0;
  if (std::optional<int> status = makeSteps(run, interrupt, skipped))
    return *status;
  return finish(run, interrupt, skipped);
}

/// The seed of the run: a resumed one goes on with its own.
static Expected<uint64_t> chooseSeed(const Options &options,
                                     const Checkpoint *checkpoint) {
  if (!checkpoint)
    return options.seed.value_or(Options::defaultSeed);
  if (options.seed && *options.seed != checkpoint->info.seed)
    return Status::error(
        "--seed: the run in " + options.out + " has the seed " +
        std::to_string(checkpoint->info.seed) +
        ", a resumed run cannot have another one; leave the option out");
  return checkpoint->info.seed;
}

int mlir::gradopt::runTraining(Model &model, const Options &options) {
  std::optional<RunFolder> folder;
  auto openFolder = [&] {
    auto opened = openRunFolder(options.out, options.resume);
    if (!opened.ok())
      return opened.status();
    folder.emplace(std::move(*opened));
    return Status();
  };
  std::optional<Checkpoint> checkpoint;
  if (options.resume) {
    Status status = openFolder();
    if (!status.ok())
      return fail(status.message());
    auto stored = readCheckpoint(folder->checkpointPath());
    if (!stored.ok())
      return fail(stored.message());
    checkpoint.emplace(std::move(*stored));
  }
  const Checkpoint *stored = checkpoint ? &*checkpoint : nullptr;
  auto seed = chooseSeed(options, stored);
  if (!seed.ok())
    return fail(seed.message());
  auto source = openData(model, options, stored, /*whole=*/false);
  if (!source.ok())
    return fail(source.message());
  if (!options.init.empty() && failed(findPyTorchNames(model.getLoss())))
    return 1;
  // A new folder is made last of what can fail fast, but before the compiler
  // starts: one that cannot be used costs no wait.
  if (!folder) {
    Status status = openFolder();
    if (!status.ok())
      return fail(status.message());
  }
  if (failed(model.compileEvaluation()) ||
      failed(model.compileStep(options.clip)))
    return 1;
  Run run{model, options, **source, *folder, *seed, stored};
  return train(run);
}
