//===- CheckpointScan.cpp - Fewer carries kept ----------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Checkpointing as in Chen, Xu, Zhang and Guestrin, "Training Deep Nets with
// Sublinear Memory Cost" (2016), on scans: what a backward scan reads of a
// forward one is computed again, segment by segment, from the carries that the
// segments begin with.

#include "RecomputeTapes.h"
#include "ScanEditor.h"
#include "ScanUtils.h"
#include "SplitScan.h"
#include "TapeReaders.h"
#include "gradopt/Transforms/Passes.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_CHECKPOINTSCAN
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-checkpoint-scan";

static remark::RemarkOpts getOpts(StringRef name, Operation *op) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  return remark::RemarkOpts::name(name).category(kPass).function(
      function ? function.getName() : StringRef());
}

namespace {
/// A scan that is run again, and what its readers need of it.
struct Forward {
  ScanOp scan;
  SmallVector<Tape> tapes;
  SegmentLength length;

  /// A copy of the scan as it was: what is run again.
  ScanOp steps;
  SplitScan split;
  /// The carries that the segments begin with, one row for each segment.
  SmallVector<Value> checkpoints;
};

struct CheckpointScan : gradopt::impl::CheckpointScanBase<CheckpointScan> {
  using CheckpointScanBase::CheckpointScanBase;

  void runOnOperation() override;

private:
  SmallVector<ScanOp> findScans();
  std::optional<Forward> findForward(ScanOp scan);
  void splitForward(RewriterBase &rewriter, Forward &forward);
  void splitReader(RewriterBase &rewriter, ScanOp reader,
                   ArrayRef<Forward *> forwards);
  void checkpointAll(RewriterBase &rewriter);
  void checkpointIn(RewriterBase &rewriter, ArrayRef<ScanOp> scans);
  void recomputeAll(RewriterBase &rewriter);
  void runAgain(RewriterBase &rewriter, ScanOp reader, SplitScan &split,
                Forward &forward);

  /// The scans that have a part already, either the one or the other.
  llvm::SmallPtrSet<Operation *, 8> forwardScans, readers;
};
} // namespace

/// What is to be kept of `scan` only for the segments' begins, if anything is.
std::optional<Forward> CheckpointScan::findForward(ScanOp scan) {
  Operation *other = nullptr;
  Forward forward;
  forward.scan = scan;
  forward.tapes = findTapes(scan, &other);
  if (forward.tapes.empty()) {
    if (other)
      remark::missed(scan.getLoc(), getOpts("kept-anyway", scan))
          << remark::reason("all that the scan in the other direction reads of "
                            "{0} is needed by other ops too, such as '{1}'",
                            describe(scan), other->getName().getStringRef());
    return std::nullopt;
  }
  auto miss = [&](StringRef name, const std::string &reason) {
    remark::missed(scan.getLoc(), getOpts(name, scan))
        << remark::reason("{0}", reason);
    return std::nullopt;
  };
  if (!isMemoryEffectFree(scan)) {
    Operation *culprit = nullptr;
    scan.getBody().walk([&](Operation *op) {
      if (!op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() &&
          !isMemoryEffectFree(op))
        culprit = op;
    });
    return miss("effects",
                describe(scan) + " is not run a second time: '" +
                    (culprit ? culprit : scan)->getName().getStringRef().str() +
                    "' in it has an effect");
  }
  for (auto [carry, init] : llvm::enumerate(scan.getInits()))
    if (Type type = init.getType();
        !isa<RankedTensorType>(type) && !TensorType::isValidElementType(type)) {
      std::string text;
      llvm::raw_string_ostream(text) << type;
      return miss("carry",
                  "the carry \"" + scan.getCarryName(carry) + "\" of " +
                      describe(scan) + " is " + text +
                      ", which cannot be kept for each segment; tensors "
                      "and numbers can");
    }
  if (readers.contains(scan))
    return miss("reader", describe(scan) +
                              " runs another scan's steps again; its own "
                              "steps are not run again by a third");
  for (const Tape &tape : forward.tapes)
    for (const TapeUse &use : tape.uses)
      if (forwardScans.contains(use.reader))
        return miss("reader", "a scan that reads " + describe(scan) +
                                  "'s outputs is itself run again");

  OpBuilder builder(scan);
  int64_t count = scan.getStaticCount();
  if (every > 0)
    forward.length = {builder.getIndexAttr(every), Value()};
  else if (ShapedType::isStatic(count))
    forward.length = getSquareRootLength(builder, scan);
  // What is computed for a dynamic count is built when it is needed.
  std::optional<int64_t> steps = getConstantIntValue(forward.length.steps);
  if (ShapedType::isStatic(count) && steps && *steps >= count)
    return miss("one-segment",
                describe(scan) + " has " + std::to_string(count) +
                    (count == 1 ? " step, which is" : " steps, which are") +
                    " in one segment of " + std::to_string(*steps));
  return forward;
}

