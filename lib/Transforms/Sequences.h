//===- Sequences.h - Tensors with a row for each time step ------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_SEQUENCES_H
#define GRADOPT_LIB_TRANSFORMS_SEQUENCES_H

#include "mlir/IR/Value.h"

namespace mlir::gradopt {

/// Whether a tensor may have a row for each time step or each sequence of a
/// batch, so that its copy is one of what the forward pass keeps. Others are as
/// large as weights.
bool isSequence(Value tensor);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_SEQUENCES_H
