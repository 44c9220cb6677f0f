//===- NonfiniteTest.cpp - Steps that meet NaN and Inf --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What the project is for: whatever becomes NaN or Inf in a step, and wherever,
// nothing of it stays.

#include "TestStep.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using mlir::gradopt::CompiledStep;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr int64_t kTime = 3, kBatch = 4;

/// One element of an input that becomes bad, and what the report says of it.
struct Injection {
  const char *input;
  int64_t element;
  gradopt_phase phase;
  const char *name;
};

std::string print(const Injection &injection, float value) {
  return std::string(injection.input) + "[" +
         std::to_string(injection.element) + "] = " + std::to_string(value);
}

/// A training run: an instance of a step, with inputs that depend on the number
/// of the step only.
struct TrainingRun {
  explicit TrainingRun(const CompiledStep &step)
      : instance(create(step.getProgram(), kTime, kBatch)) {
    EXPECT_EQ(gradopt_instance_initialize(instance.get(), 7), GRADOPT_OK);
  }

  gradopt_status call() {
    return gradopt_instance_run(instance.get(), kTime, kBatch, &report);
  }

  /// The step on the inputs of `seed`.
  gradopt_status runSound(uint64_t seed) {
    fillInputs(instance, kTime, kBatch, seed);
    return call();
  }

  /// The same with one bad element.
  gradopt_status runBad(uint64_t seed, const Injection &injection,
                        float value) {
    fillInputs(instance, kTime, kBatch, seed);
    data<float>(instance, GRADOPT_ROLE_INPUT,
                injection.input)[injection.element] = value;
    return call();
  }

  Contents updated() const { return readUpdated(instance, kTime, kBatch); }
  Contents all() const { return readAll(instance, kTime, kBatch); }

  Instance instance;
  gradopt_step_report report = {};
};

const CompiledStep &getForeign() {
  static auto step = compileForeign(kForeignStep, kGuard);
  return *step;
}
const CompiledStep &getClipped() {
  static auto step = compileForeign(kForeignStep, kGuardWithClip);
  return *step;
}
const CompiledStep &getModel() {
  static auto step = compileModel(kModel);
  return *step;
}

const Injection kForeignInjections[] = {
    {"w.bad", 0, GRADOPT_PHASE_GRADIENT, "w"},
    {"w.bad", 3, GRADOPT_PHASE_GRADIENT, "w"},
    {"w.bad", 5, GRADOPT_PHASE_GRADIENT, "w"},
    {"b.bad", 0, GRADOPT_PHASE_GRADIENT, "b"},
    {"b.bad", 1, GRADOPT_PHASE_GRADIENT, "b"},
    {"loss.bad", 0, GRADOPT_PHASE_LOSS, ""},
    {"h.bad", 0, GRADOPT_PHASE_STATE, "h"},
    {"h.bad", kBatch * 2 - 1, GRADOPT_PHASE_STATE, "h"},
};

// A NaN of x makes the states NaN first, and the loss by them. An Inf saturates
// the tanh, so that the loss stays finite and the gradient of the weights is
// Inf times zero.
const Injection kModelNaN[] = {
    {"x", 0, GRADOPT_PHASE_LOSS, "rnn/h"},
    {"x", kTime * kBatch * 2 - 1, GRADOPT_PHASE_LOSS, "rnn/h"},
    {"target", 7, GRADOPT_PHASE_LOSS, ""},
};
const Injection kModelInf[] = {
    {"x", 0, GRADOPT_PHASE_GRADIENT, "rnn.weight_ih"},
    {"x", kTime * kBatch * 2 - 1, GRADOPT_PHASE_GRADIENT, "rnn.weight_ih"},
    {"target", 7, GRADOPT_PHASE_LOSS, ""},
};

