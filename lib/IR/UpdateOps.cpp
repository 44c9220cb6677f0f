//===- UpdateOps.cpp - Optimizers and the guard ---------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "gradopt/IR/GradOptOps.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::gradopt;

//===----------------------------------------------------------------------===//
// SgdOp
//===----------------------------------------------------------------------===//

LogicalResult SgdOp::verify() {
  return verifyLearningRate(*this, getLearningRate());
}

SmallVector<OpOperand *> SgdOp::getStateMutable() { return {}; }

OpResult SgdOp::getUpdatedParameter() { return cast<OpResult>(getResult()); }

SmallVector<OpResult> SgdOp::getUpdatedState() { return {}; }

//===----------------------------------------------------------------------===//
// AdamOp
//===----------------------------------------------------------------------===//

LogicalResult AdamOp::verify() {
  if (failed(verifyLearningRate(*this, getLearningRate())))
    return failure();
  return verifyAdamConstants(
      [&]() { return emitOpError(); }, getBeta1().convertToDouble(),
      getBeta2().convertToDouble(), getEpsilon().convertToDouble());
}

SmallVector<OpOperand *> AdamOp::getStateMutable() {
  return {&getMMutable(), &getVMutable()};
}

OpResult AdamOp::getUpdatedParameter() { return cast<OpResult>(getResult()); }

SmallVector<OpResult> AdamOp::getUpdatedState() {
  return {cast<OpResult>(getNewM()), cast<OpResult>(getNewV())};
}

//===----------------------------------------------------------------------===//
// MomentumOp
//===----------------------------------------------------------------------===//

LogicalResult MomentumOp::verify() {
  if (failed(verifyLearningRate(*this, getLearningRate())))
    return failure();
  return verifyRange([&]() { return emitOpError(); }, "momentum",
                     getMomentumAttr(), 0.0, 1.0);
}

SmallVector<OpOperand *> MomentumOp::getStateMutable() {
  return {&getVelocityMutable()};
}

OpResult MomentumOp::getUpdatedParameter() {
  return cast<OpResult>(getResult());
}

SmallVector<OpResult> MomentumOp::getUpdatedState() {
  return {cast<OpResult>(getNewVelocity())};
}

//===----------------------------------------------------------------------===//
// AdamWOp
//===----------------------------------------------------------------------===//

LogicalResult AdamWOp::verify() {
  if (failed(verifyLearningRate(*this, getLearningRate())))
    return failure();
  auto emitError = [&]() { return emitOpError(); };
  if (failed(verifyAdamConstants(emitError, getBeta1().convertToDouble(),
                                 getBeta2().convertToDouble(),
                                 getEpsilon().convertToDouble())))
    return failure();
  return verifyRange(emitError, "weight_decay", getWeightDecayAttr(), 0.0,
                     std::numeric_limits<double>::infinity());
}

SmallVector<OpOperand *> AdamWOp::getStateMutable() {
  return {&getMMutable(), &getVMutable()};
}

OpResult AdamWOp::getUpdatedParameter() { return cast<OpResult>(getResult()); }

SmallVector<OpResult> AdamWOp::getUpdatedState() {
  return {cast<OpResult>(getNewM()), cast<OpResult>(getNewV())};
}

//===----------------------------------------------------------------------===//
// RmspropOp
//===----------------------------------------------------------------------===//

LogicalResult RmspropOp::verify() {
  if (failed(verifyLearningRate(*this, getLearningRate())))
    return failure();
  auto emitError = [&]() { return emitOpError(); };
  if (failed(verifyRange(emitError, "alpha", getAlphaAttr(), 0.0, 1.0)))
    return failure();
  return verifyPositive(emitError, "epsilon", getEpsilon().convertToDouble());
}

SmallVector<OpOperand *> RmspropOp::getStateMutable() {
  return {&getVMutable()};
}

OpResult RmspropOp::getUpdatedParameter() {
  return cast<OpResult>(getResult());
}

SmallVector<OpResult> RmspropOp::getUpdatedState() {
  return {cast<OpResult>(getNewV())};
}

//===----------------------------------------------------------------------===//
// GuardOp
//===----------------------------------------------------------------------===//

