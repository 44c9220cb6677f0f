//===- Checks.h - What is compared with what --------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_GRADCHECK_CHECKS_H
#define GRADOPT_TOOLS_GRADOPT_GRADCHECK_CHECKS_H

#include "Model.h"
#include "Program.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::gradopt {

/// Compares the gradient of every parameter with central differences of the
/// loss, at the sizes given, and prints one line for each. Returns whether all
/// agree. `ranges` has every integer input and state.
::gradopt::train::Expected<bool>
checkGradients(Program &loss, Program &gradients, Sizes sizes, uint64_t seed,
               const llvm::StringMap<IntegerRange> &ranges);

/// The files of `checkValues`.
struct ReferenceFiles {
  std::string values;
  /// Values of the same computation by another program in f32; empty: none.
  std::string float32Values;
};

/// Runs the program on arguments from a safetensors file, compares every other
/// tensor of the file with the result of its name, and prints one line for
/// each. Returns whether all are near enough.
::gradopt::train::Expected<bool> checkValues(Program &gradients, Sizes sizes,
                                             const ReferenceFiles &files);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_GRADCHECK_CHECKS_H
