//===- CsvSource.cpp - Windows of a table of numbers ----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CsvSource.h"

#include "Encoding.h"
#include "SourceOptions.h"
#include "Utf8.h"
#include "gradopt_train/Checksum.h"
#include "gradopt_train/Files.h"
#include "gradopt_train/Safetensors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

using namespace gradopt::train;

/// Bounds what a row index plus a window can reach.
static constexpr int64_t maxWindow = int64_t(1) << 24;
static constexpr int64_t defaultWindow = 64;

Expected<std::unique_ptr<CsvSource>>
CsvSource::open(const SourceSpec &spec, const DataOptions &options) {
  Status status = checkDataOptions(options);
  std::unique_ptr<CsvSource> source(new CsvSource);
  source->name = "csv '" + spec.name + "'";
  source->seed = options.seed;
  if (status.ok())
    status = source->readOptions(spec, options);
  if (status.ok())
    status = source->setArrays(options);
  if (!status.ok())
    return status;
  Expected<std::string> text = readFile(spec.name, "csv");
  if (!text.ok())
    return text.status();
  Expected<CsvColumns> table =
      parseCsv(*text, spec.name, source->format, source->columns);
  if (!table.ok())
    return table.status();
  source->checksum = crc32c(text->data(), text->size());

  source->rowCount = static_cast<int64_t>(table->lines.size());
  int64_t held =
      options.wholeData
          ? 0
          : static_cast<int64_t>(std::floor(
                static_cast<double>(source->rowCount) * options.holdOut));
  source->trainingRows = source->rowCount - held;
  source->evaluationRow = options.wholeData ? 0 : source->trainingRows;
  status = source->setWindows(options);
  if (status.ok())
    status = source->standardize(*table, options);
  if (!status.ok())
    return status;
  if (source->evaluationRow < source->rowCount)
    source->setBaseline(source->evaluationRow, source->rowCount);
  else
    source->setBaseline(0, source->trainingRows);
  return source;
}

Status CsvSource::readOptions(const SourceSpec &spec,
                              const DataOptions &options) {
  OptionReader reader(spec);
  inputs = reader.list("inputs");
  targets = reader.list("target");
  window = reader.number("window", 1, maxWindow,
                         options.time > 0 ? options.time : defaultWindow);
  stride = reader.number("stride", 1, maxWindow, 1);
  horizon = reader.number("horizon", 0, maxWindow, 1);
  format.header = reader.number("header", 0, 1, 1) == 1;
  std::string delimiter = reader.text("delimiter").value_or(",");
  Status status = reader.finish();
  if (!status.ok())
    return status;
  if (delimiter == "tab")
    delimiter = "\t";
  // What a number or a quoted cell can hold does not tell cells apart.
  static const std::string delimiters = ",;:|\t ";
  if (delimiter.size() != 1 || delimiters.find(delimiter) == std::string::npos)
    return Status::error(name + ": delimiter=" + delimiter +
                         ": it must be one of , ; : | tab and a blank (%20)");
  format.delimiter = delimiter[0];
  if (inputs.empty() || targets.empty())
    return Status::error(name + " needs the columns: write " + spec.kind + ":" +
                         spec.name + "?inputs=A,B&target=C, with names" +
                         " of the first line, or numbers with header=0");
  for (const std::vector<std::string> *list : {&inputs, &targets}) {
    std::set<std::string> seen;
    for (const std::string &column : *list) {
      // A checkpoint keeps the names, in JSON.
      if (!isUtf8(column))
        return Status::error(name + ": the name of column " +
                             quoteName(column) +
                             " is not valid UTF-8: save the file as UTF-8");
      if (!seen.insert(column).second)
        return Status::error(name + ": column " + quoteName(column) +
                             " stands twice among the " +
                             (list == &inputs ? "inputs" : "targets"));
      columns.push_back(column);
    }
  }
  if (options.time != 0 && options.time != window)
    return Status::error(name + " has windows of " + std::to_string(window) +
                         " steps, but the model or the run asks for " +
                         std::to_string(options.time) +
                         ": make window and time the same");
  return Status();
}

