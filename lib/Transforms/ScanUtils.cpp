//===- ScanUtils.cpp - More outputs and histories of a scan ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanEditor.h"
#include "gradopt/Transforms/Transforms.h"

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
