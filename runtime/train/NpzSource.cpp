//===- NpzSource.cpp - Batches of the arrays of a NumPy archive -----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NpzSource.h"

#include "Encoding.h"
#include "NpyConversion.h"
#include "SourceOptions.h"
#include "gradopt_train/Checksum.h"
#include "gradopt_train/Files.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace gradopt::train;

static constexpr char lengthsName[] = "lengths";

static bool hasDim(const ArrayInfo &info, int64_t dim) {
  return std::find(info.dims.begin(), info.dims.end(), dim) != info.dims.end();
}

/// The dimensions of an input as they stand in a file: rows, time, the others.
static std::vector<int64_t> fileDims(const ArrayInfo &info) {
  std::vector<int64_t> dims;
  for (int64_t first : {GRADOPT_DIM_BATCH, GRADOPT_DIM_TIME})
    if (hasDim(info, first))
      dims.push_back(first);
  for (int64_t dim : info.dims)
    if (dim >= 0)
      dims.push_back(dim);
  return dims;
}

static std::string describeDims(const std::vector<int64_t> &dims) {
  std::string text;
  for (int64_t dim : dims)
    text += (text.empty() ? "" : " x ") + (dim == GRADOPT_DIM_BATCH ? "N"
                                           : dim == GRADOPT_DIM_TIME
                                               ? "T"
                                               : std::to_string(dim));
  return text.empty() ? "a scalar" : text;
}

static const char *typeName(gradopt_element_type type) {
  switch (type) {
  case GRADOPT_F32:
    return "float32";
  case GRADOPT_F64:
    return "float64";
  case GRADOPT_I1:
    return "bool";
  case GRADOPT_I32:
    return "int32";
  case GRADOPT_I64:
    return "int64";
  }
  return "";
}

/// "x[12, 3]", the place of an element in the file's array.
static std::string describeElement(const NpyArray &array, int64_t index) {
  std::string text;
  for (size_t i = array.dims.size(); i-- > 0;) {
    text = std::to_string(index % array.dims[i]) + (text.empty() ? "" : ", ") +
           text;
    index /= array.dims[i];
  }
  return array.name + "[" + text + "]";
}

Expected<std::unique_ptr<NpzSource>>
NpzSource::open(const SourceSpec &spec, const DataOptions &options) {
  Status status = checkDataOptions(options);
  if (status.ok())
    status = OptionReader(spec).finish();
  if (!status.ok())
    return status;
  std::unique_ptr<NpzSource> source(new NpzSource);
  source->name = "npz '" + spec.name + "'";
  source->infos = options.wanted;
  source->fixedTime = options.fixedTime;
  source->seed = options.seed;
  if (options.wanted.empty())
    return Status::error(source->name +
                         " is of no use: the model has no inputs");

  std::vector<std::string> names = {lengthsName};
  for (const ArrayInfo &info : options.wanted)
    names.push_back(info.name);
  Expected<std::string> bytes = readFile(spec.name, "npz");
  if (!bytes.ok())
    return bytes.status();
  Expected<NpzFile> file = parseNpz(*bytes, spec.name, names);
  if (!file.ok())
    return file.status();
  source->checksum = crc32c(bytes->data(), bytes->size());
  bytes->clear();
  bytes->shrink_to_fit();

  status = source->setSizes(*file, options);
  if (status.ok())
    status = source->setLengths(*file);
  for (const ArrayInfo &info : options.wanted)
    if (status.ok())
      status = source->store(*file->find(info.name), info, options);
  if (!status.ok())
    return status;

  Parts parts{source->rowCount, 0, source->rowCount};
  if (!options.wholeData) {
    parts.evaluationRows = static_cast<int64_t>(
        std::floor(static_cast<double>(source->rowCount) * options.holdOut));
    parts.trainingRows -= parts.evaluationRows;
    parts.evaluationFirst = parts.trainingRows;
  }
  status = source->setParts(parts, "rows", source->name, options);
  if (!status.ok())
    return status;
  return source;
}

