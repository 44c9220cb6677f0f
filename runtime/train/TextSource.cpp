//===- TextSource.cpp - Batches of a text for character models ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/TextSource.h"

#include "Encoding.h"
#include "gradopt_train/Checksum.h"
#include "gradopt_train/Files.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

using namespace gradopt::train;

static std::array<int64_t, 256> countBytes(const std::string &bytes,
                                           size_t begin, size_t end) {
  std::array<int64_t, 256> counts = {};
  for (size_t i = begin; i < end; ++i)
    ++counts[static_cast<unsigned char>(bytes[i])];
  return counts;
}

Expected<std::unique_ptr<TextSource>>
TextSource::open(const std::string &file, const DataOptions &options) {
  Expected<std::string> bytes = readFile(file, "text");
  if (!bytes.ok())
    return bytes.status();
  return create(std::move(*bytes), file, options);
}

/// What a text of this size needs for one batch, as an error if it has less.
static Status checkSize(int64_t size, const std::string &part,
                        const std::string &name, int64_t batch, int64_t time) {
  int64_t needed = batch * time + 1;
  if (size >= needed)
    return Status();
  return Status::error(
      part + " of text '" + name + "' has " + std::to_string(size) +
      " bytes, too short for one batch: " + std::to_string(batch) +
      " rows of " + std::to_string(time) + " steps need " +
      std::to_string(needed) +
      " bytes; use a longer text, a smaller batch or a "
      "shorter window");
}

Expected<std::unique_ptr<TextSource>>
TextSource::create(std::string bytes, const std::string &name,
                   const DataOptions &options) {
  Status status = checkDataOptions(options);
  if (!status.ok())
    return status;
  if (options.time < 1)
    return Status::error("the window of a text is " +
                         std::to_string(options.time) +
                         " steps, it must be at least 1");
  if (!(options.holdOut >= 0.0 && options.holdOut < 1.0)) {
    std::ostringstream text;
    text << "the hold-out is "
         << (std::isnan(options.holdOut) ? std::abs(options.holdOut)
                                         : options.holdOut)
         << ", it must be a share from 0 up to, but not with, 1";
    return Status::error(text.str());
  }
  if (bytes.empty())
    return Status::error("text '" + name + "' is empty");
  size_t nul = bytes.find('\0');
  if (nul != std::string::npos)
    return Status::error("'" + name + "' is not a text: byte " +
                         std::to_string(nul) +
                         " is NUL, which only binary files hold");

  std::unique_ptr<TextSource> source(new TextSource);
  auto counts = countBytes(bytes, 0, bytes.size());
  if (options.vocabulary) {
    source->symbols = *options.vocabulary;
  } else {
    for (int byte = 0; byte < 256; ++byte)
      if (counts[byte])
        source->symbols.push_back(static_cast<char>(byte));
  }
  std::fill(std::begin(source->ids), std::end(source->ids), -1);
  for (size_t i = 0; i < source->symbols.size(); ++i)
    source->ids[static_cast<unsigned char>(source->symbols[i])] =
        static_cast<int32_t>(i);
  for (int byte = 0; byte < 256; ++byte)
    if (counts[byte] && source->ids[byte] < 0)
      return Status::error(
          "text '" + name + "' holds the byte 0x" + hexadecimal(byte, 2) +
          " at " + std::to_string(bytes.find(static_cast<char>(byte))) +
          ", which is not in the vocabulary of the checkpoint");
  auto distinct = static_cast<int64_t>(source->symbols.size());
  if (options.vocabularyLimit > 0 && distinct > options.vocabularyLimit)
    return Status::error("text '" + name + "' has " + std::to_string(distinct) +
                         " distinct bytes, but the model's vocabulary has " +
                         std::to_string(options.vocabularyLimit) +
                         " entries; use a model with a larger vocabulary");

  auto size = static_cast<int64_t>(bytes.size());
  auto held = static_cast<int64_t>(
      std::floor(static_cast<double>(size) * options.holdOut));
  source->trainingBytes = size - held;
  status = checkSize(source->trainingBytes, "the training part", name,
                     options.batch, options.time);
  if (status.ok() && options.holdOut > 0.0)
    status =
        checkSize(held, "the held-out part", name, options.batch, options.time);
  if (!status.ok())
    return status;

  source->checksum = crc32c(bytes.data(), bytes.size());
  source->bytes = std::move(bytes);
  source->window = options.time;
  source->streams = options.batch;
  source->fixedTime = options.fixedTime;
  source->stream = (source->trainingBytes - 1) / options.batch;
  source->windows = source->stream / options.time;
  return source;
}

