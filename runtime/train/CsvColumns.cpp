//===- CsvColumns.cpp - Numeric columns of a CSV file ---------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CsvColumns.h"

#include "CsvRecords.h"
#include "gradopt_train/Safetensors.h"

#include <charconv>
#include <cmath>
#include <map>

using namespace gradopt::train;

/// Why the text is no CSV file at all, or "".
static std::string checkText(const std::string &text) {
  if (text.find_first_not_of("\r\n") == std::string::npos ||
      text == "\xef\xbb\xbf")
    return "is empty";
  if (text.compare(0, 2, "\xff\xfe") == 0 ||
      text.compare(0, 2, "\xfe\xff") == 0)
    return "is UTF-16: save it as UTF-8";
  size_t nul = text.find('\0');
  if (nul != std::string::npos)
    return "is not a text: byte " + std::to_string(nul) +
           " is NUL, which only binary files hold";
  return "";
}

/// The places of the wanted columns in a record.
static Expected<std::vector<size_t>>
findColumns(const std::vector<std::string> &names, bool header,
            const std::vector<std::string> &columns) {
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < names.size(); ++i) {
    auto [place, added] = places.emplace(names[i], i);
    // Several columns without a name are no harm: nothing can choose them.
    if (!added && !names[i].empty())
      return Status::error("columns " + std::to_string(place->second + 1) +
                           " and " + std::to_string(i + 1) +
                           " have the same name " + quoteName(names[i]) +
                           ": rename one, or use header=0 and numbers if there "
                           "is no line of names");
  }
  std::vector<size_t> result;
  for (const std::string &column : columns) {
    auto place = places.find(column);
    if (place == places.end() || column.empty()) {
      std::string all;
      for (const std::string &name : names)
        all += (all.empty() ? "" : ", ") + quoteName(name);
      if (!header)
        all = "numbers 1 to " + std::to_string(names.size()) +
              ", since header=0 says that they have no names";
      return Status::error("there is no column " + quoteName(column) +
                           ": the columns are " + all);
    }
    result.push_back(place->second);
  }
  return result;
}

/// The value of a cell, or what is wrong with it.
static Expected<double> parseNumber(const std::string &cell) {
  if (cell.empty())
    return Status::error("is empty: fill the hole or leave the row out");
  const char *begin = cell.data(), *end = begin + cell.size();
  // from_chars takes no plus sign.
  if (*begin == '+' && cell.size() > 1 && begin[1] != '-')
    ++begin;
  double value = 0;
  auto [stop, error] = std::from_chars(begin, end, value);
  if (error == std::errc::result_out_of_range)
    return Status::error("is " + quoteName(cell) +
                         ", which is beyond the range of f64");
  if (error != std::errc() || stop != end)
    return Status::error("is " + quoteName(cell) + ", which is not a number");
  if (!std::isfinite(value))
    return Status::error("is " + quoteName(cell) +
                         ": a table must not hold NaN or Inf");
  return value;
}

Expected<CsvColumns>
gradopt::train::parseCsv(const std::string &text, const std::string &path,
                         const CsvFormat &format,
                         const std::vector<std::string> &columns) {
  std::string prefix = "csv '" + path + "'";
  std::string wrong = checkText(text);
  if (!wrong.empty())
    return Status::error(prefix + " " + wrong);

  CsvRecords records(text, format.delimiter);
  Expected<bool> more = records.next();
  if (!more.ok())
    return Status::error(prefix + ", " + more.message());
  std::vector<std::string> names = records.cells();
  if (!format.header)
    for (size_t i = 0; i < names.size(); ++i)
      names[i] = std::to_string(i + 1);
  Expected<std::vector<size_t>> places =
      findColumns(names, format.header, columns);
  if (!places.ok())
    return Status::error(prefix + ": " + places.message());
  if (format.header)
    more = records.next();

  CsvColumns result;
  result.values.resize(columns.size());
  for (; more.ok() && *more; more = records.next()) {
    const std::vector<std::string> &cells = records.cells();
    auto line = [&] {
      return prefix + ", line " + std::to_string(records.line());
    };
    if (cells.size() != names.size())
      return Status::error(
          line() +
          (cells.size() == 1 && cells[0].empty()
               ? " is empty"
               : " has " + std::to_string(cells.size()) +
                     (cells.size() == 1 ? " cell" : " cells")) +
          ", but there are " + std::to_string(names.size()) + " columns");
    for (size_t i = 0; i < columns.size(); ++i) {
      Expected<double> value = parseNumber(cells[(*places)[i]]);
      if (!value.ok())
        return Status::error(line() + ", column " + quoteName(columns[i]) +
                             " " + value.message());
      result.values[i].push_back(*value);
    }
    result.lines.push_back(records.line());
  }
  if (!more.ok())
    return Status::error(prefix + ", " + more.message());
  if (result.lines.empty())
    return Status::error(prefix + " has no rows below its line of names");
  return result;
}
