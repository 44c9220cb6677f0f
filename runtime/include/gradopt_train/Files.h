//===- Files.h - Reading files, replacing files atomically ------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_FILES_H
#define GRADOPT_TRAIN_FILES_H

#include "gradopt_train/Status.h"

#include <cstddef>
#include <string>
#include <vector>

namespace gradopt::train {

/// The bytes of a regular file. `what` names its purpose in messages, e.g.
/// "checkpoint".
Expected<std::string> readFile(const std::string &path,
                               const std::string &what);

struct Chunk {
  const void *data;
  size_t size;
};

/// Replaces `path` by the chunks one after the other, or leaves it as it was:
/// a temporary file in the same folder is written, synchronized and renamed,
/// then the folder is synchronized. On failure the temporary file is removed.
Status replaceFile(const std::string &path, const std::vector<Chunk> &chunks,
                   const std::string &what);

/// write(2) until everything is written; errno holds the reason if false.
bool writeAll(int descriptor, const void *data, size_t size);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_FILES_H
