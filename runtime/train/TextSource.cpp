//===- TextSource.cpp - Batches of a text for character models ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/TextSource.h"

#include "Encoding.h"
#include "SourceOptions.h"
#include "gradopt_train/Checksum.h"
#include "gradopt_train/Files.h"

#include <algorithm>
#include <cmath>

using namespace gradopt::train;

Expected<std::unique_ptr<TextSource>>
TextSource::open(const SourceSpec &spec, const DataOptions &options) {
  OptionReader reader(spec);
  TextUnits units = reader.choice("units", {"bytes", "characters"}, 0) == 0
                        ? TextUnits::Bytes
                        : TextUnits::Characters;
  Status status = reader.finish();
  if (!status.ok())
    return status;
  Expected<std::string> text = readFile(spec.name, "text");
  if (!text.ok())
    return text.status();
  return create(*text, spec.name, options, units);
}

/// What a part of this size needs for one batch, as an error if it has less.
static Status checkSize(int64_t size, const std::string &part,
                        const std::string &name, TextUnits units, int64_t batch,
                        int64_t time) {
  int64_t needed = batch * time + 1;
  if (size >= needed)
    return Status();
  std::string unit = std::string(" ") + textUnitName(units) + "s";
  return Status::error(part + name + " has " + std::to_string(size) + unit +
                       ", too short for one batch: " + std::to_string(batch) +
                       " rows of " + std::to_string(time) + " steps need " +
                       std::to_string(needed) + unit +
                       "; use a longer text, a smaller batch or a "
                       "shorter window");
}

/// The vocabulary of the text, or the checkpoint's.
static Expected<Vocabulary> chooseVocabulary(const std::string &text,
                                             TextUnits units,
                                             const std::string &quoted,
                                             const DataOptions &options) {
  if (options.stored.empty())
    return Vocabulary::of(text, units, quoted);
  Expected<Vocabulary> stored = Vocabulary::fromMetadata(options.stored);
  if (stored.ok() && stored->units() != units)
    return Status::error(
        std::string("the checkpoint's vocabulary is of ") +
        textUnitName(stored->units()) +
        "s: write text:FILE?units=" + textUnitName(stored->units()) + "s");
  return stored;
}

Expected<std::unique_ptr<TextSource>>
TextSource::create(const std::string &text, const std::string &name,
                   const DataOptions &options, TextUnits units) {
  Status status = checkDataOptions(options);
  if (!status.ok())
    return status;
  if (options.time < 1)
    return Status::error("the window of a text is " +
                         std::to_string(options.time) +
                         " steps, it must be at least 1");
  if (text.empty())
    return Status::error("text '" + name + "' is empty");
  size_t nul = text.find('\0');
  if (nul != std::string::npos)
    return Status::error("'" + name + "' is not a text: byte " +
                         std::to_string(nul) +
                         " is NUL, which only binary files hold");

  std::string quoted = "text '" + name + "'";
  Expected<Vocabulary> vocabulary =
      chooseVocabulary(text, units, quoted, options);
  if (!vocabulary.ok())
    return vocabulary.status();
  std::unique_ptr<TextSource> source(new TextSource(std::move(*vocabulary)));
  Expected<std::vector<int32_t>> ids = source->symbols.encode(text, quoted);
  if (!ids.ok())
    return ids.status();
  source->ids = std::move(*ids);
  for (const ArrayInfo &array : source->arrays()) {
    auto limit = options.indexLimits.find(array.name);
    if (limit != options.indexLimits.end() &&
        source->symbols.size() > limit->second)
      return Status::error(
          quoted + " has " + std::to_string(source->symbols.size()) +
          " distinct " + textUnitName(units) +
          "s, but the model's vocabulary has " + std::to_string(limit->second) +
          " entries; use a model with a larger vocabulary");
  }

  int64_t size = source->size();
  int64_t held = options.wholeData
                     ? 0
                     : static_cast<int64_t>(std::floor(
                           static_cast<double>(size) * options.holdOut));
  source->trainingIds = size - held;
  if (options.wholeData) {
    status = checkSize(size, "", quoted, units, options.batch,
                       options.fixedTime ? options.time : 1);
  } else {
    status = checkSize(source->trainingIds, "the training part of ", quoted,
                       units, options.batch, options.time);
    if (status.ok() && options.holdOut > 0.0)
      status = checkSize(held, "the held-out part of ", quoted, units,
                         options.batch, options.time);
  }
  if (!status.ok())
    return status;

  source->checksum = crc32c(text.data(), text.size());
  source->evaluationFirst = options.wholeData ? 0 : source->trainingIds;
  source->window = options.time;
  source->streams = options.batch;
  source->fixedTime = options.fixedTime;
  source->stream = (source->trainingIds - 1) / options.batch;
  // A text for evaluation alone may be shorter than a window.
  source->windows = source->stream / options.time;
  return source;
}

