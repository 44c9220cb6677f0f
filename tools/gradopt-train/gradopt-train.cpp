//===- gradopt-train.cpp - Train a model on data --------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Modes.h"
#include "gradopt/InitAll.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SourceMgr.h"

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

  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::gradopt::registerAllDialects(registry);
  MLIRContext context(registry);
  // A diagnostic shows its line of the model; the op in its generic form, often
  // the whole model, would bury it.
  context.printOpOnDiagnostic(false);

  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> file =
      openInputFile(options->model, &error);
  if (!file)
    return fail(error);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(sources, &context);
  FailureOr<Model> model = Model::read(context, sources);
  if (failed(model))
    return 1;
  model->setLowering(options->lowering);
  return run(*model, *options);
}
