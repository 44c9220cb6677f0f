//===- NpyConversion.cpp - Exact conversion of elements -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NpyConversion.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

using namespace gradopt::train;

template <typename T>
static T load(const NpyArray &array, int64_t index) {
  T value;
  std::memcpy(&value,
              array.data.data() + static_cast<size_t>(index) * sizeof(T),
              sizeof(T));
  return value;
}

NpyElement::NpyElement(const NpyArray &array, int64_t index)
    : kind(Float), type(array.type) {
  auto setSigned = [&](int64_t value) {
    kind = Signed;
    integer = value;
  };
  auto setUnsigned = [&](uint64_t value) {
    kind = Unsigned;
    natural = value;
  };
  switch (array.type) {
  case NpyType::F32:
    real = load<float>(array, index);
    return;
  case NpyType::F64:
    real = load<double>(array, index);
    return;
  case NpyType::I8:
    setSigned(load<int8_t>(array, index));
    return;
  case NpyType::I16:
    setSigned(load<int16_t>(array, index));
    return;
  case NpyType::I32:
    setSigned(load<int32_t>(array, index));
    return;
  case NpyType::I64:
    setSigned(load<int64_t>(array, index));
    return;
  case NpyType::U8:
  case NpyType::Bool:
    setUnsigned(load<uint8_t>(array, index));
    return;
  case NpyType::U16:
    setUnsigned(load<uint16_t>(array, index));
    return;
  case NpyType::U32:
    setUnsigned(load<uint32_t>(array, index));
    return;
  case NpyType::U64:
    setUnsigned(load<uint64_t>(array, index));
    return;
  }
}

/// The value as a whole number, if it is one that fits.
template <typename T, typename Source>
static bool toInteger(Source value, T &result) {
  if constexpr (std::is_floating_point_v<Source>) {
    // 2^63 and -2^63 are exact in f64; in between every whole number converts.
    constexpr double bound = 0x1p63;
    if (!(value >= -bound && value < bound) || value != std::trunc(value))
      return false;
    return toInteger(static_cast<int64_t>(value), result);
  } else if constexpr (std::is_unsigned_v<Source>) {
    if (value > static_cast<uint64_t>(std::numeric_limits<T>::max()))
      return false;
  } else {
    if (value < std::numeric_limits<T>::min() ||
        value > std::numeric_limits<T>::max())
      return false;
  }
  result = static_cast<T>(value);
  return true;
}

/// The value as T, if it does not have to be rounded.
template <typename T, typename Source>
static bool toFloat(Source value, T &result) {
  if constexpr (std::is_floating_point_v<Source>) {
    // Beyond the range of T the conversion is undefined in C++.
    if (std::isfinite(value) &&
        std::abs(value) > static_cast<Source>(std::numeric_limits<T>::max()))
      return false;
    result = static_cast<T>(value);
    return std::isnan(value) || static_cast<Source>(result) == value;
  } else {
    // Rounded up, the largest integer is one that does not convert back.
    constexpr double bound = std::is_unsigned_v<Source> ? 0x1p64 : 0x1p63;
    result = static_cast<T>(value);
    return static_cast<double>(result) < bound &&
           static_cast<Source>(result) == value;
  }
}

template <typename Source>
static bool convertTo(Source value, gradopt_element_type type,
                      void *destination) {
  auto store = [&](auto result) {
    std::memcpy(destination, &result, sizeof(result));
    return true;
  };
  switch (type) {
  case GRADOPT_F32: {
    float result;
    return toFloat(value, result) && store(result);
  }
  case GRADOPT_F64: {
    double result;
    return toFloat(value, result) && store(result);
  }
  case GRADOPT_I1: {
    int32_t result;
    return toInteger(value, result) && (result == 0 || result == 1) &&
           store(static_cast<uint8_t>(result));
  }
  case GRADOPT_I32: {
    int32_t result;
    return toInteger(value, result) && store(result);
  }
  case GRADOPT_I64: {
    int64_t result;
    return toInteger(value, result) && store(result);
  }
  }
  return false;
}

bool NpyElement::convert(gradopt_element_type wanted, void *destination) const {
  switch (kind) {
  case Float:
    return convertTo(real, wanted, destination);
  case Signed:
    return convertTo(integer, wanted, destination);
  case Unsigned:
    return convertTo(natural, wanted, destination);
  }
  return false;
}

bool NpyElement::isFinite() const {
  return kind != Float || std::isfinite(real);
}

std::string NpyElement::text() const {
  if (kind == Signed)
    return std::to_string(integer);
  if (kind == Unsigned)
    return std::to_string(natural);
  // The sign of a NaN means nothing.
  if (std::isnan(real))
    return "nan";
  char buffer[64];
  // The shortest that reads back as the same value of its type.
  auto end = type == NpyType::F32
                 ? std::to_chars(buffer, buffer + sizeof(buffer),
                                 static_cast<float>(real))
                 : std::to_chars(buffer, buffer + sizeof(buffer), real);
  return std::string(buffer, end.ptr);
}
