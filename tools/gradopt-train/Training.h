//===- Training.h - The training loop ---------------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_TRAINING_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_TRAINING_H

#include "Model.h"
#include "gradopt_train/Checkpoint.h"
#include "gradopt_train/DataSource.h"
#include "gradopt_train/RunFolder.h"
#include <memory>
#include <optional>
#include <vector>

namespace mlir::gradopt {

struct TrainingOptions {
  uint64_t steps = 0;
  uint64_t seed = 0;
  uint64_t checkpointEvery = 0;
  std::optional<double> learningRate;
  /// --clip was given, so that its threshold is meant and not the checkpoint's.
  bool clipGiven = false;
  /// What the run begins with, if it is resumed.
  const ::gradopt::train::Checkpoint *checkpoint = nullptr;
};

/// An instance of a program whose inputs a data source fills.
class Runner {
public:
  static ::gradopt::train::Expected<std::unique_ptr<Runner>>
  create(const gradopt_program &program,
         const ::gradopt::train::DataSource &source);
  ~Runner();

  gradopt_instance *get() { return instance; }
  /// Where the source puts its arrays: the program's inputs, or memory that
  /// nothing reads for an array that the model does not take.
  void *const *getInputs() { return inputs.data(); }
  void zeroStates();
  /// The first value of an entry as a double; NaN if there is none such.
  double getScalar(gradopt_role role, const char *name);
  /// Changes a hyperparameter. Fails if there is none of this name, or if the
  /// value does not fit its type.
  ::gradopt::train::Status setHyper(const char *name, double value);

private:
  Runner() = default;
  gradopt_instance *instance = nullptr;
  int64_t maxTime = 0, maxBatch = 0;
  std::vector<void *> inputs;
  std::vector<std::vector<char>> unused;
};

/// Runs the whole training. Returns the exit status of the tool.
int runTraining(Model &model, ::gradopt::train::DataSource &source,
                ::gradopt::train::RunFolder &folder,
                const TrainingOptions &options);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_TRAINING_H
