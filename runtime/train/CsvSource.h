//===- CsvSource.h - Windows of a table of numbers --------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_CSVSOURCE_H
#define GRADOPT_TRAIN_CSVSOURCE_H

#include "ColumnStatistics.h"
#include "CsvColumns.h"
#include "RowSource.h"

namespace gradopt::train {

/// Windows of `window` consecutive rows of a table as sequences: "x" (time ×
/// batch × inputs) holds the input columns, "y" (time × batch × targets) at
/// each step the target columns `horizon` rows later, both standardized by the
/// mean and the deviation of the training part. Where the model takes "y"
/// without time it is the one of the last step, without its last dimension that
/// of the single target. "lengths" (batch), if the model takes it, is `window`.
///
/// A window begins every `stride` rows, and needs window + horizon of them. The
/// held-out part is the last rows of the file; no window reaches over its
/// start.
class CsvSource : public RowSource {
public:
  static Expected<std::unique_ptr<CsvSource>> open(const SourceSpec &spec,
                                                   const DataOptions &options);

  std::string identity() const override;
  const std::vector<ArrayInfo> &arrays() const override { return infos; }
  int64_t time() const override { return window; }
  Metric metric() const override { return Metric::MeanSquaredError; }
  std::optional<double> baseline() const override { return baselineError; }
  std::string baselineName() const override;
  std::map<std::string, std::string> metadata() const override;

protected:
  BatchInfo fillRows(const std::vector<int64_t> &chosen,
                     void *const *pointers) const override;

private:
  CsvSource() = default;
  Status readOptions(const SourceSpec &spec, const DataOptions &options);
  Status setArrays(const DataOptions &options);
  Status standardize(CsvColumns &table, const DataOptions &options);
  Status checkRoles(const DataOptions &options) const;
  std::string describeRoles() const;
  Status setWindows(const DataOptions &options);
  void setBaseline(int64_t first, int64_t end);
  int64_t firstRow(int64_t index) const;

  std::string name; ///< for messages
  CsvFormat format;
  std::vector<std::string> inputs;
  std::vector<std::string> targets;
  std::vector<std::string> columns; ///< inputs, then targets
  int64_t window = 0;
  int64_t stride = 1;
  int64_t horizon = 1;
  std::vector<ArrayInfo> infos;
  bool targetOverTime = true;
  /// Standardized, one per entry of `columns`.
  std::vector<std::vector<double>> values;
  StatisticsByColumn statistics;
  int64_t rowCount = 0;
  int64_t trainingRows = 0;
  int64_t evaluationRow = 0; ///< where the part for evaluation begins
  double baselineError = 0;
  uint32_t checksum = 0;
  uint64_t seed = 0;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_CSVSOURCE_H
