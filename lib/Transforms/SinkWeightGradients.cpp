//===- SinkWeightGradients.cpp - Sums over time behind the scan -----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReuseStepValues.h"
#include "ScanEditor.h"
#include "SplitScan.h"
#include "TimeSums.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include <variant>

namespace mlir::gradopt {
#define GEN_PASS_DEF_SINKWEIGHTGRADIENTS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-sink-weight-gradients";

namespace {

/// What is added to a slice of a carry in a step, from the first summand to the
/// last. Without a slice it is all of the carry.
struct AccumulatedSlice {
  tensor::InsertSliceOp place;
  SmallVector<std::variant<Value, Accumulation>> summands;
  SmallVector<TimeSum *> sums;
};

/// A carry that a step only adds to.
struct Accumulator {
  unsigned carry;
  SmallVector<AccumulatedSlice> slices;
};

struct SinkWeightGradients
    : gradopt::impl::SinkWeightGradientsBase<SinkWeightGradients> {
  using SinkWeightGradientsBase::SinkWeightGradientsBase;

  void runOnOperation() override;

private:
  void sink(ScanOp scan, bool isPart);
  void sinkFromChunks(ScanOp scan);
  std::optional<Accumulator> findAccumulator(ScanOp scan, unsigned carry);
  bool findSummands(ScanOp scan, unsigned carry, Value value, Operation *end,
                    AccumulatedSlice &slice);
  bool findSlices(ScanOp scan, Accumulator &accumulator,
                  ArrayRef<tensor::InsertSliceOp> inserts);
  Value buildTotal(OpBuilder &builder, ScanOp scan, TimeSums &sums,
                   const Accumulator &accumulator);
  void remarkKept(ScanOp scan, unsigned carry, const Twine &why);
  void remarkSunk(ScanOp scan, unsigned carry);

  /// Whether what is looked at is part of a scan that was split: what is to be
  /// said was said of that scan.
  bool isQuiet = false;
};

} // namespace

/// Whether `value` is `carry` plus something, in any order of the sums.
static bool addsTo(Value value, Value carry, llvm::DenseSet<Value> &visited) {
  if (value == carry)
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != carry.getParentBlock() ||
      !visited.insert(value).second)
    return false;
  if (auto summands = matchAnySum(op))
    return addsTo(summands->first, carry, visited) ||
           addsTo(summands->second, carry, visited);
  if (std::optional<Accumulation> accumulation = matchAccumulation(value))
    return addsTo(accumulation->init->get(), carry, visited);
  // The same, slice by slice.
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return addsTo(insert.getSource(), carry, visited) ||
           (insert.getDest() != carry &&
            addsTo(insert.getDest(), carry, visited));
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return slice.getSource() == carry;
  return false;
}

/// The uses of a value but those as an init that the op's region does not read.
static SmallVector<OpOperand *> getReads(Value value) {
  SmallVector<OpOperand *> reads;
  for (OpOperand &use : value.getUses()) {
    auto op = dyn_cast<linalg::LinalgOp>(use.getOwner());
    if (!op || !op.isDpsInit(&use) || op.payloadUsesValueFromOperand(&use))
      reads.push_back(&use);
  }
  return reads;
}

static StringRef getFunctionName(Operation *op) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  return function ? function.getName() : StringRef();
}

void SinkWeightGradients::remarkKept(ScanOp scan, unsigned carry,
                                     const Twine &why) {
  if (isQuiet)
    return;
  remark::missed(scan.getLoc(), remark::RemarkOpts::name("kept-sum")
                                    .category(kPass)
                                    .function(getFunctionName(scan)))
      << remark::reason("the sum in carry \"{0}\" stays in the scan: {1}",
                        scan.getCarryName(carry), why.str());
}

void SinkWeightGradients::remarkSunk(ScanOp scan, unsigned carry) {
  if (isQuiet)
    return;
  ++numSunk;
  remark::passed(scan.getLoc(), remark::RemarkOpts::name("sunk-sum")
                                    .category(kPass)
                                    .function(getFunctionName(scan)))
      << remark::reason("the sum in carry \"{0}\" is taken behind the scan",
                        scan.getCarryName(carry));
}

