//===- ContractionSums.cpp - Sums of contractions -------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"
#include "MergeContractions.h"
#include "gradopt/IR/Origins.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::gradopt;
using linalg::LinalgOp;

static constexpr StringLiteral kPass = "gradopt-merge-contractions";

/// Whether nothing but `user` sees `value`, which stands beside it.
static bool isOnlyFor(Value value, Operation *user) {
  Operation *op = value.getDefiningOp();
  return op && op->getBlock() == user->getBlock() &&
         llvm::all_of(value.getUsers(),
                      [&](Operation *other) { return other == user; });
}

namespace {
/// A sum of tensors of one type.
struct Sum {
  SmallVector<Contraction> contractions;
  SmallVector<Value> others;
  /// The ops that add, from the last one on.
  SmallVector<Operation *> adds;
  /// What a contraction of the sum starts from that starts from zero.
  Value zero;

  /// Takes apart the sum of `lhs` and `rhs`, which is `op`.
  void addSummands(Operation *op) {
    auto [lhs, rhs] = *matchSum(op);
    adds.push_back(op);
    // Twice the same stays what it is: each contraction is there once.
    for (Value summand : {lhs, rhs}) {
      if (lhs == rhs)
        others.push_back(summand);
      else
        add(summand, op);
    }
  }

private:
  void add(Value value, Operation *user) {
    Operation *op = value.getDefiningOp();
    if (isOnlyFor(value, user) &&
        value.getType() == user->getResult(0).getType()) {
      if (matchSum(op))
        return addSummands(op);
      if (auto contraction = matchContraction(op)) {
        contractions.push_back(*contraction);
        Value init = contraction->init().get();
        if (isZeroTensor(init))
          zero = init;
        else if (init == contraction->input(0).get() ||
                 init == contraction->input(1).get())
          others.push_back(init);
        else
          add(init, op);
        return;
      }
    }
    others.push_back(value);
  }
};
} // namespace

/// Whether elementwise work follows a sum or slices of it, and nothing else but
/// that the block hands them on, which that work can do.
static bool isForPointwise(Operation *op) {
  bool follows = false;
  for (Operation *user : op->getUsers()) {
    bool work = isa<tensor::ExtractSliceOp>(user) ? isForPointwise(user)
                                                  : isPointwise(user);
    if (!work && !user->hasTrait<OpTrait::IsTerminator>())
      return false;
    follows |= work;
  }
  return follows;
}

/// Leaves at most one of `others`, one that is there without elementwise work
/// in `block`, and returns the rest.
static SmallVector<Value> takeOthersBehind(SmallVectorImpl<Value> &others,
                                           Block *block) {
  auto isThere = [&](Value other) {
    Operation *op = other.getDefiningOp();
    return !op || op->getBlock() != block || !isPointwise(op);
  };
  // A slice of a sequence before what is constant: that is one row repeated.
  auto first = llvm::find_if(others, [&](Value other) {
    return other.getParentBlock() == block && isThere(other);
  });
  if (first == others.end())
    first = llvm::find_if(others, isThere);
  SmallVector<Value> behind;
  std::optional<Value> kept;
  for (auto it = others.begin(); it != others.end(); ++it) {
    if (it == first)
      kept = *it;
    else
      behind.push_back(*it);
  }
  others.clear();
  if (kept)
    others.push_back(*kept);
  return behind;
}

/// Whether the contractions of a sum start one from the other already, the
/// first of them from `init`, and only `numBehind` summands are added to them.
static bool isChained(const Sum &sum, Value init, unsigned numBehind) {
  for (const Contraction &contraction : sum.contractions) {
    if (contraction.init().get() != init)
      return false;
    init = contraction.op->getResult(0);
  }
  return sum.others.size() <= 1 && sum.adds.size() == numBehind;
}

