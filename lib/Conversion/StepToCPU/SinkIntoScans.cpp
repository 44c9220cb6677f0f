//===- SinkIntoScans.cpp - Inputs that each step computes itself ----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../Transforms/Contractions.h"
#include "../../Transforms/ScanEditor.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SmallBitVector.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_SINKINTOSCANS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;
using linalg::GenericOp;
using linalg::LinalgOp;
using utils::IteratorType;

/// The longest sum that a step computes by itself, and how much larger than
/// what is summed its result must be: longer ones are done faster for all steps
/// at once.
static constexpr int64_t kLongestSum = 4, kGrowth = 4;

//===----------------------------------------------------------------------===//
// What can be done in a step
//===----------------------------------------------------------------------===//

/// The loop over time, the first dimension of the result.
static unsigned getTimeLoop(LinalgOp op) {
  return op.getIndexingMapMatchingResult(op->getResult(0)).getDimPosition(0);
}

/// Whether an operand has a row for each time step.
static bool isSequence(LinalgOp op, OpOperand &operand) {
  return op.getMatchingIndexingMap(&operand).isFunctionOfDim(getTimeLoop(op));
}

/// Whether time is the first dimension of all operands that have it.
static bool hasTimeFirst(LinalgOp op) {
  unsigned time = getTimeLoop(op);
  return op.getIteratorTypesArray()[time] == IteratorType::parallel &&
         llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
           return !isSequence(op, operand) ||
                  op.getMatchingIndexingMap(&operand).getDimPosition(0) == time;
         });
}

/// Whether the body of an op is a few instructions that no step waits for.
static bool isCheap(LinalgOp op) {
  return llvm::all_of(op.getBlock()->without_terminator(),
                      [](Operation &inner) {
                        return isa<arith::ArithDialect>(inner.getDialect()) &&
                               isMemoryEffectFree(&inner);
                      });
}

/// Whether the sums of a contraction are short.
static bool isShortContraction(LinalgOp op) {
  if (!getContraction(op))
    return false;
  int64_t terms = 1;
  for (auto [range, iterator] :
       llvm::zip_equal(op.getStaticLoopRanges(), op.getIteratorTypesArray()))
    if (iterator == IteratorType::reduction) {
      if (ShapedType::isDynamic(range))
        return false;
      terms *= range;
    }
  return terms <= kLongestSum;
}

/// Whether each step could compute its row of the op's result.
static bool canSink(LinalgOp op) {
  bool isContraction = isShortContraction(op);
  if (!isContraction && !isa<GenericOp, linalg::FillOp>(op))
    return false;
  if (!op.hasPureTensorSemantics() || op->getNumResults() != 1 ||
      op.hasIndexSemantics() || !op.hasOnlyProjectedPermutations() ||
      cast<RankedTensorType>(op->getResult(0).getType()).getEncoding())
    return false;
  AffineMap map = op.getIndexingMapMatchingResult(op->getResult(0));
  if (map.getNumResults() == 0 || !hasTimeFirst(op))
    return false;
  return isContraction ||
         (op.isAllParallelLoops() && map.isPermutation() && isCheap(op));
}

//===----------------------------------------------------------------------===//
// What is worth it
//===----------------------------------------------------------------------===//

namespace {
/// The bytes of a row of a sequence, up to factors that are dynamic.
struct RowBytes {
  int64_t bytes = 0;
  int64_t dynamicFactors = 0;

  explicit RowBytes(Type type) {
    auto tensor = cast<RankedTensorType>(type);
    Type element = tensor.getElementType();
    bytes = element.isIntOrFloat()
                ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
                : 8;
    for (int64_t size : tensor.getShape().drop_front())
      if (ShapedType::isDynamic(size))
        ++dynamicFactors;
      else
        bytes *= size;
  }
};

/// An input of a scan, and the op that computes it.
struct Candidate {
  LinalgOp op;
  ScanOp scan;
  BlockArgument slice;
  bool reverse;
};
} // namespace

/// Whether a value has the same rows at all times and is computed for one op
/// only, so that it will be sunk too.
static bool isRepeated(Value value) {
  auto op = value.getDefiningOp<LinalgOp>();
  return op && value.hasOneUse() && canSink(op) && !getContraction(op) &&
         llvm::none_of(op->getOpOperands(), [&](OpOperand &operand) {
           return !op.isDpsInit(&operand) && isSequence(op, operand);
         });
}

