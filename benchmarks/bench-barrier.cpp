//===- bench-barrier.cpp - How long threads of a step wait ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// gradopt-bench-barrier: the time of one barrier, and of one step that does
// nothing, for 2, 4, 8, … threads up to the number of processors. Each is the
// median of several measurements.

#include "gradopt_runtime.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

constexpr gradopt_manifest_header kManifest = {
    GRADOPT_MANIFEST_MAGIC,
    GRADOPT_ABI_VERSION,
    /*count=*/0,
    /*entry_size=*/sizeof(gradopt_manifest_entry),
    /*strings_offset=*/sizeof(gradopt_manifest_header),
    /*size=*/sizeof(gradopt_manifest_header)};

int barriers;

void step(gradopt_context *context, int32_t thread, int32_t threads) {
  if (thread == 0) {
    gradopt_record_header record = {GRADOPT_ABI_VERSION, 1, {}};
    std::memcpy(context->arena, &record, sizeof record);
  }
  if (threads > 1)
    for (int i = 0; i < barriers; ++i)
      context->barrier(context, threads);
}

int64_t layout(int64_t, int64_t, int64_t *) {
  return sizeof(gradopt_record_header);
}

void commit(gradopt_context *context) { context->slot ^= 1; }

/// Microseconds of a step with so many barriers.
double measure(gradopt_instance *instance, int count) {
  barriers = count;
  std::vector<double> times;
  for (int i = 0; i < 31; ++i) {
    auto begin = std::chrono::steady_clock::now();
    gradopt_instance_run(instance, 0, 0, nullptr);
    std::chrono::duration<double, std::micro> time =
        std::chrono::steady_clock::now() - begin;
    times.push_back(time.count());
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2,
                   times.end());
  return times[times.size() / 2];
}

} // namespace

int main() {
  const gradopt_program program = {&kManifest, step, layout, commit};
  gradopt_instance *instance;
  if (gradopt_instance_create(&program, 0, 0, &instance) != GRADOPT_OK) {
    std::fprintf(stderr, "%s\n", gradopt_last_error());
    return 1;
  }
  int32_t processors = gradopt_processors();
  std::printf("threads  barrier    step\n");
  for (int32_t threads = 1;; threads = std::min(2 * threads, processors)) {
    if (gradopt_instance_set_threads(instance, threads) != GRADOPT_OK) {
      std::fprintf(stderr, "%s\n", gradopt_last_error());
      return 1;
    }
    const int count = 10000;
    double none = measure(instance, 0);
    double barrier = (measure(instance, count) - none) / count;
    std::printf("%7d %5.3f us %4.1f us\n", threads, barrier, none);
    if (threads == processors)
      break;
  }
  gradopt_instance_destroy(instance);
  return 0;
}
