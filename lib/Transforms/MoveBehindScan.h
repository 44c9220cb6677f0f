//===- MoveBehindScan.h - Ops of a step for all steps at once ---*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_MOVEBEHINDSCAN_H
#define GRADOPT_LIB_TRANSFORMS_MOVEBEHINDSCAN_H

#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Interfaces/StepBatch.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::gradopt {

/// The input whose slice `value` is.
std::optional<unsigned> findInput(ScanOp scan, Value value);

/// Calls `callback` with the values whose sequences `op` needs.
void forEachNeeded(Operation *op, const StepBatch &batch,
                   llvm::function_ref<void(Value)> callback);

/// Does `op` for all steps at once, where `builder` stands.
void buildBatch(OpBuilder &builder, Operation *op, StepBatch &batch);

/// Moves what is constant in time out of the scan, as far as the ops to move
/// need it: sizes, and places that they write to without reading them.
void moveConstants(RewriterBase &rewriter, ScanOp scan,
                   const llvm::SetVector<Operation *> &ops);

/// Does `ops`, which `StepAnalysis::planAfter` gives, or those of them that
/// follow from some, for all steps at once behind the scan. Returns the scan
/// that takes the place of this one; what it does not need any more is still
/// there. `pass` is the source of what is made.
ScanOp moveBehindScan(RewriterBase &rewriter, ScanOp scan,
                      const llvm::SetVector<Operation *> &ops, bool reverse,
                      StringRef pass);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_MOVEBEHINDSCAN_H
