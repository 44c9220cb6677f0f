//===- ReportData.cpp - What a report's page shows ------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReportData.h"

#include "ReportHeatmap.h"
#include "ReportTable.h"
#include "gradopt_train/EventTags.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

using namespace gradopt::train;

/// Numbers are the f32 of the events, so that they print as short as they are;
/// keys stay in the order in which they are given.
using Json =
    nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool,
                         std::int64_t, std::uint64_t, float>;

/// What keeps the page below some 5 MB: numbers in the table, in all heatmaps
/// (some 11 bytes each), and entries in the list of what happened.
static constexpr size_t kMaxTableValues = 150000;
static constexpr size_t kMaxNorms = 200000;
static constexpr size_t kMaxColumns = 256;
static constexpr size_t kMaxListed = 1000;

/// JSON has no number for NaN and Inf.
static Json toNumber(float value) {
  if (std::isnan(value))
    return "NaN";
  if (std::isinf(value))
    return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

static int64_t toMilliseconds(double seconds) {
  return static_cast<int64_t>(std::llround(seconds * 1000));
}

static Json describeTable(ReportTable table) {
  Json json;
  size_t total = table.steps.size();
  table.thin(kMaxTableValues);
  json["total"] = total;
  json["steps"] = table.steps;
  Json &series = json["series"] = Json::object();
  for (const auto &[tag, column] : table.columns) {
    Json values = Json::array();
    for (std::optional<float> value : column)
      values.push_back(value ? toNumber(*value) : Json());
    series[tag] = std::move(values);
  }
  return json;
}

/// The last value of a column, its smallest and its largest finite one with
/// their steps, and how many are not finite; null without values.
static Json summarize(const ReportTable &table, const char *tag) {
  const ReportTable::Column *column = table.find(tag);
  if (!column)
    return {};
  std::optional<size_t> last, lowest, largest;
  int64_t count = 0, bad = 0;
  for (size_t row = 0; row < column->size(); ++row) {
    if (!(*column)[row])
      continue;
    last = row;
    ++count;
    float value = *(*column)[row];
    if (!std::isfinite(value)) {
      ++bad;
      continue;
    }
    if (!lowest || value < *(*column)[*lowest])
      lowest = row;
    if (!largest || value > *(*column)[*largest])
      largest = row;
  }
  auto at = [&](std::optional<size_t> row) {
    return row ? Json{{"step", table.steps[*row]},
                      {"value", toNumber(*(*column)[*row])}}
               : Json();
  };
  return {{"count", count},
          {"nonfinite", bad},
          {"last", at(last)},
          {"lowest", at(lowest)},
          {"largest", at(largest)}};
}

/// How many steps the clip over all gradients shortened; null without one.
static Json countClipped(const ReportTable &table) {
  const ReportTable::Column *column = table.find(tags::clipFactor);
  if (!column)
    return {};
  int64_t steps = 0, clipped = 0;
  for (std::optional<float> factor : *column) {
    steps += factor.has_value();
    clipped += factor && *factor < 1;
  }
  return {{"steps", steps}, {"clipped", clipped}};
}

static Json describeSeconds(const ReportTable &table) {
  const ReportTable::Column *column = table.find(tags::stepSeconds);
  if (!column)
    return {};
  std::vector<float> seconds;
  double total = 0;
  for (std::optional<float> value : *column)
    if (value) {
      seconds.push_back(*value);
      total += *value;
    }
  auto middle = seconds.begin() + static_cast<ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return {{"median", *middle}, {"total", static_cast<float>(total)}};
}

static Json describeHeatmaps(const RunLog &log) {
  std::vector<ReportHeatmap> heatmaps = collectHeatmaps(log);
  Json list = Json::array();
  for (ReportHeatmap &heatmap : heatmaps) {
    size_t columns = std::min(heatmap.countColumns(), kMaxColumns);
    size_t profiles = heatmap.rows.size();
    size_t most = kMaxNorms / heatmaps.size() / std::max<size_t>(1, columns);
    heatmap.thin(std::max<size_t>(8, most), kMaxColumns);
    Json rows = Json::array();
    for (const ReportHeatmap::Row &row : heatmap.rows)
      rows.push_back({row.first, row.last});
    list.push_back({{"tag", heatmap.tag},
                    {"width", heatmap.width},
                    {"columns", heatmap.countColumns()},
                    {"profiles", profiles},
                    {"rows", std::move(rows)},
                    {"norms", heatmap.encode()}});
  }
  return list;
}

/// What a policy did in the step of an event, which its texts tell of; names as
/// of gradopt_action.
static std::string nameAction(const Event &event) {
  static const char *const names[] = {"committed", "reported",   "skipped",
                                      "stopped",   "backed_off", "rolled_back"};
  for (const auto &[tag, value] : event.scalars)
    if (tag == tags::policyAction && value >= 0 &&
        value < static_cast<float>(std::size(names)))
      return names[static_cast<size_t>(value)];
  return "policy";
}

/// What the texts and starts in the events tell, into `json`.
static void describeCourse(const RunLog &log, Json &json) {
  Json settings = Json::array(), end;
  std::vector<Json> list;
  auto happened = [&](const Event &event, const std::string &kind,
                      const std::string &text) {
    list.push_back({{"step", event.step},
                    {"time", toMilliseconds(event.wallTime)},
                    {"kind", kind},
                    {"text", text}});
  };
  for (const Event &event : log.events) {
    if (event.sessionStart) {
      end = nullptr;
      happened(event, "resumed",
               "resumed with step " + std::to_string(event.step));
    }
    for (const Text &text : event.texts) {
      std::string first = text.cells.empty() ? "" : text.cells.front();
      if (text.tag == tags::settings) {
        settings = Json::array();
        for (size_t i = 0; text.columns == 2 && i + 1 < text.cells.size();
             i += 2)
          settings.push_back({text.cells[i], text.cells[i + 1]});
      } else if (text.tag == tags::end) {
        end = first;
        happened(event, "ended", first);
      } else if (text.tag == tags::policy) {
        happened(event, nameAction(event), first);
      }
    }
  }
  json["settings"] = std::move(settings);
  json["end"] = std::move(end);
  // Of too many, those in the middle say the least.
  size_t left = list.size() > kMaxListed ? list.size() - kMaxListed : 0;
  auto middle = list.begin() + static_cast<ptrdiff_t>(kMaxListed / 2);
  if (left != 0)
    list.erase(middle, middle + static_cast<ptrdiff_t>(left));
  json["happened"] = list;
  json["happened_left_out"] = left;
}

static std::string nameOf(const std::string &folder) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(folder, error);
  if (error)
    path = folder;
  path = path.lexically_normal();
  // "run/" ends with an empty name.
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

std::string gradopt::train::describeRun(const RunLog &log) {
  ReportTable table(log);
  Json json;
  json["run"] = nameOf(log.folder);
  json["files"] = log.files;
  json["notes"] = log.notes;
  json["written"] =
      toMilliseconds(std::chrono::duration<double>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count());
  if (!log.events.empty()) {
    json["begun"] = toMilliseconds(log.events.front().wallTime);
    json["last"] = toMilliseconds(log.events.back().wallTime);
  }
  describeCourse(log, json);
  json["summary"] = {{"loss", summarize(table, tags::loss)},
                     {"held_out", summarize(table, tags::heldOutLoss)},
                     {"norm", summarize(table, tags::globalNorm)},
                     {"clip", countClipped(table)},
                     {"seconds", describeSeconds(table)}};
  json["table"] = describeTable(std::move(table));
  json["heatmaps"] = describeHeatmaps(log);
  Json failures = Json::array();
  for (const RunLog::Failure &failure : log.failures)
    failures.push_back({{"name", failure.name}, {"text", failure.text}});
  json["failures"] = std::move(failures);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}
