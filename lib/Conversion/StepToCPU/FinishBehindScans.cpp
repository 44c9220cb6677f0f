//===- FinishBehindScans.cpp - The last steps of what is only watched -----===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../Transforms/MoveBehindScan.h"
#include "../../Transforms/ScanEditor.h"
#include "../../Transforms/StepAnalysis.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/Origins.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_FINISHBEHINDSCANS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// What an op reads in a step is kept for it if there are no more elements.
static constexpr int64_t kMostElements = 1024;

/// The elements that `op` reads of what varies from step to step; nothing if
/// that is not known.
static std::optional<int64_t> countElements(Operation *op,
                                            const StepBatch &batch) {
  int64_t count = 0;
  bool isKnown = true;
  forEachNeeded(op, batch, [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      count += 1;
    else if (type.hasStaticShape())
      count += type.getNumElements();
    else
      isKnown = false;
  });
  return isKnown ? std::optional(count) : std::nullopt;
}

/// The ops to do behind the scan: of those that can be, the ones that read
/// little, and what follows from them.
static llvm::SetVector<Operation *> planBehind(ScanOp scan, bool reverse) {
  StepAnalysis analysis(scan);
  StepBatch batch = analysis.getBatch(reverse);
  llvm::SetVector<Operation *> ops;
  for (Operation *op : analysis.planAfter(reverse)) {
    bool follows = false;
    forEachNeeded(op, batch, [&](Value value) {
      follows |= ops.contains(value.getDefiningOp());
    });
    std::optional<int64_t> count = countElements(op, batch);
    if (follows || (count && *count <= kMostElements))
      ops.insert(op);
  }
  return ops;
}

namespace {
struct FinishBehindScans
    : gradopt::impl::FinishBehindScansBase<FinishBehindScans> {
  using FinishBehindScansBase::FinishBehindScansBase;

  void runOnOperation() override {
    SmallVector<ScanOp> scans;
    getOperation()->walk([&](ScanOp scan) { scans.push_back(scan); });
    bool changed = false;
    for (ScanOp scan : scans)
      changed |= finish(scan);
    if (changed)
      removeUnneededParts(getOperation());
  }

private:
  bool finish(ScanOp scan) {
    OriginListener origins(scan.getName().value_or(""), /*direction=*/"",
                           getArgument());
    IRRewriter rewriter(&getContext(), &origins);
    bool changed = false;
    for (bool reverse : {false, true}) {
      llvm::SetVector<Operation *> ops = planBehind(scan, reverse);
      if (ops.empty())
        continue;
      moveConstants(rewriter, scan, ops);
      ops = planBehind(scan, reverse);
      if (ops.empty())
        continue;
      numMoved += ops.size();
      scan = moveBehindScan(rewriter, scan, ops, reverse, getArgument());
      changed = true;
    }
    return changed;
  }
};
} // namespace
