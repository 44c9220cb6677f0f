//===- PointwiseGroups.cpp - What may become one elementwise op ---------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PointwiseGroups.h"
#include "SizeClasses.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/Interfaces/ReverseMode.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::GenericOp;

bool mlir::gradopt::canJoinGroup(GenericOp op) {
  auto isPlain = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && !tensor.getEncoding();
  };
  return op.hasPureTensorSemantics() && op.isAllParallelLoops() &&
         cast<linalg::LinalgOp>(op.getOperation())
             .hasOnlyProjectedPermutations() &&
         llvm::all_of(op->getResultTypes(), isPlain) &&
         llvm::all_of(
             op->getResults(),
             [&](OpResult result) {
               return op.getIndexingMapMatchingResult(result).isPermutation();
             }) &&
         llvm::all_of(
             op.getBody()->without_terminator(),
             [](Operation &inner) { return isMemoryEffectFree(&inner); }) &&
         !op->use_empty();
}

//===----------------------------------------------------------------------===//
// What changes from step to step
//===----------------------------------------------------------------------===//

StepValues::StepValues(Block &block) : block(block) {
  for (Region *at = block.getParent(); at; at = at->getParentRegion())
    if (isa<LoopLikeOpInterface>(at->getParentOp())) {
      loop = at;
      break;
    }
  for (Operation &op : block)
    if (isMemoryEffectFree(&op) &&
        llvm::none_of(op.getOperands(),
                      [&](Value value) { return changes(value); }) &&
        llvm::none_of(getCapturedValues(&op),
                      [&](Value value) { return changes(value); }))
      constant.insert(&op);
}

bool StepValues::changes(Value value) const {
  if (loop && !loop->isAncestor(value.getParentRegion()))
    return false;
  Operation *op = value.getDefiningOp();
  return !op || op->getBlock() != &block || !constant.contains(op);
}

//===----------------------------------------------------------------------===//
// What depends on what
//===----------------------------------------------------------------------===//

namespace {
/// The ops of a block by their position, and what each must stand behind.
struct BlockGraph {
  explicit BlockGraph(Block &block);

  SmallVector<Operation *> ops;
  llvm::DenseMap<Operation *, unsigned> positions;
  SmallVector<SmallVector<unsigned, 4>> predecessors;
};
} // namespace

BlockGraph::BlockGraph(Block &block) {
  for (Operation &op : block) {
    positions[&op] = ops.size();
    ops.push_back(&op);
  }
  std::optional<unsigned> lastEffect;
  for (auto [position, op] : llvm::enumerate(ops)) {
    llvm::SmallSetVector<unsigned, 8> found;
    auto add = [&, op = op](Value value) {
      Operation *definition = value.getDefiningOp();
      if (definition && definition->getBlock() == op->getBlock())
        found.insert(positions.lookup(definition));
    };
    llvm::for_each(op->getOperands(), add);
    llvm::for_each(getCapturedValues(op), add);
    if (!isMemoryEffectFree(op)) {
      if (lastEffect)
        found.insert(*lastEffect);
      lastEffect = position;
    }
    predecessors.emplace_back(found.begin(), found.end());
    llvm::sort(predecessors.back());
  }
}

