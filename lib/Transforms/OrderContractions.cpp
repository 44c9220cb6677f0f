//===- OrderContractions.cpp - What is known is summed first --------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OrderContractions.h"
#include "Contractions.h"
#include "StepAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

/// The contraction that does nothing but start from the result of this one.
static LinalgOp getNext(LinalgOp contraction) {
  Value result = contraction->getResult(0);
  if (!result.hasOneUse())
    return {};
  OpOperand &use = *result.use_begin();
  LinalgOp next = getContraction(use.getOwner());
  bool isLink = next && next->getBlock() == contraction->getBlock() &&
                next.isDpsInit(&use);
  return isLink ? next : LinalgOp();
}

/// The contractions that start from each other, of which this is the first;
/// none if it is not.
static SmallVector<LinalgOp> getChain(LinalgOp first) {
  Value init = first.getDpsInits().front();
  LinalgOp before = getContraction(init.getDefiningOp());
  if (before && getNext(before) == first)
    return {};
  SmallVector<LinalgOp> chain;
  for (LinalgOp link = first; link; link = getNext(link))
    chain.push_back(link);
  return chain;
}

/// Zeros of the sizes of a value of the body, made in front of the scan.
static Value buildZerosOutside(RewriterBase &rewriter, ScanOp scan,
                               Location loc, Value value) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(scan);
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim : llvm::seq(type.getRank()))
    if (type.isDynamicDim(dim))
      sizes.push_back(getValueOrCreateConstantIndexOp(
          rewriter, loc, *scan.reifyBodyDim(rewriter, value, dim)));
    else
      sizes.push_back(rewriter.getIndexAttr(type.getDimSize(dim)));
  return buildZeros(rewriter, loc, sizes, type.getElementType());
}

static bool order(RewriterBase &rewriter, ScanOp scan,
                  const StepAnalysis &analysis, ArrayRef<LinalgOp> chain,
                  bool reverse) {
  SmallVector<LinalgOp> known, others;
  for (LinalgOp link : chain)
    (analysis.hasAvailableProducts(link, reverse) ? known : others)
        .push_back(link);
  LinalgOp first = chain.front(), last = chain.back();
  // What is a sum over time or is done behind the scan stays together.
  if (known.empty() || !analysis.isWanted(last) ||
      analysis.isMovable(known.front(), false) ||
      analysis.isMovable(known.front(), true))
    return false;

  Value init = first.getDpsInits().front();
  bool startsKnown = analysis.isKnown(init, reverse);
  if (startsKnown && llvm::equal(known, chain.take_front(known.size())))
    return false;
  auto type = cast<RankedTensorType>(init.getType());
  if (!startsKnown && (!analysis.hasKnownSizes(init) || type.getEncoding()))
    return false;

  // All go to the place of the last one, where all operands are there.
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : last->getResult(0).getUses())
    uses.push_back(&use);
  rewriter.setInsertionPointAfter(last);
  Value sum = startsKnown ? init
                          : buildZerosOutside(rewriter, scan,
                                              known.front().getLoc(), init);
  auto append = [&](LinalgOp link) {
    rewriter.moveOpBefore(link, rewriter.getInsertionBlock(),
                          rewriter.getInsertionPoint());
    rewriter.modifyOpInPlace(link,
                             [&] { link.getDpsInitOperand(0)->set(sum); });
    sum = link->getResult(0);
  };
  llvm::for_each(known, append);
  if (!startsKnown)
    sum = arith::AddFOp::create(rewriter, known.back().getLoc(), init, sum);
  llvm::for_each(others, append);
  for (OpOperand *use : uses)
    rewriter.modifyOpInPlace(use->getOwner(), [&] { use->set(sum); });
  return true;
}

bool mlir::gradopt::orderContractions(RewriterBase &rewriter, ScanOp scan) {
  SmallVector<SmallVector<LinalgOp>> chains;
  for (Operation &op : scan.getBody().front())
    if (LinalgOp contraction = getContraction(&op))
      if (SmallVector<LinalgOp> chain = getChain(contraction); !chain.empty())
        chains.push_back(std::move(chain));

  bool changed = false;
  for (ArrayRef<LinalgOp> chain : chains) {
    // A chain that has changed may be what another one follows from.
    StepAnalysis analysis(scan);
    changed |= order(rewriter, scan, analysis, chain, /*reverse=*/false) ||
               order(rewriter, scan, analysis, chain, /*reverse=*/true);
  }
  return changed;
}
