//===- AddingTask.cpp - The adding problem --------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/AddingTask.h"

#include "SourceOptions.h"

#include <algorithm>
#include <cmath>

using namespace gradopt::train;

/// Bounds what a sequence index times a length can reach.
static constexpr int64_t maxLength = int64_t(1) << 24;

Expected<std::unique_ptr<AddingTask>>
AddingTask::create(const SourceSpec &spec, const DataOptions &options) {
  Status status = checkDataOptions(options);
  if (!status.ok())
    return status;
  std::unique_ptr<AddingTask> task(new AddingTask);
  OptionReader reader(spec);
  task->length = reader.number("length", 2, maxLength, task->length);
  task->evaluationSequences =
      reader.number("evaluation", 1, maxLength, task->evaluationSequences);
  status = reader.finish();
  if (!status.ok())
    return status;
  if (options.time != 0 && options.time != task->length)
    return Status::error(
        "task 'adding' has sequences of " + std::to_string(task->length) +
        " steps, but the model or the run asks for " +
        std::to_string(options.time) + ": make length and time the same");
  if (options.holdOut != 0.0)
    return Status::error("hold-out is for files: task 'adding' has an "
                         "evaluation stream of its own");

  task->rows = options.batch;
  task->seed = options.seed;
  task->training = {gradopt_stream(options.seed, "adding/values"),
                    gradopt_stream(options.seed, "adding/markers")};
  task->evaluation = {gradopt_stream(0, "adding/evaluation/values"),
                      gradopt_stream(0, "adding/evaluation/markers")};
  return task;
}

std::string AddingTask::identity() const {
  return "task adding, length " + std::to_string(length) + ", seed " +
         std::to_string(seed) + ", batch " + std::to_string(rows);
}

const std::vector<ArrayInfo> &AddingTask::arrays() const {
  static const std::vector<ArrayInfo> infos = {
      {"x", GRADOPT_F32, {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH, 2}},
      {"target", GRADOPT_F32, {GRADOPT_DIM_BATCH, 1}}};
  return infos;
}

std::string AddingTask::baselineName() const {
  return "mean squared error of always predicting 1";
}

BatchInfo AddingTask::fillFrom(Streams streams, uint64_t firstSequence,
                               void *const *pointers) const {
  float *x = static_cast<float *>(pointers[0]);
  float *target = static_cast<float *>(pointers[1]);
  const auto steps = static_cast<uint64_t>(length);
  const auto batch = static_cast<uint64_t>(rows);
  for (uint64_t row = 0; row < batch; ++row) {
    uint64_t sequence = firstSequence + row;
    for (uint64_t t = 0; t < steps; ++t) {
      double value = gradopt_uniform(streams.values, sequence * steps + t);
      float *element = x + (t * batch + row) * 2;
      // Rounding to f32 could give 1; the upper 24 bits are exact.
      element[0] = static_cast<float>(std::floor(value * 0x1p24) * 0x1p-24);
      element[1] = 0.0f;
    }
    uint64_t half = steps / 2;
    uint64_t marked[2] = {
        gradopt_uniform_int(streams.markers, 2 * sequence, half),
        half + gradopt_uniform_int(streams.markers, 2 * sequence + 1,
                                   steps - half)};
    target[row] = 0.0f;
    for (uint64_t t : marked) {
      float *element = x + (t * batch + row) * 2;
      element[1] = 1.0f;
      target[row] += element[0];
    }
  }
  return {length, rows, /*restart=*/true, rows};
}

BatchInfo AddingTask::fill(uint64_t index, void *const *pointers) const {
  return fillFrom(training, index * static_cast<uint64_t>(rows), pointers);
}

int64_t AddingTask::evaluationBatches() const {
  return (evaluationSequences + rows - 1) / rows;
}

BatchInfo AddingTask::fillEvaluation(int64_t index,
                                     void *const *pointers) const {
  return fillFrom(evaluation,
                  static_cast<uint64_t>(index) * static_cast<uint64_t>(rows),
                  pointers);
}