std::string TextSource::identity() const {
  return "text of " + std::to_string(size()) + " bytes, CRC32C " +
         hexadecimal(checksum, 8) + ", " + std::to_string(trainingBytes) +
         " for training, batch " + std::to_string(streams) + ", window " +
         std::to_string(window);
}

const std::vector<ArrayInfo> &TextSource::arrays() const {
  static const std::vector<ArrayInfo> infos = {
      {"tokens", GRADOPT_I32, {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH}},
      {"targets", GRADOPT_I32, {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH}}};
  return infos;
}

double TextSource::baseline() const { return unigramBits(0, size()); }

std::string TextSource::baselineName() const {
  return "entropy of the text's byte frequencies";
}

std::map<std::string, std::string> TextSource::metadata() const {
  return {{vocabularyKey, encodeVocabulary(symbols)}};
}

/// Copies the bytes first + row * stride + t, and those one further.
void TextSource::copyWindow(int64_t first, int64_t stride, int64_t steps,
                            void *const *pointers) const {
  int32_t *tokens = static_cast<int32_t *>(pointers[0]);
  int32_t *targets = static_cast<int32_t *>(pointers[1]);
  for (int64_t row = 0; row < streams; ++row) {
    const char *text = bytes.data() + first + row * stride;
    for (int64_t t = 0; t < steps; ++t) {
      tokens[t * streams + row] = id(static_cast<unsigned char>(text[t]));
      targets[t * streams + row] = id(static_cast<unsigned char>(text[t + 1]));
    }
  }
}

BatchInfo TextSource::fill(uint64_t index, void *const *pointers) const {
  auto place = static_cast<int64_t>(index % static_cast<uint64_t>(windows));
  copyWindow(place * window, stream, window, pointers);
  return {window, streams, /*restart=*/place == 0, window * streams};
}

int64_t TextSource::evaluationBatches() const {
  int64_t held = size() - trainingBytes;
  if (held == 0)
    return 0;
  int64_t stream = (held - 1) / streams;
  return fixedTime ? stream / window : (stream + window - 1) / window;
}

BatchInfo TextSource::fillEvaluation(int64_t index,
                                     void *const *pointers) const {
  int64_t stream = (size() - trainingBytes - 1) / streams;
  int64_t first = index * window;
  int64_t steps = std::min(window, stream - first);
  copyWindow(trainingBytes + first, stream, steps, pointers);
  return {steps, streams, /*restart=*/index == 0, steps * streams};
}

double TextSource::unigramBits(int64_t begin, int64_t end) const {
  begin = std::clamp<int64_t>(begin, 0, size());
  end = std::clamp<int64_t>(end, begin, size());
  if (begin == end)
    return 0.0;
  auto all = countBytes(bytes, 0, bytes.size());
  auto part =
      countBytes(bytes, static_cast<size_t>(begin), static_cast<size_t>(end));
  double bits = 0.0;
  for (int byte = 0; byte < 256; ++byte)
    if (part[byte])
      bits -= static_cast<double>(part[byte]) *
              std::log2(static_cast<double>(all[byte]) /
                        static_cast<double>(size()));
  return bits / static_cast<double>(end - begin);
}

std::string gradopt::train::encodeVocabulary(const std::string &symbols) {
  std::string text;
  for (char symbol : symbols)
    text += hexadecimal(static_cast<unsigned char>(symbol), 2);
  return text;
}

Expected<std::string>
gradopt::train::decodeVocabulary(const std::string &text) {
  std::string symbols;
  for (size_t i = 0; i < text.size(); i += 2) {
    std::optional<uint64_t> byte = parseUnsigned(text.substr(i, 2), 16);
    if (!byte || i + 2 > text.size())
      return Status::error("the checkpoint's vocabulary is damaged: '" +
                           text.substr(i, 2) +
                           "' is not a byte in hexadecimal");
    auto symbol = static_cast<char>(*byte);
    if (symbols.find(symbol) != std::string::npos)
      return Status::error("the checkpoint's vocabulary is damaged: byte 0x" +
                           text.substr(i, 2) + " stands in it twice");
    symbols.push_back(symbol);
  }
  return symbols;
}
