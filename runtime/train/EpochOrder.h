//===- EpochOrder.h - The order of rows in each epoch -----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_EPOCHORDER_H
#define GRADOPT_TRAIN_EPOCHORDER_H

#include <cstdint>
#include <mutex>
#include <vector>

namespace gradopt::train {

/// A permutation of rows for each epoch, a pure function of the seed and the
/// epoch's number: Fisher and Yates' shuffle on counter-based random numbers.
/// Thread-safe; the permutation of the last epoch asked for is kept.
class EpochOrder {
public:
  EpochOrder(int64_t rows, uint64_t seed);

  /// Appends places [begin, end) of the epoch to `rows`.
  void append(uint64_t epoch, int64_t begin, int64_t end,
              std::vector<int64_t> &rows) const;

private:
  void shuffle(uint64_t epoch) const;

  uint64_t seed;
  mutable std::mutex mutex;
  mutable std::vector<int64_t> order;
  mutable uint64_t current;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_EPOCHORDER_H
