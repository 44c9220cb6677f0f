//===- ScanCanonicalization.cpp - Canonicalization of scans ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// The parts of a scan that something needs.
struct NeededParts {
  BitVector carries, inputs, outputs, histories;

  bool all() const {
    return carries.all() && inputs.all() && outputs.all() && histories.all();
  }
};

template <typename Range>
auto keep(Range &&range, const BitVector &needed) {
  SmallVector<std::decay_t<decltype(*range.begin())>> kept;
  for (auto [i, element] : llvm::enumerate(range))
    if (needed.test(i))
      kept.push_back(element);
  return kept;
}
} // namespace

/// Whether a carry never changes.
static bool isInvariant(ScanOp scan, unsigned carry) {
  Value next = scan.getYieldedCarries()[carry];
  return next == scan.getCarryArgs()[carry] || next == scan.getInits()[carry];
}

/// Finds what a result with a use, or an effect in the body, depends on. A
/// carry that only its own next value depends on is not needed.
static NeededParts findNeededParts(ScanOp scan) {
  NeededParts needed{
      BitVector(scan.getNumCarries()), BitVector(scan.getInputs().size()),
      BitVector(scan.getNumOutputs()), BitVector(scan.getNumHistories())};
  Block *body = &scan.getBody().front();
  SetVector<Operation *> ops;
  auto needCarry = [&](unsigned carry) { needed.carries.set(carry); };
  auto needValue = [&](Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value);
        argument && argument.getOwner() == body) {
      unsigned number = argument.getArgNumber();
      if (number > 0 && number <= scan.getNumCarries())
        needCarry(number - 1);
      return;
    }
    if (Operation *op = value.getDefiningOp())
      if (Operation *ancestor = body->findAncestorOpInBlock(*op))
        ops.insert(ancestor);
  };

  for (auto [i, result] : llvm::enumerate(scan.getFinalCarries()))
    if (!result.use_empty())
      needCarry(i);
  for (auto [i, result] : llvm::enumerate(scan.getOutputs()))
    if (!result.use_empty()) {
      needed.outputs.set(i);
      needValue(scan.getYieldedOutputs()[i]);
    }
  for (auto [i, result] : llvm::enumerate(scan.getHistoryResults()))
    if (!result.use_empty()) {
      needed.histories.set(i);
      needCarry(scan.getHistories()[i]);
    }
  for (Operation &op : body->without_terminator())
    if (!wouldOpBeTriviallyDead(&op))
      ops.insert(&op);

  for (auto [i, slice] : llvm::enumerate(scan.getSliceArgs()))
    if (!slice.use_empty())
      needed.inputs.set(i);

  BitVector followed(scan.getNumCarries());
  unsigned nextOp = 0;
  while (true) {
    if (nextOp < ops.size()) {
      ops[nextOp++]->walk([&](Operation *nested) {
        llvm::for_each(nested->getOperands(), needValue);
      });
      continue;
    }
    BitVector pending = needed.carries;
    pending.reset(followed);
    int carry = pending.find_first();
    if (carry < 0)
      break;
    followed.set(carry);
    needValue(scan.getYieldedCarries()[carry]);
  }

  // What an invariant carry holds is known without it, except in a history.
  BitVector hasHistory(scan.getNumCarries());
  for (unsigned i : needed.histories.set_bits())
    hasHistory.set(scan.getHistories()[i]);
  for (unsigned i = 0, e = scan.getNumCarries(); i < e; ++i)
    if (isInvariant(scan, i) && !hasHistory.test(i))
      needed.carries.reset(i);
  return needed;
}

