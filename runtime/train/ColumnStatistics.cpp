//===- ColumnStatistics.cpp - Means and deviations of columns -------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ColumnStatistics.h"

#include "gradopt_train/Safetensors.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

using namespace gradopt::train;
using nlohmann::json;

ColumnStatistics
gradopt::train::computeStatistics(const std::vector<double> &values,
                                  int64_t count) {
  auto end = values.begin() + count;
  auto [low, high] = std::minmax_element(values.begin(), end);
  if (low == end)
    return {};
  // The rounded mean of equal values can be another value, whose tiny distance
  // would be blown up to 1.
  if (*low == *high)
    return {*low, 1.0};
  double sum = 0.0;
  for (auto value = values.begin(); value != end; ++value)
    sum += *value;
  double mean = sum / static_cast<double>(count);
  // Squares of the distances overflow or vanish long before the distances do.
  double scale = std::max(*high - mean, mean - *low);
  double squares = 0.0;
  for (auto value = values.begin(); value != end; ++value) {
    double distance = (*value - mean) / scale;
    squares += distance * distance;
  }
  return {mean, scale * std::sqrt(squares / static_cast<double>(count))};
}

std::string
gradopt::train::encodeStatistics(const StatisticsByColumn &statistics) {
  json object = json::object();
  for (const auto &[name, column] : statistics)
    object[name] = {column.mean, column.deviation};
  return object.dump();
}

Expected<StatisticsByColumn>
gradopt::train::decodeStatistics(const std::string &text) {
  auto damaged = [](const std::string &why) {
    return Status::error("the checkpoint's column statistics are damaged: " +
                         why);
  };
  json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object())
    return damaged("they are not a JSON object");
  StatisticsByColumn result;
  for (const auto &[name, column] : object.items()) {
    if (!column.is_array() || column.size() != 2 || !column[0].is_number() ||
        !column[1].is_number() || !(column[1].get<double>() > 0.0))
      return damaged("column " + quoteName(name) +
                     " has no mean and positive deviation");
    result[name] = {column[0].get<double>(), column[1].get<double>()};
  }
  return result;
}
