//===- SequenceTask.cpp - Tasks of random sequences -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SequenceTask.h"

#include "SourceOptions.h"
#include "gradopt_train/Prefetcher.h"

#include <algorithm>
#include <cstring>
#include <tuple>

using namespace gradopt::train;

/// Bounds what a sequence index times a length can reach.
static constexpr int64_t lengthLimit = int64_t(1) << 24;

Status SequenceTask::initialize(const Description &description,
                                const SourceSpec &spec,
                                const DataOptions &options) {
  Status status = checkDataOptions(options);
  if (!status.ok())
    return status;
  name = description.name;
  infos = description.arrays;
  std::string quoted = "task '" + name + "'";
  OptionReader reader(spec);
  std::tie(minLength, maxLength) = reader.range(
      "length", description.minLength, lengthLimit, description.defaultLength);
  evaluationSequences = reader.number("evaluation", 1, lengthLimit, 1000);
  status = reader.finish();
  if (!status.ok())
    return status;
  if (options.time != 0 && options.time != maxLength)
    return Status::error(
        quoted + " has sequences of " + std::to_string(maxLength) +
        " steps, but the model or the run asks for " +
        std::to_string(options.time) + ": make length and time the same");
  if (options.holdOut != 0.0)
    return Status::error("hold-out is for files: " + quoted +
                         " has an evaluation stream of its own");
  for (const auto &[array, entries] : description.entries) {
    auto limit = options.indexLimits.find(array);
    if (limit != options.indexLimits.end() && limit->second < entries)
      return Status::error(quoted + " has numbers from 0 to " +
                           std::to_string(entries - 1) + " in \"" + array +
                           "\", but the model has " +
                           std::to_string(limit->second) +
                           " entries; it needs " + std::to_string(entries));
  }

  bool isRange = minLength != maxLength, wanted = false;
  for (const ArrayInfo &info : options.wanted)
    wanted |= info.name == "lengths";
  // Steps of padding would be trained on.
  if (isRange && !wanted && !options.wanted.empty())
    return Status::error(quoted + ": a range of lengths is for a model with an "
                                  "input \"lengths\", which this one has not");
  givesLengths = isRange || wanted;
  if (givesLengths)
    infos.push_back({"lengths", GRADOPT_I32, {GRADOPT_DIM_BATCH}});
  fixedTime = options.fixedTime;
  rows = options.batch;
  seed = options.seed;
  auto streams = [&](uint64_t from, const std::string &prefix) {
    auto stream = [&](const std::string &what) {
      return gradopt_stream(from, (prefix + what).c_str());
    };
    return Streams{stream("values"), stream(description.placesName),
                   stream("lengths")};
  };
  training = streams(seed, name + "/");
  evaluation = streams(0, name + "/evaluation/");
  return Status();
}

std::string SequenceTask::identity() const {
  return "task " + name + ", length " + std::to_string(minLength) +
         (minLength == maxLength ? "" : ".." + std::to_string(maxLength)) +
         ", seed " + std::to_string(seed) + ", batch " + std::to_string(rows);
}

BatchInfo SequenceTask::fillFrom(const Streams &streams, uint64_t firstSequence,
                                 void *const *pointers) const {
  auto lengthOf = [&](uint64_t sequence) {
    auto choices = static_cast<uint64_t>(maxLength - minLength + 1);
    return minLength + static_cast<int64_t>(gradopt_uniform_int(
                           streams.lengths, sequence, choices));
  };
  int64_t time = fixedTime ? maxLength : 0, steps = 0;
  for (int64_t row = 0; row < rows; ++row)
    time = std::max(time, lengthOf(firstSequence + static_cast<uint64_t>(row)));
  for (size_t i = 0; i < infos.size(); ++i)
    std::memset(pointers[i], 0, arrayBytes(infos[i], time, rows));
  for (int64_t row = 0; row < rows; ++row) {
    uint64_t sequence = firstSequence + static_cast<uint64_t>(row);
    int64_t length = lengthOf(sequence);
    if (givesLengths)
      static_cast<int32_t *>(pointers[infos.size() - 1])[row] =
          static_cast<int32_t>(length);
    fillRow({streams, sequence, length, row, rows, pointers});
    steps += length;
  }
  return {time, rows, /*restart=*/true,
          metric() == Metric::SymbolEntropy ? steps : rows};
}

BatchInfo SequenceTask::fill(uint64_t index, void *const *pointers) const {
  return fillFrom(training, index * static_cast<uint64_t>(rows), pointers);
}

int64_t SequenceTask::evaluationBatches() const {
  return (evaluationSequences + rows - 1) / rows;
}

BatchInfo SequenceTask::fillEvaluation(int64_t index,
                                       void *const *pointers) const {
  return fillFrom(evaluation,
                  static_cast<uint64_t>(index) * static_cast<uint64_t>(rows),
                  pointers);
}
