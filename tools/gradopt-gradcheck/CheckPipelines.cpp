//===- CheckPipelines.cpp - What passes make of the gradients -------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckPipelines.h"
#include "Arguments.h"
#include "Nearness.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstring>
#include <map>

using namespace mlir;
using namespace mlir::gradopt;
using ::gradopt::train::Expected;
using ::gradopt::train::Status;

namespace {
using Values = std::vector<double>;
/// By the names of results, or by role and name of arguments.
using Results = std::map<std::string, Values>;
using Arguments = std::map<std::pair<uint32_t, std::string>, Values>;

/// What one pipeline does to the results at one pair of sizes.
struct Outcome {
  std::string sizes;
  uint64_t tensors = 0;
  double worst32 = 0, worst64 = 0;
  /// The result with the worst error.
  std::string worst;
  /// What is wrong, each with a result's name.
  std::vector<std::string> failures;
};

/// The gradients of one loss function without a pipeline.
class Reference {
public:
  Reference(func::FuncOp loss, const PipelineCheckOptions &options)
      : loss(loss), options(options) {}

  /// Fails after an error.
  LogicalResult create();
  /// Applies a pipeline and compares. Fails after an error.
  FailureOr<ArrayRef<Outcome>> check(StringRef pipeline, bool &same);

private:
  struct Call {
    Sizes sizes;
    std::string text;
    Arguments arguments;
    Results float32, float64;
  };

  FailureOr<std::unique_ptr<Program>>
  compile(ModuleOp step, ReferenceFloat kind, Lowering lowering);
  LogicalResult report(const Status &status) {
    return loss.emitError(status.message());
  }
  void setSizes(const Program &program);
  Outcome compare(const Call &call, const Results &float32,
                  const Results &float64);
  /// Runs on all numbers of threads.
  Expected<Results> runOnThreads(const Call &call, Program &program,
                                 StringRef kind,
                                 std::vector<std::string> &failures);
  Status checkPadding(const Call &call, Program &program, Outcome &outcome);

  func::FuncOp loss;
  const PipelineCheckOptions &options;
  OwningOpRef<ModuleOp> step;
  /// The number of time steps if it is static, else -1, and the most terms that
  /// a contraction sums, but for time and batch where these are dynamic.
  int64_t staticTime = -1, terms = 1;
  std::vector<Call> calls;
  /// Outcomes by the IR that was run.
  std::map<std::string, std::vector<Outcome>> outcomes;
};
} // namespace

static std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

static Arguments readArguments(const Program &program) {
  Arguments arguments;
  for (uint32_t i = 0, e = program.size(); i < e; ++i)
    if (program.isArgument(i))
      arguments[{program.entry(i).role, program.name(i)}] = program.read(i);
  return arguments;
}

/// Applies passes to gradients. Fails after an error.
static LogicalResult applyPasses(StringRef pipeline, ModuleOp step) {
  PassManager pm(step.getContext());
  if (failed(parsePassPipeline(pipeline, pm)))
    return failure();
  pm.addPass(createVerifyOrigins());
  return pm.run(step);
}

static Expected<Results> run(Program &program, Sizes sizes,
                             const Arguments &arguments) {
  if (Status status = program.start(sizes); !status.ok())
    return status;
  for (uint32_t i = 0, e = program.size(); i < e; ++i) {
    auto given = arguments.find({program.entry(i).role, program.name(i)});
    if (program.isArgument(i) && given != arguments.end())
      program.write(i, given->second);
  }
  if (Status status = program.run(); !status.ok())
    return status;
  Results results;
  for (uint32_t i = 0, e = program.size(); i < e; ++i)
    if (program.isResult(i))
      results[resultName(program, i)] = program.read(i);
  return results;
}

/// The product of the static sizes over which an op sums.
static int64_t countTerms(linalg::LinalgOp op) {
  int64_t terms = 1;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  for (auto [range, iterator] : llvm::zip(ranges, op.getIteratorTypesArray()))
    if (iterator == utils::IteratorType::reduction &&
        !ShapedType::isDynamic(range))
      terms *= range;
  return terms;
}

