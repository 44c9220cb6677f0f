//===- NpyConversion.h - Exact conversion of elements -----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef GRADOPT_TRAIN_NPYCONVERSION_H
#define GRADOPT_TRAIN_NPYCONVERSION_H

#include "gradopt_runtime.h"
#include "gradopt_train/Npz.h"

namespace gradopt::train {

/// Element `index` of the array.
class NpyElement {
public:
  NpyElement(const NpyArray &array, int64_t index);

  /// Writes the value to `destination` as an element of this type, if it is
  /// exactly one: NaN and Inf are, between the floating-point types.
  bool convert(gradopt_element_type type, void *destination) const;
  bool isFinite() const;
  /// As NumPy prints it: "0.1", "-3".
  std::string text() const;

private:
  enum Kind { Float, Signed, Unsigned } kind;
  NpyType type;
  double real = 0;
  int64_t integer = 0;
  uint64_t natural = 0;
};

} // namespace gradopt::train

#endif // GRADOPT_TRAIN_NPYCONVERSION_H
