//===- bench-step.cpp - Times of a training step --------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Compiles the training step of a model with a recipe, fills its inputs, runs
// steps when told so on standard input, and answers with their times: the
// talk of JSON lines that benchmarks/peers/protocol.py describes.

#include "gradopt-gradcheck/Model.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/InitAll.h"
#include "gradopt_train/Npz.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "model-file/ModelFile.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <fstream>
#include <iostream>
#include <time.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::gradopt;
using ::gradopt::train::Status;
using ::gradopt::train::TensorView;
namespace cl = llvm::cl;
namespace json = llvm::json;

static cl::OptionCategory category("Options");
static cl::opt<std::string> modelFile(cl::Positional, cl::Required,
                                      cl::desc("FILE"), cl::cat(category));
static cl::opt<int64_t> timeSteps("time", cl::desc("time steps"), cl::init(64),
                                  cl::cat(category));
static cl::opt<int64_t> batch("batch", cl::desc("rows"), cl::init(32),
                              cl::cat(category));
static cl::opt<int> threads("step-threads", cl::desc("threads of a step"),
                            cl::init(1), cl::cat(category));
static cl::opt<int64_t>
    shortest("shortest",
             cl::desc("least length of a row; without it all time "
                      "steps of each row count"),
             cl::init(-1), cl::cat(category));
static cl::opt<int64_t> longest("longest", cl::desc("greatest length of a row"),
                                cl::init(-1), cl::cat(category));
static cl::opt<Lowering> lowering(
    "lowering", cl::desc("how the step becomes code"), cl::init(Lowering::cpu),
    cl::values(clEnumValN(Lowering::reference, "reference", "plain loops"),
               clEnumValN(Lowering::cpu, "cpu",
                          "vector code for several threads")),
    cl::cat(category));
static cl::opt<std::string> pipeline(
    "pipeline",
    cl::desc("from the model to the step, as in --pass-pipeline without the "
             "module"),
    cl::init("gradopt-training-step,gradopt-fuse-recurrent-backward"),
    cl::cat(category));
static cl::opt<std::string>
    dataFile("data", cl::desc("write inputs and parameters to this npz file"),
             cl::cat(category));
static cl::opt<std::string>
    gradientsFile("gradients",
                  cl::desc("write the first step's gradients to this npz file"),
                  cl::cat(category));

using Clock = std::chrono::steady_clock;

static double getSeconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

/// The seconds that this process has lived, with those in which its libraries
/// were loaded; to a hundredth, as the system keeps its start.
static double getAge() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  // The 22nd field; the second, a name in parentheses, may hold anything.
  SmallVector<StringRef> fields;
  StringRef(text).rsplit(')').second.trim().split(fields, ' ');
  constexpr unsigned kStart = 22 - 3;
  double start = 0;
  if (fields.size() > kStart)
    fields[kStart].getAsDouble(start);
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec + now.tv_nsec * 1e-9 - start / sysconf(_SC_CLK_TCK);
}

static Status fail(const Twine &message) {
  return Status::error(message.str());
}

static void answer(json::Object object) {
  llvm::outs() << json::Value(std::move(object)) << "\n";
  llvm::outs().flush();
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// A value of /proc/self/status in megabytes.
static double readMemory(StringRef key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    StringRef rest(line);
    if (!rest.consume_front(key) || !rest.consume_front(":"))
      continue;
    double kilobytes = 0;
    rest.trim().split(' ').first.getAsDouble(kilobytes);
    return kilobytes / 1024;
  }
  return 0;
}

/// The peak is measured anew from here on.
static void resetPeak() { std::ofstream("/proc/self/clear_refs") << "5"; }

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

namespace {
class Bench {
public:
  ~Bench() { gradopt_instance_destroy(instance); }
  LogicalResult compile(ModelFile &file);
  Status start();
  /// The seconds of one step.
  ::gradopt::train::Expected<double> run();
  Status writeData();
  Status writeGradients();
  int64_t getArenaBytes() {
    return step->getProgram().layout(timeSteps, batch, nullptr);
  }

private:
  bool hasRole(uint32_t index, uint32_t role) {
    return gradopt_instance_entry(instance, index)->role == role;
  }
  void fillInput(uint32_t index);
  void addView(uint32_t index, StringRef prefix,
               std::vector<TensorView> &views);

