//===- BufferPlaces.h - Which buffers are the same memory -------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_CONVERSION_STEPTOCPU_BUFFERPLACES_H
#define GRADOPT_CONVERSION_STEPTOCPU_BUFFERPLACES_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::gradopt {

/// The buffer of which `buffer` is a view.
Value findRoot(Value buffer);

/// Whether two buffers have no element in common, as far as static offsets and
/// sizes tell.
bool areDisjoint(Value a, Value b);

/// Whether two buffers are views of the same elements: the same slices of the
/// same buffer.
bool areSamePlace(Value a, Value b);

/// The uses of a buffer and of views of it, views left out.
SmallVector<OpOperand *> collectAccesses(Value buffer);

/// Whether a use leaves the buffer as it is: null if it is not known what the op
/// does with it.
std::optional<bool> isRead(OpOperand &access);
std::optional<bool> isWrite(OpOperand &access);

} // namespace mlir::gradopt

#endif // GRADOPT_CONVERSION_STEPTOCPU_BUFFERPLACES_H
