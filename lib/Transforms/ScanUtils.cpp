//===- ScanUtils.cpp - More outputs and histories of a scan ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Transforms/Transforms.h"

using namespace mlir;
using namespace mlir::gradopt;

/// Replaces `scan` by one with more outputs and histories. The body is moved,
/// its values stay what they are.
static ScanOp appendResults(RewriterBase &rewriter, ScanOp scan,
                            ValueRange outputs, ArrayRef<bool> outputReverse,
                            ArrayRef<int64_t> histories,
                            ArrayRef<bool> historyReverse) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(scan);

  int64_t steps = scan.getStaticCount();
  SmallVector<Type> outputTypes(scan.getOutputs().getTypes());
  for (Value output : outputs)
    outputTypes.push_back(ScanOp::getSequenceType(
        cast<RankedTensorType>(output.getType()), steps));
  SmallVector<int64_t> allHistories(scan.getHistories());
  llvm::append_range(allHistories, histories);
  // Not llvm::to_vector, whose braces make two bools of two pointers.
  SmallVector<bool> allOutputReverse(scan.getOutputReverse());
  llvm::append_range(allOutputReverse, outputReverse);
  SmallVector<bool> allHistoryReverse(scan.getHistoryReverse());
  llvm::append_range(allHistoryReverse, historyReverse);

  auto result = ScanOp::create(rewriter, scan.getLoc(), scan.getCount(),
                               scan.getInits(), scan.getInputs(), outputTypes,
                               allHistories, scan.getInputReverse(),
                               allOutputReverse, allHistoryReverse,
                               scan.getNameAttr(), scan.getCarryNamesAttr());
  result->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  for (auto [created, present] :
       llvm::zip(result.getHistoryResults(), scan.getHistoryResults()))
    created.setType(present.getType());

  rewriter.eraseBlock(&result.getBody().front());
  rewriter.inlineRegionBefore(scan.getBody(), result.getBody(),
                              result.getBody().end());
  if (!outputs.empty())
    rewriter.modifyOpInPlace(result.getYield(), [&] {
      cast<YieldOp>(result.getYield()).getValuesMutable().append(outputs);
    });

  SmallVector<Value> replacements(result.getFinalCarries());
  llvm::append_range(replacements,
                     result.getOutputs().take_front(scan.getNumOutputs()));
  llvm::append_range(replacements, result.getHistoryResults().take_front(
                                       scan.getNumHistories()));
  rewriter.replaceOp(scan, replacements);
  return result;
}

ScanOp mlir::gradopt::appendScanOutputs(RewriterBase &rewriter, ScanOp scan,
                                        ValueRange values,
                                        ArrayRef<bool> reverse) {
  assert(values.size() == reverse.size() && "expected a direction for each");
  if (values.empty())
    return scan;
  return appendResults(rewriter, scan, values, reverse, {}, {});
}

Value mlir::gradopt::getOrAppendScanHistory(RewriterBase &rewriter,
                                            ScanOp &scan, unsigned carry,
                                            bool reverse) {
  for (auto [present, direction, history] :
       llvm::zip_equal(scan.getHistories(), scan.getHistoryReverse(),
                       scan.getHistoryResults()))
    if (present == carry && direction == reverse)
      return history;
  scan = appendResults(rewriter, scan, {}, {}, {carry}, {reverse});
  return scan.getHistoryResults().back();
}
