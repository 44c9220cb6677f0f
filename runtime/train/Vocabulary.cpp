//===- Vocabulary.cpp - The symbols of a text -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Vocabulary.h"

#include "Encoding.h"
#include "Utf8.h"
#include "gradopt_train/DataSource.h"

#include <set>

using namespace gradopt::train;

const char *gradopt::train::textUnitName(TextUnits units) {
  return units == TextUnits::Bytes ? "byte" : "character";
}

/// Calls `take(symbol, offset)` for each symbol of a text.
template <typename Take>
static Status forEachSymbol(const std::string &text, TextUnits units,
                            const std::string &name, Take take) {
  std::string symbol;
  for (size_t at = 0; at < text.size(); at += symbol.size()) {
    size_t length = units == TextUnits::Bytes ? 1 : utf8Length(text, at);
    if (length == 0)
      return Status::error(
          name + " is not valid UTF-8 at byte " + std::to_string(at) + " (0x" +
          hexadecimal(static_cast<unsigned char>(text[at]), 2) +
          "): convert it to UTF-8, or use units=bytes");
    symbol.assign(text, at, length);
    take(symbol, at);
  }
  return Status();
}

Expected<Vocabulary> Vocabulary::of(const std::string &text, TextUnits units,
                                    const std::string &name) {
  std::set<std::string> found;
  Status status =
      forEachSymbol(text, units, name, [&](const std::string &symbol, size_t) {
        found.insert(symbol);
      });
  if (!status.ok())
    return status;
  Vocabulary vocabulary;
  vocabulary.kind = units;
  // The order of UTF-8 as bytes is that of the code points.
  vocabulary.symbols.assign(found.begin(), found.end());
  for (const std::string &symbol : vocabulary.symbols)
    vocabulary.ids.emplace(symbol, vocabulary.ids.size());
  return vocabulary;
}

int32_t Vocabulary::id(const std::string &symbol) const {
  auto place = ids.find(symbol);
  return place == ids.end() ? -1 : place->second;
}

/// A symbol in a message: "'x' (0x78)", without what a terminal would act on.
static std::string describeSymbol(const std::string &symbol, TextUnits units) {
  std::string code = "0x";
  for (char byte : symbol)
    code += hexadecimal(static_cast<unsigned char>(byte), 2);
  auto first = static_cast<unsigned char>(symbol[0]);
  // U+0080 to U+009F are control characters, too.
  bool control =
      first < 0x20 || first == 0x7f ||
      (first == 0xc2 && static_cast<unsigned char>(symbol[1]) < 0xa0);
  if (control || (units == TextUnits::Bytes && first >= 0x80))
    return code;
  return "'" + symbol + "' (" + code + ")";
}

Expected<std::vector<int32_t>>
Vocabulary::encode(const std::string &text, const std::string &name) const {
  constexpr size_t shown = 8;
  std::vector<int32_t> result;
  std::set<std::string> strange;
  std::string list;
  Status status = forEachSymbol(
      text, kind, name, [&](const std::string &symbol, size_t at) {
        int32_t found = id(symbol);
        result.push_back(found);
        if (found < 0 && strange.insert(symbol).second &&
            strange.size() <= shown)
          list += (list.empty() ? "" : ", ") + describeSymbol(symbol, kind) +
                  " at byte " + std::to_string(at);
      });
  if (!status.ok())
    return status;
  if (strange.empty())
    return result;
  if (strange.size() > shown)
    list += " and " + std::to_string(strange.size() - shown) + " more";
  return Status::error(
      name + " holds " + textUnitName(kind) +
      "s that are not in the vocabulary of the checkpoint: " + list);
}

std::map<std::string, std::string> Vocabulary::metadata() const {
  std::string text;
  for (const std::string &symbol : symbols)
    for (char byte : symbol)
      text += hexadecimal(static_cast<unsigned char>(byte), 2);
  return {{vocabularyKey, text},
          {vocabularyUnitsKey, std::string(textUnitName(kind)) + "s"}};
}

Expected<Vocabulary>
Vocabulary::fromMetadata(const std::map<std::string, std::string> &metadata) {
  auto damaged = [](const std::string &why) {
    return Status::error("the checkpoint's vocabulary is damaged: " + why);
  };
  auto stored = metadata.find(vocabularyKey);
  if (stored == metadata.end())
    return Status::error("the checkpoint has no vocabulary: it is not that of "
                         "a model that was trained on a text");
  Vocabulary vocabulary;
  auto units = metadata.find(vocabularyUnitsKey);
  // Checkpoints before there were characters do not say.
  if (units != metadata.end() && units->second == "characters")
    vocabulary.kind = TextUnits::Characters;
  else if (units != metadata.end() && units->second != "bytes")
    return damaged("its units are '" + units->second + "'");

  std::string bytes;
  const std::string &text = stored->second;
  for (size_t i = 0; i < text.size(); i += 2) {
    std::optional<uint64_t> byte = parseUnsigned(text.substr(i, 2), 16);
    if (!byte || i + 2 > text.size())
      return damaged("'" + text.substr(i, 2) +
                     "' is not a byte in hexadecimal");
    bytes.push_back(static_cast<char>(*byte));
  }
  std::string twice;
  Status status = forEachSymbol(
      bytes, vocabulary.kind, "it", [&](const std::string &symbol, size_t) {
        if (!vocabulary.ids.emplace(symbol, vocabulary.ids.size()).second)
          twice = symbol;
        vocabulary.symbols.push_back(symbol);
      });
  if (!status.ok())
    return damaged(status.message());
  if (!twice.empty())
    return damaged(std::string(textUnitName(vocabulary.kind)) + " " +
                   describeSymbol(twice, vocabulary.kind) +
                   " stands in it twice");
  return vocabulary;
}
