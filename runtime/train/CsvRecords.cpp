//===- CsvRecords.cpp - The lines of a CSV file ---------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CsvRecords.h"

using namespace gradopt::train;

CsvRecords::CsvRecords(const std::string &text, char delimiter)
    : text(text), delimiter(delimiter), end(text.size()) {
  if (text.compare(0, 3, "\xef\xbb\xbf") == 0)
    at = 3;
  while (end > at && (text[end - 1] == '\n' || text[end - 1] == '\r'))
    --end;
}

void CsvRecords::takeLineEnd() {
  if (atEnd())
    return;
  if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n')
    ++at;
  ++at;
  ++currentLine;
}

Status CsvRecords::readQuoted(std::string &cell) {
  int64_t opened = currentLine;
  ++at;
  while (true) {
    if (atEnd())
      return Status::error("line " + std::to_string(opened) +
                           ": a quote is opened and never closed");
    if (text[at] == '"') {
      ++at;
      if (atEnd() || text[at] != '"')
        break;
      cell.push_back('"');
      ++at;
    } else if (atLineEnd()) {
      cell.push_back('\n');
      takeLineEnd();
    } else {
      cell.push_back(text[at++]);
    }
  }
  while (!atLineEnd() && text[at] != delimiter &&
         (text[at] == ' ' || text[at] == '\t'))
    ++at;
  if (!atLineEnd() && text[at] != delimiter)
    return Status::error("line " + std::to_string(currentLine) +
                         ": a closing quote is followed by something else "
                         "than a delimiter; a quote in a cell is doubled");
  return Status();
}

Status CsvRecords::readPlain(std::string &cell) {
  size_t begin = at;
  for (; !atLineEnd() && text[at] != delimiter; ++at)
    if (text[at] == '"')
      return Status::error("line " + std::to_string(currentLine) +
                           ": a quote stands within a cell that does not begin "
                           "with one; put the cell in quotes and double those "
                           "in it");
  cell.assign(text, begin, at - begin);
  cell.erase(cell.find_last_not_of(" \t") + 1);
  return Status();
}

Expected<bool> CsvRecords::next() {
  record.clear();
  if (at >= end)
    return false;
  recordLine = currentLine;
  while (true) {
    while (!atLineEnd() && text[at] != delimiter &&
           (text[at] == ' ' || text[at] == '\t'))
      ++at;
    record.emplace_back();
    Status status = !atEnd() && text[at] == '"' ? readQuoted(record.back())
                                                : readPlain(record.back());
    if (!status.ok())
      return status;
    if (atLineEnd())
      break;
    ++at; // the delimiter
  }
  takeLineEnd();
  return true;
}