  std::unique_ptr<CompiledStep> step;
  gradopt_instance *instance = nullptr;
  llvm::StringMap<IntegerRange> ranges;
};
} // namespace

LogicalResult Bench::compile(ModelFile &file) {
  OwningOpRef<ModuleOp> module = file.parse();
  if (!module)
    return failure();
  auto recipes = module->getOps<RecipeOp>();
  if (recipes.empty())
    return emitError(module->getLoc())
           << "the model has no gradopt.recipe, which says what a step does";
  std::string name = (*recipes.begin()).getStepName();
  auto losses = findLossFunctions(*module, "");
  if (failed(losses))
    return failure();
  ranges = getIntegerRanges(losses->front());
  PassManager pm(&file.getContext());
  if (failed(parsePassPipeline(pipeline, pm)))
    return failure();
  auto compiled = CompiledStep::lowerAndCreate(
      *module, pm, name, ReferenceFloat::asIs, CompileEffort::full, lowering);
  if (failed(compiled))
    return failure();
  step = std::move(*compiled);
  return success();
}

Status Bench::start() {
  if (gradopt_instance_create(&step->getProgram(), timeSteps, batch,
                              &instance) != GRADOPT_OK ||
      gradopt_instance_set_threads(instance, threads) != GRADOPT_OK ||
      gradopt_instance_initialize(instance, /*seed=*/1) != GRADOPT_OK)
    return fail(gradopt_last_error());
  for (uint32_t i = 0, e = gradopt_instance_count(instance); i < e; ++i)
    if (hasRole(i, GRADOPT_ROLE_INPUT))
      fillInput(i);
  return Status();
}

template <typename T>
static void fill(void *data, int64_t elements,
                 llvm::function_ref<double(int64_t)> get) {
  for (int64_t i = 0; i < elements; ++i)
    static_cast<T *>(data)[i] = static_cast<T>(get(i));
}

void Bench::fillInput(uint32_t index) {
  const gradopt_manifest_entry *entry = gradopt_instance_entry(instance, index);
  StringRef name = gradopt_instance_name(instance, index);
  uint64_t stream = gradopt_stream(/*seed=*/1, name.data());
  void *data = gradopt_instance_data(instance, index);
  int64_t elements = gradopt_entry_elements(entry, timeSteps, batch);
  IntegerRange range = ranges.lookup(name);
  int64_t least = range.isLengths ? (shortest < 0 ? timeSteps : shortest) : 0;
  int64_t most =
      range.isLengths ? (longest < 0 ? timeSteps : longest) : range.limit - 1;
  auto integer = [&](int64_t i) -> double {
    return least + gradopt_uniform_int(stream, i, most - least + 1);
  };
  auto normal = [&](int64_t i) { return gradopt_normal(stream, i); };
  switch (entry->element_type) {
  case GRADOPT_F32:
    return fill<float>(data, elements, normal);
  case GRADOPT_F64:
    return fill<double>(data, elements, normal);
  case GRADOPT_I1:
    return fill<uint8_t>(data, elements,
                         [&](int64_t i) { return normal(i) < 0; });
  case GRADOPT_I32:
    return fill<int32_t>(data, elements, integer);
  default:
    return fill<int64_t>(data, elements, integer);
  }
}

::gradopt::train::Expected<double> Bench::run() {
  Clock::time_point start = Clock::now();
  gradopt_step_report report;
  if (gradopt_instance_run(instance, timeSteps, batch, &report) != GRADOPT_OK)
    return fail(gradopt_last_error());
  double seconds = getSeconds(start);
  // A step that was skipped is not the one to be timed.
  if (report.action != GRADOPT_ACTION_COMMITTED)
    return fail("a step was not finite and was not committed");
  return seconds;
}

