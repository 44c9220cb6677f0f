//===- ReuseRows.cpp - Buffers in the place of others' rows ---------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a step of a loop reads of a tape for the last time makes room for what
// it writes: pre-activations for gates, gates for their gradients. The new
// buffer becomes a slice of some columns of the old one.
//
//===----------------------------------------------------------------------===//

#include "../../Implementations/ScanBuffers.h"
#include "BufferUses.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;
using namespace mlir::gradopt;

namespace {
/// That a buffer's memory is taken from another one, from a column on.
class Reuse {
public:
  Reuse(memref::AllocOp taker, const BufferUses &takerUses,
        memref::AllocOp giver, const BufferUses &giverUses)
      : taker(taker), giver(giver), takerUses(takerUses), giverUses(giverUses) {
  }

  /// Whether all but the last dimension are the same, and the last, which is
  /// static, is not larger.
  bool fits();
  /// Columns that may be free: where the giver is read when the taker is
  /// written.
  SmallVector<int64_t> getColumns();
  bool isSafe(int64_t column);
  void apply(RewriterBase &rewriter, int64_t column);

private:
  /// A view of the taker as one of the giver.
  BufferView move(const BufferView &view, int64_t column);
  bool isRowOfStep(const BufferView &view, scf::ForOp loop);
  bool isOrdered(const BufferUse &old, const BufferUse &fresh,
                 const BufferView &place, Block &steps);

  memref::AllocOp taker, giver;
  const BufferUses &takerUses, &giverUses;
};
} // namespace

bool Reuse::fits() {
  MemRefType small = taker.getType(), large = giver.getType();
  if (small.getRank() == 0 || small.getRank() != large.getRank() ||
      small.getElementType() != large.getElementType() ||
      small.getMemorySpace() != large.getMemorySpace() ||
      !small.getLayout().isIdentity() || !large.getLayout().isIdentity())
    return false;
  int64_t columns = small.getShape().back();
  return !ShapedType::isDynamic(columns) &&
         !ShapedType::isDynamic(large.getShape().back()) &&
         columns <= large.getShape().back() &&
         small.getShape().drop_back() == large.getShape().drop_back() &&
         taker.getDynamicSizes() == giver.getDynamicSizes() &&
         areUsersFreeOfLayout(taker);
}

SmallVector<int64_t> Reuse::getColumns() {
  SmallVector<int64_t> columns = {0};
  for (const BufferUse &use : giverUses.uses)
    if (use.view.exact)
      if (std::optional<int64_t> column = use.view.offsets.back().getConstant();
          column && !llvm::is_contained(columns, *column))
        columns.push_back(*column);
  llvm::sort(columns);
  int64_t room =
      giver.getType().getShape().back() - taker.getType().getShape().back();
  llvm::erase_if(columns, [&](int64_t column) { return column > room; });
  return columns;
}

BufferView Reuse::move(const BufferView &view, int64_t column) {
  BufferView moved = view;
  moved.root = moved.memory = giver;
  if (view.exact)
    moved.offsets.back().constant += column;
  return moved;
}

/// Whether each iteration has a row of its own.
bool Reuse::isRowOfStep(const BufferView &view, scf::ForOp loop) {
  if (!view.exact || view.sizes.empty() || !view.sizes.front() ||
      getConstantIntValue(view.sizes.front()) != 1)
    return false;
  const LinearForm &row = view.offsets.front();
  int64_t factor = row.getFactor(loop.getInductionVar());
  return (factor == 1 || factor == -1) &&
         llvm::all_of(row.terms, [&](const auto &term) {
           return term.first == loop.getInductionVar() ||
                  loop.isDefinedOutsideOfLoop(term.first);
         });
}

/// Whether `old` has done with what `fresh` touches when that does so.
bool Reuse::isOrdered(const BufferUse &old, const BufferUse &fresh,
                      const BufferView &place, Block &steps) {
  Operation *before = steps.findAncestorOpInBlock(*old.operand->getOwner());
  Operation *after = steps.findAncestorOpInBlock(*fresh.operand->getOwner());
  if (!before || !after)
    return false;
  if (before != after)
    return before->isBeforeInBlock(after);
  // One op that reads each element before it writes it.
  if (!areSame(old.view, place))
    return false;
  if (isa<memref::CopyOp>(before))
    return true;
  auto op = dyn_cast<linalg::LinalgOp>(before);
  if (!op || old.operand->getOwner() != op || fresh.operand->getOwner() != op)
    return false;
  AffineMap map = op.getMatchingIndexingMap(old.operand);
  return op.getNumParallelLoops() == op.getNumLoops() && map.isPermutation() &&
         map == op.getMatchingIndexingMap(fresh.operand);
}

