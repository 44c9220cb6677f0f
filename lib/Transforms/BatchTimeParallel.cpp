//===- BatchTimeParallel.cpp - One op for all steps -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"
#include "MoveBehindScan.h"
#include "OrderContractions.h"
#include "ScanEditor.h"
#include "StepAnalysis.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/GradOptInterfaces.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Transforms/Passes.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_BATCHTIMEPARALLEL
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static constexpr StringLiteral kPass = "gradopt-batch-time-parallel";

using OpSet = llvm::SetVector<Operation *>;

static remark::RemarkOpts getRemark(StringRef name, Operation *op) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  return remark::RemarkOpts::name(name).category(kPass).function(
      function ? function.getName() : "");
}

static std::string quote(Operation *op) {
  return ("'" + op->getName().getStringRef() + "'").str();
}

/// An output that hands on an input is that input.
static void forwardInputs(RewriterBase &rewriter, ScanOp scan) {
  rewriter.setInsertionPointAfter(scan);
  for (auto [i, output] : llvm::enumerate(scan.getOutputs())) {
    std::optional<unsigned> input =
        findInput(scan, scan.getYieldedOutputs()[i]);
    if (!input || output.use_empty() ||
        scan.getInputReverse()[*input] != scan.getOutputReverse()[i])
      continue;
    rewriter.replaceAllUsesWith(
        output, castTo(rewriter, scan.getInputs()[*input], output.getType()));
  }
}

//===----------------------------------------------------------------------===//
// In front of the scan
//===----------------------------------------------------------------------===//

static ScanOp moveBefore(RewriterBase &rewriter, ScanOp scan, const OpSet &ops,
                         bool reverse) {
  rewriter.setInsertionPoint(scan);
  StepBatch batch(
      scan.getStepIndex(), scan.getCount(), scan.getStaticCount(), reverse,
      [&](Value value) { return isDefinedIn(value, scan.getBody()); });
  for (Operation *op : ops) {
    forEachNeeded(op, batch, [&](Value value) {
      std::optional<unsigned> input = findInput(scan, value);
      if (!input || batch.lookupSequence(value))
        return;
      auto type =
          batch.getSequenceType(cast<RankedTensorType>(value.getType()));
      batch.setSequence(value,
                        castTo(rewriter, scan.getInputs()[*input], type));
    });
    buildBatch(rewriter, op, batch);
  }

  IRRewriter plain(rewriter.getContext());
  ScanEditor editor(plain, scan);
  for (Operation *op : ops)
    for (Value result : op->getResults()) {
      auto isOutside = [&](OpOperand &use) {
        Operation *user =
            scan.getBody().front().findAncestorOpInBlock(*use.getOwner());
        return user && !ops.contains(user);
      };
      if (!llvm::any_of(result.getUses(), isOutside))
        continue;
      Value slice = editor.addInput(batch.lookupSequence(result), reverse);
      plain.replaceUsesWithIf(result, slice, isOutside);
    }
  return editor.finish();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Says why ops that no carry is tied to are still in the step.
static void explain(ScanOp scan) {
  StepAnalysis analysis(scan);
  for (Operation &op : scan.getBody().front().without_terminator()) {
    auto batchable = dyn_cast<BatchableOpInterface>(&op);
    bool isView = batchable && batchable.getStepWork() == StepWork::View;
    if (isView || isScalarStep(&op) || op.getNumResults() == 0 ||
        llvm::all_of(op.getResults(),
                     [&](Value result) { return analysis.isConstant(result); }))
      continue;
    if (batchable && batchable.getStepWork() == StepWork::Pointwise) {
      if (analysis.isAvailable(&op, false) || analysis.isAvailable(&op, true))
        remark::analysis(op.getLoc(), getRemark("stays", &op))
            << remark::reason("{0} is elementwise work that only the step "
                              "needs: in front of the scan it would cost a "
                              "sequence",
                              quote(&op));
      continue;
    }
    bool before = !analysis.dependsOnCarry(&op);
    if ((!before && analysis.feedsCarry(&op)) || !isMemoryEffectFree(&op))
      continue;
    if (before && !analysis.isWanted(&op)) {
      remark::analysis(op.getLoc(), getRemark("only-summed", &op))
          << remark::reason("{0} is only summed up over time, which is for "
                            "gradopt-sink-weight-gradients",
                            quote(&op));
      continue;
    }
    StringRef place = before ? "in front of" : "behind";
    Operation *blocker = before ? analysis.findBlockerBefore(&op)
                                : analysis.findBlockerAfter(&op);
    std::string reason;
    if (!blocker)
      reason = before ? "its inputs go through time in both directions"
                      : "its outputs go through time in both directions";
    else if (!isMemoryEffectFree(blocker))
      reason = quote(blocker) + " has side effects";
    else if (!isa<BatchableOpInterface>(blocker))
      reason = quote(blocker) +
               " cannot be done for all steps at once: it does not implement "
               "BatchableOpInterface";
    else
      reason = quote(blocker) +
               " cannot be done for all steps at once with what varies here";
    remark::missed(op.getLoc(), getRemark("not-batched", &op))
        << remark::reason("{0} does not move {1} the scan: {2}", quote(&op),
                          place, reason);
  }
}

namespace {
struct BatchTimeParallel
    : gradopt::impl::BatchTimeParallelBase<BatchTimeParallel> {
  using BatchTimeParallelBase::BatchTimeParallelBase;

  void runOnOperation() override {
    // Inner scans first: what leaves one may leave the outer one, too.
    SmallVector<ScanOp> scans;
    getOperation()->walk([&](ScanOp scan) { scans.push_back(scan); });
    bool changed = false;
    for (ScanOp scan : scans)
      changed |= batch(scan);
    if (changed)
      removeUnneededParts(getOperation());
    if (getContext().getRemarkEngine())
      getOperation()->walk(explain);
  }

private:
  bool batch(ScanOp scan);
};
} // namespace

bool BatchTimeParallel::batch(ScanOp scan) {
  // Ops without an origin get one.
  OriginListener origins(scan.getName().value_or(""), /*direction=*/"", kPass);
  IRRewriter rewriter(&getContext(), &origins);
  bool changed = orderContractions(rewriter, scan);
  for (bool after : {false, true})
    for (bool reverse : {false, true}) {
      auto plan = [&] {
        StepAnalysis analysis(scan);
        return after ? analysis.planAfter(reverse)
                     : analysis.planBefore(reverse);
      };
      OpSet ops = plan();
      if (ops.empty())
        continue;
      changed = true;
      moveConstants(rewriter, scan, ops);
      ops = plan();
      for (Operation *op : ops)
        remark::passed(op->getLoc(),
                       getRemark(after ? "moved-behind" : "moved-in-front", op))
            << remark::reason("{0} is done for all steps at once {1} the scan",
                              quote(op), after ? "behind" : "in front of");
      (after ? numAfter : numBefore) += ops.size();
      scan = after ? moveBehindScan(rewriter, scan, ops, reverse, kPass)
                   : moveBefore(rewriter, scan, ops, reverse);
      forwardInputs(rewriter, scan);
    }
  return changed;
}
