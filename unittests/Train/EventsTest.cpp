//===- EventsTest.cpp - TensorBoard event files ---------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Events.h"

#include "TestSupport.h"
#include "gradopt_train/Checksum.h"

#include <cmath>
#include <ctime>
#include <limits>

using namespace gradopt::train;

namespace {

/// An event file with three events of scalars.
class EventsFile : public testing::Test {
protected:
  void SetUp() override {
    auto writer = EventWriter::create(folder.path());
    ASSERT_TRUE(writer.ok()) << writer.message();
    path = (*writer)->path();
    for (int64_t step = 1; step <= 3; ++step) {
      ends.push_back(std::filesystem::file_size(path));
      auto value = static_cast<float>(step);
      ASSERT_TRUE((*writer)
                      ->addScalars(step, {{"loss", value}, {"norm", -value}})
                      .ok());
    }
  }

  TemporaryFolder folder;
  std::string path;
  std::vector<uintmax_t> ends; ///< where records end, all but the last
};

} // namespace

TEST_F(EventsFile, ReadsBack) {
  auto file = parseEventFile(path);
  ASSERT_TRUE(file.ok()) << file.message();
  EXPECT_EQ(file->truncation, "");
  ASSERT_EQ(file->events.size(), 4u);
  EXPECT_EQ(file->events[0].fileVersion, "brain.Event:2");
  for (int64_t step = 1; step <= 3; ++step) {
    const Event &event = file->events[step];
    EXPECT_EQ(event.step, step);
    EXPECT_NEAR(event.wallTime, static_cast<double>(std::time(nullptr)), 60);
    EXPECT_FALSE(event.sessionStart);
    ASSERT_EQ(event.scalars.size(), 2u);
    EXPECT_EQ(event.scalars[0], Scalar("loss", static_cast<float>(step)));
    EXPECT_EQ(event.scalars[1], Scalar("norm", static_cast<float>(-step)));
  }
}

TEST_F(EventsFile, NameIsWhatTensorBoardLooksFor) {
  EXPECT_THAT(folder.names(),
              testing::ElementsAre(testing::MatchesRegex(
                  "events\\.out\\.tfevents\\.[0-9]+\\.gradopt")));
}

TEST_F(EventsFile, BytesAreThoseOfTensorFlow) {
  std::string bytes = contents(path);
  // The first record of every TensorFlow event file: 24 bytes, their masked
  // checksum, wall_time (field 1), file_version (field 3).
  EXPECT_EQ(bytes.substr(0, 13),
            std::string("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22\x09", 13));
  EXPECT_EQ(bytes.substr(21, 15), "\x1a\x0d"
                                  "brain.Event:2");
  // step (field 2) = 1; summary (field 5) of two values (field 1), each a tag
  // (field 1) and a simple_value (field 2).
  EXPECT_EQ(bytes.substr(ends[0] + 12 + 9, 30),
            std::string("\x10\x01\x2a\x1a"
                        "\x0a\x0b\x0a\x04loss\x15\x00\x00\x80\x3f"
                        "\x0a\x0b\x0a\x04norm\x15\x00\x00\x80\xbf",
                        30));
}

TEST_F(EventsFile, EveryEventIsThereAtOnce) {
  auto writer = EventWriter::create(folder.path());
  ASSERT_TRUE(writer.ok());
  for (int64_t step = 0; step < 5; ++step) {
    ASSERT_TRUE((*writer)->addScalars(step, {{"loss", 1.0f}}).ok());
    auto file = parseEventFile((*writer)->path());
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(file->events.size(), static_cast<size_t>(step) + 2);
  }
}