bool Reuse::isSafe(int64_t column) {
  Operation *turn = takerUses.first;
  auto loop = dyn_cast<scf::ForOp>(turn);
  Block &steps = loop ? *loop.getBody() : *turn->getBlock();
  // All elements that the taker ever has.
  BufferView whole = move(BufferView::get(taker), column);
  Block *block = turn->getBlock();
  for (const BufferUse &old : giverUses.uses) {
    if (areDisjoint(old.view, whole))
      continue;
    Operation *top = block->findAncestorOpInBlock(*old.operand->getOwner());
    if (top->isBeforeInBlock(turn))
      continue;
    if (top != turn || (loop && !isRowOfStep(old.view, loop)))
      return false;
    for (const BufferUse &fresh : takerUses.uses) {
      if (!turn->isAncestor(fresh.operand->getOwner()))
        continue;
      BufferView place = move(fresh.view, column);
      if (loop && (!isRowOfStep(place, loop) ||
                   LinearForm(place.offsets.front())
                           .add(old.view.offsets.front(), -1)
                           .getConstant() != 0))
        return false;
      if (!areDisjoint(old.view, place) && !isOrdered(old, fresh, place, steps))
        return false;
    }
  }
  return true;
}

void Reuse::apply(RewriterBase &rewriter, int64_t column) {
  Operation *later = giver->isBeforeInBlock(taker) ? taker : giver;
  rewriter.setInsertionPointAfter(later);
  MemRefType type = taker.getType();
  SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), rewriter.getIndexAttr(1));
  offsets.back() = rewriter.getIndexAttr(column);
  Value place = memref::SubViewOp::create(
      rewriter, taker.getLoc(), giver, offsets, taker.getMixedSizes(), strides);
  replaceBuffer(rewriter, taker, place);
  rewriter.eraseOp(taker);
}

namespace {
/// A buffer all of whose uses are known.
struct Candidate {
  memref::AllocOp alloc;
  BufferUses uses;
};
} // namespace

/// Finds a place for `taker` in one of `candidates`, and returns that one.
static Candidate *placeBuffer(RewriterBase &rewriter, const Candidate &taker,
                              MutableArrayRef<Candidate> candidates) {
  Operation *turn = taker.uses.first;
  for (Candidate &giver : candidates) {
    if (giver.alloc == taker.alloc ||
        !giver.uses.first->isBeforeInBlock(turn) ||
        giver.uses.last->isBeforeInBlock(turn))
      continue;
    Reuse reuse(taker.alloc, taker.uses, giver.alloc, giver.uses);
    if (!reuse.fits())
      continue;
    for (int64_t column : reuse.getColumns())
      if (reuse.isSafe(column)) {
        reuse.apply(rewriter, column);
        return &giver;
      }
  }
  return nullptr;
}

void gradopt::reuseRows(RewriterBase &rewriter, Block &block) {
  // What an op touches takes long to find out, so it is kept.
  std::vector<Candidate> candidates;
  for (auto alloc : block.getOps<memref::AllocOp>())
    if (std::optional<BufferUses> uses = BufferUses::get(alloc);
        uses && uses->first)
      candidates.push_back({alloc, std::move(*uses)});
  // In the order in which they are written first, so that chains come about. A
  // buffer that gave a place is still written first where it was.
  auto turns = llvm::map_to_vector(candidates, [](const Candidate &candidate) {
    return std::make_pair(candidate.uses.first, candidate.alloc);
  });
  llvm::stable_sort(turns, [](const auto &a, const auto &b) {
    return a.first->isBeforeInBlock(b.first);
  });
  for (memref::AllocOp alloc : llvm::make_second_range(turns)) {
    auto taker = llvm::find_if(candidates, [&](const Candidate &candidate) {
      return candidate.alloc == alloc;
    });
    Candidate *giver = placeBuffer(rewriter, *taker, candidates);
    if (!giver)
      continue;
    // It has the other's uses, too.
    giver->uses = *BufferUses::get(giver->alloc);
    candidates.erase(taker);
  }
}
