//===- TextSourceTest.cpp - Batches of a text -----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/TextSource.h"

#include "TestSupport.h"

#include <cmath>

using namespace gradopt::train;

static DataOptions options(int64_t batch, int64_t time, double holdOut = 0.0) {
  DataOptions result;
  result.batch = batch;
  result.time = time;
  result.holdOut = holdOut;
  return result;
}

static std::unique_ptr<TextSource> text(const std::string &bytes,
                                        const DataOptions &options) {
  auto source = TextSource::create(bytes, "t", options);
  EXPECT_TRUE(source.ok()) << source.message();
  return source.ok() ? std::move(*source) : nullptr;
}

namespace {

/// The arrays of a batch, one string per row.
struct Rows {
  BatchInfo info;
  std::vector<std::string> tokens, targets;
};

} // namespace

template <typename Fill>
static Rows rows(const TextSource &source, Fill fill) {
  auto size = static_cast<size_t>(source.time() * source.batch());
  // One more element each to see a write past the end.
  std::vector<int32_t> tokens(size + 1, -7), targets(size + 1, -7);
  void *pointers[] = {tokens.data(), targets.data()};
  Rows result;
  result.info = fill(pointers);
  EXPECT_EQ(tokens[size], -7);
  EXPECT_EQ(targets[size], -7);
  auto row = [&](const std::vector<int32_t> &array, int64_t index) {
    std::string bytes;
    for (int64_t t = 0; t < result.info.time; ++t)
      bytes += source.vocabulary().symbol(array[t * source.batch() + index]);
    return bytes;
  };
  for (int64_t i = 0; i < source.batch(); ++i) {
    result.tokens.push_back(row(tokens, i));
    result.targets.push_back(row(targets, i));
  }
  return result;
}

static Rows next(TextSource &source) {
  return rows(source, [&](void *const *p) { return source.next(p); });
}

static Rows evaluation(const TextSource &source, int64_t index) {
  return rows(source,
              [&](void *const *p) { return source.fillEvaluation(index, p); });
}

using Strings = std::vector<std::string>;

TEST(TextSource, CutsContiguousStreamsAndWraps) {
  // 26 letters: 25 predictions, 2 streams of 12, windows of 3.
  auto source = text("abcdefghijklmnopqrstuvwxyz", options(2, 3));
  ASSERT_TRUE(source);
  EXPECT_EQ(source->batchesPerEpoch(), 4);
  Rows first = next(*source);
  EXPECT_EQ(first.tokens, (Strings{"abc", "mno"}));
  EXPECT_EQ(first.targets, (Strings{"bcd", "nop"}));
  EXPECT_TRUE(first.info.restart);
  EXPECT_EQ(first.info.units, 6);
  Rows second = next(*source);
  EXPECT_EQ(second.tokens, (Strings{"def", "pqr"}));
  EXPECT_FALSE(second.info.restart);
  next(*source);
  Rows last = next(*source);
  EXPECT_EQ(last.tokens, (Strings{"jkl", "vwx"}));
  EXPECT_EQ(last.targets, (Strings{"klm", "wxy"}));
  EXPECT_FALSE(last.info.restart);
  Rows again = next(*source);
  EXPECT_EQ(again.tokens, first.tokens);
  EXPECT_TRUE(again.info.restart);
}

TEST(TextSource, StreamsAreWholeWindows) {
  // 29 predictions: 2 streams of 14, each 3 windows of 4 and an end of 2 that
  // is not used: what is left out is spread over the text.
  auto source = text("abcdefghijklmnopqrstuvwxyz0123", options(2, 4));
  ASSERT_TRUE(source);
  EXPECT_EQ(source->batchesPerEpoch(), 3);
  EXPECT_EQ(next(*source).tokens, (Strings{"abcd", "opqr"}));
  next(*source);
  EXPECT_EQ(next(*source).targets, (Strings{"jklm", "xyz0"}));
}

TEST(TextSource, ShortestTextFitsOneBatch) {
  auto source = text("abcdefg", options(2, 3));
  ASSERT_TRUE(source);
  EXPECT_EQ(source->batchesPerEpoch(), 1);
  EXPECT_TRUE(next(*source).info.restart);
  EXPECT_TRUE(next(*source).info.restart);
  expectError(TextSource::create("abcdef", "t", options(2, 3)),
              "has 6 bytes, too short", "need 7 bytes");
}

