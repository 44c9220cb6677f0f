//===- TemporalOrderTask.cpp - Which symbol came first --------------------===//
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

enum Symbol : int32_t { NoiseSymbols = 4, X = 4, Y, Start, End, SymbolCount };
constexpr int64_t classCount = 4;

/// The temporal order problem (Hochreiter and Schmidhuber 1997, experiment 6a):
/// a sequence of L symbols begins with E, ends with B, and holds an X or a Y at
/// two places, one in [L/10, L/5) and one in [L/2, 3L/5); all others are drawn
/// from a, b, c and d. The class is the order of the two: XX, XY, YX or YY.
///
/// "tokens" (time × batch, i32) numbers the symbols: a, b, c, d, X, Y, E and B
/// are 0 to 7; "x" (time × batch × 8, f32) is 1 at the symbol's number, else 0;
/// "target" (batch, i32) is the class, 0 to 3. The baseline is ln 4, the cross
/// entropy of classes that are drawn evenly.
class TemporalOrderTask : public SequenceTask {
public:
  Status open(const SourceSpec &spec, const DataOptions &options) {
    Description description;
    description.name = "temporal-order";
    description.placesName = "places";
    description.minLength = 10;
    description.arrays = {
        {"tokens", GRADOPT_I32, {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH}},
        {"x", GRADOPT_F32, {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH, SymbolCount}},
        {"target", GRADOPT_I32, {GRADOPT_DIM_BATCH}}};
    description.entries = {{"tokens", SymbolCount}, {"target", classCount}};
    return initialize(description, spec, options);
  }

  Metric metric() const override { return Metric::CrossEntropy; }
  std::optional<double> baseline() const override {
    return std::log(double(classCount));
  }
  std::string baselineName() const override {
    return "entropy of four classes that are as frequent as each other";
  }

protected:
  void fillRow(const Row &row) const override {
    for (int64_t t = 0; t < row.length; ++t)
      *row.at<int32_t>(0, t) = static_cast<int32_t>(gradopt_uniform_int(
          row.streams.values, stepIndex(row.sequence, longest(), t),
          NoiseSymbols));
    auto draw = [&](uint64_t which, int64_t low, int64_t high) {
      return low + static_cast<int64_t>(gradopt_uniform_int(
                       row.streams.places, 3 * row.sequence + which,
                       static_cast<uint64_t>(high - low)));
    };
    int64_t length = row.length;
    int64_t first = draw(0, length / 10, length / 5);
    int64_t second = draw(1, length / 2, 3 * length / 5);
    int64_t kind = draw(2, 0, classCount);
    *row.at<int32_t>(0, 0) = Start;
    *row.at<int32_t>(0, length - 1) = End;
    *row.at<int32_t>(0, first) = kind < 2 ? X : Y;
    *row.at<int32_t>(0, second) = kind % 2 == 0 ? X : Y;
    static_cast<int32_t *>(row.pointers[2])[row.row] =
        static_cast<int32_t>(kind);
    for (int64_t t = 0; t < length; ++t)
      row.at<float>(1, t, SymbolCount)[*row.at<int32_t>(0, t)] = 1.0f;
  }
};

} // namespace

Expected<std::unique_ptr<DataSource>>
gradopt::train::createTemporalOrderTask(const SourceSpec &spec,
                                        const DataOptions &options) {
  auto task = std::make_unique<TemporalOrderTask>();
  Status status = task->open(spec, options);
  if (!status.ok())
    return status;
  return std::unique_ptr<DataSource>(std::move(task));
}
