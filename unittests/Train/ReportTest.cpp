//===- ReportTest.cpp - A run as a page ---------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Report.h"

#include "TestSupport.h"
#include "gradopt_train/EventTags.h"

#include <cmath>
#include <nlohmann/json.hpp>

using namespace gradopt::train;
using nlohmann::json;

namespace {

class Report : public testing::Test {
protected:
  std::unique_ptr<EventWriter>
  start(std::optional<int64_t> resumedStep = std::nullopt) {
    auto writer = EventWriter::create(folder.path(), resumedStep);
    EXPECT_TRUE(writer.ok()) << writer.message();
    return std::move(*writer);
  }

  /// The data of the page.
  json read() {
    auto log = readRunLog(folder.path());
    EXPECT_TRUE(log.ok()) << log.message();
    page = renderReport(*log);
    const std::string begin = "<script type=\"application/json\" id=\"data\">";
    size_t from = page.find(begin) + begin.size();
    return json::parse(page.substr(from, page.find("</script>", from) - from));
  }

  TemporaryFolder folder;
  std::string page;
};

} // namespace

TEST_F(Report, HasTheScalarsOfEachStep) {
  auto writer = start();
  ASSERT_TRUE(writer->addScalars(1, {{"loss", 0.3f}, {"x", INFINITY}}).ok());
  ASSERT_TRUE(writer->addScalars(2, {{"loss", NAN}}).ok());
  ASSERT_TRUE(writer->addScalars(2, {{tags::heldOutLoss, 0.5f}}).ok());
  json data = read();
  EXPECT_EQ(data["table"]["steps"], json::parse("[1, 2]"));
  EXPECT_EQ(data["table"]["series"], json::parse(R"({
      "held_out/loss": [null, 0.5], "loss": [0.3, "NaN"],
      "x": ["Infinity", null]})"));
  EXPECT_EQ(data["summary"]["loss"]["lowest"]["step"], 1);
  EXPECT_EQ(data["summary"]["loss"]["nonfinite"], 1);
  EXPECT_EQ(data["summary"]["loss"]["last"]["value"], "NaN");
  // As short as an f32 is.
  EXPECT_THAT(page, testing::HasSubstr("[0.3,\"NaN\"]"));
  EXPECT_TRUE(data["end"].is_null());
  EXPECT_TRUE(data["summary"]["clip"].is_null());
}

TEST_F(Report, RunWithoutAStep) {
  start();
  json data = read();
  EXPECT_TRUE(data["table"]["steps"].empty());
  EXPECT_TRUE(data["summary"]["loss"].is_null());
  EXPECT_TRUE(data["heatmaps"].empty());
}

TEST_F(Report, ResumedRunMakesStepsAgain) {
  auto writer = start();
  for (int64_t step = 1; step <= 3; ++step)
    ASSERT_TRUE(writer->addScalars(step, {{"loss", 1.0f}}).ok());
  ASSERT_TRUE(writer
                  ->add(3, {{{"loss", NAN}, {tags::policyAction, 3}},
                            {},
                            {{tags::policy, {"it is NaN"}, 0},
                             {tags::end, {"stopped"}, 0}}})
                  .ok());
  EXPECT_EQ(read()["end"], "stopped");
  writer = start(3);
  ASSERT_TRUE(writer->addScalars(3, {{"loss", 2.0f}}).ok());
  json data = read();
  EXPECT_EQ(data["table"]["series"]["loss"], json::parse("[1.0, 1.0, 2.0]"));
  EXPECT_TRUE(data["end"].is_null());
  std::vector<std::string> kinds;
  for (const json &entry : data["happened"])
    kinds.push_back(entry["kind"]);
  EXPECT_THAT(kinds, testing::ElementsAre("stopped", "ended", "resumed"));
  EXPECT_EQ(data["happened"][0]["text"], "it is NaN");
  EXPECT_EQ(data["files"].size(), 2u);
}

TEST_F(Report, TextCannotLeaveItsPlace) {
  auto writer = start();
  const std::string text = "</script><!-- <b> \" \xff";
  ASSERT_TRUE(writer->add(1, {{}, {}, {{tags::policy, {text}, 0}}}).ok());
  EXPECT_EQ(read()["happened"][0]["text"], "</script><!-- <b> \" \xef\xbf\xbd");
}

