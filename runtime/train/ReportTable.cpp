//===- ReportTable.cpp - The scalars of a run, by step --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReportTable.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace gradopt::train;

/// Columns with so many values at most, such as those of evaluations, lose
/// none.
static constexpr size_t kFewValues = 200;

ReportTable::ReportTable(const RunLog &log) {
  std::set<int64_t> all;
  for (const RunLog::Entry &event : log.events)
    if (!event.madeAgain && !event.scalars.empty())
      all.insert(event.step);
  steps.assign(all.begin(), all.end());
  for (const RunLog::Entry &event : log.events) {
    if (event.madeAgain)
      continue;
    for (const auto &[tag, value] : event.scalars) {
      Column &column = columns[tag];
      column.resize(steps.size());
      auto row = std::lower_bound(steps.begin(), steps.end(), event.step);
      column[static_cast<size_t>(row - steps.begin())] = value;
    }
  }
}

const ReportTable::Column *ReportTable::find(const std::string &tag) const {
  auto column = columns.find(tag);
  return column == columns.end() ? nullptr : &column->second;
}

/// Keeps the rows from `begin` to `end` in which the column stands out.
static void keepExtremes(const ReportTable::Column &column, size_t begin,
                         size_t end, std::vector<bool> &kept) {
  std::optional<size_t> low, high, bad;
  for (size_t row = begin; row < end; ++row) {
    if (!column[row])
      continue;
    float value = *column[row];
    if (!std::isfinite(value)) {
      if (!bad)
        bad = row;
      continue;
    }
    if (!low || value < *column[*low])
      low = row;
    if (!high || value > *column[*high])
      high = row;
  }
  for (std::optional<size_t> row : {low, high, bad})
    if (row)
      kept[*row] = true;
}

std::vector<bool> ReportTable::chooseRows(size_t stretches) const {
  std::vector<bool> kept(steps.size(), false);
  kept.front() = kept.back() = true;
  for (const auto &[tag, column] : columns) {
    size_t count = column.size() -
                   static_cast<size_t>(
                       std::count(column.begin(), column.end(), std::nullopt));
    size_t parts = count <= kFewValues ? steps.size() : stretches;
    for (size_t part = 0; part < parts; ++part)
      keepExtremes(column, part * steps.size() / parts,
                   (part + 1) * steps.size() / parts, kept);
  }
  return kept;
}

void ReportTable::thin(size_t maxValues) {
  size_t maxRows = maxValues / std::max<size_t>(1, columns.size());
  if (steps.size() <= maxRows)
    return;
  // The finest division whose rows are few enough.
  size_t low = 1, high = maxRows + 1;
  while (low + 1 < high) {
    size_t middle = low + (high - low) / 2;
    std::vector<bool> kept = chooseRows(middle);
    bool fits = static_cast<size_t>(
                    std::count(kept.begin(), kept.end(), true)) <= maxRows;
    (fits ? low : high) = middle;
  }
  std::vector<bool> kept = chooseRows(low);
  auto keep = [&](auto &values) {
    size_t size = 0;
    for (size_t row = 0; row < kept.size(); ++row)
      if (kept[row])
        values[size++] = values[row];
    values.resize(size);
  };
  keep(steps);
  for (auto &[tag, column] : columns)
    keep(column);
}