/// Finds the rows and the time steps, and checks all shapes.
Status NpzSource::setSizes(const NpzFile &file, const DataOptions &options) {
  std::string rowsOf, timeOf;
  for (const ArrayInfo &info : infos) {
    const NpyArray *array = file.find(info.name);
    if (!array) {
      std::string all;
      for (const std::string &each : file.names)
        all += (all.empty() ? "" : ", ") + quoteName(each);
      return Status::error(name + " has no array " + quoteName(info.name) +
                           " for the model's input of that name: it holds " +
                           (all.empty() ? "no array" : all));
    }
    std::vector<int64_t> wanted = fileDims(info);
    bool fits = wanted.size() == array->dims.size();
    for (size_t i = 0; fits && i < wanted.size(); ++i)
      fits = wanted[i] < 0 || wanted[i] == array->dims[i];
    if (!fits)
      return Status::error(
          name + ": array " + quoteName(info.name) + " is " +
          describeDims(array->dims) + ", but the model's input needs " +
          describeDims(wanted) + ", with N rows" +
          (hasDim(info, GRADOPT_DIM_TIME) ? " and T time steps" : ""));
    for (size_t i = 0; i < wanted.size(); ++i) {
      bool isRows = wanted[i] == GRADOPT_DIM_BATCH;
      if (wanted[i] >= 0)
        continue;
      int64_t &size = isRows ? rowCount : steps;
      std::string &first = isRows ? rowsOf : timeOf;
      const char *what = isRows ? " rows" : " time steps";
      if (first.empty()) {
        first = info.name;
        size = array->dims[i];
      }
      if (size != array->dims[i])
        return Status::error(name + ": array " + quoteName(info.name) +
                             " has " + std::to_string(array->dims[i]) + what +
                             ", but " + quoteName(first) + " has " +
                             std::to_string(size));
      if (size == 0)
        return Status::error(name + ": array " + quoteName(info.name) +
                             " has no" + what);
    }
  }
  if (rowsOf.empty())
    return Status::error(name + " gives no batches: none of the model's inputs "
                                "has a batch dimension");
  if (timeOf.empty())
    steps = std::max<int64_t>(options.time, 1);
  if (options.time != 0 && options.time != steps)
    return Status::error(name + " has sequences of " + std::to_string(steps) +
                         " steps, but the model or the run asks for " +
                         std::to_string(options.time) +
                         ": make them the same, or the model's time dynamic");
  return Status();
}

/// Reads "lengths", which a model with inputs over time may take or not.
Status NpzSource::setLengths(const NpzFile &file) {
  const NpyArray *array = file.find(lengthsName);
  bool overTime = false, taken = false;
  for (const ArrayInfo &info : infos) {
    overTime |= hasDim(info, GRADOPT_DIM_TIME);
    taken |= info.name == lengthsName;
  }
  if (!array || !overTime)
    return Status();
  if (array->dims != std::vector<int64_t>{rowCount})
    return Status::error(name + ": array 'lengths' is " +
                         describeDims(array->dims) +
                         ", it must have one number for each of the " +
                         std::to_string(rowCount) + " rows");
  bool shorter = false;
  for (int64_t row = 0; row < rowCount; ++row) {
    NpyElement element(*array, row);
    int64_t length = 0;
    if (!element.convert(GRADOPT_I64, &length) || length < 1 || length > steps)
      return Status::error(name + ": " + describeElement(*array, row) + " is " +
                           element.text() +
                           ", it must be a whole number from 1 to the " +
                           std::to_string(steps) + " time steps of the arrays");
    lengths.push_back(length);
    shorter |= length < steps;
  }
  // Steps of padding would be trained on.
  if (shorter && !taken)
    return Status::error(name + " has 'lengths' that are shorter than the "
                                "arrays, but the model has no input "
                                "\"lengths\": give it one, or save full rows");
  return Status();
}

