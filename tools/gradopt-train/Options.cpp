//===- Options.cpp - What gradopt-train is asked to do --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "gradopt/IR/Policies.h"
#include "gradopt_runtime.h"
#include "llvm/Support/CommandLine.h"

#include <cmath>
#include <cstdio>

using namespace mlir;
using namespace mlir::gradopt;
namespace cl = llvm::cl;

static cl::OptionCategory category("Training");
static cl::OptionCategory modes("Instead of training");
static cl::OptionCategory parameters("Parameters");

static cl::opt<std::string> modelFile(cl::Positional, cl::Required,
                                      cl::desc("MODEL.mlir"),
                                      cl::cat(category));
static cl::opt<std::string>
    data("data", cl::value_desc("source"),
         cl::desc("text:FILE, csv:FILE, npz:FILE or task:NAME, with options as "
                  "in task:adding?length=100"),
         cl::cat(category));
static cl::opt<uint64_t>
    steps("steps",
          cl::desc("training steps of the whole run, one for each batch"),
          cl::cat(category));
static cl::opt<uint64_t>
    seed("seed", cl::init(Options::defaultSeed),
         cl::desc("seed of parameters, data and samples (default 1)"),
         cl::cat(category));
/// LLVM's library has an option --threads for its link-time optimization, which
/// nothing here runs; a name is for one option only.
static const bool isThreadsFree = [] {
  auto &registered = cl::getRegisteredOptions();
  if (auto option = registered.find("threads"); option != registered.end())
    option->second->setArgStr("lto-threads");
  return true;
}();
static cl::opt<int64_t>
    threads("threads", cl::value_desc("count"),
            cl::desc("threads that run a step; they change no bit of a result "
                     "(default: one for each processor; with "
                     "--lowering=reference one in all)"),
            cl::cat(category));
static cl::opt<std::string> out("out", cl::value_desc("folder"),
                                cl::desc("where checkpoint and events go"),
                                cl::cat(category));
static cl::opt<bool> resume("resume",
                            cl::desc("go on from the folder's checkpoint"),
                            cl::cat(category));
static cl::opt<double>
    holdOut("hold-out", cl::init(0.0), cl::value_desc("share"),
            cl::desc("part of the data, from its end, to evaluate on: 0 <= "
                     "share < 1 (default 0)"),
            cl::cat(category));
static cl::opt<uint64_t>
    checkpointEvery("checkpoint-every", cl::init(0), cl::value_desc("steps"),
                    cl::desc("0: at the end and when interrupted (default)"),
                    cl::cat(category));
static cl::opt<uint64_t>
    evaluateEvery("evaluate-every", cl::init(0), cl::value_desc("steps"),
                  cl::desc("evaluate on what is held out and keep the best "
                           "parameters in best.safetensors; 0: at the end only "
                           "(default)"),
                  cl::cat(category));
static cl::opt<uint64_t>
    patience("patience", cl::init(0), cl::value_desc("evaluations"),
             cl::desc("end the run after so many evaluations in a row without "
                      "a new lowest loss; 0: never (default)"),
             cl::cat(category));
static cl::opt<uint64_t>
    throughTimeEvery("through-time-every", cl::init(0), cl::value_desc("steps"),
                     cl::desc("write the norms through time, if the recipe "
                              "monitors them, to the events; 0: some 500 times "
                              "in a run (default)"),
                     cl::cat(category));
static cl::opt<uint64_t>
    histogramsEvery("histograms-every", cl::init(0), cl::value_desc("steps"),
                    cl::desc("write a histogram of each parameter to the "
                             "events; 0: never (default)"),
                    cl::cat(category));
static cl::opt<double>
    learningRate("lr", cl::value_desc("rate"),
                 cl::desc("learning rate instead of the recipe's, before its "
                          "schedule; > 0"),
                 cl::cat(category));
static cl::opt<std::string>
    clip("clip", cl::value_desc("none|KIND=THRESHOLD"),
         cl::desc("clip instead of the recipe's: value, norm, group_norm or "
                  "global_norm"),
         cl::cat(category));