void mlir::gradopt::sortByDependence(Block &block) {
  BlockGraph graph(block);
  unsigned last = graph.ops.size() - 1;
  llvm::BitVector placed(graph.ops.size());
  SmallVector<unsigned> stack;
  for (unsigned position : llvm::seq(last)) {
    stack.push_back(position);
    while (!stack.empty()) {
      unsigned at = stack.back();
      size_t size = stack.size();
      if (!placed.test(at))
        for (unsigned before : llvm::reverse(graph.predecessors[at]))
          if (!placed.test(before))
            stack.push_back(before);
      if (stack.size() > size)
        continue;
      stack.pop_back();
      if (placed.test(at))
        continue;
      placed.set(at);
      graph.ops[at]->moveBefore(graph.ops[last]);
    }
  }
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

namespace {
class Grouping {
public:
  Grouping(Block &block, SmallVectorImpl<KeptApart> &keptApart)
      : graph(block), sizes(&block), steps(block), keptApart(keptApart) {}

  SmallVector<PointwiseGroup> run();

private:
  using Loops = SmallVector<unsigned>;
  struct Group {
    /// Positions, ascending, and the group's loop of each of their loops.
    SmallVector<unsigned> members;
    SmallVector<Loops> loops;
    SmallVector<SizeClasses::Class> space;
  };

  GenericOp getOp(unsigned position) {
    return cast<GenericOp>(graph.ops[position]);
  }
  bool isCandidate(unsigned position) { return groupOf[position] != kNone; }
  /// The candidate that defines `value`, in this block.
  std::optional<unsigned> getProducer(Value value);
  void addCandidate(unsigned position);
  void findConnections();
  bool uniteConnected();
  bool unite(unsigned first, unsigned second);
  std::optional<Loops> align(const Group &first, const Group &second);
  Operation *findBetween(unsigned first, unsigned second);

  static constexpr unsigned kNone = ~0u;
  BlockGraph graph;
  SizeClasses sizes;
  StepValues steps;
  SmallVectorImpl<KeptApart> &keptApart;
  SmallVector<Group> groups;
  /// The group of each op, kNone for ops that are no candidates.
  SmallVector<unsigned> groupOf;
  /// Pairs of positions that are producer and consumer, and sets of ops that
  /// share an operand or a consumer.
  SmallVector<std::pair<unsigned, unsigned>> edges, constantEdges;
  llvm::MapVector<const void *, SmallVector<unsigned>> siblings;
};
} // namespace

std::optional<unsigned> Grouping::getProducer(Value value) {
  Operation *op = value.getDefiningOp();
  auto found = graph.positions.find(op);
  if (!op || found == graph.positions.end() || !isCandidate(found->second))
    return std::nullopt;
  return found->second;
}

void Grouping::addCandidate(unsigned position) {
  GenericOp op = getOp(position);
  groupOf[position] = groups.size();
  Group &group = groups.emplace_back();
  group.members.push_back(position);
  // The loops of a group are the dimensions of its first result.
  AffineMap map = op.getIndexingMapMatchingResult(op->getResult(0));
  Loops loops(map.getNumDims());
  for (unsigned dim : llvm::seq(map.getNumResults())) {
    loops[map.getDimPosition(dim)] = dim;
    group.space.push_back(sizes.get(op->getResult(0), dim));
  }
  group.loops.push_back(std::move(loops));
}

/// Whether an op only moves the elements of its first operand.
static bool movesElements(Operation *op) {
  return isa<tensor::ExtractSliceOp, tensor::InsertSliceOp, tensor::CastOp,
             tensor::CollapseShapeOp, tensor::ExpandShapeOp, GradientOp>(op);
}

/// The tensor that a value is a part of.
static Value getWhole(Value value) {
  Operation *op = value.getDefiningOp();
  while (op && movesElements(op) && !isa<tensor::InsertSliceOp>(op)) {
    value = op->getOperand(0);
    op = value.getDefiningOp();
  }
  return value;
}

/// The ops that compute with a value, a tensor that it is put into or a part of
/// it.
static void findConsumers(Value value, Block *block,
                          llvm::SmallSetVector<Operation *, 8> &consumers) {
  SmallVector<Value> worklist = {value};
  llvm::SmallDenseSet<Value> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    for (Operation *user : next.getUsers()) {
      user = block->findAncestorOpInBlock(*user);
      if (!user || user->hasTrait<OpTrait::IsTerminator>())
        continue;
      if (movesElements(user))
        worklist.push_back(user->getResult(0));
      else if (isa<linalg::LinalgOp>(user))
        consumers.insert(user);
    }
  }
}

