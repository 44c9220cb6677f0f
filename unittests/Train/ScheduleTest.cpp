//===- ScheduleTest.cpp - Tests of learning rate schedules ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Schedule.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>
#include <vector>

using namespace gradopt::train;
using testing::DoubleNear;
using testing::Pointwise;

static std::vector<double> factors(const Schedule &schedule,
                                   std::vector<uint64_t> steps) {
  std::vector<double> values;
  for (uint64_t step : steps)
    values.push_back(scheduleFactor(schedule, step, 0));
  return values;
}

TEST(Schedule, ConstantIsOneAfterTheWarmUp) {
  Schedule schedule;
  EXPECT_EQ(factors(schedule, {1, 2, 1000000}), (std::vector<double>{1, 1, 1}));
  schedule.warmup = 4;
  EXPECT_EQ(factors(schedule, {1, 2, 3, 4, 5}),
            (std::vector<double>{0.25, 0.5, 0.75, 1, 1}));
}

TEST(Schedule, CosineComesDownToTheFloor) {
  Schedule schedule;
  schedule.kind = ScheduleKind::Cosine;
  schedule.warmup = 2;
  schedule.steps = 6;
  schedule.floor = 0.2;
  // Quarters of pi: 0.2 + 0.4 (1 + cos).
  double slope = 0.4 * std::sqrt(0.5);
  EXPECT_THAT(factors(schedule, {1, 2, 3, 4, 5, 6, 7, 8, 100}),
              Pointwise(DoubleNear(1e-15), {0.5, 1.0, 1.0, 0.6 + slope, 0.6,
                                            0.6 - slope, 0.2, 0.2, 0.2}));
}

TEST(Schedule, StepDropsEverySoManySteps) {
  Schedule schedule;
  schedule.kind = ScheduleKind::Step;
  schedule.every = 3;
  schedule.factor = 0.5;
  schedule.floor = 0.2;
  EXPECT_EQ(factors(schedule, {1, 3, 4, 6, 7, 9, 10, 1000000000000}),
            (std::vector<double>{1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2}));
  schedule.warmup = 2;
  EXPECT_EQ(factors(schedule, {1, 2, 5, 6}),
            (std::vector<double>{0.5, 1, 1, 0.5}));
}

TEST(Schedule, PlateauDropsWhenTheLossDoesNotFall) {
  Schedule schedule;
  schedule.kind = ScheduleKind::Plateau;
  schedule.patience = 2;
  schedule.factor = 0.5;
  schedule.floor = 0.2;
  EvaluationHistory history;
  EXPECT_TRUE(history.add(3.0, 10, schedule));
  EXPECT_FALSE(history.add(3.0, 20, schedule)); // as low is not lower
  EXPECT_EQ(history.reductions, 0u);
  EXPECT_FALSE(history.add(std::nan(""), 30, schedule));
  EXPECT_EQ(history.reductions, 1u);
  EXPECT_EQ(scheduleFactor(schedule, 31, history.reductions), 0.5);
  EXPECT_FALSE(history.add(4.0, 40, schedule));
  EXPECT_EQ(history.reductions, 1u); // the count began anew
  EXPECT_TRUE(history.add(2.0, 50, schedule));
  EXPECT_EQ(history.lowestStep, 50u);
  EXPECT_EQ(history.sinceLowest, 0u);
  for (uint64_t step : {60, 70, 80, 90})
    EXPECT_FALSE(history.add(2.5, step, schedule));
  EXPECT_EQ(history.reductions, 3u);
  EXPECT_EQ(history.sinceLowest, 4u);
  EXPECT_EQ(scheduleFactor(schedule, 91, history.reductions), 0.2);
}

TEST(Schedule, OtherKindsHaveNoReductions) {
  EvaluationHistory history;
  for (uint64_t step = 1; step < 9; ++step)
    history.add(1.0, step, Schedule());
  EXPECT_EQ(history.reductions, 0u);
  EXPECT_EQ(history.sinceLowest, 7u);
}

TEST(Schedule, HistoriesAreKeptBitForBit) {
  EvaluationHistory history;
  history.lowest = 0.1 + 0.2;
  history.lowestStep = 7;
  history.sinceLowest = 3;
  history.sinceReduction = 1;
  history.reductions = 2;
  history.lastStep = 10;
  auto read = decodeHistory({{evaluationsKey, encodeHistory(history)}});
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(read->lowest, history.lowest);
  EXPECT_EQ(encodeHistory(*read), encodeHistory(history));

  auto none = decodeHistory({});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->lowest, std::numeric_limits<double>::infinity());
  for (const char *bad :
       {"", "x", "0 1 2 3 4", "0 1 2 3 4 5 6", "0 1 2 3 4 -5"})
    EXPECT_THAT(decodeHistory({{evaluationsKey, bad}}).message(),
                testing::HasSubstr("not six numbers"))
        << bad;
}

TEST(Schedule, DescriptionsNameWhatIsNotAsByDefault) {
  Schedule schedule;
  EXPECT_EQ(describeSchedule(schedule), "constant");
  schedule = {ScheduleKind::Cosine, 100, 1000, 0, 0, 0.1, 0.1};
  EXPECT_EQ(describeSchedule(schedule),
            "cosine, steps 1000, warmup 100, floor 0.1");
  schedule = {ScheduleKind::Step, 0, 0, 300, 0, 0.5, 0};
  EXPECT_EQ(describeSchedule(schedule), "step, every 300, factor 0.5");
  schedule = {ScheduleKind::Plateau, 0, 0, 0, 5, 0.1, 0};
  EXPECT_EQ(describeSchedule(schedule), "plateau, patience 5, factor 0.1");
}
