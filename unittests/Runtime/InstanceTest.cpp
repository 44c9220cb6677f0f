//===- InstanceTest.cpp - Arenas and what is in them ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include <gtest/gtest.h>

#include <limits>

namespace {

TEST(Instance, RefusesIncompletePrograms) {
  Bytes table = makeManifest({});
  const gradopt_program sound = TestProgram::get(table);
  for (int missing = 0; missing < 4; ++missing) {
    gradopt_program program = sound;
    if (missing == 0)
      program.manifest = nullptr;
    else if (missing == 1)
      program.step = nullptr;
    else if (missing == 2)
      program.layout = nullptr;
    else
      program.commit = nullptr;
    gradopt_status status;
    EXPECT_FALSE(create(program, 1, 1, &status));
    EXPECT_EQ(status, GRADOPT_INVALID_ARGUMENT);
  }
  gradopt_instance *instance = nullptr;
  EXPECT_EQ(gradopt_instance_create(nullptr, 1, 1, &instance),
            GRADOPT_INVALID_ARGUMENT);
  EXPECT_EQ(gradopt_instance_create(&sound, 1, 1, nullptr),
            GRADOPT_INVALID_ARGUMENT);
  EXPECT_EQ(gradopt_instance_create(&sound, -1, 1, &instance),
            GRADOPT_INVALID_ARGUMENT);
  EXPECT_EQ(gradopt_instance_create(&sound, 1, -1, &instance),
            GRADOPT_INVALID_ARGUMENT);
  EXPECT_NE(std::string(gradopt_last_error()).find("-1 batch rows"),
            std::string::npos);
  EXPECT_TRUE(create(sound, 0, 0));
}

TEST(Instance, NullIsNoInstance) {
  gradopt_instance_destroy(nullptr);
  gradopt_instance_set_policy(nullptr, GRADOPT_STOP, 1);
  gradopt_instance_set_step(nullptr, 1);
  EXPECT_EQ(gradopt_instance_initialize(nullptr, 1), GRADOPT_INVALID_ARGUMENT);
  EXPECT_EQ(gradopt_instance_run(nullptr, 1, 1, nullptr),
            GRADOPT_INVALID_ARGUMENT);
  EXPECT_EQ(gradopt_instance_count(nullptr), 0u);
  EXPECT_EQ(gradopt_instance_entry(nullptr, 0), nullptr);
  EXPECT_EQ(gradopt_instance_name(nullptr, 0), nullptr);
  EXPECT_EQ(gradopt_instance_data(nullptr, 0), nullptr);
  EXPECT_EQ(gradopt_instance_find(nullptr, GRADOPT_ROLE_PARAM, "w"), -1);
  EXPECT_EQ(gradopt_instance_step(nullptr), 0u);
}

TEST(Instance, ArenaIsAlignedZeroedAndLaidOut) {
  Bytes table = makeManifest({
      {"x", GRADOPT_ROLE_INPUT, GRADOPT_F32, {-1, -2, 5}},
      {"w", GRADOPT_ROLE_PARAM, GRADOPT_F32, {3, 3}, 2},
  });
  Instance instance = create(TestProgram::get(table), 7, 3);
  ASSERT_TRUE(instance);
  float *x = data<float>(instance, GRADOPT_ROLE_INPUT, "x");
  ASSERT_TRUE(x);
  // The layout starts right after the record's header.
  uintptr_t arena = reinterpret_cast<uintptr_t>(x) - 64;
  EXPECT_EQ(arena % GRADOPT_ARENA_ALIGNMENT, 0u);
  for (int i = 0; i < 7 * 3 * 5; ++i)
    ASSERT_EQ(x[i], 0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(
                data<float>(instance, GRADOPT_ROLE_PARAM, "w")),
            arena + 64 + (7 * 3 * 5 * 4 + 63) / 64 * 64);
}

TEST(Instance, RefusesCapacitiesThatDoNotFit) {
  Bytes table =
      makeManifest({{"x", GRADOPT_ROLE_INPUT, GRADOPT_F32, {-1, -2}}});
  gradopt_program program = TestProgram::get(table);
  program.layout = [](int64_t, int64_t, int64_t *offsets) {
    offsets[0] = offsets[1] = 64;
    return int64_t(1) << 61;
  };
  gradopt_status status;
  EXPECT_FALSE(create(program, int64_t(1) << 40, int64_t(1) << 40, &status));
  EXPECT_EQ(status, GRADOPT_INVALID_ARGUMENT);
  EXPECT_FALSE(create(program, int64_t(1) << 29, int64_t(1) << 29, &status));
  EXPECT_EQ(status, GRADOPT_OUT_OF_MEMORY);
}

/// The offsets that the layout under test gives to a parameter of 16 bytes in
/// an arena of `arenaBytes`.
struct Layout {
  int64_t first, second, arenaBytes;
};
Layout layoutInUse;

std::string refusal(Layout layout, uint32_t slots) {
  Bytes table =
      makeManifest({{"w", GRADOPT_ROLE_PARAM, GRADOPT_F32, {4}, slots}});
  gradopt_program program = TestProgram::get(table);
  layoutInUse = layout;
  program.layout = [](int64_t, int64_t, int64_t *offsets) {
    offsets[0] = layoutInUse.first;
    offsets[1] = layoutInUse.second;
    return layoutInUse.arenaBytes;
  };
  gradopt_status status;
  if (create(program, 1, 1, &status))
    return "";
  EXPECT_EQ(status, GRADOPT_INCOMPATIBLE);
  return gradopt_last_error();
}

TEST(Instance, RefusesLayoutsThatLeaveTheArena) {
  const std::string outside = "layout: parameter \"w\" lies outside the arena";
  EXPECT_EQ(refusal({64, 80, 96}, 2), "");
  EXPECT_EQ(refusal({80, 64, 96}, 2), "");
  EXPECT_EQ(refusal({64, 64, 80}, 1), "");
  EXPECT_EQ(refusal({64, 80, 95}, 2), outside);
  EXPECT_EQ(refusal({60, 80, 96}, 2), outside);
  EXPECT_EQ(refusal({-1, -1, 96}, 1), outside);
  EXPECT_EQ(refusal({64, INT64_MAX, 96}, 2), outside);
  EXPECT_EQ(refusal({66, 84, 128}, 2),
            "layout: parameter \"w\" is not aligned");
  EXPECT_EQ(refusal({64, 80, 96}, 1),
            "layout: parameter \"w\" has one slot but two places");
  EXPECT_EQ(refusal({64, 76, 96}, 2),
            "layout: parameter \"w\" has slots that overlap");
  EXPECT_EQ(refusal({76, 64, 96}, 2),
            "layout: parameter \"w\" has slots that overlap");
  EXPECT_NE(refusal({64, 80, 63}, 2).find("63 bytes"), std::string::npos);
  EXPECT_NE(refusal({64, 80, -5}, 2).find("-5 bytes"), std::string::npos);
}

TEST(Instance, InitializeResetsAllButInputs) {
  Bytes table = makeManifest({
      {"x", GRADOPT_ROLE_INPUT, GRADOPT_F32, {-1}},
      {"w", GRADOPT_ROLE_PARAM, GRADOPT_F32, {2}, 2, GRADOPT_INIT_CONSTANT, 3},
      {"h", GRADOPT_ROLE_STATE, GRADOPT_F32, {-2, 2}, 2},
      {"w/m", GRADOPT_ROLE_OPTIMIZER_STATE, GRADOPT_F32, {2}, 2},
      {"", GRADOPT_ROLE_STEP_COUNT, GRADOPT_I64, {}, 2},
      {"c", GRADOPT_ROLE_CLIP_STATE, GRADOPT_F32, {1}, 2},
      {"lr",
       GRADOPT_ROLE_HYPER,
       GRADOPT_F32,
       {},
       1,
       GRADOPT_INIT_CONSTANT,
       0.5},
      {"y", GRADOPT_ROLE_OUTPUT, GRADOPT_F32, {-1}},
  });
  Instance instance = create(TestProgram::get(table), 2, 2);
  ASSERT_TRUE(instance);
  // So often that both slots of every value are soiled and the second one is
  // the current one.
  for (int round = 0; round < 3; ++round) {
    for (uint32_t i = 0; i < gradopt_instance_count(instance.get()); ++i)
      std::memset(gradopt_instance_data(instance.get(), i), 0x41, 4);
    ASSERT_EQ(gradopt_instance_run(instance.get(), 2, 2, nullptr), GRADOPT_OK);
  }
  for (uint32_t i = 0; i < gradopt_instance_count(instance.get()); ++i)
    std::memset(gradopt_instance_data(instance.get(), i), 0x41, 4);
  EXPECT_EQ(gradopt_instance_step(instance.get()), 3u);
  ASSERT_EQ(gradopt_instance_initialize(instance.get(), 1), GRADOPT_OK);
  EXPECT_EQ(gradopt_instance_step(instance.get()), 0u);
  EXPECT_NE(*data<float>(instance, GRADOPT_ROLE_INPUT, "x"), 0);
  EXPECT_EQ(data<float>(instance, GRADOPT_ROLE_PARAM, "w")[0], 3);
  EXPECT_EQ(data<float>(instance, GRADOPT_ROLE_PARAM, "w")[1], 3);
  EXPECT_EQ(*data<float>(instance, GRADOPT_ROLE_HYPER, "lr"), 0.5f);
  auto expectZeros = [&] {
    EXPECT_EQ(*data<float>(instance, GRADOPT_ROLE_STATE, "h"), 0);
    EXPECT_EQ(*data<float>(instance, GRADOPT_ROLE_OPTIMIZER_STATE, "w/m"), 0);
    EXPECT_EQ(*data<int64_t>(instance, GRADOPT_ROLE_STEP_COUNT, ""), 0);
    EXPECT_EQ(*data<float>(instance, GRADOPT_ROLE_CLIP_STATE, "c"), 0);
    EXPECT_EQ(*data<float>(instance, GRADOPT_ROLE_OUTPUT, "y"), 0);
  };
  expectZeros();
  // The step of this program writes nothing: the other slot shows itself.
  ASSERT_EQ(gradopt_instance_run(instance.get(), 2, 2, nullptr), GRADOPT_OK);
  expectZeros();
  EXPECT_EQ(*data<float>(instance, GRADOPT_ROLE_PARAM, "w"), 0);
}

TEST(Instance, RandomKeyComesFromTheSeed) {
  Bytes table = makeManifest({
      {"", GRADOPT_ROLE_RANDOM, GRADOPT_I64, {2}},
      {"small", GRADOPT_ROLE_RANDOM, GRADOPT_I32, {2}},
  });
  Instance instance = create(TestProgram::get(table));
  ASSERT_TRUE(instance);
  int64_t *key = data<int64_t>(instance, GRADOPT_ROLE_RANDOM, "");
  int32_t *small = data<int32_t>(instance, GRADOPT_ROLE_RANDOM, "small");
  gradopt_instance_initialize(instance.get(), 1);
  int64_t first = key[0], second = key[1];
  int32_t smallFirst = small[0];
  EXPECT_NE(first, 0);
  EXPECT_NE(first, second);
  EXPECT_NE(small[0], 0);
  EXPECT_NE(small[0], small[1]);
  gradopt_instance_initialize(instance.get(), 2);
  EXPECT_NE(key[0], first);
  EXPECT_NE(small[0], smallFirst);
  gradopt_instance_initialize(instance.get(), 1);
  EXPECT_EQ(key[0], first);
  EXPECT_EQ(key[1], second);
}

} // namespace