/// Makes the contractions of a sum start one from the other.
static void chainSum(RewriterBase &rewriter, Operation *root) {
  Sum sum;
  sum.addSummands(root);
  Type type = root->getResult(0).getType();
  if (sum.contractions.empty() || llvm::any_of(sum.others, [&](Value other) {
        return other.getType() != type;
      }))
    return;
  // The order of the program, so that equal sums are chained in the same way.
  llvm::sort(sum.contractions, [](const Contraction &a, const Contraction &b) {
    return a.op->isBeforeInBlock(b.op);
  });
  // What is computed elementwise only to start from, or added to something else
  // for it, is added behind, where the elementwise work goes on.
  SmallVector<Value> behind;
  if (isForPointwise(root))
    behind = takeOthersBehind(sum.others, root->getBlock());
  Value init = sum.others.empty() ? sum.zero : sum.others.front();
  if (!init || isChained(sum, init, behind.size()))
    return;

  rewriter.setInsertionPoint(root);
  Location loc = fuseOrigins(
      root->getContext(),
      llvm::map_to_vector(sum.adds, [](Operation *op) { return op->getLoc(); }),
      kPass);
  auto add = [&](Value lhs, Value rhs) {
    return linalg::AddOp::create(rewriter, loc, ValueRange{lhs, rhs}, lhs)
        .getResult(0);
  };
  for (Value other : ArrayRef(sum.others).drop_front(!sum.others.empty()))
    init = add(init, other);
  for (const Contraction &contraction : sum.contractions) {
    rewriter.moveOpBefore(contraction.op, root);
    rewriter.modifyOpInPlace(contraction.op,
                             [&] { contraction.init().set(init); });
    init = contraction.op->getResult(0);
  }
  for (Value other : behind)
    init = add(init, other);
  rewriter.replaceAllUsesWith(root->getResult(0), init);
  for (Operation *op : sum.adds)
    rewriter.eraseOp(op);
}

void ContractionMerger::chainSums() {
  SmallVector<Operation *> roots;
  function->walk([&](Operation *op) {
    if (!matchSum(op))
      return;
    Value result = op->getResult(0);
    Operation *user = result.use_empty() ? nullptr : *result.user_begin();
    // A sum that another one takes apart is no root.
    bool isPart = user && isOnlyFor(result, user) && matchSum(user) &&
                  matchSum(user)->first != matchSum(user)->second &&
                  result.getType() == user->getResult(0).getType();
    if (!isPart)
      roots.push_back(op);
  });
  for (Operation *root : roots)
    chainSum(rewriter, root);
}

//===----------------------------------------------------------------------===//
// One contraction over the joined dimension
//===----------------------------------------------------------------------===//

/// The contraction that starts from `contraction`, if nothing else uses it.
static std::optional<Contraction> findNext(const Contraction &contraction) {
  Value result = contraction.op->getResult(0);
  if (!result.hasOneUse())
    return std::nullopt;
  Operation *user = *result.user_begin();
  auto next = matchContraction(user);
  if (!next || user->getBlock() != contraction.op->getBlock() ||
      next->init().get() != result)
    return std::nullopt;
  return next;
}

/// The contractions that start one from the other up to `last`, in this order.
static SmallVector<Contraction> getChain(const Contraction &last) {
  SmallVector<Contraction> chain{last};
  while (true) {
    auto previous = matchContraction(chain.back().init().get().getDefiningOp());
    if (!previous || !findNext(*previous))
      break;
    chain.push_back(*previous);
  }
  return llvm::to_vector(llvm::reverse(chain));
}

static SmallVector<SmallVector<unsigned>> numberTerm(const Contraction &term) {
  return numberLoops(term, {&term.init(), &term.input(0), &term.input(1)});
}

/// Whether inputs that are alike in their loops have the same sizes but for
/// `loop`, of those that are reduced over.
static bool fit(const Contraction &first, const Contraction &term,
                unsigned loop) {
  AffineMap known = first.map(first.init());
  return haveSameLoops(first, term, 0, loop, known) &&
         haveSameLoops(first, term, 1, loop, known);
}

