//===- PoliciesTest.cpp - Policies, step by step --------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PolicyFixture.h"

namespace {

//===----------------------------------------------------------------------===//
// Several events in one step
//===----------------------------------------------------------------------===//

int strength(uint32_t policy) {
  switch (policy) {
  case GRADOPT_REPORT:
    return 1;
  case GRADOPT_SKIP:
    return 2;
  case GRADOPT_BACK_OFF:
    return 3;
  case GRADOPT_ROLL_BACK:
    return 4;
  case GRADOPT_STOP:
    return 5;
  default:
    return 0;
  }
}

gradopt_action actionOf(uint32_t policy) {
  switch (policy) {
  case GRADOPT_REPORT:
    return GRADOPT_ACTION_REPORTED;
  case GRADOPT_SKIP:
    return GRADOPT_ACTION_SKIPPED;
  case GRADOPT_BACK_OFF:
    return GRADOPT_ACTION_BACKED_OFF;
  case GRADOPT_ROLL_BACK:
    return GRADOPT_ACTION_ROLLED_BACK;
  case GRADOPT_STOP:
    return GRADOPT_ACTION_STOPPED;
  default:
    return GRADOPT_ACTION_COMMITTED;
  }
}

// Each set of events under each policies that do not contradict each other: the
// strongest acts, and it does nothing but its own.
TEST_F(Policies, StrongestOfSeveralActs) {
  policies.roll_back_after = 1;
  int tried = 0;
  for (uint32_t nonfinite = 0; nonfinite < GRADOPT_IGNORE; ++nonfinite)
    for (uint32_t overflow = 0; overflow <= GRADOPT_IGNORE; ++overflow)
      for (uint32_t divergence = 0; divergence <= GRADOPT_IGNORE; ++divergence)
        for (unsigned faults = 1; faults < 8; ++faults) {
          ASSERT_EQ(gradopt_instance_initialize(instance.get(), 1), GRADOPT_OK);
          const uint32_t on[] = {nonfinite, overflow, divergence};
          if (set(nonfinite, overflow, divergence) != GRADOPT_OK)
            continue;
          SCOPED_TRACE(testing::Message()
                       << nonfinite << overflow << divergence << faults);
          ++tried;
          Bytes first = guarded();
          run();
          Bytes before = guarded();
          std::vector<Fault> all;
          const Fault each[] = {kNonfinite, kOverflow, kDivergence};
          uint32_t events = 0;
          int cause = -1;
          for (int i = 0; i < 3; ++i)
            if (faults & (1u << i)) {
              all.push_back(each[i]);
              // Large gradients are a norm that diverges, too.
              events |= 1u << i;
              if (i == GRADOPT_OVERFLOW)
                events |= 1u << GRADOPT_DIVERGENCE;
            }
          for (int i = 0; i < 3; ++i) {
            if (on[i] == GRADOPT_IGNORE)
              events &= ~(1u << i);
            if ((events & (1u << i)) &&
                (cause < 0 || strength(on[i]) > strength(on[cause])))
              cause = i;
          }
          const gradopt_action action =
              cause < 0 ? GRADOPT_ACTION_COMMITTED : actionOf(on[cause]);
          gradopt_step_report report =
              runWith(all, action == GRADOPT_ACTION_STOPPED ? GRADOPT_STOPPED
                                                            : GRADOPT_OK);
          EXPECT_EQ(report.events, events);
          EXPECT_EQ(report.action, action);
          if (cause >= 0) {
            EXPECT_EQ(report.cause, cause);
          }
          const bool commits = action == GRADOPT_ACTION_COMMITTED ||
                               action == GRADOPT_ACTION_REPORTED;
          EXPECT_EQ(guarded(), commits ? RecurrentStep::lastNext
                               : action == GRADOPT_ACTION_ROLLED_BACK ? first
                                                                      : before);
          EXPECT_EQ(report.rate_factor,
                    action == GRADOPT_ACTION_BACKED_OFF ? 0.5 : 1);
          EXPECT_EQ(report.total_skips, uint64_t(!commits));
          if (faults & 1) {
            EXPECT_EQ(report.nonfinite, 1);
            EXPECT_STREQ(report.name, "h");
            EXPECT_EQ(report.overflowing, 0);
          }
        }
  // 4 policies on NaN with all others, and report with report and ignore.
  EXPECT_EQ(tried, (4 * 6 * 6 + 2 * 2) * 7);
}

//===----------------------------------------------------------------------===//
// Back off
//===----------------------------------------------------------------------===//

// The bias moves by rate times 17.5 times its index and 1.
TEST_F(Policies, BackOffHalvesAndRecovers) {
  policies.recover_after = 2;
  ASSERT_EQ(set(GRADOPT_BACK_OFF), GRADOPT_OK);
  setRate(0.5f);
  auto moved = [&] {
    float before = bias(0);
    run();
    return before - bias(0);
  };
  EXPECT_EQ(moved(), 8.75f);
  gradopt_step_report report = runWith({kNonfinite});
  EXPECT_EQ(report.action, GRADOPT_ACTION_BACKED_OFF);
  EXPECT_EQ(report.rate_factor, 0.5);
  EXPECT_EQ(format(report),
            "step 2: carried state \"h\" is not finite (1 of its elements is "
            "NaN or Inf); step skipped (1 in a row), learning rates times 0.5 "
            "from here on");
  EXPECT_EQ(runWith({kNonfinite}).rate_factor, 0.25);
  // The caller's rate is the caller's, and it may change it.
  EXPECT_EQ(*data<float>(instance, GRADOPT_ROLE_HYPER, "learning_rate"), 0.5f);
  EXPECT_EQ(moved(), 2.1875f);
  setRate(1.0f);
  EXPECT_EQ(moved(), 4.375f); // the second good step: it doubles behind it
  EXPECT_EQ(moved(), 8.75f);
  // A bad step begins the count anew.
  EXPECT_EQ(runWith({kNonfinite}).rate_factor, 0.25);
  EXPECT_EQ(run().rate_factor, 0.25);
  EXPECT_EQ(run().rate_factor, 0.5);
  EXPECT_EQ(run().rate_factor, 0.5);
  EXPECT_EQ(run().rate_factor, 1);
  EXPECT_EQ(run().rate_factor, 1);
  EXPECT_EQ(run().rate_factor, 1);
  EXPECT_EQ(moved(), 17.5f);
}

TEST_F(Policies, BackOffHasAFloorAndALimit) {
  policies.max_consecutive_skips = 12;
  ASSERT_EQ(set(GRADOPT_BACK_OFF), GRADOPT_OK);
  for (int i = 1; i <= 12; ++i)
    EXPECT_EQ(runWith({kNonfinite}).rate_factor,
              std::ldexp(1.0, -std::min(i, 10)));
  gradopt_step_report report = runWith({kNonfinite}, GRADOPT_STOPPED);
  EXPECT_EQ(report.action, GRADOPT_ACTION_STOPPED);
  EXPECT_EQ(report.consecutive_skips, 13u);
}

TEST_F(Policies, BackOffThatIsTakenAwayLeavesTheRate) {
  ASSERT_EQ(set(GRADOPT_BACK_OFF), GRADOPT_OK);
  EXPECT_EQ(runWith({kNonfinite}).rate_factor, 0.5);
  ASSERT_EQ(set(GRADOPT_SKIP), GRADOPT_OK);
  EXPECT_EQ(run().rate_factor, 1);
}

//===----------------------------------------------------------------------===//
// Roll back
//===----------------------------------------------------------------------===//

TEST_F(Policies, RollsBackAfterBadStepsInARow) {
  policies.roll_back_after = 2;
  policies.snapshot_every = 3;
  policies.max_roll_backs = 2;
  ASSERT_EQ(set(GRADOPT_ROLL_BACK), GRADOPT_OK);
  std::vector<Bytes> after = {guarded()};
  for (int i = 1; i <= 4; ++i) {
    run();
    after.push_back(guarded());
  }
  // One bad step and a good one change nothing but the step's number.
  EXPECT_EQ(runWith({kNonfinite}).action, GRADOPT_ACTION_SKIPPED);
  EXPECT_EQ(guarded(), after[4]);
  run();
  EXPECT_EQ(runWith({kNonfinite}).action, GRADOPT_ACTION_SKIPPED);
  gradopt_step_report report = runWith({kNonfinite});
  EXPECT_EQ(report.action, GRADOPT_ACTION_ROLLED_BACK);
  EXPECT_EQ(report.consecutive_skips, 2u);
  EXPECT_EQ(report.restored_step, 3u);
  EXPECT_EQ(report.roll_backs, 1u);
  EXPECT_EQ(report.step, 8u);
  EXPECT_EQ(guarded(), after[3]);
  EXPECT_EQ(format(report),
            "step 8: carried state \"h\" is not finite (1 of its elements is "
            "NaN or Inf); rolled back to the state after step 3");
  // From there on it is the same run, with later numbers.
  run();
  EXPECT_EQ(guarded(), after[4]);
  // The third good step since the snapshot makes the next one.
  Bytes snapshot = guarded();
  runWith({kNonfinite});
  EXPECT_EQ(runWith({kNonfinite}).restored_step, 9u);
  EXPECT_EQ(guarded(), snapshot);
}

TEST_F(Policies, RollsBackToTheStartAndThenStops) {
  policies.roll_back_after = 1;
  policies.max_roll_backs = 2;
  ASSERT_EQ(set(GRADOPT_ROLL_BACK), GRADOPT_OK);
  Bytes start = guarded();
  run();
  for (uint32_t i = 1; i <= 2; ++i) {
    gradopt_step_report report = runWith({kNonfinite});
    EXPECT_EQ(report.action, GRADOPT_ACTION_ROLLED_BACK);
    EXPECT_EQ(report.restored_step, 0u);
    EXPECT_EQ(report.roll_backs, i);
    EXPECT_EQ(guarded(), start);
    run();
  }
  Bytes before = guarded();
  gradopt_step_report report = runWith({kNonfinite}, GRADOPT_STOPPED);
  EXPECT_EQ(report.action, GRADOPT_ACTION_STOPPED);
  EXPECT_EQ(guarded(), before);
  EXPECT_EQ(format(report),
            "step 6: carried state \"h\" is not finite (1 of its elements is "
            "NaN or Inf); run stopped after it was rolled back 2 times to the "
            "state after step 0");
}

TEST_F(Policies, ANewSnapshotForgetsRollBacks) {
  policies.roll_back_after = policies.snapshot_every = 1;
  policies.max_roll_backs = 1;
  ASSERT_EQ(set(GRADOPT_ROLL_BACK), GRADOPT_OK);
  for (int i = 0; i < 5; ++i) {
    run();
    gradopt_step_report report = runWith({kNonfinite});
    EXPECT_EQ(report.action, GRADOPT_ACTION_ROLLED_BACK);
    EXPECT_EQ(report.restored_step, report.step - 1);
  }
  EXPECT_EQ(stepCount(), 5);
}

// What was reported and committed is not what a run goes back to.
TEST_F(Policies, ReportedStepsAreNotGood) {
  policies.roll_back_after = policies.snapshot_every = 1;
  ASSERT_EQ(set(GRADOPT_ROLL_BACK, GRADOPT_REPORT), GRADOPT_OK);
  run();
  Bytes good = guarded();
  EXPECT_EQ(runWith({kOverflow}).action, GRADOPT_ACTION_REPORTED);
  EXPECT_NE(guarded(), good);
  EXPECT_EQ(runWith({kNonfinite}).restored_step, 1u);
  EXPECT_EQ(guarded(), good);
}

//===----------------------------------------------------------------------===//
// The report comes first
//===----------------------------------------------------------------------===//

TEST_F(Policies, AnUpdateIsHeldBackUntilItsReportIsTaken) {
  ASSERT_EQ(set(GRADOPT_SKIP, GRADOPT_IGNORE, GRADOPT_REPORT), GRADOPT_OK);
  run();
  struct Taken {
    Policies *test;
    Bytes before;
    int reports;
  } taken = {this, guarded(), 0};
  gradopt_instance_on_report(
      instance.get(),
      [](void *user, const gradopt_step_report *report) {
        auto *taken = static_cast<Taken *>(user);
        ++taken->reports;
        EXPECT_EQ(report->action, GRADOPT_ACTION_REPORTED);
        EXPECT_EQ(report->step, 2u);
        EXPECT_EQ(taken->test->guarded(), taken->before);
      },
      &taken);
  runWith({kDivergence});
  EXPECT_EQ(taken.reports, 1);
  EXPECT_EQ(guarded(), RecurrentStep::lastNext);
  run();
  EXPECT_EQ(taken.reports, 1);
  gradopt_instance_on_report(instance.get(), nullptr, nullptr);
  runWith({kDivergence});
  EXPECT_EQ(taken.reports, 1);
}

//===----------------------------------------------------------------------===//
// Policies that make no sense
//===----------------------------------------------------------------------===//

TEST_F(Policies, ContradictionsAreRefused) {
  for (uint32_t other :
       {GRADOPT_SKIP, GRADOPT_STOP, GRADOPT_BACK_OFF, GRADOPT_ROLL_BACK}) {
    EXPECT_EQ(set(GRADOPT_REPORT, other), GRADOPT_INVALID_ARGUMENT);
    EXPECT_STREQ(
        gradopt_last_error(),
        "policies contradict each other: on_nonfinite = report applies "
        "an update with NaN or Inf, and on_overflow would hold back a "
        "lesser harm");
    EXPECT_EQ(set(GRADOPT_REPORT, GRADOPT_IGNORE, other),
              GRADOPT_INVALID_ARGUMENT);
  }
  EXPECT_EQ(set(GRADOPT_IGNORE), GRADOPT_INVALID_ARGUMENT);
  EXPECT_EQ(set(GRADOPT_SKIP, 6), GRADOPT_INVALID_ARGUMENT);
  // What was set last and accepted holds.
  EXPECT_EQ(runWith({kNonfinite}).action, GRADOPT_ACTION_SKIPPED);
}

TEST_F(Policies, ValuesOutOfRangeAreRefused) {
  const gradopt_policies sound = GRADOPT_DEFAULT_POLICIES;
  auto refuses = [&](auto change) {
    policies = sound;
    change(policies);
    EXPECT_EQ(gradopt_instance_set_policies(instance.get(), &policies),
              GRADOPT_INVALID_ARGUMENT);
  };
  refuses([](gradopt_policies &p) { p.struct_size -= 8; });
  refuses([](gradopt_policies &p) { p.carried_state = 2; });
  refuses([](gradopt_policies &p) { p.recover_after = 0; });
  refuses([](gradopt_policies &p) { p.roll_back_after = 0; });
  refuses([](gradopt_policies &p) { p.snapshot_every = 0; });
  refuses([](gradopt_policies &p) { p.median_window = 0; });
  refuses([](gradopt_policies &p) { p.median_warmup = 0; });
  refuses([](gradopt_policies &p) { p.median_warmup = 102; });
  for (double factor : {1.0, -2.0, double(nan32), double(inf32)})
    refuses([&](gradopt_policies &p) { p.divergence_factor = factor; });
  for (double fraction : {0.0, 1.0, -0.5, double(nan32)})
    refuses([&](gradopt_policies &p) { p.overflow_fraction = fraction; });
  EXPECT_EQ(gradopt_instance_set_policies(instance.get(), nullptr),
            GRADOPT_INVALID_ARGUMENT);
  EXPECT_EQ(gradopt_instance_set_policies(nullptr, &sound),
            GRADOPT_INVALID_ARGUMENT);
  EXPECT_EQ(gradopt_instance_set_policies(instance.get(), &sound), GRADOPT_OK);
}

// A program without counts, rates, states, loss and norm.
TEST_F(Policies, WhatTheProgramHasNothingForIsRefused) {
  static const Bytes table =
      makeManifest({{"w", GRADOPT_ROLE_PARAM, GRADOPT_F32, {2}, 2},
                    {"learning_rates", GRADOPT_ROLE_HYPER}});
  instance = create(TestProgram::get(table));
  ASSERT_TRUE(instance);
  auto reason = [&](uint32_t nonfinite, uint32_t overflow = GRADOPT_IGNORE,
                    uint32_t divergence = GRADOPT_IGNORE) {
    EXPECT_EQ(set(nonfinite, overflow, divergence), GRADOPT_INVALID_ARGUMENT);
    return std::string(gradopt_last_error());
  };
  EXPECT_NE(reason(GRADOPT_SKIP, GRADOPT_REPORT).find("on_overflow goes by"),
            std::string::npos);
  EXPECT_NE(reason(GRADOPT_SKIP, GRADOPT_IGNORE, GRADOPT_REPORT)
                .find("on_divergence goes by"),
            std::string::npos);
  EXPECT_NE(reason(GRADOPT_BACK_OFF).find("\"learning_rate\""),
            std::string::npos);
  policies.carried_state = GRADOPT_ZERO;
  EXPECT_NE(reason(GRADOPT_SKIP).find("without carried state"),
            std::string::npos);
  policies.carried_state = GRADOPT_KEEP;
  EXPECT_EQ(set(GRADOPT_ROLL_BACK), GRADOPT_OK);
}

} // namespace