namespace {
struct RemoveUnneededParts : OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScanOp scan,
                                PatternRewriter &rewriter) const override {
    NeededParts needed = findNeededParts(scan);
    if (needed.all())
      return rewriter.notifyMatchFailure(scan, "all parts are needed");

    // Histories name their carry by its number, which changes.
    SmallVector<int64_t> number(scan.getNumCarries());
    for (auto [position, carry] : llvm::enumerate(needed.carries.set_bits()))
      number[carry] = position;
    auto histories = keep(scan.getHistories(), needed.histories);
    for (int64_t &carry : histories)
      carry = number[carry];
    ArrayAttr names = scan.getCarryNamesAttr();
    if (names)
      names = rewriter.getArrayAttr(keep(names, needed.carries));
    SmallVector<Type> outputTypes =
        keep(scan.getOutputs().getTypes(), needed.outputs);

    auto kept =
        ScanOp::create(rewriter, scan.getLoc(), scan.getCount(),
                       keep(scan.getInits(), needed.carries),
                       keep(scan.getInputs(), needed.inputs), outputTypes,
                       histories, keep(scan.getInputReverse(), needed.inputs),
                       keep(scan.getOutputReverse(), needed.outputs),
                       keep(scan.getHistoryReverse(), needed.histories),
                       scan.getNameAttr(), names);
    kept->setDiscardableAttrs(scan->getDiscardableAttrDictionary());

    moveBody(rewriter, scan, kept, needed);
    replace(rewriter, scan, kept, needed);
    return success();
  }

private:
  static void moveBody(PatternRewriter &rewriter, ScanOp scan, ScanOp kept,
                       const NeededParts &needed) {
    auto yield = cast<YieldOp>(scan.getYield());
    SmallVector<Value> values = keep(scan.getYieldedCarries(), needed.carries);
    llvm::append_range(values, keep(scan.getYieldedOutputs(), needed.outputs));
    rewriter.modifyOpInPlace(yield,
                             [&] { yield.getValuesMutable().assign(values); });

    // The arguments of carries that are dropped become their initial values:
    // right for those that never change, and of no effect for the others, which
    // only dead ops use.
    Block *from = &scan.getBody().front();
    auto carryArg = kept.getCarryArgs().begin();
    SmallVector<Value> arguments = {kept.getStepIndex()};
    for (auto [i, init] : llvm::enumerate(scan.getInits()))
      arguments.push_back(needed.carries.test(i) ? Value(*carryArg++) : init);
    llvm::append_range(arguments, kept.getSliceArgs());
    BitVector erased(from->getNumArguments());
    for (auto [i, argument] : llvm::enumerate(scan.getSliceArgs()))
      if (!needed.inputs.test(i))
        erased.set(argument.getArgNumber());
    from->eraseArguments(erased);
    rewriter.mergeBlocks(from, &kept.getBody().front(), arguments);
  }

  static void replace(PatternRewriter &rewriter, ScanOp scan, ScanOp kept,
                      const NeededParts &needed) {
    auto result = kept->result_begin();
    SmallVector<Value> replacements;
    for (auto [i, init] : llvm::enumerate(scan.getInits()))
      replacements.push_back(needed.carries.test(i) ? Value(*result++) : init);
    auto take = [&](ValueRange values, const BitVector &kind) {
      for (auto [i, value] : llvm::enumerate(values)) {
        if (kind.test(i))
          (*result).setType(value.getType());
        // What is dropped has no use.
        replacements.push_back(kind.test(i) ? Value(*result++) : Value());
      }
    };
    take(scan.getOutputs(), needed.outputs);
    take(scan.getHistoryResults(), needed.histories);
    for (auto [old, replacement] :
         llvm::zip_equal(scan->getResults(), replacements))
      if (replacement)
        rewriter.replaceAllUsesWith(old, replacement);
    rewriter.eraseOp(scan);
  }
};

/// All rows of an output that yields a value of outside are that value: a scan
/// that reads them uses it.
struct ForwardConstantRows : OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScanOp scan,
                                PatternRewriter &rewriter) const override {
    bool changed = false;
    for (auto [input, slice] :
         llvm::zip_equal(scan.getInputs(), scan.getSliceArgs())) {
      Value row = findConstantRow(input);
      if (!row || slice.use_empty())
        continue;
      if (row.getType() != slice.getType()) {
        rewriter.setInsertionPoint(scan);
        row = tensor::CastOp::create(rewriter, scan.getLoc(), slice.getType(),
                                     row);
      }
      rewriter.replaceAllUsesWith(slice, row);
      changed = true;
    }
    return success(changed);
  }

