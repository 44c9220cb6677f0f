//===- AddingTaskTest.cpp - The adding problem ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/DataSource.h"

#include "TestSupport.h"

#include <set>

using namespace gradopt::train;

static DataOptions options(int64_t batch, uint64_t seed = 1) {
  DataOptions result;
  result.batch = batch;
  result.seed = seed;
  return result;
}

static std::unique_ptr<DataSource> adding(const std::string &spec,
                                          const DataOptions &options) {
  auto source = openDataSource(spec, options);
  EXPECT_TRUE(source.ok()) << source.message();
  return source.ok() ? std::move(*source) : nullptr;
}

namespace {

struct Arrays {
  std::vector<float> x, target;
  BatchInfo info;

  bool operator==(const Arrays &other) const {
    return x == other.x && target == other.target;
  }
};

} // namespace

template <typename Fill>
static Arrays arrays(const DataSource &source, Fill fill) {
  Arrays result;
  auto batch = static_cast<size_t>(source.batch());
  result.x.assign(static_cast<size_t>(source.time()) * batch * 2, -1.0f);
  result.target.assign(batch, -1.0f);
  void *pointers[] = {result.x.data(), result.target.data()};
  result.info = fill(pointers);
  return result;
}

static Arrays next(DataSource &source) {
  return arrays(source, [&](void *const *p) { return source.next(p); });
}

static Arrays evaluation(const DataSource &source, int64_t index) {
  return arrays(
      source, [&](void *const *p) { return source.fillEvaluation(index, p); });
}

TEST(AddingTask, TwoMarkersOneInEachHalfAndTheirSum) {
  for (int64_t length : {2, 3, 10, 101}) {
    auto source =
        adding("task:adding?length=" + std::to_string(length), options(50));
    ASSERT_TRUE(source);
    EXPECT_EQ(source->time(), length);
    std::set<int64_t> marked;
    for (int i = 0; i < 40; ++i) {
      Arrays batch = next(*source);
      EXPECT_TRUE(batch.info.restart);
      EXPECT_EQ(batch.info.units, 50);
      for (int64_t row = 0; row < 50; ++row) {
        int first = 0, second = 0;
        float sum = 0;
        for (int64_t t = 0; t < length; ++t) {
          float value = batch.x[(t * 50 + row) * 2];
          float marker = batch.x[(t * 50 + row) * 2 + 1];
          EXPECT_TRUE(value >= 0.0f && value < 1.0f);
          ASSERT_TRUE(marker == 0.0f || marker == 1.0f);
          if (marker == 0.0f)
            continue;
          ++(t < length / 2 ? first : second);
          sum += value;
          marked.insert(t);
        }
        EXPECT_EQ(first, 1);
        EXPECT_EQ(second, 1);
        EXPECT_EQ(batch.target[row], sum);
      }
    }
    // 2000 sequences mark every step of these lengths.
    EXPECT_EQ(marked.size(), static_cast<size_t>(length));
  }
}

TEST(AddingTask, BaselineIsTheErrorOfPredictingOne) {
  auto source = adding("task:adding?length=10", options(1000));
  EXPECT_DOUBLE_EQ(*source->baseline(), 1.0 / 6.0);
  double sum = 0;
  for (int i = 0; i < 20; ++i)
    for (float target : next(*source).target)
      sum += (target - 1.0) * (target - 1.0);
  // The error's standard deviation is near 0.2 / sqrt(20000).
  EXPECT_NEAR(sum / 20000, 1.0 / 6.0, 0.006);
}

TEST(AddingTask, SequencesDependOnTheirIndexOnly) {
  auto large = adding("task:adding?length=7", options(6));
  auto small = adding("task:adding?length=7", options(3));
  Arrays six = next(*large);
  for (int64_t part = 0; part < 2; ++part) {
    Arrays three = next(*small);
    for (int64_t row = 0; row < 3; ++row) {
      EXPECT_EQ(three.target[row], six.target[part * 3 + row]);
      for (int64_t i = 0; i < 14; ++i)
        EXPECT_EQ(three.x[((i / 2) * 3 + row) * 2 + i % 2],
                  six.x[((i / 2) * 6 + part * 3 + row) * 2 + i % 2]);
    }
  }
}

TEST(AddingTask, PositionResumesExactly) {
  auto whole = adding("task:adding?length=9", options(4));
  for (int i = 0; i < 5; ++i)
    next(*whole);
  auto saved = whole->savePosition();
  auto resumed = adding("task:adding?length=9", options(4));
  EXPECT_FALSE(next(*resumed) == next(*whole));
  auto second = adding("task:adding?length=9", options(4));
  ASSERT_TRUE(second->restorePosition(saved).ok());
  whole = adding("task:adding?length=9", options(4));
  for (int i = 0; i < 5; ++i)
    next(*whole);
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(next(*second) == next(*whole));
  expectError(
      adding("task:adding?length=9", options(4, 2))->restorePosition(saved),
      "seed 1", "seed 2");
  expectError(
      adding("task:adding?length=8", options(4))->restorePosition(saved),
      "length 9", "length 8");
}

TEST(AddingTask, EvaluationIsFixedAndSeparate) {
  auto one = adding("task:adding?length=9&evaluation=10", options(4, 1));
  auto two = adding("task:adding?length=9&evaluation=10", options(4, 2));
  ASSERT_EQ(one->evaluationBatches(), 3);
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(evaluation(*one, i) == evaluation(*two, i));
    EXPECT_FALSE(evaluation(*one, i) == next(*one));
  }
  EXPECT_FALSE(evaluation(*one, 0) == evaluation(*one, 1));
  auto zero = adding("task:adding?length=9&evaluation=10", options(4, 0));
  EXPECT_FALSE(evaluation(*zero, 0) == next(*zero));
  two = adding("task:adding?length=9", options(4, 2));
  one = adding("task:adding?length=9", options(4, 1));
  EXPECT_FALSE(next(*one) == next(*two));
}

TEST(AddingTask, RefusesOptions) {
  auto refuse = [](const std::string &spec, const char *a, const char *b) {
    expectError(openDataSource("task:adding?" + spec, options(4)), a, b);
  };
  refuse("length=1", "length=1", "from 2");
  refuse("length=", "length=", "whole number");
  refuse("length=ten", "length=ten", "whole number");
  refuse("length=10x", "length=10x", "whole number");
  refuse("length=-5", "length=-5", "whole number");
  refuse("length=1e3", "length=1e3", "whole number");
  refuse("length=99999999999999999999", "length=", "whole number");
  refuse("evaluation=0", "evaluation=0", "from 1");
  refuse("lenght=10", "no option 'lenght'", "length and evaluation");

  DataOptions mismatch = options(4);
  mismatch.time = 50;
  expectError(openDataSource("task:adding?length=100", mismatch), "100 steps",
              "50");
  mismatch.time = 100;
  EXPECT_TRUE(openDataSource("task:adding?length=100", mismatch).ok());
  mismatch.holdOut = 0.1;
  expectError(openDataSource("task:adding?length=100", mismatch), "hold-out");
}
