//===- gradopt-train.cpp - Train a model on data --------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Modes.h"
#include "model-file/ModelFile.h"
#include "llvm/Support/Process.h"

#include <csignal>

using namespace mlir;
using namespace mlir::gradopt;

static int run(Model &model, const Options &options) {
  switch (options.mode) {
  case Mode::Train:
    return runTraining(model, options);
  case Mode::Evaluate:
    return runEvaluation(model, options);
  case Mode::Predict:
    return runPrediction(model, options);
  case Mode::Sample:
    return runSampling(model, options);
  case Mode::DryRun:
    return runDryRun(model, options);
  case Mode::Gradcheck:
    return runGradcheck(model, options);
  case Mode::Export:
    return runExport(model, options);
  }
  return 1;
}

int main(int argc, char **argv) {
  // A file that got the number of a closed standard stream would be printed to.
  if (std::error_code error =
          llvm::sys::Process::FixupStandardFileDescriptors())
    return fail(error.message());
  // A write beyond a limit on file sizes then is an error like that of a full
  // disk, and a run outlives the reader of its progress.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  std::optional<Options> options = parseOptions(argc, argv);
  if (!options)
    return 1;

  std::string error;
  std::unique_ptr<ModelFile> file = ModelFile::open(options->model, error);
  if (!file)
    return fail(error);
  FailureOr<Model> model = Model::read(*file);
  if (failed(model))
    return 1;
  model->setLowering(options->lowering);
  return run(*model, *options);
}
