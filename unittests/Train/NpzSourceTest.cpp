//===- NpzSourceTest.cpp - Batches of the arrays of an archive ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/DataSource.h"
#include "gradopt_train/Npz.h"

#include "TestSupport.h"

#include <cmath>
#include <limits>
#include <set>

using namespace gradopt::train;

static constexpr int64_t T = GRADOPT_DIM_TIME, B = GRADOPT_DIM_BATCH;

namespace {

/// A file of arrays that a test fills.
class NpzSource : public testing::Test {
protected:
  template <typename E>
  void add(const std::string &name, gradopt_element_type type,
           std::vector<int64_t> dims, std::vector<E> values) {
    auto bytes = reinterpret_cast<const char *>(values.data());
    data[name].assign(bytes, values.size() * sizeof(E));
    arrays.push_back({name, type, std::move(dims), data[name].data()});
  }
  void addX(std::vector<float> values, std::vector<int64_t> dims) {
    add("x", GRADOPT_F32, std::move(dims), std::move(values));
  }
  void addLengths(std::vector<int32_t> values) {
    auto rows = static_cast<int64_t>(values.size());
    add("lengths", GRADOPT_I32, {rows}, std::move(values));
  }

  Expected<std::unique_ptr<DataSource>> open() {
    std::string path = folder.file("f.npz");
    EXPECT_TRUE(writeNpz(path, arrays).ok());
    return openDataSource("npz:" + path, options);
  }
  std::unique_ptr<DataSource> source() {
    auto opened = open();
    EXPECT_TRUE(opened.ok()) << opened.message();
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  template <typename... Parts>
  void refuse(const Parts &...parts) {
    expectError(open(), "f.npz'", parts...);
  }

  /// Six rows of two steps; element [n, t] is 10 n + t.
  void sixRows() {
    std::vector<float> values;
    for (int n = 0; n < 6; ++n)
      for (int t = 0; t < 2; ++t)
        values.push_back(static_cast<float>(10 * n + t));
    addX(values, {6, 2, 1});
    options.wanted = {{"x", GRADOPT_F32, {T, B, 1}}};
    options.batch = 4;
  }

  TemporaryFolder folder;
  DataOptions options;
  std::vector<TensorView> arrays;
  std::map<std::string, std::string> data;
};

/// The first array of a batch, of type E, and what came with it.
template <typename E>
struct Batch {
  std::vector<E> values;
  BatchInfo info;
};

} // namespace

template <typename E, typename Fill>
static Batch<E> batchOf(const DataSource &source, size_t array, Fill fill) {
  std::vector<std::vector<int64_t>> rooms;
  std::vector<void *> pointers;
  for (size_t i = 0; i < source.arrays().size(); ++i) {
    rooms.emplace_back(1000, -1);
    pointers.push_back(rooms.back().data());
  }
  Batch<E> result;
  result.info = fill(pointers.data());
  size_t count = 1;
  for (int64_t dim : source.arrays()[array].dims)
    count *= static_cast<size_t>(dim == T   ? result.info.time
                                 : dim == B ? result.info.batch
                                            : dim);
  auto first = static_cast<const E *>(pointers[array]);
  result.values.assign(first, first + count);
  return result;
}

template <typename E = float>
static Batch<E> training(const DataSource &source, uint64_t index,
                         size_t array = 0) {
  return batchOf<E>(source, array,
                    [&](void *const *p) { return source.fill(index, p); });
}

template <typename E = float>
static Batch<E> evaluation(const DataSource &source, int64_t index,
                           size_t array = 0) {
  return batchOf<E>(source, array, [&](void *const *p) {
    return source.fillEvaluation(index, p);
  });
}

using Floats = std::vector<float>;

TEST_F(NpzSource, TransposesRowsAndTime) {
  // N x T x 2 and N x 3 and no rows at all.
  addX({0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23}, {3, 2, 2});
  add<int32_t>("y", GRADOPT_I32, {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  add<double>("scale", GRADOPT_F64, {2}, {0.5, 0.25});
  add<float>("other", GRADOPT_F32, {1}, {1});
  options.wanted = {{"x", GRADOPT_F32, {T, B, 2}},
                    {"y", GRADOPT_I32, {B, 3}},
                    {"scale", GRADOPT_F64, {2}}};
  options.wholeData = true;
  options.batch = 2;
  auto all = source();
  ASSERT_TRUE(all);
  EXPECT_EQ(all->time(), 2);
  EXPECT_EQ(all->batch(), 2);
  EXPECT_EQ(all->metric(), Metric::Loss);
  EXPECT_FALSE(all->baseline());
  ASSERT_EQ(all->evaluationBatches(), 2);
  EXPECT_EQ(evaluation(*all, 0).values, (Floats{0, 1, 10, 11, 2, 3, 12, 13}));
  EXPECT_EQ(evaluation<int32_t>(*all, 0, 1).values,
            (std::vector<int32_t>{1, 2, 3, 4, 5, 6}));
  // The last batch has one row.
  auto last = evaluation(*all, 1);
  EXPECT_EQ(last.values, (Floats{20, 21, 22, 23}));
  EXPECT_EQ(last.info.batch, 1);
  EXPECT_EQ(last.info.units, 1);
  EXPECT_TRUE(last.info.restart);
  EXPECT_EQ(evaluation<int32_t>(*all, 1, 1).values,
            (std::vector<int32_t>{7, 8, 9}));
  EXPECT_EQ(evaluation<double>(*all, 1, 2).values,
            (std::vector<double>{0.5, 0.25}));
}

TEST_F(NpzSource, TakesInputsInAnyOrderOfDimensions) {
  // The model has batch before time and a size in front of both.
  addX({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {2, 3, 2});
  options.wanted = {{"x", GRADOPT_F32, {2, B, T}}};
  options.wholeData = true;
  auto all = source();
  ASSERT_TRUE(all);
  EXPECT_EQ(evaluation(*all, 0).values,
            (Floats{0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}));
}

TEST_F(NpzSource, EachEpochTakesEachRowOnceInAnOrderOfItsOwn) {
  sixRows();
  auto rows = source();
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->batchesPerEpoch(), 2);
  EXPECT_EQ(rows->evaluationBatches(), 0);
  std::set<Floats> orders;
  for (uint64_t epoch = 0; epoch < 20; ++epoch) {
    Floats order;
    for (uint64_t i = 0; i < 2; ++i) {
      auto batch = training(*rows, 2 * epoch + i);
      EXPECT_EQ(batch.info.batch, i == 0 ? 4 : 2);
      EXPECT_EQ(batch.info.units, batch.info.batch);
      for (int64_t row = 0; row < batch.info.batch; ++row) {
        float first = batch.values[static_cast<size_t>(row)];
        order.push_back(first);
        EXPECT_EQ(batch.values[static_cast<size_t>(batch.info.batch + row)],
                  first + 1);
      }
    }
    EXPECT_THAT(order, testing::UnorderedElementsAre(0, 10, 20, 30, 40, 50));
    orders.insert(order);
  }
  // 20 of 720 orders: that 16 are alike has no chance.
  EXPECT_GT(orders.size(), 15u);
}

TEST_F(NpzSource, ShufflesEvenly) {
  sixRows();
  options.batch = 1;
  auto rows = source();
  ASSERT_TRUE(rows);
  // How often each row comes first in 6000 epochs: 1000 each, deviation 29.
  std::map<float, int> first;
  for (uint64_t epoch = 0; epoch < 6000; ++epoch)
    ++first[training(*rows, 6 * epoch).values[0]];
  for (const auto &[row, count] : first)
    EXPECT_NEAR(count, 1000, 5 * 29) << row;
}

TEST_F(NpzSource, PositionResumesExactly) {
  sixRows();
  auto whole = source(), resumed = source();
  ASSERT_TRUE(whole && resumed);
  std::vector<Floats> batches;
  for (uint64_t i = 0; i < 9; ++i)
    batches.push_back(training(*whole, i).values);
  for (int i = 0; i < 3; ++i)
    whole->skip();
  ASSERT_TRUE(resumed->restorePosition(whole->savePosition()).ok());
  EXPECT_EQ(resumed->position(), 3u);
  // In any order, since the permutation of one epoch is kept.
  for (uint64_t i : {8, 3, 0, 5, 1, 7})
    EXPECT_EQ(training(*resumed, i).values, batches[i]);
  auto saved = whole->savePosition();
  options.seed = 7;
  auto other = source();
  EXPECT_NE(training(*other, 0).values, batches[0]);
  expectError(other->restorePosition(saved), "seed 0", "seed 7");
  options.seed = 0;
  options.batch = 3;
  expectError(source()->restorePosition(saved), "batch 4", "batch 3");
  options.batch = 4;
  options.holdOut = 0.5;
  expectError(source()->restorePosition(saved), "6 for training",
              "3 for training");
  options.holdOut = 0;
  arrays[0].name = "z";
  arrays.push_back({"x", GRADOPT_F32, {6, 2, 1}, data["x"].data()});
  expectError(source()->restorePosition(saved), "CRC32C");
}

TEST_F(NpzSource, HoldOutIsTheLastRows) {
  sixRows();
  options.holdOut = 0.4;
  auto rows = source();
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->batchesPerEpoch(), 1);
  EXPECT_EQ(rows->evaluationBatches(), 1);
  EXPECT_EQ(evaluation(*rows, 0).values, (Floats{40, 50, 41, 51}));
  for (uint64_t i = 0; i < 10; ++i)
    for (float value : training(*rows, i).values)
      EXPECT_LT(value, 40);
  options.holdOut = 0.1;
  refuse("held-out part", "has 0 rows", "larger hold-out");
}

TEST_F(NpzSource, StaticBatchesAreWhole) {
  sixRows();
  options.fixedBatch = true;
  auto rows = source();
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->batchesPerEpoch(), 1);
  // The rows that are left out change.
  std::set<float> seen;
  for (uint64_t i = 0; i < 20; ++i) {
    auto batch = training(*rows, i);
    EXPECT_EQ(batch.info.batch, 4);
    seen.insert(batch.values.begin(), batch.values.end());
  }
  EXPECT_EQ(seen.size(), 12u);
  options.batch = 7;
  refuse("training part", "has 6 rows", "static size 7");
  options.batch = 4;
  options.holdOut = 0.3;
  refuse("held-out part", "has 1 rows", "static size 4");
  options.holdOut = 0;
  options.wholeData = true;
  refuse("has 6 rows", "not a multiple", "static batch size 4");
  options.batch = 3;
  EXPECT_TRUE(open().ok());
}

TEST_F(NpzSource, LengthsBoundTheBatch) {
  float nan = std::nanf("");
  addX({1, 2, 3, 4, nan, -INFINITY, 5, 6, nan, 7, nan, nan}, {4, 3});
  add<int64_t>("tokens", GRADOPT_I64, {4, 3},
               {1, 2, 3, 4, -100, 9999999999, 0, 4, 5, 1, -1, 5});
  addLengths({3, 1, 2, 1});
  options.wanted = {{"x", GRADOPT_F32, {T, B}},
                    {"tokens", GRADOPT_I32, {T, B}},
                    {"lengths", GRADOPT_I32, {B}}};
  options.indexLimits = {{"tokens", 5}};
  options.wholeData = true;
  options.batch = 2;
  auto all = source();
  ASSERT_TRUE(all);
  EXPECT_EQ(all->time(), 3);
  auto first = evaluation(*all, 0);
  EXPECT_EQ(first.info.time, 3);
  // Padding is handed on as it is.
  EXPECT_TRUE(std::isnan(first.values[3]));
  auto last = evaluation(*all, 1);
  EXPECT_EQ(last.info.time, 2);
  EXPECT_EQ(last.values[0], 5);
  EXPECT_EQ(last.values[2], 6);
  EXPECT_EQ(evaluation<int32_t>(*all, 1, 2).values,
            (std::vector<int32_t>{2, 1}));
  EXPECT_EQ(evaluation<int32_t>(*all, 0, 1).values,
            (std::vector<int32_t>{1, 4, 2, -100, 3, 0}));
  options.fixedTime = true;
  EXPECT_EQ(evaluation(*source(), 1).info.time, 3);
}

TEST_F(NpzSource, RefusesLengths) {
  addX({1, 2, 3, 4, 5, 6}, {2, 3});
  options.wanted = {{"x", GRADOPT_F32, {T, B}}, {"lengths", GRADOPT_I32, {B}}};
  addLengths({});
  auto with = [&](auto type, std::vector<int64_t> dims, auto values) {
    arrays.pop_back();
    add("lengths", type, std::move(dims), std::move(values));
  };
  using Ints = std::vector<int64_t>;
  refuse("array 'lengths' has 0 rows, but 'x' has 2");
  with(GRADOPT_I64, {3}, Ints{1, 2, 3});
  refuse("'lengths' has 3 rows, but 'x' has 2");
  with(GRADOPT_I64, {2}, Ints{3, 0});
  refuse("lengths[1] is 0", "from 1 to the 3 time steps");
  with(GRADOPT_I64, {2}, Ints{-1, 3});
  refuse("lengths[0] is -1", "from 1 to the 3");
  with(GRADOPT_I64, {2}, Ints{3, 4});
  refuse("lengths[1] is 4", "from 1 to the 3");
  with(GRADOPT_F64, {2}, std::vector<double>{3, 2.5});
  refuse("lengths[1] is 2.5", "whole number");
  with(GRADOPT_F64, {2}, std::vector<double>{3, std::nan("")});
  refuse("lengths[1] is nan", "whole number");
  with(GRADOPT_F64, {2}, std::vector<double>{3, 2});
  EXPECT_TRUE(open().ok());
  // A model without lengths would take padding for data.
  options.wanted.pop_back();
  refuse("'lengths'", "no input \"lengths\"");
  with(GRADOPT_I64, {2}, Ints{3, 3});
  EXPECT_TRUE(open().ok());
  with(GRADOPT_I64, {2, 1}, Ints{3, 3});
  refuse("'lengths' is 2 x 1", "one number for each of the 2 rows");
}

TEST_F(NpzSource, ConvertsWhatIsExact) {
  options.wholeData = true;
  auto converts = [&](auto type, auto values, gradopt_element_type wanted) {
    arrays.clear();
    auto rows = static_cast<int64_t>(values.size());
    add("x", type, {rows}, values);
    options.wanted = {{"x", wanted, {B}}};
    auto opened = open();
    return opened.ok() ? "" : opened.message();
  };
  auto none = [](const char *text) { return testing::HasSubstr(text); };
  using Doubles = std::vector<double>;
  using Longs = std::vector<int64_t>;
  EXPECT_EQ(converts(GRADOPT_F64, Doubles{0.5, -3, 16777216}, GRADOPT_F32), "");
  EXPECT_THAT(converts(GRADOPT_F64, Doubles{0.5, 0.1}, GRADOPT_F32),
              none("x[1] is 0.1 of float64, which the model's float32 does not "
                   "hold exactly"));
  EXPECT_THAT(converts(GRADOPT_F64, Doubles{1e300}, GRADOPT_F32),
              none("x[0] is 1e+300"));
  EXPECT_EQ(converts(GRADOPT_F32, Floats{0.1f}, GRADOPT_F64), "");
  EXPECT_EQ(converts(GRADOPT_F64, Doubles{3, -2147483648.0}, GRADOPT_I32), "");
  EXPECT_THAT(converts(GRADOPT_F64, Doubles{2147483648.0}, GRADOPT_I32),
              none("model's int32"));
  EXPECT_THAT(converts(GRADOPT_F32, Floats{1.5f}, GRADOPT_I64),
              none("x[0] is 1.5 of float32"));
  EXPECT_THAT(converts(GRADOPT_F64, Doubles{0x1p63}, GRADOPT_I64),
              none("int64"));
  EXPECT_EQ(converts(GRADOPT_F64, Doubles{-0x1p63}, GRADOPT_I64), "");
  EXPECT_EQ(converts(GRADOPT_I64, Longs{INT32_MAX, INT32_MIN}, GRADOPT_I32),
            "");
  EXPECT_THAT(converts(GRADOPT_I64, Longs{int64_t(1) << 31}, GRADOPT_I32),
              none("x[0] is 2147483648 of int64"));
  EXPECT_EQ(converts(GRADOPT_I64, Longs{1 << 24}, GRADOPT_F32), "");
  EXPECT_THAT(converts(GRADOPT_I64, Longs{(1 << 24) + 1}, GRADOPT_F32),
              none("float32"));
  EXPECT_THAT(converts(GRADOPT_I64, Longs{INT64_MAX}, GRADOPT_F64),
              none("float64"));
  EXPECT_EQ(converts(GRADOPT_I64, Longs{INT64_MIN}, GRADOPT_F64), "");
  EXPECT_EQ(converts(GRADOPT_I1, std::vector<uint8_t>{1, 0}, GRADOPT_F32), "");
  EXPECT_EQ(converts(GRADOPT_I1, std::vector<uint8_t>{1, 0}, GRADOPT_I1), "");
  EXPECT_EQ(converts(GRADOPT_I64, Longs{1, 0}, GRADOPT_I1), "");
  EXPECT_THAT(converts(GRADOPT_I64, Longs{2}, GRADOPT_I1), none("bool"));
}

TEST_F(NpzSource, RefusesValues) {
  addX({1, 2, 3, std::nanf("")}, {2, 2, 1});
  options.wanted = {{"x", GRADOPT_F32, {T, B, 1}}};
  refuse("x[1, 1, 0] is nan", "only padding");
  arrays.clear();
  addX({1, 2, -INFINITY, 4}, {2, 2, 1});
  refuse("x[1, 0, 0] is -inf", "only padding");
  arrays.clear();
  options.indexLimits = {{"tokens", 128}};
  add<int32_t>("tokens", GRADOPT_I32, {2, 2}, {0, 127, 1, 500});
  options.wanted = {{"tokens", GRADOPT_I32, {T, B}}};
  refuse("tokens[1, 1] is 500, but the model has 128 entries");
  options.indexLimits = {{"tokens", 501}};
  EXPECT_TRUE(open().ok());
  arrays.clear();
  add<int32_t>("tokens", GRADOPT_I32, {2, 2}, {0, 127, -1, 500});
  refuse("tokens[1, 0] is -1, but the model has 501 entries", "from 0 to 500");
}

TEST_F(NpzSource, RefusesShapesAndNames) {
  addX({1, 2, 3, 4, 5, 6}, {3, 2});
  options.wanted = {{"x", GRADOPT_F32, {T, B, 2}}};
  refuse("array 'x' is 3 x 2, but the model's input needs N x T x 2",
         "with N rows and T time steps");
  options.wanted = {{"x", GRADOPT_F32, {B, 3}}};
  refuse("needs N x 3, with N rows");
  options.wanted = {{"tokens", GRADOPT_I32, {T, B}}};
  refuse("has no array 'tokens'", "it holds 'x'");
  options.wanted = {};
  refuse("the model has no inputs");
  options.wanted = {{"x", GRADOPT_F32, {3, 2}}};
  refuse("batch dimension");
  options.wanted = {{"x", GRADOPT_F32, {T, B}}};
  options.time = 3;
  refuse("sequences of 2 steps", "asks for 3");
  options.time = 2;
  EXPECT_TRUE(open().ok());
  options.time = 0;
  add<float>("y", GRADOPT_F32, {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  options.wanted.push_back({"y", GRADOPT_F32, {T, B}});
  refuse("array 'y' has 3 time steps, but 'x' has 2");
  options.wanted[1].dims = {3, 3};
  EXPECT_TRUE(open().ok());
  put(folder.file("none.npz"), "PK\x05\x06" + std::string(18, '\0'));
  expectError(openDataSource("npz:" + folder.file("none.npz"), options),
              "has no array 'x'", "it holds no array");
  arrays.clear();
  addX({}, {0, 2});
  refuse("array 'x' has no rows");
  arrays.clear();
  addX({}, {2, 0});
  refuse("array 'x' has no time steps");
  expectError(openDataSource("npz:" + folder.file("f.npz") + "?a=b", options),
              "has no option 'a'", "it has none");
  expectError(openDataSource("npz:" + folder.file("missing"), options),
              "cannot read npz", "no such file");
  options.batch = 0;
  expectError(open(), "batch size is 0");
}

TEST_F(NpzSource, RowsWithoutTime) {
  addX({1, 2, 3}, {3, 1});
  options.wanted = {{"x", GRADOPT_F32, {B, 1}}};
  options.wholeData = true;
  auto all = source();
  ASSERT_TRUE(all);
  EXPECT_EQ(all->time(), 1);
  EXPECT_EQ(evaluation(*all, 0).values, (Floats{1, 2, 3}));
  EXPECT_EQ(evaluation(*all, 0).info.time, 1);
}
