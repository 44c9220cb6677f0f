//===- OrderLoops.cpp - Loops along memory --------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_ORDERLOOPS
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

//===----------------------------------------------------------------------===//
// Sums that start from zero
//===----------------------------------------------------------------------===//

/// Whether `op` only adds to its init: its body is `out + f(ins)`.
static bool addsToInit(LinalgOp op) {
  if (!op || op.getNumDpsInits() != 1)
    return false;
  BlockArgument out = op.getRegionOutputArgs().front();
  auto add = op.getBlock()
                 ->getTerminator()
                 ->getOperand(0)
                 .getDefiningOp<arith::AddFOp>();
  return add && out.hasOneUse() && *out.user_begin() == add;
}

/// The ops that sum up to `value`, from one that starts from zero to the last,
/// if they stand beside `user` and nothing but `user` sees any of the sums.
static SmallVector<LinalgOp> findSumFromZero(Value value, Operation *user) {
  SmallVector<LinalgOp> chain;
  do {
    auto op = value.getDefiningOp<LinalgOp>();
    if (!addsToInit(op) || op->getBlock() != user->getBlock() ||
        llvm::any_of(value.getUsers(),
                     [&](Operation *other) { return other != user; }))
      return {};
    chain.push_back(op);
    user = op;
    value = op.getDpsInits().front();
  } while (!isZeroTensor(value));
  return llvm::to_vector(llvm::reverse(chain));
}

/// Makes a sum from zero that is added to another value start from that one.
static void startFromOtherSummand(RewriterBase &rewriter, Operation *add) {
  auto summands = matchSum(add);
  if (!summands)
    return;
  auto [lhs, rhs] = *summands;
  if (lhs == rhs)
    return;
  bool fromRhs = true;
  SmallVector<LinalgOp> chain = findSumFromZero(rhs, add);
  if (chain.empty()) {
    fromRhs = false;
    chain = findSumFromZero(lhs, add);
  }
  Value sum = fromRhs ? rhs : lhs, other = fromRhs ? lhs : rhs;
  if (chain.empty() || sum.getType() != other.getType() ||
      sum.getType() != add->getResult(0).getType())
    return;
  // Where the other summand is known.
  for (LinalgOp op : chain)
    rewriter.moveOpBefore(op, add);
  rewriter.modifyOpInPlace(chain.front(),
                           [&] { chain.front().setDpsInitOperand(0, other); });
  rewriter.replaceOp(add, sum);
}

//===----------------------------------------------------------------------===//
// The order of loops
//===----------------------------------------------------------------------===//

/// What a loop is in an operand: not there, its last dimension, or another one.
enum class Access { invariant, contiguous, strided };

static Access getAccess(AffineMap map, unsigned loop) {
  for (auto [position, expr] : llvm::enumerate(map.getResults()))
    if (cast<AffineDimExpr>(expr).getPosition() == loop)
      return position + 1 == map.getNumResults() ? Access::contiguous
                                                 : Access::strided;
  return Access::invariant;
}

/// The outermost loop around `op` in which `value` does not change.
static LoopLikeOpInterface findInvariantLoop(Operation *op, Value value) {
  LoopLikeOpInterface outermost;
  for (auto loop = op->getParentOfType<LoopLikeOpInterface>();
       loop && loop.isDefinedOutsideOfLoop(value);
       loop = loop->getParentOfType<LoopLikeOpInterface>())
    outermost = loop;
  return outermost;
}

/// Whether a transposed copy of `input` costs little beside `op`: it is made
/// once for all steps of a loop, or each of its elements is used several times.
static bool isWorthTransposing(LinalgOp op, OpOperand &input) {
  if (findInvariantLoop(op, input.get()))
    return true;
  constexpr int64_t enough = 4;
  AffineMap map = op.getMatchingIndexingMap(&input);
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  SmallVector<unsigned> parallel;
  op.getParallelDims(parallel);
  return llvm::any_of(parallel, [&](unsigned loop) {
    return getAccess(map, loop) == Access::invariant &&
           (ShapedType::isDynamic(ranges[loop]) || ranges[loop] >= enough);
  });
}

namespace {
struct Plan {
  /// The loops from the outermost to the innermost.
  SmallVector<unsigned> order;
  /// Inputs that the innermost loop would read across memory.
  SmallVector<OpOperand *> transposed;
};
} // namespace