void CheckpointScan::splitForward(RewriterBase &rewriter, Forward &forward) {
  ScanOp scan = forward.scan;
  remark::passed(scan.getLoc(), getOpts("checkpointed", scan))
      << remark::reason(
             "{0} is run again for its backward pass: {1} of its outputs and "
             "histories, {2} in each step, are not kept",
             describe(scan), forward.tapes.size(),
             describeBytes(scan, forward.tapes));
  ++numCheckpointed;
  numRemoved += forward.tapes.size();

  // A tape of which only the size is needed is none.
  resolveSizes(scan, kPass);
  rewriter.setInsertionPoint(scan);
  forward.steps = cast<ScanOp>(rewriter.clone(*scan));
  forward.split =
      *splitScan(rewriter, scan, forward.length, TailPlace::LastSteps);

  // Sequences consist of tensors: a scalar is kept as one of rank 0.
  ScanOp outer = forward.split.outer;
  Location loc = getHelperLoc(outer);
  rewriter.setInsertionPointToStart(&outer.getBody().front());
  SmallVector<Value> begins;
  for (Value carry : outer.getCarryArgs())
    begins.push_back(isa<RankedTensorType>(carry.getType())
                         ? carry
                         : tensor::FromElementsOp::create(
                               rewriter, loc,
                               RankedTensorType::get({}, carry.getType()),
                               carry)
                               .getResult());
  unsigned first = outer.getNumOutputs();
  outer = appendScanOutputs(rewriter, outer, begins,
                            SmallVector<bool>(begins.size(), false));
  forward.split.outer = outer;
  llvm::append_range(forward.checkpoints, outer.getOutputs().drop_front(first));
}

/// The rows of a tape in what a piece of the forward scan gives.
static Value getRows(OpBuilder &builder, const TapeUse &use, Value sequence,
                     OpFoldResult length) {
  if (!use.rows)
    return sequence;
  tensor::ExtractSliceOp rows = use.rows;
  SmallVector<OpFoldResult> sizes = rows.getMixedSizes();
  sizes[0] = length;
  return tensor::ExtractSliceOp::create(
      builder, rows.getLoc(),
      ScanOp::getSequenceType(
          ScanOp::getSliceType(rows.getType()),
          getConstantIntValue(length).value_or(ShapedType::kDynamic)),
      sequence, rows.getMixedOffsets(), sizes, rows.getMixedStrides());
}

/// Runs the steps of the reader's segment again in front of it.
void CheckpointScan::runAgain(RewriterBase &rewriter, ScanOp reader,
                              SplitScan &split, Forward &forward) {
  ScanOp steps = forward.steps;
  ScanEditor editor(rewriter, split.outer);
  SmallVector<Value> inits, inputs;
  rewriter.setInsertionPoint(split.segment);
  Location loc = getHelperLoc(steps);
  for (auto [checkpoint, init] :
       llvm::zip_equal(forward.checkpoints, steps.getInits())) {
    Value begin = editor.addInput(checkpoint, /*reverse=*/true);
    if (!isa<RankedTensorType>(init.getType()))
      begin = tensor::ExtractOp::create(rewriter, loc, begin, ValueRange());
    inits.push_back(begin);
  }
  for (auto [input, reverse] : llvm::zip_equal(
           forward.split.outer.getInputs().take_front(steps.getInputs().size()),
           steps.getInputReverse()))
    inputs.push_back(editor.addInput(input, !reverse));
  split.outer = editor.finish();

  // The segments are gone through from the last one to the first.
  rewriter.setInsertionPoint(split.segment);
  Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
  Value last =
      arith::SubIOp::create(rewriter, loc, split.outer.getCount(), one);
  Value number =
      arith::SubIOp::create(rewriter, loc, last, split.outer.getStepIndex());
  OpFoldResult length = forward.split.segmentSteps;
  Value first = arith::MulIOp::create(
      rewriter, loc, number,
      getValueOrCreateConstantIndexOp(rewriter, loc, length));
  ScanOp again = cloneSteps(rewriter, steps, length, first, inits, inputs);

  auto setInput = [&](ScanOp piece, unsigned input, Value sequence) {
    rewriter.modifyOpInPlace(
        piece, [&] { piece.getInputsMutable()[input].assign(sequence); });
  };
  for (const Tape &tape : forward.tapes)
    for (const TapeUse &use : tape.uses) {
      if (use.reader != reader)
        continue;
      rewriter.setInsertionPoint(split.segment);
      setInput(split.segment, use.input,
               getRows(rewriter, use, again.getResult(tape.result), length));
      if (!split.tail)
        continue;
      rewriter.setInsertionPoint(split.tail);
      setInput(split.tail, use.input,
               getRows(rewriter, use, forward.split.tail.getResult(tape.result),
                       split.tailSteps));
    }
}

