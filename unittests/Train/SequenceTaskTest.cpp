//===- SequenceTaskTest.cpp - Tasks of random sequences -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/DataSource.h"

#include "TestSupport.h"

#include <cmath>
#include <set>

using namespace gradopt::train;

static constexpr int64_t T = GRADOPT_DIM_TIME, B = GRADOPT_DIM_BATCH;

static std::unique_ptr<DataSource> task(const std::string &spec,
                                        const DataOptions &options) {
  auto opened = openDataSource("task:" + spec, options);
  EXPECT_TRUE(opened.ok()) << opened.message();
  return opened.ok() ? std::move(*opened) : nullptr;
}

static DataOptions rows(int64_t batch) {
  DataOptions options;
  options.batch = batch;
  return options;
}

namespace {

/// A batch; each array has room that must not be written.
struct Batch {
  BatchInfo info;
  std::vector<std::vector<char>> arrays;

  template <typename E>
  E get(size_t array, int64_t t, int64_t row, int64_t k = 0,
        int64_t size = 1) const {
    return reinterpret_cast<const E *>(
        arrays[array].data())[(t * info.batch + row) * size + k];
  }
};

} // namespace

template <typename Fill>
static Batch batchOf(const DataSource &source, Fill fill) {
  Batch batch;
  std::vector<void *> pointers;
  for (const ArrayInfo &info : source.arrays()) {
    size_t bytes = 4;
    for (int64_t dim : info.dims)
      bytes *= static_cast<size_t>(dim == T   ? source.time()
                                   : dim == B ? source.batch()
                                              : dim);
    batch.arrays.emplace_back(bytes + 1, '\x5a');
  }
  for (std::vector<char> &array : batch.arrays)
    pointers.push_back(array.data());
  batch.info = fill(pointers.data());
  for (const std::vector<char> &array : batch.arrays)
    EXPECT_EQ(array.back(), '\x5a');
  return batch;
}

static Batch training(const DataSource &source, uint64_t index) {
  return batchOf(source, [&](void *const *p) { return source.fill(index, p); });
}

/// "x" is 1 at the number of the token, and 0 elsewhere.
static void expectOneHot(const Batch &batch, int64_t t, int64_t row,
                         int64_t symbols) {
  for (int64_t k = 0; k < symbols; ++k)
    ASSERT_EQ(batch.get<float>(1, t, row, k, symbols),
              k == batch.get<int32_t>(0, t, row) ? 1.0f : 0.0f);
}

TEST(TemporalOrder, ClassIsTheOrderOfTheTwoSymbols) {
  for (int64_t length : {10, 25, 100}) {
    auto source =
        task("temporal-order?length=" + std::to_string(length), rows(40));
    ASSERT_TRUE(source);
    EXPECT_EQ(source->time(), length);
    EXPECT_EQ(source->metric(), Metric::CrossEntropy);
    std::map<int32_t, int> classes;
    std::set<int64_t> places;
    for (uint64_t i = 0; i < 50; ++i) {
      Batch batch = training(*source, i);
      EXPECT_EQ(batch.info.units, 40);
      for (int64_t row = 0; row < 40; ++row) {
        std::string order;
        for (int64_t t = 0; t < length; ++t) {
          auto symbol = batch.get<int32_t>(0, t, row);
          ASSERT_TRUE(symbol >= 0 && symbol < 8);
          expectOneHot(batch, t, row, 8);
          ASSERT_EQ(symbol == 6, t == 0);
          ASSERT_EQ(symbol == 7, t == length - 1);
          if (symbol != 4 && symbol != 5)
            continue;
          bool first = order.empty();
          order += symbol == 4 ? 'X' : 'Y';
          places.insert(t);
          EXPECT_GE(t, first ? length / 10 : length / 2);
          EXPECT_LT(t, first ? length / 5 : 3 * length / 5);
        }
        static const std::string orders[] = {"XX", "XY", "YX", "YY"};
        auto kind = batch.get<int32_t>(2, 0, row);
        ASSERT_TRUE(kind >= 0 && kind < 4);
        EXPECT_EQ(order, orders[kind]);
        ++classes[kind];
      }
    }
    // 2000 sequences: 500 each, deviation 19.
    for (int32_t kind = 0; kind < 4; ++kind)
      EXPECT_NEAR(classes[kind], 500, 5 * 19);
    EXPECT_EQ(static_cast<int64_t>(places.size()),
              length / 5 - length / 10 + 3 * length / 5 - length / 2);
  }
  EXPECT_DOUBLE_EQ(*task("temporal-order", rows(1))->baseline(), std::log(4.0));
  EXPECT_EQ(task("temporal-order", rows(1))->time(), 100);
}

TEST(Copy, RepeatsTheSymbolsAfterTheDelay) {
  for (int64_t length : {21, 22, 120}) {
    auto source = task("copy?length=" + std::to_string(length), rows(30));
    ASSERT_TRUE(source);
    EXPECT_EQ(source->metric(), Metric::SymbolEntropy);
    EXPECT_DOUBLE_EQ(*source->baseline(),
                     10 * std::log(8.0) / static_cast<double>(length));
    std::set<int32_t> seen;
    for (uint64_t i = 0; i < 10; ++i) {
      Batch batch = training(*source, i);
      EXPECT_EQ(batch.info.units, 30 * length);
      for (int64_t row = 0; row < 30; ++row)
        for (int64_t t = 0; t < length; ++t) {
          auto token = batch.get<int32_t>(0, t, row);
          auto target = batch.get<int32_t>(2, t, row);
          expectOneHot(batch, t, row, 10);
          if (t < 10) {
            EXPECT_TRUE(token >= 0 && token < 8);
            seen.insert(token);
          } else {
            EXPECT_EQ(token, t == length - 11 ? 9 : 8);
          }
          EXPECT_EQ(target, t < length - 10
                                ? 8
                                : batch.get<int32_t>(0, t - length + 10, row));
        }
    }
    EXPECT_EQ(seen.size(), 8u);
  }
  EXPECT_EQ(task("copy", rows(1))->time(), 120);
}