void Grouping::findConnections() {
  for (unsigned position : llvm::seq<unsigned>(groupOf.size())) {
    if (!isCandidate(position))
      continue;
    GenericOp op = getOp(position);
    auto addSibling = [&](const void *key) {
      SmallVector<unsigned> &set = siblings[key];
      if (set.empty() || set.back() != position)
        set.push_back(position);
    };
    for (OpOperand &operand : op->getOpOperands()) {
      Value value = operand.get();
      if (std::optional<unsigned> producer = getProducer(value))
        (steps.changes(value) ? edges : constantEdges)
            .emplace_back(*producer, position);
      if (op.isDpsInit(&operand) && !op.payloadUsesValueFromOperand(&operand))
        continue;
      Value whole = getWhole(value);
      auto type = dyn_cast<RankedTensorType>(whole.getType());
      if (type && type.getRank() > 0 && steps.changes(whole))
        addSibling(whole.getAsOpaquePointer());
    }
    llvm::SmallSetVector<Operation *, 8> consumers;
    for (Value result : op->getResults())
      if (steps.changes(result))
        findConsumers(result, op->getBlock(), consumers);
    for (Operation *consumer : consumers)
      addSibling(consumer);
  }
}

/// The loops of the first group that the loops of the second one are, if both
/// have one iteration space.
std::optional<Grouping::Loops> Grouping::align(const Group &first,
                                               const Group &second) {
  if (first.space.size() != second.space.size())
    return std::nullopt;
  std::optional<Loops> result;
  bool conflict = false;
  /// Two operands that are one tensor, each the whole of it, say which loop is
  /// which.
  auto match = [&](AffineMap map, const Loops &loops, AffineMap otherMap,
                   const Loops &otherLoops, bool must) {
    if (!map.isPermutation() || !otherMap.isPermutation()) {
      conflict |= must;
      return;
    }
    Loops found(otherMap.getNumDims());
    for (unsigned dim : llvm::seq(map.getNumResults()))
      found[otherLoops[otherMap.getDimPosition(dim)]] =
          loops[map.getDimPosition(dim)];
    if (!result)
      result = found;
    conflict |= must && *result != found;
  };
  // `from` has a result that `to` uses.
  auto matchEdges = [&](const Group &from, const Group &to) {
    for (auto [member, loops] : llvm::zip_equal(to.members, to.loops)) {
      GenericOp op = getOp(member);
      for (OpOperand &operand : op->getOpOperands()) {
        std::optional<unsigned> producer = getProducer(operand.get());
        if (!producer || groups[groupOf[*producer]].members != from.members)
          continue;
        const unsigned *at = llvm::lower_bound(from.members, *producer);
        AffineMap map = getOp(*producer).getIndexingMapMatchingResult(
            cast<OpResult>(operand.get()));
        const Loops &producerLoops = from.loops[at - from.members.begin()];
        AffineMap userMap = op.getMatchingIndexingMap(&operand);
        if (&from == &first)
          match(map, producerLoops, userMap, loops, /*must=*/true);
        else
          match(userMap, loops, map, producerLoops, /*must=*/true);
      }
    }
  };
  matchEdges(first, second);
  matchEdges(second, first);
  if (conflict)
    return std::nullopt;

  if (!result)
    for (auto [member, loops] : llvm::zip_equal(first.members, first.loops))
      for (OpOperand *operand : getOp(member).getDpsInputOperands())
        for (auto [other, otherLoops] :
             llvm::zip_equal(second.members, second.loops))
          for (OpOperand *otherOperand : getOp(other).getDpsInputOperands())
            if (!result && operand->get() == otherOperand->get())
              match(getOp(member).getMatchingIndexingMap(operand), loops,
                    getOp(other).getMatchingIndexingMap(otherOperand),
                    otherLoops, /*must=*/false);
  if (!result)
    result = llvm::to_vector(llvm::seq<unsigned>(first.space.size()));

  for (auto [loop, other] : llvm::enumerate(*result))
    if (first.space[other] != second.space[loop])
      return std::nullopt;
  return result;
}

