//===- PolicyEventsTest.cpp - What policies look for ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PolicyFixture.h"

#include <deque>
#include <random>

namespace {

//===----------------------------------------------------------------------===//
// Overflow
//===----------------------------------------------------------------------===//

TEST_F(Policies, OverflowNamesTheFirstPhase) {
  ASSERT_EQ(set(GRADOPT_SKIP, GRADOPT_SKIP), GRADOPT_OK);
  run();
  Bytes before = guarded();
  std::vector<Fault> faults = {{"state/h", kLarge, 1},
                               {"update/rnn.weight_hh/m", -kLarge, 2},
                               {"gradient/rnn.bias", kLarge, 3},
                               {"loss", -kLarge, 1}};
  const gradopt_phase phases[] = {GRADOPT_PHASE_STATE, GRADOPT_PHASE_UPDATE,
                                  GRADOPT_PHASE_GRADIENT, GRADOPT_PHASE_LOSS};
  const char *names[] = {"h", "rnn.weight_hh/m", "rnn.bias", ""};
  for (size_t i = 0; i < 4; ++i) {
    gradopt_step_report report =
        runWith({faults.begin(), faults.begin() + int64_t(i) + 1});
    EXPECT_EQ(report.events, 1u << GRADOPT_OVERFLOW);
    EXPECT_EQ(report.action, GRADOPT_ACTION_SKIPPED);
    EXPECT_EQ(report.phase, phases[i]);
    EXPECT_STREQ(report.name, names[i]);
    EXPECT_EQ(report.nonfinite, 0);
    EXPECT_EQ(report.bad_values, 0u);
    EXPECT_EQ(guarded(), before);
    if (i == 1) {
      EXPECT_EQ(report.overflowing, 2);
      EXPECT_EQ(format(report),
                "step 3: updated value of \"rnn.weight_hh/m\" is near "
                "overflow (2 of its elements are beyond the limit); step "
                "skipped (2 in a row)");
    }
  }
  // What is only observed triggers nothing.
  EXPECT_EQ(runWith({{"monitor/activation", kLarge, 3}}).action,
            GRADOPT_ACTION_COMMITTED);
}

TEST_F(Policies, OverflowIsNotLookedForUnasked) {
  gradopt_step_report report = runWith({kOverflow});
  EXPECT_EQ(report.events, 0u);
  EXPECT_EQ(report.action, GRADOPT_ACTION_COMMITTED);
}

//===----------------------------------------------------------------------===//
// Divergence
//===----------------------------------------------------------------------===//

TEST_F(Policies, DivergenceWaitsForItsWarmup) {
  policies.median_warmup = 3;
  ASSERT_EQ(set(GRADOPT_SKIP, GRADOPT_IGNORE, GRADOPT_SKIP), GRADOPT_OK);
  run();
  run();
  EXPECT_EQ(runWith({{"loss", 1e4f, 1}}).action, GRADOPT_ACTION_COMMITTED);
  gradopt_step_report report = runWith({{"loss", 1e4f, 1}});
  EXPECT_EQ(report.action, GRADOPT_ACTION_SKIPPED);
  EXPECT_EQ(report.phase, GRADOPT_PHASE_NONE);
  EXPECT_STREQ(report.diverged, "loss");
  EXPECT_EQ(report.value, 1e4);
  EXPECT_EQ(report.median, 17.5);
  EXPECT_EQ(format(report),
            "step 4: the loss has diverged: 1e+04, and its "
            "running median is 17.5; step skipped (1 in a row)");
  // Ten times as much is not beyond ten times as much.
  EXPECT_EQ(runWith({{"loss", 175.0f, 1}}).action, GRADOPT_ACTION_COMMITTED);
}

TEST_F(Policies, NormDivergesAlone) {
  ASSERT_EQ(set(GRADOPT_SKIP, GRADOPT_IGNORE, GRADOPT_STOP), GRADOPT_OK);
  run();
  gradopt_step_report report =
      runWith({{"gradient/rnn.bias", 1e5f, 1}}, GRADOPT_STOPPED);
  EXPECT_STREQ(report.diverged, "gradient/global/norm");
  EXPECT_NE(format(report).find("the gradients' norm has diverged"),
            std::string::npos);
}

TEST_F(Policies, NothingIsBeyondAMedianOfZeroOrLess) {
  ASSERT_EQ(set(GRADOPT_SKIP, GRADOPT_IGNORE, GRADOPT_SKIP), GRADOPT_OK);
  RecurrentStep::faults = {{"loss", -1.0f, 1},
                           {"gradient/rnn.bias", 0, 3},
                           {"gradient/rnn.weight_hh", 0, 6}};
  run();
  run();
  EXPECT_EQ(runWith({kDivergence}).action, GRADOPT_ACTION_COMMITTED);
}

// The median is that of the last good steps, whatever their order.
TEST_F(Policies, MedianIsThatOfTheLastGoodSteps) {
  policies.median_window = 7;
  policies.median_warmup = 2;
  policies.divergence_factor = 1.5;
  policies.max_consecutive_skips = 1000;
  ASSERT_EQ(set(GRADOPT_SKIP, GRADOPT_IGNORE, GRADOPT_SKIP), GRADOPT_OK);
  std::mt19937 random(1);
  std::deque<double> last;
  int bad = 0;
  for (int step = 0; step < 400; ++step) {
    // Few values, so that there are equal ones.
    auto loss = float(1 + random() % 12);
    bool diverges = false;
    double median = 0;
    if (last.size() >= 2) {
      std::vector<double> sorted(last.begin(), last.end());
      std::sort(sorted.begin(), sorted.end());
      size_t half = sorted.size() / 2;
      median = sorted.size() % 2 ? sorted[half]
                                 : (sorted[half - 1] + sorted[half]) / 2;
      diverges = loss > 1.5 * median;
    }
    gradopt_step_report report = runWith({{"loss", loss, 1},
                                          {"gradient/rnn.bias", 0, 3},
                                          {"gradient/rnn.weight_hh", 0, 6}});
    ASSERT_EQ(report.action,
              diverges ? GRADOPT_ACTION_SKIPPED : GRADOPT_ACTION_COMMITTED)
        << step;
    if (diverges) {
      ASSERT_EQ(report.median, median) << step;
      ++bad;
      continue;
    }
    last.push_back(loss);
    if (last.size() > 7)
      last.pop_front();
  }
  EXPECT_GT(bad, 50);
}

//===----------------------------------------------------------------------===//
// Carried state
//===----------------------------------------------------------------------===//

TEST_F(Policies, CarriedStateIsKept) {
  ASSERT_EQ(set(GRADOPT_SKIP), GRADOPT_OK);
  run();
  gradopt_step_report report = runWith({{"state/h", nan32, 2}});
  EXPECT_EQ(report.zeroed_rows, 0u);
  EXPECT_EQ(report.first_zeroed_row, -1);
  for (int i = 0; i < 9; ++i)
    EXPECT_EQ(h()[i], 1);
}

TEST_F(Policies, BadRowsOfCarriedStateBecomeZero) {
  policies.carried_state = GRADOPT_ZERO;
  ASSERT_EQ(set(GRADOPT_SKIP, GRADOPT_SKIP), GRADOPT_OK);
  auto rows = [&] {
    std::string text;
    for (int r = 0; r < 3; ++r)
      for (int i = 0; i < 3; ++i)
        text += std::to_string(int(h()[3 * r + i]));
    return text;
  };
  run();
  gradopt_step_report report = runWith({{"state/h", inf32, 2}});
  EXPECT_EQ(report.zeroed_rows, 1u);
  EXPECT_EQ(report.first_zeroed_row, 0);
  EXPECT_EQ(rows(), "000111111");
  EXPECT_NE(format(report).find("; carried state of batch row 0 zeroed"),
            std::string::npos);
  // Near overflow is bad, too.
  report = runWith({{"state/h", -kLarge, -4}});
  EXPECT_EQ(report.zeroed_rows, 2u);
  EXPECT_EQ(report.first_zeroed_row, 1);
  EXPECT_EQ(rows(), "000000000");
  EXPECT_NE(format(report).find(
                "; carried state of 2 batch rows zeroed, the first is 1"),
            std::string::npos);
  run();
  // A bad step that left the states sound changes none.
  EXPECT_EQ(runWith({{"gradient/rnn.bias", nan32, 1}}).zeroed_rows, 0u);
  EXPECT_EQ(rows(), "111111111");
  // A state that was bad before the step.
  h()[4] = nan32;
  report = run();
  EXPECT_EQ(report.zeroed_rows, 1u);
  EXPECT_EQ(rows(), "111000111");
  EXPECT_EQ(run().action, GRADOPT_ACTION_COMMITTED);
}

TEST_F(Policies, BadRowsOfAReportedStepBecomeZeroBehindTheCommit) {
  policies.carried_state = GRADOPT_ZERO;
  ASSERT_EQ(set(GRADOPT_REPORT), GRADOPT_OK);
  run();
  EXPECT_EQ(runWith({{"state/h", nan32, 1}}).zeroed_rows, 1u);
  EXPECT_EQ(h()[1], 0);
  EXPECT_EQ(h()[8], 2);
  EXPECT_EQ(stepCount(), 2);
}

// Rows beyond those of the call are none of its business.
TEST_F(Policies, RowsAreThoseOfTheCall) {
  policies.carried_state = GRADOPT_ZERO;
  ASSERT_EQ(set(GRADOPT_SKIP), GRADOPT_OK);
  run();
  RecurrentStep::faults = {{"state/h", nan32, 1}};
  h()[5] = 7;
  gradopt_step_report report;
  ASSERT_EQ(gradopt_instance_run(instance.get(), 4, 1, &report), GRADOPT_OK);
  EXPECT_EQ(report.zeroed_rows, 1u);
  EXPECT_EQ(h()[0], 0);
  EXPECT_EQ(h()[5], 7);
}

} // namespace
