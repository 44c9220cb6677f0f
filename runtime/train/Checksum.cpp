//===- Checksum.cpp - CRC32C ----------------------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt_train/Checksum.h"

#include <boost/crc.hpp>

using namespace gradopt::train;

uint32_t gradopt::train::crc32c(const std::vector<Chunk> &chunks) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  for (const Chunk &chunk : chunks)
    crc.process_bytes(chunk.data, chunk.size);
  return crc.checksum();
}

uint32_t gradopt::train::crc32c(const void *data, size_t size) {
  return crc32c({Chunk{data, size}});
}

uint32_t gradopt::train::maskedCrc32c(const void *data, size_t size) {
  uint32_t crc = crc32c(data, size);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}
