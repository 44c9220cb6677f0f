//===- gradopt-train.cpp - Train a model on data --------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "Training.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/InitAll.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SourceMgr.h"

#include <cmath>
#include <csignal>

using namespace mlir;
using namespace mlir::gradopt;
namespace cl = llvm::cl;

static cl::OptionCategory category("Options of gradopt-train");
static cl::opt<std::string> modelFile(cl::Positional, cl::Required,
                                      cl::desc("MODEL.mlir"),
                                      cl::cat(category));
static cl::opt<std::string>
    data("data", cl::Required, cl::value_desc("source"),
         cl::desc("text:FILE or task:adding?length=100"), cl::cat(category));
static cl::opt<uint64_t> steps("steps", cl::Required,
                               cl::desc("training steps of the whole run"),
                               cl::cat(category));
static cl::opt<uint64_t>
    seed("seed", cl::init(1),
         cl::desc("seed of parameters and data (default 1)"),
         cl::cat(category));
static cl::opt<std::string> out("out", cl::Required, cl::value_desc("folder"),
                                cl::desc("where checkpoint and events go"),
                                cl::cat(category));
static cl::opt<bool> resume("resume",
                            cl::desc("go on from the folder's checkpoint"),
                            cl::cat(category));
static cl::opt<double>
    holdOut("hold-out", cl::init(0.0), cl::value_desc("share"),
            cl::desc("part of a text, from its end, to evaluate on: 0 <= share "
                     "< 1 (default 0)"),
            cl::cat(category));
static cl::opt<uint64_t>
    checkpointEvery("checkpoint-every", cl::init(0), cl::value_desc("steps"),
                    cl::desc("0: at the end and when interrupted (default)"),
                    cl::cat(category));
static cl::opt<double>
    learningRate("lr", cl::value_desc("rate"),
                 cl::desc("learning rate instead of the recipe's; > 0"),
                 cl::cat(category));
static cl::opt<std::string>
    clip("clip", cl::value_desc("none|KIND=THRESHOLD"),
         cl::desc("clip instead of the recipe's: value, norm, group_norm or "
                  "global_norm"),
         cl::cat(category));
static cl::opt<int64_t>
    batch("batch", cl::init(32), cl::value_desc("rows"),
          cl::desc("batch rows, if the model's batch is dynamic (default 32)"),
          cl::cat(category));
static cl::opt<int64_t>
    window("window", cl::init(32), cl::value_desc("steps"),
           cl::desc("time steps of one batch of text, if the model's time is "
                    "dynamic (default 32)"),
           cl::cat(category));

static int fail(const std::string &message) {
  llvm::errs() << "gradopt-train: " << message << "\n";
  return 1;
}

/// What is wrong with the options by themselves, "" if nothing is.
static std::string checkOptions() {
  if (steps < 1)
    return "--steps: a run has at least 1 step";
  if (learningRate.getNumOccurrences() &&
      !(learningRate > 0 && std::isfinite(learningRate)))
    return "--lr: the learning rate must be a finite number greater than 0";
  if (clip.getNumOccurrences() && clip != "none") {
    auto [kind, number] = StringRef(clip).split('=');
    double threshold;
    if (!symbolizeClipKind(kind) || number.getAsDouble(threshold) ||
        !(threshold >= 0 && std::isfinite(threshold)))
      return "--clip: '" + clip +
             "' is neither none nor KIND=THRESHOLD, with KIND one of value, "
             "norm, group_norm and global_norm and THRESHOLD a finite number "
             "that is not negative";
  }
  return "";
}

/// What is wrong with the sizes of batches for this model and data, "" if
/// nothing is.
static std::string checkSizes(Model &model) {
  auto check = [](cl::opt<int64_t> &option, std::optional<int64_t> fixed,
                  StringRef what) -> std::string {
    if (!option.getNumOccurrences())
      return "";
    std::string name = "--" + option.ArgStr.str();
    if (option < 1)
      return name + ": " + std::to_string(option) + " is not at least 1";
    if (fixed)
      return name + " is for a model with a dynamic " + what.str() +
             " size: this one's is " + std::to_string(*fixed) +
             "; leave the option out";
    return "";
  };
  std::string wrong = check(batch, model.getStaticBatch(), "batch");
  if (wrong.empty())
    wrong = check(window, model.getStaticTime(), "time");
  if (wrong.empty() && window.getNumOccurrences() &&
      StringRef(data).starts_with("task:"))
    wrong = "--window is for texts: a task has sequences of its own length";
  return wrong;
}

