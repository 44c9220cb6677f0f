//===- ColumnStatistics.h - Means and deviations of columns -----*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_COLUMNSTATISTICS_H
#define GRADOPT_TRAIN_COLUMNSTATISTICS_H

#include "gradopt_train/Status.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gradopt::train {

/// A column is standardized to (value - mean) / deviation.
struct ColumnStatistics {
  double mean = 0;
  double deviation = 1;
};

/// Mean and population deviation of the first `count` values, in two passes in
/// f64 and in their order. Equal values have that value and the deviation 1.
/// They are not finite if the values are too large for that.
ColumnStatistics computeStatistics(const std::vector<double> &values,
                                   int64_t count);

using StatisticsByColumn = std::map<std::string, ColumnStatistics>;

/// As a checkpoint keeps them, {"NAME": [mean, deviation], ...}, and back with
/// the same bits.
std::string encodeStatistics(const StatisticsByColumn &statistics);
Expected<StatisticsByColumn> decodeStatistics(const std::string &text);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_COLUMNSTATISTICS_H
