//===- SplitReductions.cpp - Partial sums over columns ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Conversion/Passes.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_SPLITREDUCTIONS
#include "gradopt/Conversion/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;
using linalg::GenericOp;
using linalg::LinalgOp;
using utils::IteratorType;

/// The fewest and most partial results that are worth it.
static constexpr int64_t kFewestColumns = 8, kMostColumns = 64;
/// The shortest chain that is cut, and the shortest vector that is: below, one
/// more op costs more than the chain.
static constexpr int64_t kShortestChain = 4, kShortestVector = 4096;

/// How the elements of a reduction are combined.
namespace {
struct Combiner {
  Operation *op;
  TypedAttr neutral;
};
} // namespace

static std::optional<Combiner> getCombiner(GenericOp op) {
  SmallVector<Operation *> ops;
  if (!matchReduction(op.getRegionOutputArgs(), 0, ops) || ops.size() != 1)
    return std::nullopt;
  std::optional<TypedAttr> neutral = arith::getNeutralElement(ops.front());
  if (!neutral)
    return std::nullopt;
  return Combiner{ops.front(), *neutral};
}

/// Whether there are too few results to share them out.
static bool hasFewResults(GenericOp op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  return type.hasStaticShape() && type.getNumElements() < kFewestColumns;
}

/// The reduction loop that runs over the columns of the first input which has
/// all loops, if there are enough columns.
static std::optional<unsigned> findColumnLoop(GenericOp op) {
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (!map.isPermutation())
      continue;
    unsigned loop = map.getDimPosition(map.getNumResults() - 1);
    bool isEnough =
        ShapedType::isStatic(ranges[loop]) && ranges[loop] >= kFewestColumns;
    if (op.getIteratorTypesArray()[loop] != IteratorType::reduction ||
        !isEnough)
      return std::nullopt;
    return loop;
  }
  return std::nullopt;
}

/// How many elements each partial result has if one loop of the reduction is
/// not a part of it.
static int64_t getChainLength(GenericOp op, unsigned without) {
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  int64_t length = 1;
  for (auto [loop, iterator] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (iterator != IteratorType::reduction || loop == without)
      continue;
    if (ShapedType::isDynamic(ranges[loop]))
      return ShapedType::kDynamic;
    length *= ranges[loop];
  }
  return length;
}

/// Combines what `partial` holds along its last dimension with the init of
/// `op`.
static Value combinePartial(RewriterBase &rewriter, GenericOp op,
                            Operation *combiner, Value partial) {
  unsigned rank = cast<RankedTensorType>(partial.getType()).getRank();
  AffineMap all = rewriter.getMultiDimIdentityMap(rank);
  SmallVector<IteratorType> iterators(rank, IteratorType::parallel);
  iterators.back() = IteratorType::reduction;
  return GenericOp::create(
             rewriter, op.getLoc(), op->getResultTypes(), partial,
             op.getDpsInits(), {all, all.dropResult(rank - 1)}, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               IRMapping mapping;
               for (Value operand : combiner->getOperands())
                 mapping.map(operand, operand == op.getRegionOutputArgs()[0]
                                          ? args[1]
                                          : args[0]);
               Operation *copy = builder.clone(*combiner, mapping);
               linalg::YieldOp::create(builder, loc, copy->getResults());
             })
      .getResult(0);
}

/// Keeps one loop of the reduction apart: one partial result for each of its
/// iterations.
static void splitAlong(RewriterBase &rewriter, GenericOp op,
                       const Combiner &combiner, unsigned loop) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.push_back(op.getStaticLoopRanges()[loop]);
  Value empty =
      tensor::EmptyOp::create(rewriter, loc, shape, type.getElementType());
  Value neutral = arith::ConstantOp::create(rewriter, loc, combiner.neutral);
  Value init =
      linalg::FillOp::create(rewriter, loc, neutral, empty).getResult(0);

  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps.back() =
      maps.back().insertResult(rewriter.getAffineDimExpr(loop), type.getRank());
  SmallVector<IteratorType> iterators = op.getIteratorTypesArray();
  iterators[loop] = IteratorType::parallel;
  auto partial = GenericOp::create(rewriter, loc, init.getType(),
                                   op.getDpsInputs(), init, maps, iterators);
  rewriter.cloneRegionBefore(op.getRegion(), partial.getRegion(),
                             partial.getRegion().end());
  rewriter.replaceOp(
      op, combinePartial(rewriter, op, combiner.op, partial.getResult(0)));
}

/// The columns that a vector is taken apart into: as many as divide it, since
/// every element is to be in one place whatever the tile of a kernel is.
static int64_t getColumns(int64_t size) {
  for (int64_t columns = kMostColumns; columns >= kFewestColumns; --columns)
    if (size % columns == 0)
      return columns;
  return 0;
}

static bool splitReduction(RewriterBase &rewriter, GenericOp op) {
  if (!op.hasPureTensorSemantics() || op->getNumResults() != 1 ||
      op.getNumReductionLoops() == 0 || !hasFewResults(op) ||
      !cast<LinalgOp>(op.getOperation()).hasOnlyProjectedPermutations())
    return false;
  std::optional<Combiner> combiner = getCombiner(op);
  std::optional<unsigned> loop = findColumnLoop(op);
  if (!combiner || !loop)
    return false;
  rewriter.setInsertionPoint(op);
  int64_t chain = getChainLength(op, *loop);
  if (ShapedType::isDynamic(chain) || chain >= kShortestChain) {
    splitAlong(rewriter, op, *combiner, *loop);
    return true;
  }
  // Upstream's way to take a loop apart knows neither positions nor several
  // loops.
  int64_t size = op.getStaticLoopRanges()[*loop];
  int64_t columns = getColumns(size);
  if (op.hasIndexSemantics() || op.getNumReductionLoops() != 1 ||
      columns == 0 || size < kShortestVector)
    return false;
  unsigned rank = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
  auto control = [&](LinalgOp) {
    return linalg::SplitReductionOptions{columns, rank, /*innerParallel=*/true};
  };
  return succeeded(linalg::splitReduction(rewriter, op, control));
}

namespace {
struct SplitReductions : gradopt::impl::SplitReductionsBase<SplitReductions> {
  using SplitReductionsBase::SplitReductionsBase;

  void runOnOperation() override {
    SmallVector<GenericOp> ops;
    getOperation()->walk([&](GenericOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (GenericOp op : ops)
      numSplit += splitReduction(rewriter, op);
  }
};
} // namespace
