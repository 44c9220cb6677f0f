//===- ProgressTest.cpp - The progress line -------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Progress.h"

#include "TestSupport.h"

#include <cmath>

using namespace gradopt::train;

TEST(Progress, Durations) {
  EXPECT_EQ(formatDuration(0), "0s");
  EXPECT_EQ(formatDuration(59.4), "59s");
  EXPECT_EQ(formatDuration(59.6), "1m00s");
  EXPECT_EQ(formatDuration(185), "3m05s");
  EXPECT_EQ(formatDuration(7630), "2h07m");
  EXPECT_EQ(formatDuration(3 * 86400 + 4 * 3600), "3d04h");
  EXPECT_EQ(formatDuration(1e300), formatDuration(1e9));
}

TEST(Progress, Lines) {
  ProgressLine line;
  line.step = 120;
  line.steps = 1000;
  line.loss = 2 * std::log(2.0);
  line.gradientNorm = 0.8712;
  line.clipShare = 0.123;
  line.unitsPerSecond = 41234;
  line.secondsLeft = 65;
  EXPECT_EQ(formatProgress(line), "step 120/1000  2 bits/char  |g| 0.871  "
                                  "clipped 12%  41.2k char/s  left 1m05s");
  line.metric = Metric::MeanSquaredError;
  line.loss = NAN;
  line.steps = 0;
  line.secondsLeft = -1;
  line.unitsPerSecond = 1234567;
  EXPECT_EQ(formatProgress(line), "step 120  nan mse  |g| 0.871  clipped 12%"
                                  "  1.23M sequence/s");
  // The sign of a NaN is not shown.
  line.loss = std::copysign(NAN, -1.0);
  line.gradientNorm = line.loss;
  EXPECT_EQ(formatProgress(line), "step 120  nan mse  |g| nan  clipped 12%"
                                  "  1.23M sequence/s");
  // What the step does not have is left out.
  line.clipShare.reset();
  EXPECT_EQ(formatProgress(line), "step 120  nan mse  |g| nan"
                                  "  1.23M sequence/s");
  line.gradientNorm.reset();
  EXPECT_EQ(formatProgress(line), "step 120  nan mse  1.23M sequence/s");
  line.unitsPerSecond = 999.96;
  EXPECT_THAT(formatProgress(line), testing::HasSubstr("  1e+03 s"));
}

namespace {

/// A printer into memory, with a clock that the test moves.
class Printer {
public:
  Printer(bool terminal, uint64_t firstStep, uint64_t steps, int columns = 0) {
    out = ::open_memstream(&buffer, &size);
    ProgressPrinter::Options options;
    options.out = out;
    options.terminal = terminal;
    options.columns = columns;
    options.clock = [this] { return now; };
    printer.emplace(options, Metric::MeanSquaredError, firstStep, steps);
  }
  ~Printer() {
    std::fclose(out);
    std::free(buffer);
  }

  /// A step that takes so long.
  void step(uint64_t number, double seconds, bool clipped = false) {
    now += seconds;
    printer->step(number, {0.5, 1.0, clipped, 10});
  }
  std::string text() {
    std::fflush(out);
    return std::string(buffer, size);
  }
  size_t count(const std::string &part) {
    std::string all = text();
    size_t result = 0;
    for (size_t at = all.find(part); at != std::string::npos;
         at = all.find(part, at + 1))
      ++result;
    return result;
  }
  ProgressPrinter *operator->() { return &*printer; }

private:
  char *buffer = nullptr;
  size_t size = 0;
  std::FILE *out;
  double now = 1000;
  std::optional<ProgressPrinter> printer;
};

} // namespace

TEST(Progress, PlainLinesAtAnInterval) {
  Printer printer(/*terminal=*/false, 1, 100);
  for (uint64_t step = 1; step <= 100; ++step)
    printer.step(step, 1);
  printer->finish();
  // The first, then every ten seconds: 11, 21, ..., 91, and the last.
  EXPECT_EQ(printer.count("\n"), 11u);
  EXPECT_EQ(printer.count("\r"), 0u);
  EXPECT_EQ(printer.count("\033"), 0u);
  EXPECT_EQ(printer.text().rfind("step 1/100  0.5 mse", 0), 0u);
  EXPECT_EQ(printer.count("step 11/100"), 1u);
  EXPECT_EQ(printer.count("step 12/100"), 0u);
  EXPECT_EQ(printer.count("step 100/100"), 1u);
  EXPECT_EQ(printer.count("10 sequence/s"), 11u);
  EXPECT_EQ(printer.count("left 1m29s"), 1u);
}

TEST(Progress, OneLineOnATerminal) {
  Printer printer(/*terminal=*/true, 1, 0, /*columns=*/30);
  printer.step(1, 1);
  printer.step(2, 0.01);
  printer.step(3, 0.2);
  EXPECT_EQ(printer.text(), "\rstep 1  0.5 mse  |g| 1  clipp\033[K"
                            "\rstep 3  0.5 mse  |g| 1  clipp\033[K");
  printer->note("something happened");
  EXPECT_EQ(printer.count("\r\033[Ksomething happened\n\rstep 3"), 1u);
  printer.step(4, 0.01);
  printer->finish();
  EXPECT_EQ(printer.count("step 4"), 1u);
  EXPECT_EQ(printer.text().back(), '\n');
  std::string before = printer.text();
  printer->finish();
  EXPECT_EQ(printer.text(), before);
}

TEST(Progress, NotesWithoutATerminal) {
  Printer printer(/*terminal=*/false, 1, 0);
  printer->note("a");
  EXPECT_EQ(printer.text(), "a\n");
}

TEST(Progress, ClipShareIsOfTheLastHundredSteps) {
  Printer printer(/*terminal=*/false, 1, 0);
  for (uint64_t step = 1; step <= 100; ++step)
    printer.step(step, 0, /*clipped=*/true);
  for (uint64_t step = 101; step <= 125; ++step)
    printer.step(step, 0);
  printer->finish();
  EXPECT_EQ(printer.count("step 125  0.5 mse  |g| 1  clipped 75%"), 1u);
}

TEST(Progress, NoShareWithoutAClip) {
  Printer printer(/*terminal=*/false, 1, 0);
  printer->step(1, {0.5, std::nullopt, std::nullopt, 10});
  printer->finish();
  EXPECT_EQ(printer.count("step 1  0.5 mse  0 sequence/s\n"), 1u);
}

TEST(Progress, TimeLeftOfAResumedRun) {
  Printer printer(/*terminal=*/false, 901, 1000);
  printer.step(901, 2);
  EXPECT_EQ(printer.count("left 3m18s"), 1u); // 99 steps of 2 seconds
}

TEST(Progress, AFileIsNoTerminal) {
  std::FILE *file = std::tmpfile();
  EXPECT_FALSE(isTerminal(file));
  EXPECT_EQ(terminalColumns(file), 0);
  std::fclose(file);
}