TEST(TextSource, HoldOutIsTheEndAndIsCoveredOnce) {
  auto source = text("aaaaaaaaaaaabcdefghijklm", options(2, 4, 0.5));
  ASSERT_TRUE(source);
  EXPECT_EQ(source->trainingSize(), 12);
  // 12 held out: 11 predictions, 2 streams of 5: windows of 4 and of 1.
  ASSERT_EQ(source->evaluationBatches(), 2);
  Rows first = evaluation(*source, 0);
  EXPECT_EQ(first.tokens, (Strings{"bcde", "ghij"}));
  EXPECT_EQ(first.targets, (Strings{"cdef", "hijk"}));
  EXPECT_TRUE(first.info.restart);
  Rows last = evaluation(*source, 1);
  EXPECT_EQ(last.tokens, (Strings{"f", "k"}));
  EXPECT_EQ(last.targets, (Strings{"g", "l"}));
  EXPECT_EQ(last.info.time, 1);
  EXPECT_EQ(last.info.units, 2);
  EXPECT_FALSE(last.info.restart);
  // Nothing of it is trained on.
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(next(*source).targets, (Strings{"aaaa", "aaaa"}));
}

TEST(TextSource, FixedTimeDropsTheShortWindow) {
  DataOptions fixed = options(2, 4, 0.5);
  fixed.fixedTime = true;
  auto source = text("aaaaaaaaaaaabcdefghijklm", fixed);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->evaluationBatches(), 1);
  EXPECT_EQ(evaluation(*source, 0).info.time, 4);
}

TEST(TextSource, WithoutHoldOutNothingToEvaluate) {
  EXPECT_EQ(text("abcdefgh", options(1, 3))->evaluationBatches(), 0);
}

TEST(TextSource, RefusesHoldOuts) {
  for (double share : {-0.1, 1.0, 1.5, std::nan("")})
    expectError(TextSource::create("abcdefgh", "t", options(1, 3, share)),
                "hold-out");
  expectError(TextSource::create("abcdefghijkl", "t", options(1, 4, 0.3)),
              "held-out part", "has 3 bytes", "need 5 bytes");
  expectError(TextSource::create("abcdefghijkl", "t", options(1, 4, 0.9)),
              "training part", "has 2 bytes");
}

static auto openText(const std::string &file, const DataOptions &options) {
  return openDataSource("text:" + file, options);
}

TEST(TextSource, RefusesWhatIsNoText) {
  TemporaryFolder folder;
  std::string file = folder.file("data");
  expectError(openText(file, options(1, 3)), file, "no such file");
  expectError(openText(folder.path(), options(1, 3)), "folder");
  put(file, "");
  expectError(openText(file, options(1, 3)), file, "empty");
  put(file, std::string("abc\0defgh", 9));
  expectError(openText(file, options(1, 3)), file, "byte 3 is NUL", "binary");
  put(file, "abcdefgh");
  EXPECT_TRUE(openText(file, options(1, 3)).ok());
  expectError(openText(file + "?unit=bytes", options(1, 3)), "no option 'unit'",
              "its option is units");
  expectError(openText(file + "?units=words", options(1, 3)), "units=words",
              "bytes or characters");
  ::chmod(file.c_str(), 0);
  Unprivileged unprivileged;
  expectError(openText(file, options(1, 3)), file, "Permission denied");
}

TEST(TextSource, VocabularyLimitNamesBothNumbers) {
  DataOptions limited = options(1, 3);
  limited.indexLimits = {{"tokens", 8}, {"targets", 8}, {"other", 1}};
  EXPECT_TRUE(TextSource::create("abcdefgh", "t", limited).ok());
  for (const char *name : {"tokens", "targets"}) {
    DataOptions smaller = limited;
    smaller.indexLimits[name] = 7;
    expectError(TextSource::create("abcdefgh", "t", smaller),
                "8 distinct bytes", "vocabulary has 7");
  }
}

TEST(TextSource, TakesTheVocabularyOfACheckpoint) {
  DataOptions given = options(1, 3);
  given.stored = {{vocabularyKey, "6867666564636261"}};
  auto source = text("abcabc", given);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->vocabulary().id("a"), 7);
  EXPECT_EQ(source->metadata().at(vocabularyKey), "6867666564636261");
  expectError(TextSource::create("abcaxc\x1b", "t", given),
              "not in the vocabulary of the checkpoint",
              "'x' (0x78) at byte 4, 0x1b at byte 6");
  given.stored = {{"gradopt.step", "1"}};
  expectError(TextSource::create("abcabc", "t", given), "has no vocabulary");
  given.stored = {{vocabularyKey, "616"}};
  expectError(TextSource::create("abcabc", "t", given), "damaged");
  given.stored = {{vocabularyKey, "616263"},
                  {vocabularyUnitsKey, "characters"}};
  expectError(TextSource::create("abcabc", "t", given), "units=characters");
}