FailureOr<std::unique_ptr<Program>>
Reference::compile(ModuleOp module, ReferenceFloat kind, Lowering lowering) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager pm(module.getContext());
  auto compiled = CompiledStep::lowerAndCreate(
      *copy, pm, getGradientsName(loss), kind, CompileEffort::least, lowering);
  if (failed(compiled))
    return failure();
  Sizes capacity = {*llvm::max_element(options.times),
                    *llvm::max_element(options.batches)};
  auto program = Program::create(std::move(*compiled), capacity, options.seed);
  if (!program.ok())
    return report(program.status());
  return std::move(*program);
}

void Reference::setSizes(const Program &program) {
  for (Sizes sizes : getCalls(program, options.times, options.batches))
    calls.push_back({sizes, describeSizes(program, sizes), {}, {}, {}});
  // The step need not have a loop any more. A loop in another one is no loop
  // over time.
  if (!program.hasDimension(GRADOPT_DIM_TIME))
    loss->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (auto cell = dyn_cast<RecurrentCellOpInterface>(op))
        staticTime = std::max(
            staticTime,
            cast<ShapedType>(cell.getSequence().getType()).getDimSize(0));
      auto loop = dyn_cast<LoopLikeOpInterface>(op);
      if (!loop)
        return WalkResult::advance();
      if (std::optional<APInt> count = loop.getStaticTripCount())
        staticTime = std::max(staticTime, count->getSExtValue());
      return WalkResult::skip();
    });
  step->walk(
      [&](linalg::LinalgOp op) { terms = std::max(terms, countTerms(op)); });
}

LogicalResult Reference::create() {
  auto differentiated = differentiateLoss(loss);
  if (failed(differentiated))
    return failure();
  step = std::move(*differentiated);
  if (failed(applyPasses(options.prepare, *step)))
    return failure();
  auto float32 = compile(*step, ReferenceFloat::asIs, Lowering::reference);
  if (failed(float32))
    return failure();
  auto float64 = compile(*step, ReferenceFloat::f64, Lowering::reference);
  if (failed(float64))
    return failure();
  setSizes(**float32);

  ArgumentOptions random;
  random.seed = options.seed;
  random.ranges = getIntegerRanges(loss);
  for (Call &call : calls) {
    // All programs get what f32 can hold.
    if (Status status = (*float32)->start(call.sizes); !status.ok())
      return report(status);
    fillArguments(**float32, call.sizes, random);
    call.arguments = readArguments(**float32);
    for (auto [program, results] :
         {std::pair(&*float32, &call.float32), {&*float64, &call.float64}}) {
      auto made = run(**program, call.sizes, call.arguments);
      if (!made.ok())
        return report(made.status());
      *results = std::move(*made);
    }
  }

  // Nothing to compare where nothing changed.
  if (options.lowering != Lowering::reference || options.threads.size() > 1)
    return success();
  std::vector<Outcome> &unchanged = outcomes[print(*step)];
  for (const Call &call : calls) {
    unchanged.push_back(compare(call, call.float32, call.float64));
    if (Status status = checkPadding(call, **float32, unchanged.back());
        !status.ok())
      return report(status);
  }
  return success();
}

/// 0 for no error; Inf where none is allowed.
static double getRatio(double error, double tolerance) {
  return error == 0 ? 0 : tolerance == 0 ? HUGE_VAL : error / tolerance;
}

