//===- Safetensors.h - The safetensors format in memory ---------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_SAFETENSORS_H
#define GRADOPT_TRAIN_SAFETENSORS_H

#include "gradopt_runtime.h"
#include "gradopt_train/Status.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gradopt::train {

/// A tensor to be stored; `data` is dense and row-major. I1 is stored as BOOL.
struct TensorView {
  std::string name;
  gradopt_element_type type;
  std::vector<int64_t> dims;
  const void *data;
};

/// A tensor of a file: bytes [begin, end) of its data part.
struct StoredTensor {
  std::string name;
  gradopt_element_type type;
  std::vector<int64_t> dims;
  uint64_t begin;
  uint64_t end;
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<StoredTensor> tensors; ///< by offset
  uint64_t dataOffset = 0;           ///< of the data part in the file
};

/// Largest header that the format allows, in bytes.
inline constexpr uint64_t maxSafetensorsHeader = 100000000;

/// Parses the header of a whole file and checks its size, its JSON, that no key
/// stands twice, that type, shape and size of each tensor agree, and that the
/// tensors fill the data part without overlap or hole. Messages go on after
/// "FILE ".
Expected<SafetensorsHeader> parseSafetensors(const std::string &file);

/// The tensors in the order that writers of the format use: by element size,
/// largest first, so that each is aligned, then by name.
std::vector<TensorView> safetensorsOrder(std::vector<TensorView> tensors);

/// The length and the header of a file whose data part is the tensors' bytes
/// one after the other in this order.
Expected<std::string>
formatSafetensors(const std::vector<TensorView> &tensors,
                  const std::map<std::string, std::string> &metadata);

/// Bytes of a tensor of this type and shape; an error if that is no size.
Expected<uint64_t> tensorBytes(gradopt_element_type type,
                               const std::vector<int64_t> &dims);

/// A name for messages: quoted, on one line, cut if it is very long.
std::string quoteName(const std::string &name);
/// "F32[2x3]" for messages.
std::string describeTensor(gradopt_element_type type,
                           const std::vector<int64_t> &dims);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_SAFETENSORS_H
