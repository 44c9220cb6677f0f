//===- HistogramsTest.cpp - Tensors as histograms -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Histograms.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace gradopt::train;

static std::vector<double> heights(const Histogram &histogram) {
  std::vector<double> result;
  for (const Histogram::Bar &bar : histogram.bars)
    result.push_back(bar.height);
  return result;
}

TEST(CountValues, CountsEveryFiniteValueOnce) {
  std::vector<float> values;
  for (int i = 0; i < 300; ++i)
    values.push_back(static_cast<float>(i));
  values.push_back(NAN);
  values.push_back(INFINITY);
  Histogram histogram = countValues("w", values.data(), 302);
  EXPECT_EQ(histogram.tag, "w");
  ASSERT_EQ(histogram.bars.size(), 30u);
  EXPECT_EQ(histogram.bars.front().left, 0);
  EXPECT_EQ(histogram.bars.back().right, 299);
  double sum = 0;
  for (size_t i = 0; i < 30; ++i) {
    if (i > 0)
      EXPECT_EQ(histogram.bars[i].left, histogram.bars[i - 1].right);
    EXPECT_NEAR(histogram.bars[i].height, 10, 1);
    sum += histogram.bars[i].height;
  }
  EXPECT_EQ(sum, 300);
}

TEST(CountValues, EdgesOfTheRange) {
  EXPECT_TRUE(countValues("w", static_cast<float *>(nullptr), 0).bars.empty());
  const float bad[] = {NAN, -INFINITY};
  EXPECT_TRUE(countValues("w", bad, 2).bars.empty());
  for (double value : {0.0, -3.0, 1e300, 5e-324}) {
    const double equal[] = {value, value, value};
    Histogram histogram = countValues("w", equal, 3);
    ASSERT_FALSE(histogram.bars.empty());
    EXPECT_LT(histogram.bars.front().left, value);
    EXPECT_GT(histogram.bars.back().right, value);
    double sum = 0;
    for (double height : heights(histogram))
      sum += height;
    EXPECT_EQ(sum, 3);
  }
  const double limit = std::numeric_limits<double>::max();
  const double wide[] = {-limit, 0, limit};
  double sum = 0;
  for (double height : heights(countValues("w", wide, 3)))
    sum += height;
  EXPECT_EQ(sum, 3);
}

TEST(TimeProfile, IsTheNormAtEachTimeStep) {
  TimeProfile profile("t", 3);
  EXPECT_TRUE(profile.take().bars.empty());
  const float norms[] = {3, 2, 1};
  profile.add(norms, 3);
  Histogram histogram = profile.take();
  EXPECT_EQ(histogram.tag, "t");
  EXPECT_THAT(heights(histogram), testing::ElementsAre(3, 2, 1));
  EXPECT_EQ(histogram.bars[2].left, 2);
  EXPECT_EQ(histogram.bars[2].right, 3);
  // It begins anew.
  profile.add(norms, 1);
  EXPECT_THAT(heights(profile.take()), testing::ElementsAre(3));
  profile.add(norms, 0);
  EXPECT_TRUE(profile.take().bars.empty());
}

TEST(TimeProfile, OfSeveralStepsHasTheLargest) {
  TimeProfile profile("t", 4);
  const double first[] = {1, 5, NAN, 2}, second[] = {2, 4, 7};
  profile.add(first, 4);
  profile.add(second, 3);
  std::vector<double> result = heights(profile.take());
  ASSERT_EQ(result.size(), 4u);
  EXPECT_EQ(result[0], 2);
  EXPECT_EQ(result[1], 5);
  EXPECT_TRUE(std::isnan(result[2]));
  EXPECT_EQ(result[3], 2);
}

TEST(TimeProfile, OfManyTimeStepsHasWiderBars) {
  const int64_t time = 2 * TimeProfile::maxBars + 1;
  std::vector<double> norms(static_cast<size_t>(time), 1.0);
  norms[7] = 9;
  norms.back() = 4;
  TimeProfile profile("t", time);
  profile.add(norms.data(), time);
  Histogram histogram = profile.take();
  // Three time steps under a bar.
  ASSERT_EQ(histogram.bars.size(), 171u);
  EXPECT_EQ(histogram.bars[2].left, 6);
  EXPECT_EQ(histogram.bars[2].right, 9);
  EXPECT_EQ(histogram.bars[2].height, 9);
  EXPECT_EQ(histogram.bars[3].height, 1);
  EXPECT_EQ(histogram.bars.back().right, time);
  EXPECT_EQ(histogram.bars.back().height, 4);
}
