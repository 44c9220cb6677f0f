//===- ExpandCells.cpp - Named layers to scans ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_EXPANDCELLS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

ScanOp mlir::gradopt::expandCell(RewriterBase &rewriter,
                                 RecurrentCellOpInterface cell) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(cell);
  StringRef layer = cell.getLayerName();
  Location loc = withOrigin(cell.getLoc(), layer, /*gate=*/"", "forward",
                            cell->getName().getStringRef());

  Value sequence = cell.getSequence();
  auto sequenceType = cast<RankedTensorType>(sequence.getType());
  Value count;
  if (sequenceType.isDynamicDim(0))
    count = tensor::DimOp::create(rewriter, loc, sequence, 0);
  else
    count = arith::ConstantIndexOp::create(rewriter, loc,
                                           sequenceType.getDimSize(0));

  StringAttr name =
      layer.empty() ? StringAttr() : rewriter.getStringAttr(layer);
  auto scan = ScanOp::create(
      rewriter, loc, count, cell.getInitialStates(0), sequence,
      /*outputTypes=*/cell->getResult(0).getType(), /*histories=*/{},
      /*inputReverse=*/{}, /*outputReverse=*/{}, /*historyReverse=*/{}, name,
      rewriter.getStrArrayAttr(cell.getStateNames()));

  rewriter.setInsertionPointToEnd(&scan.getBody().front());
  auto carries = scan.getCarryArgs();
  SmallVector<Value> next =
      cell.buildStep(rewriter, scan.getSliceArgs().front(),
                     SmallVector<Value>(carries.begin(), carries.end()), 0);
  // The output of a step is the first of its next states.
  next.push_back(next.front());
  YieldOp::create(rewriter, loc, next);

  SmallVector<Value> results{scan.getOutputs().front()};
  llvm::append_range(results, scan.getFinalCarries());
  rewriter.replaceOp(cell, results);
  return scan;
}

namespace {
struct ExpandCells : gradopt::impl::ExpandCellsBase<ExpandCells> {
  using ExpandCellsBase::ExpandCellsBase;

  void runOnOperation() override {
    SmallVector<RecurrentCellOpInterface> cells;
    getOperation()->walk(
        [&](RecurrentCellOpInterface cell) { cells.push_back(cell); });
    IRRewriter rewriter(&getContext());
    for (RecurrentCellOpInterface cell : cells) {
      expandCell(rewriter, cell);
      ++numExpanded;
    }
  }
};
} // namespace
