//===- DataSource.cpp - Where training batches come from ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/TextSource.h"

#include "CsvSource.h"
#include "Encoding.h"
#include "NpzSource.h"
#include "SequenceTask.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

using namespace gradopt::train;

double gradopt::train::metricValue(Metric metric, double loss) {
  // The sign of a NaN means nothing, but would be printed.
  if (std::isnan(loss))
    return std::numeric_limits<double>::quiet_NaN();
  return metric == Metric::BitsPerCharacter ? loss / std::log(2.0) : loss;
}

const char *gradopt::train::metricName(Metric metric) {
  switch (metric) {
  case Metric::BitsPerCharacter:
    return "bits/char";
  case Metric::MeanSquaredError:
    return "mse";
  case Metric::Loss:
    return "loss";
  case Metric::CrossEntropy:
  case Metric::SymbolEntropy:
    return "nats";
  }
  return "";
}

const char *gradopt::train::unitName(Metric metric) {
  switch (metric) {
  case Metric::BitsPerCharacter:
    return "char";
  case Metric::MeanSquaredError:
  case Metric::CrossEntropy:
    return "sequence";
  case Metric::Loss:
    return "row";
  case Metric::SymbolEntropy:
    return "symbol";
  }
  return "";
}

DataSource::~DataSource() = default;

std::map<std::string, std::string> DataSource::savePosition() const {
  std::map<std::string, std::string> saved = metadata();
  saved[dataPositionKey] = std::to_string(cursor);
  saved[dataSourceKey] = identity();
  return saved;
}

Status
DataSource::restorePosition(const std::map<std::string, std::string> &saved) {
  auto source = saved.find(dataSourceKey);
  auto position = saved.find(dataPositionKey);
  if (source == saved.end() || position == saved.end())
    return Status::error("the checkpoint has no data position ('" +
                         std::string(dataSourceKey) + "' and '" +
                         dataPositionKey +
                         "'), so the run cannot go on where it stopped");
  if (source->second != identity())
    return Status::error("the checkpoint was trained on other data: it has '" +
                         source->second + "', this run '" + identity() +
                         "'; resume with the same data and options");
  std::optional<uint64_t> index = parseUnsigned(position->second);
  if (!index)
    return Status::error("the checkpoint's '" + std::string(dataPositionKey) +
                         "' is '" + position->second + "', not a whole number");
  cursor = *index;
  return Status();
}

Status gradopt::train::checkDataOptions(const DataOptions &options) {
  if (options.batch < 1)
    return Status::error("the batch size is " + std::to_string(options.batch) +
                         ", it must be at least 1");
  // Element indices are computed in 64 bits and sizes are limited far below.
  constexpr int64_t limit = int64_t(1) << 31;
  if (std::max(options.batch, options.time) >= limit)
    return Status::error("a batch size or window of " +
                         std::to_string(std::max(options.batch, options.time)) +
                         " is too large: the limit is " +
                         std::to_string(limit - 1));
  if (!(options.holdOut >= 0.0 && options.holdOut < 1.0)) {
    std::ostringstream text;
    text << "the hold-out is "
         << (std::isnan(options.holdOut) ? std::abs(options.holdOut)
                                         : options.holdOut)
         << ", it must be a share from 0 up to, but not with, 1";
    return Status::error(text.str());
  }
  return Status();
}

static bool isKind(const std::string &kind) {
  for (const char *known : {"text", "csv", "npz", "task"})
    if (kind == known)
      return true;
  return false;
}

Expected<SourceSpec> gradopt::train::parseSourceSpec(const std::string &text) {
  size_t colon = text.find(':');
  SourceSpec spec;
  spec.kind = text.substr(0, colon);
  if (colon == std::string::npos || !isKind(spec.kind))
    return Status::error("unknown data source '" + text +
                         "': write text:FILE, csv:FILE?inputs=A,B&target=C, "
                         "npz:FILE or task:adding?length=N");
  spec.name = text.substr(colon + 1);
  size_t question = spec.name.rfind('?');
  std::string rest;
  if (question != std::string::npos) {
    rest = spec.name.substr(question + 1);
    spec.name.resize(question);
  }
  bool isFile = spec.kind != "task";
  if (spec.name.empty())
    return Status::error("data source '" + text + "' has no " +
                         (isFile ? "file name: write " + spec.kind + ":FILE"
                                 : "name of a task: write task:adding"));
  // A single `?` at the end of a file name says that those before it belong to
  // the name.
  if (question == std::string::npos || (isFile && rest.empty()))
    return spec;
  for (size_t begin = 0; begin <= rest.size();) {
    size_t end = std::min(rest.find('&', begin), rest.size());
    std::string option = rest.substr(begin, end - begin);
    size_t equals = option.find('=');
    if (equals == std::string::npos || equals == 0)
      return Status::error(
          "data source '" + text + "': '" + option +
          "' is not of the form OPTION=VALUE" +
          (isFile ? "; a file name that holds '?' is followed by another '?'"
                  : ""));
    std::string key = option.substr(0, equals);
    for (const auto &earlier : spec.options)
      if (earlier.first == key)
        return Status::error("data source '" + text + "': option '" + key +
                             "' is given twice");
    spec.options.emplace_back(key, option.substr(equals + 1));
    begin = end + 1;
  }
  return spec;
}

template <typename Source>
static Expected<std::unique_ptr<DataSource>>
asDataSource(Expected<std::unique_ptr<Source>> source) {
  if (!source.ok())
    return source.status();
  return std::unique_ptr<DataSource>(std::move(*source));
}

Expected<std::unique_ptr<DataSource>>
gradopt::train::openDataSource(const std::string &text,
                               const DataOptions &options) {
  Expected<SourceSpec> spec = parseSourceSpec(text);
  if (!spec.ok())
    return spec.status();
  if (spec->kind == "text")
    return asDataSource(TextSource::open(*spec, options));
  if (spec->kind == "npz")
    return asDataSource(NpzSource::open(*spec, options));
  if (spec->kind == "csv")
    return asDataSource(CsvSource::open(*spec, options));
  if (spec->name == "adding")
    return createAddingTask(*spec, options);
  if (spec->name == "temporal-order")
    return createTemporalOrderTask(*spec, options);
  if (spec->name == "copy")
    return createCopyTask(*spec, options);
  return Status::error("unknown task '" + spec->name +
                       "': the tasks are: adding, temporal-order and copy");
}
