//===- TextSource.h - Batches of a text for character models ----*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_TEXTSOURCE_H
#define GRADOPT_TRAIN_TEXTSOURCE_H

#include "gradopt_train/DataSource.h"
#include "gradopt_train/Vocabulary.h"

namespace gradopt::train {

/// The bytes or the characters of a file as tokens. The vocabulary is the
/// sorted set of the symbols that occur in the whole file, or that of a
/// checkpoint; ids are their places in it.
///
/// The training part is cut into `batch` contiguous streams of equal length;
/// what is left at the end of each, less than a window, is not used. Batch i
/// holds the i-th window of each stream, "tokens" and, one symbol further,
/// "targets" (both time × batch, i32), and begins again at the start after the
/// last one. Evaluation uses the last, shorter windows as well.
///
/// Option: `units`, `bytes` (default) or `characters`, the code points of
/// UTF-8.
class TextSource : public DataSource {
public:
  static Expected<std::unique_ptr<TextSource>> open(const SourceSpec &spec,
                                                    const DataOptions &options);
  /// The same of a text in memory; `name` is used in messages.
  static Expected<std::unique_ptr<TextSource>>
  create(const std::string &text, const std::string &name,
         const DataOptions &options, TextUnits units = TextUnits::Bytes);

  std::string identity() const override;
  const std::vector<ArrayInfo> &arrays() const override;
  int64_t time() const override { return window; }
  int64_t batch() const override { return streams; }
  Metric metric() const override { return Metric::BitsPerCharacter; }
  std::optional<double> baseline() const override;
  std::string baselineName() const override;
  int64_t batchesPerEpoch() const override { return windows; }
  BatchInfo fill(uint64_t index, void *const *pointers) const override;
  int64_t evaluationBatches() const override;
  BatchInfo fillEvaluation(int64_t index, void *const *pointers) const override;
  std::map<std::string, std::string> metadata() const override {
    return symbols.metadata();
  }

  const Vocabulary &vocabulary() const { return symbols; }

  /// Symbols [0, trainingSize()) train, [trainingSize(), size()) are held out.
  int64_t size() const { return static_cast<int64_t>(ids.size()); }
  int64_t trainingSize() const { return trainingIds; }

  /// Mean bits per symbol of [begin, end) under the frequencies of the
  /// **whole** text; over the whole text, its unigram entropy. A part coded
  /// with its own frequencies would look cheaper than any predictor that has
  /// not seen it can be, and parts could not be compared. 0 if empty.
  double unigramBits(int64_t begin, int64_t end) const;

private:
  explicit TextSource(Vocabulary symbols) : symbols(std::move(symbols)) {}
  void copyWindow(int64_t first, int64_t stride, int64_t steps,
                  void *const *pointers) const;

  Vocabulary symbols;
  std::vector<int32_t> ids;
  uint32_t checksum = 0;
  int64_t trainingIds = 0;
  int64_t evaluationFirst = 0; ///< where the part for evaluation begins
  int64_t window = 0;
  int64_t streams = 0;
  int64_t stream = 0; ///< symbols of a stream, its unused end included
  int64_t windows = 0;
  bool fixedTime = false;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_TEXTSOURCE_H
