//===- SourceOptions.cpp - The options of a source specification ----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SourceOptions.h"

#include "Encoding.h"

#include <algorithm>

using namespace gradopt::train;

const std::string *OptionReader::find(const std::string &key) {
  known.push_back(key);
  for (const auto &option : spec.options)
    if (option.first == key)
      return &option.second;
  return nullptr;
}

void OptionReader::fail(const std::string &key, const std::string &rule) {
  if (failure.ok())
    failure = Status::error(spec.kind + " '" + spec.name + "': " + key + "=" +
                            *find(key) + ": " + rule);
}

static std::optional<int64_t> parseWithin(const std::string &text, int64_t low,
                                          int64_t high) {
  std::optional<uint64_t> number = parseUnsigned(text);
  if (!number || *number < static_cast<uint64_t>(low) ||
      *number > static_cast<uint64_t>(high))
    return std::nullopt;
  return static_cast<int64_t>(*number);
}

int64_t OptionReader::number(const std::string &key, int64_t low, int64_t high,
                             int64_t initial) {
  const std::string *value = find(key);
  if (!value)
    return initial;
  std::optional<int64_t> number = parseWithin(*value, low, high);
  if (!number)
    fail(key, "it must be a whole number from " + std::to_string(low) + " to " +
                  std::to_string(high));
  return number.value_or(initial);
}

std::pair<int64_t, int64_t> OptionReader::range(const std::string &key,
                                                int64_t low, int64_t high,
                                                int64_t initial) {
  const std::string *value = find(key);
  if (!value)
    return {initial, initial};
  size_t dots = value->find("..");
  auto first = parseWithin(value->substr(0, dots), low, high);
  auto last = dots == std::string::npos
                  ? first
                  : parseWithin(value->substr(dots + 2), low, high);
  if (first && last && *first <= *last)
    return {*first, *last};
  fail(key, "it must be a whole number from " + std::to_string(low) + " to " +
                std::to_string(high) +
                ", or a range LOW..HIGH of such numbers");
  return {initial, initial};
}

size_t OptionReader::choice(const std::string &key,
                            const std::vector<std::string> &values,
                            size_t initial) {
  const std::string *value = find(key);
  if (!value)
    return initial;
  auto place = std::find(values.begin(), values.end(), *value);
  if (place != values.end())
    return static_cast<size_t>(place - values.begin());
  std::string all;
  for (const std::string &each : values)
    all += (all.empty() ? "" : " or ") + each;
  fail(key, "it must be " + all);
  return initial;
}

/// Replaces %XX by the byte.
std::string OptionReader::decode(const std::string &key,
                                 const std::string &value) {
  std::string text;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      text.push_back(value[i]);
      continue;
    }
    std::string digits = value.substr(i + 1, 2);
    std::optional<uint64_t> byte = parseUnsigned(digits, 16);
    if (!byte || digits.size() != 2) {
      fail(key, "a % must be followed by two hexadecimal digits; a % itself is "
                "%25");
      return text;
    }
    text.push_back(static_cast<char>(*byte));
    i += 2;
  }
  return text;
}

std::optional<std::string> OptionReader::text(const std::string &key) {
  const std::string *value = find(key);
  if (!value)
    return std::nullopt;
  return decode(key, *value);
}

std::vector<std::string> OptionReader::list(const std::string &key) {
  std::vector<std::string> result;
  const std::string *value = find(key);
  // A comma in an entry is %2C, so the list is cut before that is decoded.
  for (size_t begin = 0; value && begin <= value->size();) {
    size_t end = std::min(value->find(',', begin), value->size());
    result.push_back(decode(key, value->substr(begin, end - begin)));
    begin = end + 1;
  }
  return result;
}

Status OptionReader::finish() const {
  if (!failure.ok())
    return failure;
  for (const auto &option : spec.options)
    if (std::find(known.begin(), known.end(), option.first) == known.end()) {
      std::string all;
      for (size_t i = 0; i < known.size(); ++i)
        all += (i == 0                  ? ""
                : i + 1 == known.size() ? " and "
                                        : ", ") +
               known[i];
      return Status::error(spec.kind + " '" + spec.name + "' has no option '" +
                           option.first + "': " +
                           (known.empty()       ? "it has none"
                            : known.size() == 1 ? "its option is "
                                                : "its options are ") +
                           all);
    }
  return Status();
}