static cl::opt<std::string> onNonfinite(
    "on-nonfinite", cl::value_desc("policy"),
    cl::desc("after a step with NaN or Inf, instead of what the recipe says: "
             "report, skip, back_off, roll_back or stop (docs/policies.md)"),
    cl::cat(category));
static cl::opt<std::string>
    onOverflow("on-overflow", cl::value_desc("policy|none"),
               cl::desc("the same after a step with values near overflow"),
               cl::cat(category));
static cl::opt<std::string> onDivergence(
    "on-divergence", cl::value_desc("policy|none"),
    cl::desc("the same after a step whose loss or gradient norm is far above "
             "its running median"),
    cl::cat(category));
static cl::opt<int64_t>
    batch("batch", cl::value_desc("rows"),
          cl::desc("batch rows, if the model's batch is dynamic (default 32)"),
          cl::cat(category));
static cl::opt<int64_t>
    window("window", cl::value_desc("steps"),
           cl::desc("time steps of one batch of text, if the model's time is "
                    "dynamic (default 32)"),
           cl::cat(category));

static cl::opt<Lowering>
    lowering("lowering", cl::init(Lowering::cpu),
             cl::desc("how steps become code (default cpu)"),
             cl::values(clEnumValN(Lowering::cpu, "cpu",
                                   "vector code for several threads"),
                        clEnumValN(Lowering::reference, "reference",
                                   "plain loops for one thread")),
             cl::cat(category));

static cl::opt<bool> evaluate(
    "evaluate",
    cl::desc("print loss and metrics on all data, or on what --hold-out "
             "holds out"),
    cl::cat(modes));
static cl::opt<std::string>
    predict("predict", cl::value_desc("file.npz"),
            cl::desc("write the model's outputs on all data, batch rows first"),
            cl::cat(modes));
static cl::opt<uint64_t>
    sample("sample", cl::value_desc("count"),
           cl::desc("print so many characters that a text model draws"),
           cl::cat(modes));
static cl::opt<std::string>
    prompt("prompt", cl::value_desc("text"),
           cl::desc("with --sample: what the text begins with"),
           cl::cat(modes));
static cl::opt<double>
    temperature("temperature", cl::init(1.0),
                cl::desc("with --sample: divides the logits; 0 takes the most "
                         "likely character (default 1)"),
                cl::cat(modes));
static cl::opt<bool>
    dryRun("dry-run",
           cl::desc("print what a run would take, parameters and memory, and "
                    "end"),
           cl::cat(modes));
static cl::opt<bool>
    gradcheck("gradcheck",
              cl::desc("compare the model's gradients in f64 with differences"),
              cl::cat(modes));
static cl::opt<std::string>
    exported("export", cl::value_desc("file.safetensors"),
             cl::desc("write parameters in PyTorch's names and layouts"),
             cl::cat(modes));

static cl::opt<std::string>
    checkpoint("checkpoint", cl::value_desc("file|folder"),
               cl::desc("where --evaluate, --predict, --sample and --export "
                        "take parameters from (default: --out's checkpoint)"),
               cl::cat(parameters));
static cl::opt<std::string>
    init("init", cl::value_desc("file.safetensors"),
         cl::desc("parameters to begin with, in PyTorch's names and layouts: "
                  "MODULE.weight_ih_l0, MODULE.weight_hh_l0_reverse, ..., "
                  "transposed (docs/pytorch.md)"),
         cl::cat(parameters));

int mlir::gradopt::fail(const std::string &message) {
  std::fprintf(stderr, "gradopt-train: %s\n", message.c_str());
  return 1;
}

static unsigned bit(Mode mode) { return static_cast<unsigned>(mode); }

namespace {
/// A mode with the option that asks for it.
struct ModeOption {
  Mode mode;
  cl::Option &option;
};
/// An option with what it goes with: modes, or another option.
struct Use {
  cl::Option &option;
  unsigned modes;
  const char *with;
};
} // namespace

static std::string flag(const cl::Option &option) {
  return "--" + option.ArgStr.str();
}

static const ModeOption modeOptions[] = {
    {Mode::Evaluate, evaluate},   {Mode::Predict, predict},
    {Mode::Sample, sample},       {Mode::DryRun, dryRun},
    {Mode::Gradcheck, gradcheck}, {Mode::Export, exported}};