/// Chooses types and forms by what the model wants.
Status CsvSource::setArrays(const DataOptions &options) {
  auto wanted = [&](const char *array) -> const ArrayInfo * {
    for (const ArrayInfo &info : options.wanted)
      if (info.name == array)
        return &info;
    return nullptr;
  };
  auto typeOf = [](const ArrayInfo *info) {
    return info && info->type == GRADOPT_F64 ? GRADOPT_F64 : GRADOPT_F32;
  };
  const ArrayInfo *y = wanted("y");
  infos = {{"x",
            typeOf(wanted("x")),
            {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH,
             static_cast<int64_t>(inputs.size())}},
           {"y", typeOf(y), {}}};
  targetOverTime = !y || std::find(y->dims.begin(), y->dims.end(),
                                   GRADOPT_DIM_TIME) != y->dims.end();
  std::vector<int64_t> &dims = infos[1].dims;
  if (targetOverTime)
    dims.push_back(GRADOPT_DIM_TIME);
  dims.push_back(GRADOPT_DIM_BATCH);
  bool flat = y && y->dims == dims;
  if (!flat || targets.size() != 1)
    dims.push_back(static_cast<int64_t>(targets.size()));
  if (const ArrayInfo *lengths = wanted("lengths"))
    infos.push_back({"lengths",
                     lengths->type == GRADOPT_I64 ? GRADOPT_I64 : GRADOPT_I32,
                     {GRADOPT_DIM_BATCH}});
  return Status();
}

/// Cuts both parts into windows.
Status CsvSource::setWindows(const DataOptions &options) {
  int64_t needed = window + horizon;
  auto windows = [&](int64_t rows) {
    return rows < needed ? 0 : (rows - needed) / stride + 1;
  };
  auto tooShort = [&](const std::string &part, int64_t rows) {
    return Status::error(
        part + name + " has " + std::to_string(rows) +
        " rows, too few for one window: " + std::to_string(window) +
        " steps and a horizon of " + std::to_string(horizon) + " need " +
        std::to_string(needed) + "; use a longer file or a shorter window");
  };
  int64_t held = rowCount - evaluationRow;
  if (windows(trainingRows) == 0)
    return tooShort(options.wholeData ? "" : "the training part of ",
                    trainingRows);
  if (options.holdOut > 0.0 && windows(held) == 0)
    return tooShort("the held-out part of ", held);
  // Windows are numbered through both parts.
  Parts parts{windows(trainingRows), windows(trainingRows), windows(held)};
  if (options.wholeData)
    parts.evaluationFirst = 0;
  return setParts(parts, "windows", name, options);
}

/// The row that a window begins with.
int64_t CsvSource::firstRow(int64_t index) const {
  if (index < parts().trainingRows)
    return index * stride;
  return evaluationRow + (index - parts().trainingRows) * stride;
}

/// Inputs, targets and horizon, as identity() and a checkpoint have them.
std::string CsvSource::describeRoles() const {
  auto list = [](const std::vector<std::string> &names) {
    std::string text;
    for (const std::string &each : names)
      text += (text.empty() ? "" : ", ") + quoteName(each);
    return text;
  };
  return "inputs " + list(inputs) + ", target " + list(targets) + ", horizon " +
         std::to_string(horizon);
}

/// A model takes columns by their order alone: in another one they would be
/// other quantities, standardized as if they were right.
Status CsvSource::checkRoles(const DataOptions &options) const {
  auto entry = options.stored.find(columnRolesKey);
  if (entry == options.stored.end())
    return Status::error("the checkpoint does not say which columns are its "
                         "inputs and targets ('" +
                         std::string(columnRolesKey) +
                         "'): train the model again");
  std::string roles = describeRoles();
  if (entry->second == roles)
    return Status();
  return Status::error(name +
                       ": the checkpoint was trained on other columns, "
                       "in another order or with another horizon: on " +
                       entry->second + ", but the data gives " + roles +
                       "; write inputs, target and horizon as they were");
}

