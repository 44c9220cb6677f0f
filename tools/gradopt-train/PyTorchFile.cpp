//===- PyTorchFile.cpp - Parameters in PyTorch's layout -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PyTorchFile.h"
#include "Runner.h"
#include "gradopt_train/Checkpoint.h"
#include "gradopt_train/Files.h"
#include "gradopt_train/Safetensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

using namespace mlir::gradopt;
using namespace ::gradopt::train;

namespace {
/// A safetensors file of PyTorch.
struct PyTorchFile {
  std::string bytes;
  SafetensorsHeader header;
  std::map<std::string, const StoredTensor *> tensors;
};
} // namespace

static std::string listNames(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ", ") + quoteName(name);
  return text;
}

/// What the file has too much or too little of.
static Status checkNames(const PyTorchFile &file,
                         const std::vector<PyTorchParameter> &parameters) {
  std::vector<std::string> missing, extra;
  std::map<std::string, bool> wanted;
  for (const PyTorchParameter &parameter : parameters)
    for (const std::string &name : {parameter.tensor, parameter.otherBias}) {
      if (name.empty())
        continue;
      wanted[name] = true;
      if (!file.tensors.count(name))
        missing.push_back(name);
    }
  for (const auto &[name, tensor] : file.tensors)
    if (!wanted.count(name))
      extra.push_back(name);
  std::string text;
  if (!missing.empty())
    text = "the model needs " + listNames(missing) + ", which it does not have";
  if (!extra.empty())
    text += (text.empty() ? "it has " : "; it has ") + listNames(extra) +
            ", which the model does not take";
  return text.empty() ? Status() : Status::error(text);
}

/// The shape that PyTorch has for a parameter.
static std::vector<int64_t> shapeOf(const gradopt_manifest_entry &entry,
                                    bool transposed) {
  std::vector<int64_t> dims(entry.dims, entry.dims + entry.rank);
  if (transposed)
    std::swap(dims[0], dims[1]);
  return dims;
}

/// Element (r, c) of a rows × columns matrix goes to (c, r).
static std::vector<char> transpose(const char *data, int64_t rows,
                                   int64_t columns, size_t size) {
  std::vector<char> result(rows * columns * size);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      std::memcpy(result.data() + (c * rows + r) * size,
                  data + (r * columns + c) * size, size);
  return result;
}

/// The indices of an element in row-major order: "[1, 2]".
static std::string describePosition(size_t position,
                                    const std::vector<int64_t> &dims) {
  std::string text;
  for (size_t d = dims.size(); d-- > 0;) {
    text = (d == 0 ? "" : ", ") + std::to_string(position % dims[d]) + text;
    position /= dims[d];
  }
  return "[" + text + "]";
}

template <typename T>
static Status checkFiniteAs(const std::vector<char> &values,
                            const std::vector<int64_t> &dims,
                            const std::string &what) {
  for (size_t i = 0; i < values.size() / sizeof(T); ++i) {
    T value;
    std::memcpy(&value, values.data() + i * sizeof(T), sizeof(T));
    if (std::isfinite(value))
      continue;
    const char *found = std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
    return Status::error(what + " is " + found + " at " +
                         describePosition(i, dims) +
                         ": a parameter begins with finite values");
  }
  return Status();
}

/// Refuses values of which one is not finite.
static Status checkFinite(const std::vector<char> &values, uint32_t type,
                          const std::vector<int64_t> &dims,
                          const std::string &what) {
  return type == GRADOPT_F64 ? checkFiniteAs<double>(values, dims, what)
                             : checkFiniteAs<float>(values, dims, what);
}

/// The tensor's values in the parameter's type and layout.
static Expected<std::vector<char>>
readValues(const PyTorchFile &file, const std::string &name,
           const gradopt_manifest_entry &entry, bool transposed) {
  const StoredTensor &tensor = *file.tensors.at(name);
  auto type = static_cast<gradopt_element_type>(entry.element_type);
  std::vector<int64_t> dims = shapeOf(entry, transposed);
  bool widens = tensor.type == GRADOPT_F32 && type == GRADOPT_F64;
  if (tensor.dims != dims || (tensor.type != type && !widens))
    return Status::error(
        quoteName(name) + " is " + describeTensor(tensor.type, tensor.dims) +
        ", but the model takes " + describeTensor(type, dims) +
        (tensor.dims == dims ? ": save it in that type, as by .to() in PyTorch"
                             : ""));
  const char *data = file.bytes.data() + file.header.dataOffset + tensor.begin;
  std::vector<char> values(data, data + (tensor.end - tensor.begin));
  if (widens) {
    size_t count = values.size() / sizeof(float);
    std::vector<char> wide(count * sizeof(double));
    for (size_t i = 0; i < count; ++i) {
      float narrow;
      std::memcpy(&narrow, values.data() + i * sizeof(float), sizeof(float));
      double exact = narrow;
      std::memcpy(wide.data() + i * sizeof(double), &exact, sizeof(double));
    }
    values = std::move(wide);
  }
  Status status = checkFinite(values, type, dims, quoteName(name));
  if (!status.ok())
    return status;
  if (transposed)
    return transpose(values.data(), dims[0], dims[1],
                     gradopt_element_size(entry.element_type));
  return values;
}

