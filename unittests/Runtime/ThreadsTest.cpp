//===- ThreadsTest.cpp - A step on several threads ------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CallersThreads.h"
#include "TestProgram.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cfenv>
#include <mutex>
#include <set>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace {

/// How a thread computes: with x86, flushing of small numbers as well.
struct Arithmetic {
  int rounding;
  unsigned control = 0;

  bool operator==(const Arithmetic &other) const {
    return rounding == other.rounding && control == other.control;
  }
  static Arithmetic get() {
    Arithmetic current{std::fegetround()};
#if defined(__SSE__)
    current.control = _mm_getcsr() & ~unsigned(_MM_EXCEPT_MASK);
#endif
    return current;
  }
  /// Something that no thread starts with.
  static void setUnusual() {
    std::fesetround(FE_UPWARD);
#if defined(__SSE__)
    _mm_setcsr(_mm_getcsr() | 0x8040); // FTZ and DAZ
#endif
  }
};

/// What the calls of a step said.
struct Calls {
  std::mutex mutex;
  std::multiset<int32_t> numbers;
  std::set<int32_t> teams;
  std::set<std::thread::id> threads;
  std::vector<Arithmetic> arithmetic;

  void clear() {
    numbers.clear();
    teams.clear();
    threads.clear();
    arithmetic.clear();
  }
} calls;

/// All threads are here at the same time: each waits for the others.
void step(gradopt_context *context, int32_t thread, int32_t threads) {
  if (thread == 0)
    TestProgram::step(context, thread, threads);
  {
    std::lock_guard<std::mutex> lock(calls.mutex);
    calls.numbers.insert(thread);
    calls.teams.insert(threads);
    calls.threads.insert(std::this_thread::get_id());
    calls.arithmetic.push_back(Arithmetic::get());
  }
  if (threads > 1)
    context->barrier(context, threads);
}

/// The same without a barrier, for callers that break the rules.
void lonelyStep(gradopt_context *context, int32_t thread, int32_t) {
  if (thread == 0)
    TestProgram::step(context, thread, 1);
  std::lock_guard<std::mutex> lock(calls.mutex);
  calls.numbers.insert(thread);
}

class Threads : public testing::Test {
protected:
  void SetUp() override { make(step); }

  void make(gradopt_step_fn function) {
    program.step = function;
    instance = create(program);
    ASSERT_TRUE(instance);
    calls.clear();
  }
  gradopt_status set(int32_t threads) {
    return gradopt_instance_set_threads(instance.get(), threads);
  }
  void setParallelFor(gradopt_parallel_for_fn function) {
    gradopt_instance_set_parallel_for(instance.get(), function, &user);
  }
  gradopt_status run() {
    calls.clear();
    return gradopt_instance_run(instance.get(), 1, 1, nullptr);
  }

  Bytes table = makeManifest({});
  gradopt_program program = TestProgram::get(table);
  Instance instance;
  int user = 0;
};

using Numbers = std::multiset<int32_t>;
using Teams = std::set<int32_t>;

TEST_F(Threads, RefusesNumbersThatCannotRun) {
  EXPECT_EQ(gradopt_instance_set_threads(nullptr, 1), GRADOPT_INVALID_ARGUMENT);
  gradopt_instance_set_parallel_for(nullptr, runOnNewThreads, nullptr);
  for (int32_t threads : {0, -1, INT32_MIN}) {
    EXPECT_EQ(set(threads), GRADOPT_INVALID_ARGUMENT);
    EXPECT_EQ(gradopt_last_error(), "a step cannot run on " +
                                        std::to_string(threads) +
                                        " threads: there is at least 1");
  }
  int32_t processors = gradopt_processors();
  ASSERT_GE(processors, 1);
  EXPECT_EQ(set(processors), GRADOPT_OK);
  EXPECT_EQ(set(processors + 1), GRADOPT_INVALID_ARGUMENT);
  EXPECT_NE(std::string(gradopt_last_error())
                .find("than the " + std::to_string(processors) + " processors"),
            std::string::npos)
      << gradopt_last_error();
  // With threads of the caller's it is his business.
  setParallelFor(runOnNewThreads);
  EXPECT_EQ(set(processors + 1), GRADOPT_OK);
  EXPECT_EQ(set(0), GRADOPT_INVALID_ARGUMENT);
  // What was refused changed nothing.
  ASSERT_EQ(run(), GRADOPT_OK);
  EXPECT_EQ(calls.teams, Teams{processors + 1});
}

TEST_F(Threads, OneThreadIsTheCaller) {
  setParallelFor([](void *, int32_t, void (*)(void *, int32_t), void *) {
    FAIL() << "nobody needs this";
  });
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(run(), GRADOPT_OK);
    EXPECT_EQ(calls.numbers, Numbers{0});
    EXPECT_EQ(calls.teams, Teams{1});
    EXPECT_EQ(calls.threads, std::set{std::this_thread::get_id()});
    ASSERT_EQ(set(1), GRADOPT_OK);
  }
}

TEST_F(Threads, EachHasItsNumber) {
  setParallelFor(runOnNewThreads);
  for (int32_t threads : {2, 5, 8, 3}) {
    ASSERT_EQ(set(threads), GRADOPT_OK);
    for (int call = 0; call < 2; ++call) {
      ASSERT_EQ(run(), GRADOPT_OK) << gradopt_last_error();
      Numbers all;
      for (int32_t thread = 0; thread < threads; ++thread)
        all.insert(thread);
      EXPECT_EQ(calls.numbers, all);
      EXPECT_EQ(calls.teams, Teams{threads});
      EXPECT_EQ(calls.threads.size(), size_t(threads));
    }
  }
}

