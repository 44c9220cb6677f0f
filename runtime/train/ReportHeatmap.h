//===- ReportHeatmap.h - Norms over time steps and training steps -*- C++
//-*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_REPORTHEATMAP_H
#define GRADOPT_TRAIN_REPORTHEATMAP_H

#include "gradopt_train/RunLog.h"

namespace gradopt::train {

/// The norms of one tag: a row for each profile in the events.
struct ReportHeatmap {
  struct Row {
    int64_t first, last; ///< the training steps whose largest norms it has
    std::vector<double> norms; ///< one for each column; kNone: no such time
  };
  static constexpr double kNone = -1;

  std::string tag;
  int64_t width = 1; ///< time steps in one column
  std::vector<Row> rows;

  size_t countColumns() const {
    return rows.empty() ? 0 : rows.front().norms.size();
  }
  /// At most so many rows and columns: the largest norms of neighbours.
  void thin(size_t maxRows, size_t maxColumns);
  /// All norms, row by row, as f64 in little-endian order in base 64.
  std::string encode() const;
};

/// All profiles of norms through time.
std::vector<ReportHeatmap> collectHeatmaps(const RunLog &log);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_REPORTHEATMAP_H
