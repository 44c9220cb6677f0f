//===- ScanLowering.h - A scan as a loop over buffers -----------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_IMPLEMENTATIONS_SCANLOWERING_H
#define GRADOPT_LIB_IMPLEMENTATIONS_SCANLOWERING_H

#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"

namespace mlir::gradopt {

/// The type of one row of a buffer: its first dimension at an index that is not
/// known, without that dimension.
MemRefType getRowType(MemRefType buffer);

/// The type of a buffer that the scan allocates for `tensor`.
FailureOr<MemRefType>
getAllocType(ScanOp scan, TensorType tensor,
             const bufferization::BufferizationOptions &options);

/// The type of `count` rows of such a buffer from one on that is not known.
MemRefType getRowsType(MemRefType buffer, int64_t count);

/// The position of the first history of `carry`.
std::optional<unsigned> findHistory(ScanOp scan, int64_t carry);

/// Whether the values that a carry has in all steps are kept, a row for each
/// and for the first one: in its history, or with an output that yields the
/// carry's next value. Where they are, whether the first is in the last row.
std::optional<bool> findRowsReverse(ScanOp scan, int64_t carry);

/// The carry of whose rows an output consists, if it is one.
std::optional<unsigned> findCarryOfOutput(ScanOp scan, unsigned output);

/// Replaces a scan, whose body is bufferized already, by a loop.
LogicalResult
lowerBufferizedScan(ScanOp scan, RewriterBase &rewriter,
                    const bufferization::BufferizationOptions &options,
                    bufferization::BufferizationState &state);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_IMPLEMENTATIONS_SCANLOWERING_H
