//===- CsvColumns.h - Numeric columns of a CSV file -------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_CSVCOLUMNS_H
#define GRADOPT_TRAIN_CSVCOLUMNS_H

#include "gradopt_train/Status.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gradopt::train {

struct CsvFormat {
  char delimiter = ',';
  /// The first record is the names of the columns, which are told apart by
  /// them; else by their numbers, from 1.
  bool header = true;
};

/// Columns of numbers, one vector each, and the line of each row.
struct CsvColumns {
  std::vector<std::vector<double>> values;
  std::vector<int64_t> lines;
};

/// Reads the columns of these names; what the others hold does not matter.
/// Every row must have a cell for each column of the file, and a finite number
/// in those that are read. `path` is used in messages, which say line and
/// column.
Expected<CsvColumns> parseCsv(const std::string &text, const std::string &path,
                              const CsvFormat &format,
                              const std::vector<std::string> &columns);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_CSVCOLUMNS_H
