//===- PyTorchNames.h - What PyTorch calls parameters --------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TOOLS_GRADOPT_TRAIN_PYTORCHNAMES_H
#define GRADOPT_TOOLS_GRADOPT_TRAIN_PYTORCHNAMES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <string>
#include <vector>

namespace mlir::gradopt {

/// A parameter of a model and the tensors of a PyTorch module that hold it.
struct PyTorchParameter {
  std::string name;
  /// PyTorch has out × in what the model has in × out.
  bool transposed = false;
  std::string tensor;
  /// For a layer with one bias: PyTorch's other one, to which it belongs as a
  /// sum. "" if there is none.
  std::string otherBias;
  /// From which element on the other bias has to be zero; -1 if it need not be.
  /// A gru scales the last third of its hidden bias by the reset gate, so that
  /// it does not add to the other.
  int64_t unsummedFrom = -1;
};

/// The names by which PyTorch knows the parameters of a model, in the order of
/// its arguments. Fails after an error at what PyTorch does not have.
FailureOr<std::vector<PyTorchParameter>> findPyTorchNames(func::FuncOp model);

} // namespace mlir::gradopt

#endif // GRADOPT_TOOLS_GRADOPT_TRAIN_PYTORCHNAMES_H
