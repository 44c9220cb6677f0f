//===- AddingTask.h - The adding problem ------------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_ADDINGTASK_H
#define GRADOPT_TRAIN_ADDINGTASK_H

#include "gradopt_train/DataSource.h"

namespace gradopt::train {

/// The adding problem (Hochreiter and Schmidhuber 1997, in the form of Le,
/// Jaitly and Hinton 2015): "x" (time × batch × 2, f32) holds in each step a
/// value, uniform in [0, 1), and a marker that is 1 in two steps, one in each
/// half of the sequence, else 0; "target" (batch × 1, f32) is the sum of the
/// two marked values.
///
/// Always to predict 1 has the mean squared error 1/6, the variance of the sum
/// of two uniform values: the baseline.
///
/// Row b of batch i is sequence i * batch + b of the seed's stream. Evaluation
/// sequences come from one fixed stream, the same under every seed.
///
/// Options: `length` (steps, at least 2, default 100), `evaluation` (sequences,
/// default 1000, rounded up to whole batches).
class AddingTask : public DataSource {
public:
  static Expected<std::unique_ptr<AddingTask>>
  create(const SourceSpec &spec, const DataOptions &options);

  std::string identity() const override;
  const std::vector<ArrayInfo> &arrays() const override;
  int64_t time() const override { return length; }
  int64_t batch() const override { return rows; }
  Metric metric() const override { return Metric::MeanSquaredError; }
  std::optional<double> baseline() const override { return 1.0 / 6.0; }
  std::string baselineName() const override;
  int64_t batchesPerEpoch() const override { return 0; }
  BatchInfo fill(uint64_t index, void *const *pointers) const override;
  int64_t evaluationBatches() const override;
  BatchInfo fillEvaluation(int64_t index, void *const *pointers) const override;

private:
  /// Streams of random numbers for the values and for the markers.
  struct Streams {
    uint64_t values = 0;
    uint64_t markers = 0;
  };

  AddingTask() = default;
  BatchInfo fillFrom(Streams streams, uint64_t firstSequence,
                     void *const *pointers) const;

  int64_t length = 100;
  int64_t rows = 0;
  int64_t evaluationSequences = 1000;
  uint64_t seed = 0;
  Streams training;
  Streams evaluation;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_ADDINGTASK_H