Outcome Reference::compare(const Call &call, const Results &float32,
                           const Results &float64) {
  Outcome outcome;
  outcome.sizes = call.text;
  int64_t time = staticTime < 0 ? call.sizes.time : staticTime;
  double count = double(std::max<int64_t>(time, 1)) * double(call.sizes.batch) *
                 double(terms);
  double worst = 0;
  auto judge = [&](const std::string &name, const char *kind, double error,
                   double tolerance, double &worstOfKind) {
    double ratio = getRatio(error, tolerance);
    if (ratio > worst) {
      worst = ratio;
      outcome.worst = name + " in " + kind;
    }
    worstOfKind = std::max(worstOfKind, ratio);
    if (ratio <= 1)
      return;
    std::string text;
    llvm::raw_string_ostream(text)
        << name << " in " << kind << ": error " << llvm::format("%.2e", error)
        << ", at most " << llvm::format("%.2e", tolerance);
    outcome.failures.push_back(std::move(text));
  };
  for (const auto &[name, oracle] : call.float64) {
    auto found32 = float32.find(name), found64 = float64.find(name);
    if (found32 == float32.end() || found64 == float64.end()) {
      outcome.failures.push_back(name + " is no result any more");
      continue;
    }
    ++outcome.tensors;
    // Without a step there is nothing that passes could round otherwise. Sums
    // over the batch are still another lowering's own.
    const Values &before = call.float32.at(name);
    bool exact = time == 0 && options.lowering == Lowering::reference;
    judge(name, "f32", measureError(found32->second, exact ? before : oracle),
          exact ? 0 : getFloat32Tolerance(count, measureError(before, oracle)),
          outcome.worst32);
    judge(name, "f64", measureError(found64->second, oracle),
          exact ? 0 : kFloat64Tolerance, outcome.worst64);
  }
  return outcome;
}

