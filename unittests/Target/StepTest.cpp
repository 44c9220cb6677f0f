//===- StepTest.cpp - What a compiled step may touch ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AllocationCounter.h"
#include "CallersThreads.h"
#include "TestStep.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <pthread.h>

using mlir::gradopt::CompiledStep;
using mlir::gradopt::Lowering;

namespace {

constexpr int64_t kTime = 5, kBatch = 3;

const CompiledStep &getModel() {
  static auto step = compileModel(kModel);
  return *step;
}
/// The model with layers of 24, 40 and 28 units, which are worth more than one
/// thread, as vector code.
const CompiledStep &getThreaded() {
  static auto step = [] {
    std::string source = kModel;
    for (auto [from, to] :
         {std::pair("2x", "24x"), {"3x", "40x"}, {"5x", "28x"}})
      for (std::string before : {"x", "<"})
        for (size_t at = 0;
             (at = source.find(before + from, at)) != std::string::npos;)
          source.replace(at + 1, 2, to);
    return compileModel(source, Lowering::cpu);
  }();
  return *step;
}
const CompiledStep &getForeign() {
  static auto step = compileForeign(kForeignStep, kGuardWithClip);
  return *step;
}

/// An arena that a caller owns, without the runtime. It is full of what no step
/// may take for a value, and the bytes behind its end are watched.
struct Arena {
  explicit Arena(const gradopt_program &program)
      : instance(create(program, kTime, kBatch)),
        offsets(2 * gradopt_instance_count(instance.get())) {
    bytes = program.layout(kTime, kBatch, offsets.data());
    size_t whole = size_t(bytes) + kBehind;
    memory = static_cast<unsigned char *>(std::aligned_alloc(
        GRADOPT_ARENA_ALIGNMENT, (whole + GRADOPT_ARENA_ALIGNMENT - 1) /
                                     GRADOPT_ARENA_ALIGNMENT *
                                     GRADOPT_ARENA_ALIGNMENT));
    std::memset(memory, 0xFF, whole);
    context.abi_version = GRADOPT_ABI_VERSION;
    context.time = context.max_time = kTime;
    context.batch = context.max_batch = kBatch;
    context.arena = memory;
    // The instance says what a run would start with.
    EXPECT_EQ(gradopt_instance_initialize(instance.get(), 3), GRADOPT_OK);
    fillInputs(instance, kTime, kBatch, 3);
    for (uint32_t i = 0; i < count(); ++i)
      if (isRead(i))
        std::memcpy(memory + offsets[2 * i],
                    gradopt_instance_data(instance.get(), i), size(i));
  }
  ~Arena() { std::free(memory); }

  uint32_t count() const { return gradopt_instance_count(instance.get()); }
  const gradopt_manifest_entry &entry(uint32_t i) const {
    return *gradopt_instance_entry(instance.get(), i);
  }
  /// Whether the entry is an argument of the step.
  bool isRead(uint32_t i) const { return entry(i).role < GRADOPT_ROLE_LOSS; }
  size_t size(uint32_t i) const { return getBytes(entry(i), kTime, kBatch); }

  Bytes read(uint32_t i, uint32_t slot) const {
    const unsigned char *begin = memory + offsets[2 * i + slot];
    return Bytes(begin, begin + size(i));
  }
  /// The current values of the step's arguments.
  std::vector<Bytes> readArguments() const {
    std::vector<Bytes> values;
    for (uint32_t i = 0; i < count(); ++i)
      if (isRead(i))
        values.push_back(read(i, context.slot));
    return values;
  }
  /// All entries in one of the slots.
  std::vector<Bytes> readSlot(uint32_t slot) const {
    std::vector<Bytes> values;
    for (uint32_t i = 0; i < count(); ++i)
      values.push_back(read(i, slot));
    return values;
  }
  Bytes readWhole() const { return Bytes(memory, memory + bytes + kBehind); }
  bool isSoundBehind() const {
    for (size_t i = 0; i < kBehind; ++i)
      if (memory[size_t(bytes) + i] != 0xFF)
        return false;
    return true;
  }

