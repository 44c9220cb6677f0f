//===- ReportTest.cpp - Reports in words ----------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_runtime.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

std::string format(const gradopt_step_report &report) {
  size_t length = gradopt_format_report(&report, nullptr, 0);
  std::vector<char> buffer(length + 1, 'x');
  EXPECT_EQ(gradopt_format_report(&report, buffer.data(), buffer.size()),
            length);
  EXPECT_EQ(buffer[length], 0);
  return buffer.data();
}

gradopt_step_report report(gradopt_phase phase, gradopt_action action,
                           const char *name = "", int64_t nonfinite = 0,
                           uint32_t consecutive = 0) {
  gradopt_step_report result = {};
  result.step = 37;
  result.phase = phase;
  result.action = action;
  result.name = name;
  result.nonfinite = nonfinite;
  result.consecutive_skips = consecutive;
  return result;
}

TEST(Report, Skipped) {
  EXPECT_EQ(format(report(GRADOPT_PHASE_GRADIENT, GRADOPT_ACTION_SKIPPED,
                          "rnn.weight_hh", 12, 1)),
            "step 37: gradient of \"rnn.weight_hh\" is not finite (12 of its "
            "elements are NaN or Inf); step skipped (1 in a row)");
  EXPECT_EQ(
      format(report(GRADOPT_PHASE_LOSS, GRADOPT_ACTION_SKIPPED, "", 1, 3)),
      "step 37: the loss is not finite; step skipped (3 in a row)");
  EXPECT_EQ(format(report(GRADOPT_PHASE_UPDATE, GRADOPT_ACTION_SKIPPED,
                          "rnn.bias", 1, 1)),
            "step 37: updated value of \"rnn.bias\" is not finite (1 of its "
            "elements is NaN or Inf); step skipped (1 in a row)");
  EXPECT_EQ(
      format(report(GRADOPT_PHASE_STATE, GRADOPT_ACTION_SKIPPED, "h", 2, 1)),
      "step 37: carried state \"h\" is not finite (2 of its elements are "
      "NaN or Inf); step skipped (1 in a row)");
}

TEST(Report, Unnamed) {
  EXPECT_EQ(
      format(report(GRADOPT_PHASE_GRADIENT, GRADOPT_ACTION_SKIPPED, "", 12, 1)),
      "step 37: gradients are not finite (12 of their elements are NaN "
      "or Inf); step skipped (1 in a row)");
  EXPECT_EQ(
      format(report(GRADOPT_PHASE_UPDATE, GRADOPT_ACTION_SKIPPED, "", 0, 1)),
      "step 37: updated values are not finite; step skipped (1 in a row)");
  EXPECT_EQ(
      format(
          report(GRADOPT_PHASE_STATE, GRADOPT_ACTION_SKIPPED, nullptr, 0, 1)),
      "step 37: carried states are not finite; step skipped (1 in a row)");
  EXPECT_EQ(
      format(report(GRADOPT_PHASE_NONE, GRADOPT_ACTION_SKIPPED, "", 0, 1)),
      "step 37: something is not finite, but the step recorded no count "
      "that tells what; step skipped (1 in a row)");
}

TEST(Report, OtherActions) {
  EXPECT_EQ(format(report(GRADOPT_PHASE_LOSS, GRADOPT_ACTION_REPORTED)),
            "step 37: the loss is not finite; step committed all the same, "
            "parameters may be ruined");
  EXPECT_EQ(
      format(report(GRADOPT_PHASE_LOSS, GRADOPT_ACTION_STOPPED, "", 1, 1)),
      "step 37: the loss is not finite; run stopped");
  EXPECT_EQ(
      format(report(GRADOPT_PHASE_LOSS, GRADOPT_ACTION_STOPPED, "", 1, 11)),
      "step 37: the loss is not finite; run stopped after 11 such steps in a "
      "row");
}

TEST(Report, Committed) {
  gradopt_step_report healthy =
      report(GRADOPT_PHASE_NONE, GRADOPT_ACTION_COMMITTED);
  EXPECT_EQ(format(healthy), "step 37: step committed");
  healthy.bad_values = 1;
  EXPECT_EQ(format(healthy),
            "step 37: step committed; 1 recorded quantity is not finite, but "
            "nothing that the step checks");
  healthy.bad_values = 2;
  EXPECT_EQ(format(healthy),
            "step 37: step committed; 2 recorded quantities are not finite, "
            "but nothing that the step checks");
}

TEST(Report, NamesCannotBreakTheLine) {
  EXPECT_EQ(format(report(GRADOPT_PHASE_STATE, GRADOPT_ACTION_STOPPED,
                          "a\n\"b\\\x7f\xc3\xa9")),
            "step 37: carried state \"a\\x0a\\\"b\\\\\\x7f\xc3\xa9\" is not "
            "finite; run stopped");
}

TEST(Report, ShortBuffersAreCutOff) {
  gradopt_step_report long_ =
      report(GRADOPT_PHASE_LOSS, GRADOPT_ACTION_STOPPED);
  const std::string whole = format(long_);
  for (size_t size = 0; size <= whole.size() + 1; ++size) {
    std::vector<char> buffer(size + 1, '#');
    EXPECT_EQ(gradopt_format_report(&long_, buffer.data(), size), whole.size());
    EXPECT_EQ(buffer[size], '#');
    if (size > 0) {
      EXPECT_EQ(buffer.data(), whole.substr(0, size - 1));
    }
  }
  char text[] = "old";
  EXPECT_EQ(gradopt_format_report(nullptr, text, sizeof text), 0u);
  EXPECT_STREQ(text, "");
}

} // namespace