std::string TextSource::identity() const {
  return "text of " + std::to_string(size()) + " " +
         textUnitName(symbols.units()) + "s, CRC32C " +
         hexadecimal(checksum, 8) + ", " + std::to_string(trainingIds) +
         " for training, batch " + std::to_string(streams) + ", window " +
         std::to_string(window);
}

const std::vector<ArrayInfo> &TextSource::arrays() const {
  static const std::vector<ArrayInfo> infos = {
      {"tokens", GRADOPT_I32, {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH}},
      {"targets", GRADOPT_I32, {GRADOPT_DIM_TIME, GRADOPT_DIM_BATCH}}};
  return infos;
}

std::optional<double> TextSource::baseline() const {
  return unigramBits(0, size());
}

std::string TextSource::baselineName() const {
  return std::string("entropy of the text's ") + textUnitName(symbols.units()) +
         " frequencies";
}

/// Copies the symbols first + row * stride + t, and those one further.
void TextSource::copyWindow(int64_t first, int64_t stride, int64_t steps,
                            void *const *pointers) const {
  int32_t *tokens = static_cast<int32_t *>(pointers[0]);
  int32_t *targets = static_cast<int32_t *>(pointers[1]);
  for (int64_t row = 0; row < streams; ++row) {
    const int32_t *text = ids.data() + first + row * stride;
    for (int64_t t = 0; t < steps; ++t) {
      tokens[t * streams + row] = text[t];
      targets[t * streams + row] = text[t + 1];
    }
  }
}

BatchInfo TextSource::fill(uint64_t index, void *const *pointers) const {
  auto place = static_cast<int64_t>(index % static_cast<uint64_t>(windows));
  copyWindow(place * window, stream, window, pointers);
  return {window, streams, /*restart=*/place == 0, window * streams};
}

int64_t TextSource::evaluationBatches() const {
  int64_t held = size() - evaluationFirst;
  if (held == 0)
    return 0;
  int64_t stream = (held - 1) / streams;
  return fixedTime ? stream / window : (stream + window - 1) / window;
}

BatchInfo TextSource::fillEvaluation(int64_t index,
                                     void *const *pointers) const {
  int64_t stream = (size() - evaluationFirst - 1) / streams;
  int64_t first = index * window;
  int64_t steps = std::min(window, stream - first);
  copyWindow(evaluationFirst + first, stream, steps, pointers);
  return {steps, streams, /*restart=*/index == 0, steps * streams};
}

double TextSource::unigramBits(int64_t begin, int64_t end) const {
  begin = std::clamp<int64_t>(begin, 0, size());
  end = std::clamp<int64_t>(end, begin, size());
  if (begin == end)
    return 0.0;
  std::vector<int64_t> all(static_cast<size_t>(symbols.size()));
  std::vector<int64_t> part = all;
  for (int64_t i = 0; i < size(); ++i) {
    auto id = static_cast<size_t>(ids[static_cast<size_t>(i)]);
    ++all[id];
    part[id] += i >= begin && i < end;
  }
  double bits = 0.0;
  for (size_t id = 0; id < all.size(); ++id)
    if (part[id])
      bits -=
          static_cast<double>(part[id]) *
          std::log2(static_cast<double>(all[id]) / static_cast<double>(size()));
  return bits / static_cast<double>(end - begin);
}
