//===- Arguments.h - Random arguments ---------------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_GRADCHECK_ARGUMENTS_H
#define GRADOPT_TOOLS_GRADOPT_GRADCHECK_ARGUMENTS_H

#include "Model.h"
#include "Program.h"
#include "llvm/ADT/StringMap.h"
#include <map>

namespace mlir::gradopt {

/// What arguments are drawn from.
struct ArgumentOptions {
  uint64_t seed = 1;
  /// What every integer input and state can be.
  llvm::StringMap<IntegerRange> ranges;
  /// Values of inputs instead of random ones.
  std::map<std::string, std::vector<double>> inputs;
};

/// Sets inputs and states, and parameters that start at zero: there many a
/// product hides an error, and relu has its kink.
void fillArguments(Program &program, Sizes sizes,
                   const ArgumentOptions &options);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_GRADCHECK_ARGUMENTS_H
