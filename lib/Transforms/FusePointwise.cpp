//===- FusePointwise.cpp - One elementwise op of several ------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"
#include "PointwiseGenerics.h"
#include "PointwiseGroups.h"
#include "SliceSimplification.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Origins.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_FUSEPOINTWISE
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;
using linalg::GenericOp;
using linalg::LinalgOp;

static constexpr StringLiteral kPass = "gradopt-fuse-pointwise";

/// In a loop, elementwise ops, slices and sizes take a marked value itself: for
/// them a marker is a thing of passes that have run.
static void lookThroughMarkers(Operation *root) {
  SmallVector<GradientOp> markers;
  root->walk([&](GradientOp marker) {
    if (marker->getParentOfType<LoopLikeOpInterface>())
      markers.push_back(marker);
  });
  for (GradientOp marker : markers) {
    marker.getResult().replaceUsesWithIf(marker.getValue(), [](OpOperand &use) {
      Operation *user = use.getOwner();
      return isPointwise(user) ||
             isa<tensor::DimOp, tensor::ExtractSliceOp, tensor::InsertSliceOp>(
                 user);
    });
    if (marker.getResult().use_empty())
      marker.erase();
  }
}

//===----------------------------------------------------------------------===//
// Ops over a smaller space
//===----------------------------------------------------------------------===//

/// Whether doing an op again for each element that uses its result costs less
/// than an op of its own.
static bool isCheap(GenericOp op) {
  return llvm::all_of(op.getBody()->without_terminator(), [](Operation &inner) {
    return isa<arith::ArithDialect>(inner.getDialect()) &&
           !isa<arith::DivFOp, arith::RemFOp, arith::DivSIOp, arith::DivUIOp,
                arith::RemSIOp, arith::RemUIOp>(inner);
  });
}

/// Whether `use` is that by an elementwise op which has one element of the
/// value for several iterations.
static bool isBroadcastUse(OpOperand &use, Block &block) {
  auto user = dyn_cast<GenericOp>(use.getOwner());
  return user && user->getBlock() == &block && canJoinGroup(user) &&
         user.isDpsInput(&use) &&
         user.getNumLoops() >
             user.getMatchingIndexingMap(&use).getNumResults() &&
         linalg::areElementwiseOpsFusable(&use);
}

/// What changes with time and has, say, one element for each row is computed in
/// each op that uses it for all elements of a row.
static unsigned fuseSmaller(Block &block, RewriterBase &rewriter) {
  if (!isa_and_nonnull<LoopLikeOpInterface>(block.getParentOp()))
    return 0;
  StepValues steps(block);
  unsigned count = 0;
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
    auto producer = dyn_cast<GenericOp>(op);
    if (!producer || producer->getNumResults() != 1 ||
        producer.hasIndexSemantics() || !canJoinGroup(producer) ||
        !isCheap(producer) ||
        producer.payloadUsesValueFromOperand(producer.getDpsInitOperand(0)) ||
        !steps.changes(producer->getResult(0)) ||
        !llvm::all_of(producer->getUses(), [&](OpOperand &use) {
          return isBroadcastUse(use, block);
        }))
      continue;
    while (!producer->use_empty()) {
      OpOperand *use = &*producer->use_begin();
      Operation *consumer = use->getOwner();
      // A copy of its own for each use: a result over fewer loops than the op
      // that has it would be written several times.
      rewriter.setInsertionPoint(consumer);
      Operation *copy = rewriter.clone(*producer);
      rewriter.modifyOpInPlace(consumer, [&] { use->set(copy->getResult(0)); });
      FailureOr<linalg::ElementwiseOpFusionResult> fused =
          linalg::fuseElementwiseOps(rewriter, use);
      if (failed(fused))
        return count;
      Operation *result = fused->fusedOp;
      result->setLoc(fuseOrigins(rewriter.getContext(),
                                 {producer.getLoc(), consumer->getLoc()},
                                 kPass));
      rewriter.replaceOp(consumer, result->getResults());
      rewriter.eraseOp(copy);
    }
    rewriter.eraseOp(producer);
    ++count;
  }
  return count;
}

//===----------------------------------------------------------------------===//
// One op of a group
//===----------------------------------------------------------------------===//

namespace {
/// Builds the op that computes what the members of a group do.
class GroupBuilder {
public:
  GroupBuilder(PointwiseGroup &group, RewriterBase &rewriter)
      : group(group), rewriter(rewriter),
        context(group.members.front()->getContext()) {
    for (GenericOp member : group.members)
      members.insert(member);
  }