private:
  static Value findConstantRow(Value sequence) {
    while (auto cast = sequence.getDefiningOp<tensor::CastOp>())
      sequence = cast.getSource();
    auto producer = sequence.getDefiningOp<ScanOp>();
    if (!producer)
      return {};
    for (auto [output, row] :
         llvm::zip_equal(producer.getOutputs(), producer.getYieldedOutputs()))
      if (output == sequence &&
          !producer.getBody().isAncestor(row.getParentRegion()))
        return row;
    return {};
  }
};

/// A scan of no steps: nothing of its body is run.
struct FoldNoSteps : OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScanOp scan,
                                PatternRewriter &rewriter) const override {
    if (scan.getStaticCount() != 0)
      return rewriter.notifyMatchFailure(scan, "there may be steps");
    // Tried where it leaves no trace.
    Block scratch;
    OpBuilder trial(scan.getContext());
    trial.setInsertionPointToEnd(&scratch);
    SmallVector<SmallVector<OpFoldResult>> sizes;
    if (!findOutputSizes(scan, trial, sizes))
      return rewriter.notifyMatchFailure(scan, "a size is not known");
    sizes.clear();
    findOutputSizes(scan, rewriter, sizes);

    Location loc = scan.getLoc();
    SmallVector<Value> replacements(scan.getInits());
    for (auto [shape, output] : llvm::zip_equal(sizes, scan.getOutputs())) {
      auto type = cast<RankedTensorType>(output.getType());
      replacements.push_back(castTo(
          rewriter, type,
          tensor::EmptyOp::create(rewriter, loc, shape, type.getElementType(),
                                  type.getEncoding())));
    }
    for (auto [carry, history] :
         llvm::zip_equal(scan.getHistories(), scan.getHistoryResults())) {
      Value init = scan.getInits()[carry];
      auto initType = cast<RankedTensorType>(init.getType());
      SmallVector<OpFoldResult> shape = {rewriter.getIndexAttr(1)};
      llvm::append_range(shape, tensor::getMixedSizes(rewriter, loc, init));
      SmallVector<ReassociationIndices> reassociation;
      for (int64_t dim = 0; dim < initType.getRank(); ++dim)
        reassociation.push_back(dim == 0 ? ReassociationIndices{0, 1}
                                         : ReassociationIndices{dim + 1});
      replacements.push_back(castTo(
          rewriter, history.getType(),
          tensor::ExpandShapeOp::create(rewriter, loc,
                                        ScanOp::getSequenceType(initType, 1),
                                        init, reassociation, shape)));
    }
    rewriter.replaceOp(scan, replacements);
    return success();
  }

private:
  static bool findOutputSizes(ScanOp scan, OpBuilder &builder,
                              SmallVector<SmallVector<OpFoldResult>> &sizes) {
    for (OpResult output : scan.getOutputs()) {
      sizes.push_back(
          *scan.reifyShapeOfResult(builder, output.getResultNumber()));
      if (llvm::is_contained(sizes.back(), OpFoldResult()))
        return false;
    }
    return true;
  }

  static Value castTo(PatternRewriter &rewriter, Type type, Value value) {
    if (value.getType() == type)
      return value;
    return tensor::CastOp::create(rewriter, value.getLoc(), type, value);
  }
};

/// A size of a carry or a slice in the body is that of the initial value or the
/// input.
struct DimOfBodyArgument : OpRewritePattern<tensor::DimOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::DimOp op,
                                PatternRewriter &rewriter) const override {
    auto argument = dyn_cast<BlockArgument>(op.getSource());
    std::optional<int64_t> dim = op.getConstantIndex();
    if (!argument || !dim)
      return failure();
    auto scan = dyn_cast<ScanOp>(argument.getOwner()->getParentOp());
    if (!scan || *dim < 0 ||
        *dim >= cast<RankedTensorType>(argument.getType()).getRank())
      return failure();
    unsigned carry = argument.getArgNumber() - 1;
    bool isCarry = carry < scan.getNumCarries();
    Value source = isCarry ? scan.getInits()[carry]
                           : scan.getInputs()[carry - scan.getNumCarries()];
    rewriter.replaceOpWithNewOp<tensor::DimOp>(op, source,
                                               isCarry ? *dim : *dim + 1);
    return success();
  }
};
} // namespace

void ScanOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<DimOfBodyArgument, FoldNoSteps, ForwardConstantRows,
               RemoveUnneededParts>(context);
}