/// Reductions but the last, parallel loops in the order of the result's
/// dimensions, then the last reduction, so that the order of reductions is that
/// of each element's summands, then the innermost loop: the result's last
/// dimension, or the last reduction where the former would read more operands
/// across memory.
static Plan planLoops(LinalgOp op) {
  Plan plan;
  SmallVector<unsigned> parallel, reductions;
  op.getParallelDims(parallel);
  op.getReductionDims(reductions);
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  SmallVector<unsigned> outer;
  for (AffineExpr expr : result.getResults())
    outer.push_back(cast<AffineDimExpr>(expr).getPosition());
  for (unsigned loop : parallel)
    if (!llvm::is_contained(outer, loop))
      outer.insert(outer.begin(), loop);

  std::optional<unsigned> innermost;
  if (result.getNumResults() != 0)
    innermost = outer.back();
  if (innermost && !reductions.empty()) {
    unsigned across = 0, acrossReduction = 0;
    for (OpOperand &operand : op->getOpOperands()) {
      AffineMap map = op.getMatchingIndexingMap(&operand);
      if (getAccess(map, reductions.back()) == Access::strided)
        ++acrossReduction;
      if (getAccess(map, *innermost) != Access::strided)
        continue;
      if (op.isDpsInput(&operand) && isWorthTransposing(op, operand))
        plan.transposed.push_back(&operand);
      else
        ++across;
    }
    if (across > acrossReduction) {
      innermost.reset();
      plan.transposed.clear();
    }
  }
  if (innermost)
    outer.pop_back();
  // Of several reductions, over time and rows say, the last stays inside, so
  // that what one of the others needs is still in the cache for the next
  // element.
  if (!reductions.empty()) {
    llvm::append_range(plan.order, ArrayRef(reductions).drop_back());
    llvm::append_range(plan.order, outer);
    plan.order.push_back(reductions.back());
  } else {
    plan.order = outer;
  }
  if (innermost)
    plan.order.push_back(*innermost);
  return plan;
}

/// Makes the dimension of `input` that `loop` runs along the last one.
static void transposeInput(RewriterBase &rewriter, linalg::GenericOp op,
                           OpOperand &input, unsigned loop) {
  OpBuilder::InsertionGuard guard(rewriter);
  LoopLikeOpInterface invariant = findInvariantLoop(op, input.get());
  rewriter.setInsertionPoint(invariant ? invariant.getOperation()
                                       : op.getOperation());
  Location loc = withOrigin(op.getLoc(), /*layer=*/"", /*gate=*/"",
                            /*direction=*/"", "gradopt-order-loops");
  AffineMap map = op.getMatchingIndexingMap(&input);
  SmallVector<int64_t> permutation;
  std::optional<int64_t> last;
  for (auto [position, expr] : llvm::enumerate(map.getResults())) {
    if (cast<AffineDimExpr>(expr).getPosition() == loop)
      last = position;
    else
      permutation.push_back(position);
  }
  permutation.push_back(*last);

  Value tensor = input.get();
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(rewriter, loc, tensor);
  applyPermutationToVector(sizes, permutation);
  Value empty = tensor::EmptyOp::create(rewriter, loc, sizes,
                                        getElementTypeOrSelf(tensor));
  auto transpose =
      linalg::TransposeOp::create(rewriter, loc, tensor, empty, permutation);
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<AffineExpr> results(map.getResults());
  applyPermutationToVector(results, permutation);
  maps[input.getOperandNumber()] =
      AffineMap::get(map.getNumDims(), 0, results, op.getContext());
  rewriter.modifyOpInPlace(op, [&] {
    input.set(transpose->getResult(0));
    op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
  });
}

static void orderLoops(RewriterBase &rewriter, LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() == 0 ||
      !op.hasOnlyProjectedPermutations())
    return;
  Plan plan = planLoops(op);
  if (plan.transposed.empty() && llvm::is_sorted(plan.order))
    return;
  SmallVector<unsigned> transposed;
  for (OpOperand *input : plan.transposed)
    transposed.push_back(input->getOperandNumber());

  rewriter.setInsertionPoint(op);
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!generic) {
    FailureOr<linalg::GenericOp> generalized =
        linalg::generalizeNamedOp(rewriter, op);
    if (failed(generalized))
      return;
    generic = *generalized;
  }
  for (unsigned input : transposed)
    transposeInput(rewriter, generic, generic->getOpOperand(input),
                   plan.order.back());
  (void)linalg::interchangeGenericOp(rewriter, generic, plan.order);
}

namespace {
struct OrderLoops : gradopt::impl::OrderLoopsBase<OrderLoops> {
  using OrderLoopsBase::OrderLoopsBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk(
        [&](Operation *op) { startFromOtherSummand(rewriter, op); });
    SmallVector<LinalgOp> ops;
    getOperation()->walk([&](LinalgOp op) { ops.push_back(op); });
    for (LinalgOp op : ops)
      orderLoops(rewriter, op);
  }
};
} // namespace
