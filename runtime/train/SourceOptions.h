//===- SourceOptions.h - The options of a source specification --*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_SOURCEOPTIONS_H
#define GRADOPT_TRAIN_SOURCEOPTIONS_H

#include "gradopt_train/DataSource.h"

#include <utility>

namespace gradopt::train {

/// Reads the options of a specification by name. The first thing that is wrong
/// is kept for finish(); until then a wrong option has its default.
class OptionReader {
public:
  explicit OptionReader(const SourceSpec &spec) : spec(spec) {}

  /// A whole number from `low` to `high`.
  int64_t number(const std::string &key, int64_t low, int64_t high,
                 int64_t initial);
  /// A whole number N or a range LOW..HIGH.
  std::pair<int64_t, int64_t> range(const std::string &key, int64_t low,
                                    int64_t high, int64_t initial);
  /// The place of the value among `values`.
  size_t choice(const std::string &key, const std::vector<std::string> &values,
                size_t initial);
  /// The value, or nothing.
  std::optional<std::string> text(const std::string &key);
  /// The values of a list with commas; empty without the option.
  std::vector<std::string> list(const std::string &key);

  /// An option that was not read is an error, too.
  Status finish() const;

private:
  const std::string *find(const std::string &key);
  std::string decode(const std::string &key, const std::string &value);
  void fail(const std::string &key, const std::string &rule);

  const SourceSpec &spec;
  std::vector<std::string> known;
  Status failure;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_SOURCEOPTIONS_H
