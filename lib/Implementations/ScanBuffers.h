//===- ScanBuffers.h - Buffers of a scan's values ---------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_IMPLEMENTATIONS_SCANBUFFERS_H
#define GRADOPT_LIB_IMPLEMENTATIONS_SCANBUFFERS_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::gradopt {

/// What a tensor's buffer is a view of, as far as casts go: a memref, or a
/// tensor that is not bufferized yet.
Value findBuffer(Value value);

/// The scalar that the buffer of a bufferized tensor is filled with, if that is
/// all that was written to it.
Value findFilledWith(Value buffer);

/// Whether a buffer's layout does not matter to the ops that use it and views
/// of it.
bool areUsersFreeOfLayout(Value buffer);

/// Replaces a buffer, whose users are free of its layout, by one of another.
void replaceBuffer(RewriterBase &rewriter, Value buffer, Value by);

/// Makes `row` the buffer of a yielded value if `body` allocates that buffer
/// and uses it only in ways for which its layout does not matter.
bool useAsBuffer(RewriterBase &rewriter, Value value, Value row, Block *body);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_IMPLEMENTATIONS_SCANBUFFERS_H
