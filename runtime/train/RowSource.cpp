//===- RowSource.cpp - Batches of shuffled rows ---------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowSource.h"

#include <algorithm>
#include <numeric>

using namespace gradopt::train;

Status RowSource::setParts(const Parts &parts, const std::string &rowsName,
                           const std::string &name,
                           const DataOptions &options) {
  rows = options.batch;
  split = parts;
  auto batches = [&](int64_t count) {
    return options.fixedBatch ? count / rows : (count + rows - 1) / rows;
  };
  auto tooFew = [&](const char *part, int64_t count) {
    return Status::error(std::string("the ") + part + " part of " + name +
                         " has " + std::to_string(count) + " " + rowsName +
                         ", too few for one batch of the model's static size " +
                         std::to_string(rows) +
                         ": make the model's batch dynamic, or use more data");
  };
  trainingBatches = batches(split.trainingRows);
  heldOutBatches = batches(split.evaluationRows);
  // A batch that is left out would be missing in what is predicted.
  if (options.wholeData && options.fixedBatch &&
      split.evaluationRows % rows != 0)
    return Status::error(name + " has " + std::to_string(split.evaluationRows) +
                         " " + rowsName +
                         ", not a multiple of the model's static batch size " +
                         std::to_string(rows) +
                         ": make the model's batch dynamic to use all of them");
  if (trainingBatches == 0)
    return tooFew("training", split.trainingRows);
  if (options.holdOut > 0.0 && split.evaluationRows == 0)
    return Status::error("the held-out part of " + name + " has 0 " + rowsName +
                         ": use a larger hold-out or more data");
  if (options.holdOut > 0.0 && heldOutBatches == 0)
    return tooFew("held-out", split.evaluationRows);
  order = std::make_unique<EpochOrder>(split.trainingRows, options.seed);
  return Status();
}

BatchInfo RowSource::fill(uint64_t index, void *const *pointers) const {
  auto batches = static_cast<uint64_t>(trainingBatches);
  int64_t begin = static_cast<int64_t>(index % batches) * rows;
  int64_t end = std::min(begin + rows, split.trainingRows);
  std::vector<int64_t> chosen;
  order->append(index / batches, begin, end, chosen);
  return fillRows(chosen, pointers);
}

BatchInfo RowSource::fillEvaluation(int64_t index,
                                    void *const *pointers) const {
  int64_t begin = index * rows;
  int64_t end = std::min(begin + rows, split.evaluationRows);
  std::vector<int64_t> chosen(static_cast<size_t>(end - begin));
  std::iota(chosen.begin(), chosen.end(), split.evaluationFirst + begin);
  return fillRows(chosen, pointers);
}
