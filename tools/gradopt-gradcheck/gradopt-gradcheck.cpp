//===- gradopt-gradcheck.cpp - Check gradients numerically ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckPipelines.h"
#include "Checks.h"
#include "Model.h"
#include "gradopt/InitAll.h"
#include "mlir/InitAllPasses.h"
#include "model-file/ModelFile.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;
using namespace mlir::gradopt;
using ::gradopt::train::Expected;
namespace cl = llvm::cl;

static cl::OptionCategory category("Options of gradopt-gradcheck");
static cl::opt<std::string> modelFile(cl::Positional, cl::Required,
                                      cl::desc("MODEL.mlir"),
                                      cl::cat(category));
static cl::list<int64_t>
    times("time", cl::CommaSeparated, cl::value_desc("T,..."),
          cl::desc("time steps where a model leaves them open (default 5)"),
          cl::cat(category));
static cl::list<int64_t>
    batches("batch", cl::CommaSeparated, cl::value_desc("B,..."),
            cl::desc("batch rows where a model leaves them open (default 3)"),
            cl::cat(category));
static cl::opt<uint64_t> seed("seed", cl::init(1),
                              cl::desc("seed of all values (default 1)"),
                              cl::cat(category));
static cl::opt<std::string>
    functionName("function", cl::value_desc("name"),
                 cl::desc("the loss function, instead of the recipe's model or "
                          "of all in a module without a recipe"),
                 cl::cat(category));
static cl::opt<std::string>
    values("values", cl::value_desc("file.safetensors"),
           cl::desc("run on arguments from this file and compare the results "
                    "that it holds, instead of taking differences"),
           cl::cat(category));
static cl::opt<ReferenceFloat> floatType(
    "float", cl::init(ReferenceFloat::f64),
    cl::desc("with --values, what is computed in (default f64)"),
    cl::values(clEnumValN(ReferenceFloat::f64, "f64", "f64 throughout"),
               clEnumValN(ReferenceFloat::asIs, "as-is", "as the model says")),
    cl::cat(category));
static cl::opt<std::string>
    float32Values("float32-values", cl::value_desc("file.safetensors"),
                  cl::desc("another f32 program's results: allows twice its "
                           "error and a rounding term"),
                  cl::cat(category));

static cl::list<std::string> pipelines(
    "compare", cl::value_desc("PIPELINE"),
    cl::desc("compare the gradients after these passes (as in --pass-pipeline, "
             "without builtin.module) with those before, instead of taking "
             "differences; may be given several times"),
    cl::cat(category));
static cl::opt<std::string> padding(
    "padding", cl::value_desc("INPUT=LENGTHS"),
    cl::desc("with --compare, also give an input several values behind these "
             "lengths of its rows: no result may differ in a bit"),
    cl::cat(category));

static cl::opt<std::string> prepare(
    "prepare", cl::value_desc("PIPELINE"),
    cl::desc("with --compare, apply these passes to the gradients before "
             "anything is compared: they can make a training step"),
    cl::cat(category));
static cl::opt<Lowering> lowering(
    "lowering", cl::init(Lowering::reference),
    cl::desc("how the gradients become code, with --compare those after the "
             "passes (default reference)"),
    cl::values(clEnumValN(Lowering::reference, "reference", "plain loops"),
               clEnumValN(Lowering::cpu, "cpu", "vector code")),
    cl::cat(category));
static cl::list<int32_t> threads(
    "thread-counts", cl::CommaSeparated, cl::value_desc("N,..."),
    cl::desc("with --compare, run what the passes leave on so many threads: "
             "each number of them must give the same bits (default 1)"),
    cl::cat(category));

static int fail(const std::string &message) {
  llvm::errs() << "gradopt-gradcheck: " << message << "\n";
  return 1;
}

static FailureOr<std::unique_ptr<Program>>
createProgram(FailureOr<std::unique_ptr<CompiledStep>> step) {
  if (failed(step))
    return failure();
  Sizes capacity = {*llvm::max_element(times), *llvm::max_element(batches)};
  auto program = Program::create(std::move(*step), capacity, seed);
  if (program.ok())
    return std::move(*program);
  fail(program.message());
  return failure();
}