/// The mode that the options ask for; an error if they ask for several.
static std::string chooseMode(Mode &mode) {
  const cl::Option *first = nullptr;
  for (const ModeOption &candidate : modeOptions) {
    if (candidate.option.getNumOccurrences() == 0)
      continue;
    if (first)
      return flag(*first) + " and " + flag(candidate.option) +
             " are two things to do: give one of them";
    first = &candidate.option;
    mode = candidate.mode;
  }
  return "";
}

/// Options that would mean nothing in this mode.
static std::string checkUses(Mode mode) {
  const unsigned train = bit(Mode::Train), sampling = bit(Mode::Sample);
  const unsigned reading =
      bit(Mode::Evaluate) | bit(Mode::Predict) | sampling | bit(Mode::Export);
  const unsigned running = train | bit(Mode::Evaluate) | bit(Mode::Predict) |
                           bit(Mode::DryRun) | bit(Mode::Gradcheck);
  const char *what = "--evaluate, --predict, --sample and --export";
  // What a run is started with can be looked at before.
  const unsigned starting = train | bit(Mode::DryRun);
  const Use uses[] = {
      {data, running, "training and with the modes that read data"},
      {steps, starting, "training and --dry-run"},
      {seed, starting | sampling | bit(Mode::Gradcheck),
       "training, --sample, --dry-run and --gradcheck"},
      {threads, starting | bit(Mode::Evaluate) | bit(Mode::Predict) | sampling,
       "training, --evaluate, --predict, --sample and --dry-run"},
      {out, starting | reading,
       "training, --evaluate, --predict, --sample, --dry-run and --export"},
      {resume, train, "training"},
      {holdOut,
       train | bit(Mode::Evaluate) | bit(Mode::Predict) | bit(Mode::DryRun),
       "training, --evaluate, --predict and --dry-run"},
      {checkpointEvery, train, "training"},
      {evaluateEvery, train, "training"},
      {patience, train, "training"},
      {throughTimeEvery, train, "training"},
      {histogramsEvery, train, "training"},
      {learningRate, starting, "training and --dry-run"},
      {clip, starting, "training and --dry-run"},
      {onNonfinite, starting, "training and --dry-run"},
      {onOverflow, starting, "training and --dry-run"},
      {onDivergence, starting, "training and --dry-run"},
      {batch, running, "training and with the modes that read data"},
      {window, running, "training and with the modes that read data"},
      {lowering, starting | reading,
       "training, --evaluate, --predict, --sample, --dry-run and --export"},
      {prompt, sampling, "--sample"},
      {temperature, sampling, "--sample"},
      {checkpoint, reading, what},
      {init, starting | reading,
       "training, --evaluate, --predict, --sample, --dry-run and --export"}};
  for (const Use &use : uses)
    if (use.option.getNumOccurrences() && !(use.modes & bit(mode)))
      return flag(use.option) + " goes with " + use.with;
  return "";
}

static std::string checkThreads() {
  if (!threads.getNumOccurrences())
    return "";
  const int64_t processors = gradopt_processors();
  if (threads < 1)
    return "--threads: " + std::to_string(threads) + " is not at least 1";
  if (lowering == Lowering::reference && threads > 1)
    return "--threads: the plain loops of --lowering=reference run on one "
           "thread, and others would wait for it; leave --threads out or use "
           "--lowering=cpu";
  if (threads > processors)
    return "--threads: this process may run on " + std::to_string(processors) +
           (processors == 1 ? " processor" : " processors") +
           ", and more threads would wait for each other; give at most " +
           std::to_string(processors) + ", not " + std::to_string(threads);
  return "";
}

static std::string checkTraining() {
  if (!steps.getNumOccurrences())
    return "--steps: say how many steps the whole run has";
  if (steps < 1)
    return "--steps: a run has at least 1 step";
  if (!out.getNumOccurrences())
    return "--out: say in which folder checkpoint and events go";
  if (patience && !evaluateEvery)
    return "--patience counts evaluations: give --evaluate-every, too";
  if (init.getNumOccurrences() && resume)
    return "--init is for the start of a run: a resumed one has the "
           "parameters of its checkpoint";
  return "";
}