TEST_F(Threads, OpenMPIsTheDefaultAndComesBack) {
  int32_t processors = gradopt_processors();
  ASSERT_EQ(set(processors), GRADOPT_OK);
  ASSERT_EQ(run(), GRADOPT_OK);
  EXPECT_EQ(calls.teams, Teams{processors});
  EXPECT_EQ(calls.threads.size(), size_t(processors));

  setParallelFor([](void *user, int32_t threads, void (*task)(void *, int32_t),
                    void *argument) {
    ++*static_cast<int *>(user);
    runOnNewThreads(nullptr, threads, task, argument);
  });
  ASSERT_EQ(set(processors + 2), GRADOPT_OK);
  ASSERT_EQ(run(), GRADOPT_OK);
  EXPECT_EQ(user, 1);
  EXPECT_EQ(calls.teams, Teams{processors + 2});
  // More than OpenMP may have are left.
  setParallelFor(nullptr);
  ASSERT_EQ(run(), GRADOPT_OK);
  EXPECT_EQ(user, 1);
  EXPECT_EQ(calls.teams, Teams{processors});
}

// In a parallel region of the caller's OpenMP has no threads to give.
TEST_F(Threads, RunsOnFewerIfOpenMPHasFewer) {
  if (gradopt_processors() < 2)
    GTEST_SKIP() << "there is no second processor";
  ASSERT_EQ(set(2), GRADOPT_OK);
  gradopt_status status = GRADOPT_INVALID_ARGUMENT;
#pragma omp parallel num_threads(2)
  {
#pragma omp single
    status = run();
  }
  EXPECT_EQ(status, GRADOPT_OK);
  EXPECT_EQ(calls.numbers, Numbers{0});
  EXPECT_EQ(calls.teams, Teams{1});
  // Outside it is two again.
  ASSERT_EQ(run(), GRADOPT_OK);
  EXPECT_EQ(calls.teams, Teams{2});
}

TEST_F(Threads, AParallelForThatLeavesThreadsOutCommitsNothing) {
  make(lonelyStep);
  // The same task twice and numbers that nobody has are no threads either.
  setParallelFor([](void *, int32_t threads, void (*task)(void *, int32_t),
                    void *argument) {
    for (int32_t thread : {0, 0, -1, threads, 2})
      task(argument, thread);
  });
  ASSERT_EQ(set(4), GRADOPT_OK);
  EXPECT_EQ(run(), GRADOPT_INVALID_ARGUMENT);
  EXPECT_STREQ(gradopt_last_error(),
               "the caller's parallel-for returned without having run thread 1 "
               "of 4; nothing was committed");
  EXPECT_EQ(calls.numbers, (Numbers{0, 2}));
  EXPECT_EQ(gradopt_instance_step(instance.get()), 0u);
  setParallelFor(runOnNewThreads);
  EXPECT_EQ(run(), GRADOPT_OK);
  EXPECT_EQ(gradopt_instance_step(instance.get()), 1u);
}

/// Restores the caller's arithmetic.
struct KeepEnvironment {
  KeepEnvironment() { std::fegetenv(&environment); }
  ~KeepEnvironment() { std::fesetenv(&environment); }
  std::fenv_t environment;
};

std::atomic<int> changedThreads{0};

/// New threads that each have an arithmetic of their own.
void runOnUnusualThreads(void *, int32_t threads, void (*task)(void *, int32_t),
                         void *argument) {
  std::vector<std::thread> all;
  for (int32_t thread = 0; thread < threads; ++thread)
    all.emplace_back([=] {
      Arithmetic::setUnusual();
      Arithmetic before = Arithmetic::get();
      task(argument, thread);
      changedThreads += !(Arithmetic::get() == before);
    });
  for (std::thread &thread : all)
    thread.join();
}

TEST_F(Threads, AllComputeLikeTheCaller) {
  const Arithmetic usual = Arithmetic::get();
  auto expectAll = [](size_t count, const Arithmetic &expected) {
    EXPECT_EQ(calls.arithmetic.size(), count);
    for (const Arithmetic &arithmetic : calls.arithmetic)
      EXPECT_TRUE(arithmetic == expected);
  };
  int32_t processors = gradopt_processors();
  ASSERT_EQ(set(processors), GRADOPT_OK);
  {
    KeepEnvironment keep;
    Arithmetic::setUnusual();
    Arithmetic unusual = Arithmetic::get();
    ASSERT_FALSE(unusual == usual);
    ASSERT_EQ(run(), GRADOPT_OK);
    expectAll(size_t(processors), unusual);
    EXPECT_TRUE(Arithmetic::get() == unusual);
  }
  ASSERT_EQ(run(), GRADOPT_OK);
  expectAll(size_t(processors), usual);
  // The caller's threads go on as they were.
  setParallelFor(runOnUnusualThreads);
  ASSERT_EQ(set(3), GRADOPT_OK);
  changedThreads = 0;
  ASSERT_EQ(run(), GRADOPT_OK);
  expectAll(3, usual);
  EXPECT_EQ(changedThreads, 0);
}

} // namespace