/// Under skip, a bad step changes nothing and names its origin, and the step
/// after it is that of a run which never saw it.
void expectSkipped(const CompiledStep &step, const Injection &injection,
                   float value) {
  SCOPED_TRACE(print(injection, value));
  TrainingRun run(step), untouched(step);
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    ASSERT_EQ(run.runSound(seed), GRADOPT_OK);
    ASSERT_EQ(run.report.action, GRADOPT_ACTION_COMMITTED);
    ASSERT_EQ(untouched.runSound(seed), GRADOPT_OK);
  }
  Contents before = run.updated();
  ASSERT_EQ(run.runBad(9, injection, value), GRADOPT_OK);
  EXPECT_EQ(run.report.action, GRADOPT_ACTION_SKIPPED);
  EXPECT_EQ(run.report.step, 3u);
  EXPECT_EQ(run.report.phase, injection.phase);
  EXPECT_STREQ(run.report.name, injection.name);
  EXPECT_GT(run.report.nonfinite, 0);
  EXPECT_EQ(run.report.consecutive_skips, 1u);
  EXPECT_TRUE(run.updated() == before);

  ASSERT_EQ(run.runSound(3), GRADOPT_OK);
  EXPECT_EQ(run.report.action, GRADOPT_ACTION_COMMITTED);
  EXPECT_EQ(run.report.step, 4u);
  EXPECT_EQ(run.report.consecutive_skips, 0u);
  EXPECT_EQ(run.report.total_skips, 1u);
  ASSERT_EQ(untouched.runSound(3), GRADOPT_OK);
  EXPECT_FALSE(run.updated() == before);
  EXPECT_TRUE(run.all() == untouched.all());
}

TEST(Nonfinite, EachGradientLossAndStateAlone) {
  for (const Injection &injection : kForeignInjections)
    for (float value : {kNaN, kInf, -kInf})
      expectSkipped(getForeign(), injection, value);
}

TEST(Nonfinite, UnderAClip) {
  for (const Injection &injection : kForeignInjections)
    for (float value : {kNaN, kInf, -kInf})
      expectSkipped(getClipped(), injection, value);
}

TEST(Nonfinite, DataOfAModel) {
  for (const Injection &injection : kModelNaN)
    expectSkipped(getModel(), injection, kNaN);
  for (const Injection &injection : kModelInf)
    for (float value : {kInf, -kInf})
      expectSkipped(getModel(), injection, value);
}

TEST(Nonfinite, CountsEveryBadElement) {
  TrainingRun run(getForeign());
  fillInputs(run.instance, kTime, kBatch, 1);
  float *bad = data<float>(run.instance, GRADOPT_ROLE_INPUT, "w.bad");
  bad[1] = kNaN;
  bad[2] = kInf;
  bad[5] = -kInf;
  data<float>(run.instance, GRADOPT_ROLE_INPUT, "b.bad")[0] = kNaN;
  ASSERT_EQ(run.call(), GRADOPT_OK);
  EXPECT_EQ(run.report.phase, GRADOPT_PHASE_GRADIENT);
  EXPECT_STREQ(run.report.name, "w");
  EXPECT_EQ(run.report.nonfinite, 3);
}

// A NaN in what a run carries is not the work of the step that reads it: the
// step is skipped all the same, and again and again.
TEST(Nonfinite, CarriedStateThatIsBadAlready) {
  TrainingRun run(getModel());
  ASSERT_EQ(run.runSound(1), GRADOPT_OK);
  float *state = data<float>(run.instance, GRADOPT_ROLE_STATE, "h");
  float sound = state[2];
  state[2] = kNaN;
  Contents before = run.updated();
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(run.runSound(2), GRADOPT_OK);
    EXPECT_EQ(run.report.action, GRADOPT_ACTION_SKIPPED);
    EXPECT_EQ(run.report.phase, GRADOPT_PHASE_LOSS);
    EXPECT_TRUE(run.updated() == before);
  }
  data<float>(run.instance, GRADOPT_ROLE_STATE, "h")[2] = sound;
  ASSERT_EQ(run.runSound(2), GRADOPT_OK);
  EXPECT_EQ(run.report.action, GRADOPT_ACTION_COMMITTED);
}

//===----------------------------------------------------------------------===//
// Updates that overflow
//===----------------------------------------------------------------------===//

// Its square is Inf in f32, and Adam's second moment would stay Inf for ever.
TEST(Nonfinite, AdamOverflowsFromAFiniteGradient) {
  expectSkipped(getForeign(), {"w.bad", 4, GRADOPT_PHASE_UPDATE, "w/v"}, 1e20f);
}

