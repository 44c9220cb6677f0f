//===- CopyTask.cpp - Repeating symbols after a delay ---------------------===//
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

constexpr int64_t copied = 10; ///< symbols to repeat
constexpr int32_t dataSymbols = 8;
constexpr int32_t blank = 8;
constexpr int32_t delimiter = 9;
constexpr int64_t symbolCount = 10;

/// The copying memory problem (Hochreiter and Schmidhuber 1997, in the form of
/// Arjovsky, Shah and Bengio 2016): ten symbols, drawn from eight; T - 1
/// blanks; a delimiter; ten more blanks. What is asked for is a blank at each
/// of the first T + 10 steps, and then the ten symbols in their order. A
/// sequence has `length` = T + 20 steps.
///
/// "tokens" (time × batch, i32) numbers the symbols: 0 to 7 are data, 8 is a
/// blank, 9 the delimiter; "x" (time × batch × 10, f32) is 1 at the symbol's
/// number, else 0; "targets" (time × batch, i32) are the numbers asked for. The
/// baseline is 10 ln 8 / (T + 20), the cross entropy per symbol without memory.
class CopyTask : public SequenceTask {
public:
  Status open(const SourceSpec &spec, const DataOptions &options) {
    Description description;
    description.name = "copy";
    description.placesName = "places";
    description.minLength = 2 * copied + 1;
    description.defaultLength = 2 * copied + 100;
    description.arrays = {
        {"tokens", GRADOPT_I32, {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH}},
        {"x", GRADOPT_F32, {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH, symbolCount}},
        {"targets", GRADOPT_I32, {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH}}};
    description.entries = {{"tokens", symbolCount}, {"targets", blank + 1}};
    return initialize(description, spec, options);
  }

  Metric metric() const override { return Metric::SymbolEntropy; }
  std::optional<double> baseline() const override {
    // A mean over symbols counts a long sequence more often.
    double meanLength =
        (static_cast<double>(shortest()) + static_cast<double>(longest())) / 2;
    return double(copied) * std::log(double(dataSymbols)) / meanLength;
  }
  std::string baselineName() const override {
    return "cross entropy without memory: eight symbols as likely as each "
           "other";
  }

protected:
  void fillRow(const Row &row) const override {
    for (int64_t t = 0; t < row.length; ++t) {
      *row.at<int32_t>(0, t) = blank;
      *row.at<int32_t>(2, t) = blank;
    }
    for (int64_t i = 0; i < copied; ++i) {
      auto symbol = static_cast<int32_t>(gradopt_uniform_int(
          row.streams.values, stepIndex(row.sequence, copied, i), dataSymbols));
      *row.at<int32_t>(0, i) = symbol;
      *row.at<int32_t>(2, row.length - copied + i) = symbol;
    }
    *row.at<int32_t>(0, row.length - copied - 1) = delimiter;
    for (int64_t t = 0; t < row.length; ++t)
      row.at<float>(1, t, symbolCount)[*row.at<int32_t>(0, t)] = 1.0f;
  }
};

} // namespace

Expected<std::unique_ptr<DataSource>>
gradopt::train::createCopyTask(const SourceSpec &spec,
                               const DataOptions &options) {
  auto task = std::make_unique<CopyTask>();
  Status status = task->open(spec, options);
  if (!status.ok())
    return status;
  return std::unique_ptr<DataSource>(std::move(task));
}
