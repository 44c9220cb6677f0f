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

namespace gradopt::train {

/// The bytes of a file as tokens. The vocabulary is the sorted set of the bytes
/// that occur in the whole file; ids are their places in it.
///
/// The training part is cut into `batch` contiguous streams of equal length;
/// what is left at the end of each, less than a window, is not used. Batch i
/// holds the i-th window of each stream, "tokens" and, one byte further,
/// "targets" (both time × batch, i32), and begins again at the start after the
/// last one.
class TextSource : public DataSource {
public:
  static Expected<std::unique_ptr<TextSource>> open(const std::string &file,
                                                    const DataOptions &options);
  /// The same of bytes in memory; `name` is used in messages.
  static Expected<std::unique_ptr<TextSource>>
  create(std::string bytes, const std::string &name,
         const DataOptions &options);

  std::string identity() const override;
  const std::vector<ArrayInfo> &arrays() const override;
  int64_t time() const override { return window; }
  int64_t batch() const override { return streams; }
  Metric metric() const override { return Metric::BitsPerCharacter; }
  double baseline() const override;
  std::string baselineName() const override;
  BatchInfo fill(uint64_t index, void *const *pointers) const override;
  int64_t evaluationBatches() const override;
  BatchInfo fillEvaluation(int64_t index, void *const *pointers) const override;
  std::map<std::string, std::string> metadata() const override;

  /// The distinct bytes in the order of their ids.
  const std::string &vocabulary() const { return symbols; }
  /// Id of a byte, or -1.
  int32_t id(unsigned char byte) const { return ids[byte]; }

  /// Bytes [0, trainingSize()) train, [trainingSize(), size()) are held out.
  int64_t size() const { return static_cast<int64_t>(bytes.size()); }
  int64_t trainingSize() const { return trainingBytes; }
  /// Training batches in one pass through the text.
  int64_t batchesPerPass() const { return windows; }

  /// Mean bits per byte of [begin, end) under the byte frequencies of the
  /// **whole** text; over the whole text, its unigram entropy. A part coded
  /// with its own frequencies would look cheaper than any predictor that has
  /// not seen it can be, and parts could not be compared. 0 if empty.
  double unigramBits(int64_t begin, int64_t end) const;

private:
  TextSource() = default;
  void copyWindow(int64_t first, int64_t stride, int64_t steps,
                  void *const *pointers) const;

  std::string bytes;
  std::string symbols;
  int32_t ids[256];
  uint32_t checksum = 0;
  int64_t trainingBytes = 0;
  int64_t window = 0;
  int64_t streams = 0;
  int64_t stream = 0; ///< bytes of a stream, its unused end included
  int64_t windows = 0;
  bool fixedTime = false;
};

/// The bytes of a vocabulary as a checkpoint keeps them, and back.
std::string encodeVocabulary(const std::string &symbols);
Expected<std::string> decodeVocabulary(const std::string &hexadecimal);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_TEXTSOURCE_H
