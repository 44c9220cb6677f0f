//===- Npy.cpp - The format of one NumPy array ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Npz.h"

#include "Encoding.h"

#include <limits>
#include <optional>

using namespace gradopt::train;

namespace {

struct TypeInfo {
  NpyType type;
  const char *name;
  const char *descr; ///< without the byte order
  size_t size;
};

constexpr TypeInfo typeInfos[] = {
    {NpyType::F32, "float32", "f4", 4}, {NpyType::F64, "float64", "f8", 8},
    {NpyType::I8, "int8", "i1", 1},     {NpyType::I16, "int16", "i2", 2},
    {NpyType::I32, "int32", "i4", 4},   {NpyType::I64, "int64", "i8", 8},
    {NpyType::U8, "uint8", "u1", 1},    {NpyType::U16, "uint16", "u2", 2},
    {NpyType::U32, "uint32", "u4", 4},  {NpyType::U64, "uint64", "u8", 8},
    {NpyType::Bool, "bool", "b1", 1},
};

const TypeInfo &infoOf(NpyType type) {
  for (const TypeInfo &info : typeInfos)
    if (info.type == type)
      return info;
  return typeInfos[0];
}

/// Reads the literal of a Python dict that a .npy header is.
class HeaderParser {
public:
  explicit HeaderParser(const std::string &text) : text(text) {}

  bool parse() {
    if (!take('{'))
      return false;
    while (!take('}')) {
      std::optional<std::string> key = string();
      if (!key || !take(':') || !value(*key))
        return false;
      if (!take(',') && !peek('}'))
        return false;
    }
    skipSpace();
    return at == text.size() && hasOrder && hasShape && (descr || structured);
  }

  std::optional<std::string> descr;
  bool structured = false;
  bool fortranOrder = false;
  std::vector<int64_t> shape;

private:
  void skipSpace() {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n'))
      ++at;
  }
  bool peek(char c) {
    skipSpace();
    return at < text.size() && text[at] == c;
  }
  bool take(char c) {
    if (!peek(c))
      return false;
    ++at;
    return true;
  }
  bool take(const std::string &word) {
    skipSpace();
    if (text.compare(at, word.size(), word) != 0)
      return false;
    at += word.size();
    return true;
  }

  std::optional<std::string> string() {
    skipSpace();
    if (!peek('\'') && !peek('"'))
      return std::nullopt;
    size_t end = text.find(text[at], at + 1);
    if (end == std::string::npos)
      return std::nullopt;
    std::string result = text.substr(at + 1, end - at - 1);
    at = end + 1;
    return result;
  }

  bool value(const std::string &key) {
    if (key == "descr") {
      // Fields of a structure are a list; what is in it does not matter.
      if (peek('[')) {
        structured = true;
        return skipList();
      }
      descr = string();
      return descr.has_value();
    }
    if (key == "fortran_order") {
      hasOrder = true;
      fortranOrder = take("True");
      return fortranOrder || take("False");
    }
    return key == "shape" && tuple();
  }

  bool skipList() {
    int depth = 0;
    do {
      if (at == text.size())
        return false;
      depth += text[at] == '[';
      depth -= text[at] == ']';
      ++at;
    } while (depth > 0);
    return true;
  }

  bool tuple() {
    hasShape = true;
    if (!take('('))
      return false;
    while (!take(')')) {
      skipSpace();
      size_t end = at;
      while (end < text.size() && text[end] >= '0' && text[end] <= '9')
        ++end;
      std::optional<uint64_t> size = parseUnsigned(text.substr(at, end - at));
      if (!size || *size > uint64_t(std::numeric_limits<int64_t>::max()))
        return false;
      shape.push_back(static_cast<int64_t>(*size));
      at = end;
      take('L'); // as Python 2 wrote it
      if (!take(',') && !peek(')'))
        return false;
    }
    return true;
  }

  const std::string &text;
  size_t at = 0;
  bool hasOrder = false;
  bool hasShape = false;
};

} // namespace

const char *gradopt::train::npyTypeName(NpyType type) {
  return infoOf(type).name;
}

size_t gradopt::train::npyTypeSize(NpyType type) { return infoOf(type).size; }