TEST(SequenceTask, RangesOfLengthsPadWithZeros) {
  for (const char *spec : {"adding?length=2..9", "temporal-order?length=10..17",
                           "copy?length=21..28"}) {
    auto source = task(spec, rows(3));
    ASSERT_TRUE(source);
    size_t last = source->arrays().size() - 1;
    EXPECT_EQ(source->arrays()[last].name, "lengths");
    std::set<int64_t> lengths, times;
    for (uint64_t i = 0; i < 100; ++i) {
      Batch batch = training(*source, i);
      int64_t longest = 0, sum = 0;
      for (int64_t row = 0; row < 3; ++row) {
        int64_t length = batch.get<int32_t>(last, 0, row);
        lengths.insert(length);
        longest = std::max(longest, length);
        sum += length;
        int64_t size = source->arrays()[0].dims.size() == 3 ? 2 : 1;
        for (int64_t t = length; t < batch.info.time; ++t)
          for (int64_t k = 0; k < size; ++k)
            EXPECT_EQ(batch.get<int32_t>(0, t, row, k, size), 0);
      }
      EXPECT_EQ(batch.info.time, longest);
      EXPECT_EQ(batch.info.units, last == 3 && spec[0] == 'c' ? sum : 3);
      times.insert(batch.info.time);
    }
    EXPECT_EQ(lengths.size(), 8u);
    EXPECT_EQ(*lengths.rbegin(), source->time());
    EXPECT_GT(times.size(), 2u);
    DataOptions fixed = rows(3);
    fixed.fixedTime = true;
    auto full = task(spec, fixed);
    for (uint64_t i = 0; i < 20; ++i)
      EXPECT_EQ(training(*full, i).info.time, full->time());
  }
  EXPECT_DOUBLE_EQ(*task("copy?length=21..29", rows(1))->baseline(),
                   10 * std::log(8.0) / 25);
}

TEST(SequenceTask, ARowDependsOnItsIndexOnly) {
  for (const char *spec : {"adding?length=2..9", "temporal-order?length=10..30",
                           "copy?length=21..30"}) {
    auto large = task(spec, rows(6)), small = task(spec, rows(3));
    size_t last = large->arrays().size() - 1;
    Batch six = training(*large, 0);
    for (int64_t part = 0; part < 2; ++part) {
      Batch three = training(*small, static_cast<uint64_t>(part));
      for (int64_t row = 0; row < 3; ++row) {
        auto length = three.get<int32_t>(last, 0, row);
        EXPECT_EQ(length, six.get<int32_t>(last, 0, part * 3 + row));
        int64_t size = large->arrays()[0].dims.size() == 3 ? 2 : 1;
        for (int64_t t = 0; t < length; ++t)
          for (int64_t k = 0; k < size; ++k)
            EXPECT_EQ(three.get<int32_t>(0, t, row, k, size),
                      six.get<int32_t>(0, t, part * 3 + row, k, size));
      }
    }
  }
}

TEST(SequenceTask, LengthsForAModelThatTakesThem) {
  DataOptions options = rows(2);
  options.wanted = {{"lengths", GRADOPT_I32, {B}}};
  auto source = task("adding?length=5", options);
  ASSERT_EQ(source->arrays().size(), 3u);
  EXPECT_EQ(training(*source, 0).get<int32_t>(2, 0, 1), 5);
  options.wanted = {{"x", GRADOPT_F32, {T, B, 2}}};
  EXPECT_EQ(task("adding?length=5", options)->arrays().size(), 2u);
  expectError(openDataSource("task:adding?length=5..6", options),
              "task 'adding'", "range of lengths", "input \"lengths\"");
}

TEST(SequenceTask, PositionBelongsToItsTask) {
  auto saved = task("copy?length=21..30", rows(2))->savePosition();
  EXPECT_TRUE(task("copy?length=21..30", rows(2))->restorePosition(saved).ok());
  for (const char *other : {"copy?length=21..29", "copy?length=22..30",
                            "copy?length=30", "adding?length=21..30"})
    expectError(task(other, rows(2))->restorePosition(saved), "other data",
                "length 21..30");
  EXPECT_EQ(task("copy", rows(2))->batchesPerEpoch(), 0);
}

TEST(SequenceTask, RefusesOptions) {
  auto refuse = [](const std::string &spec, auto... parts) {
    expectError(openDataSource("task:" + spec, rows(2)), parts...);
  };
  refuse("copy?length=20", "task 'copy': length=20", "from 21");
  refuse("temporal-order?length=9", "task 'temporal-order': length=9",
         "from 10");
  for (const char *bad : {"6..5", "..", "5..", "..5", "5...6", "5-6", "1..5"})
    refuse(std::string("adding?length=") + bad, "length=", "LOW..HIGH");
  DataOptions few = rows(2);
  few.indexLimits = {{"tokens", 8}, {"target", 4}};
  EXPECT_TRUE(openDataSource("task:temporal-order", few).ok());
  expectError(openDataSource("task:copy", few), "from 0 to 9 in \"tokens\"",
              "has 8 entries", "needs 10");
  few.indexLimits["target"] = 3;
  expectError(openDataSource("task:temporal-order", few),
              "from 0 to 3 in \"target\"");
  few.indexLimits = {{"targets", 9}};
  EXPECT_TRUE(openDataSource("task:copy", few).ok());
  few.indexLimits = {{"targets", 8}};
  expectError(openDataSource("task:copy", few), "\"targets\"", "needs 9");
}