TEST_F(Report, LongRunKeepsItsExtremes) {
  auto writer = start();
  constexpr int64_t kSteps = 40000;
  for (int64_t step = 1; step <= kSteps; ++step) {
    auto value = [&](int64_t high, int64_t low) {
      return step == high  ? 1e9f
             : step == low ? -1e9f
                           : std::sin(static_cast<float>(step));
    };
    Summary summary;
    for (int64_t i = 0; i < 6; ++i)
      summary.scalars.push_back(
          {"x" + std::to_string(i), value(12345 + i, 23456 + i)});
    if (step == 31000)
      summary.scalars[0].second = NAN;
    ASSERT_TRUE(writer->add(step, summary).ok());
  }
  json data = read();
  EXPECT_LT(page.size(), 5u << 20);
  EXPECT_EQ(data["table"]["total"], kSteps);
  std::vector<int64_t> steps = data["table"]["steps"];
  EXPECT_LT(steps.size(), 25001u);
  EXPECT_GT(steps.size(), 5000u);
  EXPECT_THAT(steps,
              testing::AllOf(testing::Contains(1), testing::Contains(kSteps),
                             testing::Contains(31000)));
  for (int64_t i = 0; i < 6; ++i)
    EXPECT_THAT(steps, testing::AllOf(testing::Contains(12345 + i),
                                      testing::Contains(23456 + i)));
}

TEST_F(Report, ManyProfilesKeepTheLargestNorms) {
  auto writer = start();
  constexpr int64_t kProfiles = 3000, kTime = 200;
  for (int64_t step = 1; step <= kProfiles; ++step) {
    Histogram histogram{"through_time/rnn/h/gradient_norm", {}};
    for (int64_t t = 0; t < kTime; ++t)
      histogram.bars.push_back(
          {double(t), double(t + 1), step == 1234 && t == 77 ? 1e30 : 1.0});
    ASSERT_TRUE(writer->add(step, {{}, {histogram}, {}}).ok());
  }
  json map = read()["heatmaps"][0];
  EXPECT_LT(page.size(), 5u << 20);
  EXPECT_EQ(map["profiles"], kProfiles);
  EXPECT_EQ(map["columns"], kTime);
  EXPECT_EQ(map["width"], 1);
  // Three steps in a row: f64 in base 64, the large one alone among ones.
  EXPECT_EQ(map["rows"].size(), 1000u);
  EXPECT_EQ(map["rows"][411], json::parse("[1234, 1236]"));
  std::string norms = map["norms"];
  EXPECT_EQ(norms.size(), (1000 * kTime * 8 + 2) / 3 * 4u);
  size_t at = (411 * kTime + 77) * 8 / 3 * 4;
  EXPECT_NE(norms.substr(at, 12), norms.substr(at + 400, 12));
}

TEST_F(Report, WhatCannotBeReadIsNoted) {
  auto writer = start();
  ASSERT_TRUE(writer->addScalars(1, {{"loss", 1.0f}}).ok());
  ASSERT_TRUE(writer->addScalars(2, {{"loss", 2.0f}}).ok());
  std::string bytes = contents(writer->path());
  put(writer->path(), bytes.substr(0, bytes.size() - 3));
  json data = read();
  EXPECT_EQ(data["table"]["steps"], json::parse("[1]"));
  ASSERT_EQ(data["notes"].size(), 1u);
  EXPECT_THAT(std::string(data["notes"][0]),
              testing::HasSubstr("ends within a record"));
}

TEST_F(Report, ShowsReportsOfFailures) {
  start();
  std::filesystem::create_directory(folder.file("failure-7"));
  std::filesystem::create_directory(folder.file("failure-8"));
  put(folder.file("failure-7") + "/report.txt", "model.mlir:3:4: here");
  json data = read();
  ASSERT_EQ(data["failures"].size(), 1u);
  EXPECT_EQ(data["failures"][0]["name"], "failure-7");
  EXPECT_EQ(data["failures"][0]["text"], "model.mlir:3:4: here");
}

TEST_F(Report, RefusesWhatIsNoRun) {
  expectError(readRunLog(folder.file("none")), "there is no such folder");
  put(folder.file("f"), "");
  expectError(readRunLog(folder.file("f")), "it is a file");
  expectError(readRunLog(folder.path()), "holds no event files", "--out");
  put(folder.file("events.out.tfevents.1.x"), "This is a text, no event.");
  expectError(readRunLog(folder.path()), "damaged", "wrong checksum");
}
