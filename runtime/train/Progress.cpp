//===- Progress.cpp - The progress line of a run --------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace gradopt::train;

/// The clip share is that of this many steps.
static constexpr size_t clipWindow = 100;

template <typename... Args>
static std::string formatted(const char *format, Args... args) {
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), format, args...);
  return buffer;
}

/// Three or four digits and a unit: 950, 41.2k, 1.25M.
static std::string formatRate(double rate) {
  if (rate < 1000)
    return formatted("%.3g", rate);
  if (rate < 1e6)
    return formatted("%.4gk", std::round(rate / 100) / 10);
  return formatted("%.4gM", std::round(rate / 1e4) / 100);
}

std::string gradopt::train::formatDuration(double seconds) {
  constexpr double limit = 1e9;
  auto whole = static_cast<int64_t>(std::clamp(seconds, 0.0, limit) + 0.5);
  auto pair = [](int64_t large, char largeUnit, int64_t small, char smallUnit) {
    return formatted("%lld%c%02lld%c", static_cast<long long>(large), largeUnit,
                     static_cast<long long>(small), smallUnit);
  };
  if (whole < 60)
    return std::to_string(whole) + "s";
  if (whole < 3600)
    return pair(whole / 60, 'm', whole % 60, 's');
  if (whole < 86400)
    return pair(whole / 3600, 'h', whole / 60 % 60, 'm');
  return pair(whole / 86400, 'd', whole / 3600 % 24, 'h');
}

std::string gradopt::train::formatProgress(const ProgressLine &line) {
  std::string text = "step " + std::to_string(line.step);
  if (line.steps)
    text += "/" + std::to_string(line.steps);
  text += formatted("  %.4g ", metricValue(line.metric, line.loss));
  text += metricName(line.metric);
  // A norm is not negative, and the sign of a NaN means nothing.
  if (line.gradientNorm)
    text += formatted("  |g| %.3g", std::abs(*line.gradientNorm));
  if (line.clipShare)
    text += formatted("  clipped %.0f%%", 100 * *line.clipShare);
  text += "  " + formatRate(line.unitsPerSecond) + " " + unitName(line.metric) +
          "/s";
  if (line.secondsLeft >= 0)
    text += "  left " + formatDuration(line.secondsLeft);
  return text;
}

static double steadySeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

ProgressPrinter::ProgressPrinter(Options chosen, Metric metric,
                                 uint64_t firstStep, uint64_t steps)
    : options(std::move(chosen)), metric(metric), firstStep(firstStep),
      steps(steps) {
  if (!options.clock)
    options.clock = steadySeconds;
  if (options.interval < 0)
    options.interval = options.terminal ? 0.1 : 10;
  started = lastPrint = options.clock();
}

void ProgressPrinter::step(uint64_t step, const Step &values) {
  double now = options.clock();
  units += values.units;
  if (values.clipped) {
    clips.push_back(*values.clipped);
    if (clips.size() > clipWindow)
      clips.pop_front();
  }

  latest.step = step;
  latest.steps = steps;
  latest.metric = metric;
  latest.loss = values.loss;
  latest.gradientNorm = values.gradientNorm;
  if (!clips.empty())
    latest.clipShare =
        static_cast<double>(std::count(clips.begin(), clips.end(), true)) /
        static_cast<double>(clips.size());
  double elapsed = now - started;
  latest.unitsPerSecond =
      elapsed > 0 ? static_cast<double>(units) / elapsed : 0;
  auto done = static_cast<double>(step - firstStep + 1);
  latest.secondsLeft = steps >= step && elapsed > 0
                           ? elapsed / done * static_cast<double>(steps - step)
                           : -1;

  pending = true;
  if (!anyPrinted || step == steps || now - lastPrint >= options.interval) {
    print(latest);
    lastPrint = now;
  }
}

void ProgressPrinter::print(const ProgressLine &line) {
  std::string text = formatProgress(line);
  if (options.terminal) {
    // A line that wraps could not be written over. One column stays free,
    // where some terminals would wrap already.
    if (options.columns > 0 &&
        text.size() >= static_cast<size_t>(options.columns))
      text.resize(static_cast<size_t>(options.columns) - 1);
    std::fprintf(options.out, "\r%s\033[K", text.c_str());
    lineOpen = true;
  } else {
    std::fprintf(options.out, "%s\n", text.c_str());
  }
  std::fflush(options.out);
  anyPrinted = true;
  pending = false;
}

void ProgressPrinter::note(const std::string &line) {
  if (lineOpen)
    std::fputs("\r\033[K", options.out);
  std::fprintf(options.out, "%s\n", line.c_str());
  if (lineOpen)
    print(latest);
  std::fflush(options.out);
}

void ProgressPrinter::finish() {
  if (pending)
    print(latest);
  if (lineOpen)
    std::fputs("\n", options.out);
  lineOpen = false;
  std::fflush(options.out);
}

bool gradopt::train::isTerminal(std::FILE *file) {
  return ::isatty(::fileno(file)) == 1;
}

int gradopt::train::terminalColumns(std::FILE *file) {
  struct winsize size = {};
  if (::ioctl(::fileno(file), TIOCGWINSZ, &size) != 0)
    return 0;
  return size.ws_col;
}