Status CsvSource::standardize(CsvColumns &table, const DataOptions &options) {
  StatisticsByColumn stored;
  if (!options.stored.empty()) {
    auto entry = options.stored.find(columnStatisticsKey);
    if (entry == options.stored.end())
      return Status::error("the checkpoint has no column statistics: it is not "
                           "that of a model that was trained on a table");
    Expected<StatisticsByColumn> decoded = decodeStatistics(entry->second);
    if (!decoded.ok())
      return decoded.status();
    stored = std::move(*decoded);
    if (Status status = checkRoles(options); !status.ok())
      return status;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string &column = columns[i];
    ColumnStatistics used;
    auto known = stored.find(column);
    if (known != stored.end())
      used = known->second;
    else if (options.stored.empty())
      used = computeStatistics(table.values[i], trainingRows);
    else
      return Status::error("the checkpoint's column statistics are damaged: "
                           "there are none of column " +
                           quoteName(column));
    if (!std::isfinite(used.mean) || !std::isfinite(used.deviation))
      return Status::error(name + ": column " + quoteName(column) +
                           " holds numbers that are too large to standardize");
    statistics[column] = used;
    bool isInput = i < inputs.size();
    double limit = infos[isInput ? 0 : 1].type == GRADOPT_F32
                       ? double(std::numeric_limits<float>::max())
                       : std::numeric_limits<double>::max();
    for (size_t row = 0; row < table.values[i].size(); ++row) {
      double &value = table.values[i][row];
      value = (value - used.mean) / used.deviation;
      if (!(std::abs(value) <= limit))
        return Status::error(
            name + ", line " + std::to_string(table.lines[row]) + ", column " +
            quoteName(column) + " is so far from the others that the model's " +
            "type does not hold it in their deviations");
    }
  }
  values = std::move(table.values);
  return Status();
}

/// The error of a predictor that needs no model, over these rows.
void CsvSource::setBaseline(int64_t first, int64_t end) {
  double sum = 0.0;
  for (size_t i = inputs.size(); i < columns.size(); ++i)
    for (int64_t row = first + horizon; row < end; ++row) {
      const std::vector<double> &column = values[i];
      double known =
          horizon > 0 ? column[static_cast<size_t>(row - horizon)] : 0.0;
      double error = column[static_cast<size_t>(row)] - known;
      sum += error * error;
    }
  baselineError =
      sum / static_cast<double>((end - first - horizon) *
                                static_cast<int64_t>(targets.size()));
}

std::string CsvSource::baselineName() const {
  if (horizon == 0)
    return "mean of the training part";
  return "persistence: the target as it was " + std::to_string(horizon) +
         (horizon == 1 ? " row" : " rows") + " before";
}

std::string CsvSource::identity() const {
  return "csv of " + std::to_string(rowCount) + " rows, CRC32C " +
         hexadecimal(checksum, 8) + ", " + describeRoles() + ", window " +
         std::to_string(window) + ", stride " + std::to_string(stride) + ", " +
         std::to_string(trainingRows) + " for training, batch " +
         std::to_string(batch()) + ", seed " + std::to_string(seed);
}

std::map<std::string, std::string> CsvSource::metadata() const {
  return {{columnStatisticsKey, encodeStatistics(statistics)},
          {columnRolesKey, describeRoles()}};
}

BatchInfo CsvSource::fillRows(const std::vector<int64_t> &chosen,
                              void *const *pointers) const {
  auto count = static_cast<int64_t>(chosen.size());
  // Rows [from, window) of the columns [first, end), `ahead` rows later.
  auto copy = [&](size_t array, size_t first, size_t end, int64_t from,
                  int64_t ahead) {
    auto write = [&](auto *to) {
      using Element = std::remove_pointer_t<decltype(to)>;
      for (int64_t t = from; t < window; ++t)
        for (int64_t index : chosen)
          for (size_t i = first; i < end; ++i)
            *to++ = static_cast<Element>(
                values[i][static_cast<size_t>(firstRow(index) + t + ahead)]);
    };
    if (infos[array].type == GRADOPT_F64)
      write(static_cast<double *>(pointers[array]));
    else
      write(static_cast<float *>(pointers[array]));
  };
  copy(0, 0, inputs.size(), 0, 0);
  copy(1, inputs.size(), columns.size(), targetOverTime ? 0 : window - 1,
       horizon);
  if (infos.size() == 3) {
    if (infos[2].type == GRADOPT_I64)
      std::fill_n(static_cast<int64_t *>(pointers[2]), count, window);
    else
      std::fill_n(static_cast<int32_t *>(pointers[2]), count,
                  static_cast<int32_t>(window));
  }
  return {window, count, /*restart=*/true, count};
}
