//===- Setup.h - Data and parameters of a program ------------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_SETUP_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_SETUP_H

#include "Model.h"
#include "Options.h"
#include "Runner.h"
#include "gradopt_train/Checkpoint.h"

namespace mlir::gradopt {

/// Opens the data that the options name for the inputs of the model. What a
/// checkpoint knows of its data, such as a vocabulary, is used again. `whole`:
/// all of it is for evaluation.
::gradopt::train::Expected<std::unique_ptr<::gradopt::train::DataSource>>
openData(Model &model, const Options &options,
         const ::gradopt::train::Checkpoint *checkpoint, bool whole);

/// Why --evaluate and --predict have no data.
inline constexpr char kNothingHeldOut[] =
    "there is no data to run on: --hold-out holds nothing out; leave it out to "
    "take all data";

/// The sizes that a program is to run at, from the model, the options or the
/// given defaults.
struct Capacity {
  int64_t time, batch;
};
::gradopt::train::Expected<Capacity>
chooseSizes(Model &model, const Options &options, Capacity defaults);

/// The hyperparameter that --lr sets.
inline constexpr char kLearningRate[] = "learning_rate";

/// Give the training step what --clip and --lr say, if they do.
::gradopt::train::Status setThreshold(const Model &model, Runner &runner);
::gradopt::train::Status setLearningRate(const Options &options,
                                         Runner &runner);

/// The checkpoint that --checkpoint or --out names; none with --init.
::gradopt::train::Expected<std::optional<::gradopt::train::Checkpoint>>
openCheckpoint(const Options &options);

/// Sets the parameters of a program from the checkpoint, or without one from
/// --init's file.
::gradopt::train::Status
loadParameters(Model &model, const Options &options,
               const ::gradopt::train::Checkpoint *checkpoint, Runner &runner);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_SETUP_H
