//===- ScanUtils.cpp - What several passes do with scans ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanUtils.h"
#include "ScanEditor.h"
#include "TapeReaders.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/IR/RegionSizes.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace mlir::gradopt;

ScanOp mlir::gradopt::appendScanOutputs(RewriterBase &rewriter, ScanOp scan,
                                        ValueRange values,
                                        ArrayRef<bool> reverse) {
  if (values.empty())
    return scan;
  ScanEditor editor(rewriter, scan);
  for (auto [value, direction] : llvm::zip_equal(values, reverse))
    editor.appendOutput(value, direction);
  return editor.finish();
}

Value mlir::gradopt::getOrAppendScanHistory(RewriterBase &rewriter,
                                            ScanOp &scan, unsigned carry,
                                            bool reverse) {
  ScanEditor editor(rewriter, scan);
  unsigned history = editor.addHistory(carry, reverse);
  if (history == scan.getNumHistories())
    scan = editor.finish();
  return scan.getHistoryResults()[history];
}

bool mlir::gradopt::runsInReverse(ScanOp scan) {
  for (ArrayRef<bool> directions :
       {scan.getInputReverse(), scan.getOutputReverse(),
        scan.getHistoryReverse()})
    if (!directions.empty())
      return directions.front();
  return false;
}

std::string mlir::gradopt::describe(ScanOp scan) {
  StringRef name = scan.getName().value_or("");
  SmallVector<OriginAttr> origins;
  collectOrigins(scan.getLoc(), origins);
  bool isBackward =
      !origins.empty() && origins.front().getDirection() == "backward";
  return (name.empty() ? "a scan without a name" : "'" + name.str() + "'") +
         (isBackward ? " (backward)" : "");
}

Location mlir::gradopt::getHelperLoc(ScanOp scan) {
  return withOrigin(scan.getLoc(), scan.getName().value_or(""), "", "",
                    ScanOp::getOperationName());
}

bool mlir::gradopt::haveSameCount(ScanOp first, ScanOp second) {
  int64_t steps = first.getStaticCount(), others = second.getStaticCount();
  if (ShapedType::isStatic(steps) && ShapedType::isStatic(others))
    return steps == others;
  Builder builder(first.getContext());
  return isSameSize(builder, first.getCount(), second.getCount()) ||
         llvm::any_of(second.getInputs(), [&](Value input) {
           return llvm::is_contained(first.getInputs(), input);
         });
}

void mlir::gradopt::resolveSizes(ScanOp scan, StringRef source) {
  IRRewriter rewriter(scan.getContext());
  OriginListener listener("", "", source);
  OpBuilder builder(scan.getContext(), &listener);
  builder.setInsertionPoint(scan);
  for (OpResult result : scan->getResults())
    for (Operation *user : llvm::make_early_inc_range(result.getUsers())) {
      auto dim = dyn_cast<tensor::DimOp>(user);
      if (!dim || !isSizeOnly(dim))
        continue;
      FailureOr<OpFoldResult> size = scan.reifyDimOfResult(
          builder, result.getResultNumber(), *dim.getConstantIndex());
      if (succeeded(size))
        rewriter.replaceOp(dim, getValueOrCreateConstantIndexOp(
                                    builder, scan.getLoc(), *size));
    }
}
