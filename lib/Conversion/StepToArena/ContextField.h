//===- ContextField.h - What a step's context holds -------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_CONVERSION_STEPTOARENA_CONTEXTFIELD_H
#define GRADOPT_CONVERSION_STEPTOARENA_CONTEXTFIELD_H

#include "mlir/IR/Builders.h"

namespace mlir::gradopt {

/// Loads the field of a gradopt_context that stands `offset` bytes from its
/// start: a pointer or an integer of the LLVM dialect.
Value buildLoadField(OpBuilder &builder, Location loc, Value context,
                     size_t offset, Type type);

} // namespace mlir::gradopt

#endif // GRADOPT_CONVERSION_STEPTOARENA_CONTEXTFIELD_H
