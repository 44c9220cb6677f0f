//===- DataSourceTest.cpp - Source specifications and positions -----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/DataSource.h"

#include "TestSupport.h"

#include <cmath>

using namespace gradopt::train;

TEST(DataSource, ParsesSpecifications) {
  auto text = parseSourceSpec("text:a folder/b&e:f=%41.txt");
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(text->kind, "text");
  EXPECT_EQ(text->name, "a folder/b&e:f=%41.txt");
  EXPECT_TRUE(text->options.empty());

  // Options begin at the last question mark.
  auto marked = parseSourceSpec("text:what?.txt?");
  ASSERT_TRUE(marked.ok());
  EXPECT_EQ(marked->name, "what?.txt");
  EXPECT_TRUE(marked->options.empty());
  auto both = parseSourceSpec("csv:what?.csv?inputs=a,b&target=c=d");
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both->name, "what?.csv");
  ASSERT_EQ(both->options.size(), 2u);
  EXPECT_EQ(both->options[1].second, "c=d");

  auto task = parseSourceSpec("task:adding?length=5&evaluation=6");
  ASSERT_TRUE(task.ok());
  EXPECT_EQ(task->name, "adding");
  ASSERT_EQ(task->options.size(), 2u);
  EXPECT_EQ(task->options[1].first, "evaluation");
  EXPECT_EQ(task->options[1].second, "6");
  EXPECT_TRUE(parseSourceSpec("task:adding").ok());
}

TEST(DataSource, RefusesSpecifications) {
  for (const char *spec : {"", "text", "input.txt", "cvs:x", "Text:x", ":x"})
    expectError(parseSourceSpec(spec), "unknown data source",
                "text:FILE, csv:FILE?inputs=A,B&target=C, npz:FILE or "
                "task:adding");
  for (const char *kind : {"text", "csv", "npz"}) {
    expectError(parseSourceSpec(std::string(kind) + ":"), "no file name",
                "write " + std::string(kind) + ":FILE");
    expectError(parseSourceSpec(std::string(kind) + ":?a=b"), "no file name");
  }
  expectError(parseSourceSpec("task:?length=3"), "no name of a task");
  expectError(parseSourceSpec("text:what?.txt"), "'.txt' is not of the form",
              "followed by another '?'");
  for (const char *spec : {"task:adding?", "task:adding?length",
                           "task:adding?=3", "task:adding?length=3&"})
    expectError(parseSourceSpec(spec), "OPTION=VALUE");
  expectError(parseSourceSpec("task:adding?length=3&length=4"), "twice");
}

TEST(DataSource, RefusesWhatNoSourceTakes) {
  DataOptions options;
  expectError(openDataSource("task:copying", options), "unknown task",
              "adding, temporal-order and copy");
  TemporaryFolder folder;
  put(folder.file("x"), "some text");
  expectError(openDataSource("text:" + folder.file("x"), options), "window");
  options.batch = 0;
  expectError(openDataSource("task:adding", options), "batch size is 0");
  options.batch = int64_t(1) << 40;
  expectError(openDataSource("task:adding", options), "too large");
}

TEST(DataSource, RefusesDamagedPositions) {
  DataOptions options;
  auto source = openDataSource("task:adding", options);
  ASSERT_TRUE(source.ok());
  expectError((*source)->restorePosition({}), dataPositionKey);
  auto saved = (*source)->savePosition();
  for (const char *bad : {"", "-1", "1.5", "x", "99999999999999999999999"}) {
    saved[dataPositionKey] = bad;
    expectError((*source)->restorePosition(saved), "not a whole number");
  }
}

TEST(DataSource, MetricOfALoss) {
  EXPECT_DOUBLE_EQ(metricValue(Metric::BitsPerCharacter, std::log(8.0)), 3.0);
  EXPECT_DOUBLE_EQ(metricValue(Metric::MeanSquaredError, 0.25), 0.25);
  EXPECT_DOUBLE_EQ(metricValue(Metric::Loss, -3.5), -3.5);
  EXPECT_STREQ(metricName(Metric::BitsPerCharacter), "bits/char");
  EXPECT_STREQ(metricName(Metric::Loss), "loss");
  EXPECT_STREQ(metricName(Metric::SymbolEntropy), "nats");
  EXPECT_STREQ(unitName(Metric::Loss), "row");
  EXPECT_STREQ(unitName(Metric::SymbolEntropy), "symbol");
  EXPECT_STREQ(unitName(Metric::MeanSquaredError), "sequence");
}
