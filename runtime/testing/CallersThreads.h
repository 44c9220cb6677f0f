//===- CallersThreads.h - A parallel-for of the caller's --------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_RUNTIME_TESTING_CALLERSTHREADS_H
#define GRADOPT_RUNTIME_TESTING_CALLERSTHREADS_H

#include "gradopt_runtime.h"

#include <thread>
#include <vector>

/// A gradopt_parallel_for_fn with a new thread for each task but the first, on
/// any number of processors: each runs its task at its own pace.
inline void runOnNewThreads(void *, int32_t threads,
                            void (*task)(void *argument, int32_t thread),
                            void *argument) {
  std::vector<std::thread> others;
  for (int32_t thread = 1; thread < threads; ++thread)
    others.emplace_back(task, argument, thread);
  task(argument, 0);
  for (std::thread &other : others)
    other.join();
}

#endif // GRADOPT_RUNTIME_TESTING_CALLERSTHREADS_H
