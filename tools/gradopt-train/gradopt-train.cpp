//===- gradopt-train.cpp - Train a model on data --------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "Training.h"
#include "gradopt/InitAll.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

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
static cl::opt<uint64_t> seed("seed", cl::init(1),
                              cl::desc("seed of parameters and data (default 1)"),
                              cl::cat(category));
static cl::opt<std::string>
    out("out", cl::Required, cl::value_desc("folder"),
        cl::desc("where checkpoint and events go"), cl::cat(category));
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

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Compiles MODEL.mlir into a guarded training step and trains it.\n"
      "Exit status: 0 when all steps are done, 1 on an error or a stopped run,\n"
      "130 when interrupted.\n");
  if (learningRate.getNumOccurrences() && !(learningRate > 0))
    return fail("--lr: the learning rate must be greater than 0");

  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::gradopt::registerAllDialects(registry);
  MLIRContext context(registry);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics(sources, &context);

  FailureOr<Model> model = Model::read(context, modelFile);
  if (failed(model))
    return 1;

  ::gradopt::train::DataOptions dataOptions;
  dataOptions.batch = model->getStaticBatch().value_or(batch);
  dataOptions.time =
      model->getStaticTime().value_or(StringRef(data).starts_with("text:") ? window : 0);
  dataOptions.fixedTime = model->getStaticTime().has_value();
  dataOptions.holdOut = holdOut;
  dataOptions.seed = seed;
  dataOptions.vocabularyLimit = model->getVocabularyLimit("tokens");
  auto source = ::gradopt::train::openDataSource(data, dataOptions);
  if (!source.ok())
    return fail(source.message());
  // Before the compiler starts: a folder that cannot be used costs no wait.
  auto folder = ::gradopt::train::openRunFolder(out, resume);
  if (!folder.ok())
    return fail(folder.message());
  if (failed(model->compile(clip)))
    return 1;

  TrainingOptions options;
  options.steps = steps;
  options.seed = seed;
  options.checkpointEvery = checkpointEvery;
  options.resume = resume;
  if (learningRate.getNumOccurrences())
    options.learningRate = learningRate;
  return runTraining(*model, **source, *folder, options);
}
