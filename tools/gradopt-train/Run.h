//===- Run.h - A training run --------------------------------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_RUN_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_RUN_H

#include "Evaluation.h"
#include "Model.h"
#include "Options.h"
#include "gradopt_train/Checkpoint.h"
#include "gradopt_train/Events.h"
#include "gradopt_train/Histograms.h"
#include "gradopt_train/Progress.h"
#include "gradopt_train/RunFolder.h"
#include "gradopt_train/Schedule.h"
#include <deque>

namespace mlir::gradopt {

/// A training run: what is kept from step to step and in its folder.
struct Run {
  using Status = ::gradopt::train::Status;

  Model &model;
  const Options &options;
  ::gradopt::train::DataSource &source;
  ::gradopt::train::RunFolder &folder;
  uint64_t seed;
  /// What the run begins with, if it is resumed.
  const ::gradopt::train::Checkpoint *checkpoint;

  std::unique_ptr<Runner> runner = nullptr;
  /// The program that evaluates, once it was needed.
  std::unique_ptr<Runner> evaluator = nullptr;
  std::unique_ptr<::gradopt::train::EventWriter> events = nullptr;
  ::gradopt::train::EvaluationHistory history = {};
  /// Results of the last steps that were committed.
  std::deque<Results> recent = {};
  /// The learning rates, by their entries, as they are before the schedule.
  std::vector<std::pair<uint32_t, double>> rates = {};
  /// Norms through time since they were last written, by their entries.
  std::vector<std::pair<uint32_t, ::gradopt::train::TimeProfile>> profiles = {};

  /// Makes the instance, as it is initialized or as the checkpoint has it.
  Status begin();
  uint64_t getStep() const { return gradopt_instance_step(runner->get()); }
  /// Sets the learning rates of the next step by the schedule.
  void setRates();
  /// Saves the run; it goes on with batch number `position`.
  Status save(const std::string &path, uint64_t position);
  Status save() { return save(folder.checkpointPath(), source.position()); }
  /// Opens the events and says in them what the run is.
  Status beginEvents();
  /// The events of the step that was made on so many time steps, in so many
  /// seconds.
  Status recordStep(const gradopt_step_report &report, int64_t time,
                    double seconds);
  /// Says in the events how the run ended.
  Status recordEnd(const std::string &how);

  /// Evaluates on what is held out, if that is due after so many steps and not
  /// done, and keeps the parameters if they are the best so far.
  Status evaluateIfDue(const ::gradopt::train::InterruptGuard &interrupt,
                       ::gradopt::train::ProgressPrinter *progress);
  /// Evaluates the current parameters; nothing if a signal came.
  ::gradopt::train::Expected<std::optional<Results>>
  evaluateNow(const ::gradopt::train::InterruptGuard &interrupt);
  /// Whether the evaluations have gone on for long enough without a new
  /// minimum.
  bool isExhausted() const {
    return options.patience && history.sinceLowest >= options.patience;
  }
  /// The joint norm of all gradients in the last step, if it is recorded.
  std::optional<double> getGradientNorm() const;
  /// The threshold of the recipe's clip over all gradients, if it has one.
  std::optional<double> getGlobalThreshold() const;
  /// Whether the clip over all gradients bit in the last step, which had this
  /// norm; nothing without such a clip.
  std::optional<bool> isClipped(std::optional<double> norm) const;

private:
  void savePlan(std::map<std::string, std::string> &metadata) const;
  Status checkPlan() const;
  Status load();
  Status checkClip();
  void findRates();
  bool isDue(uint64_t every) const { return every && getStep() % every == 0; }
  void addScalars(const gradopt_step_report &report, double seconds,
                  ::gradopt::train::Summary &summary) const;
  void addProfiles(bool write, int64_t time,
                   ::gradopt::train::Summary &summary);
  void addParameters(::gradopt::train::Summary &summary) const;
};

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_RUN_H
