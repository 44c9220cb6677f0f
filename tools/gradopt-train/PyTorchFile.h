//===- PyTorchFile.h - Parameters in PyTorch's layout --------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_PYTORCHFILE_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_PYTORCHFILE_H

#include "PyTorchNames.h"
#include "gradopt_train/Status.h"

namespace mlir::gradopt {

class Runner;

/// Sets all parameters of a program from a safetensors file of a PyTorch
/// state_dict, or none. Refuses a file that lacks a tensor or has one too many,
/// other shapes, types that would have to be rounded, elements that are not
/// finite, and a checkpoint.
::gradopt::train::Status
readPyTorchFile(const std::string &path,
                const std::vector<PyTorchParameter> &parameters,
                Runner &runner);

/// Writes all parameters of a program as such a file.
::gradopt::train::Status
writePyTorchFile(const std::string &path,
                 const std::vector<PyTorchParameter> &parameters,
                 const Runner &runner);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_PYTORCHFILE_H