/// Converts an array to the model's type. What is not padding must be exact,
/// finite, and an index that there is.
Status NpzSource::store(const NpyArray &array, const ArrayInfo &info,
                        const DataOptions &options) {
  Stored result;
  bool overRows = hasDim(info, GRADOPT_DIM_BATCH);
  bool overTime = hasDim(info, GRADOPT_DIM_TIME);
  int64_t elements = 1, rest = 1;
  for (int64_t dim : array.dims)
    elements *= dim;
  for (int64_t dim : info.dims)
    rest *= dim >= 0 ? dim : 1;
  result.timeStride = overTime ? rest : 0;
  result.rowStride = overRows ? rest * (overTime ? steps : 1) : 0;

  auto limit = options.indexLimits.find(info.name);
  bool isIndex = limit != options.indexLimits.end();
  auto size = static_cast<size_t>(gradopt_element_size(info.type));
  result.data.resize(static_cast<size_t>(elements) * size);
  for (int64_t i = 0; i < elements; ++i) {
    NpyElement element(array, i);
    bool exact =
        element.convert(info.type, &result.data[static_cast<size_t>(i) * size]);
    bool padding = overRows && overTime &&
                   isPadding(i / result.rowStride,
                             i % result.rowStride / result.timeStride);
    if (padding)
      continue;
    auto place = [&] {
      return name + ": " + describeElement(array, i) + " is " + element.text();
    };
    if (!element.isFinite())
      return Status::error(place() +
                           ": only padding, behind a row's length, may "
                           "hold NaN or Inf");
    if (!exact)
      return Status::error(
          place() + " of " + npyTypeName(array.type) + ", which the model's " +
          typeName(info.type) +
          " does not hold exactly: save the array with .astype('" +
          typeName(info.type) + "') if that is meant");
    int64_t index = 0;
    if (isIndex && (!element.convert(GRADOPT_I64, &index) || index < 0 ||
                    index >= limit->second))
      return Status::error(place() + ", but the model has " +
                           std::to_string(limit->second) +
                           " entries: an index is from 0 to " +
                           std::to_string(limit->second - 1));
  }
  stored.push_back(std::move(result));
  return Status();
}

std::string NpzSource::identity() const {
  return "npz of " + std::to_string(rowCount) + " rows, CRC32C " +
         hexadecimal(checksum, 8) + ", " +
         std::to_string(parts().trainingRows) + " for training, batch " +
         std::to_string(batch()) + ", seed " + std::to_string(seed);
}

BatchInfo NpzSource::fillRows(const std::vector<int64_t> &chosen,
                              void *const *pointers) const {
  auto count = static_cast<int64_t>(chosen.size());
  int64_t longest = steps;
  if (!lengths.empty() && !fixedTime) {
    longest = 0;
    for (int64_t row : chosen)
      longest = std::max(longest, lengths[static_cast<size_t>(row)]);
  }
  for (size_t i = 0; i < infos.size(); ++i) {
    const std::vector<int64_t> &dims = infos[i].dims;
    const Stored &from = stored[i];
    auto size = static_cast<size_t>(gradopt_element_size(infos[i].type));
    // What follows time and batch stands together in the file and in a batch.
    size_t outer = dims.size();
    int64_t inner = 1;
    while (outer > 0 && dims[outer - 1] >= 0)
      inner *= dims[--outer];
    auto *to = static_cast<char *>(pointers[i]);
    auto copy = [&](auto &&self, size_t dim, int64_t offset,
                    int64_t stride) -> void {
      if (dim == outer) {
        size_t bytes = static_cast<size_t>(inner) * size;
        if (bytes != 0)
          std::memcpy(to, from.data.data() + static_cast<size_t>(offset) * size,
                      bytes);
        to += bytes;
        return;
      }
      if (dims[dim] == GRADOPT_DIM_BATCH) {
        for (int64_t row : chosen)
          self(self, dim + 1, offset + row * from.rowStride, stride);
      } else if (dims[dim] == GRADOPT_DIM_TIME) {
        for (int64_t t = 0; t < longest; ++t)
          self(self, dim + 1, offset + t * from.timeStride, stride);
      } else {
        if (dims[dim] > 0)
          stride /= dims[dim];
        for (int64_t k = 0; k < dims[dim]; ++k)
          self(self, dim + 1, offset + k * stride, stride);
      }
    };
    int64_t rest = inner;
    for (size_t dim = 0; dim < outer; ++dim)
      rest *= dims[dim] >= 0 ? dims[dim] : 1;
    copy(copy, 0, 0, rest);
  }
  return {longest, count, /*restart=*/true, count};
}
