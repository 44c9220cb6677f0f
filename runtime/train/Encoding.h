//===- Encoding.h - Numbers as text and as bytes ----------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_ENCODING_H
#define GRADOPT_TRAIN_ENCODING_H

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace gradopt::train {

/// The whole text as a number without sign, or nothing.
inline std::optional<uint64_t> parseUnsigned(const std::string &text,
                                             int base = 10) {
  uint64_t value = 0;
  const char *end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end)
    return std::nullopt;
  return value;
}

/// Lower-case hexadecimal with leading zeros.
inline std::string hexadecimal(uint64_t value, int digits) {
  std::string text(static_cast<size_t>(digits), '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value >>= 4)
    *digit = "0123456789abcdef"[value & 15];
  return text;
}

inline void appendLittleEndian(std::string &text, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    text.push_back(static_cast<char>(value >> (8 * i)));
}

inline uint64_t readLittleEndian(const char *text, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value |= uint64_t(static_cast<unsigned char>(text[i])) << (8 * i);
  return value;
}

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_ENCODING_H