/// Whether the scan reads less, or as much, if it computes the input itself.
static bool paysOff(Candidate candidate) {
  LinalgOp op = candidate.op;
  ScanOp scan = candidate.scan;
  RowBytes result(op->getResult(0).getType());
  int64_t bytes = 0;
  llvm::SmallDenseSet<Value> counted;
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    if (!isSequence(op, operand) ||
        (op.isDpsInit(&operand) && !op.payloadUsesValueFromOperand(&operand)) ||
        isRepeated(value) || !counted.insert(value).second)
      continue;
    bool isThere =
        llvm::any_of(llvm::zip_equal(scan.getInputs(), scan.getInputReverse()),
                     [&](auto present) {
                       return std::get<0>(present) == value &&
                              std::get<1>(present) == candidate.reverse;
                     });
    if (isThere)
      continue;
    RowBytes row(value.getType());
    if (row.dynamicFactors > result.dynamicFactors)
      return false;
    bytes += row.bytes;
  }
  int64_t growth = getContraction(op) ? kGrowth : 1;
  return bytes * growth <= result.bytes;
}

static std::optional<Candidate> findCandidate(ScanOp scan) {
  for (auto [i, input, slice, reverse] : llvm::enumerate(
           scan.getInputs(), scan.getSliceArgs(), scan.getInputReverse())) {
    auto op = input.getDefiningOp<LinalgOp>();
    if (!op || !input.hasOneUse() || op->getBlock() != scan->getBlock() ||
        !canSink(op))
      continue;
    Candidate candidate{op, scan, slice, reverse};
    if (paysOff(candidate))
      return candidate;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The op of a step
//===----------------------------------------------------------------------===//

/// The map of an operand in the loops of a step: those but that over time.
static AffineMap dropTime(AffineMap map, unsigned time) {
  if (map.isFunctionOfDim(time))
    map = map.dropResult(0);
  llvm::SmallBitVector dropped(map.getNumDims());
  dropped.set(time);
  return compressDims(map, dropped);
}

/// What a step computes instead of reading `candidate`, where the rewriter
/// stands. `sizes` are those of its result.
static Value buildStepOp(RewriterBase &rewriter, ScanEditor &editor,
                         Candidate candidate, ArrayRef<OpFoldResult> sizes) {
  LinalgOp op = candidate.op;
  Location loc = op.getLoc();
  unsigned time = getTimeLoop(op);
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    if (op.isDpsInit(&operand) && !op.payloadUsesValueFromOperand(&operand))
      value = tensor::EmptyOp::create(rewriter, loc, sizes,
                                      getElementTypeOrSelf(value));
    else if (isSequence(op, operand))
      value = editor.addInput(value, candidate.reverse);
    operands.push_back(value);
    maps.push_back(dropTime(op.getMatchingIndexingMap(&operand), time));
  }
  if (isa<linalg::FillOp>(op))
    return linalg::FillOp::create(rewriter, loc, operands[0], operands[1])
        .getResult(0);
  if (getContraction(op) && !isa<GenericOp>(op))
    return buildContraction(rewriter, loc, operands[0], operands[1],
                            operands[2], maps);
  SmallVector<IteratorType> iterators = op.getIteratorTypesArray();
  iterators.erase(iterators.begin() + time);
  auto generic = GenericOp::create(rewriter, loc, operands.back().getType(),
                                   ArrayRef(operands).drop_back(),
                                   operands.back(), maps, iterators);
  rewriter.cloneRegionBefore(op->getRegion(0), generic.getRegion(),
                             generic.getRegion().end());
  return generic.getResult(0);
}

static void sink(RewriterBase &rewriter, Candidate candidate) {
  ScanOp scan = candidate.scan;
  rewriter.setInsertionPoint(scan);
  SmallVector<OpFoldResult> sizes =
      buildSizes(rewriter, candidate.op.getLoc(), candidate.op->getResult(0));
  sizes.erase(sizes.begin());

  ScanEditor editor(rewriter, scan);
  rewriter.setInsertionPointToStart(&scan.getBody().front());
  Value value = buildStepOp(rewriter, editor, candidate, sizes);
  BlockArgument slice = candidate.slice;
  rewriter.replaceAllUsesWith(slice, castTo(rewriter, value, slice.getType()));
  editor.finish();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct SinkIntoScans : gradopt::impl::SinkIntoScansBase<SinkIntoScans> {
  using SinkIntoScansBase::SinkIntoScansBase;

  void runOnOperation() override {
    // What was an operand of a sunk op is the next candidate, once that op is
    // gone.
    while (sinkOne())
      removeUnneededParts(getOperation());
  }

private:
  bool sinkOne() {
    WalkResult walk = getOperation()->walk([&](ScanOp scan) {
      std::optional<Candidate> candidate = findCandidate(scan);
      if (!candidate)
        return WalkResult::advance();
      IRRewriter rewriter(&getContext());
      sink(rewriter, *candidate);
      ++numSunk;
      return WalkResult::interrupt();
    });
    return walk.wasInterrupted();
  }
};
} // namespace
