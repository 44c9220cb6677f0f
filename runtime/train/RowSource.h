//===- RowSource.h - Batches of shuffled rows -------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_ROWSOURCE_H
#define GRADOPT_TRAIN_ROWSOURCE_H

#include "EpochOrder.h"
#include "gradopt_train/DataSource.h"

namespace gradopt::train {

/// A source whose rows are independent of each other: each epoch takes every
/// training row once, in an order of its own, and evaluation takes its rows in
/// the order of the file. The last batch of both may be smaller.
class RowSource : public DataSource {
public:
  int64_t batch() const override { return rows; }
  int64_t batchesPerEpoch() const override { return trainingBatches; }
  BatchInfo fill(uint64_t index, void *const *pointers) const override;
  int64_t evaluationBatches() const override { return heldOutBatches; }
  BatchInfo fillEvaluation(int64_t index, void *const *pointers) const override;

protected:
  struct Parts {
    int64_t trainingRows = 0; ///< rows [0, trainingRows)
    int64_t evaluationFirst = 0;
    int64_t evaluationRows = 0;
  };

  /// What each source does with its rows. `rowsName` ("rows") and `name` ("npz
  /// 'x'") are for messages.
  Status setParts(const Parts &parts, const std::string &rowsName,
                  const std::string &name, const DataOptions &options);
  const Parts &parts() const { return split; }

  /// Writes these rows as one batch.
  virtual BatchInfo fillRows(const std::vector<int64_t> &chosen,
                             void *const *pointers) const = 0;

private:
  Parts split;
  int64_t rows = 0;
  int64_t trainingBatches = 0;
  int64_t heldOutBatches = 0;
  std::unique_ptr<EpochOrder> order;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_ROWSOURCE_H
