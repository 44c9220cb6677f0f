//===- bench-fusion.cpp - What fusion saves under the plain lowering ------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Compiles the gradients of each loss function of a file by the reference
// lowering, once as they are and once behind a pipeline, and runs both in turns
// on the same arguments. Prints medians and their ratio.

#include "gradopt-gradcheck/Model.h"
#include "gradopt-gradcheck/Program.h"
#include "gradopt/InitAll.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "model-file/ModelFile.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <chrono>

using namespace mlir;
using namespace mlir::gradopt;
namespace cl = llvm::cl;

static cl::OptionCategory category("Options");
static cl::opt<std::string> modelFile(cl::Positional, cl::Required,
                                      cl::desc("FILE"), cl::cat(category));
static cl::opt<std::string>
    pipeline("pipeline",
             cl::desc("passes, as in --pass-pipeline without the module"),
             cl::init("gradopt-fuse-recurrent-backward"), cl::cat(category));
static cl::opt<int64_t> timeSteps("time", cl::desc("time steps"), cl::init(64),
                                  cl::cat(category));
static cl::opt<int64_t> batch("batch", cl::desc("rows"), cl::init(32),
                              cl::cat(category));
static cl::opt<unsigned> runs("runs", cl::desc("runs of each program"),
                              cl::init(11), cl::cat(category));

using Clock = std::chrono::steady_clock;

static double getSeconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

static int fail(const llvm::Twine &message) {
  llvm::errs() << "gradopt-bench-fusion: " << message << "\n";
  return 1;
}

namespace {
struct Contender {
  std::unique_ptr<Program> program;
  double compileSeconds;
  std::vector<double> seconds;

  double getMedian() {
    std::nth_element(seconds.begin(), seconds.begin() + seconds.size() / 2,
                     seconds.end());
    return seconds[seconds.size() / 2];
  }
};
} // namespace

/// Compiles the gradients behind `passes`. Fails after an error.
static FailureOr<Contender> compile(func::FuncOp loss, StringRef passes) {
  FailureOr<OwningOpRef<ModuleOp>> module = differentiateLoss(loss);
  if (failed(module))
    return failure();
  Clock::time_point start = Clock::now();
  PassManager pm(loss.getContext());
  if (failed(parsePassPipeline(passes, pm)))
    return failure();
  auto step =
      CompiledStep::lowerAndCreate(**module, pm, getGradientsName(loss));
  if (failed(step))
    return failure();
  double seconds = getSeconds(start);
  auto program =
      Program::create(std::move(*step), {timeSteps, batch}, /*seed=*/1);
  if (!program.ok()) {
    fail(program.message());
    return failure();
  }
  Contender contender{std::move(*program), seconds, {}};
  if (auto status = contender.program->start({timeSteps, batch});
      !status.ok()) {
    fail(status.message());
    return failure();
  }
  // Parameters are initialized already.
  for (uint32_t i = 0, e = contender.program->size(); i < e; ++i) {
    Program &values = *contender.program;
    if (!values.isArgument(i) || !values.isFloat(i) ||
        values.entry(i).role == GRADOPT_ROLE_PARAM)
      continue;
    uint64_t stream = gradopt_stream(1, values.name(i).c_str());
    std::vector<double> elements(values.elements(i));
    for (size_t n = 0; n < elements.size(); ++n)
      elements[n] = gradopt_uniform(stream, n) - 0.5;
    values.write(i, elements);
  }
  return contender;
}

static int runFunction(func::FuncOp loss) {
  FailureOr<Contender> plain = compile(loss, "");
  if (failed(plain))
    return 1;
  FailureOr<Contender> fused = compile(loss, pipeline);
  if (failed(fused))
    return 1;
  // The first run of each touches its memory and is not counted.
  for (unsigned run = 0; run <= runs; ++run)
    for (Contender *contender : {&*plain, &*fused}) {
      Clock::time_point start = Clock::now();
      if (auto status = contender->program->run(); !status.ok())
        return fail(status.message());
      if (run != 0)
        contender->seconds.push_back(getSeconds(start));
    }
  llvm::outs() << llvm::formatv(
      "{0}: T = {1}, B = {2}: {3:F2} ms before, {4:F2} ms after, ratio {5:F2}; "
      "compiled in {6:F2} s and {7:F2} s\n",
      loss.getName(), timeSteps.getValue(), batch.getValue(),
      1e3 * plain->getMedian(), 1e3 * fused->getMedian(),
      plain->getMedian() / fused->getMedian(), plain->compileSeconds,
      fused->compileSeconds);
  return 0;
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv, "Times gradients before and after a pipeline of passes.\n");
  if (runs == 0 || timeSteps < 0 || batch < 0)
    return fail("--runs must be at least 1, --time and --batch at least 0");

  mlir::gradopt::registerAllPasses();
  std::string reason;
  std::unique_ptr<ModelFile> file = ModelFile::open(modelFile, reason);
  if (!file)
    return fail(reason);
  OwningOpRef<ModuleOp> module = file->parse();
  if (!module)
    return 1;
  auto functions = findLossFunctions(*module, "");
  if (failed(functions))
    return 1;
  int status = 0;
  for (func::FuncOp function : *functions)
    status |= runFunction(function);
  return status;
}