  GenericOp build();

private:
  void addOperands(unsigned index);
  void addInput(Value value, AffineMap map);
  AffineMap getMap(unsigned index, OpOperand *operand);
  bool isNeeded(OpResult result);
  void fillBody(Block *body);

  PointwiseGroup &group;
  RewriterBase &rewriter;
  MLIRContext *context;
  llvm::SmallDenseSet<Operation *> members;
  using Operand = std::pair<Value, AffineMap>;
  /// The values that come from outside and how they are read, each once.
  llvm::SetVector<Operand> inputs;
  /// The members' results that something else uses, and what they start from.
  SmallVector<OpResult> results;
  SmallVector<Value> inits;
  SmallVector<AffineMap> initMaps;
};
} // namespace

/// How a member's operand is read, in the loops of the group.
AffineMap GroupBuilder::getMap(unsigned index, OpOperand *operand) {
  SmallVector<AffineExpr> loops;
  for (unsigned loop : group.loops[index])
    loops.push_back(getAffineDimExpr(loop, context));
  auto toMember = AffineMap::get(loops.size(), 0, loops, context);
  return group.members[index].getMatchingIndexingMap(operand).compose(toMember);
}

bool GroupBuilder::isNeeded(OpResult result) {
  return llvm::any_of(result.getUsers(),
                      [&](Operation *user) { return !members.contains(user); });
}

void GroupBuilder::addInput(Value value, AffineMap map) {
  if (!members.contains(value.getDefiningOp()))
    inputs.insert({value, map});
}

void GroupBuilder::addOperands(unsigned index) {
  GenericOp op = group.members[index];
  for (OpOperand *operand : op.getDpsInputOperands())
    addInput(operand->get(), getMap(index, operand));
  for (OpResult result : op->getResults()) {
    OpOperand *init = op.getDpsInitOperand(result.getResultNumber());
    Value value = init->get();
    AffineMap map = getMap(index, init);
    bool isRead = op.payloadUsesValueFromOperand(init);
    if (!isNeeded(result)) {
      if (isRead)
        addInput(value, map);
      continue;
    }
    if (members.contains(value.getDefiningOp())) {
      auto type = cast<RankedTensorType>(value.getType());
      value = tensor::EmptyOp::create(rewriter, op.getLoc(),
                                      buildSizes(rewriter, op.getLoc(), value),
                                      type.getElementType());
    }
    results.push_back(result);
    inits.push_back(value);
    initMaps.push_back(map);
  }
}

void GroupBuilder::fillBody(Block *body) {
  llvm::DenseMap<Operand, Value> outside;
  for (auto [input, arg] :
       llvm::zip(inputs, body->getArguments().take_front(inputs.size())))
    outside[input] = arg;
  llvm::DenseMap<Value, Value> scalars, started;
  for (auto [result, arg] :
       llvm::zip_equal(results, body->getArguments().drop_front(inputs.size())))
    started[result] = arg;

  for (auto [index, member] : llvm::enumerate(group.members)) {
    IRMapping mapping;
    for (OpOperand &operand : member->getOpOperands()) {
      BlockArgument arg = member.getMatchingBlockArgument(&operand);
      if (arg.use_empty())
        continue;
      Value scalar = scalars.lookup(operand.get());
      if (!scalar && member.isDpsInit(&operand))
        scalar = started.lookup(member.getTiedOpResult(&operand));
      if (!scalar)
        scalar = outside.lookup({operand.get(), getMap(index, &operand)});
      mapping.map(arg, scalar);
    }
    for (Operation &op : member.getBody()->without_terminator())
      rewriter.clone(op, mapping)->walk([&, index = index](linalg::IndexOp at) {
        at.setDim(group.loops[index][at.getDim()]);
      });
    auto yield = cast<linalg::YieldOp>(member.getBody()->getTerminator());
    for (auto [result, value] :
         llvm::zip_equal(member->getResults(), yield.getValues()))
      scalars[result] = mapping.lookupOrDefault(value);
  }
  SmallVector<Value> yielded;
  for (OpResult result : results)
    yielded.push_back(scalars.lookup(result));
  linalg::YieldOp::create(rewriter, group.members.back().getLoc(), yielded);
}

