//===- ScanEditor.cpp - Other carries, inputs and outputs of a scan -------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanEditor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::gradopt;

ScanEditor::ScanEditor(RewriterBase &rewriter, ScanOp scan)
    : rewriter(rewriter), scan(scan), firstCarries(scan.getNumCarries()),
      firstOutputs(scan.getNumOutputs()),
      firstHistories(scan.getNumHistories()), inits(scan.getInits()),
      inputs(scan.getInputs()), nextCarries(scan.getYieldedCarries()),
      outputs(scan.getYieldedOutputs()), inputReverse(scan.getInputReverse()),
      outputReverse(scan.getOutputReverse()),
      historyReverse(scan.getHistoryReverse()), histories(scan.getHistories()) {
  if (ArrayAttr names = scan.getCarryNamesAttr())
    carryNames.assign(names.begin(), names.end());
}

/// The position of `value` with this direction, or the number of values.
static unsigned findPart(ArrayRef<Value> values, ArrayRef<bool> reverse,
                         Value value, bool direction) {
  for (auto [i, present, presentDirection] : llvm::enumerate(values, reverse))
    if (present == value && presentDirection == direction)
      return i;
  return values.size();
}

BlockArgument ScanEditor::addInput(Value sequence, bool reverse) {
  unsigned index = findPart(inputs, inputReverse, sequence, reverse);
  Block &body = scan.getBody().front();
  if (index < inputs.size())
    return body.getArgument(1 + inits.size() + index);
  inputs.push_back(sequence);
  inputReverse.push_back(reverse);
  return body.addArgument(
      ScanOp::getSliceType(cast<RankedTensorType>(sequence.getType())),
      sequence.getLoc());
}

unsigned ScanEditor::addOutput(Value slice, bool reverse) {
  unsigned index = findPart(outputs, outputReverse, slice, reverse);
  return index < outputs.size() ? index : appendOutput(slice, reverse);
}

unsigned ScanEditor::appendOutput(Value slice, bool reverse) {
  outputs.push_back(slice);
  outputReverse.push_back(reverse);
  return outputs.size() - 1;
}

unsigned ScanEditor::addHistory(unsigned carry, bool reverse) {
  for (auto [i, present, direction] :
       llvm::enumerate(histories, historyReverse))
    if (present == carry && direction == reverse)
      return i;
  histories.push_back(carry);
  historyReverse.push_back(reverse);
  return histories.size() - 1;
}

unsigned ScanEditor::addCarry(Value init, StringRef name) {
  unsigned carry = inits.size();
  inits.push_back(init);
  if (scan.getCarryNamesAttr())
    carryNames.push_back(rewriter.getStringAttr(name));
  nextCarries.push_back(scan.getBody().front().insertArgument(
      1 + carry, init.getType(), init.getLoc()));
  return carry;
}

BlockArgument ScanEditor::getCarryArg(unsigned carry) {
  return scan.getBody().front().getArgument(1 + carry);
}

ScanOp ScanEditor::finish() {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(scan);

  int64_t steps = scan.getStaticCount();
  SmallVector<Type> outputTypes(scan.getOutputs().getTypes());
  for (Value output : ArrayRef(outputs).drop_front(firstOutputs))
    outputTypes.push_back(ScanOp::getSequenceType(
        cast<RankedTensorType>(output.getType()), steps));
  auto result = ScanOp::create(
      rewriter, scan.getLoc(), scan.getCount(), inits, inputs, outputTypes,
      histories, inputReverse, outputReverse, historyReverse,
      scan.getNameAttr(),
      scan.getCarryNamesAttr() ? rewriter.getArrayAttr(carryNames)
                               : ArrayAttr());
  result->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  for (auto [created, present] :
       llvm::zip(result.getHistoryResults(), scan.getHistoryResults()))
    created.setType(present.getType());

  rewriter.eraseBlock(&result.getBody().front());
  rewriter.inlineRegionBefore(scan.getBody(), result.getBody(),
                              result.getBody().end());
  SmallVector<Value> yielded(nextCarries);
  llvm::append_range(yielded, outputs);
  rewriter.modifyOpInPlace(result.getYield(), [&] {
    cast<YieldOp>(result.getYield()).getValuesMutable().assign(yielded);
  });

  SmallVector<Value> replacements(
      result.getFinalCarries().take_front(firstCarries));
  llvm::append_range(replacements,
                     result.getOutputs().take_front(firstOutputs));
  llvm::append_range(replacements,
                     result.getHistoryResults().take_front(firstHistories));
  rewriter.replaceOp(scan, replacements);
  scan = result;
  return result;
}

void mlir::gradopt::removeUnneededParts(Operation *root) {
  RewritePatternSet patterns(root->getContext());
  ScanOp::getCanonicalizationPatterns(patterns, root->getContext());
  // What is dead is erased; the ops of others are not folded on the way.
  GreedyRewriteConfig config;
  config.enableFolding(false).setRegionSimplificationLevel(
      GreedySimplifyRegionLevel::Disabled);
  (void)applyPatternsGreedily(root, std::move(patterns), config);
}
