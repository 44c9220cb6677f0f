//===- PrefetcherTest.cpp - The next batch during a step ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Prefetcher.h"

#include "TestSupport.h"

#include <new>

using namespace gradopt::train;

namespace {

/// Batch i has 1 + i % 3 rows and says so; it ends or fails where it is told
/// to.
class Counting : public DataSource {
public:
  std::string identity() const override { return "counting"; }
  const std::vector<ArrayInfo> &arrays() const override {
    static const std::vector<ArrayInfo> infos = {
        {"index", GRADOPT_I64, {GRADOPT_DIM_BATCH}}};
    return infos;
  }
  int64_t time() const override { return 1; }
  int64_t batch() const override { return 3; }
  Metric metric() const override { return Metric::Loss; }
  std::optional<double> baseline() const override { return std::nullopt; }
  std::string baselineName() const override { return ""; }
  int64_t batchesPerEpoch() const override { return 0; }
  BatchInfo fill(uint64_t index, void *const *pointers) const override {
    if (index == failing)
      throw std::bad_alloc();
    auto rows = static_cast<int64_t>(1 + index % 3);
    for (int64_t row = 0; row < rows; ++row)
      static_cast<int64_t *>(pointers[0])[row] = static_cast<int64_t>(index);
    return {1, rows, true, rows};
  }
  int64_t evaluationBatches() const override { return 0; }
  BatchInfo fillEvaluation(int64_t, void *const *) const override { return {}; }

  uint64_t failing = UINT64_MAX;
};

} // namespace

TEST(Prefetcher, GivesTheBatchesOfTheSource) {
  auto spec = "task:adding?length=7";
  DataOptions options;
  options.batch = 3;
  auto plain = openDataSource(spec, options);
  auto source = openDataSource(spec, options);
  ASSERT_TRUE(plain.ok() && source.ok());
  // It begins where the source stands.
  (*plain)->skip();
  (*source)->skip();
  auto ahead = Prefetcher::create(**source);
  ASSERT_TRUE(ahead.ok());
  for (int i = 0; i < 50; ++i) {
    std::vector<float> x(43, -1), y(43, -1), a(4, -1), b(4, -1);
    void *expected[] = {x.data(), a.data()};
    void *got[] = {y.data(), b.data()};
    BatchInfo want = (*plain)->next(expected);
    EXPECT_EQ((*source)->position() + 1, (*plain)->position());
    auto info = (*ahead)->next(got);
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->units, want.units);
    EXPECT_EQ(info->restart, want.restart);
    EXPECT_EQ(x, y);
    EXPECT_EQ(a, b);
    EXPECT_EQ((*source)->position(), (*plain)->position());
  }
}

TEST(Prefetcher, CopiesNoMoreThanABatchHolds) {
  Counting source;
  auto ahead = Prefetcher::create(source);
  ASSERT_TRUE(ahead.ok());
  for (int64_t i = 0; i < 20; ++i) {
    std::vector<int64_t> rows(3, -1);
    void *pointers[] = {rows.data()};
    auto info = (*ahead)->next(pointers);
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->batch, 1 + i % 3);
    for (int64_t row = 0; row < 3; ++row)
      EXPECT_EQ(rows[static_cast<size_t>(row)], row < info->batch ? i : -1);
  }
}

TEST(Prefetcher, StopsWithoutABatchTaken) {
  Counting source;
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(Prefetcher::create(source).ok());
  EXPECT_EQ(source.position(), 0u);
}

TEST(Prefetcher, ErrorsComeWithTheirBatch) {
  Counting source;
  source.failing = 2;
  auto ahead = Prefetcher::create(source);
  ASSERT_TRUE(ahead.ok());
  std::vector<int64_t> rows(3);
  void *pointers[] = {rows.data()};
  EXPECT_TRUE((*ahead)->next(pointers).ok());
  EXPECT_TRUE((*ahead)->next(pointers).ok());
  expectError((*ahead)->next(pointers), "batch 2 of the data", "bad_alloc");
  expectError((*ahead)->next(pointers), "batch 2 of the data");
  EXPECT_EQ(source.position(), 2u);
}
