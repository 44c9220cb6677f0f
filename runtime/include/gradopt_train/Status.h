//===- Status.h - A result or the reason why there is none ------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_STATUS_H
#define GRADOPT_TRAIN_STATUS_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace gradopt::train {

/// Success, or one line of plain text that says which rule was broken and what
/// to do about it. No function of this library lets an exception escape.
class [[nodiscard]] Status {
public:
  Status() = default;
  static Status error(std::string message) {
    Status status;
    status.text = std::move(message);
    return status;
  }

  bool ok() const { return !text; }
  /// The reason; "" for success.
  std::string message() const { return text.value_or(""); }

private:
  std::optional<std::string> text;
};

/// A value, or the reason why there is none.
template <typename T>
class [[nodiscard]] Expected {
public:
  Expected(T value) : stored(std::move(value)) {}
  Expected(Status failure) : failure(std::move(failure)) {
    assert(!this->failure.ok() && "an Expected without a value needs an error");
  }

  bool ok() const { return stored.has_value(); }
  const Status &status() const { return failure; }
  std::string message() const { return failure.message(); }

  T &operator*() { return *stored; }
  const T &operator*() const { return *stored; }
  T *operator->() { return &*stored; }
  const T *operator->() const { return &*stored; }

private:
  std::optional<T> stored;
  Status failure;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_STATUS_H