TEST(Nonfinite, SgdOverflowsFromFiniteValues) {
  for (float sign : {1.0f, -1.0f}) {
    TrainingRun run(getForeign());
    fillInputs(run.instance, kTime, kBatch, 1);
    data<float>(run.instance, GRADOPT_ROLE_PARAM, "b")[1] = sign * 3e38f;
    // With half of the parameter: -1.5e38, finite as is the parameter.
    data<float>(run.instance, GRADOPT_ROLE_INPUT, "b.bad")[1] = sign * -3e38f;
    Contents before = run.updated();
    ASSERT_EQ(run.call(), GRADOPT_OK);
    EXPECT_EQ(run.report.action, GRADOPT_ACTION_SKIPPED);
    EXPECT_EQ(run.report.phase, GRADOPT_PHASE_UPDATE);
    EXPECT_STREQ(run.report.name, "b");
    EXPECT_EQ(run.report.nonfinite, 1);
    EXPECT_TRUE(run.updated() == before);
  }
}

// The same gradient under a clip is a sound step.
TEST(Nonfinite, AClipPreventsTheOverflow) {
  TrainingRun run(getClipped());
  ASSERT_EQ(run.runBad(1, {"w.bad", 4, GRADOPT_PHASE_NONE, ""}, 1e20f),
            GRADOPT_OK);
  EXPECT_EQ(run.report.action, GRADOPT_ACTION_COMMITTED);
}

//===----------------------------------------------------------------------===//
// Policies
//===----------------------------------------------------------------------===//

TEST(Nonfinite, ReportCommits) {
  TrainingRun run(getForeign());
  gradopt_instance_set_policy(run.instance.get(), GRADOPT_REPORT, 0);
  ASSERT_EQ(run.runBad(1, kForeignInjections[0], kNaN), GRADOPT_OK);
  EXPECT_EQ(run.report.action, GRADOPT_ACTION_REPORTED);
  EXPECT_EQ(run.report.phase, GRADOPT_PHASE_GRADIENT);
  EXPECT_STREQ(run.report.name, "w");
  const float *w = data<float>(run.instance, GRADOPT_ROLE_PARAM, "w");
  EXPECT_TRUE(std::isnan(w[0]));
  for (int i = 1; i < 6; ++i)
    EXPECT_TRUE(std::isfinite(w[i]));
  EXPECT_EQ(*data<int64_t>(run.instance, GRADOPT_ROLE_STEP_COUNT, ""), 1);
}

TEST(Nonfinite, StopRefusesToGoOn) {
  TrainingRun run(getForeign());
  gradopt_instance_set_policy(run.instance.get(), GRADOPT_STOP, 0);
  ASSERT_EQ(run.runSound(1), GRADOPT_OK);
  Contents before = run.updated();
  EXPECT_EQ(run.runBad(2, kForeignInjections[3], kInf), GRADOPT_STOPPED);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(run.report.action, GRADOPT_ACTION_STOPPED);
    EXPECT_EQ(run.report.step, 2u);
    EXPECT_STREQ(run.report.name, "b");
    EXPECT_TRUE(run.updated() == before);
    EXPECT_EQ(run.runSound(3), GRADOPT_STOPPED);
  }
}

TEST(Nonfinite, SkipsTenInARowThenStops) {
  TrainingRun run(getForeign());
  ASSERT_EQ(run.runSound(1), GRADOPT_OK);
  Contents before = run.updated();
  for (uint32_t i = 1; i <= 10; ++i) {
    ASSERT_EQ(run.runBad(i, kForeignInjections[0], kNaN), GRADOPT_OK);
    EXPECT_EQ(run.report.action, GRADOPT_ACTION_SKIPPED);
    EXPECT_EQ(run.report.consecutive_skips, i);
  }
  EXPECT_EQ(run.runBad(11, kForeignInjections[0], kNaN), GRADOPT_STOPPED);
  EXPECT_EQ(run.report.action, GRADOPT_ACTION_STOPPED);
  EXPECT_EQ(run.report.step, 12u);
  EXPECT_TRUE(run.updated() == before);
}

// Ten bad steps with a sound one among them stop nothing.
TEST(Nonfinite, ASoundStepEndsTheRow) {
  TrainingRun run(getForeign());
  for (int half = 0; half < 2; ++half) {
    for (int i = 0; i < 10; ++i)
      ASSERT_EQ(run.runBad(1, kForeignInjections[0], kNaN), GRADOPT_OK);
    ASSERT_EQ(run.runSound(2), GRADOPT_OK);
    EXPECT_EQ(run.report.action, GRADOPT_ACTION_COMMITTED);
  }
  EXPECT_EQ(run.report.total_skips, 20u);
  EXPECT_EQ(*data<int64_t>(run.instance, GRADOPT_ROLE_STEP_COUNT, ""), 2);
}

} // namespace
