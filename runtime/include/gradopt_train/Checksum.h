//===- Checksum.h - CRC32C --------------------------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_CHECKSUM_H
#define GRADOPT_TRAIN_CHECKSUM_H

#include "gradopt_train/Files.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gradopt::train {

/// CRC-32C (Castagnoli) of a run of bytes.
uint32_t crc32c(const void *data, size_t size);
/// Of the chunks one after the other.
uint32_t crc32c(const std::vector<Chunk> &chunks);

/// TFRecord's masking, which keeps the checksum of data that holds checksums
/// from being trivial.
uint32_t maskedCrc32c(const void *data, size_t size);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_CHECKSUM_H