/// Goes from the carry, or a slice of it, to what `end` takes for the next one.
/// Each value on the way has one use, so that nothing but the last one sees a
/// sum over time.
bool SinkWeightGradients::findSummands(ScanOp scan, unsigned carry, Value value,
                                       Operation *end,
                                       AccumulatedSlice &slice) {
  while (true) {
    SmallVector<OpOperand *> reads = getReads(value);
    if (reads.size() > 1) {
      Operation *first = reads[0]->getOwner(), *second = reads[1]->getOwner();
      std::string why;
      if (isa<YieldOp>(first) && isa<YieldOp>(second))
        why = "a step's sum is also an output or another carry";
      else if (isa<YieldOp>(first) || isa<YieldOp>(second))
        why = llvm::formatv("'{0}' uses a step's sum, too",
                            (isa<YieldOp>(first) ? second : first)->getName());
      else
        why = llvm::formatv("'{0}' and '{1}' both use a step's sum",
                            first->getName(), second->getName());
      remarkKept(scan, carry, why);
      return false;
    }
    OpOperand *use = reads.empty() ? nullptr : reads.front();
    Operation *user = use ? use->getOwner() : end;
    if (use && user == end &&
        use->getOperandNumber() == (isa<YieldOp>(end) ? carry : 0))
      return true;
    std::optional<Accumulation> accumulation;
    if (use && user->getNumResults() == 1 &&
        user->getBlock() == scan.getYield()->getBlock()) {
      if (auto summands = matchAnySum(user)) {
        slice.summands.push_back(summands->first == value ? summands->second
                                                          : summands->first);
        value = user->getResult(0);
        continue;
      }
      accumulation = matchAccumulation(user->getResult(0));
    }
    if (!accumulation || accumulation->init != use) {
      remarkKept(scan, carry,
                 "'" + user->getName().getStringRef() +
                     "' uses a step's sum otherwise than to add to it");
      return false;
    }
    slice.summands.push_back(*accumulation);
    value = user->getResult(0);
  }
}

/// The same for slices that are added to one by one, each put where it was
/// taken.
bool SinkWeightGradients::findSlices(ScanOp scan, Accumulator &accumulator,
                                     ArrayRef<tensor::InsertSliceOp> inserts) {
  unsigned carry = accumulator.carry;
  Value argument = scan.getCarryArgs()[carry];
  auto fail = [&](const Twine &why) {
    remarkKept(scan, carry, why);
    return false;
  };
  SmallVector<Operation *> reads;
  for (OpOperand *read : getReads(argument)) {
    Operation *op = read->getOwner();
    if (op == inserts.front())
      continue;
    if (!isa<tensor::ExtractSliceOp>(op))
      return fail("'" + op->getName().getStringRef() +
                  "' uses a step's sum, too");
    if (!getReads(op->getResult(0)).empty())
      reads.push_back(op);
  }
  for (tensor::InsertSliceOp insert : inserts) {
    if (!insert->hasOneUse())
      return fail("a step's sum is also an output or another carry");
    auto found = llvm::find_if(reads, [&](Operation *read) {
      auto slice = cast<tensor::ExtractSliceOp>(read);
      return slice.getType() == insert.getSourceType() &&
             slice.isSameAs(insert, [](OpFoldResult lhs, OpFoldResult rhs) {
               return lhs == rhs;
             });
    });
    if (found == reads.end() ||
        !llvm::all_of(insert->getOperands().drop_front(2), [&](Value place) {
          return !isDefinedIn(place, scan.getBody());
        }))
      return fail("a slice of it is not put where it was taken");
    AccumulatedSlice slice{insert, {}, {}};
    if (!findSummands(scan, carry, (*found)->getResult(0), insert, slice))
      return false;
    accumulator.slices.push_back(std::move(slice));
    reads.erase(found);
  }
  return reads.empty() || fail("a slice of it has another use");
}

std::optional<Accumulator>
SinkWeightGradients::findAccumulator(ScanOp scan, unsigned carry) {
  if (llvm::is_contained(scan.getHistories(), carry)) {
    remarkKept(scan, carry, "its history is asked for");
    return std::nullopt;
  }
  Accumulator result{carry, {}};
  Value argument = scan.getCarryArgs()[carry];
  SmallVector<tensor::InsertSliceOp> inserts;
  Value dest = scan.getYieldedCarries()[carry];
  while (auto insert = dest.getDefiningOp<tensor::InsertSliceOp>()) {
    if (insert->getBlock() != scan.getYield()->getBlock())
      break;
    inserts.push_back(insert);
    dest = insert.getDest();
  }
  std::reverse(inserts.begin(), inserts.end());
  // What is not written of an empty tensor may be anything.
  if (!inserts.empty() &&
      (dest == argument || dest.getDefiningOp<tensor::EmptyOp>())) {
    if (!findSlices(scan, result, inserts))
      return std::nullopt;
    return result;
  }
  result.slices.emplace_back();
  if (!findSummands(scan, carry, argument, scan.getYield(),
                    result.slices.front()))
    return std::nullopt;
  return result;
}