static bool haveSameBits(const Values &a, const Values &b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

Expected<Results> Reference::runOnThreads(const Call &call, Program &program,
                                          StringRef kind,
                                          std::vector<std::string> &failures) {
  std::optional<Results> first;
  for (int32_t threads : options.threads) {
    if (Status status = program.setThreads(threads); !status.ok())
      return status;
    auto results = run(program, call.sizes, call.arguments);
    if (!results.ok() || !first) {
      if (!results.ok())
        return results;
      first = std::move(*results);
      continue;
    }
    for (const auto &[name, values] : *results) {
      if (haveSameBits(values, first->at(name)))
        continue;
      std::string text;
      llvm::raw_string_ostream(text)
          << name << " in " << kind << ": other bits on " << threads
          << " threads than on " << options.threads.front();
      failures.push_back(std::move(text));
    }
  }
  return std::move(*first);
}

/// Sets what stands behind the rows' lengths.
static void fillPadding(Values &values, const Values &lengths, int64_t time,
                        double fill) {
  int64_t batch = lengths.size();
  int64_t row = time * batch == 0 ? 0 : values.size() / (time * batch);
  for (int64_t t = 0; t < time; ++t)
    for (int64_t b = 0; b < batch; ++b)
      if (double(t) >= lengths[b])
        std::fill_n(values.begin() + (t * batch + b) * row, row, fill);
}

Status Reference::checkPadding(const Call &call, Program &program,
                               Outcome &outcome) {
  std::pair<uint32_t, std::string> padded(GRADOPT_ROLE_INPUT, options.padded),
      counted(GRADOPT_ROLE_INPUT, options.lengths);
  if (options.padded.empty() || !call.arguments.count(padded) ||
      !call.arguments.count(counted))
    return Status();
  // Those of the argument itself: the step's loops need not be over its steps.
  if (Status status = program.start(call.sizes); !status.ok())
    return status;
  std::vector<int64_t> shape =
      program.shape(program.find(padded.first, padded.second));
  Arguments arguments = call.arguments;
  int64_t rows = arguments[counted].size();
  if (shape.size() < 2 || shape[1] != rows)
    return Status::error(
        "--padding: '" + options.padded + "' does not have time steps of " +
        std::to_string(rows) + " rows, as '" + options.lengths + "' has");
  Results zero;
  for (double fill : {0.0, double(NAN), double(HUGE_VAL), 3e38}) {
    fillPadding(arguments[padded], arguments[counted], shape[0], fill);
    auto results = run(program, call.sizes, arguments);
    if (!results.ok())
      return results.status();
    if (fill == 0) {
      zero = std::move(*results);
      continue;
    }
    for (const auto &[name, values] : *results) {
      const Values &other = zero.at(name);
      bool finite =
          llvm::all_of(other, [](double v) { return std::isfinite(v); });
      if (finite && haveSameBits(values, other))
        continue;
      std::string text;
      llvm::raw_string_ostream(text)
          << name << ": " << (finite ? "other bits if " : "not finite, as if ")
          << options.padded << " is " << fill << " behind " << options.lengths;
      outcome.failures.push_back(std::move(text));
    }
  }
  return Status();
}

FailureOr<ArrayRef<Outcome>> Reference::check(StringRef pipeline, bool &same) {
  OwningOpRef<ModuleOp> fused = step->clone();
  if (failed(applyPasses(pipeline, *fused)))
    return failure();
  std::string text = print(*fused);
  auto known = outcomes.find(text);
  same = known != outcomes.end();
  if (same)
    return ArrayRef<Outcome>(known->second);

  auto float32 = compile(*fused, ReferenceFloat::asIs, options.lowering);
  if (failed(float32))
    return failure();
  auto float64 = compile(*fused, ReferenceFloat::f64, options.lowering);
  if (failed(float64))
    return failure();
  std::vector<Outcome> result;
  for (const Call &call : calls) {
    std::vector<std::string> failures;
    auto results32 = runOnThreads(call, **float32, "f32", failures);
    if (!results32.ok())
      return report(results32.status());
    auto results64 = runOnThreads(call, **float64, "f64", failures);
    if (!results64.ok())
      return report(results64.status());
    result.push_back(compare(call, *results32, *results64));
    llvm::append_range(result.back().failures, failures);
    if (Status status = checkPadding(call, **float32, result.back());
        !status.ok())
      return report(status);
  }
  return ArrayRef<Outcome>(outcomes[text] = std::move(result));
}

static void printOutcome(func::FuncOp loss, StringRef pipeline,
                         const Outcome &outcome, bool same) {
  llvm::raw_ostream &out = llvm::outs();
  out << "@" << loss.getName() << "  " << pipeline << "  " << outcome.sizes
      << (outcome.sizes.empty() ? "" : "  ") << outcome.tensors << " tensors";
  if (!outcome.worst.empty())
    out << ", worst error "
        << llvm::format("%.2g", std::max(outcome.worst32, outcome.worst64))
        << " of what it may be (" << outcome.worst << ")";
  if (same)
    out << ", IR as seen before";
  out << (outcome.failures.empty() ? "  ok\n" : "  FAILED\n");
  for (const std::string &failure : outcome.failures)
    out << "  " << failure << "\n";
}

void mlir::gradopt::checkPipelines(func::FuncOp loss,
                                   const PipelineCheckOptions &options,
                                   PipelineCheckTally &tally) {
  ++tally.functions;
  Reference reference(loss, options);
  if (failed(reference.create())) {
    ++tally.failed;
    return;
  }
  for (const std::string &pipeline : options.pipelines) {
    if (llvm::errs().is_displayed())
      llvm::errs() << "\r\033[K@" << loss.getName() << "  " << pipeline << "\r";
    bool same = false;
    FailureOr<ArrayRef<Outcome>> outcomes = reference.check(pipeline, same);
    if (failed(outcomes)) {
      llvm::outs() << "@" << loss.getName() << "  " << pipeline
                   << "  cannot be applied  FAILED\n";
      ++tally.failed;
      continue;
    }
    tally.same += same;
    for (const Outcome &outcome : *outcomes) {
      printOutcome(loss, pipeline, outcome, same);
      ++tally.comparisons;
      tally.tensors += outcome.tensors;
      tally.failed += !outcome.failures.empty();
      tally.worst32 = std::max(tally.worst32, outcome.worst32);
      tally.worst64 = std::max(tally.worst64, outcome.worst64);
    }
  }
}

void mlir::gradopt::printTally(const PipelineCheckTally &tally) {
  llvm::outs() << tally.functions << " functions, " << tally.comparisons
               << " comparisons, " << tally.tensors
               << " tensors, IR seen before " << tally.same
               << " times, worst error " << llvm::format("%.2g", tally.worst32)
               << " of what it may be in f32, "
               << llvm::format("%.2g", tally.worst64) << " in f64, "
               << tally.failed << " failed\n";
}
