//===- peak.cpp - The most multiply-adds that threads reach ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// peak THREADS: runs independent f32 multiply-adds in the widest vectors of the
// machine that it was built on, and prints the best GFLOP/s of several runs.
// Threads go to the processors that the process may run on, one each.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <sched.h>
#include <thread>
#include <vector>

#if defined(__AVX512F__)
constexpr int vectorBytes = 64;
#elif defined(__AVX__)
constexpr int vectorBytes = 32;
#else
constexpr int vectorBytes = 16;
#endif
typedef float Vector __attribute__((vector_size(vectorBytes)));

// As many chains as hide the latency of a multiply-add at two in a cycle, and
// as fit in sixteen registers.
constexpr int chains = 12;
constexpr long rounds = 4000000;

static float multiplyAdd() {
  Vector sums[chains] = {}, a = {}, b = {};
  a += 0.999f;
  b += 0.001f;
  for (long round = 0; round < rounds; ++round) {
    for (Vector &sum : sums)
      sum = sum * a + b;
    // Keeps the loop and all chains of it.
    for (Vector &sum : sums)
      asm volatile("" : "+x"(sum));
  }
  float total = 0;
  for (Vector &sum : sums)
    total += sum[0];
  return total;
}

static void pin(int number) {
  cpu_set_t allowed, one;
  sched_getaffinity(0, sizeof allowed, &allowed);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed) && number-- == 0)
      CPU_SET(cpu, &one);
  if (CPU_COUNT(&one) == 1)
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
}

int main(int argc, char **argv) {
  int threads = argc == 2 ? std::atoi(argv[1]) : 0;
  if (threads < 1) {
    std::fprintf(stderr, "usage: gradopt-bench-peak THREADS\n");
    return 2;
  }
  double best = 0;
  for (int run = 0; run < 5; ++run) {
    std::atomic<float> sink = 0;
    auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> workers;
    for (int thread = 0; thread < threads; ++thread)
      workers.emplace_back([&, thread] {
        pin(thread);
        sink = multiplyAdd();
      });
    for (std::thread &worker : workers)
      worker.join();
    std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - start;
    double flops = 2.0 * chains * (vectorBytes / sizeof(float)) * rounds;
    best = std::max(best, threads * flops / seconds.count() / 1e9);
  }
  std::printf("%.1f\n", best);
}