void GuardOp::build(OpBuilder &builder, OperationState &state, ValueRange old) {
  state.addOperands(old);
  state.addTypes(old.getTypes());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(state.addRegion());
}

ParseResult GuardOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::UnresolvedOperand> old;
  SmallVector<Type> types;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLParen())
    return failure();
  if (failed(parser.parseOptionalRParen())) {
    if (parser.parseOperandList(old) || parser.parseColonTypeList(types) ||
        parser.parseRParen())
      return failure();
  }
  if (parser.resolveOperands(old, types, loc, result.operands) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.parseRegion(*result.addRegion()))
    return failure();
  result.addTypes(types);
  return success();
}

void GuardOp::print(OpAsmPrinter &printer) {
  printer << '(';
  if (!getOld().empty())
    printer << getOld() << " : " << getOld().getTypes();
  printer << ')';
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << ' ';
  printer.printRegion(getBody());
}

// All of this is verified before the body's ops and before the control flow
// interface, whose messages speak of edges and successors.
LogicalResult GuardOp::verify() {
  if (getOld().getTypes() != getResultTypes())
    return emitOpError("must have one result of the same type for each old "
                       "value");
  if (getBody().getNumArguments() != 0)
    return emitOpError("body must not have arguments: it may use the values "
                       "from outside");
  auto yield = dyn_cast<YieldOp>(getYield());
  if (!yield)
    return emitOpError("body must end with gradopt.yield");
  unsigned expected = 1 + getOld().size();
  if (yield.getNumOperands() != expected)
    return yield.emitOpError()
           << "in a guard must give whether the step is good and one new value "
              "for each old one: "
           << expected << " values, got " << yield.getNumOperands();
  if (!getOk().getType().isInteger(1))
    return yield.emitOpError() << "in a guard must first give whether the step "
                                  "is good (i1), got "
                               << getOk().getType();
  for (auto [i, types] : llvm::enumerate(
           llvm::zip_equal(getOld().getTypes(), getNewValues().getTypes()))) {
    auto [old, updated] = types;
    if (old != updated)
      return yield.emitOpError() << "gives new value #" << i << " as "
                                 << updated << ", but the old one is " << old;
  }
  return success();
}

// Whether the new values are kept is not known before run time, so data flow
// must see both: the old values reach the results as if the region were passed
// by.
OperandRange GuardOp::getEntrySuccessorOperands(RegionSuccessor successor) {
  return successor.isParent() ? getOld() : getOld().take_front(0);
}

void GuardOp::getSuccessorRegions(RegionBranchPoint point,
                                  SmallVectorImpl<RegionSuccessor> &regions) {
  if (point.isParent())
    regions.emplace_back(&getBody());
  regions.emplace_back(getOperation(), getResults());
}

void GuardOp::getRegionInvocationBounds(
    ArrayRef<Attribute>, SmallVectorImpl<InvocationBounds> &bounds) {
  bounds.emplace_back(1, 1);
}

namespace {
/// A value whose result nobody uses need not be guarded.
struct DropUnusedResults : OpRewritePattern<GuardOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GuardOp guard,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> old, updated{guard.getOk()};
    SmallVector<OpResult> used;
    for (OpResult result : guard->getResults()) {
      if (result.use_empty())
        continue;
      used.push_back(result);
      old.push_back(guard.getOld()[result.getResultNumber()]);
      updated.push_back(guard.getNewValues()[result.getResultNumber()]);
    }
    if (used.size() == guard->getNumResults())
      return rewriter.notifyMatchFailure(guard, "all results are used");

    auto smaller = GuardOp::create(rewriter, guard.getLoc(), old);
    smaller->setDiscardableAttrs(guard->getDiscardableAttrDictionary());
    rewriter.modifyOpInPlace(guard.getYield(),
                             [&]() { guard.getYield()->setOperands(updated); });
    rewriter.mergeBlocks(&guard.getBody().front(), &smaller.getBody().front());
    for (auto [result, replacement] :
         llvm::zip_equal(used, smaller->getResults()))
      rewriter.replaceAllUsesWith(result, replacement);
    rewriter.eraseOp(guard);
    return success();
  }
};
} // namespace

void GuardOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<DropUnusedResults>(context);
}
