//===- Checks.h - What is compared with what --------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_GRADCHECK_CHECKS_H
#define GRADOPT_TOOLS_GRADOPT_GRADCHECK_CHECKS_H

#include "Arguments.h"
#include "Program.h"
#include "llvm/ADT/StringSet.h"
#include <limits>

namespace mlir::gradopt {

/// What `checkGradients` goes by.
struct CheckOptions : ArgumentOptions {
  /// Parameters without a gradient, which are not checked.
  llvm::StringSet<> frozen;
  /// The most elements of a parameter that are checked, drawn from the seed.
  int64_t elements = std::numeric_limits<int64_t>::max();
};

/// Compares the gradient of every parameter that is not frozen with central
/// differences of the loss, at the sizes given, and prints one line for each.
/// Returns whether all agree.
::gradopt::train::Expected<bool> checkGradients(Program &loss,
                                                Program &gradients, Sizes sizes,
                                                const CheckOptions &options);

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
