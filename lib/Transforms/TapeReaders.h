//===- TapeReaders.h - Scans that read what others keep ---------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_TAPEREADERS_H
#define GRADOPT_LIB_TRANSFORMS_TAPEREADERS_H

#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::gradopt {

/// An input of a scan that reads an output or history of another one, which has
/// the same number of steps and goes through them in the other order.
struct TapeUse {
  Operation *reader;
  unsigned input;
  /// The rows of a history that are read: one for each step. Null for an
  /// output.
  tensor::ExtractSliceOp rows;
};

/// An output or history of a scan that is there for such readers alone.
struct Tape {
  /// Among the results of the scan.
  unsigned result;
  SmallVector<TapeUse> uses;
};

/// The tapes of a scan. If `other` is given it is set to an op that needs a
/// value which a reader needs too, and because of which that is no tape.
SmallVector<Tape> findTapes(ScanOp scan, Operation **other = nullptr);

/// Whether an op asks for a size of a tensor only, one that the tensor has.
bool isSizeOnly(Operation *op);

/// What one step adds to a tape, in bytes, without its dynamic dimensions.
int64_t getBytesPerStep(ScanOp scan, const Tape &tape);

/// "N bytes", or "N bytes for each row" if the slices have dynamic dimensions.
std::string describeBytes(ScanOp scan, ArrayRef<Tape> tapes);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_TAPEREADERS_H
