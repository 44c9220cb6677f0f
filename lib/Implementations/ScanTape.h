//===- ScanTape.h - What a reverse scan keeps -------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IMPLEMENTATIONS_SCANTAPE_H
#define GRADOPT_IMPLEMENTATIONS_SCANTAPE_H

#include "gradopt/IR/GradOptOps.h"

namespace mlir::gradopt {

/// An input of the reverse scan.
struct ReverseInput {
  Value sequence;
  bool reverse;
};

/// Replaces every value of the body of `scan` that `reverseBody` uses: what is
/// cheap is computed again, the rest becomes arguments of `reverseBody`, for
/// which the inputs are returned. These are inputs, outputs and histories of
/// `scan`, which is replaced where it lacks some. The first argument of
/// `reverseBody` is the reverse step; `builder` stands where the reverse scan
/// will. Fails after an error at a value that cannot be kept.
FailureOr<SmallVector<ReverseInput>>
buildScanTape(OpBuilder &builder, ScanOp &scan, Block &reverseBody);

} // namespace mlir::gradopt

#endif // GRADOPT_IMPLEMENTATIONS_SCANTAPE_H