/// An op outside of two groups that one of them needs and that needs one.
Operation *Grouping::findBetween(unsigned first, unsigned second) {
  auto isInside = [&](unsigned position) {
    return groupOf[position] == first || groupOf[position] == second;
  };
  // The op that needs each one that was seen.
  SmallVector<unsigned> neededBy(graph.ops.size(), kNone);
  SmallVector<unsigned> worklist;
  auto visitPredecessors = [&](unsigned position) {
    for (unsigned before : graph.predecessors[position])
      if (!isInside(before) && neededBy[before] == kNone) {
        neededBy[before] = position;
        worklist.push_back(before);
      }
  };
  for (unsigned group : {first, second})
    llvm::for_each(groups[group].members, visitPredecessors);
  while (!worklist.empty()) {
    unsigned position = worklist.pop_back_val();
    // The members of another group become one op.
    ArrayRef<unsigned> members = position;
    if (isCandidate(position))
      members = groups[groupOf[position]].members;
    for (unsigned member : members) {
      if (llvm::any_of(graph.predecessors[member], isInside)) {
        // What only moves elements is not what keeps the two apart.
        while (movesElements(graph.ops[member]) && neededBy[member] != kNone &&
               !isInside(neededBy[member]))
          member = neededBy[member];
        return graph.ops[member];
      }
      visitPredecessors(member);
    }
  }
  return nullptr;
}

bool Grouping::unite(unsigned first, unsigned second) {
  unsigned into = groupOf[first], from = groupOf[second];
  if (into == from)
    return false;
  std::optional<Loops> loops = align(groups[into], groups[from]);
  if (!loops) {
    keptApart.push_back({getOp(first), getOp(second), nullptr});
    return false;
  }
  if (Operation *between = findBetween(into, from)) {
    keptApart.push_back({getOp(first), getOp(second), between});
    return false;
  }

  SmallVector<std::pair<unsigned, Loops>> members;
  for (auto [member, memberLoops] :
       llvm::zip_equal(groups[into].members, groups[into].loops))
    members.emplace_back(member, memberLoops);
  for (auto [member, memberLoops] :
       llvm::zip_equal(groups[from].members, groups[from].loops)) {
    Loops mapped;
    for (unsigned loop : memberLoops)
      mapped.push_back((*loops)[loop]);
    members.emplace_back(member, mapped);
    groupOf[member] = into;
  }
  llvm::sort(members, llvm::less_first());
  groups[from] = {};
  groups[into].members.clear();
  groups[into].loops.clear();
  for (auto &[member, memberLoops] : members) {
    groups[into].members.push_back(member);
    groups[into].loops.push_back(memberLoops);
  }
  return true;
}

bool Grouping::uniteConnected() {
  bool changed = false;
  keptApart.clear();
  for (auto [producer, consumer] : edges)
    changed |= unite(producer, consumer);
  for (auto &[key, set] : siblings)
    for (unsigned second : llvm::seq<unsigned>(set.size()))
      for (unsigned first : llvm::seq(second))
        changed |= unite(set[first], set[second]);
  return changed;
}

SmallVector<PointwiseGroup> Grouping::run() {
  groupOf.assign(graph.ops.size(), kNone);
  for (auto [position, op] : llvm::enumerate(graph.ops))
    if (auto generic = dyn_cast<GenericOp>(op);
        generic && canJoinGroup(generic))
      addCandidate(position);
  findConnections();
  // Each union may bring together, or put apart, what another set connects.
  while (uniteConnected())
    ;
  // What is constant in time connects nothing. It joins the ops that use it if
  // they are one group already.
  for (auto [producer, consumer] : constantEdges) {
    unsigned group = groupOf[consumer];
    bool isOne =
        llvm::all_of(graph.ops[producer]->getUsers(), [&](Operation *user) {
          auto found = graph.positions.find(user);
          return found != graph.positions.end() &&
                 groupOf[found->second] == group;
        });
    if (isOne)
      unite(consumer, producer);
  }
  llvm::erase_if(keptApart, [&](const KeptApart &pair) {
    return groupOf[graph.positions.lookup(pair.first)] ==
           groupOf[graph.positions.lookup(pair.second)];
  });

  SmallVector<PointwiseGroup> result;
  for (Group &group : groups) {
    if (group.members.size() < 2)
      continue;
    PointwiseGroup &made = result.emplace_back();
    made.loops = group.loops;
    for (unsigned member : group.members)
      made.members.push_back(getOp(member));
  }
  return result;
}

SmallVector<PointwiseGroup>
mlir::gradopt::findPointwiseGroups(Block &block,
                                   SmallVectorImpl<KeptApart> &keptApart) {
  return Grouping(block, keptApart).run();
}