  static constexpr size_t kBehind = 4096;
  Instance instance;
  std::vector<int64_t> offsets;
  int64_t bytes = 0;
  unsigned char *memory = nullptr;
  gradopt_context context = {};
};

void expectArgumentsKept(const gradopt_program &program) {
  Arena arena(program);
  for (uint32_t slot : {0u, 1u, 0u}) {
    ASSERT_EQ(arena.context.slot, slot);
    std::vector<Bytes> before = arena.readArguments();
    gradopt_context context = arena.context;
    program.step(&arena.context, 0, 1);
    EXPECT_TRUE(arena.readArguments() == before);
    EXPECT_EQ(std::memcmp(&arena.context, &context, sizeof context), 0);
    EXPECT_TRUE(arena.isSoundBehind());
    program.commit(&arena.context);
  }
}

TEST(Step, ChangesNothingThatItReads) {
  expectArgumentsKept(getModel().getProgram());
  expectArgumentsKept(getForeign().getProgram());
}

// The arena is full of NaN but for the arguments: nothing else may be read.
TEST(Step, ReadsArgumentsOnly) {
  Arena arena(getModel().getProgram());
  getModel().getProgram().step(&arena.context, 0, 1);
  gradopt_record_header record;
  std::memcpy(&record, arena.memory, sizeof record);
  EXPECT_EQ(record.abi_version, GRADOPT_ABI_VERSION);
  EXPECT_EQ(record.ok, 1u);
  Bytes first = arena.readWhole();
  getModel().getProgram().step(&arena.context, 0, 1);
  EXPECT_TRUE(arena.readWhole() == first);
}

TEST(Step, CommitMakesAllNextValuesCurrent) {
  const gradopt_program &program = getModel().getProgram();
  Arena arena(program);
  program.step(&arena.context, 0, 1);
  Bytes whole = arena.readWhole();
  std::vector<Bytes> next = arena.readSlot(1);
  EXPECT_FALSE(next == arena.readSlot(0));
  program.commit(&arena.context);
  EXPECT_EQ(arena.context.slot, 1u);
  EXPECT_TRUE(arena.readSlot(arena.context.slot) == next);
  // Nothing is copied.
  EXPECT_TRUE(arena.readWhole() == whole);
  program.commit(&arena.context);
  EXPECT_EQ(arena.context.slot, 0u);
}

TEST(Step, AThreadThatItDoesNotUseTouchesNothing) {
  for (const gradopt_program &program :
       {getModel().getProgram(), getForeign().getProgram()}) {
    Arena arena(program);
    Bytes before = arena.readWhole();
    gradopt_context context = arena.context;
    program.step(&arena.context, 1, 2);
    program.step(&arena.context, 15, 16);
    EXPECT_TRUE(arena.readWhole() == before);
    EXPECT_EQ(std::memcmp(&arena.context, &context, sizeof context), 0);
  }
}

TEST(Step, BitsDoNotDependOnTheNumberOfThreads) {
  const gradopt_program &program = getModel().getProgram();
  Arena one(program), two(program);
  program.step(&one.context, 0, 1);
  program.step(&two.context, 1, 2);
  program.step(&two.context, 0, 2);
  EXPECT_TRUE(one.readWhole() == two.readWhole());
}

// A caller does not need the runtime: the barrier is his.
TEST(Step, ThreadsMeetAtTheCallersBarrier) {
  const gradopt_program &program = getThreaded().getProgram();
  Arena one(program), two(program);
  one.context.barrier = [](gradopt_context *, int32_t) {
    ADD_FAILURE() << "one thread waits for nobody";
  };
  program.step(&one.context, 0, 1);
  struct Meeting {
    pthread_barrier_t barrier;
    std::atomic<int> count{0};
  } meeting;
  pthread_barrier_init(&meeting.barrier, nullptr, 2);
  two.context.barrier_state = &meeting;
  two.context.barrier = [](gradopt_context *context, int32_t threads) {
    EXPECT_EQ(threads, 2);
    auto *meeting = static_cast<Meeting *>(context->barrier_state);
    ++meeting->count;
    pthread_barrier_wait(&meeting->barrier);
  };
  runOnNewThreads(
      nullptr, 2,
      [](void *arena, int32_t thread) {
        getThreaded().getProgram().step(&static_cast<Arena *>(arena)->context,
                                        thread, 2);
      },
      &two);
  EXPECT_GT(meeting.count, 0);
  EXPECT_TRUE(one.readSlot(1) == two.readSlot(1));
  EXPECT_TRUE(two.isSoundBehind());
  pthread_barrier_destroy(&meeting.barrier);
}

TEST(Step, BitsDoNotDependOnHowManyThreadsRunIt) {
  std::vector<Contents> results;
  for (int32_t threads : {1, 2, 3, 4, 8}) {
    Instance instance = create(getThreaded().getProgram(), kTime, kBatch);
    ASSERT_TRUE(instance) << gradopt_last_error();
    gradopt_instance_set_parallel_for(instance.get(), runOnNewThreads, nullptr);
    ASSERT_EQ(gradopt_instance_set_threads(instance.get(), threads),
              GRADOPT_OK);
    ASSERT_EQ(gradopt_instance_initialize(instance.get(), 3), GRADOPT_OK);
    fillInputs(instance, kTime, kBatch, 3);
    for (int i = 0; i < 3; ++i)
      ASSERT_EQ(gradopt_instance_run(instance.get(), kTime, kBatch, nullptr),
                GRADOPT_OK);
    results.push_back(readAll(instance, kTime, kBatch));
    EXPECT_TRUE(results.back() == results.front()) << threads;
  }
}

//===----------------------------------------------------------------------===//
// The heap
//===----------------------------------------------------------------------===//

uint64_t countHeapCalls(const gradopt_program &program, Arena &arena) {
  uint64_t before = getHeapCalls();
  program.step(&arena.context, 0, 1);
  program.commit(&arena.context);
  return getHeapCalls() - before;
}

TEST(Step, AllocatesNothing) {
  for (const gradopt_program &program :
       {getModel().getProgram(), getForeign().getProgram()}) {
    Arena arena(program);
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(countHeapCalls(program, arena), 0u);
  }
}

TEST(Step, AllocatesNothingOnSeveralThreads) {
  if (gradopt_processors() < 2)
    GTEST_SKIP() << "there is no second processor";
  for (const gradopt_program &program :
       {getModel().getProgram(), getThreaded().getProgram()}) {
    Instance instance = create(program, kTime, kBatch);
    ASSERT_EQ(gradopt_instance_set_threads(instance.get(), 2), GRADOPT_OK);
    ASSERT_EQ(gradopt_instance_initialize(instance.get(), 3), GRADOPT_OK);
    fillInputs(instance, kTime, kBatch, 3);
    auto run = [&] {
      return gradopt_instance_run(instance.get(), kTime, kBatch, nullptr);
    };
    // OpenMP makes its threads when they are needed for the first time.
    ASSERT_EQ(run(), GRADOPT_OK);
    uint64_t before = getHeapCalls();
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(run(), GRADOPT_OK);
    EXPECT_EQ(getHeapCalls() - before, 0u);
  }
}

// The counter does see what compiled code allocates.
TEST(Step, AnAllocationWouldBeSeen) {
  auto step = compileLLVM(R"mlir(
llvm.func @malloc(i64) -> !llvm.ptr
llvm.func @free(!llvm.ptr)
llvm.mlir.global external @sink() : !llvm.ptr {
  %0 = llvm.mlir.zero : !llvm.ptr
  llvm.return %0 : !llvm.ptr
}
llvm.func @step(%context: !llvm.ptr, %thread: i32, %threads: i32) {
  %bytes = llvm.mlir.constant(64 : i64) : i64
  %sink = llvm.mlir.addressof @sink : !llvm.ptr
  %0 = llvm.call @malloc(%bytes) : (i64) -> !llvm.ptr
  llvm.store volatile %0, %sink : !llvm.ptr, !llvm.ptr
  %1 = llvm.load volatile %sink : !llvm.ptr -> !llvm.ptr
  llvm.call @free(%1) : (!llvm.ptr) -> ()
  llvm.return
}
llvm.func @step_layout(%time: i64, %batch: i64, %offsets: !llvm.ptr) -> i64 {
  llvm.return %time : i64
}
llvm.func @step_commit(%context: !llvm.ptr) {
  llvm.return
}
llvm.mlir.global external constant @step_manifest("none")
)mlir");
  ASSERT_TRUE(step);
  uint64_t before = getHeapCalls();
  step->getProgram().step(nullptr, 0, 1);
  EXPECT_EQ(getHeapCalls() - before, 2u);
}

// A module that is no step is refused, with one line.
TEST(Step, WhatIsNoStepIsNotCompiled) {
  testing::internal::CaptureStderr();
  EXPECT_FALSE(compileLLVM("llvm.func @step(%context: !llvm.ptr) {\n"
                           "  llvm.return\n"
                           "}"));
  std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("cannot compile the step @step"), std::string::npos)
      << text;
  EXPECT_NE(text.find("step_layout"), std::string::npos) << text;
}

} // namespace
