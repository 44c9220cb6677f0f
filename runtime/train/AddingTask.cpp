//===- AddingTask.cpp - The adding problem --------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SequenceTask.h"

#include <cmath>

using namespace gradopt::train;

namespace {

/// The adding problem (Hochreiter and Schmidhuber 1997, in the form of Le,
/// Jaitly and Hinton 2015): "x" (time × batch × 2, f32) holds in each step a
/// value, uniform in [0, 1), and a marker that is 1 in two steps, one in each
/// half of the sequence, else 0; "target" (batch × 1, f32) is the sum of the
/// two marked values.
///
/// Always to predict 1 has the mean squared error 1/6, the variance of the sum
/// of two uniform values: the baseline.
class AddingTask : public SequenceTask {
public:
  Status open(const SourceSpec &spec, const DataOptions &options) {
    Description description;
    description.name = "adding";
    description.placesName = "markers";
    description.minLength = 2;
    description.arrays = {
        {"x", GRADOPT_F32, {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH, 2}},
        {"target", GRADOPT_F32, {GRADOPT_DIM_BATCH, 1}}};
    return initialize(description, spec, options);
  }

  Metric metric() const override { return Metric::MeanSquaredError; }
  std::optional<double> baseline() const override { return 1.0 / 6.0; }
  std::string baselineName() const override {
    return "mean squared error of always predicting 1";
  }

protected:
  void fillRow(const Row &row) const override {
    for (int64_t t = 0; t < row.length; ++t) {
      double value = gradopt_uniform(row.streams.values,
                                     stepIndex(row.sequence, longest(), t));
      // Rounding to f32 could give 1; the upper 24 bits are exact.
      *row.at<float>(0, t, 2) =
          static_cast<float>(std::floor(value * 0x1p24) * 0x1p-24);
    }
    int64_t half = row.length / 2;
    auto draw = [&](uint64_t which, int64_t bound) {
      return static_cast<int64_t>(
          gradopt_uniform_int(row.streams.places, 2 * row.sequence + which,
                              static_cast<uint64_t>(bound)));
    };
    float *target = static_cast<float *>(row.pointers[1]) + row.row;
    for (int64_t t : {draw(0, half), half + draw(1, row.length - half)}) {
      float *element = row.at<float>(0, t, 2);
      element[1] = 1.0f;
      *target += element[0];
    }
  }
};

} // namespace

Expected<std::unique_ptr<DataSource>>
gradopt::train::createAddingTask(const SourceSpec &spec,
                                 const DataOptions &options) {
  auto task = std::make_unique<AddingTask>();
  Status status = task->open(spec, options);
  if (!status.ok())
    return status;
  return std::unique_ptr<DataSource>(std::move(task));
}
