//===- RunLog.h - What a run folder tells -----------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_RUNLOG_H
#define GRADOPT_TRAIN_RUNLOG_H

#include "gradopt_train/Events.h"

namespace gradopt::train {

/// What the event files of a run folder hold, all starts of the run together.
struct RunLog {
  /// The report of a failure, as it was written.
  struct Failure {
    std::string name; ///< of its folder
    std::string text;
  };

  struct Entry : Event {
    bool madeAgain = false; ///< by a later start; it counts no more
  };

  std::string folder;
  std::vector<std::string> files; ///< names, in the order of their starts
  /// In the order in which they were written. An event of `sessionStart` stands
  /// before those of its start.
  std::vector<Entry> events;
  std::vector<std::string> notes; ///< what could not be read, a line each
  std::vector<Failure> failures;
};

/// Reads a run folder, also while a run writes to it. What is damaged or
/// incomplete is left out and noted. Fails if there are no event files, or if
/// one is none or of another version.
Expected<RunLog> readRunLog(const std::string &folder);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_RUNLOG_H
