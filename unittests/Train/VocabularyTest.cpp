//===- VocabularyTest.cpp - The symbols of a text -------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Vocabulary.h"

#include "TestSupport.h"
#include "gradopt_train/DataSource.h"

using namespace gradopt::train;

static Vocabulary vocabulary(const std::string &text,
                             TextUnits units = TextUnits::Bytes) {
  auto made = Vocabulary::of(text, units, "t");
  EXPECT_TRUE(made.ok()) << made.message();
  return *made;
}

TEST(Vocabulary, IdsAreCompactAndSorted) {
  Vocabulary symbols = vocabulary("zebra zebra\xff");
  ASSERT_EQ(symbols.size(), 7);
  std::string all;
  for (int64_t id = 0; id < symbols.size(); ++id) {
    all += symbols.symbol(id);
    EXPECT_EQ(symbols.id(symbols.symbol(id)), id);
  }
  EXPECT_EQ(all, " aberz\xff");
  EXPECT_EQ(symbols.id("q"), -1);
}

TEST(Vocabulary, CharactersAreSortedByCodePoint) {
  // One, two, three and four bytes, and the ends of each range.
  std::vector<std::string> ordered = {
      "\x01",   "z",      "\x7f",   "\u0080",     "\u07ff",    "\u0800",
      "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff"};
  std::string text;
  for (auto symbol = ordered.rbegin(); symbol != ordered.rend(); ++symbol)
    text += *symbol;
  Vocabulary symbols = vocabulary(text, TextUnits::Characters);
  ASSERT_EQ(symbols.size(), static_cast<int64_t>(ordered.size()));
  for (int64_t id = 0; id < symbols.size(); ++id)
    EXPECT_EQ(symbols.symbol(id), ordered[static_cast<size_t>(id)]);
}

TEST(Vocabulary, InvalidUtf8IsLocated) {
  for (const char *bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xe2\x82", "\xe2(\xac", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x90\x80", "\xff"})
    expectError(Vocabulary::of(std::string("ab") + bad, TextUnits::Characters,
                               "text 't'"),
                "text 't' is not valid UTF-8 at byte 2");
}

TEST(Vocabulary, EncodesWhatItKnows) {
  Vocabulary symbols = vocabulary("\u00e9ab", TextUnits::Characters);
  auto ids = symbols.encode("b\u00e9a", "the prompt");
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(*ids, (std::vector<int32_t>{1, 2, 0}));
  EXPECT_TRUE(symbols.encode("", "the prompt")->empty());
  expectError(symbols.encode("ax\u00e8\u0085x\n", "the prompt"), "the prompt",
              "characters that are not in the vocabulary",
              "'x' (0x78) at byte 1, '\u00e8' (0xc3a8) at byte 2, 0xc285 at "
              "byte 4, 0x0a at byte 7");
  expectError(symbols.encode("0123456789", "the prompt"), "and 2 more");
  expectError(symbols.encode("\xe9", "the prompt"), "not valid UTF-8");
  expectError(vocabulary("ab").encode("\xe9", "the prompt"), "bytes that are",
              ": 0xe9 at byte 0");
}

TEST(Vocabulary, SurvivesACheckpoint) {
  std::string all;
  for (int byte = 1; byte < 256; ++byte)
    all += static_cast<char>(byte);
  for (const Vocabulary &symbols :
       {vocabulary(all), vocabulary("a\u00e9\u20ac", TextUnits::Characters)}) {
    auto again = Vocabulary::fromMetadata(symbols.metadata());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->units(), symbols.units());
    ASSERT_EQ(again->size(), symbols.size());
    for (int64_t id = 0; id < symbols.size(); ++id)
      EXPECT_EQ(again->symbol(id), symbols.symbol(id));
  }
}

TEST(Vocabulary, RefusesDamagedMetadata) {
  expectError(Vocabulary::fromMetadata({}), "has no vocabulary");
  for (const char *bad : {"6", "616", "6g", "-1", "0x", "6161", "61 2"})
    expectError(Vocabulary::fromMetadata({{vocabularyKey, bad}}), "damaged");
  expectError(Vocabulary::fromMetadata(
                  {{vocabularyKey, "61"}, {vocabularyUnitsKey, "words"}}),
              "damaged", "'words'");
  expectError(Vocabulary::fromMetadata({{vocabularyKey, "61c3"},
                                        {vocabularyUnitsKey, "characters"}}),
              "damaged", "at byte 1");
}
