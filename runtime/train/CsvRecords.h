//===- CsvRecords.h - The lines of a CSV file -------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_CSVRECORDS_H
#define GRADOPT_TRAIN_CSVRECORDS_H

#include "gradopt_train/Status.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gradopt::train {

/// Reads the records of a CSV file (RFC 4180) one after the other. Lines end
/// with LF, CRLF or CR; a cell in quotes may hold delimiters, line ends and
/// doubled quotes. Blanks around a cell without quotes are left out, and so are
/// a byte order mark and empty lines at the end of the file.
class CsvRecords {
public:
  /// The text must outlive it.
  CsvRecords(const std::string &text, char delimiter);

  /// Reads the next record; false at the end. Messages begin with "line N".
  Expected<bool> next();

  const std::vector<std::string> &cells() const { return record; }
  /// The line that the record begins in, from 1.
  int64_t line() const { return recordLine; }

private:
  bool atEnd() const { return at >= text.size(); }
  bool atLineEnd() const {
    return atEnd() || text[at] == '\n' || text[at] == '\r';
  }
  void takeLineEnd();
  Status readQuoted(std::string &cell);
  Status readPlain(std::string &cell);

  const std::string &text;
  char delimiter;
  size_t at = 0;
  size_t end = 0; ///< where only empty lines follow
  int64_t currentLine = 1;
  int64_t recordLine = 0;
  std::vector<std::string> record;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_CSVRECORDS_H
