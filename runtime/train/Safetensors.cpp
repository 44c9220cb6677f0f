//===- Safetensors.cpp - The safetensors format in memory -----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Safetensors.h"

#include "Encoding.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

using namespace gradopt::train;
using nlohmann::json;

static const std::pair<const char *, gradopt_element_type> typeNames[] = {
    {"F32", GRADOPT_F32}, {"F64", GRADOPT_F64}, {"I32", GRADOPT_I32},
    {"I64", GRADOPT_I64}, {"BOOL", GRADOPT_I1},
};

static constexpr char metadataName[] = "__metadata__";

static const char *typeName(gradopt_element_type type) {
  for (const auto &[name, known] : typeNames)
    if (known == type)
      return name;
  return "unknown";
}

std::string gradopt::train::quoteName(const std::string &name) {
  constexpr size_t limit = 100;
  std::string text = name.substr(0, limit);
  // ensure_ascii and replacing what is not UTF-8 keep this on one line.
  text = json(text).dump(-1, ' ', true, json::error_handler_t::replace);
  text.front() = text.back() = '\'';
  return name.size() > limit ? text + "..." : text;
}

std::string gradopt::train::describeTensor(gradopt_element_type type,
                                           const std::vector<int64_t> &dims) {
  std::string text = typeName(type);
  text += '[';
  for (size_t i = 0; i < dims.size(); ++i)
    text += (i ? "x" : "") + std::to_string(dims[i]);
  return text + ']';
}

Expected<uint64_t>
gradopt::train::tensorBytes(gradopt_element_type type,
                            const std::vector<int64_t> &dims) {
  // Not gradopt_element_size: the format has to stand without the runtime.
  uint64_t size = 0;
  switch (type) {
  case GRADOPT_I1:
    size = 1;
    break;
  case GRADOPT_F32:
  case GRADOPT_I32:
    size = 4;
    break;
  case GRADOPT_F64:
  case GRADOPT_I64:
    size = 8;
    break;
  }
  if (size == 0)
    return Status::error("its element type is not known");
  // A zero anywhere makes the size 0, whatever the other sizes would overflow.
  if (std::find(dims.begin(), dims.end(), 0) != dims.end())
    return uint64_t(0);
  for (int64_t dim : dims) {
    if (dim < 0)
      return Status::error("its size " + std::to_string(dim) + " is negative");
    if (size > uint64_t(std::numeric_limits<int64_t>::max()) / uint64_t(dim))
      return Status::error("its shape has more bytes than 63 bits can count");
    size *= uint64_t(dim);
  }
  return size;
}

namespace {

/// What nlohmann's parser does not refuse by itself: a key that stands twice in
/// an object (it would keep the last one) and deep nesting.
class HeaderCheck {
public:
  /// A header has an object of objects with arrays in them.
  static constexpr int maxDepth = 3;

  bool operator()(int depth, json::parse_event_t event, json &parsed) {
    switch (event) {
    case json::parse_event_t::object_start:
    case json::parse_event_t::array_start:
      if (depth >= maxDepth) {
        setError("nests deeper than the format allows");
        return false;
      }
      keys.resize(static_cast<size_t>(depth) + 1);
      keys.back().clear();
      return true;
    case json::parse_event_t::key: {
      std::string key = parsed.get<std::string>();
      if (!keys.back().insert(key).second)
        setError("has the key " + quoteName(key) + " twice");
      return true;
    }
    case json::parse_event_t::object_end:
    case json::parse_event_t::array_end:
      keys.resize(static_cast<size_t>(depth));
      return true;
    default:
      return true;
    }
  }

  std::string error;

private:
  void setError(const std::string &text) {
    if (error.empty())
      error = text;
  }

  std::vector<std::set<std::string>> keys;
};

} // namespace

/// A refusal of this tensor's entry.
static Status badTensor(const std::string &name, const std::string &why) {
  return Status::error("is damaged: tensor " + quoteName(name) + " " + why);
}

