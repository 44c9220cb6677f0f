/*===- report.c - A step's report in words ----------------------------------===
 *
 * Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

/* Text being written to a buffer that may be too short: `length` goes on. */
typedef struct report_line {
  char *buffer;
  size_t size;
  size_t length;
} report_line;

__attribute__((format(printf, 2, 3))) static void
append(report_line *line, const char *format, ...) {
  bool full = line->length >= line->size;
  va_list arguments;
  va_start(arguments, format);
  int written =
      vsnprintf(full ? NULL : line->buffer + line->length,
                full ? 0 : line->size - line->length, format, arguments);
  va_end(arguments);
  if (written > 0)
    line->length += (size_t)written;
}

/* Names are free text: what would break the line or the quotes is escaped. */
static void append_quoted(report_line *line, const char *name) {
  append(line, "\"");
  for (const char *c = name; *c; ++c) {
    if (*c == '"' || *c == '\\')
      append(line, "\\%c", *c);
    else if ((unsigned char)*c < 0x20 || *c == 0x7f)
      append(line, "\\x%02x", (unsigned)(unsigned char)*c);
    else
      append(line, "%c", *c);
  }
  append(line, "\"");
}

/* Whether the first fields of a report speak of NaN and Inf. */
static bool is_nonfinite(const gradopt_step_report *report) {
  return report->events & (1u << GRADOPT_NONFINITE) ||
         !(report->events & (1u << GRADOPT_OVERFLOW));
}

static const char *finding(const gradopt_step_report *report) {
  return is_nonfinite(report) ? "not finite" : "near overflow";
}

static void append_count(report_line *line, const gradopt_step_report *report,
                         const char *owner) {
  int64_t count =
      is_nonfinite(report) ? report->nonfinite : report->overflowing;
  if (count > 0)
    append(line, " (%lld of %s elements %s %s)", (long long)count, owner,
           count == 1 ? "is" : "are",
           is_nonfinite(report) ? "NaN or Inf" : "beyond the limit");
}

/* `one` goes before the name, `unnamed` stands where there is no name. */
static void append_finding(report_line *line, const gradopt_step_report *report,
                           const char *one, const char *unnamed) {
  if (report->name && *report->name) {
    append(line, "%s ", one);
    append_quoted(line, report->name);
    append(line, " is %s", finding(report));
    append_count(line, report, "its");
  } else {
    append(line, "%s are %s", unnamed, finding(report));
    append_count(line, report, "their");
  }
}

static void append_origin(report_line *line,
                          const gradopt_step_report *report) {
  switch (report->phase) {
  case GRADOPT_PHASE_LOSS:
    append(line, "the loss is %s", finding(report));
    if (report->name && *report->name) {
      append(line, ": state ");
      append_quoted(line, report->name);
      append(line, " is not, from time step %lld on",
             (long long)report->time_step);
    }
    return;
  case GRADOPT_PHASE_GRADIENT:
    append_finding(line, report, "gradient of", "gradients");
    return;
  case GRADOPT_PHASE_UPDATE:
    append_finding(line, report, "updated value of", "updated values");
    return;
  case GRADOPT_PHASE_STATE:
    append_finding(line, report, "carried state", "carried states");
    return;
  case GRADOPT_PHASE_NONE:
    break;
  }
  append(line, "something is not finite, but the step recorded no count that "
               "tells what");
}

static void append_divergence(report_line *line,
                              const gradopt_step_report *report) {
  append(line, "%s has diverged: %.4g, and its running median is %.4g",
         strcmp(report->diverged, "loss") ? "the gradients' norm" : "the loss",
         report->value, report->median);
}

/* All that was bad; a step that diverged need not hold a bad value. */
static void append_events(report_line *line,
                          const gradopt_step_report *report) {
  const bool diverged = report->events & (1u << GRADOPT_DIVERGENCE);
  const bool onlyDiverged = report->events == 1u << GRADOPT_DIVERGENCE;
  if (!onlyDiverged)
    append_origin(line, report);
  if (diverged && !onlyDiverged)
    append(line, "; ");
  if (diverged)
    append_divergence(line, report);
}

static void append_action(report_line *line,
                          const gradopt_step_report *report) {
  switch (report->action) {
  case GRADOPT_ACTION_REPORTED:
    append(line, "; step committed all the same, parameters may be ruined");
    return;
  case GRADOPT_ACTION_SKIPPED:
    append(line, "; step skipped (%u in a row)", report->consecutive_skips);
    return;
  case GRADOPT_ACTION_STOPPED:
    append(line, "; run stopped");
    if (report->roll_backs > 0)
      append(line,
             " after it was rolled back %u %s to the state after step "
             "%llu",
             report->roll_backs, report->roll_backs == 1 ? "time" : "times",
             (unsigned long long)report->restored_step);
    else if (report->consecutive_skips > 1)
      append(line, " after %u such steps in a row", report->consecutive_skips);
    return;
  case GRADOPT_ACTION_BACKED_OFF:
    append(line,
           "; step skipped (%u in a row), learning rates times %g from "
           "here on",
           report->consecutive_skips, report->rate_factor);
    return;
  case GRADOPT_ACTION_ROLLED_BACK:
    append(line, "; rolled back to the state after step %llu",
           (unsigned long long)report->restored_step);
    if (report->roll_backs > 1)
      append(line, ", the %u. time", report->roll_backs);
    return;
  case GRADOPT_ACTION_COMMITTED:
    return;
  }
}

static void append_rows(report_line *line, const gradopt_step_report *report) {
  if (report->zeroed_rows == 1)
    append(line, "; carried state of batch row %lld zeroed",
           (long long)report->first_zeroed_row);
  else if (report->zeroed_rows > 1)
    append(line, "; carried state of %u batch rows zeroed, the first is %lld",
           report->zeroed_rows, (long long)report->first_zeroed_row);
}

size_t gradopt_format_report(const gradopt_step_report *report, char *buffer,
                             size_t size) {
  report_line line = {buffer, buffer ? size : 0, 0};
  if (line.size > 0)
    *buffer = 0;
  if (!report)
    return 0;
  append(&line, "step %llu: ", (unsigned long long)report->step);
  if (report->action == GRADOPT_ACTION_COMMITTED) {
    append(&line, "step committed");
    if (report->bad_values > 0)
      append(&line,
             "; %u recorded %s not finite, but nothing that the step checks",
             report->bad_values,
             report->bad_values == 1 ? "quantity is" : "quantities are");
    return line.length;
  }
  append_events(&line, report);
  append_action(&line, report);
  append_rows(&line, report);
  return line.length;
}
