//===- PoliciesTest.cpp - Compiled steps under policies -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestStep.h"

#include <gtest/gtest.h>

using mlir::gradopt::CompiledStep;
using mlir::gradopt::Lowering;

namespace {

constexpr int64_t kTime = 3, kBatch = 4;

std::string replace(std::string text, const std::string &from,
                    const std::string &to) {
  size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

Instance makeInstance(const CompiledStep &step,
                      const gradopt_policies &policies) {
  Instance instance = create(step.getProgram(), kTime, kBatch);
  EXPECT_EQ(gradopt_instance_initialize(instance.get(), 7), GRADOPT_OK);
  EXPECT_EQ(gradopt_instance_set_policies(instance.get(), &policies),
            GRADOPT_OK)
      << gradopt_last_error();
  return instance;
}

gradopt_step_report run(const Instance &instance,
                        gradopt_status expected = GRADOPT_OK) {
  gradopt_step_report report;
  EXPECT_EQ(gradopt_instance_run(instance.get(), kTime, kBatch, &report),
            expected);
  return report;
}

int64_t recorded(const Instance &instance, const char *name) {
  const int64_t *count = data<int64_t>(instance, GRADOPT_ROLE_RECORD, name);
  EXPECT_TRUE(count) << name;
  return count ? *count : -1;
}

// 1.8e19 is no large gradient, but near the end of what Adam can square.
TEST(Policies, OverflowIsSeenBeforeItIsInf) {
  auto step = compileForeign(
      replace(kForeignStep, "\"w/v\"}) {",
              "\"w/v\"}) attributes {gradopt.policy_options = "
              "#gradopt.policy_options<overflow_fraction = 1.0e-4>} {"),
      "gradopt-insert-finite-checks{on-overflow=skip}");
  ASSERT_TRUE(step);
  gradopt_policies policies = GRADOPT_DEFAULT_POLICIES;
  policies.on_event[GRADOPT_OVERFLOW] = GRADOPT_SKIP;
  policies.overflow_fraction = 1e-4;
  Instance instance = makeInstance(*step, policies);
  fillInputs(instance, kTime, kBatch, 1);
  EXPECT_EQ(run(instance).action, GRADOPT_ACTION_COMMITTED);
  Contents before = readUpdated(instance, kTime, kBatch);

  float *bad = data<float>(instance, GRADOPT_ROLE_INPUT, "w.bad");
  bad[4] = 1.8e19f;
  gradopt_step_report report = run(instance);
  EXPECT_EQ(report.action, GRADOPT_ACTION_SKIPPED);
  EXPECT_EQ(report.events, 1u << GRADOPT_OVERFLOW);
  EXPECT_EQ(report.phase, GRADOPT_PHASE_UPDATE);
  EXPECT_STREQ(report.name, "w/v");
  EXPECT_EQ(report.overflowing, 1);
  EXPECT_EQ(recorded(instance, "update/w/v/overflow"), 1);
  EXPECT_EQ(recorded(instance, "update/w/v/nonfinite"), 0);
  EXPECT_EQ(recorded(instance, "gradient/w/overflow"), 0);
  EXPECT_TRUE(readUpdated(instance, kTime, kBatch) == before);

  // What is Inf is no longer near it.
  bad[4] = 1e20f;
  report = run(instance);
  EXPECT_EQ(report.events, 1u << GRADOPT_NONFINITE);
  EXPECT_EQ(recorded(instance, "update/w/v/overflow"), 0);
  EXPECT_TRUE(readUpdated(instance, kTime, kBatch) == before);
}

// The loss is a square: 9e36 of targets of 3e18.
TEST(Policies, BothLoweringsCountOverflow) {
  for (Lowering lowering : {Lowering::reference, Lowering::cpu}) {
    auto step = compileModel(
        replace(
            kModel, "on_nonfinite = skip",
            "on_nonfinite = skip, on_overflow = roll_back, policy_options = "
            "#gradopt.policy_options<overflow_fraction = 1.0e-2>"),
        lowering);
    ASSERT_TRUE(step);
    gradopt_policies policies = GRADOPT_DEFAULT_POLICIES;
    policies.on_event[GRADOPT_OVERFLOW] = GRADOPT_ROLL_BACK;
    policies.roll_back_after = 1;
    policies.overflow_fraction = 1e-2;
    Instance instance = makeInstance(*step, policies);
    Contents start = readUpdated(instance, kTime, kBatch);
    fillInputs(instance, kTime, kBatch, 1);
    EXPECT_EQ(run(instance).action, GRADOPT_ACTION_COMMITTED);
    EXPECT_FALSE(readUpdated(instance, kTime, kBatch) == start);
    EXPECT_EQ(recorded(instance, "loss/overflow"), 0);

    float *target = data<float>(instance, GRADOPT_ROLE_INPUT, "target");
    for (int i = 0; i < kTime * kBatch * 5; ++i)
      target[i] = 3e18f;
    gradopt_step_report report = run(instance);
    EXPECT_EQ(report.phase, GRADOPT_PHASE_LOSS);
    EXPECT_EQ(recorded(instance, "loss/overflow"), 1);
    EXPECT_EQ(report.action, GRADOPT_ACTION_ROLLED_BACK);
    EXPECT_TRUE(readUpdated(instance, kTime, kBatch) == start);
  }
}

// A program without the counts cannot be asked for them.
TEST(Policies, OverflowIsCountedOnlyIfAskedFor) {
  auto step = compileForeign(kForeignStep, kGuard);
  ASSERT_TRUE(step);
  Instance instance = create(step->getProgram(), kTime, kBatch);
  EXPECT_LT(gradopt_instance_find(instance.get(), GRADOPT_ROLE_RECORD,
                                  "gradient/w/overflow"),
            0);
  gradopt_policies policies = GRADOPT_DEFAULT_POLICIES;
  policies.on_event[GRADOPT_OVERFLOW] = GRADOPT_SKIP;
  EXPECT_EQ(gradopt_instance_set_policies(instance.get(), &policies),
            GRADOPT_INVALID_ARGUMENT);
}

} // namespace