/// Checks one function at all sizes. Fails after an error that is no
/// difference.
static FailureOr<bool> checkFunction(func::FuncOp function) {
  // With a file of values the program runs once for each size.
  auto effort = values.empty() ? CompileEffort::full : CompileEffort::least;
  auto gradients =
      createProgram(compileGradients(function, floatType, effort, lowering));
  if (failed(gradients))
    return failure();
  std::unique_ptr<Program> loss;
  if (values.empty()) {
    auto program =
        createProgram(compileFunction(function, floatType, lowering));
    if (failed(program))
      return failure();
    loss = std::move(*program);
  }
  CheckOptions options;
  options.seed = seed;
  options.ranges = getIntegerRanges(function);
  options.frozen = getFrozen(function);
  bool allOk = true;
  for (Sizes sizes : getCalls(**gradients, times, batches)) {
    std::string text = describeSizes(**gradients, sizes);
    llvm::outs() << "@" << function.getName() << (text.empty() ? "" : ", ")
                 << text << "\n";
    Expected<bool> ok =
        loss ? checkGradients(*loss, **gradients, sizes, options)
             : checkValues(**gradients, sizes, {values, float32Values});
    if (!ok.ok()) {
      fail(ok.message());
      return failure();
    }
    allOk &= *ok;
  }
  return allOk;
}

/// What is wrong with the options, or "".
static std::string checkOptions() {
  for (int64_t size : llvm::concat<int64_t>(times, batches))
    if (size < 0)
      return "--time and --batch: a size cannot be negative";
  if (values.empty() &&
      (floatType.getNumOccurrences() || float32Values.getNumOccurrences()))
    return "--float and --float32-values go with --values";
  if ((floatType == ReferenceFloat::asIs) == float32Values.empty() &&
      !values.empty())
    return "--float=as-is and --float32-values go together: f32 results are "
           "judged by what another f32 program makes of the same values";
  if (!pipelines.empty() && !values.empty())
    return "--compare and --values: only one can be asked for";
  std::reference_wrapper<const cl::Option> ofCompare[] = {padding, prepare,
                                                          threads};
  for (const cl::Option &option : ofCompare)
    if (option.getNumOccurrences() && pipelines.empty())
      return "--" + option.ArgStr.str() + " goes with --compare";
  for (int32_t count : threads)
    if (count < 1)
      return "--thread-counts: a step needs a thread";
  if (!padding.empty() && StringRef(padding).count('=') != 1)
    return "--padding takes the names of two inputs: --padding=INPUT=LENGTHS";
  return "";
}

/// Compares what the pipelines make of all functions.
static int comparePipelines(ArrayRef<func::FuncOp> functions) {
  PipelineCheckOptions options;
  options.pipelines = pipelines;
  options.times = times;
  options.batches = batches;
  options.prepare = prepare;
  options.lowering = lowering;
  if (!threads.empty())
    options.threads = threads;
  options.seed = seed;
  auto [padded, lengths] = StringRef(padding).split('=');
  options.padded = padded.str();
  options.lengths = lengths.str();
  PipelineCheckTally tally;
  for (func::FuncOp function : functions)
    checkPipelines(function, options, tally);
  printTally(tally);
  return tally.failed == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Compares the gradients of a model's loss with central differences "
      "(f64,\n"
      "step 1e-6, atol 1e-5, rtol 1e-3), or its results with those of a file.\n"
      "Parameters start as their initializers say, but random ones instead of\n"
      "zeros; other arguments are random. Lists of sizes are run one after "
      "the\n"
      "other by the same code. Results in a file: loss, outputs and metrics "
      "by\n"
      "name, grad.NAME of a parameter, next.NAME of a state.\n"
      "With --compare: loss, outputs, states and gradients after the passes\n"
      "against those of an f64 program before them, in f64 within 1e-12 and "
      "in\n"
      "f32 within twice the error of f32 before them and 4 ceil(log2 N) eps, "
      "N\n"
      "the terms of the longest sum; without a time step they must be equal.\n"
      "Exit status: 0 when all agree, 1 when not or on an error.\n");
  if (times.empty())
    times.push_back(5);
  if (batches.empty())
    batches.push_back(3);
  if (std::string wrong = checkOptions(); !wrong.empty())
    return fail(wrong);

  mlir::registerAllPasses();
  mlir::gradopt::registerAllPasses();
  std::string reason;
  std::unique_ptr<ModelFile> file = ModelFile::open(modelFile, reason);
  if (!file)
    return fail(reason);
  OwningOpRef<ModuleOp> module = file->parse();
  if (!module)
    return 1;
  auto functions = findLossFunctions(*module, functionName);
  if (failed(functions))
    return 1;
  if (functions->size() > 1 && !values.empty())
    return fail("--values belongs to one function: name it by --function");

  if (!pipelines.empty())
    return comparePipelines(*functions);

  bool allOk = true;
  for (func::FuncOp function : *functions) {
    // The others are checked even if one cannot be.
    FailureOr<bool> ok = checkFunction(function);
    allOk &= succeeded(ok) && *ok;
  }
  return allOk ? 0 : 1;
}