TEST_F(EventsFile, TruncatedReadsUpToTheLastRecord) {
  std::string bytes = contents(path), cut = folder.file("cut");
  ends.insert(ends.begin(), 0);
  ends.push_back(bytes.size());
  for (size_t size = 0; size <= bytes.size(); ++size) {
    SCOPED_TRACE(size);
    put(cut, bytes.substr(0, size));
    auto file = parseEventFile(cut);
    ASSERT_TRUE(file.ok()) << file.message();
    size_t whole = 0;
    while (whole + 1 < ends.size() && ends[whole + 1] <= size)
      ++whole;
    EXPECT_EQ(file->events.size(), whole);
    size_t rest = size - ends[whole];
    if (rest == 0)
      EXPECT_EQ(file->truncation, "");
    else
      EXPECT_THAT(
          file->truncation,
          testing::HasSubstr("its last " + std::to_string(rest) + " bytes"));
  }
}

TEST_F(EventsFile, AnyFlippedBitIsFound) {
  const std::string bytes = contents(path);
  std::string bad = folder.file("bad");
  for (size_t i = 0; i < bytes.size(); ++i) {
    SCOPED_TRACE(i);
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
    put(bad, changed);
    expectError(parseEventFile(bad), bad, "wrong checksum", "at byte");
  }
}

TEST_F(EventsFile, RefusesOtherFiles) {
  expectError(parseEventFile(folder.file("none")), "no such file");
  put(folder.file("f"), "This is a text and no event file.");
  expectError(parseEventFile(folder.file("f")), "damaged", "wrong checksum");
  // A sound record that is not the first of an event file.
  put(folder.file("f"), contents(path).substr(ends[0]));
  expectError(parseEventFile(folder.file("f")), "not an event file");
}

TEST_F(EventsFile, ResumedRunWritesANewFile) {
  std::string before = contents(path);
  auto writer = EventWriter::create(folder.path(), 2);
  ASSERT_TRUE(writer.ok());
  EXPECT_NE((*writer)->path(), path);
  // By name, which is how TensorBoard orders them, it comes later.
  EXPECT_GT((*writer)->path(), path);
  ASSERT_TRUE((*writer)->addScalars(2, {{"loss", 20.0f}}).ok());
  EXPECT_EQ(contents(path), before);
  auto file = parseEventFile((*writer)->path());
  ASSERT_TRUE(file.ok());
  ASSERT_EQ(file->events.size(), 3u);
  EXPECT_TRUE(file->events[1].sessionStart);
  EXPECT_EQ(file->events[1].step, 2);
  EXPECT_EQ(file->events[2].scalars[0].second, 20.0f);
}

TEST_F(EventsFile, KeepsNonFiniteValues) {
  auto writer = EventWriter::create(folder.path());
  ASSERT_TRUE(writer.ok());
  float inf = std::numeric_limits<float>::infinity();
  ASSERT_TRUE((*writer)->addScalars(1, {{"a", NAN}, {"b", -inf}}).ok());
  ASSERT_TRUE((*writer)->addScalars(2, {}).ok());
  auto file = parseEventFile((*writer)->path());
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(std::isnan(file->events[1].scalars[0].second));
  EXPECT_EQ(file->events[1].scalars[1].second, -inf);
  EXPECT_TRUE(file->events[2].scalars.empty());
}

TEST_F(EventsFile, RefusesAFolderThatIsNotThere) {
  expectError(EventWriter::create(folder.file("none")), "cannot write event",
              "No such file");
}

TEST_F(EventsFile, HistogramsAndTextsReadBack) {
  auto writer = EventWriter::create(folder.path());
  ASSERT_TRUE(writer.ok());
  Summary summary;
  summary.histograms = {{"h", {{0, 1, 0.1}, {1, 2, INFINITY}}}};
  summary.texts = {{"line", {"why"}, 0}, {"table", {"a", "b", "c", "d"}, 2}};
  ASSERT_TRUE((*writer)->add(7, summary).ok());
  auto file = parseEventFile((*writer)->path());
  ASSERT_TRUE(file.ok()) << file.message();
  const Event &event = file->events[1];
  EXPECT_EQ(event.step, 7);
  ASSERT_EQ(event.histograms.size(), 1u);
  EXPECT_EQ(event.histograms[0].tag, "h");
  ASSERT_EQ(event.histograms[0].bars.size(), 2u);
  // As f64, which f32 would round.
  EXPECT_EQ(event.histograms[0].bars[0].height, 0.1);
  EXPECT_EQ(event.histograms[0].bars[1].left, 1);
  EXPECT_EQ(event.histograms[0].bars[1].right, 2);
  EXPECT_EQ(event.histograms[0].bars[1].height, INFINITY);
  ASSERT_EQ(event.texts.size(), 2u);
  EXPECT_EQ(event.texts[0].cells, std::vector<std::string>{"why"});
  EXPECT_EQ(event.texts[0].columns, 0u);
  EXPECT_EQ(event.texts[1].cells.size(), 4u);
  EXPECT_EQ(event.texts[1].columns, 2u);
}

