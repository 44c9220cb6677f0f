//===- SinkIntoScans.cpp - Inputs that each step computes itself ----------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../Transforms/Contractions.h"
#include "../../Transforms/LinalgPayload.h"
#include "../../Transforms/ScanEditor.h"
#include "gradopt/Conversion/Passes.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
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

namespace {
/// What computes one result of an op, which has a row for each time step.
struct RowOp {
  LinalgOp op;
  OpResult result;
  /// The loop over time.
  unsigned time;
  /// The inputs that the result follows from, then its init.
  SmallVector<OpOperand *> operands;

  /// Whether an operand has a row for each time step.
  bool isSequence(OpOperand *operand) {
    return op.getMatchingIndexingMap(operand).isFunctionOfDim(time);
  }
  bool isDestination(OpOperand *operand) {
    return op.isDpsInit(operand) && !op.payloadUsesValueFromOperand(operand);
  }
};
} // namespace

static Value getScalar(const RowOp &row) {
  unsigned number = row.result.getResultNumber();
  return row.result.getOwner()
      ->getRegion(0)
      .front()
      .getTerminator()
      ->getOperand(number);
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

/// Finds the inputs that an elementwise result follows from; false if that
/// takes more than a few instructions that no step waits for, or another
/// result's init.
static bool findElementwiseInputs(RowOp &row) {
  AffineMap map = row.op.getIndexingMapMatchingResult(row.result);
  OpOperand *init = row.op.getTiedOpOperand(row.result);
  LinalgPayload payload(row.op, init, getScalar(row));
  row.operands = payload.inputs;
  return row.op.isAllParallelLoops() && map.isPermutation() &&
         !(payload.usesInit && row.op.getNumDpsInits() > 1) &&
         llvm::all_of(payload.ops, [](Operation *inner) {
           return isa<arith::ArithDialect>(inner->getDialect()) &&
                  isMemoryEffectFree(inner);
         });
}

/// What computes `value`, if each step could compute its row.
static std::optional<RowOp> getRowOp(Value value) {
  auto op = value.getDefiningOp<LinalgOp>();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!op || !type || type.getRank() == 0 || type.getEncoding() ||
      !op.hasPureTensorSemantics() || op.hasIndexSemantics() ||
      !op.hasOnlyProjectedPermutations())
    return std::nullopt;
  RowOp row;
  row.op = op;
  row.result = cast<OpResult>(value);
  row.time = op.getIndexingMapMatchingResult(row.result).getDimPosition(0);
  if (isShortContraction(op))
    row.operands = op.getDpsInputOperands();
  else if (!isa<GenericOp, linalg::FillOp>(op) || !findElementwiseInputs(row))
    return std::nullopt;
  row.operands.push_back(op.getTiedOpOperand(row.result));

  bool hasTimeFirst = llvm::all_of(row.operands, [&](OpOperand *operand) {
    return !row.isSequence(operand) ||
           op.getMatchingIndexingMap(operand).getDimPosition(0) == row.time;
  });
  if (!hasTimeFirst ||
      op.getIteratorTypesArray()[row.time] != IteratorType::parallel)
    return std::nullopt;
  return row;
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

/// An input of a scan, and what computes it.
struct Candidate {
  RowOp row;
  ScanOp scan;
  BlockArgument slice;
  bool reverse;
};
} // namespace

/// Whether a value has the same rows at all times and is computed for one op
/// only, so that it will be sunk too.
static bool isRepeated(Value value) {
  if (!value.hasOneUse() || getContraction(value.getDefiningOp()))
    return false;
  std::optional<RowOp> row = getRowOp(value);
  return row && llvm::none_of(ArrayRef(row->operands).drop_back(),
                              [&](OpOperand *operand) {
                                return row->isSequence(operand);
                              });
}

/// Whether the scan reads less, or as much, if it computes the input itself.
static bool paysOff(Candidate candidate) {
  RowOp &row = candidate.row;
  ScanOp scan = candidate.scan;
  RowBytes result(row.result.getType());
  int64_t bytes = 0;
  llvm::SmallDenseSet<Value> counted;
  for (OpOperand *operand : row.operands) {
    Value value = operand->get();
    if (!row.isSequence(operand) || row.isDestination(operand) ||
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
    RowBytes bytesOfRow(value.getType());
    if (bytesOfRow.dynamicFactors > result.dynamicFactors)
      return false;
    bytes += bytesOfRow.bytes;
  }
  int64_t growth = getContraction(row.op) ? kGrowth : 1;
  return bytes * growth <= result.bytes;
}

static std::optional<Candidate> findCandidate(ScanOp scan) {
  for (auto [input, slice, reverse] : llvm::zip_equal(
           scan.getInputs(), scan.getSliceArgs(), scan.getInputReverse())) {
    Operation *op = input.getDefiningOp();
    if (!op || !input.hasOneUse() || op->getBlock() != scan->getBlock())
      continue;
    std::optional<RowOp> row = getRowOp(input);
    if (!row)
      continue;
    Candidate candidate{*row, scan, slice, reverse};
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
  RowOp &row = candidate.row;
  LinalgOp op = row.op;
  Location loc = op.getLoc();
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (OpOperand *operand : row.operands) {
    Value value = operand->get();
    if (row.isDestination(operand))
      value = tensor::EmptyOp::create(rewriter, loc, sizes,
                                      getElementTypeOrSelf(value));
    else if (row.isSequence(operand))
      value = editor.addInput(value, candidate.reverse);
    operands.push_back(value);
    maps.push_back(dropTime(op.getMatchingIndexingMap(operand), row.time));
  }
  if (isa<linalg::FillOp>(op))
    return linalg::FillOp::create(rewriter, loc, operands[0], operands[1])
        .getResult(0);
  if (getContraction(op) && !isa<GenericOp>(op))
    return buildContraction(rewriter, loc, operands[0], operands[1],
                            operands[2], maps);
  SmallVector<IteratorType> iterators = op.getIteratorTypesArray();
  iterators.erase(iterators.begin() + row.time);
  return GenericOp::create(
             rewriter, loc, operands.back().getType(),
             ArrayRef(operands).drop_back(), operands.back(), maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               IRMapping mapping;
               for (auto [operand, arg] : llvm::zip_equal(row.operands, args))
                 mapping.map(op.getMatchingBlockArgument(operand), arg);
               LinalgPayload payload(op, row.operands.back(), getScalar(row));
               linalg::YieldOp::create(
                   builder, loc,
                   payload.clone(builder, mapping, /*outerLoops=*/0));
             })
      .getResult(0);
}

static void sink(RewriterBase &rewriter, Candidate candidate) {
  ScanOp scan = candidate.scan;
  OpResult result = candidate.row.result;
  rewriter.setInsertionPoint(scan);
  SmallVector<OpFoldResult> sizes =
      buildSizes(rewriter, result.getLoc(), result);
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
    removeUnusedResults();
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

  /// An op of which one result was sunk computes the others.
  void removeUnusedResults() {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](GenericOp op) {
      if (!op->use_empty() && llvm::any_of(op->getResults(), [](Value result) {
            return result.use_empty();
          }))
        ops.push_back(op);
    });
    RewritePatternSet patterns(&getContext());
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    GreedyRewriteConfig config;
    config.setStrictness(GreedyRewriteStrictness::ExistingOps);
    (void)applyOpPatternsGreedily(ops, std::move(patterns), config);
  }
};
} // namespace
