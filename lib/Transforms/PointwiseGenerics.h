//===- PointwiseGenerics.h - Elementwise work as generics -------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_POINTWISEGENERICS_H
#define GRADOPT_LIB_TRANSFORMS_POINTWISEGENERICS_H

#include "mlir/IR/Operation.h"

namespace mlir::gradopt {

/// Makes the elementwise ops on tensors in `root` generics, with constants and
/// fills in their bodies, each for the piece of a tensor that it works on.
void makePointwiseGenerics(Operation *root);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_POINTWISEGENERICS_H
