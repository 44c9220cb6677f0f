//===- Npz.h - NumPy's archives of arrays -----------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_NPZ_H
#define GRADOPT_TRAIN_NPZ_H

#include "gradopt_train/Safetensors.h"

#include <string>
#include <vector>

namespace gradopt::train {

/// Writes arrays as numpy.savez does, each under its name, so that
/// numpy.load(path)[name] gives it back: a zip archive without compression.
/// Atomic: after a failure a file that stood there is intact. No array, and two
/// of one name, are errors.
Status writeNpz(const std::string &path, const std::vector<TensorView> &arrays);

/// The element types of NumPy that are read.
enum class NpyType { F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, Bool };

/// "float32", as NumPy calls it.
const char *npyTypeName(NpyType type);
size_t npyTypeSize(NpyType type);

/// An array of an archive; `data` is dense, row-major and little-endian.
struct NpyArray {
  std::string name;
  NpyType type;
  std::vector<int64_t> dims;
  std::string data;
};

/// The arrays of a file that are among `names`, and the names of all that it
/// holds, sorted.
struct NpzFile {
  std::vector<NpyArray> arrays;
  std::vector<std::string> names;

  const NpyArray *find(const std::string &name) const;
};

/// Reads those arrays of an archive that are named and that are there; `path`
/// is used in messages. Refuses a damaged archive, object arrays (pickled
/// Python is never loaded), big-endian and Fortran-ordered arrays, and types
/// that are not in NpyType.
Expected<NpzFile> parseNpz(const std::string &file, const std::string &path,
                           const std::vector<std::string> &names);

/// Parses one .npy file, the format of numpy.save (versions 1, 2 and 3).
/// Messages go on after "array 'NAME' ".
Expected<NpyArray> parseNpy(const std::string &file, const std::string &name);

/// The bytes of a .npy file up to the array's data.
std::string formatNpyHeader(const TensorView &array);

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_NPZ_H
