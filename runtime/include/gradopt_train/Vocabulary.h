//===- Vocabulary.h - The symbols of a text ---------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_VOCABULARY_H
#define GRADOPT_TRAIN_VOCABULARY_H

#include "gradopt_train/Status.h"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace gradopt::train {

enum class TextUnits {
  Bytes,
  Characters ///< UTF-8 code points
};

/// "byte" or "character".
const char *textUnitName(TextUnits units);

/// The symbols that a text model knows; an id is a place among them.
class Vocabulary {
public:
  /// The sorted set of the symbols of a text. `name` is used in messages, as in
  /// the other functions. Invalid UTF-8 is an error that says where, if the
  /// units are characters.
  static Expected<Vocabulary> of(const std::string &text, TextUnits units,
                                 const std::string &name);

  /// The entries of a checkpoint's metadata, and back.
  std::map<std::string, std::string> metadata() const;
  static Expected<Vocabulary>
  fromMetadata(const std::map<std::string, std::string> &metadata);

  TextUnits units() const { return kind; }
  int64_t size() const { return static_cast<int64_t>(symbols.size()); }
  /// The bytes of symbol number `id`, 0 <= id < size().
  const std::string &symbol(int64_t id) const {
    return symbols[static_cast<size_t>(id)];
  }
  /// Number of a symbol, or -1.
  int32_t id(const std::string &symbol) const;

  /// The ids of a text. A symbol outside the vocabulary is an error that lists
  /// such symbols and where each stands first.
  Expected<std::vector<int32_t>> encode(const std::string &text,
                                        const std::string &name) const;

private:
  Vocabulary() = default;

  TextUnits kind = TextUnits::Bytes;
  std::vector<std::string> symbols;
  std::unordered_map<std::string, int32_t> ids;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_VOCABULARY_H
