//===- Evaluation.cpp - Loss and metrics without training -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluation.h"
#include "Modes.h"
#include "Setup.h"

using namespace mlir;
using namespace mlir::gradopt;
using namespace ::gradopt::train;

Expected<std::optional<Results>>
mlir::gradopt::evaluate(Runner &runner, const DataSource &source,
                        const InterruptGuard &interrupt) {
  std::vector<Results> all;
  for (int64_t i = 0; i < source.evaluationBatches(); ++i) {
    if (interrupt.interrupted())
      return std::optional<Results>();
    BatchInfo batch = source.fillEvaluation(i, runner.getInputs());
    if (Status status = runner.evaluate(batch); !status.ok())
      return status;
    all.push_back(runner.getResults(batch));
  }
  return std::optional<Results>(meanOf(all));
}

void mlir::gradopt::printResults(const char *title, Metric metric,
                                 const std::vector<std::string> &names,
                                 const Results &results) {
  std::printf("%-10s %.4f %s\n", title, metricValue(metric, results.loss),
              metricName(metric));
  for (size_t i = 0; i < results.metrics.size(); ++i)
    std::printf("%-10s %.4f %s\n", title, results.metrics[i], names[i].c_str());
}

void mlir::gradopt::printEnd(const DataSource &source,
                             std::optional<double> loss) {
  Metric metric = source.metric();
  if (std::optional<double> baseline = source.baseline())
    std::printf("%-10s %.4f %s (%s)\n", "baseline", *baseline,
                metricName(metric), source.baselineName().c_str());
  if (loss)
    std::printf("%.3f %s\n", metricValue(metric, *loss), metricName(metric));
}

/// "1 batch", "2 batches".
static std::string count(int64_t number, const std::string &unit) {
  const char *ending = number == 1                            ? ""
                       : llvm::StringRef(unit).ends_with("h") ? "es"
                                                              : "s";
  return std::to_string(number) + " " + unit + ending;
}

int mlir::gradopt::runEvaluation(Model &model, const Options &options) {
  auto checkpoint = openCheckpoint(options);
  if (!checkpoint.ok())
    return fail(checkpoint.message());
  const Checkpoint *stored = *checkpoint ? &**checkpoint : nullptr;
  auto source = openData(model, options, stored, /*whole=*/!options.holdOut);
  if (!source.ok())
    return fail(source.message());
  if ((*source)->evaluationBatches() == 0)
    return fail(kNothingHeldOut);
  if (failed(model.compileEvaluation()))
    return 1;
  auto runner = Runner::create(model.getEvaluation(), **source,
                               options.seed.value_or(Options::defaultSeed),
                               options.threads);
  if (!runner.ok())
    return fail(runner.message());
  (*runner)->weighBy(model.getLossLengths());
  Status status = loadParameters(model, options, stored, **runner);
  if (!status.ok())
    return fail(status.message());

  InterruptGuard interrupt;
  auto results = evaluate(**runner, **source, interrupt);
  if (!results.ok())
    return fail(results.message());
  if (!*results) {
    std::printf("interrupted while evaluating\n");
    return 130;
  }
  Metric metric = (*source)->metric();
  if (stored)
    std::printf("parameters of step %llu\n",
                static_cast<unsigned long long>(stored->info.step));
  std::printf("%s in %s\n", count((*results)->units, unitName(metric)).c_str(),
              count((*source)->evaluationBatches(), "batch").c_str());
  printResults("evaluated", metric, (*runner)->getMetricNames(), **results);
  printEnd(**source, (*results)->loss);
  return 0;
}