TEST_F(EventsFile, TensorsAreThoseOfTensorFlow) {
  auto writer = EventWriter::create(folder.path());
  ASSERT_TRUE(writer.ok());
  uintmax_t end = std::filesystem::file_size((*writer)->path());
  ASSERT_TRUE((*writer)->add(1, {{}, {}, {{"t", {"why"}, 0}}}).ok());
  // Tag (field 1), tensor (field 8) of a type (field 1, 7 is a string), a shape
  // (field 2) and string_val (field 8), metadata (field 9) with the plugin's
  // name (1, 1) and the class (field 4, 2 is a tensor).
  EXPECT_EQ(contents((*writer)->path()).substr(end + 12 + 9 + 2 + 2 + 2, 26),
            std::string("\x0a\x01t"
                        "\x42\x09\x08\x07\x12\x00\x42\x03why"
                        "\x4a\x0a\x0a\x06\x0a\x04text\x20\x02",
                        26));
}

TEST_F(EventsFile, SalvageLeavesOutWhatIsDamaged) {
  const std::string bytes = contents(path);
  std::string bad = folder.file("bad");
  // Content: the record alone is left out.
  std::string changed = bytes;
  changed[ends[1] + 20] ^= 1;
  put(bad, changed);
  expectError(parseEventFile(bad), "wrong checksum");
  auto file = salvageEventFile(bad);
  ASSERT_TRUE(file.ok()) << file.message();
  ASSERT_EQ(file->events.size(), 3u);
  EXPECT_EQ(file->events[1].step, 1);
  EXPECT_EQ(file->events[2].step, 3);
  EXPECT_THAT(file->damage, testing::ElementsAre(testing::HasSubstr(
                                "record 3 at byte " + std::to_string(ends[1]) +
                                " has content with a wrong checksum; it is "
                                "left out")));
  // A length: nothing behind it is found.
  changed = bytes;
  changed[ends[1]] ^= 1;
  put(bad, changed);
  file = salvageEventFile(bad);
  ASSERT_TRUE(file.ok()) << file.message();
  EXPECT_EQ(file->events.size(), 2u);
  EXPECT_THAT(file->damage,
              testing::ElementsAre(testing::HasSubstr(
                  "the " + std::to_string(bytes.size() - ends[1]) +
                  " bytes from there on are left out")));
  // A whole file has no damage.
  file = salvageEventFile(path);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->events.size(), 4u);
  EXPECT_TRUE(file->damage.empty());
}

TEST_F(EventsFile, RefusesAnotherVersion) {
  // The record of a file that begins with version 3.
  std::string payload = std::string("\x1a\x0d") + "brain.Event:3";
  std::string record("\x0f\0\0\0\0\0\0\0", 8);
  auto append = [&](uint32_t checksum) {
    for (int i = 0; i < 4; ++i)
      record += static_cast<char>(checksum >> (8 * i));
  };
  append(maskedCrc32c(record.data(), 8));
  record += payload;
  append(maskedCrc32c(payload.data(), payload.size()));
  put(folder.file("f"), record);
  expectError(parseEventFile(folder.file("f")), "of the version",
              "brain.Event:3", "only 'brain.Event:2' is read");
  expectError(salvageEventFile(folder.file("f")), "brain.Event:3");
}
