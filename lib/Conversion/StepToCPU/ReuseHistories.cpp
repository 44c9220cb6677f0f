//===- ReuseHistories.cpp - Outputs that a history holds ----------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../Transforms/Contractions.h"
#include "../../Transforms/HistoryRows.h"
#include "../../Transforms/ScanEditor.h"
#include "../../Transforms/ScanUtils.h"
#include "gradopt/Conversion/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_REUSEHISTORIES
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

/// The rows of a history that hold what an output of `scan` does; null if there
/// are none.
static Value findRows(OpBuilder &builder, ScanOp scan, unsigned output) {
  Value yielded = scan.getYieldedOutputs()[output];
  for (auto [carry, reverse, history] :
       llvm::zip_equal(scan.getHistories(), scan.getHistoryReverse(),
                       scan.getHistoryResults())) {
    bool isAfter = yielded == scan.getYieldedCarries()[carry];
    bool isBefore = yielded == scan.getCarryArgs()[carry];
    if (reverse == scan.getOutputReverse()[output] && (isAfter || isBefore))
      return buildHistoryRows(builder, getHelperLoc(scan), scan, history,
                              reverse, isAfter);
  }
  return {};
}

namespace {
struct ReuseHistories : gradopt::impl::ReuseHistoriesBase<ReuseHistories> {
  using ReuseHistoriesBase::ReuseHistoriesBase;

  void runOnOperation() override {
    getOperation()->walk([&](ScanOp scan) {
      OpBuilder builder(scan->getContext());
      builder.setInsertionPointAfter(scan);
      for (auto [i, output] : llvm::enumerate(scan.getOutputs())) {
        if (output.use_empty())
          continue;
        Value rows = findRows(builder, scan, i);
        if (!rows)
          continue;
        output.replaceAllUsesWith(castTo(builder, rows, output.getType()));
        ++numReused;
      }
    });
    removeUnneededParts(getOperation());
  }
};
} // namespace