bool ContractionMerger::joinTerms(ArrayRef<Contraction> chain,
                                  ArrayRef<Contraction> terms, unsigned loop) {
  const Contraction &first = terms.front();
  SmallVector<Operands> lists;
  for (unsigned index : {0, 1}) {
    AffineExpr expr = getAffineDimExpr(loop, rewriter.getContext());
    lists.push_back({llvm::map_to_vector(terms,
                                         [&](const Contraction &term) {
                                           return &term.input(index);
                                         }),
                     *first.map(first.input(index)).getResultPosition(expr)});
  }
  bool all;
  std::string reason;
  std::optional<SmallVector<unsigned>> order = findOrder(lists, all, reason);
  if (!order || !all) {
    missed[first.op] = reason;
    return false;
  }

  Operation *last = chain.back().op;
  Location loc = fuseOrigins(
      rewriter.getContext(),
      llvm::map_to_vector(
          terms, [](const Contraction &term) { return term.op->getLoc(); }),
      kPass);
  SmallVector<Value> stacks;
  for (const Operands &list : lists) {
    Operands sorted = permute(list, *order);
    stacks.push_back(stacker.stack(sorted.uses, sorted.dim, loc));
  }

  // The other terms start one from the other as before, and the joined one from
  // the last of them.
  auto isJoined = [&](const Contraction &link) {
    return llvm::any_of(
        terms, [&](const Contraction &term) { return term.op == link.op; });
  };
  Value init = chain.front().init().get();
  for (const Contraction &link : chain) {
    if (isJoined(link))
      continue;
    rewriter.modifyOpInPlace(link.op, [&] { link.init().set(init); });
    init = link.op->getResult(0);
  }
  rewriter.setInsertionPointAfter(last);
  if (first.swapped)
    std::swap(stacks[0], stacks[1]);
  Value joined =
      buildContraction(rewriter, loc, stacks[0], stacks[1], init,
                       cast<LinalgOp>(first.op).getIndexingMapsArray());
  rewriter.replaceAllUsesExcept(last->getResult(0), joined,
                                joined.getDefiningOp());
  for (const Contraction &link : llvm::reverse(chain))
    if (isJoined(link))
      rewriter.eraseOp(link.op);
  missed.clear();
  remarkMerged(joined.getDefiningOp(), "joined", terms.size());
  return true;
}

bool ContractionMerger::joinChain(const Contraction &last) {
  if (findNext(last))
    return false;
  SmallVector<Contraction> chain = getChain(last);
  for (auto [position, first] : llvm::enumerate(chain)) {
    // From the last loop on, which is the one along memory.
    for (int64_t loop = cast<LinalgOp>(first.op).getNumLoops() - 1; loop >= 0;
         --loop) {
      if (first.map(first.init()).isFunctionOfDim(loop))
        continue;
      SmallVector<Contraction> terms{first};
      for (Contraction term : ArrayRef(chain).drop_front(position + 1)) {
        for (bool swapped : {false, true}) {
          term.swapped = swapped;
          if (numberTerm(term) != numberTerm(first) || !fit(first, term, loop))
            continue;
          terms.push_back(term);
          break;
        }
      }
      if (terms.size() < 2)
        continue;
      if (joinTerms(chain, terms, loop))
        return true;
      SmallVector<Contraction> alike;
      auto getKinds = [&](const Contraction &term) {
        return std::pair(stacker.getKind(term.input(0).get()),
                         stacker.getKind(term.input(1).get()));
      };
      for (const Contraction &term : terms)
        if (getKinds(term) == getKinds(first))
          alike.push_back(term);
      if (alike.size() >= 2 && alike.size() < terms.size() &&
          joinTerms(chain, alike, loop))
        return true;
    }
  }
  return false;
}
