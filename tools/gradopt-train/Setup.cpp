//===- Setup.cpp - Data and parameters of a program -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Setup.h"
#include "PyTorchFile.h"
#include "gradopt_train/RunFolder.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir::gradopt;
using namespace ::gradopt::train;

/// What is wrong with a size that the command line gives, if anything.
static Status checkSize(std::optional<int64_t> given,
                        std::optional<int64_t> fixed, const std::string &option,
                        const std::string &what) {
  if (!given || !fixed)
    return Status();
  return Status::error(option + " is for a model with a dynamic " + what +
                       " size: this one's is " + std::to_string(*fixed) +
                       "; leave the option out");
}

Expected<Capacity> mlir::gradopt::chooseSizes(Model &model,
                                              const Options &options,
                                              Capacity defaults) {
  Status status =
      checkSize(options.batch, model.getStaticBatch(), "--batch", "batch");
  if (status.ok())
    status =
        checkSize(options.window, model.getStaticTime(), "--window", "time");
  if (!status.ok())
    return status;
  return Capacity{
      model.getStaticTime().value_or(options.window.value_or(defaults.time)),
      model.getStaticBatch().value_or(options.batch.value_or(defaults.batch))};
}

Expected<std::unique_ptr<DataSource>>
mlir::gradopt::openData(Model &model, const Options &options,
                        const Checkpoint *checkpoint, bool whole) {
  bool isText = llvm::StringRef(options.data).starts_with("text:");
  auto sizes =
      chooseSizes(model, options,
                  {isText ? Options::defaultWindow : 0, Options::defaultBatch});
  if (!sizes.ok())
    return sizes.status();
  if (options.window && !isText)
    return Status::error("--window is for texts: other data has sequences of "
                         "its own length");
  DataOptions data;
  data.batch = sizes->batch;
  data.time = sizes->time;
  data.fixedTime = model.getStaticTime().has_value();
  data.fixedBatch = model.getStaticBatch().has_value();
  data.wanted = model.getInputs();
  data.indexLimits = model.getIndexLimits();
  data.wholeData = whole;
  if (checkpoint)
    data.stored = checkpoint->info.metadata;
  data.holdOut = options.holdOut.value_or(0.0);
  data.seed = checkpoint ? checkpoint->info.seed
                         : options.seed.value_or(Options::defaultSeed);
  return openDataSource(options.data, data);
}

Status mlir::gradopt::setThreshold(const Model &model, Runner &runner) {
  auto threshold = model.getThreshold();
  if (!threshold)
    return Status();
  Status status = runner.setHyper(threshold->first, threshold->second);
  return status.ok() ? status : Status::error("--clip: " + status.message());
}

Status mlir::gradopt::setLearningRate(const Options &options, Runner &runner) {
  if (!options.learningRate)
    return Status();
  Status status = runner.setHyper(kLearningRate, *options.learningRate);
  return status.ok() ? status : Status::error("--lr: " + status.message());
}

Expected<std::optional<Checkpoint>>
mlir::gradopt::openCheckpoint(const Options &options) {
  if (!options.init.empty())
    return std::optional<Checkpoint>();
  std::string path = options.checkpoint;
  if (path.empty() || llvm::sys::fs::is_directory(path))
    path = checkpointPath(path.empty() ? options.out : path);
  Expected<Checkpoint> checkpoint = readCheckpoint(path);
  if (!checkpoint.ok())
    return checkpoint.status();
  return std::optional<Checkpoint>(std::move(*checkpoint));
}

Status mlir::gradopt::loadParameters(Model &model, const Options &options,
                                     const Checkpoint *checkpoint,
                                     Runner &runner) {
  if (checkpoint)
    return ::gradopt::train::loadParameters(*checkpoint, runner.get());
  auto names = findPyTorchNames(model.getLoss());
  if (failed(names))
    return Status::error("the parameters of this model cannot be exchanged "
                         "with PyTorch");
  return readPyTorchFile(options.init, *names, runner);
}
