//===- SinkWeightGradients.cpp - Sums over time behind the scan -----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"
#include "ReuseStepValues.h"
#include "ScanEditor.h"
#include "SplitScan.h"
#include "TimeSums.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
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

/// What a carry adds to itself in a step, from the first summand to the last.
struct Accumulator {
  unsigned carry;
  SmallVector<std::variant<Value, Accumulation>> summands;
};

/// A carry whose sum leaves its scan.
struct SunkCarry {
  unsigned carry;
  SmallVector<TimeSum *> sums;
};

struct SinkWeightGradients
    : gradopt::impl::SinkWeightGradientsBase<SinkWeightGradients> {
  using SinkWeightGradientsBase::SinkWeightGradientsBase;

  void runOnOperation() override;

private:
  void sink(ScanOp scan, bool isPart);
  void sinkFromChunks(ScanOp scan);
  std::optional<Accumulator> findAccumulator(ScanOp scan, unsigned carry);
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
  return false;
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

/// Goes from the carry to its next value. Each value on the way has one use,
/// so that nothing but the last one sees a sum over time.
std::optional<Accumulator>
SinkWeightGradients::findAccumulator(ScanOp scan, unsigned carry) {
  if (llvm::is_contained(scan.getHistories(), carry)) {
    remarkKept(scan, carry, "its history is asked for");
    return std::nullopt;
  }

  Accumulator result{carry, {}};
  Value value = scan.getCarryArgs()[carry];
  while (true) {
    // An init that the op's region does not read is no use of the value.
    OpOperand *use = nullptr;
    for (OpOperand &each : value.getUses()) {
      auto op = dyn_cast<linalg::LinalgOp>(each.getOwner());
      if (op && op.isDpsInit(&each) && !op.payloadUsesValueFromOperand(&each))
        continue;
      if (use) {
        Operation *first = use->getOwner(), *second = each.getOwner();
        std::string why;
        if (isa<YieldOp>(first) && isa<YieldOp>(second))
          why = "a step's sum is also an output or another carry";
        else if (isa<YieldOp>(first) || isa<YieldOp>(second))
          why =
              llvm::formatv("'{0}' uses a step's sum, too",
                            (isa<YieldOp>(first) ? second : first)->getName());
        else
          why = llvm::formatv("'{0}' and '{1}' both use a step's sum",
                              first->getName(), second->getName());
        remarkKept(scan, carry, why);
        return std::nullopt;
      }
      use = &each;
    }
    // One that is never used is no sum: `next` comes from it.
    Operation *user = use->getOwner();
    if (user == scan.getYield() && use->getOperandNumber() == carry)
      return result;
    std::optional<Accumulation> accumulation;
    if (user->getNumResults() == 1 &&
        user->getBlock() == scan.getYield()->getBlock()) {
      if (auto summands = matchAnySum(user)) {
        result.summands.push_back(summands->first == value ? summands->second
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
      return std::nullopt;
    }
    result.summands.push_back(*accumulation);
    value = user->getResult(0);
  }
}

static bool isZero(Value value) {
  return isZeroTensor(value) || matchPattern(value, m_Zero());
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
  SmallVector<SunkCarry> sunk;
  for (const Accumulator &accumulator : accumulators) {
    SunkCarry found{accumulator.carry, {}};
    sums.reason.clear();
    for (const auto &summand : accumulator.summands) {
      TimeSum *sum = std::visit(
          [&](const auto &each) { return sums.plan(each); }, summand);
      if (!sum)
        break;
      found.sums.push_back(sum);
    }
    if (found.sums.size() != accumulator.summands.size()) {
      remarkKept(scan, accumulator.carry, sums.reason);
      continue;
    }
    for (TimeSum *sum : found.sums)
      sums.needSequences(*sum);
    sunk.push_back(std::move(found));
  }
  if (sunk.empty())
    return;
  for (const SunkCarry &entry : sunk)
    remarkSunk(scan, entry.carry);
  if (int64_t steps = scan.getStaticCount();
      !isPart && chunk > 0 && (ShapedType::isDynamic(steps) || steps > chunk))
    return sinkFromChunks(scan);

  scan = sequences.keep(rewriter);
  rewriter.setInsertionPointAfter(scan);
  for (const SunkCarry &entry : sunk) {
    Value init = scan.getInits()[entry.carry];
    Value total = isZero(init) ? Value() : init;
    for (const TimeSum *sum : entry.sums)
      total = sums.build(rewriter, *sum, total);
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
