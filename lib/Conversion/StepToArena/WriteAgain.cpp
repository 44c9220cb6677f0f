//===- WriteAgain.cpp - What is kept in several places --------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WriteAgain.h"
#include "SeparateDestinations.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// More results of a generic
//===----------------------------------------------------------------------===//

/// Whether an elementwise op writes, and reads, each element once in order.
static bool isElementwise(linalg::GenericOp op) {
  return op.getNumParallelLoops() == op.getNumLoops();
}

/// Gives a generic one more result, which it writes to `init`: a scalar of its
/// body. Returns the result; the op is replaced.
static Value appendResult(RewriterBase &rewriter, linalg::GenericOp op,
                          Value scalar, AffineMap map, Value init) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  SmallVector<Value> inits(op.getOutputs());
  inits.push_back(init);
  SmallVector<Type> types(op.getResultTypes());
  types.push_back(init.getType());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps.push_back(map);
  auto wider =
      linalg::GenericOp::create(rewriter, op.getLoc(), types, op.getInputs(),
                                inits, maps, op.getIteratorTypesArray());
  wider->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  rewriter.inlineRegionBefore(op.getRegion(), wider.getRegion(),
                              wider.getRegion().begin());
  Block &body = wider.getRegion().front();
  body.addArgument(getElementTypeOrSelf(init.getType()), op.getLoc());
  Operation *yield = body.getTerminator();
  rewriter.modifyOpInPlace(
      yield, [&] { yield->insertOperands(yield->getNumOperands(), scalar); });
  rewriter.replaceOp(op, wider.getResults().drop_back());
  return wider.getResults().back();
}

//===----------------------------------------------------------------------===//
// What is kept in several places
//===----------------------------------------------------------------------===//

/// The places other than the first into which a result is inserted. What a scan
/// yields has a place in any case.
static SmallVector<OpOperand *> findFurtherInsertions(OpResult result) {
  SmallVector<OpOperand *> insertions;
  bool isPlaced = false;
  for (OpOperand &use : result.getUses()) {
    if (isa<YieldOp>(use.getOwner()))
      isPlaced = true;
    auto insertion = dyn_cast<tensor::InsertSliceOp>(use.getOwner());
    if (insertion && use == insertion.getSourceMutable())
      insertions.push_back(&use);
  }
  // Uses come last first.
  if (!isPlaced && !insertions.empty())
    insertions.pop_back();
  return insertions;
}

void gradopt::writeInsertedAgain(RewriterBase &rewriter, Operation *root) {
  OpBuilder::InsertionGuard guard(rewriter);
  SmallVector<linalg::GenericOp> generics;
  root->walk([&](linalg::GenericOp op) {
    if (isElementwise(op) && op.hasPureTensorSemantics())
      generics.push_back(op);
  });
  for (linalg::GenericOp generic : generics)
    for (unsigned number : llvm::seq(generic.getNumResults()))
      for (OpOperand *insertion :
           findFurtherInsertions(generic->getResult(number))) {
        Operation *owner = insertion->getOwner();
        rewriter.setInsertionPoint(generic);
        Value empty = buildEmptyLike(rewriter, owner->getLoc(),
                                     generic.getDpsInitOperand(number)->get());
        Value again = appendResult(
            rewriter, generic,
            generic.getBody()->getTerminator()->getOperand(number),
            generic.getMatchingIndexingMap(generic.getDpsInitOperand(number)),
            empty);
        rewriter.modifyOpInPlace(owner, [&] { insertion->set(again); });
        generic = again.getDefiningOp<linalg::GenericOp>();
      }
}

//===----------------------------------------------------------------------===//
// Slices that a scan yields
//===----------------------------------------------------------------------===//

/// Where an elementwise op in the block of a slice reads it, element by
/// element.
static OpOperand *findElementwiseRead(tensor::ExtractSliceOp slice) {
  for (OpOperand &use : slice->getUses()) {
    auto generic = dyn_cast<linalg::GenericOp>(use.getOwner());
    if (generic && generic->getBlock() == slice->getBlock() &&
        isElementwise(generic) && generic.isDpsInput(&use) &&
        generic.getMatchingIndexingMap(&use).isPermutation())
      return &use;
  }
  return nullptr;
}

void gradopt::writeYieldedSlices(RewriterBase &rewriter, Operation *root) {
  OpBuilder::InsertionGuard guard(rewriter);
  SmallVector<ScanOp> scans;
  root->walk([&](ScanOp scan) { scans.push_back(scan); });
  for (ScanOp scan : scans) {
    unsigned first = scan.getNumCarries();
    for (OpOperand &yielded : scan.getYield()->getOpOperands()) {
      auto slice = yielded.get().getDefiningOp<tensor::ExtractSliceOp>();
      OpOperand *input =
          slice && yielded.getOperandNumber() >= first &&
                  slice->getBlock() == yielded.getOwner()->getBlock()
              ? findElementwiseRead(slice)
              : nullptr;
      if (!input)
        continue;
      auto reader = cast<linalg::GenericOp>(input->getOwner());
      rewriter.setInsertionPoint(reader);
      Value written =
          appendResult(rewriter, reader, reader.getMatchingBlockArgument(input),
                       reader.getMatchingIndexingMap(input),
                       buildEmptyLike(rewriter, slice.getLoc(), slice));
      rewriter.modifyOpInPlace(yielded.getOwner(),
                               [&] { yielded.set(written); });
    }
  }
}