/// The carry after the last step.
Value SinkWeightGradients::buildTotal(OpBuilder &builder, ScanOp scan,
                                      TimeSums &sums,
                                      const Accumulator &accumulator) {
  Value init = scan.getInits()[accumulator.carry];
  Value total = init;
  for (const AccumulatedSlice &slice : accumulator.slices) {
    tensor::InsertSliceOp place = slice.place;
    Value sum;
    if (!isZero(init) && place)
      sum = tensor::ExtractSliceOp::create(
          builder, place.getLoc(), place.getSourceType(), init,
          place.getMixedOffsets(), place.getMixedSizes(),
          place.getMixedStrides());
    else if (!isZero(init))
      sum = init;
    for (const TimeSum *each : slice.sums)
      sum = sums.build(builder, *each, sum);
    if (!place)
      total = sum;
    else if (sum)
      total = tensor::InsertSliceOp::create(
          builder, place.getLoc(), sum, total, place.getMixedOffsets(),
          place.getMixedSizes(), place.getMixedStrides());
  }
  return total;
}

void SinkWeightGradients::sink(ScanOp scan, bool isPart) {
  isQuiet = isPart;
  auto isSum = [&](unsigned carry) {
    Value argument = scan.getCarryArgs()[carry];
    Value next = scan.getYieldedCarries()[carry];
    llvm::DenseSet<Value> visited;
    return next != argument && addsTo(next, argument, visited);
  };
  if (llvm::none_of(llvm::seq(scan.getNumCarries()), isSum))
    return;
  // So that what is outside is what is constant in time.
  moveLoopInvariantCode(cast<LoopLikeOpInterface>(scan.getOperation()));
  OriginListener listener(scan.getName().value_or(""), "", kPass);
  IRRewriter rewriter(&getContext(), &listener);
  reuseStepValues(rewriter, scan.getBody().front());

  SmallVector<Accumulator> accumulators;
  for (unsigned carry : llvm::seq(scan.getNumCarries()))
    if (isSum(carry))
      if (std::optional<Accumulator> found = findAccumulator(scan, carry))
        accumulators.push_back(*found);
  StepSequences sequences(scan);
  TimeSums sums(scan, sequences);
  SmallVector<Accumulator> sunk;
  for (Accumulator &accumulator : accumulators) {
    sums.reason.clear();
    bool isPlanned = true;
    for (AccumulatedSlice &slice : accumulator.slices)
      for (const auto &summand : slice.summands)
        if (TimeSum *sum = std::visit(
                [&](const auto &each) { return sums.plan(each); }, summand))
          slice.sums.push_back(sum);
        else
          isPlanned = false;
    if (!isPlanned) {
      remarkKept(scan, accumulator.carry, sums.reason);
      continue;
    }
    for (const AccumulatedSlice &slice : accumulator.slices)
      for (const TimeSum *sum : slice.sums)
        sums.needSequences(*sum);
    sunk.push_back(accumulator);
  }
  if (sunk.empty())
    return;
  for (const Accumulator &entry : sunk)
    remarkSunk(scan, entry.carry);
  if (int64_t steps = scan.getStaticCount();
      !isPart && chunk > 0 && (ShapedType::isDynamic(steps) || steps > chunk))
    return sinkFromChunks(scan);

  scan = sequences.keep(rewriter);
  rewriter.setInsertionPointAfter(scan);
  for (const Accumulator &entry : sunk) {
    Value total = buildTotal(rewriter, scan, sums, entry);
    Value final = scan.getFinalCarries()[entry.carry];
    if (total.getType() != final.getType())
      total = tensor::CastOp::create(rewriter, total.getLoc(), final.getType(),
                                     total);
    rewriter.replaceAllUsesWith(final, total);
    // Nothing needs the carry any more.
    rewriter.modifyOpInPlace(scan.getYield(), [&] {
      scan.getYield()->setOperand(entry.carry,
                                  scan.getCarryArgs()[entry.carry]);
    });
  }
}

/// The carries stay in the scan over the chunks of time: what leaves a chunk's
/// own scan is added to them once for each chunk.
void SinkWeightGradients::sinkFromChunks(ScanOp scan) {
  OriginListener listener(scan.getName().value_or(""), "", kPass);
  IRRewriter rewriter(&getContext(), &listener);
  FailureOr<SplitScan> split =
      splitScan(rewriter, scan, {rewriter.getIndexAttr(chunk), Value()},
                TailPlace::LastSteps);
  if (failed(split))
    return;
  sink(split->segment, /*isPart=*/true);
  if (split->tail)
    sink(split->tail, /*isPart=*/true);
}

void SinkWeightGradients::runOnOperation() {
  Operation *root = getOperation();
  if (chunk < 0) {
    emitError(root->getLoc())
        << "chunk is " << chunk.getValue()
        << "; it is a number of time steps: give a positive one, or 0 for one "
           "sum over all steps";
    return signalPassFailure();
  }
  removeUnneededParts(root);
  // Inner scans first: what leaves one is then summed over the outer one's
  // steps, too.
  SmallVector<ScanOp> scans;
  root->walk([&](ScanOp scan) { scans.push_back(scan); });
  for (ScanOp scan : scans) {
    if (!scan.getBody().getOps<ScanOp>().empty())
      removeUnneededParts(scan);
    sink(scan, /*isPart=*/false);
  }
  removeUnneededParts(root);
}