template <typename T>
static void addTo(std::vector<char> &values, const std::vector<char> &others) {
  for (size_t i = 0; i < values.size(); i += sizeof(T)) {
    T value, other;
    std::memcpy(&value, values.data() + i, sizeof(T));
    std::memcpy(&other, others.data() + i, sizeof(T));
    value += other;
    std::memcpy(values.data() + i, &value, sizeof(T));
  }
}

/// Adds PyTorch's other bias of a layer that has one.
static Status addOtherBias(const PyTorchFile &file,
                           const PyTorchParameter &parameter,
                           const gradopt_manifest_entry &entry,
                           std::vector<char> &values) {
  auto other = readValues(file, parameter.otherBias, entry, false);
  if (!other.ok())
    return other.status();
  size_t size = gradopt_element_size(entry.element_type);
  if (parameter.unsummedFrom >= 0 &&
      std::any_of(other->begin() + parameter.unsummedFrom * size, other->end(),
                  [](char byte) { return byte != 0; }))
    return Status::error(quoteName(parameter.otherBias) +
                         " is not zero in the last third, where it does not "
                         "add to " +
                         quoteName(parameter.tensor) +
                         ": the model's layer needs both biases");
  if (entry.element_type == GRADOPT_F64)
    addTo<double>(values, *other);
  else
    addTo<float>(values, *other);
  return checkFinite(values, entry.element_type, shapeOf(entry, false),
                     "the sum of " + quoteName(parameter.tensor) + " and " +
                         quoteName(parameter.otherBias));
}

Status
mlir::gradopt::readPyTorchFile(const std::string &path,
                               const std::vector<PyTorchParameter> &parameters,
                               Runner &runner) {
  auto refuse = [&](const std::string &why) {
    return Status::error("cannot take parameters from '" + path + "': " + why);
  };
  Expected<std::string> bytes = readFile(path, "parameters");
  if (!bytes.ok())
    return bytes.status();
  PyTorchFile file;
  file.bytes = std::move(*bytes);
  Expected<SafetensorsHeader> header = parseSafetensors(file.bytes);
  if (!header.ok())
    return Status::error("'" + path + "' " + header.message());
  file.header = std::move(*header);
  if (file.header.metadata.count(versionKey))
    return refuse(
        "it is a checkpoint of gradopt-train's own, not a file of PyTorch's: "
        "--evaluate, --predict, --sample and --export take it by --checkpoint, "
        "and a run goes on from it by --resume; for another run write its "
        "parameters by --export and begin with that file");
  for (const StoredTensor &tensor : file.header.tensors)
    file.tensors[tensor.name] = &tensor;
  if (Status status = checkNames(file, parameters); !status.ok())
    return refuse(status.message());

  std::map<int64_t, std::vector<char>> values;
  for (const PyTorchParameter &parameter : parameters) {
    int64_t index = gradopt_instance_find(runner.get(), GRADOPT_ROLE_PARAM,
                                          parameter.name.c_str());
    if (index < 0)
      return Status::error("the compiled model has no parameter \"" +
                           parameter.name + "\"");
    const gradopt_manifest_entry &entry = runner.entry(index);
    auto read = readValues(file, parameter.tensor, entry, parameter.transposed);
    if (!read.ok())
      return refuse(read.message());
    if (!parameter.otherBias.empty())
      if (Status status = addOtherBias(file, parameter, entry, *read);
          !status.ok())
        return refuse(status.message());
    values[index] = std::move(*read);
  }
  for (const auto &[index, data] : values)
    std::memcpy(runner.data(index), data.data(), data.size());
  return Status();
}

Status
mlir::gradopt::writePyTorchFile(const std::string &path,
                                const std::vector<PyTorchParameter> &parameters,
                                const Runner &runner) {
  std::vector<TensorView> tensors;
  std::vector<std::vector<char>> storage;
  for (const PyTorchParameter &parameter : parameters) {
    int64_t index = gradopt_instance_find(runner.get(), GRADOPT_ROLE_PARAM,
                                          parameter.name.c_str());
    if (index < 0)
      return Status::error("the compiled model has no parameter \"" +
                           parameter.name + "\"");
    const gradopt_manifest_entry &entry = runner.entry(index);
    auto type = static_cast<gradopt_element_type>(entry.element_type);
    std::vector<int64_t> dims = shapeOf(entry, parameter.transposed);
    size_t size = gradopt_element_size(entry.element_type);
    auto *data = static_cast<const char *>(runner.data(index));
    size_t bytes = gradopt_entry_elements(&entry, 0, 0) * size;
    if (parameter.transposed)
      storage.push_back(transpose(data, dims[1], dims[0], size));
    else
      storage.emplace_back(data, data + bytes);
    tensors.push_back({parameter.tensor, type, dims, storage.back().data()});
    if (parameter.otherBias.empty())
      continue;
    storage.emplace_back(bytes, 0);
    tensors.push_back({parameter.otherBias, type, dims, storage.back().data()});
  }
  tensors = safetensorsOrder(std::move(tensors));
  Expected<std::string> head = formatSafetensors(tensors, {{"format", "pt"}});
  if (!head.ok())
    return Status::error("cannot write '" + path + "': " + head.message());
  std::vector<Chunk> chunks = {{head->data(), head->size()}};
  for (const TensorView &tensor : tensors) {
    Expected<uint64_t> bytes = tensorBytes(tensor.type, tensor.dims);
    if (!bytes.ok())
      return Status::error("cannot write '" + path + "': " + bytes.message());
    chunks.push_back({tensor.data, static_cast<size_t>(*bytes)});
  }
  return replaceFile(path, chunks, "parameters");
}
