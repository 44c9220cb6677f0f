//===- ReportHeatmap.cpp - Norms over time steps and training steps -------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReportHeatmap.h"

#include "Encoding.h"
#include "gradopt_train/Histograms.h"

#include <algorithm>
#include <cstring>
#include <map>

using namespace gradopt::train;

static constexpr char kPrefix[] = "through_time/";
/// More time steps than this are no profile of ours.
static constexpr double kMaxTime = 1 << 24;

static bool isProfile(const Histogram &histogram) {
  if (histogram.tag.rfind(kPrefix, 0) != 0 || histogram.bars.empty())
    return false;
  return std::all_of(histogram.bars.begin(), histogram.bars.end(),
                     [](const Histogram::Bar &bar) {
                       return bar.left >= 0 && bar.left + 1 <= bar.right &&
                              bar.right <= kMaxTime;
                     });
}

/// Norms are not negative, so a larger one replaces kNone.
static void merge(double &norm, double other) {
  norm = largerNorm(other, norm);
}

namespace {
/// A profile with the training steps that it has the norms of.
struct Found {
  int64_t first, last;
  const Histogram *profile;
};
} // namespace

static ReportHeatmap buildHeatmap(const std::string &tag,
                                  const std::vector<Found> &found) {
  ReportHeatmap heatmap;
  heatmap.tag = tag;
  double time = 0;
  for (const Found &entry : found)
    for (const Histogram::Bar &bar : entry.profile->bars) {
      // The last bar may be over fewer time steps than the others.
      heatmap.width =
          std::max(heatmap.width, static_cast<int64_t>(bar.right - bar.left));
      time = std::max(time, bar.right);
    }
  auto columns = static_cast<size_t>(
      (static_cast<int64_t>(time) + heatmap.width - 1) / heatmap.width);
  for (const Found &entry : found) {
    ReportHeatmap::Row row{entry.first, entry.last, {}};
    row.norms.assign(columns, ReportHeatmap::kNone);
    for (const Histogram::Bar &bar : entry.profile->bars)
      merge(row.norms[static_cast<size_t>(static_cast<int64_t>(bar.left) /
                                          heatmap.width)],
            bar.height);
    heatmap.rows.push_back(std::move(row));
  }
  return heatmap;
}

std::vector<ReportHeatmap> gradopt::train::collectHeatmaps(const RunLog &log) {
  std::map<std::string, std::vector<Found>> found;
  int64_t begin = 0;
  for (const RunLog::Entry &event : log.events) {
    if (event.sessionStart)
      begin = event.step;
    if (event.madeAgain)
      continue;
    for (const Histogram &histogram : event.histograms) {
      if (!isProfile(histogram))
        continue;
      std::vector<Found> &rows = found[histogram.tag];
      int64_t first = rows.empty() ? 1 : rows.back().last + 1;
      rows.push_back({std::max(first, begin), event.step, &histogram});
    }
  }
  std::vector<ReportHeatmap> heatmaps;
  for (const auto &[tag, rows] : found)
    heatmaps.push_back(buildHeatmap(tag, rows));
  return heatmaps;
}

void ReportHeatmap::thin(size_t maxRows, size_t maxColumns) {
  auto group = [](size_t count, size_t most) {
    return std::max<size_t>(1, (count + most - 1) / most);
  };
  size_t high = group(rows.size(), maxRows);
  size_t wide = group(countColumns(), maxColumns);
  size_t columns = (countColumns() + wide - 1) / wide;
  std::vector<Row> thinned;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i % high == 0)
      thinned.push_back(
          {rows[i].first, 0, std::vector<double>(columns, kNone)});
    Row &row = thinned.back();
    row.last = rows[i].last;
    for (size_t column = 0; column < rows[i].norms.size(); ++column)
      merge(row.norms[column / wide], rows[i].norms[column]);
  }
  rows = std::move(thinned);
  width *= static_cast<int64_t>(wide);
}

static std::string encodeBase64(const std::string &bytes) {
  static const char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j)
      group =
          group << 8 |
          (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j)
      text += i + j > bytes.size() ? '=' : digits[group >> (18 - 6 * j) & 63];
  }
  return text;
}

std::string ReportHeatmap::encode() const {
  std::string bytes;
  for (const Row &row : rows)
    for (double norm : row.norms) {
      uint64_t bits;
      std::memcpy(&bits, &norm, sizeof bits);
      appendLittleEndian(bytes, bits, 8);
    }
  return encodeBase64(bytes);
}