static std::string checkRateAndClip() {
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

static std::string checkPolicies() {
  for (cl::opt<std::string> *option :
       {&onNonfinite, &onOverflow, &onDivergence}) {
    const bool canBeNone = option != &onNonfinite;
    if (option->getNumOccurrences() && !symbolizePolicy(*option) &&
        !(canBeNone && *option == "none"))
      return flag(*option) + ": '" + *option + "' is not " + kPolicyNames +
             (canBeNone ? ", or none" : "");
  }
  return "";
}

/// What is wrong with the values, "" if nothing is.
static std::string checkValues(Mode mode) {
  if (mode == Mode::Train)
    if (std::string wrong = checkTraining(); !wrong.empty())
      return wrong;
  if (std::string wrong = checkRateAndClip(); !wrong.empty())
    return wrong;
  if (std::string wrong = checkPolicies(); !wrong.empty())
    return wrong;
  if (std::string wrong = checkThreads(); !wrong.empty())
    return wrong;
  if (!(holdOut >= 0 && holdOut < 1))
    return "--hold-out must be a share from 0 up to, but not with, 1";
  if ((mode == Mode::Train || mode == Mode::Evaluate ||
       mode == Mode::Predict) &&
      !data.getNumOccurrences())
    return "--data: say where the data is: text:FILE, csv:FILE, npz:FILE or "
           "task:NAME";
  for (cl::opt<int64_t> *size : {&batch, &window})
    if (size->getNumOccurrences() && *size < 1)
      return flag(*size) + ": " + std::to_string(*size) + " is not at least 1";
  if (mode == Mode::Sample && sample < 1)
    return "--sample: there is at least 1 character to draw";
  if (!(temperature >= 0 && std::isfinite(temperature)))
    return "--temperature must be a finite number that is not negative";
  if (mode == Mode::Evaluate || mode == Mode::Predict || mode == Mode::Sample ||
      mode == Mode::Export) {
    int given = (checkpoint.getNumOccurrences() != 0) +
                (init.getNumOccurrences() != 0) +
                (out.getNumOccurrences() != 0);
    if (given != 1)
      return "give one of --checkpoint, --out and --init: where the "
             "parameters are";
  }
  return "";
}

static int32_t chooseThreads() {
  if (threads.getNumOccurrences())
    return static_cast<int32_t>(threads);
  return lowering == Lowering::reference ? 1 : gradopt_processors();
}

template <typename T>
static std::optional<T> given(const cl::opt<T> &option) {
  return option.getNumOccurrences() ? std::optional<T>(option) : std::nullopt;
}

std::optional<Options> mlir::gradopt::parseOptions(int argc, char **argv) {
  cl::HideUnrelatedOptions({&category, &modes, &parameters});
  cl::ParseCommandLineOptions(
      argc, argv,
      "Compiles MODEL.mlir into a guarded training step and trains it.\n"
      "A step takes one batch, also where the recipe accumulates gradients "
      "over\n"
      "several. Exit status: 0 when all is done, 1 on an error, a stopped run "
      "or\n"
      "a gradient that is wrong, 130 when interrupted.\n");
  Options options;
  std::string wrong = chooseMode(options.mode);
  if (wrong.empty())
    wrong = checkUses(options.mode);
  if (wrong.empty())
    wrong = checkValues(options.mode);
  if (!wrong.empty()) {
    fail(wrong);
    return std::nullopt;
  }
  options.model = modelFile;
  options.data = data;
  options.out = out;
  options.steps = steps;
  options.seed = given(seed);
  options.resume = resume;
  options.holdOut = given(holdOut);
  options.checkpointEvery = checkpointEvery;
  options.evaluateEvery = evaluateEvery;
  options.patience = patience;
  options.throughTimeEvery = throughTimeEvery;
  options.histogramsEvery = histogramsEvery;
  options.learningRate = given(learningRate);
  options.step = {clip, onNonfinite, onOverflow, onDivergence};
  options.batch = given(batch);
  options.window = given(window);
  options.threads = chooseThreads();
  options.checkpoint = checkpoint;
  options.init = init;
  options.prediction = predict;
  options.exported = exported;
  options.sampleCount = sample;
  options.prompt = prompt;
  options.temperature = temperature;
  options.lowering = lowering;
  return options;
}
