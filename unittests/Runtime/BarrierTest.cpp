//===- BarrierTest.cpp - Threads of a step wait for each other ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CallersThreads.h"
#include "TestProgram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>

namespace {

constexpr int32_t kMostThreads = 8;

/// What the threads of a step write and read, with nothing but the barrier
/// between them.
struct Shared {
  int rounds = 0;
  /// Threads from this one on return at once.
  int32_t used = kMostThreads;
  /// The thread that comes late to the barrier of every round, so late that the
  /// others sleep; -1: none.
  int32_t late = -1;
  int written[kMostThreads] = {};
  std::atomic<int> calls{0};
  std::atomic<int> wrong{0};
} shared;

/// In each round every thread writes the number of the round and reads that of
/// all others.
void step(gradopt_context *context, int32_t thread, int32_t threads) {
  int32_t used = std::min(threads, shared.used);
  if (thread == 0)
    TestProgram::step(context, thread, threads);
  if (thread >= used)
    return;
  ++shared.calls;
  auto wait = [&] {
    if (used > 1)
      context->barrier(context, used);
  };
  for (int round = 1; round <= shared.rounds; ++round) {
    if (thread == shared.late)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    shared.written[thread] = round;
    wait();
    for (int32_t other = 0; other < used; ++other)
      shared.wrong += shared.written[other] != round;
    wait();
  }
}

class Barrier : public testing::Test {
protected:
  void SetUp() override {
    program.step = step;
    instance = create(program);
    ASSERT_TRUE(instance);
    shared.used = kMostThreads;
    shared.late = -1;
  }

  void set(int32_t threads) {
    ASSERT_EQ(gradopt_instance_set_threads(instance.get(), threads), GRADOPT_OK)
        << gradopt_last_error();
  }
  /// Runs the step, whose barriers so many threads use.
  void run(int32_t used, int rounds) {
    // The barrier is as good as new in every call.
    for (int call = 0; call < 3; ++call) {
      shared.rounds = rounds;
      shared.calls = shared.wrong = 0;
      std::fill_n(shared.written, kMostThreads, 0);
      ASSERT_EQ(gradopt_instance_run(instance.get(), 1, 1, nullptr), GRADOPT_OK)
          << gradopt_last_error();
      EXPECT_EQ(shared.calls, used);
      EXPECT_EQ(shared.wrong, 0) << used << " threads";
    }
  }

  Bytes table = makeManifest({});
  gradopt_program program = TestProgram::get(table);
  Instance instance;
};

TEST_F(Barrier, AllSeeWhatAllWroteBefore) {
  gradopt_instance_set_parallel_for(instance.get(), runOnNewThreads, nullptr);
  for (int32_t threads = 1; threads <= kMostThreads; ++threads) {
    set(threads);
    run(threads, 200);
  }
}

TEST_F(Barrier, OnOpenMPThreads) {
  int32_t threads = std::min(gradopt_processors(), kMostThreads);
  set(threads);
  run(threads, 2000);
}

TEST_F(Barrier, WhoSleepsIsWokenUp) {
  gradopt_instance_set_parallel_for(instance.get(), runOnNewThreads, nullptr);
  for (int32_t threads : {2, 3, 6}) {
    set(threads);
    for (int32_t late : {0, threads - 1}) {
      shared.late = late;
      run(threads, 4);
    }
  }
}

// Those that had something to do before do not hold up the others now.
TEST_F(Barrier, SomeThreadsMayHaveNothingToDo) {
  gradopt_instance_set_parallel_for(instance.get(), runOnNewThreads, nullptr);
  set(6);
  for (int32_t used : {6, 3, 5, 1, 2}) {
    shared.used = used;
    run(used, 50);
  }
}

} // namespace
