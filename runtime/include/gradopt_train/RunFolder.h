//===- RunFolder.h - The output folder of a run -----------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_RUNFOLDER_H
#define GRADOPT_TRAIN_RUNFOLDER_H

#include "gradopt_train/Status.h"

#include <string>

namespace gradopt::train {

/// A folder that this process alone writes a run to, until it is destroyed.
class RunFolder {
public:
  RunFolder(RunFolder &&other) noexcept;
  RunFolder &operator=(RunFolder &&other) noexcept;
  ~RunFolder();

  const std::string &path() const { return folder; }
  std::string checkpointPath() const;
  /// Where the checkpoint with the lowest loss on held-out data goes.
  std::string bestPath() const { return folder + "/best.safetensors"; }

private:
  friend Expected<RunFolder> openRunFolder(const std::string &, bool);
  RunFolder(std::string folder, int lock)
      : folder(std::move(folder)), lock(lock) {}

  std::string folder;
  int lock;
};

/// Makes the folder if there is none. Refuses one that cannot be written, that
/// another process writes to, that holds a run (a checkpoint or event files)
/// unless `resume`, and with `resume` one that holds no checkpoint.
Expected<RunFolder> openRunFolder(const std::string &path, bool resume);

/// The checkpoint of a run, for those that only read.
std::string checkpointPath(const std::string &folder);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_RUNFOLDER_H
