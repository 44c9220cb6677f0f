//===- Progress.h - The progress line of a run ------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_PROGRESS_H
#define GRADOPT_TRAIN_PROGRESS_H

#include "gradopt_train/DataSource.h"

#include <cstdio>
#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace gradopt::train {

/// What one progress line shows.
struct ProgressLine {
  uint64_t step = 0;
  uint64_t steps = 0; ///< of the whole run; 0 if open-ended
  Metric metric = Metric::BitsPerCharacter;
  double loss = 0; ///< as the step computes it (nats for a text)
  std::optional<double> gradientNorm; ///< left out where nothing records it
  /// Of recent steps, 0 to 1; left out where nothing clips by a global norm.
  std::optional<double> clipShare;
  double unitsPerSecond = 0;
  double secondsLeft = -1; ///< negative if not known
};

/// One line without an end of line, e.g.
/// "step 120/1000  2.314 bits/char  |g| 0.87  clipped 12%  41.2k char/s  left
/// 1m05s".
std::string formatProgress(const ProgressLine &line);

/// "12s", "3m05s", "2h07m" or "3d04h".
std::string formatDuration(double seconds);

/// Shows progress: on a terminal one line that is written over, elsewhere plain
/// lines every few seconds.
class ProgressPrinter {
public:
  struct Options {
    std::FILE *out = stderr;
    bool terminal = false; ///< see isTerminal()
    int columns = 0;       ///< of the terminal; 0 does not cut the line
    double interval = -1;  ///< seconds; negative: 0.1 on a terminal, else 10
    /// Seconds of a steady clock; for tests. Empty takes the system's.
    std::function<double()> clock;
  };
  struct Step {
    double loss = 0;
    std::optional<double> gradientNorm; ///< if the step records it
    std::optional<bool> clipped;        ///< if it clips by a global norm
    int64_t units = 0;                  ///< BatchInfo::units
  };

  ProgressPrinter(Options options, Metric metric, uint64_t firstStep,
                  uint64_t steps);

  /// After every step; prints when it is time, and always the first step and
  /// the last.
  void step(uint64_t step, const Step &values);
  /// A line of its own that stays, e.g. a report of a skipped step.
  void note(const std::string &line);
  /// Shows the last step if it was not, and ends the line.
  void finish();

private:
  void print(const ProgressLine &line);

  Options options;
  Metric metric;
  uint64_t firstStep;
  uint64_t steps;
  double started;
  double lastPrint;
  int64_t units = 0;
  std::deque<bool> clips;
  ProgressLine latest;
  bool pending = false;
  bool anyPrinted = false;
  bool lineOpen = false;
};

bool isTerminal(std::FILE *file);
/// Width of the terminal, or 0.
int terminalColumns(std::FILE *file);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_PROGRESS_H
