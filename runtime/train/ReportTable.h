//===- ReportTable.h - The scalars of a run, by step ------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_REPORTTABLE_H
#define GRADOPT_TRAIN_REPORTTABLE_H

#include "gradopt_train/RunLog.h"

#include <map>

namespace gradopt::train {

/// A row for each step and a column for each tag; not every column has a value
/// in every row.
struct ReportTable {
  using Column = std::vector<std::optional<float>>;

  explicit ReportTable(const RunLog &log);

  /// The column, or null.
  const Column *find(const std::string &tag) const;

  /// At most so many values, in whole rows. Steps are divided into stretches of
  /// equal length, and of each the rows stay in which a column has its smallest
  /// or its largest value there or the first that is not finite; so do the
  /// rows of columns that have few values.
  void thin(size_t maxValues);

  std::vector<int64_t> steps;
  std::map<std::string, Column> columns;

private:
  std::vector<bool> chooseRows(size_t stretches) const;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_REPORTTABLE_H
