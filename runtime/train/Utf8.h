//===- Utf8.h - Code points of UTF-8 ----------------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_UTF8_H
#define GRADOPT_TRAIN_UTF8_H

#include <cstddef>
#include <string>

namespace gradopt::train {

/// Length of the code point that begins at `at` < text.size(), or 0 if none
/// does: table 3-7 of the Unicode standard, without overlong forms and
/// surrogates.
size_t utf8Length(const std::string &text, size_t at);

bool isUtf8(const std::string &text);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_UTF8_H