GenericOp GroupBuilder::build() {
  rewriter.setInsertionPoint(group.members.back());
  SmallVector<Location> locations;
  for (auto [index, member] : llvm::enumerate(group.members)) {
    locations.push_back(member.getLoc());
    addOperands(index);
  }
  SmallVector<Value> inputValues;
  SmallVector<AffineMap> maps;
  for (auto [value, map] : inputs) {
    inputValues.push_back(value);
    maps.push_back(map);
  }
  llvm::append_range(maps, initMaps);
  SmallVector<utils::IteratorType> loops(group.loops.front().size(),
                                         utils::IteratorType::parallel);
  auto fused = GenericOp::create(
      rewriter, fuseOrigins(context, locations, kPass),
      llvm::map_to_vector(results,
                          [](Value result) { return result.getType(); }),
      inputValues, inits, maps, loops);
  Region &region = fused.getRegion();
  SmallVector<Type> argTypes;
  SmallVector<Location> argLocs;
  for (Value operand : fused->getOperands()) {
    argTypes.push_back(getElementTypeOrSelf(operand.getType()));
    argLocs.push_back(operand.getLoc());
  }
  Block *body = rewriter.createBlock(&region, region.end(), argTypes, argLocs);
  fillBody(body);

  for (auto [old, created] : llvm::zip_equal(results, fused->getResults()))
    rewriter.replaceAllUsesWith(old, created);
  for (GenericOp member : llvm::reverse(group.members))
    rewriter.eraseOp(member);

  // What several members computed is computed once.
  DominanceInfo dominance(fused);
  eliminateCommonSubExpressions(rewriter, dominance, fused);
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*body)))
    if (isOpTriviallyDead(&op))
      rewriter.eraseOp(&op);
  return fused;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct FusePointwise : gradopt::impl::FusePointwiseBase<FusePointwise> {
  using FusePointwiseBase::FusePointwiseBase;

  void runOnOperation() override {
    Operation *root = getOperation();
    lookThroughMarkers(root);
    useWholeSizes(root);
    makePointwiseGenerics(root);

    SmallVector<Block *> blocks;
    root->walk([&](Block *block) {
      if (!isa<LinalgOp>(block->getParentOp()) &&
          block->getParent()->getParentOfType<FunctionOpInterface>() &&
          !block->empty() && block->back().hasTrait<OpTrait::IsTerminator>())
        blocks.push_back(block);
    });
    IRRewriter rewriter(&getContext());
    // Operands that are the same slice are one.
    DominanceInfo dominance(root);
    eliminateCommonSubExpressions(rewriter, dominance, root);
    SmallVector<Operation *> fused;
    for (Block *block : blocks) {
      numFused += fuseSmaller(*block, rewriter);
      fuseBlock(*block, rewriter, fused);
    }
    // Operands that no body uses any more, results that are the same.
    RewritePatternSet patterns(&getContext());
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    GreedyRewriteConfig config;
    config.setStrictness(GreedyRewriteStrictness::ExistingOps);
    (void)applyOpPatternsGreedily(fused, std::move(patterns), config);
  }

private:
  void fuseBlock(Block &block, RewriterBase &rewriter,
                 SmallVectorImpl<Operation *> &fused);
};
} // namespace

static StringRef getFunctionName(Operation *op) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  return function ? function.getName() : StringRef();
}

static void reportKeptApart(ArrayRef<KeptApart> pairs) {
  llvm::SmallDenseSet<Operation *> reported;
  for (const KeptApart &pair : pairs) {
    if (!reported.insert(pair.second).second)
      continue;
    std::string reason;
    if (pair.between)
      reason = "'" + pair.between->getName().getStringRef().str() +
               "' needs one of two elementwise ops, and the other one needs it";
    else
      reason =
          "two elementwise ops that belong together are not known to have the "
          "same iteration space";
    remark::missed(pair.second->getLoc(),
                   remark::RemarkOpts::name("kept-apart")
                       .category(kPass)
                       .function(getFunctionName(pair.second)))
        << remark::reason("{0}", reason);
  }
}

void FusePointwise::fuseBlock(Block &block, RewriterBase &rewriter,
                              SmallVectorImpl<Operation *> &fused) {
  SmallVector<KeptApart> keptApart;
  SmallVector<PointwiseGroup> groups = findPointwiseGroups(block, keptApart);
  reportKeptApart(keptApart);
  for (PointwiseGroup &group : groups) {
    size_t count = group.members.size();
    GenericOp op = GroupBuilder(group, rewriter).build();
    remark::passed(op.getLoc(),
                   remark::RemarkOpts::name("fused").category(kPass).function(
                       getFunctionName(op)))
        << remark::reason("{0} elementwise ops became one with {1} result{2}",
                          count, op->getNumResults(),
                          op->getNumResults() == 1 ? "" : "s");
    numFused += count - 1;
    fused.push_back(op);
  }
  if (!groups.empty())
    sortByDependence(block);
}
