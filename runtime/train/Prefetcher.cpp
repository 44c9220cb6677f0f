//===- Prefetcher.cpp - The next batch during a step ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Prefetcher.h"

#include <csignal>
#include <cstring>
#include <exception>

using namespace gradopt::train;

size_t gradopt::train::arrayBytes(const ArrayInfo &array, int64_t time,
                                  int64_t batch) {
  auto bytes = static_cast<size_t>(gradopt_element_size(array.type));
  for (int64_t dim : array.dims)
    bytes *= static_cast<size_t>(dim == GRADOPT_DIM_TIME    ? time
                                 : dim == GRADOPT_DIM_BATCH ? batch
                                                            : dim);
  return bytes;
}

Expected<std::unique_ptr<Prefetcher>> Prefetcher::create(DataSource &source) {
  try {
    std::unique_ptr<Prefetcher> made(new Prefetcher(source));
    for (const ArrayInfo &array : source.arrays())
      made->staging.emplace_back(
          arrayBytes(array, source.time(), source.batch()));
    for (std::vector<char> &bytes : made->staging)
      made->pointers.push_back(bytes.data());
    made->index = source.position();
    // Signals are for the thread that the program began with: there they
    // interrupt its waiting.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      made->thread = std::thread(&Prefetcher::work, made.get());
    } catch (...) {
      ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
      throw;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return made;
  } catch (const std::exception &error) {
    return Status::error(std::string("cannot fetch batches ahead of time: ") +
                         error.what());
  }
}

Prefetcher::~Prefetcher() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  if (thread.joinable())
    thread.join();
}

void Prefetcher::work() {
  std::unique_lock<std::mutex> lock(mutex);
  while (true) {
    changed.wait(lock, [&] { return stopping || !filled; });
    if (stopping)
      return;
    uint64_t wanted = index;
    lock.unlock();
    BatchInfo got;
    std::string why;
    try {
      got = source.fill(wanted, pointers.data());
    } catch (const std::exception &error) {
      why = "batch " + std::to_string(wanted) +
            " of the data cannot be made: " + error.what();
    }
    lock.lock();
    info = got;
    failure = std::move(why);
    filled = true;
    changed.notify_all();
  }
}

Expected<BatchInfo> Prefetcher::next(void *const *destinations) {
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait(lock, [&] { return filled; });
  // A failed batch stays the next one: it is not skipped.
  if (!failure.empty())
    return Status::error(failure);
  const std::vector<ArrayInfo> &arrays = source.arrays();
  for (size_t i = 0; i < arrays.size(); ++i)
    if (size_t bytes = arrayBytes(arrays[i], info.time, info.batch))
      std::memcpy(destinations[i], staging[i].data(), bytes);
  BatchInfo result = info;
  source.skip();
  index = source.position();
  filled = false;
  lock.unlock();
  changed.notify_all();
  return result;
}
