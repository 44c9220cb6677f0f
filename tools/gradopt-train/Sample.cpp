//===- Sample.cpp - Text that a model draws -------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Modes.h"
#include "Setup.h"
#include "gradopt_train/Vocabulary.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::gradopt;
using namespace ::gradopt::train;

namespace {
/// A text model, one symbol at a time.
class Sampler {
public:
  Sampler(Runner &runner, int64_t symbols) : runner(runner), symbols(symbols) {}

  /// Finds what a text model has, or says what this one lacks.
  Status find();
  /// The state goes on behind this symbol.
  Status feed(int64_t id);
  /// A symbol to follow, by a number in [0, 1).
  Expected<int64_t> draw(double temperature, double number) const;

private:
  double getLogit(int64_t id) const;

  Runner &runner;
  int64_t symbols;
  int64_t tokens = -1, logits = -1;
};
} // namespace

static bool hasShape(const gradopt_manifest_entry &entry, uint32_t rank) {
  auto is = [&](uint32_t d, int64_t dynamic) {
    return entry.dims[d] == dynamic || entry.dims[d] >= 1;
  };
  return entry.rank == rank && is(0, GRADOPT_DIM_TIME) &&
         is(1, GRADOPT_DIM_BATCH);
}

Status Sampler::find() {
  auto lacks = [](const std::string &what) {
    return Status::error("this model cannot draw a text: " + what);
  };
  bool hasState = false;
  for (uint32_t i = 0; i < runner.size(); ++i) {
    const gradopt_manifest_entry &entry = runner.entry(i);
    std::string name = runner.name(i);
    hasState |= entry.role == GRADOPT_ROLE_STATE;
    if (entry.role != GRADOPT_ROLE_INPUT)
      continue;
    if (name == "tokens" && entry.element_type == GRADOPT_I32 &&
        hasShape(entry, 2))
      tokens = i;
    else if (name != "targets")
      return lacks("its input \"" + name +
                   "\" is none of a text's arrays, "
                   "tokens and targets of T x B of i32");
  }
  logits = gradopt_instance_find(runner.get(), GRADOPT_ROLE_OUTPUT, "logits");
  if (tokens < 0)
    return lacks("it has no input \"tokens\"");
  if (logits < 0)
    return lacks("it does not return its logits: give that result, T x B x V, "
                 "the attribute gradopt.output = \"logits\"");
  const gradopt_manifest_entry &entry = runner.entry(logits);
  if (!hasShape(entry, 3) || entry.dims[2] < symbols ||
      (entry.element_type != GRADOPT_F32 && entry.element_type != GRADOPT_F64))
    return lacks("its output \"logits\" is " +
                 describeShape(entry.dims, entry.rank) +
                 ", not T x B x V "
                 "with V at least the " +
                 std::to_string(symbols) + " symbols of its text");
  if (!hasState)
    return lacks("it carries no state (gradopt.state) from one step to the "
                 "next, so that a symbol could not depend on those before it");
  return Status();
}

Status Sampler::feed(int64_t id) {
  auto *input = static_cast<int32_t *>(runner.data(tokens));
  std::fill(input, input + runner.getMaxTime() * runner.getMaxBatch(),
            static_cast<int32_t>(id));
  return runner.evaluate(
      {runner.getMaxTime(), runner.getMaxBatch(), /*restart=*/false, 1});
}

double Sampler::getLogit(int64_t id) const {
  const void *data = runner.data(logits);
  return runner.entry(logits).element_type == GRADOPT_F64
             ? static_cast<const double *>(data)[id]
             : static_cast<const float *>(data)[id];
}

Expected<int64_t> Sampler::draw(double temperature, double number) const {
  int64_t best = 0;
  for (int64_t id = 0; id < symbols; ++id) {
    if (!std::isfinite(getLogit(id)))
      return Status::error("the model's logits are not finite");
    if (getLogit(id) > getLogit(best))
      best = id;
  }
  if (temperature == 0)
    return best;
  std::vector<double> sums;
  double sum = 0;
  for (int64_t id = 0; id < symbols; ++id) {
    sum += std::exp((getLogit(id) - getLogit(best)) / temperature);
    sums.push_back(sum);
  }
  auto found = std::upper_bound(sums.begin(), sums.end(), number * sum);
  return std::min<int64_t>(found - sums.begin(), symbols - 1);
}

/// The vocabulary that the parameters were trained with.
static Expected<Vocabulary> findVocabulary(const Checkpoint *checkpoint) {
  if (!checkpoint)
    return Status::error("--sample needs a checkpoint, which knows the "
                         "vocabulary: --init's file does not");
  return Vocabulary::fromMetadata(checkpoint->info.metadata);
}

int mlir::gradopt::runSampling(Model &model, const Options &options) {
  auto checkpoint = openCheckpoint(options);
  if (!checkpoint.ok())
    return fail(checkpoint.message());
  const Checkpoint *stored = *checkpoint ? &**checkpoint : nullptr;
  auto vocabulary = findVocabulary(stored);
  if (!vocabulary.ok())
    return fail(vocabulary.message());
  auto prompt = vocabulary->encode(options.prompt, "--prompt");
  if (!prompt.ok())
    return fail(prompt.message());
  if (model.getStaticTime().value_or(1) != 1)
    return fail("this model cannot draw a text: it always takes " +
                std::to_string(*model.getStaticTime()) +
                " time steps, and a text is drawn step by step; leave its time "
                "size dynamic");
  if (failed(model.compileEvaluation()))
    return 1;
  auto runner =
      Runner::create(model.getEvaluation(), 1,
                     model.getStaticBatch().value_or(1), 0, options.threads);
  if (!runner.ok())
    return fail(runner.message());
  Status status = loadParameters(model, options, stored, **runner);
  Sampler sampler(**runner, vocabulary->size());
  if (status.ok())
    status = sampler.find();
  if (!status.ok())
    return fail(status.message());

  // Without a prompt the text begins as if after a line, if there are lines.
  std::vector<int32_t> begin = *prompt;
  if (begin.empty())
    begin.push_back(std::max<int32_t>(0, vocabulary->id("\n")));
  for (int32_t id : begin)
    if (status = sampler.feed(id); !status.ok())
      return fail(status.message());
  std::string text = options.prompt;
  uint64_t stream =
      gradopt_stream(options.seed.value_or(Options::defaultSeed), "sample");
  for (uint64_t i = 0; i < options.sampleCount; ++i) {
    auto id = sampler.draw(options.temperature, gradopt_uniform(stream, i));
    if (!id.ok())
      return fail(id.message());
    text += vocabulary->symbol(*id);
    std::fwrite(text.data(), 1, text.size(), stdout);
    text.clear();
    if (status = sampler.feed(*id); !status.ok())
      return fail(status.message());
  }
  std::printf("\n");
  return 0;
}