void CheckpointScan::splitReader(RewriterBase &rewriter, ScanOp reader,
                                 ArrayRef<Forward *> forwards) {
  // Equal, but maybe not the same value: split at the same steps.
  rewriter.modifyOpInPlace(reader, [&] {
    reader.getCountMutable().assign(forwards.front()->steps.getCount());
  });
  // Only compared with from here on: it is replaced.
  SplitScan split = *splitScan(rewriter, reader, forwards.front()->length,
                               TailPlace::FirstSteps);
  for (Forward *forward : forwards)
    runAgain(rewriter, reader, split, *forward);
}

SmallVector<ScanOp> CheckpointScan::findScans() {
  SmallVector<ScanOp> scans;
  getOperation()->walk<WalkOrder::PreOrder>(
      [&](ScanOp scan) { scans.push_back(scan); });
  return scans;
}

void CheckpointScan::checkpointAll(RewriterBase &rewriter) {
  llvm::MapVector<Block *, SmallVector<ScanOp>> blocks;
  for (ScanOp scan : findScans())
    blocks[scan->getBlock()].push_back(scan);
  // Innermost first: where a scan is split, those in it are replaced.
  for (auto &[block, scans] : llvm::reverse(blocks))
    checkpointIn(rewriter, scans);
}

/// What is in one block: tapes and their readers stand beside each other.
void CheckpointScan::checkpointIn(RewriterBase &rewriter,
                                  ArrayRef<ScanOp> scans) {
  forwardScans.clear();
  readers.clear();
  std::vector<Forward> forwards;
  for (ScanOp scan : scans)
    if (std::optional<Forward> forward = findForward(scan)) {
      forwardScans.insert(scan);
      for (const Tape &tape : forward->tapes)
        for (const TapeUse &use : tape.uses)
          readers.insert(use.reader);
      forwards.push_back(std::move(*forward));
    }
  llvm::MapVector<Operation *, SmallVector<Forward *>> work;
  for (ScanOp scan : scans)
    if (readers.contains(scan))
      work[scan] = {};
  for (Forward &forward : forwards) {
    if (!forward.length.steps)
      forward.length = getSquareRootLength(rewriter, forward.scan);
    splitForward(rewriter, forward);
    for (const Tape &tape : forward.tapes)
      for (const TapeUse &use : tape.uses)
        if (auto &list = work[use.reader]; !llvm::is_contained(list, &forward))
          list.push_back(&forward);
  }
  for (auto &[reader, list] : work)
    splitReader(rewriter, cast<ScanOp>(reader), list);
  for (Forward &forward : forwards)
    rewriter.eraseOp(forward.steps);
}

void CheckpointScan::recomputeAll(RewriterBase &rewriter) {
  // A reader is replaced, but stays where it is among the scans.
  for (size_t i = 0, e = findScans().size(); i < e; ++i) {
    ScanOp scan = findScans()[i];
    for (const RecomputedTape &entry : recomputeTapes(rewriter, scan)) {
      unsigned output = entry.tape.result - scan.getNumCarries();
      if (!entry.isRecomputed) {
        std::string on = "values that are not kept";
        if (entry.obstacle)
          on = ("'" + entry.obstacle->getName().getStringRef() +
                "', which is not computed again")
                   .str();
        remark::missed(scan.getLoc(), getOpts("kept", scan))
            << remark::reason("output #{0} of {1} is kept: it depends on {2}",
                              output, describe(scan), on);
        continue;
      }
      ++numRemoved;
      remark::passed(scan.getLoc(), getOpts("recomputed", scan))
          << remark::reason("output #{0} of {1}, {2} in each step, is computed "
                            "again where it is read",
                            output, describe(scan),
                            describeBytes(scan, entry.tape));
    }
  }
}

/// Of an op with several results those that nothing needs any more go.
static void eraseUnusedResults(Operation *root) {
  SmallVector<Operation *> generics;
  root->walk([&](linalg::GenericOp generic) {
    if (generic->getParentOfType<ScanOp>() && generic->getNumResults() > 1 &&
        llvm::any_of(generic.getResults(),
                     [](Value result) { return result.use_empty(); }))
      generics.push_back(generic);
  });
  RewritePatternSet patterns(root->getContext());
  linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  (void)applyOpPatternsGreedily(generics, std::move(patterns), config);
}

void CheckpointScan::runOnOperation() {
  if (every < 0) {
    getOperation()->emitError()
        << "gradopt-checkpoint-scan: the number of steps between two carries "
           "that are kept (every) cannot be negative; got "
        << every.getValue()
        << "; 0 takes the square root of the number of steps";
    return signalPassFailure();
  }
  for (ScanOp scan : findScans())
    numRemoved +=
        llvm::count_if(scan->getResults().drop_front(scan.getNumCarries()),
                       [](Value result) { return result.use_empty(); });
  IRRewriter rewriter(&getContext());
  if (recompute)
    recomputeAll(rewriter);
  else
    checkpointAll(rewriter);
  removeUnneededParts(getOperation());
  eraseUnusedResults(getOperation());
}