/// The seed of the run: a resumed one goes on with its own.
static ::gradopt::train::Expected<uint64_t>
chooseSeed(const std::optional<::gradopt::train::Checkpoint> &checkpoint) {
  if (!checkpoint)
    return uint64_t(seed);
  if (seed.getNumOccurrences() && seed != checkpoint->info.seed)
    return ::gradopt::train::Status::error(
        "--seed: the run in " + out + " has the seed " +
        std::to_string(checkpoint->info.seed) +
        ", a resumed run cannot have another one; leave the option out");
  return checkpoint->info.seed;
}

static int train(Model &model) {
  std::string wrong = checkSizes(model);
  if (!wrong.empty())
    return fail(wrong);

  std::optional<::gradopt::train::RunFolder> folder;
  auto openFolder = [&] {
    auto opened = ::gradopt::train::openRunFolder(out, resume);
    if (!opened.ok())
      return opened.status();
    folder.emplace(std::move(*opened));
    return ::gradopt::train::Status();
  };
  std::optional<::gradopt::train::Checkpoint> checkpoint;
  if (resume) {
    auto status = openFolder();
    if (!status.ok())
      return fail(status.message());
    auto stored = ::gradopt::train::readCheckpoint(folder->checkpointPath());
    if (!stored.ok())
      return fail(stored.message());
    checkpoint.emplace(std::move(*stored));
  }
  auto chosenSeed = chooseSeed(checkpoint);
  if (!chosenSeed.ok())
    return fail(chosenSeed.message());

  ::gradopt::train::DataOptions dataOptions;
  dataOptions.batch = model.getStaticBatch().value_or(batch);
  bool isText = StringRef(data).starts_with("text:");
  dataOptions.time = model.getStaticTime().value_or(isText ? window : 0);
  dataOptions.fixedTime = model.getStaticTime().has_value();
  dataOptions.holdOut = holdOut;
  dataOptions.seed = *chosenSeed;
  if (int64_t limit = model.getVocabularyLimit({"tokens", "targets"}))
    dataOptions.indexLimits["tokens"] = limit;
  auto source = ::gradopt::train::openDataSource(data, dataOptions);
  if (!source.ok())
    return fail(source.message());
  // A new folder is made last of what can fail fast, but before the compiler
  // starts: one that cannot be used costs no wait.
  if (!folder) {
    auto status = openFolder();
    if (!status.ok())
      return fail(status.message());
  }
  if (failed(model.compile(clip)))
    return 1;

  TrainingOptions options;
  options.steps = steps;
  options.seed = *chosenSeed;
  options.checkpointEvery = checkpointEvery;
  options.clipGiven = clip.getNumOccurrences() != 0;
  options.checkpoint = checkpoint ? &*checkpoint : nullptr;
  if (learningRate.getNumOccurrences())
    options.learningRate = learningRate;
  return runTraining(model, **source, *folder, options);
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
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Compiles MODEL.mlir into a guarded training step and trains it.\n"
      "Exit status: 0 when all steps are done, 1 on an error or a stopped "
      "run,\n"
      "130 when interrupted.\n");
  std::string wrong = checkOptions();
  if (!wrong.empty())
    return fail(wrong);

  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::gradopt::registerAllDialects(registry);
  MLIRContext context(registry);
  // A diagnostic shows its line of the model; the op in its generic form, often
  // the whole model, would bury it.
  context.printOpOnDiagnostic(false);

  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(modelFile, &error);
  if (!file)
    return fail(error);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(sources, &context);
  FailureOr<Model> model = Model::read(context, sources);
  if (failed(model))
    return 1;
  return train(*model);
}
