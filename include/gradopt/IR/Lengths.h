//===- Lengths.h - Positions that count ----------------------- -*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_LENGTHS_H
#define GRADOPT_IR_LENGTHS_H

#include "mlir/IR/Builders.h"

namespace mlir::gradopt {

/// Whether a position (t, b) counts: t < lengths[b]. Built into the body of a
/// linalg op whose first two loops are time and batch.
Value buildIsCounted(OpBuilder &builder, Location loc, Value lengths);

/// The number of elements (i64) of a tensor of these sizes; with `lengths`, if
/// not null, of those at a position that counts.
Value buildCountedElements(OpBuilder &builder, Location loc,
                           ArrayRef<OpFoldResult> sizes, Value lengths);

} // namespace mlir::gradopt

#endif // GRADOPT_IR_LENGTHS_H