/// The type that a descr such as "<f4" means, or why it is not read.
static Expected<NpyType> parseDescr(const std::string &descr) {
  if (descr.find('O') != std::string::npos)
    return Status::error("holds Python objects, which are pickled and never "
                         "loaded: save an array of numbers");
  char order = descr.empty() ? ' ' : descr[0];
  std::string kind = descr.empty() ? "" : descr.substr(1);
  for (const TypeInfo &info : typeInfos) {
    if (kind != info.descr)
      continue;
    if (order == '>')
      return Status::error(
          std::string("is big-endian: save it with .astype('<") + info.descr +
          "')");
    if (order == '<' || order == '=' || (order == '|' && info.size == 1))
      return info.type;
  }
  return Status::error("has the type " + quoteName(descr) +
                       ", which is not read: use float32, float64, an integer "
                       "type or bool");
}

Expected<NpyArray> gradopt::train::parseNpy(const std::string &file,
                                            const std::string &name) {
  auto damaged = [](const std::string &why) {
    return Status::error("is damaged: " + why);
  };
  constexpr size_t prefix = 8; // magic and version
  if (file.compare(0, 6, "\x93NUMPY") != 0 || file.size() < prefix)
    return damaged("it does not begin as a .npy file");
  auto version = static_cast<unsigned char>(file[6]);
  if (version < 1 || version > 3)
    return Status::error("has version " + std::to_string(version) +
                         " of the .npy format, which is not known");
  size_t lengthBytes = version == 1 ? 2 : 4;
  size_t begin = prefix + lengthBytes;
  if (file.size() < begin)
    return damaged("its header is cut off");
  uint64_t length =
      readLittleEndian(file.data() + prefix, static_cast<int>(lengthBytes));
  if (length > file.size() - begin)
    return damaged("its header is cut off");
  std::string text = file.substr(begin, length);
  HeaderParser header(text);
  if (!header.parse())
    return damaged("its header is not that of an array");
  if (header.structured)
    return Status::error("is an array of structures: save each field as an "
                         "array of its own");
  Expected<NpyType> type = parseDescr(*header.descr);
  if (!type.ok())
    return type.status();
  if (header.fortranOrder && header.shape.size() > 1)
    return Status::error("is in Fortran order: save numpy.ascontiguousarray of "
                         "it");

  uint64_t bytes = npyTypeSize(*type);
  bool overflow = false;
  // A size of 0 makes the product 0 whatever the others are.
  for (int64_t dim : header.shape)
    overflow |=
        __builtin_mul_overflow(bytes, static_cast<uint64_t>(dim), &bytes);
  uint64_t there = file.size() - begin - length;
  if (overflow || bytes != there)
    return damaged("its header says " +
                   (overflow ? "more bytes than there can be"
                             : std::to_string(bytes) + " bytes of data") +
                   ", there are " + std::to_string(there));
  NpyArray array{name, *type, std::move(header.shape),
                 file.substr(begin + length)};
  if (array.type == NpyType::Bool)
    for (char byte : array.data)
      if (byte != 0 && byte != 1)
        return damaged("a bool is neither 0 nor 1");
  return array;
}

std::string gradopt::train::formatNpyHeader(const TensorView &array) {
  NpyType type = NpyType::F32;
  switch (array.type) {
  case GRADOPT_F32:
    type = NpyType::F32;
    break;
  case GRADOPT_F64:
    type = NpyType::F64;
    break;
  case GRADOPT_I1:
    type = NpyType::Bool;
    break;
  case GRADOPT_I32:
    type = NpyType::I32;
    break;
  case GRADOPT_I64:
    type = NpyType::I64;
    break;
  }
  const TypeInfo &info = infoOf(type);
  std::string shape;
  for (int64_t dim : array.dims)
    shape += (shape.empty() ? "" : ", ") + std::to_string(dim);
  // A tuple of one needs its comma.
  if (array.dims.size() == 1)
    shape += ",";
  std::string text = std::string("{'descr': '") + (info.size == 1 ? '|' : '<') +
                     info.descr + "', 'fortran_order': False, 'shape': (" +
                     shape + "), }";
  // The data begins at a multiple of 64.
  constexpr size_t prefix = 10, alignment = 64;
  while ((prefix + text.size() + 1) % alignment)
    text += ' ';
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  appendLittleEndian(header, text.size(), 2);
  return header + text;
}