static Expected<StoredTensor> parseTensor(const std::string &name,
                                          const json &entry) {
  StoredTensor tensor;
  tensor.name = name;
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") ||
      !entry.contains("shape") || !entry.contains("data_offsets"))
    return badTensor(name,
                     "needs exactly the keys dtype, shape and data_offsets");

  const json &type = entry["dtype"];
  if (!type.is_string())
    return badTensor(name, "has a dtype that is not a string");
  auto known =
      std::find_if(std::begin(typeNames), std::end(typeNames),
                   [&](const auto &pair) { return type == pair.first; });
  if (known == std::end(typeNames))
    return Status::error("cannot be used: tensor " + quoteName(name) +
                         " has the type " + quoteName(type.get<std::string>()) +
                         ", supported are F32, F64, I32, I64 and BOOL");
  tensor.type = known->second;

  const json &shape = entry["shape"];
  if (!shape.is_array())
    return badTensor(name, "has a shape that is not an array");
  for (const json &dim : shape) {
    if (!dim.is_number_unsigned() ||
        dim.get<uint64_t>() > uint64_t(std::numeric_limits<int64_t>::max()))
      return badTensor(name, "has a shape with something that is no size");
    tensor.dims.push_back(dim.get<int64_t>());
  }

  const json &offsets = entry["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 ||
      !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned())
    return badTensor(name, "has data_offsets that are not two offsets");
  tensor.begin = offsets[0].get<uint64_t>();
  tensor.end = offsets[1].get<uint64_t>();
  if (tensor.begin > tensor.end)
    return badTensor(name, "ends before it begins");

  Expected<uint64_t> size = tensorBytes(tensor.type, tensor.dims);
  if (!size.ok())
    return badTensor(name, "is impossible: " + size.message());
  if (*size != tensor.end - tensor.begin)
    return badTensor(name, "is " + describeTensor(tensor.type, tensor.dims) +
                               " of " + std::to_string(*size) +
                               " bytes, but its offsets span " +
                               std::to_string(tensor.end - tensor.begin));
  return tensor;
}

/// The tensors must fill the data part in their order.
static Status checkPlacement(const std::vector<StoredTensor> &tensors,
                             uint64_t dataSize) {
  uint64_t filled = 0;
  for (const StoredTensor &tensor : tensors) {
    if (tensor.end > dataSize)
      return Status::error("is truncated or damaged: tensor " +
                           quoteName(tensor.name) + " ends at byte " +
                           std::to_string(tensor.end) + " of the data, of " +
                           "which there are " + std::to_string(dataSize));
    if (tensor.begin < filled)
      return badTensor(tensor.name, "overlaps the one before it");
    if (tensor.begin > filled)
      return badTensor(tensor.name, "leaves a hole of " +
                                        std::to_string(tensor.begin - filled) +
                                        " bytes before it");
    filled = tensor.end;
  }
  if (filled != dataSize)
    return Status::error("is damaged: " + std::to_string(dataSize - filled) +
                         " bytes after the last tensor belong to nothing");
  return Status();
}