TEST(TextSource, CharactersAreCodePoints) {
  auto source = TextSource::create("na\u00efve na\u00efve", "t", options(2, 2),
                                   TextUnits::Characters);
  ASSERT_TRUE(source.ok());
  EXPECT_EQ((*source)->size(), 11);
  EXPECT_EQ((*source)->vocabulary().size(), 6);
  Rows first = next(**source);
  EXPECT_EQ(first.tokens, (Strings{"na", " n"}));
  EXPECT_EQ(first.targets, (Strings{"a\u00ef", "na"}));
  EXPECT_THAT((*source)->identity(), testing::HasSubstr("11 characters"));
  EXPECT_EQ((*source)->baselineName(),
            "entropy of the text's character frequencies");
  // The same as bytes is another source.
  auto bytes = text("na\u00efve na\u00efve", options(2, 2));
  EXPECT_EQ(bytes->size(), 13);
  expectError(bytes->restorePosition((*source)->savePosition()), "other data");
  expectError(
      TextSource::create("abc\xff", "t", options(1, 3), TextUnits::Characters),
      "text 't' is not valid UTF-8 at byte 3 (0xff)", "units=bytes");
  expectError(TextSource::create("\u00ef\u00ef\u00ef", "t", options(1, 3),
                                 TextUnits::Characters),
              "has 3 characters, too short", "need 4 characters");
}

TEST(TextSource, WholeDataIsEveryWindowInOrder) {
  DataOptions whole = options(2, 4, 0.5);
  whole.wholeData = true;
  auto source = text("abcdefghijklm", whole);
  ASSERT_TRUE(source);
  // 12 predictions, 2 streams of 6.
  ASSERT_EQ(source->evaluationBatches(), 2);
  EXPECT_EQ(evaluation(*source, 0).tokens, (Strings{"abcd", "ghij"}));
  EXPECT_EQ(evaluation(*source, 1).targets, (Strings{"fg", "lm"}));
  // Shorter than a window.
  EXPECT_EQ(evaluation(*text("abc", whole), 0).tokens, (Strings{"a", "b"}));
  expectError(TextSource::create("ab", "t", whole), "text 't' has 2 bytes",
              "need 3 bytes");
  whole.fixedTime = true;
  expectError(TextSource::create("abcdefgh", "t", whole), "need 9 bytes");
}

TEST(TextSource, UnigramBits) {
  // Four letters as often as each other: 2 bits.
  auto even = text("abcdabcdabcd", options(1, 3));
  EXPECT_DOUBLE_EQ(*even->baseline(), 2.0);
  // a: 3/4, b: 1/4 over the whole text, and another share in each part.
  auto skewed = text("aaaaaaaabbba", options(1, 2, 0.25));
  double bitsA = -std::log2(0.75), bitsB = 2.0;
  EXPECT_DOUBLE_EQ(*skewed->baseline(), 0.75 * bitsA + 0.25 * bitsB);
  EXPECT_DOUBLE_EQ(skewed->unigramBits(skewed->trainingSize(), skewed->size()),
                   (bitsA + 2 * bitsB) / 3);
  EXPECT_DOUBLE_EQ(skewed->unigramBits(0, skewed->trainingSize()),
                   (8 * bitsA + bitsB) / 9);
  EXPECT_EQ(skewed->unigramBits(5, 5), 0.0);
}

TEST(TextSource, PositionResumesExactly) {
  std::string bytes = "the quick brown fox jumps over the lazy dog";
  auto whole = text(bytes, options(2, 3));
  for (int i = 0; i < 9; ++i)
    next(*whole);
  auto saved = whole->savePosition();
  auto resumed = text(bytes, options(2, 3));
  ASSERT_TRUE(resumed->restorePosition(saved).ok());
  EXPECT_EQ(resumed->position(), 9u);
  for (int i = 0; i < 20; ++i) {
    Rows a = next(*whole), b = next(*resumed);
    EXPECT_EQ(a.tokens, b.tokens);
    EXPECT_EQ(a.info.restart, b.info.restart);
  }
}

TEST(TextSource, RefusesThePositionOfOtherData) {
  std::string bytes = "the quick brown fox jumps over the lazy dog";
  auto saved = text(bytes, options(2, 3))->savePosition();
  std::string changed = bytes;
  changed.back() = 'G';
  expectError(text(changed, options(2, 3))->restorePosition(saved),
              "other data");
  expectError(text(bytes, options(3, 3))->restorePosition(saved), "batch 2",
              "batch 3");
  expectError(text(bytes, options(2, 4))->restorePosition(saved), "window 3",
              "window 4");
  expectError(text(bytes, options(2, 3, 0.2))->restorePosition(saved),
              "43 for training", "35 for training");
}