void Bench::addView(uint32_t index, StringRef prefix,
                    std::vector<TensorView> &views) {
  const gradopt_manifest_entry *entry = gradopt_instance_entry(instance, index);
  std::vector<int64_t> dims(entry->dims, entry->dims + entry->rank);
  for (int64_t &dim : dims)
    dim = dim == GRADOPT_DIM_TIME    ? timeSteps
          : dim == GRADOPT_DIM_BATCH ? batch
                                     : dim;
  views.push_back({(prefix + gradopt_instance_name(instance, index)).str(),
                   static_cast<gradopt_element_type>(entry->element_type), dims,
                   gradopt_instance_data(instance, index)});
}

Status Bench::writeData() {
  std::vector<TensorView> views;
  for (uint32_t i = 0, e = gradopt_instance_count(instance); i < e; ++i) {
    if (hasRole(i, GRADOPT_ROLE_INPUT))
      addView(i, "input/", views);
    if (hasRole(i, GRADOPT_ROLE_PARAM))
      addView(i, "", views);
  }
  return ::gradopt::train::writeNpz(dataFile, views);
}

Status Bench::writeGradients() {
  std::vector<TensorView> views;
  for (uint32_t i = 0, e = gradopt_instance_count(instance); i < e; ++i)
    if (hasRole(i, GRADOPT_ROLE_GRAD))
      addView(i, "", views);
  return ::gradopt::train::writeNpz(gradientsFile, views);
}

//===----------------------------------------------------------------------===//
// The talk
//===----------------------------------------------------------------------===//

static Status answerSteps(Bench &bench, int64_t steps) {
  // The caches are the last one's; the first step does not count.
  json::Array seconds;
  for (int64_t i = 0; i <= steps; ++i) {
    auto time = bench.run();
    if (!time.ok())
      return time.status();
    if (i != 0)
      seconds.push_back(*time);
  }
  answer(json::Object{{"seconds", std::move(seconds)}});
  return Status();
}

static Status talk(Bench &bench, double compileSeconds, double base) {
  if (Status status = bench.start(); !status.ok())
    return status;
  if (!dataFile.empty())
    if (Status status = bench.writeData(); !status.ok())
      return status;
  double seconds[3];
  for (double &time : seconds) {
    auto run = bench.run();
    if (!run.ok())
      return run.status();
    time = *run;
    if (&time == seconds && !gradientsFile.empty())
      if (Status status = bench.writeGradients(); !status.ok())
        return status;
  }
  double whole = readMemory("VmHWM");
  resetPeak();
  answer(json::Object{{"ready", true},
                      {"compile_s", compileSeconds},
                      {"step_s", seconds[2]},
                      {"arena_mb", bench.getArenaBytes() / 1048576.0}});
  for (std::string line; std::getline(std::cin, line);) {
    auto question = json::parse(line);
    const json::Object *object = question ? question->getAsObject() : nullptr;
    if (!object) {
      llvm::consumeError(question.takeError());
      return fail("'" + line + "' is not a JSON object");
    }
    if (object->get("memory")) {
      double steps = readMemory("VmHWM");
      answer(json::Object{{"peak_memory_mb", std::max(whole, steps) - base},
                          {"step_memory_mb", steps - base}});
    } else if (auto steps = object->getInteger("steps")) {
      if (Status status = answerSteps(bench, *steps); !status.ok())
        return status;
    } else {
      return fail("'" + line + "' asks for neither steps nor memory");
    }
  }
  return Status();
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "Times training steps.\n");
  auto report = [](const Status &status) {
    if (!status.ok())
      llvm::errs() << "gradopt-bench-step: " << status.message() << "\n";
    return status.ok() ? 0 : 1;
  };
  if (timeSteps < 0 || batch < 0 || threads < 1)
    return report(
        fail("--time and --batch must be at least 0, --step-threads 1"));
  if ((shortest < 0) != (longest < 0) || shortest > longest ||
      longest > timeSteps)
    return report(fail("--shortest and --longest come together, the shortest "
                       "is not above the longest, nor that above --time"));

  mlir::gradopt::registerAllPasses();
  std::string reason;
  std::unique_ptr<ModelFile> file = ModelFile::open(modelFile, reason);
  if (!file)
    return report(fail(reason));

  double base = readMemory("VmRSS");
  resetPeak();
  Bench bench;
  if (failed(bench.compile(*file)))
    return 1;
  return report(talk(bench, getAge(), base));
}
