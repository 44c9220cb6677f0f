//===- Capacity.h - Bounds of sizes for given capacities --------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_CONVERSION_STEPTOARENA_CAPACITY_H
#define GRADOPT_LIB_CONVERSION_STEPTOARENA_CAPACITY_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::gradopt {

/// A bound of `size`, an index or integer in a step's body, over all times and
/// batches that are not above the ones that `capacity` maps them to. Null if
/// none follows from these alone.
Value buildCapacity(OpBuilder &builder, Value size, IRMapping &capacity);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_CONVERSION_STEPTOARENA_CAPACITY_H
