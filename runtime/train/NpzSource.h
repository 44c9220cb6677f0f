//===- NpzSource.h - Batches of the arrays of a NumPy archive ---*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_NPZSOURCE_H
#define GRADOPT_TRAIN_NPZSOURCE_H

#include "RowSource.h"
#include "gradopt_train/Npz.h"

namespace gradopt::train {

/// The arrays of a file that have the names of the model's inputs. In the file
/// the first dimension is the rows N, the second the time steps T, for those
/// inputs that have them; the others follow in the model's order: the model's
/// T × B × 3 is N × T × 3 there, its B × 1 is N × 1. An input with neither
/// stands as it is and is the same in each batch.
///
/// With an array "lengths" (N, whole numbers from 1 to T) what stands in a row
/// from its length on is padding: it is handed on as it is, and is not checked.
class NpzSource : public RowSource {
public:
  static Expected<std::unique_ptr<NpzSource>> open(const SourceSpec &spec,
                                                   const DataOptions &options);

  std::string identity() const override;
  const std::vector<ArrayInfo> &arrays() const override { return infos; }
  int64_t time() const override { return steps; }
  Metric metric() const override { return Metric::Loss; }
  std::optional<double> baseline() const override { return std::nullopt; }
  std::string baselineName() const override { return ""; }

protected:
  BatchInfo fillRows(const std::vector<int64_t> &chosen,
                     void *const *pointers) const override;

private:
  /// An array in the model's type and the file's layout.
  struct Stored {
    std::string data;
    int64_t rowStride = 0; ///< elements; 0 without rows
    int64_t timeStride = 0;
  };

  NpzSource() = default;
  Status setSizes(const NpzFile &file, const DataOptions &options);
  Status setLengths(const NpzFile &file);
  Status store(const NpyArray &array, const ArrayInfo &info,
               const DataOptions &options);
  bool isPadding(int64_t row, int64_t step) const {
    return !lengths.empty() && step >= lengths[static_cast<size_t>(row)];
  }

  std::string name; ///< for messages
  std::vector<ArrayInfo> infos;
  std::vector<Stored> stored;   ///< one per array
  std::vector<int64_t> lengths; ///< empty if all rows are full
  int64_t rowCount = 0;
  int64_t steps = 0;
  bool fixedTime = false;
  uint32_t checksum = 0;
  uint64_t seed = 0;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_NPZSOURCE_H