Expected<SafetensorsHeader>
gradopt::train::parseSafetensors(const std::string &file) {
  if (file.size() < 8)
    return Status::error("is not a safetensors file: it has only " +
                         std::to_string(file.size()) + " bytes");
  uint64_t length = readLittleEndian(file.data(), 8);
  if (length > maxSafetensorsHeader)
    return Status::error("is not a safetensors file: its header would have " +
                         std::to_string(length) + " bytes, the limit is " +
                         std::to_string(maxSafetensorsHeader));
  if (length > 0 && file.size() > 8 && file[8] != '{')
    return Status::error("is not a safetensors file: its header does not "
                         "begin with '{'");
  if (length > file.size() - 8)
    return Status::error("is truncated or not a safetensors file: its header "
                         "has " +
                         std::to_string(length) + " bytes, the file only " +
                         std::to_string(file.size()));

  SafetensorsHeader header;
  header.dataOffset = 8 + length;
  HeaderCheck check;
  const char *text = file.data() + 8;
  json root = json::parse(text, text + length, std::ref(check),
                          /*allow_exceptions=*/false);
  // The parser takes a NUL for the end of its input and ignores what follows.
  bool cutShort = std::find(text, text + length, '\0') != text + length;
  if (!check.error.empty())
    return Status::error("is damaged: its header " + check.error);
  if (cutShort || root.is_discarded() || !root.is_object())
    return Status::error("is damaged or not a safetensors file: its header is "
                         "not a JSON object");

  for (const auto &[name, entry] : root.items()) {
    if (name != metadataName) {
      Expected<StoredTensor> tensor = parseTensor(name, entry);
      if (!tensor.ok())
        return tensor.status();
      header.tensors.push_back(std::move(*tensor));
      continue;
    }
    if (!entry.is_object())
      return Status::error("is damaged: its metadata is not an object");
    for (const auto &[key, value] : entry.items()) {
      if (!value.is_string())
        return Status::error("is damaged: its metadata " + quoteName(key) +
                             " is not a string");
      header.metadata[key] = value.get<std::string>();
    }
  }
  std::sort(header.tensors.begin(), header.tensors.end(),
            [](const StoredTensor &a, const StoredTensor &b) {
              return std::tie(a.begin, a.end, a.name) <
                     std::tie(b.begin, b.end, b.name);
            });
  Status status =
      checkPlacement(header.tensors, file.size() - header.dataOffset);
  if (!status.ok())
    return status;
  return header;
}

std::vector<TensorView>
gradopt::train::safetensorsOrder(std::vector<TensorView> tensors) {
  auto elementSize = [](const TensorView &tensor) {
    Expected<uint64_t> size = tensorBytes(tensor.type, {});
    return size.ok() ? *size : 0;
  };
  std::sort(tensors.begin(), tensors.end(),
            [&](const TensorView &a, const TensorView &b) {
              uint64_t sizeA = elementSize(a), sizeB = elementSize(b);
              return std::tie(sizeB, a.name) < std::tie(sizeA, b.name);
            });
  return tensors;
}

Expected<std::string> gradopt::train::formatSafetensors(
    const std::vector<TensorView> &tensors,
    const std::map<std::string, std::string> &metadata) {
  nlohmann::ordered_json root = nlohmann::ordered_json::object();
  if (!metadata.empty())
    root[metadataName] = metadata;
  std::set<std::string> names;
  uint64_t offset = 0;
  for (const TensorView &tensor : tensors) {
    if (tensor.name == metadataName || !names.insert(tensor.name).second)
      return Status::error("two entries of a safetensors file cannot have the "
                           "same name " +
                           quoteName(tensor.name));
    Expected<uint64_t> size = tensorBytes(tensor.type, tensor.dims);
    if (!size.ok())
      return Status::error("tensor " + quoteName(tensor.name) +
                           " cannot be stored: " + size.message());
    root[tensor.name] = {{"dtype", typeName(tensor.type)},
                         {"shape", tensor.dims},
                         {"data_offsets", {offset, offset + *size}}};
    offset += *size;
  }

  std::string text;
  try {
    text = root.dump();
  } catch (const nlohmann::json::exception &) {
    return Status::error("a name or a metadata entry is not UTF-8 text, which "
                         "a safetensors file cannot hold");
  }
  // Padding makes the data part aligned.
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > maxSafetensorsHeader)
    return Status::error("a safetensors header of " +
                         std::to_string(text.size()) +
                         " bytes is too large: the limit is " +
                         std::to_string(maxSafetensorsHeader));
  std::string head;
  appendLittleEndian(head, text.size(), 8);
  return head + text;
}
