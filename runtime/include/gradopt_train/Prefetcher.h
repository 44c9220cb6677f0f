//===- Prefetcher.h - The next batch during a step --------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_PREFETCHER_H
#define GRADOPT_TRAIN_PREFETCHER_H

#include "gradopt_train/DataSource.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace gradopt::train {

/// Fills the next training batch in a thread of its own while a step runs. It
/// gives the same bits as the source itself. While it lives, only next() may
/// move the source's position; evaluation batches may be filled at any time.
class Prefetcher {
public:
  /// Begins to fill batch number `source.position()`. The source must outlive
  /// it.
  static Expected<std::unique_ptr<Prefetcher>> create(DataSource &source);
  /// Waits for the batch that is being filled.
  ~Prefetcher();
  Prefetcher(const Prefetcher &) = delete;
  Prefetcher &operator=(const Prefetcher &) = delete;

  /// The same as source.next(pointers), or why the batch could not be made. The
  /// position moves here, not when a batch is filled ahead of time.
  Expected<BatchInfo> next(void *const *pointers);

private:
  explicit Prefetcher(DataSource &source) : source(source) {}
  void work();

  DataSource &source;
  std::vector<std::vector<char>> staging; ///< one per array
  std::vector<void *> pointers;           ///< into staging
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t index = 0; ///< the batch to fill
  bool filled = false;
  bool stopping = false;
  BatchInfo info;
  std::string failure; ///< why the batch could not be filled, or ""
  std::thread thread;
};

/// Bytes of an array of this type and shape with these sizes of time and batch.
size_t arrayBytes(const ArrayInfo &array, int64_t time, int64_t batch);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_PREFETCHER_H
